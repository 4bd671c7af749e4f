// Takes a stream apart into lines of bounded length, and hands over raw bytes where a burst was announced.
import { MAX_LINE_BYTES } from './probe-protocol.ts';

export interface LineSplitterEvents {
  line(text: string): void;
  /** A burst that `expectBurst` announced has come in whole. */
  burst(bytes: number): void;
  /** A line is longer than it may be: nothing more is read. */
  tooLong(): void;
}

export class LineSplitter {
  readonly #events: LineSplitterEvents;
  #rest = Buffer.alloc(0);
  #burstBytes = 0;
  #burstLeft = 0;
  #isOver = false;

  constructor(events: LineSplitterEvents) {
    this.#events = events;
  }

  /** The next so many bytes are no lines; they are counted and thrown away. */
  expectBurst(bytes: number): void {
    this.#burstBytes = bytes;
    this.#burstLeft = bytes;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#isOver) {
      if (this.#burstLeft > 0) {
        const taken = Math.min(this.#burstLeft, chunk.length - at);
        at += taken;
        this.#burstLeft -= taken;
        if (this.#burstLeft === 0) this.#events.burst(this.#burstBytes);
        continue;
      }
      const end = chunk.indexOf(10, at);
      const part = chunk.subarray(at, end < 0 ? chunk.length : end);
      if (this.#rest.length + part.length > MAX_LINE_BYTES) {
        this.#isOver = true;
        this.#events.tooLong();
        return;
      }
      this.#rest = Buffer.concat([this.#rest, part]);
      if (end < 0) return;
      at = end + 1;
      const text = this.#rest.toString('utf8').replace(/\r$/, '');
      this.#rest = Buffer.alloc(0);
      this.#events.line(text);
    }
  }
}
