// The pacer and the scheduler together: order, pace and limits of what leaves.
import { describe, expect, it } from 'vitest';
import { UploadScheduler } from '../../../main/engine/upload-scheduler.ts';
import type { UploadClient } from '../../../main/engine/upload-scheduler.ts';
import { Flight, UplinkPacer } from '../../../main/engine/uplink-pacer.ts';

const BLOCK = 16384;
const BLOCKS_PER_PIECE = 16;

class Clock {
  ms = 1000;
  readonly now = (): number => this.ms;
}

/** A peer that waits for whole pieces of 256 KiB. */
class Taker implements UploadClient {
  readonly flight = new Flight();
  readonly limitWaitMs = 0;
  headSentBefore = 0;
  readonly name: string;
  readonly log: string[];
  waiting: number[];
  ready = true;
  writable = true;

  constructor(name: string, pieces: number[], log: string[]) {
    this.name = name;
    this.log = log;
    this.waiting = pieces.flatMap((piece) => new Array<number>(BLOCKS_PER_PIECE).fill(piece));
  }

  get headPiece(): number {
    return this.waiting[0] ?? -1;
  }

  /** Much has come through its connection before. */
  warmed(): this {
    this.flight.sent(1e6, 0);
    this.flight.acknowledged(1e6, 0);
    this.flight.minRoundTripMs = Infinity;
    return this;
  }

  sendBlocks(piece: number, maxBytes: number): number {
    if (!this.ready) return 0;
    let sent = 0;
    while (this.waiting[0] === piece && (sent === 0 || sent + BLOCK <= maxBytes)) {
      this.waiting.shift();
      this.log.push(`${this.name}${piece}`);
      sent += BLOCK;
    }
    return sent;
  }
}

function uplink() {
  const clock = new Clock();
  const pacer = new UplinkPacer(clock.now);
  const timers: (() => void)[] = [];
  const scheduler = new UploadScheduler(pacer, { open: true, waitMs: 0, take: () => {} }, (run) => timers.push(run));
  /** What is under way arrives in the order it was sent. */
  const deliver = (takers: Taker[], bytes: number): void => {
    for (const taker of takers) {
      const part = Math.min(bytes, taker.flight.inFlightBytes);
      pacer.acknowledged(taker.flight, part);
      bytes -= part;
    }
    scheduler.pump();
  };
  return { clock, pacer, scheduler, deliver, timers };
}

const runsOf = (log: string[]): string[] => log.filter((entry, i) => entry !== log[i - 1]);

describe('piece-serial uploads', () => {
  it('finishes the piece for one peer before it turns to the next', () => {
    const log: string[] = [];
    const { clock, scheduler, deliver } = uplink();
    const takers = ['a', 'b', 'c'].map((name, i) => new Taker(name, [i, i + 10], log).warmed());
    for (const taker of takers) scheduler.wake(taker);
    for (let round = 0; round < 200; round++) {
      clock.ms += 10;
      deliver(takers, 49_152);
    }
    expect(log.length).toBe(3 * 2 * BLOCKS_PER_PIECE);
    expect(runsOf(log)).toEqual(['a0', 'b1', 'c2', 'a10', 'b11', 'c12']);
  });

  it('sends next what left least often, and lets nobody wait for ever', () => {
    const log: string[] = [];
    const { clock, scheduler, deliver } = uplink();
    const spread = new Taker('spread', [50], log).warmed();
    spread.headSentBefore = 3;
    const rare = new Taker('rare', Array.from({ length: 40 }, (_, i) => i), log).warmed();
    const other = new Taker('other', Array.from({ length: 40 }, (_, i) => 100 + i), log).warmed();
    scheduler.wake(rare);
    scheduler.wake(spread);
    scheduler.wake(other);
    for (let round = 0; round < 600; round++) {
      clock.ms += 10;
      deliver([rare, spread, other], 49_152);
    }
    const at = runsOf(log).indexOf('spread50');
    expect(at).toBeGreaterThan(3);
    expect(at).toBeLessThan(3 * 8 + 8);
  });

  it('begins several pieces at once while connections are cold, and brings the first to its end first', () => {
    const log: string[] = [];
    const { clock, scheduler, deliver } = uplink();
    const takers = ['a', 'b', 'c', 'd', 'e'].map((name, i) => new Taker(name, [i], log));
    for (const taker of takers) taker.ready = false;
    for (const taker of takers) scheduler.wake(taker);
    for (const taker of takers) taker.ready = true;
    for (const taker of takers) scheduler.wake(taker);
    // Two blocks for each of four fill what may be under way before the line is known.
    const begun = runsOf(log);
    expect(begun).toHaveLength(4);
    expect(log).toHaveLength(8);
    for (let round = 0; round < 100; round++) {
      clock.ms += 10;
      deliver(begun.map((entry) => takers.find(({ name }) => name === entry[0])!), 32_768);
    }
    const ends = begun.map((name) => log.lastIndexOf(name));
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
  });

  it('goes on with others while the data of one is being read', () => {
    const log: string[] = [];
    const { clock, scheduler, deliver } = uplink();
    const slow = new Taker('slow', [1], log);
    const quick = new Taker('quick', [2], log);
    slow.ready = false;
    scheduler.wake(slow);
    scheduler.wake(quick);
    expect(new Set(log)).toEqual(new Set(['quick2']));
    slow.ready = true;
    scheduler.wake(slow);
    for (let round = 0; round < 20; round++) {
      clock.ms += 10;
      deliver([slow, quick], 65_536);
    }
    expect(slow.waiting).toEqual([]);
  });

  it('passes over a peer whose socket is full', () => {
    const log: string[] = [];
    const { scheduler } = uplink();
    const full = new Taker('full', [1], log);
    full.writable = false;
    scheduler.wake(full);
    scheduler.wake(new Taker('free', [2], log));
    expect(new Set(log)).toEqual(new Set(['free2']));
  });
});

