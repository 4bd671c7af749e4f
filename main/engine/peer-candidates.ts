// Addresses of possible peers of one torrent: where they came from, when to try them next, and in which way.

export type DialMode = 'tcp' | 'tcp-encrypted' | 'utp';

export interface Candidate {
  readonly address: string;
  readonly source: string;
  state: 'idle' | 'dialing' | 'connected';
  failures: number;
  nextAtMs: number;
  modeIndex: number;
  /** It has everything: nothing to give it, nothing to get once we are complete. */
  seed: boolean;
}

const MAX_CANDIDATES = 2000;
const HUNG_UP_MS = 1500;
const RETRY_MS = [1000, 3000, 8000, 20_000, 60_000, 180_000, 600_000];

export class PeerCandidates {
  readonly #now: () => number;
  readonly #byAddress = new Map<string, Candidate>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#byAddress.size;
  }

  get dialing(): number {
    let dialing = 0;
    for (const candidate of this.#byAddress.values()) if (candidate.state === 'dialing') dialing++;
    return dialing;
  }

  /** @returns false when it was known, or there is no room for more */
  add(address: string, source: string): boolean {
    const known = this.#byAddress.get(address);
    if (known) {
      // Somebody has just seen it: a long wait is no longer right.
      if (known.state === 'idle' && source === 'manual') known.nextAtMs = Math.min(known.nextAtMs, this.#now());
      return false;
    }
    if (this.#byAddress.size >= MAX_CANDIDATES && !this.#dropWorst()) return false;
    this.#byAddress.set(address, { address, source, state: 'idle', failures: 0, nextAtMs: this.#now(), modeIndex: 0, seed: false });
    return true;
  }

  get(address: string): Candidate | undefined {
    return this.#byAddress.get(address);
  }

  remove(address: string): void {
    this.#byAddress.delete(address);
  }

  /** Those worth a try now, the least failed first. */
  due(includeSeeds: boolean, limit: number): Candidate[] {
    if (limit <= 0) return [];
    const now = this.#now();
    const due: Candidate[] = [];
    for (const candidate of this.#byAddress.values()) {
      if (candidate.state === 'idle' && candidate.nextAtMs <= now && (includeSeeds || !candidate.seed)) due.push(candidate);
    }
    return due.sort((a, b) => a.failures - b.failures).slice(0, limit);
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
    candidate.nextAtMs = this.#now() + RETRY_MS[Math.min(candidate.failures, RETRY_MS.length - 1)]!;
    candidate.failures++;
  }

  connected(candidate: Candidate): void {
    candidate.state = 'connected';
  }

  /** A connection that stood has ended. @param liveMs how long it had stood */
  disconnected(candidate: Candidate, liveMs: number): void {
    candidate.state = 'idle';
    if (liveMs > 10_000) candidate.failures = 0;
    candidate.nextAtMs = this.#now() + RETRY_MS[Math.min(candidate.failures, RETRY_MS.length - 1)]!;
    candidate.failures++;
  }

  resetAll(): void {
    for (const candidate of this.#byAddress.values()) {
      candidate.state = 'idle';
      candidate.failures = 0;
      candidate.modeIndex = 0;
      candidate.nextAtMs = this.#now();
    }
  }

  #dropWorst(): boolean {
    for (const candidate of this.#byAddress.values()) {
      if (candidate.state === 'idle' && candidate.failures >= 2) return this.#byAddress.delete(candidate.address);
    }
    return false;
  }
}
