// Holds bulk transfer back when it makes everybody else in the house wait: watches round trips and sets limits, pure and with an injected clock.
//
// The queue of a home router grows when more is sent than the line takes (bufferbloat). As in LEDBAT (RFC 6817) the least round trip of the last minutes
// is taken for the line at rest; as in cake-autorate/sqm-autorate the rate that was reached while the queue stood is taken for what the line can do, the
// limit goes below it at once, and comes back slowly.
import { latencyBoundMs, quantile } from './latency-statistics.ts';

/** `resting`: nothing to guard; `watching`: traffic without a limit; `draining`: far below the line until the queue is empty; `holding`: just below it. */
export type GuardState = 'resting' | 'watching' | 'draining' | 'holding';

export interface GuardLimits {
  /** null: no limit. */
  downloadBytesPerSecond: number | null;
  uploadBytesPerSecond: number | null;
}

export interface GuardDecision extends GuardLimits {
  state: GuardState;
  /** The least round trip of the last minutes; null before there was one. */
  idleMs: number | null;
  /** The median of the last second and a half; null without round trips. */
  loadedMs: number | null;
  /** What `loadedMs` may be. */
  boundMs: number | null;
  /** Whether the line has bloated since the transfer began: what advice is for. */
  hasBloated: boolean;
}

export interface Traffic { downloadBytesPerSecond: number; uploadBytesPerSecond: number }

interface Direction {
  limit: number | null;
  /** What the line gave while its queue stood; null not known. */
  capacity: number | null;
  /** The limit under which a queue stood the last time; Infinity where that is not known. */
  ceiling: number;
  /** Both as they were before it was held back the last time; null where it had no limit. */
  before: { capacity: number | null; ceiling: number } | null;
  /** When it was held back the last time. */
  heldAt: number;
  /** The limit it goes back to when it was held beside the one that is blamed; null otherwise. */
  resume: number | null;
  /** The rates of the last ticks. */
  rates: { at: number; bytesPerSecond: number }[];
  /** What most of them were: neither the beginning, when buffers fill at once, nor a pause counts. */
  rate: number;
}

const WINDOW_MS = 1_500;
const LEAST_SAMPLES = 3;
const MAX_SAMPLES = 200;
const MAX_RATES = 50;
/** Of the round trips at rest: minima of half minutes, for ten minutes (RFC 6817's base history). */
const HISTORY_SLOT_MS = 30_000;
const HISTORY_SLOTS = 20;
const MAX_TARGETS = 8;
// A transfer slower than this fills no queue worth speaking of.
const BUSY_BYTES_PER_SECOND = 16_384;
const LEAST_LIMIT = 32_768;
const RELEASE_AFTER_MS = 5_000;
const DRAIN_PART = 0.4;
const LATER_DRAIN_PART = 0.75;
/** A short queue is emptied by holding back a little: this much less for each millisecond that is waited in it, and never less than that. */
const MILD_DRAIN_PART = 0.92;
const MILDER_PER_MS = 0.004;
/** With a queue this short both ways are held for its while, and only one is blamed: finding out by trying would cost more than it tells. */
const BOTH_BELOW_MS = 200;
// Buffers of the system swallow the beginning of an upload: what was handed over is this much too optimistic.
const UPLOAD_TRUST = 0.6;
const DRAIN_WINDOW_MS = 700;
/** A queue that does not shrink this long was thought too small a line's: what a program hands to the system is not yet sent. */
const SHRINK_MS = 2_000;
/** Waiting again so soon after a queue was emptied shows that the line was thought much too fast. */
const RELAPSE_MS = 4_000;
const RELAPSE_BACK_OFF = 0.9;
const ALTERNATE_MS = 2_500;
const HOLD_PART = 0.94;
const BACK_OFF = 0.98;
// As long as nothing waits the limit grows ever faster: a line that was thought too slow is soon made use of.
const GROWTH_PER_SECOND = 0.03;
const MOST_GROWTH_PER_SECOND = 0.12;
const GROWTH_DOUBLES_MS = 2_500;
const CALM_MS = 6_000;
const SETTLE_MS = 1_000;
// Longer than this no queue of ours lasts: then it is somebody else's, and holding back any longer would be for nothing.
const LONGEST_DRAIN_MS = 12_000;
const HELPLESS_MS = 20_000;
const LEAST_TRIGGER_MS = 30;
const LEAST_AIM_MS = 10;
/** What a lost sample counts as, beside what it was waited for. */
const LOST_MS = 1_000;
const GONE_MS = 5_000;