describe('pacing', () => {
  it('begins with 128 KiB under way, whatever is asked for', () => {
    const { pacer, scheduler } = uplink();
    scheduler.wake(new Taker('a', [0, 1, 2, 3], []));
    expect(pacer.inFlightBytes).toBe(131_072);
  });

  it('holds about a tenth of a second of what the line is seen to carry', () => {
    const { clock, pacer, scheduler, deliver } = uplink();
    const taker = new Taker('a', Array.from({ length: 800 }, (_, i) => i), []);
    scheduler.wake(taker);
    let sum = 0;
    for (let tick = 0; tick < 3500; tick++) {
      clock.ms += 10;
      deliver([taker], 50_000);
      if (tick >= 1500) sum += pacer.inFlightBytes;
    }
    expect(pacer.bestBytesPerSecond).toBeGreaterThan(4.5e6);
    expect(pacer.bestBytesPerSecond).toBeLessThan(5.6e6);
    // Now and then it tries whether more brings more.
    expect(sum / 2000).toBeLessThan(0.15 * 5e6);
    expect(sum / 2000).toBeGreaterThan(0.08 * 5e6);
  });

  it('grows to fill a fast and long line', () => {
    const { clock, pacer, scheduler } = uplink();
    const taker = new Taker('a', Array.from({ length: 4000 }, (_, i) => i), []);
    const onTheWay: { at: number; bytes: number }[] = [];
    scheduler.wake(taker);
    let known = 0;
    for (let tick = 0; tick < 400; tick++) {
      onTheWay.push({ at: clock.ms + 100, bytes: taker.flight.inFlightBytes - known });
      known = taker.flight.inFlightBytes;
      clock.ms += 10;
      while (onTheWay[0] && onTheWay[0].at <= clock.ms) {
        const { bytes } = onTheWay.shift()!;
        pacer.acknowledged(taker.flight, bytes);
        known -= bytes;
      }
      scheduler.pump();
    }
    expect(pacer.bestBytesPerSecond).toBeGreaterThan(20e6);
  });

  it('forgets what a silent peer never acknowledges', () => {
    const { clock, pacer, scheduler } = uplink();
    const taker = new Taker('a', [0], []);
    scheduler.wake(taker);
    clock.ms += 1900;
    pacer.forgetOld();
    expect(pacer.inFlightBytes).toBeGreaterThan(0);
    clock.ms += 200;
    pacer.forgetOld();
    expect(pacer.inFlightBytes).toBe(0);
  });

  it('drops what was under way to a peer that left', () => {
    const { pacer, scheduler } = uplink();
    const taker = new Taker('a', [0, 1], []);
    scheduler.wake(taker);
    scheduler.remove(taker);
    pacer.closed(taker.flight);
    expect(pacer.inFlightBytes).toBe(0);
  });
});
