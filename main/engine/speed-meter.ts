// A rate over the last few seconds, from counts in short slices; costs nothing while nothing happens.

const SLICE_MS = 250;
const SLICES = 16;

export class SpeedMeter {
  readonly #now: () => number;
  readonly #slices = new Float64Array(SLICES);
  #slice = 0;
  #sum = 0;
  #startedAt: number;
  total = 0;

  /** @param now milliseconds, never going backwards */
  constructor(now: () => number) {
    this.#now = now;
    this.#slice = Math.floor(now() / SLICE_MS);
    this.#startedAt = now();
  }

  add(bytes: number): void {
    this.#advance();
    this.#slices[this.#slice % SLICES]! += bytes;
    this.#sum += bytes;
    this.total += bytes;
  }

  /** Bytes per second over the last four seconds (or since the first byte, when that is shorter). */
  get bytesPerSecond(): number {
    this.#advance();
    if (this.#sum === 0) return 0;
    const windowMs = Math.min(SLICES * SLICE_MS, Math.max(SLICE_MS, this.#now() - this.#startedAt));
    return (this.#sum * 1000) / windowMs;
  }

  #advance(): void {
    const current = Math.floor(this.#now() / SLICE_MS);
    if (current === this.#slice) return;
    if (this.#sum === 0) this.#startedAt = this.#now();
    if (current - this.#slice >= SLICES) {
      this.#slices.fill(0);
      this.#sum = 0;
      this.#startedAt = this.#now();
    } else {
      for (let slice = this.#slice + 1; slice <= current; slice++) {
        this.#sum -= this.#slices[slice % SLICES]!;
        this.#slices[slice % SLICES] = 0;
      }
    }
    this.#slice = current;
  }
}
