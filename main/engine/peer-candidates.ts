// Addresses of possible peers of one torrent: where they came from, when to try them next, and in which way.
import { inDialOrder } from './dial-order.ts';

export type DialMode = 'tcp' | 'tcp-encrypted' | 'utp';

export interface Candidate {
  readonly address: string;
  readonly source: string;
  /** Host of the peer that told us of it; null: somebody else did, or it has proved to be there. */
  teller: string | null;
  /** The publisher named it: dialled first, never given up. */
  seeder: boolean;
  readonly nearness: number;
  readonly addedAtMs: number;
  state: 'idle' | 'dialing' | 'connected';
  failures: number;
  nextAtMs: number;
  modeIndex: number;
  /** The ways of the attempt that is under way. */
  modes: readonly DialMode[];
  /** It has everything: nothing to give it, nothing to get once we are complete. */
  seed: boolean;
}

const MAX_CANDIDATES = 2000;
/** A peer that lies about others fills no more of the table than this. */
export const MAX_PER_TELLER = 100;
const HUNG_UP_MS = 1500;
const RETRY_MS = [1000, 3000, 8000, 20_000, 60_000, 180_000, 600_000];
/** Whoever the publisher trusts comes back soon, and there are few of them. */
const SEEDER_RETRY_MS = [500, 1000, 2000, 5000, 10_000, 20_000, 30_000];

export class PeerCandidates {
  readonly #now: () => number;
  readonly #nearness: (address: string) => number;
  readonly #byAddress = new Map<string, Candidate>();
  readonly #perTeller = new Map<string, number>();

  /** @param nearness of an address; smaller is nearer */
  constructor(now: () => number, nearness: (address: string) => number = () => 0) {
    this.#now = now;
    this.#nearness = nearness;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  get dialing(): number {
    let dialing = 0;
    for (const candidate of this.#byAddress.values()) if (candidate.state === 'dialing') dialing++;
    return dialing;
  }

  /** Not connected, and not found dead so far. */
  get hopeful(): number {
    let hopeful = 0;
    for (const { state, failures } of this.#byAddress.values()) if (state !== 'connected' && failures === 0) hopeful++;
    return hopeful;
  }

  /**
   * @param teller host of the peer that says so, for what people tell of one another
   * @returns false when it was known, or there is no room for more
   */
  add(address: string, source: string, teller: string | null = null): boolean {
    const seeder = source === 'seeder';
    const known = this.#byAddress.get(address);
    if (known) {
      if (seeder) known.seeder = true;
      // Somebody has just seen it: a long wait is no longer right.
      if (known.state === 'idle' && (seeder || source === 'manual')) known.nextAtMs = Math.min(known.nextAtMs, this.#now());
      return false;
    }
    if (teller !== null && (this.#perTeller.get(teller) ?? 0) >= MAX_PER_TELLER) return false;
    if (this.#byAddress.size >= MAX_CANDIDATES && !this.#makeRoom(teller === null)) return false;
    const now = this.#now();
    this.#byAddress.set(address, {
      address, source, teller, seeder, nearness: this.#nearness(address), addedAtMs: now, state: 'idle', failures: 0, nextAtMs: now, modeIndex: 0, modes: [], seed: false,
    });
    if (teller !== null) this.#perTeller.set(teller, (this.#perTeller.get(teller) ?? 0) + 1);
    return true;
  }

  get(address: string): Candidate | undefined {
    return this.#byAddress.get(address);
  }

  remove(address: string): void {
    const candidate = this.#byAddress.get(address);
    if (!candidate) return;
    this.#release(candidate);
    this.#byAddress.delete(address);
  }

  /** A peer takes back what it alone had said, as long as nobody tried it. */
  takeBack(address: string, teller: string): void {
    const candidate = this.#byAddress.get(address);
    if (candidate?.teller === teller && candidate.state === 'idle' && !candidate.seeder) this.remove(address);
  }

  /** Only these are the publisher's from now on. */
  setSeeders(addresses: ReadonlySet<string>): void {
    for (const candidate of this.#byAddress.values()) candidate.seeder = addresses.has(candidate.address);
  }

  /** Those worth a try now, in the order of dial-order.ts. @param limit of those who are no trusted seeds; those always have a try */
  due(includeSeeds: boolean, limit: number): Candidate[] {
    const now = this.#now();
    const due: Candidate[] = [];
    for (const candidate of this.#byAddress.values()) {
      if (candidate.state === 'idle' && candidate.nextAtMs <= now && (includeSeeds || !(candidate.seed || candidate.seeder))) due.push(candidate);
    }
    due.sort(inDialOrder);
    const seeders = due.findIndex(({ seeder }) => !seeder);
    return due.slice(0, Math.max(seeders === -1 ? due.length : seeders, limit));
  }

  /**
   * An attempt ended without a handshake: the next way is tried at once, after the last way it waits.
   * @param modes the ways that are possible for this address
   * @param reachedPeer the connection stood, but no handshake came back
   */
  failed(candidate: Candidate, modes: readonly DialMode[], reachedPeer: boolean): void {
    candidate.state = 'idle';
    let next = candidate.modeIndex + 1;
    // Encryption is worth a try only where somebody answered.
    while (next < modes.length && modes[next] === 'tcp-encrypted' && !reachedPeer) next++;
    if (next < modes.length) {
      candidate.modeIndex = next;
      // Whoever hung up may just have dialled us at the same moment; that shows in a second.
      candidate.nextAtMs = this.#now() + (reachedPeer ? HUNG_UP_MS : 0);
      return;
    }
    candidate.modeIndex = 0;
    this.#wait(candidate);
  }

  connected(candidate: Candidate): void {
    candidate.state = 'connected';
    this.#release(candidate);
  }

  /** A connection that stood has ended. @param liveMs how long it had stood */
  disconnected(candidate: Candidate, liveMs: number): void {
    candidate.state = 'idle';
    if (liveMs > 10_000) candidate.failures = 0;
    this.#wait(candidate);
  }

  resetAll(): void {
    for (const candidate of this.#byAddress.values()) {
      candidate.state = 'idle';
      candidate.failures = 0;
      candidate.modeIndex = 0;
      candidate.nextAtMs = this.#now();
    }
  }

  /** The ways of reaching people have changed. */
  forgetModes(): void {
    for (const candidate of this.#byAddress.values()) candidate.modeIndex = 0;
  }

  #wait(candidate: Candidate): void {
    const waits = candidate.seeder ? SEEDER_RETRY_MS : RETRY_MS;
    candidate.nextAtMs = this.#now() + waits[Math.min(candidate.failures, waits.length - 1)]!;
    candidate.failures++;
  }

  /** It has proved to be there: it no longer counts against who told us of it. */
  #release(candidate: Candidate): void {
    if (candidate.teller === null) return;
    const left = (this.#perTeller.get(candidate.teller) ?? 1) - 1;
    if (left > 0) this.#perTeller.set(candidate.teller, left);
    else this.#perTeller.delete(candidate.teller);
    candidate.teller = null;
  }

  /** Those that failed go first; then, for what comes from better hands than people's word, what people told and nobody tried. */
  #makeRoom(alsoUntried: boolean): boolean {
    let untried: Candidate | null = null;
    for (const candidate of this.#byAddress.values()) {
      if (candidate.state !== 'idle' || candidate.seeder) continue;
      if (candidate.failures >= 2) {
        this.remove(candidate.address);
        return true;
      }
      if (candidate.teller !== null) untried ??= candidate;
    }
    if (!untried || !alsoUntried) return false;
    this.remove(untried.address);
    return true;
  }
}
