// How many ranges to ask of one web server at once: one, and more only while each more makes it faster.

export const MAX_RANGES = 4;
/** A server that answers sooner keeps one connection full. */
const HIGH_LATENCY_MS = 20;
/** Long enough for the speed to be that of the last seconds alone. */
const SETTLE_MS = 5000;
/** A further range must bring so much. */
const GAIN = 1.15;
const FIRST_REST_MS = 60_000;
const MAX_REST_MS = 15 * 60_000;

export class RangeCount {
  /** Ranges that may be asked for now. */
  limit = 1;
  #latencyMs = 0;
  #since: number | null = null;
  #before: number | null = null;
  #restMs = FIRST_REST_MS;
  #restUntil = 0;

  /** The first byte of an answer came. @param ms after it was asked for */
  answered(ms: number): void {
    this.#latencyMs = this.#latencyMs === 0 ? ms : this.#latencyMs * 0.7 + ms * 0.3;
  }

  /**
   * Once a second or more often.
   * @param busy as many ranges as may be are being fetched, and nothing of ours holds them back
   * @param bytesPerSecond of all of them
   */
  measure(nowMs: number, busy: boolean, bytesPerSecond: number): void {
    if (!busy) {
      this.#since = null;
      return;
    }
    this.#since ??= nowMs;
    if (nowMs - this.#since < SETTLE_MS) return;
    if (this.#before !== null && bytesPerSecond < this.#before * GAIN) {
      this.limit--;
      this.#restUntil = nowMs + this.#restMs;
      this.#restMs = Math.min(MAX_REST_MS, this.#restMs * 2);
      this.#settle(nowMs, null);
    } else if (this.limit < MAX_RANGES && this.#latencyMs >= HIGH_LATENCY_MS && nowMs >= this.#restUntil) {
      this.limit++;
      this.#settle(nowMs, bytesPerSecond);
    } else this.#settle(nowMs, null);
  }

  /** The server failed: one range is what it may be asked for. */
  failed(nowMs: number): void {
    if (this.limit > 1) this.#restUntil = nowMs + this.#restMs;
    this.limit = 1;
    this.#settle(null, null);
  }

  #settle(since: number | null, before: number | null): void {
    this.#since = since;
    this.#before = before;
  }
}
