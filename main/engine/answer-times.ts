// Keeps the latest answer times of a tracker, so that one slow answer says nothing about it.

const KEPT = 20;

export class AnswerTimes {
  #latest: number[] = [];

  add(ms: number): void {
    this.#latest.push(ms);
    if (this.#latest.length > KEPT) this.#latest.shift();
  }

  /** Milliseconds; null before the first answer. */
  get median(): number | null {
    if (this.#latest.length === 0) return null;
    const sorted = this.#latest.toSorted((one, other) => one - other);
    const middle = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[middle]! : Math.round((sorted[middle - 1]! + sorted[middle]!) / 2);
  }
}
