// Decides whom to serve: everybody while they are few, those who give most when they are many, and one newcomer at a time.

export interface ChokeCandidate {
  id: number;
  interested: boolean;
  unchoked: boolean;
  /** What it sends us; while we are complete, what it takes from us. */
  givesBytesPerSecond: number;
  takesBytesPerSecond: number;
  unchokedAtMs: number;
}

export interface ChokerOptions {
  /** Set by the user; null: slots that fit the swarm. */
  slots: number | null;
  /** We have everything: nothing to give back, so whoever takes fastest spreads fastest. */
  complete: boolean;
  uploadBytesPerSecond: number;
}

const SERVE_ALL_UP_TO = 16;
const MANY_SLOTS = 12;
const MAX_SLOTS = 64;
export const ROUND_MS = 10_000;
const OPTIMISTIC_ROUNDS = 3;
/** One more slot for each so many bytes per second the uplink carries. */
const BYTES_PER_SECOND_A_SLOT = 512 * 1024;

/** How many interested peers are served at once. */
export function slotsFor(interested: number, options: ChokerOptions): number {
  if (options.slots !== null) return Math.max(0, options.slots);
  if (interested <= SERVE_ALL_UP_TO || options.complete) return Math.min(interested, MAX_SLOTS);
  return Math.min(MAX_SLOTS, Math.max(MANY_SLOTS, Math.ceil(options.uploadBytesPerSecond / BYTES_PER_SECOND_A_SLOT)));
}

export class Choker {
  readonly #random: () => number;
  #optimistic: number | null = null;
  #optimisticRounds = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A full round (every ROUND_MS): the ids to serve until the next one. */
  round(candidates: readonly ChokeCandidate[], options: ChokerOptions): Set<number> {
    const interested = candidates.filter((peer) => peer.interested);
    const slots = slotsFor(interested.length, options);
    if (interested.length <= slots) return new Set(interested.map((peer) => peer.id));
    const best = this.#ranked(interested, options);
    const served = new Set<number>();
    for (const peer of best.slice(0, Math.max(0, slots - 1))) served.add(peer.id);
    if (slots > 0) served.add(this.#newcomer(interested, served));
    return served;
  }

  /** Between rounds: who gets slots that are free now. Nobody loses one. */
  fillFreeSlots(candidates: readonly ChokeCandidate[], options: ChokerOptions): number[] {
    const interested = candidates.filter((peer) => peer.interested);
    const slots = slotsFor(interested.length, options);
    let free = slots - interested.filter((peer) => peer.unchoked).length;
    const given: number[] = [];
    for (const peer of this.#ranked(interested.filter((candidate) => !candidate.unchoked), options)) {
      if (free-- <= 0) break;
      given.push(peer.id);
    }
    return given;
  }

  #ranked(peers: readonly ChokeCandidate[], options: ChokerOptions): ChokeCandidate[] {
    const value = (peer: ChokeCandidate): number => options.complete ? peer.takesBytesPerSecond : peer.givesBytesPerSecond;
    return peers
      .map((peer) => ({ peer, value: value(peer), tie: this.#random() }))
      .sort((a, b) => b.value - a.value || Number(b.peer.unchoked) - Number(a.peer.unchoked) || a.tie - b.tie)
      .map(({ peer }) => peer);
  }

  #newcomer(interested: readonly ChokeCandidate[], served: ReadonlySet<number>): number {
    const rest = interested.filter((peer) => !served.has(peer.id));
    const current = rest.find((peer) => peer.id === this.#optimistic);
    if (current && this.#optimisticRounds-- > 0) return current.id;
    // Those who waited longest first: nobody is starved by chance.
    const waited = rest.filter((peer) => !peer.unchoked).sort((a, b) => a.unchokedAtMs - b.unchokedAtMs);
    const oldest = waited.filter((peer) => peer.unchokedAtMs === waited[0]!.unchokedAtMs);
    const pool = oldest.length > 0 ? oldest : rest;
    const chosen = pool[Math.floor(this.#random() * pool.length) % pool.length]!;
    this.#optimistic = chosen.id;
    this.#optimisticRounds = OPTIMISTIC_ROUNDS - 1;
    return chosen.id;
  }
}
