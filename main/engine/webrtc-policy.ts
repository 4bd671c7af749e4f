// When a torrent asks strangers to meet through WebRTC, and when it lets go of a relay: the last resort, because relays cost somebody money.

/** For so long the direct ways are given a chance, at the start and after they dried up. */
const GRACE_MS = 20_000;
/** With this many direct connections, a slow time is no reason; only a long time without anything is. */
const FEW_DIRECT_PEERS = 3;
const LONG_GRACE_MS = 3 * GRACE_MS;
/** What direct connections have to bring in one grace time, to count as carrying: 12.5 kB/s. */
const CARRYING_BYTES = 250_000;
/** So long direct connections must have carried before relays are let go. */
const RELEASE_AFTER_MS = 60_000;
const WANTED_PEERS = 4;
const FIRST_RETRY_MS = 30_000;
const MAX_RETRY_MS = 10 * 60_000;
const ANSWERS_PER_MINUTE = 20;
/** A relay that refused us stays refused for so long; one that said nothing is asked again sooner. */
const REFUSED_MS = 60 * 60_000;
const SILENT_MS = 5 * 60_000;

export const MAX_OFFERS = 5;
export const MAX_WEBRTC_PEERS = 10;

export type RelayState = 'ok' | 'wrong-password' | 'refused' | 'no-answer' | 'bad-answer';

export interface WebrtcSituation {
  /** Something is missing that is wanted. */
  wants: boolean;
  directPeers: number;
  webrtcPeers: number;
  /** Offers and answers that have not led to a connection yet. */
  pending: number;
  /** Since the start, over all direct ways and from servers. */
  directBytes: number;
  relayedBytes: number;
}

interface Sample { atMs: number; directBytes: number; relayedBytes: number }

export class WebrtcPolicy {
  readonly #now: () => number;
  readonly #samples: Sample[] = [];
  readonly #answeredAt: number[] = [];
  readonly #refused = new Map<string, { state: RelayState; untilMs: number }>();
  #startedAtMs = 0;
  #nextOfferAtMs = 0;
  #retryMs = FIRST_RETRY_MS;
  #hadPeers = false;
  #situation: WebrtcSituation | null = null;

  /** @param now milliseconds that never go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  start(): void {
    this.#startedAtMs = this.#now();
    this.#samples.length = 0;
    this.#nextOfferAtMs = 0;
    this.#retryMs = FIRST_RETRY_MS;
  }

  /** Call about once a second. */
  observe(situation: WebrtcSituation): void {
    const atMs = this.#now();
    this.#situation = situation;
    this.#samples.push({ atMs, directBytes: situation.directBytes, relayedBytes: situation.relayedBytes });
    while (this.#samples.length > 1 && atMs - this.#samples[1]!.atMs >= RELEASE_AFTER_MS) this.#samples.shift();
    if (situation.webrtcPeers > 0) {
      this.#hadPeers = true;
      this.#retryMs = FIRST_RETRY_MS;
    } else if (this.#hadPeers) {
      this.#hadPeers = false;
      this.#nextOfferAtMs = atMs;
    }
  }

  /** How many offers to make now; 0 while direct connections carry, have not had their chance, or an earlier offer is still out. */
  offers(): number {
    const situation = this.#situation;
    const nowMs = this.#now();
    if (!situation?.wants || situation.pending > 0 || nowMs < this.#nextOfferAtMs || nowMs - this.#startedAtMs < GRACE_MS) return 0;
    const dry = situation.directPeers >= FEW_DIRECT_PEERS ? this.#directBytesOf(LONG_GRACE_MS) === 0 && nowMs - this.#startedAtMs >= LONG_GRACE_MS
      : this.#directBytesOf(GRACE_MS) < CARRYING_BYTES;
    return dry ? Math.max(0, Math.min(MAX_OFFERS, WANTED_PEERS - situation.webrtcPeers)) : 0;
  }

  offered(): void {
    this.#nextOfferAtMs = this.#now() + this.#retryMs;
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
  }

  /** Whether one more stranger's offer may be answered; counts it. */
  mayAnswer(): boolean {
    const nowMs = this.#now();
    while (this.#answeredAt.length > 0 && nowMs - this.#answeredAt[0]! >= 60_000) this.#answeredAt.shift();
    const { webrtcPeers = 0, pending = 0 } = this.#situation ?? {};
    if (webrtcPeers + pending >= MAX_WEBRTC_PEERS || this.#answeredAt.length >= ANSWERS_PER_MINUTE) return false;
    this.#answeredAt.push(nowMs);
    return true;
  }

  /** Direct connections have carried long enough, and no less than the relays: those are let go. */
  mayReleaseRelays(): boolean {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || !this.#situation?.wants || this.#situation.directPeers === 0 || last.atMs - first.atMs < RELEASE_AFTER_MS) return false;
    const direct = last.directBytes - first.directBytes;
    return direct >= CARRYING_BYTES * (RELEASE_AFTER_MS / GRACE_MS) && direct >= last.relayedBytes - first.relayedBytes;
  }

  /** A relay gave us nothing; `ok` is a mishap that may pass. @param server as shown */
  relayFailed(server: string, state: RelayState): void {
    const untilMs = this.#now() + (state === 'wrong-password' || state === 'refused' ? REFUSED_MS : SILENT_MS);
    this.#refused.set(server, { state, untilMs });
  }

  mayUseRelay(server: string): boolean {
    return this.#now() >= (this.#refused.get(server)?.untilMs ?? 0);
  }

  /** Other servers are named now: what was learned of earlier ones is forgotten. */
  serversChanged(): void {
    this.#refused.clear();
    this.#nextOfferAtMs = 0;
    this.#retryMs = FIRST_RETRY_MS;
  }

  #directBytesOf(ms: number): number {
    const last = this.#samples.at(-1);
    const from = this.#samples.findLast(({ atMs }) => last!.atMs - atMs >= ms) ?? this.#samples[0];
    return last && from ? last.directBytes - from.directBytes : 0;
  }
}
