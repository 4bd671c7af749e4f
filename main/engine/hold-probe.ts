// Finds out by trying how much the line wants under way: whether more of it brings more through.
//
// A late acknowledgement has two causes that look alike from here: our own queue, or programs and radios that answer late by
// chance. The spread of the times does not tell them apart, it is 0.4 of their mean either way (blocks of several connections
// take turns on the line): a deviation as in TCP's time-out (RFC 6298) would take our own queue for lateness and feed on itself,
// and the least of the recent delays (LEDBAT, RFC 6817) finds a quick one in both. What differs is the answer to more: a full
// line carries what it carried, only later; a line that answers late carries more. So it is asked now and then, as BBR asks
// (Cardwell, Cheng, Gunn, Yeganeh, Jacobson: BBR, ACM Queue 14(5), 2016), but what is learned is a time, not a rate: BBR's own
// rule, twice the rate times the shortest round trip, is what sinks when the shortest is much shorter than the usual.

/** So much more is under way while it is tried. */
const TRY = 2;
/** What part of that, in logarithms, the rate must answer with: half of it for a little more, most of it for all of it at once. */
const WORTH = 0.5;
const WORTH_ALL = 0.75;
/** More than could come of it: the line or the wishes of the peers changed meanwhile. */
const INCREDIBLE = 2;
const LITTLE_LONGER = 1.4;
/** Nothing came of it: half. */
const WORTHLESS = 0.1;
const LITTLE_SHORTER = 0.8;
const MUCH_SHORTER = 0.5;
/** It begins with some to spare: in a short queue nobody waits, and a slow climb costs a crowd the beginning. */
const FIRST_STRETCH = 1.4;
const LEAST_PHASE_MS = 600;
const MOST_PHASE_MS = 2500;
/** Fewer blocks than these tell nothing of a rate. */
const ENOUGH_BYTES = 256 * 1024;
const SETTLE_MS = 250;
const MOST_SETTLE_MS = 1000;
const REST_MS = 500;
/** A line that wants nothing more is asked so many phases later: most of the time its queue is short. */
const REST_PHASES = 4;
/** Outside of these it is not the allowance that limits, and nothing can be learned. */
const LEAST_USED = 0.7;
const MOST_USED = 1.4;
const LEAST_GROWTH = 1.2;
/** The rate sinks in the middle of a trial: the line has become slower, and the allowance follows at once. */
const SUNK = 0.6;

interface Measure { bytesPerMs: number; underWayBytes: number }

export class HoldProbe {
  #stretch = FIRST_STRETCH;
  #phase: 'measuring' | 'trying' | 'resting' = 'measuring';
  /** What the rate allowed when the measuring began: the same for both sides of the comparison. 0: none is under way. */
  #frozenBytes = 0;
  #restMs = REST_MS;
  #phaseFromMs = 0;
  #settleMs = SETTLE_MS;
  #before: Measure | null = null;
  // Sums over the phase since it settled.
  #bytes = 0;
  #underWayMs = 0;
  #allowedMs = 0;
  #lastMs = 0;

  /** By how much more is allowed than the rate alone tells, now. */
  get gain(): number {
    return this.#phase === 'trying' ? this.#stretch * TRY : this.#stretch;
  }

  /** @param baseBytes what the rate seen lately would allow @returns what may be under way */
  allowedBytes(baseBytes: number): number {
    return (this.#frozenBytes || baseBytes) * this.gain;
  }

  /** Forgets what was learned: the line was at rest. */
  reset(nowMs: number): void {
    this.#stretch = FIRST_STRETCH;
    this.#measure(nowMs);
  }

  /**
   * Something was acknowledged.
   * @param underWayBytes what was under way until now
   * @param mostStretch more than this is not tried
   */
  note(nowMs: number, arrivedBytes: number, underWayBytes: number, baseBytes: number, mostStretch: number): void {
    const sinceMs = nowMs - this.#phaseFromMs;
    if (this.#phase === 'resting') {
      if (sinceMs >= this.#restMs) this.#measure(nowMs);
      return;
    }
    this.#frozenBytes ||= baseBytes;
    if (baseBytes < this.#frozenBytes * SUNK) return this.#rest(nowMs, REST_MS);
    const ms = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (sinceMs < this.#settleMs) return;
    this.#bytes += arrivedBytes;
    this.#underWayMs += underWayBytes * ms;
    this.#allowedMs += this.allowedBytes(baseBytes) * ms;
    const measuredMs = sinceMs - this.#settleMs;
    if (measuredMs < LEAST_PHASE_MS || (this.#bytes < ENOUGH_BYTES && measuredMs < MOST_PHASE_MS)) return;
    if (this.#underWayMs < this.#allowedMs * LEAST_USED || this.#underWayMs > this.#allowedMs * MOST_USED) return this.#rest(nowMs, REST_MS);
    const found = { bytesPerMs: this.#bytes / measuredMs, underWayBytes: this.#underWayMs / measuredMs };
    if (this.#before) this.#judge(nowMs, this.#before, found, Math.max(baseBytes, this.#frozenBytes), mostStretch, measuredMs);
    else if (this.#stretch < mostStretch) this.#try(nowMs, found);
    else this.#shorten(nowMs, LITTLE_SHORTER, measuredMs);
  }

  #judge(nowMs: number, before: Measure, found: Measure, baseBytes: number, mostStretch: number, measuredMs: number): void {
    const growth = found.underWayBytes / before.underWayBytes;
    const answer = Math.log(found.bytesPerMs / before.bytesPerMs) / Math.log(Math.max(LEAST_GROWTH, growth));
    if (growth < LEAST_GROWTH || answer > INCREDIBLE) return this.#rest(nowMs, REST_MS);
    if (answer <= WORTH) return this.#shorten(nowMs, answer < WORTHLESS ? MUCH_SHORTER : LITTLE_SHORTER, measuredMs);
    const all = answer > WORTH_ALL;
    this.#stretch = Math.min(mostStretch, this.#stretch * (all ? TRY : LITTLE_LONGER));
    if (!all || this.#stretch >= mostStretch) return this.#measure(nowMs);
    this.#frozenBytes = baseBytes;
    this.#try(nowMs, found);
  }

  #shorten(nowMs: number, factor: number, measuredMs: number): void {
    this.#stretch = Math.max(1, this.#stretch * factor);
    this.#rest(nowMs, this.#stretch > 1 ? REST_MS : REST_PHASES * measuredMs);
  }

  #rest(nowMs: number, ms: number): void {
    this.#frozenBytes = 0;
    this.#restMs = ms;
    this.#begin(nowMs, 'resting', null, 0);
  }

  #measure(nowMs: number): void {
    this.#frozenBytes = 0;
    this.#begin(nowMs, 'measuring', null, SETTLE_MS);
  }

  /** What was sent before comes back first. */
  #try(nowMs: number, before: Measure): void {
    this.#begin(nowMs, 'trying', before, Math.min(MOST_SETTLE_MS, before.underWayBytes / before.bytesPerMs));
  }

  #begin(nowMs: number, phase: 'measuring' | 'trying' | 'resting', before: Measure | null, settleMs: number): void {
    this.#phase = phase;
    this.#before = before;
    this.#phaseFromMs = nowMs;
    this.#lastMs = nowMs;
    this.#settleMs = settleMs;
    this.#bytes = 0;
    this.#underWayMs = 0;
    this.#allowedMs = 0;
  }
}
