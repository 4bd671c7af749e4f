// One uplink and takers whose own lines differ, on a virtual clock: the slow ones must not keep it from the quick one.
import { describe, expect, it } from 'vitest';
import { Flight, UplinkPacer } from '../../../main/engine/uplink-pacer.ts';
import { UploadScheduler } from '../../../main/engine/upload-scheduler.ts';
import type { UploadClient } from '../../../main/engine/upload-scheduler.ts';

const BLOCK = 16_384;
const BLOCKS_A_PIECE = 16;
const WAY_MS = 10;
const UPLINK = 5e6;

/** Somebody who wants piece after piece, and whose line carries so much. */
class Taker implements UploadClient {
  readonly flight = new Flight();
  readonly limitWaitMs = 0;
  readonly headSentBefore = 0;
  readonly bytesPerSecond: number;
  readonly #send: (taker: Taker, bytes: number) => void;
  #blocks = 0;
  freeAtMs = 0;
  receivedBytes = 0;

  constructor(bytesPerSecond: number, tells: boolean, send: (taker: Taker, bytes: number) => void) {
    this.bytesPerSecond = bytesPerSecond;
    this.flight.tells = tells;
    this.#send = send;
  }

  get headPiece(): number {
    return Math.floor(this.#blocks / BLOCKS_A_PIECE);
  }

  get writable(): boolean {
    return this.flight.inFlightBytes < 1024 * 1024;
  }

  sendBlocks(piece: number, maxBytes: number): number {
    let sent = 0;
    do {
      this.#blocks++;
      sent += BLOCK;
    } while (this.headPiece === piece && sent + BLOCK <= maxBytes);
    this.#send(this, sent);
    return sent;
  }
}

/** @returns bytes per second that each taker received in the last seconds */
function serve(rates: number[], { tells = true, seconds = 20 } = {}): number[] {
  let nowMs = 1000;
  let lineFreeAtMs = 0;
  const events: { atMs: number; run: () => void }[] = [];
  const pacer = new UplinkPacer(() => nowMs);
  const scheduler = new UploadScheduler(pacer, { open: true, waitMs: 0, take: () => {} }, (run, ms) => events.push({ atMs: nowMs + ms, run }));
  const takers = rates.map((rate) => new Taker(rate, tells, (taker, bytes) => {
    for (let block = 0; block < bytes / BLOCK; block++) {
      lineFreeAtMs = Math.max(lineFreeAtMs, nowMs) + (BLOCK / UPLINK) * 1000;
      taker.freeAtMs = Math.max(taker.freeAtMs, lineFreeAtMs + WAY_MS) + (BLOCK / taker.bytesPerSecond) * 1000;
      events.push({ atMs: taker.freeAtMs + WAY_MS, run: () => arrived(taker) });
    }
  }));
  const arrived = (taker: Taker): void => {
    taker.receivedBytes += BLOCK;
    pacer.acknowledged(taker.flight, BLOCK);
    scheduler.wake(taker);
  };
  const run = (untilMs: number): void => {
    for (; nowMs < untilMs; nowMs++) {
      for (let i = events.length - 1; i >= 0; i--) if (events[i]!.atMs <= nowMs) events.splice(i, 1)[0]!.run();
    }
  };
  for (const taker of takers) scheduler.wake(taker);
  run(nowMs + seconds * 500);
  const before = takers.map(({ receivedBytes }) => receivedBytes);
  run(nowMs + seconds * 500);
  return takers.map(({ receivedBytes }, i) => (receivedBytes - before[i]!) / (seconds / 2));
}

describe('an uplink with slow takers', () => {
  it.each([[3, 100_000], [7, 100_000], [12, 60_000]])('%d of %d bytes a second leave a quick one most of the rest', (count, rate) => {
    const [quick, ...slow] = serve([1e9, ...Array<number>(count).fill(rate)]);
    const rest = UPLINK - count * rate;
    expect(quick).toBeGreaterThan(0.6 * rest);
    // They get what they can take, too.
    for (const each of slow) expect(each).toBeGreaterThan(0.7 * rate);
  });

  it('is shared alike by those who are all quick', () => {
    const rates = serve([1e9, 1e9, 1e9, 1e9]);
    expect(rates.reduce((sum, rate) => sum + rate)).toBeGreaterThan(0.95 * UPLINK);
    for (const rate of rates) expect(rate).toBeGreaterThan(0.2 * UPLINK);
  });

  it('gives slow ones what they take where nobody is quick', () => {
    for (const rate of serve(Array<number>(8).fill(200_000))) expect(rate).toBeGreaterThan(160_000);
  });

  it('does not judge those who cannot tell what has arrived', () => {
    for (const rate of serve(Array<number>(4).fill(400_000), { tells: false })) expect(rate).toBeGreaterThan(320_000);
  });
});
