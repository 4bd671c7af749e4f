// Decides whom to serve: everybody while they are few, those who give most when they are many, and one newcomer at a time.

export interface ChokeCandidate {
  id: number;
  interested: boolean;
  /** It may come to want something: it does not have everything. Absent: only who is interested. */
  mayWant?: boolean;
  /** It speaks our extension: in a long queue here it lets others have what it waits for, so a slot of its own costs nobody anything. */
  patient?: boolean;
  unchoked: boolean;
  /** What it sent us, over the last 20 s: rounds are too far apart for a moment to count. */
  givesBytesPerSecond: number;
  /** It gave nothing although it could: it has what we want, and we have served it for a while. */
  freeloads: boolean;
  takesBytesPerSecond: number;
  unchokedAtMs: number;
}

export interface ChokerOptions {
  /** Set by the user; null: slots that fit the swarm. */
  slots: number | null;
  /** We have everything: nothing to give back, so whoever takes fastest spreads fastest. */
  complete: boolean;
  uploadBytesPerSecond: number;
  /** Rounds of four, none in between: what other clients do, to measure what ours brings. */
  textbook?: boolean;
  /** Since the last round the uplink had nothing to send for most of the time, though somebody wanted something. */
  uplinkIdle?: boolean;
  /** All of those who do not speak our extension are served alike: to measure what trading brings. */
  noTrades?: boolean;
  /** Patient peers get no slots beside those that fit: to measure what these bring. */
  fewSlots?: boolean;
}

const SERVE_ALL_UP_TO = 16;
const MANY_SLOTS = 16;
const MAX_SLOTS = 64;
const TEXTBOOK_SLOTS = 4;
/**
 * While we want something too, those who do not speak our extension are traded with, a few at a time: they give to the few who give them most, and
 * an uplink spread over all of them makes us the best of none (Cohen, *Incentives build robustness in BitTorrent*, 2003).
 */
const TRADE_SLOTS = 3;
/** More on an uplink that carries more than so much for each. */
const BYTES_PER_SECOND_A_TRADE = 2e6;
export const ROUND_MS = 10_000;
const OPTIMISTIC_ROUNDS = 3;
/** One more slot for each so many bytes per second the uplink carries. */
const BYTES_PER_SECOND_A_SLOT = 512 * 1024;

/** How many interested peers are served at once. */
export function slotsFor(interested: number, options: ChokerOptions): number {
  if (options.slots !== null) return Math.max(0, options.slots);
  if (options.textbook) return Math.min(interested, TEXTBOOK_SLOTS);
  if (interested <= SERVE_ALL_UP_TO || options.complete) return Math.min(interested, MAX_SLOTS);
  return Math.min(MAX_SLOTS, Math.max(MANY_SLOTS, Math.ceil(options.uploadBytesPerSecond / BYTES_PER_SECOND_A_SLOT)));
}

/** Beside the slots that fit, everybody who is patient gets one. */
function mayBeMany({ slots, textbook, fewSlots }: ChokerOptions): boolean {
  return slots === null && !textbook && !fewSlots;
}

export class Choker {
  readonly #random: () => number;
  #optimistic: number | null = null;
  #optimisticRounds = 0;
  #tradeSlots = TRADE_SLOTS;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** A full round (every ROUND_MS): the ids to serve until the next one. */
  round(candidates: readonly ChokeCandidate[], options: ChokerOptions): Set<number> {
    const interested = candidates.filter((peer) => peer.interested);
    this.#adjustTrades(options);
    const others = interested.filter((peer) => !peer.patient);
    if (others.length > this.#mostOthers(options)) {
      const served = this.#best(others, Math.min(this.#tradeSlots, slotsFor(others.length, options)), options);
      const patient = interested.filter((peer) => peer.patient);
      const areFew = patient.length <= slotsFor(patient.length, options);
      for (const peer of this.#ranked(patient, options)) if ((areFew || !peer.freeloads) && served.size < MAX_SLOTS) served.add(peer.id);
      return served;
    }
    const slots = slotsFor(interested.length, options);
    if (interested.length <= slots) return new Set(interested.map((peer) => peer.id));
    const served = this.#best(interested, slots, options);
    if (mayBeMany(options)) for (const peer of this.#ranked(interested, options)) if (peer.patient && !peer.freeloads && served.size < MAX_SLOTS) served.add(peer.id);
    return served;
  }

  /** Slots that nobody fills are worth nothing: while the uplink idles there are twice as many each round, then one less each. */
  #adjustTrades({ uplinkIdle, uploadBytesPerSecond }: ChokerOptions): void {
    const least = Math.max(TRADE_SLOTS, Math.ceil(uploadBytesPerSecond / BYTES_PER_SECOND_A_TRADE));
    this.#tradeSlots = Math.min(MAX_SLOTS, Math.max(least, uplinkIdle ? this.#tradeSlots * 2 : this.#tradeSlots - 1));
  }

  /** How many of those who do not speak our extension are served at most. */
  #mostOthers(options: ChokerOptions): number {
    return mayBeMany(options) && !options.complete && !options.noTrades ? this.#tradeSlots : Infinity;
  }

