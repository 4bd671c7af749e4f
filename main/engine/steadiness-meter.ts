// Watches one connection second by second and says, when it carried bulk for a while, how fast and how steadily.
import type { TransportSample } from './transport-choice.ts';

/** So many seconds make a sample. */
export const SAMPLE_SECONDS = 15;
/** Less than this a second is no bulk: requests, a peer that has us choked, the end of a download. */
export const BULK_BYTES_PER_SECOND = 50_000;
/** A pause longer than this is a choke or the end of the work, not the line's. */
const LONGEST_PAUSE_SECONDS = 3;

export class SteadinessMeter {
  #rates: number[] = [];
  #pause = 0;
  #lastBytes = 0;
  #lastAtMs: number | null = null;

  /**
   * Call about once a second. @param carriedBytes all that the connection carried until now
   * @returns a sample after each 15 seconds of bulk
   */
  look(nowMs: number, carriedBytes: number): TransportSample | null {
    const seconds = this.#lastAtMs === null ? 0 : (nowMs - this.#lastAtMs) / 1000;
    const rate = seconds > 0 ? (carriedBytes - this.#lastBytes) / seconds : 0;
    this.#lastAtMs = nowMs;
    this.#lastBytes = carriedBytes;
    // After the machine slept or was too busy to look, a second is not a second.
    if (seconds < 0.5 || seconds > 2) return this.#anew();
    if (this.#rates.length === 0 && rate < BULK_BYTES_PER_SECOND) return null;
    this.#pause = rate < BULK_BYTES_PER_SECOND / 10 ? this.#pause + 1 : 0;
    if (this.#pause > LONGEST_PAUSE_SECONDS) return this.#anew();
    this.#rates.push(rate);
    if (this.#rates.length < SAMPLE_SECONDS) return null;
    const rates = this.#rates.slice(1); // the first second is part of a beginning
    this.#anew();
    const mean = rates.reduce((sum, one) => sum + one, 0) / rates.length;
    if (mean < BULK_BYTES_PER_SECOND) return null;
    const variance = rates.reduce((sum, one) => sum + (one - mean) ** 2, 0) / rates.length;
    return { bytesPerSecond: mean, variation: Math.sqrt(variance) / mean };
  }

  #anew(): null {
    this.#rates = [];
    this.#pause = 0;
    return null;
  }
}
