// What a source carries while it is asked: bytes over the time in which something was under way, the last seconds of that counting most.

/** So much time under way makes older figures count half. */
const HALF_LIFE_MS = 4000;
/** Less time than that says nothing. */
const LEAST_MS = 200;

export class ActiveRate {
  readonly #now: () => number;
  #bytes = 0;
  #activeMs = 0;
  #since: number | null = null;

  /** @param now milliseconds, never going backwards */
  constructor(now: () => number) {
    this.#now = now;
  }

  start(): void {
    this.#since ??= this.#now();
  }

  stop(): void {
    this.#advance();
    this.#since = null;
  }

  add(bytes: number): void {
    this.#advance();
    this.#bytes += bytes;
  }

  /** 0: not known yet. */
  get bytesPerSecond(): number {
    this.#advance();
    return this.#activeMs < LEAST_MS ? 0 : (this.#bytes * 1000) / this.#activeMs;
  }

  #advance(): void {
    if (this.#since === null) return;
    const passed = this.#now() - this.#since;
    if (passed <= 0) return;
    this.#since += passed;
    const keep = 0.5 ** (passed / HALF_LIFE_MS);
    this.#bytes *= keep;
    this.#activeMs = this.#activeMs * keep + passed * (1 + keep) / 2;
  }
}