  /** The best of them, and one newcomer in the last slot. */
  #best(peers: readonly ChokeCandidate[], slots: number, options: ChokerOptions): Set<number> {
    const served = new Set<number>();
    for (const peer of this.#ranked(peers, options).slice(0, Math.max(0, slots - 1))) served.add(peer.id);
    if (slots > 0) served.add(this.#newcomer(peers, served));
    return served;
  }

  /**
   * Between rounds: who gets slots that are free now. Nobody loses one. What nobody asks for goes to those who want nothing yet: the first
   * piece they hear of, they can ask for at once.
   */
  fillFreeSlots(candidates: readonly ChokeCandidate[], options: ChokerOptions): number[] {
    const interested = candidates.filter((peer) => peer.interested);
    if (options.textbook && interested.some((peer) => peer.unchoked)) return [];
    const slots = slotsFor(interested.length, options);
    let free = slots - interested.filter((peer) => peer.unchoked).length;
    const given: number[] = [];
    let all = candidates.filter((peer) => peer.unchoked).length;
    let others = interested.filter((peer) => peer.unchoked && !peer.patient).length;
    for (const peer of this.#ranked(interested.filter((candidate) => !candidate.unchoked), options)) {
      if (!peer.patient && others >= this.#mostOthers(options)) continue;
      const isExtra = peer.patient && !peer.freeloads && all < MAX_SLOTS && mayBeMany(options);
      if (free <= 0 && !isExtra) continue;
      free--;
      all++;
      if (!peer.patient) others++;
      given.push(peer.id);
    }
    if (options.textbook) return given;
    const most = mayBeMany(options) ? MAX_SLOTS : slots;
    for (const peer of candidates) if (peer.mayWant && peer.patient && !peer.interested && !peer.unchoked && all < most && ++all) given.push(peer.id);
    return given;
  }

  /** Whether somebody who wants nothing any more keeps its slot: nobody waits for one. */
  keeps(candidates: readonly ChokeCandidate[], options: ChokerOptions): boolean {
    return !options.textbook && options.slots === null && candidates.length <= MAX_SLOTS && !candidates.some((peer) => peer.interested && !peer.unchoked);
  }

  /** Freeloaders last, whatever they take; they are served with what nobody else wants. */
  #ranked(peers: readonly ChokeCandidate[], options: ChokerOptions): ChokeCandidate[] {
    const value = (peer: ChokeCandidate): number => options.complete ? peer.takesBytesPerSecond : peer.givesBytesPerSecond;
    return peers
      .map((peer) => ({ peer, value: value(peer), tie: this.#random() }))
      .sort((a, b) => Number(a.peer.freeloads) - Number(b.peer.freeloads) || b.value - a.value || Number(b.peer.unchoked) - Number(a.peer.unchoked) || a.tie - b.tie)
      .map(({ peer }) => peer);
  }

  #newcomer(interested: readonly ChokeCandidate[], served: ReadonlySet<number>): number {
    const rest = interested.filter((peer) => !served.has(peer.id));
    const current = rest.find((peer) => peer.id === this.#optimistic && !peer.freeloads);
    if (current && this.#optimisticRounds-- > 0) return current.id;
    // Those who waited longest first: nobody is starved by chance. A freeloader had its turn.
    const honest = rest.filter((peer) => !peer.freeloads);
    const waited = (honest.length > 0 ? honest : rest).filter((peer) => !peer.unchoked).sort((a, b) => a.unchokedAtMs - b.unchokedAtMs);
    const oldest = waited.filter((peer) => peer.unchokedAtMs === waited[0]!.unchokedAtMs);
    const pool = oldest.length > 0 ? oldest : honest.length > 0 ? honest : rest;
    const chosen = pool[Math.floor(this.#random() * pool.length) % pool.length]!;
    this.#optimistic = chosen.id;
    this.#optimisticRounds = OPTIMISTIC_ROUNDS - 1;
    return chosen.id;
  }
}
