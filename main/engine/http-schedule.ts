// What HTTP alone would have brought by now, and how far a download is ahead of that: nobody is to wait longer for having helped.

/** What HTTP would bring is measured beside people, and the end of a crowd's download takes a little longer: so much more is asked of it. */
const MARGIN = 1.3;
/** Beside people a server brings less than it would alone, because the line is shared: the most it brought is forgotten only as slowly as this. */
const REMEMBER_MS = 60_000;
/** Only the last seconds count: who was far ahead is not to sit through a slow end, and who was far behind not to make up for it for ever. */
const MOST_SECONDS = 5;
/** Once behind, it is made up for until there is so much in hand, so that it does not turn with every piece. */
const IN_HAND_SECONDS = 0.25;
/** People may do without servers for so long before it is found out what those could give. */
const UNKNOWN_MS = 500;
/** It is looked at about once a second; for a pause nothing is made up. */
const MOST_STEP_MS = 2000;

export class HttpSchedule {
  #aheadBytes = 0;
  #receivedBytes = 0;
  #startedAtMs: number | null = null;
  #atMs: number | null = null;
  #bytesPerSecond = 0;
  #isBehind = false;
  #least = 0;

  /**
   * @param nowMs never going backwards
   * @param receivedBytes from everybody, ever
   * @param givenBytesPerSecond what servers bring now, this client's part when all ask; 0: not known yet
   * @param peopleBytesPerSecond what people bring now
   */
  look(nowMs: number, receivedBytes: number, givenBytesPerSecond: number, peopleBytesPerSecond: number): void {
    const sinceMs = nowMs - (this.#atMs ?? nowMs);
    const httpBytesPerSecond = Math.max(givenBytesPerSecond, this.#bytesPerSecond * Math.exp(-sinceMs / REMEMBER_MS));
    const passedMs = Math.min(MOST_STEP_MS, sinceMs);
    const received = receivedBytes - this.#receivedBytes;
    this.#atMs = nowMs;
    this.#receivedBytes = receivedBytes;
    this.#bytesPerSecond = httpBytesPerSecond;
    this.#startedAtMs ??= nowMs;
    if (httpBytesPerSecond === 0) {
      // Until a server has shown what it gives, HTTP alone would have brought what it brought; some time or other it has to be asked to.
      this.#isBehind = nowMs - this.#startedAtMs >= UNKNOWN_MS;
      return;
    }
    const most = MOST_SECONDS * httpBytesPerSecond;
    this.#aheadBytes = Math.max(-most, Math.min(most, this.#aheadBytes + received - (MARGIN * httpBytesPerSecond * passedMs) / 1000));
    const inHand = IN_HAND_SECONDS * httpBytesPerSecond;
    // Where people bring less than a server would, what is in hand is about to be used up.
    this.#least = this.#isBehind || peopleBytesPerSecond < MARGIN * httpBytesPerSecond ? inHand : 0;
    this.#isBehind = this.#aheadBytes < this.#least;
  }

  /** Milliseconds until it could be behind, if nothing came from now on. */
  get inHandMs(): number {
    return this.#bytesPerSecond === 0 ? Infinity : Math.max(0, ((this.#aheadBytes - this.#least) * 1000) / (MARGIN * this.#bytesPerSecond));
  }

  /** HTTP alone would have brought more by now, or is about to. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Until HTTP alone would have brought everything, when so much is left here; null: not known. */
  leftMs(bytesLeft: number): number | null {
    return this.#bytesPerSecond === 0 ? null : Math.max(0, ((bytesLeft + this.#aheadBytes) * 1000) / this.#bytesPerSecond);
  }
}
