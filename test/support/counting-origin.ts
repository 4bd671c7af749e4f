// An origin that counts: a web server for one file on loopback that sends all its clients together no faster than it is told, and can die.
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

const SLICE_MS = 20;
const CHUNK_BYTES = 16_384;

interface Sending { response: ServerResponse; at: number; end: number }

export class CountingOrigin {
  /** Of body, handed to connections. */
  bytesSent = 0;
  /** Ranges asked for: first byte, and the one after the last. */
  readonly asked: { from: number; end: number }[] = [];
  readonly #server: Server;
  readonly #data: Uint8Array;
  readonly #bytesPerSecond: number;
  readonly #sending = new Set<Sending>();
  #credit = 0;
  #filledAt = performance.now();
  #timer: NodeJS.Timeout | null = null;

  constructor(data: Uint8Array, bytesPerSecond: number) {
    this.#data = data;
    this.#bytesPerSecond = bytesPerSecond;
    this.#server = createServer((request, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      if (from === undefined) return void response.writeHead(416).end();
      const sending = { response, at: Number(from), end: Number(to) + 1 };
      this.asked.push({ from: sending.at, end: sending.end });
      response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${data.length}`, 'content-length': String(sending.end - sending.at) });
      response.on('close', () => this.#sending.delete(sending));
      response.on('error', () => undefined);
      this.#sending.add(sending);
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/file.bin`;
  }

  /** Ends with the running test. */
  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#timer = setInterval(() => this.#send(), SLICE_MS);
    onTestFinished(() => this.die());
    return this;
  }

  /** In the middle of everything: connections break, nobody answers any more. */
  async die(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** All that are being answered in turn. */
  #send(): void {
    const now = performance.now();
    // What a late timer missed is made up for, but not more.
    this.#credit = Math.min(this.#bytesPerSecond / 4, this.#credit + ((now - this.#filledAt) * this.#bytesPerSecond) / 1000);
    this.#filledAt = now;
    while (this.#credit > 0 && this.#sending.size > 0) {
      for (const sending of [...this.#sending]) {
        if (this.#credit <= 0) break;
        const count = Math.min(CHUNK_BYTES, sending.end - sending.at);
        this.#credit -= count;
        this.bytesSent += count;
        // Last in the line when its turn comes again.
        this.#sending.delete(sending);
        sending.response.write(this.#data.subarray(sending.at, sending.at + count));
        sending.at += count;
        if (sending.at >= sending.end) sending.response.end();
        else this.#sending.add(sending);
      }
    }
    if (this.#sending.size === 0) this.#credit = Math.min(this.#credit, 0);
  }
}
