// What one peer gave us lately, and whether it gives nothing although it could.

/** Seconds over which it is measured; a client of another kind may serve us for one of its rounds of 10 s in two. */
const WINDOW_SECONDS = 20;
/** A peer that was served for so long and could give has had time to. */
const PATIENCE_MS = 20_000;

export interface GivingNow {
  /** Bytes of blocks it sent us since it came. */
  totalBytes: number;
  /** It has pieces that we want, and does not let us ask or does not answer. */
  couldGive: boolean;
  /** We serve it. */
  served: boolean;
}

/** Look at a peer once a second with `note`. */
export class GivingRecord {
  /** Total bytes at the last looks, oldest first. */
  readonly #totals: number[] = [];
  #lastMs: number;
  #unreturnedMs = 0;

  /** @param nowMs milliseconds, never going backwards */
  constructor(nowMs: number) {
    this.#lastMs = nowMs;
  }

  note(nowMs: number, { totalBytes, couldGive, served }: GivingNow): void {
    const gave = totalBytes > (this.#totals.at(-1) ?? 0);
    this.#totals.push(totalBytes);
    if (this.#totals.length > WINDOW_SECONDS + 1) this.#totals.shift();
    if (gave) this.#unreturnedMs = 0;
    else if (couldGive && served) this.#unreturnedMs += nowMs - this.#lastMs;
    this.#lastMs = nowMs;
  }

  /** Over the last 20 s, or since it came. */
  get bytesPerSecond(): number {
    if (this.#totals.length < 2) return this.#totals[0] ?? 0;
    return (this.#totals.at(-1)! - this.#totals[0]!) / (this.#totals.length - 1);
  }

  get freeloads(): boolean {
    return this.#unreturnedMs >= PATIENCE_MS;
  }
}