interface Sample { target: string; at: number; excessMs: number; idleMs: number }
interface Seen { idleMs: number; excessMs: number; standingMs: number }

export class LatencyGuard {
  #samples: Sample[] = [];
  readonly #history = new Map<string, { slot: number; leastMs: number }[]>();
  readonly #directions: { down: Direction; up: Direction } = { down: fresh(), up: fresh() };
  #state: GuardState = 'resting';
  #hasBloated = false;
  #lastBusyAt = Number.NEGATIVE_INFINITY;
  #changedAt = Number.NEGATIVE_INFINITY;
  #drainingSince = 0;
  #shrunkAt = 0;
  #shrunkTo = 0;
  #blamed: Direction | null = null;
  #emptiedAt = Number.NEGATIVE_INFINITY;
  #helplessUntil = Number.NEGATIVE_INFINITY;
  #lastTickAt: number | null = null;
  readonly #answeredAt = new Map<string, number>();
  #seenAt = Number.NEGATIVE_INFINITY;

  /**
   * One round trip; null when it was lost. Each target (`gateway`, `probe`) has a time at rest of its own.
   * @param at milliseconds, never going back
   */
  addSample(target: string, rttMs: number | null, at: number): void {
    const time = rttMs ?? LOST_MS;
    if (!(time >= 0 && time < 60_000)) return;
    const idleMs = this.#rememberLeast(target, rttMs === null ? null : time, at);
    if (idleMs === null) return;
    if (rttMs !== null) this.#answeredAt.set(target, at);
    // Who answers no more is gone, not late.
    else if (at - this.#answeredAt.get(target)! > GONE_MS) return;
    this.#samples.push({ target, at, excessMs: time - idleMs, idleMs });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** What to do from now on. Call it a few times a second with the rates of bulk transfer since the last call. */
  tick(traffic: Traffic, at: number): GuardDecision {
    const seconds = this.#lastTickAt === null ? 0 : Math.min(2, Math.max(0, (at - this.#lastTickAt) / 1000));
    this.#lastTickAt = at;
    const { down, up } = this.#directions;
    note(down, traffic.downloadBytesPerSecond, at);
    note(up, traffic.uploadBytesPerSecond, at);
    this.#samples = this.#samples.filter((sample) => at - sample.at <= WINDOW_MS);
    const isBusy = traffic.downloadBytesPerSecond > BUSY_BYTES_PER_SECOND || traffic.uploadBytesPerSecond > BUSY_BYTES_PER_SECOND;
    if (isBusy) this.#lastBusyAt = at;
    if (at - this.#lastBusyAt > RELEASE_AFTER_MS) this.#release();
    else if (this.#state === 'resting') this.#state = 'watching';
    const seen = this.#seen();
    if (seen) this.#seenAt = at;
    // Without anything to go by nothing is held back.
    else if (at - this.#seenAt > GONE_MS * 2 && this.#state !== 'resting') {
      this.#release();
      this.#state = 'watching';
    }
    if (seen && this.#state !== 'resting') this.#step(seen, at, seconds);
    return {
      downloadBytesPerSecond: down.limit === null ? null : Math.round(down.limit), uploadBytesPerSecond: up.limit === null ? null : Math.round(up.limit),
      state: this.#state, idleMs: seen?.idleMs ?? null, loadedMs: seen ? seen.idleMs + seen.excessMs : null,
      boundMs: seen ? latencyBoundMs(seen.idleMs) : null, hasBloated: this.#hasBloated,
    };
  }

  /** The line may be another one: nothing that was learned of it holds. */
  forget(): void {
    this.#history.clear();
    this.#samples = [];
    this.#release();
  }

  #step({ idleMs, excessMs, standingMs }: Seen, at: number, seconds: number): void {
    const { down, up } = this.#directions;
    const guarded = [down, up].filter(({ limit }) => limit !== null);
    // Less than what is allowed is aimed at, so that what is allowed is seldom passed. Of very short times the noise is larger than any part.
    const aimMs = Math.max(LEAST_AIM_MS, Math.min(idleMs * 0.7, idleMs * 0.4 + 12));
    if (this.#state === 'draining') {
      const isLong = at - this.#drainingSince > LONGEST_DRAIN_MS;
      const recent = worstTarget(this.#samples.filter((sample) => at - sample.at <= DRAIN_WINDOW_MS), 2).map((sample) => sample.excessMs);
      if (!isLong && (recent.length < 2 || quantile(recent, 0.5) > aimMs)) return this.#drainOn(recent, guarded, at);
      const held = guarded.filter(({ heldAt }) => heldAt >= this.#drainingSince);
      if (isLong) {
        this.#helplessUntil = at + HELPLESS_MS;
        for (const one of held) if (Number.isFinite(one.ceiling)) one.capacity = one.ceiling;
      }
      for (const one of held) {
        one.limit = one.resume ?? Math.max(LEAST_LIMIT, one.capacity! * HOLD_PART);
        one.resume = null;
      }
      this.#state = 'holding';
      this.#samples = [];
      this.#emptiedAt = at;
      this.#changedAt = at;
      return;
    }
    if (at - this.#changedAt < SETTLE_MS) return;
    if (at < this.#helplessUntil) return;
    const used = guarded.filter(({ rate, limit }) => rate > limit! * 0.8);
    if (excessMs > Math.max(idleMs, LEAST_TRIGGER_MS) || (standingMs > aimMs && used.length > 0)) return this.#yield(excessMs, at);
    if (standingMs > aimMs * 0.7) return;
    for (const one of used) {
      // Near where a queue stood the last time the limit feels its way; below, and after a long calm, it hurries.
      const calmMs = at - one.heldAt - (!Number.isFinite(one.ceiling) ? -CALM_MS : one.limit! > one.ceiling * 0.9 ? CALM_MS : 0);
      one.limit = one.limit! * (1 + Math.min(MOST_GROWTH_PER_SECOND, GROWTH_PER_SECOND * 2 ** Math.max(0, calmMs / GROWTH_DOUBLES_MS)) * seconds);
      one.capacity = Math.max(one.capacity!, one.limit);
    }
  }

  #drainOn(recent: number[], guarded: Direction[], at: number): void {
    if (recent.length < 2) return;
    const excessMs = quantile(recent, 0.5);
    if (excessMs < this.#shrunkTo * 0.85) {
      this.#shrunkTo = excessMs;
      this.#shrunkAt = at;
    }
    if (at - this.#shrunkAt < SHRINK_MS) return;
    // Whoever was blamed is not the only one; and once everybody is held, the line was thought too fast.
    const { down, up } = this.#directions;
    const next = [up, down].find((one) => one.heldAt < this.#drainingSince && one.rate > BUSY_BYTES_PER_SECOND);
    if (next) {
      // Holding the others did not help: they go back to what was known of them.
      for (const one of guarded) if (one.heldAt >= this.#drainingSince && one.before) Object.assign(one, one.before);
      this.#hold(next, at, excessMs);
      // What it gave beside a full queue is less than it can.
      if (!next.before) next.ceiling = Number.POSITIVE_INFINITY;
    } else {
      for (const one of guarded) {
        if (one.heldAt < this.#drainingSince) continue;
        one.resume = null;
        one.limit = Math.max(LEAST_LIMIT, one.limit! / 2);
        one.capacity = Math.max(LEAST_LIMIT, one.capacity! * 0.6);
      }
    }
    this.#shrunkTo = excessMs;
    this.#shrunkAt = at;
  }

  // Down to a part of what the line gave, until the queue is empty.
  #yield(excessMs: number, at: number): void {
    const { down, up } = this.#directions;
    // One round trip does not tell which way is full: one is held after the other until the queue shrinks. First comes what was raised closest to where a
    // queue stood before; of what has no limit yet uploads, as lines have less room for them and downloads wait for their acknowledgements.
    const busy = [up, down].filter(({ rate }) => rate > BUSY_BYTES_PER_SECOND && rate > Math.max(down.rate, up.rate) / 8);
    const part = ({ limit, ceiling }: Direction): number => (Number.isFinite(ceiling) ? limit! / ceiling : 2);
    const raised = busy.filter(({ limit }) => limit !== null).sort((one, other) => part(other) - part(one));
    const used = raised.filter(({ limit, rate }) => rate > limit! * 0.7);
    // A queue that is back at once was the other's: what is known of where it stood before may be wrong, as the system's buffers hide it.
    const isBack = at - this.#emptiedAt < ALTERNATE_MS;
    const culprit = (isBack ? used.find((one) => one !== this.#blamed) : undefined) ?? used[0] ?? busy.find(({ limit }) => limit === null) ?? busy[0];
    if (!culprit) return;
    this.#blamed = culprit;
    this.#hold(culprit, at, excessMs);
    const other = raised.find((one) => one !== culprit && one.rate > one.limit! * 0.7);
    if (other && excessMs < BOTH_BELOW_MS) {
      other.resume = other.limit;
      other.limit = Math.max(LEAST_LIMIT, other.limit! * laterDrainPart(excessMs));
      other.heldAt = at;
    }
    this.#hasBloated = true;
    this.#state = 'draining';
    this.#drainingSince = at;
    this.#shrunkAt = at;
    this.#shrunkTo = excessMs;
    this.#changedAt = at;
  }

  #hold(one: Direction, at: number, excessMs: number): void {
    const { limit, rate } = one;
    // Far below its limit, or without one, a direction shows what the line gives. Of an upload it shows what the system took, which is more.
    const isFresh = limit === null || rate < limit * 0.7;
    const given = one === this.#directions.up ? rate * UPLOAD_TRUST : rate;
    const capacity = isFresh ? given : Math.min(one.capacity!, limit) * (at - this.#emptiedAt < RELAPSE_MS ? RELAPSE_BACK_OFF : BACK_OFF);
    const part = !isFresh ? laterDrainPart(excessMs) : one === this.#directions.up ? DRAIN_PART / 2 : DRAIN_PART;
    one.before = limit === null ? null : { capacity: one.capacity, ceiling: one.ceiling };
    one.capacity = Math.max(LEAST_LIMIT, capacity);
    one.ceiling = limit ?? Math.max(rate, one.capacity);
    one.limit = Math.max(LEAST_LIMIT, one.capacity * part);
    one.heldAt = at;
    one.resume = null;
  }

  #release(): void {
    for (const one of [this.#directions.down, this.#directions.up]) {
      one.limit = null;
      one.resume = null;
    }
    this.#state = 'resting';
    this.#hasBloated = false;
  }

  // What nearly every round trip waited stands in a queue; what some waited may be a burst (CoDel's distinction, RFC 8289).
  #seen(): Seen | null {
    const samples = worstTarget(this.#samples, LEAST_SAMPLES);
    if (samples.length === 0) return null;
    const excess = samples.map((sample) => sample.excessMs);
    return { idleMs: Math.max(...samples.map(({ idleMs }) => idleMs)), excessMs: quantile(excess, 0.5), standingMs: quantile(excess, 0.25) };
  }

  #rememberLeast(target: string, rttMs: number | null, at: number): number | null {
    const slots = this.#history.get(target) ?? [];
    if (rttMs !== null) {
      if (!this.#history.has(target) && this.#history.size >= MAX_TARGETS) return null;
      const slot = Math.floor(at / HISTORY_SLOT_MS);
      const last = slots.at(-1);
      if (last?.slot === slot) last.leastMs = Math.min(last.leastMs, rttMs);
      else slots.push({ slot, leastMs: rttMs });
      while (slots.length > 0 && slots[0]!.slot <= slot - HISTORY_SLOTS) slots.shift();
      this.#history.set(target, slots);
    }
    return slots.length === 0 ? null : Math.min(...slots.map(({ leastMs }) => leastMs));
  }
}

// The quick answers of a router say nothing of the line behind it: whoever waits longest counts, not all of them in one heap.
function worstTarget(samples: Sample[], least: number): Sample[] {
  let worst: Sample[] = [];
  let worstMs = Number.NEGATIVE_INFINITY;
  for (const target of new Set(samples.map((sample) => sample.target))) {
    const own = samples.filter((sample) => sample.target === target);
    const excessMs = quantile(own.map((sample) => sample.excessMs), 0.5);
    if (own.length < least || excessMs <= worstMs) continue;
    worst = own;
    worstMs = excessMs;
  }
  return worst;
}

function laterDrainPart(excessMs: number): number {
  return Math.max(LATER_DRAIN_PART, Math.min(MILD_DRAIN_PART, 1 - excessMs * MILDER_PER_MS));
}

function fresh(): Direction {
  return { limit: null, capacity: null, ceiling: 0, before: null, heldAt: 0, resume: null, rates: [], rate: 0 };
}

function note(direction: Direction, bytesPerSecond: number, at: number): void {
  direction.rates.push({ at, bytesPerSecond: Math.max(0, bytesPerSecond) });
  direction.rates = direction.rates.filter((one) => at - one.at <= WINDOW_MS).slice(-MAX_RATES);
  direction.rate = quantile(direction.rates.map((one) => one.bytesPerSecond), 0.6);
}
