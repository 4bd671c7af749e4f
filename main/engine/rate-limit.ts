// A token bucket: holds a flow of bytes to a rate, without bursts longer than a quarter of a second.

const BURST_SECONDS = 0.25;
const MIN_BURST_BYTES = 32768;

export class RateLimit {
  readonly #now: () => number;
  #bytesPerSecond: number | null;
  #tokens = 0;
  #filledAt: number;

  /**
   * @param bytesPerSecond null: no limit; 0: nothing may pass
   * @param now milliseconds
   */
  constructor(bytesPerSecond: number | null, now: () => number) {
    this.#now = now;
    this.#bytesPerSecond = bytesPerSecond;
    this.#filledAt = now();
    this.#tokens = this.#burst;
  }

  get bytesPerSecond(): number | null {
    return this.#bytesPerSecond;
  }

  set bytesPerSecond(value: number | null) {
    this.#fill();
    this.#bytesPerSecond = value;
    this.#tokens = Math.min(this.#tokens, this.#burst);
  }

  /** Whether bytes may pass now. The balance may go below zero once, so that a block is never cut. */
  get open(): boolean {
    if (this.#bytesPerSecond === null) return true;
    this.#fill();
    return this.#tokens > 0;
  }

  take(bytes: number): void {
    if (this.#bytesPerSecond === null) return;
    this.#fill();
    this.#tokens -= bytes;
  }

  /** Gives back what was taken for nothing (a request that was refused or cancelled). */
  giveBack(bytes: number): void {
    if (this.#bytesPerSecond === null) return;
    this.#tokens = Math.min(this.#tokens + bytes, this.#burst);
  }

  /** Milliseconds until something may pass again; 0 when it may now, Infinity when the rate is 0. */
  get waitMs(): number {
    if (this.open) return 0;
    if (!this.#bytesPerSecond) return Infinity;
    return Math.max(1, Math.ceil(((1 - this.#tokens) * 1000) / this.#bytesPerSecond));
  }

  get #burst(): number {
    return this.#bytesPerSecond === null ? 0 : this.#bytesPerSecond === 0 ? 0 : Math.max(MIN_BURST_BYTES, this.#bytesPerSecond * BURST_SECONDS);
  }

  #fill(): void {
    const now = this.#now();
    if (this.#bytesPerSecond !== null) {
      this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) * this.#bytesPerSecond) / 1000);
    }
    this.#filledAt = now;
  }
}

/** Whether a limit sank by so much that what is under way already matters; null is no limit. */
export function isMuchLower(now: number | null, before: number | null): boolean {
  return now !== null && (before === null || now < before * 0.8);
}
