// Decides from moment to moment which ways of finding people a torrent uses besides its trackers.
import type { DeliverySpec, DiscoveryUse } from './delivery-spec.ts';

export type DiscoveryWay = 'dht' | 'pex' | 'lsd';
export type DiscoveryWays = Readonly<Record<DiscoveryWay, boolean>>;

/** What is known at the moment. */
export interface DiscoveryView {
  /** How many trackers there are, and how many of them answered or failed when they were asked last. */
  trackers: { total: number; working: number; failed: number };
  /** Connected, or known and not yet found dead. */
  people: number;
}

/** An announce over TLS to the other side of the world takes about a second; a lost UDP datagram is worth one more look. */
export const GRACE_MS = 6_000;
/** With fewer people than this a torrent depends on single ones of them. */
export const ENOUGH_PEOPLE = 5;
/**
 * So long trackers and people must have been well before the fallback rests again. It does rest: whoever says "fallback" wants the
 * crowd to meet at its trackers, and an announce in the DHT is forgotten there after half an hour. It rests late, so that a tracker
 * that comes and goes does not switch it to and fro.
 */
export const WELL_FOR_MS = 10 * 60_000;

const WAYS: readonly DiscoveryWay[] = ['dht', 'pex', 'lsd'];

export class DiscoveryPolicy {
  readonly #now: () => number;
  #uses: Record<DiscoveryWay, DiscoveryUse> = { dht: 'on', pex: 'on', lsd: 'on' };
  #startedAtMs: number;
  #fallback = false;
  #wellSinceMs: number | null = null;

  /** @param now milliseconds that only grow */
  constructor(now: () => number) {
    this.#now = now;
    this.#startedAtMs = now();
  }

  setUses({ dht, pex, lsd }: Pick<DeliverySpec, DiscoveryWay>): void {
    this.#uses = { dht, pex, lsd };
  }

  /** The torrent goes out (again): its trackers get their chance first. */
  restart(): void {
    this.#startedAtMs = this.#now();
    this.#fallback = false;
    this.#wellSinceMs = null;
  }

  /** Whether the word of this way is listened to at all; what came too early waits. */
  uses(way: DiscoveryWay): DiscoveryUse {
    return this.#uses[way];
  }

  /** @returns which ways are in use from now on */
  decide(view: DiscoveryView): DiscoveryWays {
    this.#watch(view);
    const open = (way: DiscoveryWay): boolean => this.#uses[way] === 'on' || (this.#uses[way] === 'fallback' && this.#fallback);
    return Object.fromEntries(WAYS.map((way) => [way, open(way)])) as Record<DiscoveryWay, boolean>;
  }

  #watch({ trackers, people }: DiscoveryView): void {
    const now = this.#now();
    const noneWorks = trackers.failed >= trackers.total; // none at all included
    const hadItsChance = now - this.#startedAtMs >= GRACE_MS;
    if (noneWorks || (hadItsChance && people < ENOUGH_PEOPLE)) {
      this.#fallback = true;
      this.#wellSinceMs = null;
      return;
    }
    if (!this.#fallback) return;
    if (trackers.working === 0 || people < ENOUGH_PEOPLE) {
      this.#wellSinceMs = null;
      return;
    }
    this.#wellSinceMs ??= now;
    if (now - this.#wellSinceMs >= WELL_FOR_MS) this.#fallback = false;
  }
}
