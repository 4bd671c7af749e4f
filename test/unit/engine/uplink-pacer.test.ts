// The pacer alone on a line with a virtual clock: it fills the line, keeps the queue short, and never sinks by itself.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Flight, UplinkPacer } from '../../../main/engine/uplink-pacer.ts';

const BLOCK = 16_384;

interface LineOptions {
  bytesPerSecond: number;
  /** There and back. */
  roundTripMs?: number;
  /** How late an acknowledgement comes besides, ms. */
  lateMs?: () => number;
  /** Nobody acknowledges: the next request tells, and who asks for nothing more tells nothing. */
  foreign?: boolean;
}

/** A line that carries one block after the other to four peers who always want more. */
class Line {
  ms = 5000;
  readonly pacer = new UplinkPacer(() => this.ms);
  readonly flights = Array.from({ length: 4 }, () => new Flight());
  readonly #o: LineOptions;
  readonly #acks: { atMs: number; flight: Flight }[] = [];
  readonly #lastAckMs = new Map<Flight, number>();
  bytesPerSecond: number;
  #freeAtMs = 0;
  #sentBlocks = 0;
  wants = true;

  constructor(options: LineOptions) {
    this.#o = options;
    this.bytesPerSecond = options.bytesPerSecond;
    for (const flight of this.flights) flight.isSilent = () => options.foreign === true && this.queueSeconds === 0;
  }

  get queueSeconds(): number {
    return Math.max(0, this.#freeAtMs - this.ms) / 1000;
  }

  /** @returns bytes per second carried, and the mean queue in seconds */
  run(seconds: number): { rate: number; queue: number } {
    const untilMs = this.ms + seconds * 1000;
    let carriedMs = 0;
    let queue = 0;
    for (let steps = 0; this.ms < untilMs; this.ms++, steps++) {
      if (steps % 20 === 0) this.pacer.forgetOld();
      this.#acks.sort((a, b) => a.atMs - b.atMs);
      while (this.#acks[0] && this.#acks[0].atMs <= this.ms) this.pacer.acknowledged(this.#acks.shift()!.flight, BLOCK);
      while (this.wants && this.pacer.room() > 0) this.#send();
      if (this.queueSeconds > 0) carriedMs++;
      queue += this.queueSeconds;
    }
    return { rate: (carriedMs * this.bytesPerSecond) / (seconds * 1000), queue: queue / (seconds * 1000) };
  }

  #send(): void {
    const flight = this.flights[Math.floor(this.#sentBlocks++ / 16) % this.flights.length]!;
    this.#freeAtMs = Math.max(this.#freeAtMs, this.ms) + (BLOCK / this.bytesPerSecond) * 1000;
    const arrivesMs = this.#freeAtMs + (this.#o.roundTripMs ?? 2) + (this.#o.lateMs?.() ?? 0);
    // Whoever reads late still reads in order.
    const atMs = Math.max(arrivesMs, this.#lastAckMs.get(flight) ?? 0);
    this.#lastAckMs.set(flight, atMs);
    this.#acks.push({ atMs, flight });
    this.pacer.sent(flight, BLOCK);
  }
}

/** Late by chance, exponential about a mean, the same for the same seed. */
function late(meanMs: number, seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return -Math.log(1 - state / 4_294_967_296) * meanMs;
  };
}

describe('a line whose acknowledgements come late by chance', () => {
  // Without the probe: 5 MB/s at 50 ms, 15 % used, for ever.
  it('is never left at a fraction of what it carries, however late they come', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 80 }), fc.constantFrom(1e6, 5e6), (seed, meanMs, bytesPerSecond) => {
      const line = new Line({ bytesPerSecond, lateMs: late(meanMs, seed) });
      line.run(20);
      expect(line.run(20).rate).toBeGreaterThan(0.4 * bytesPerSecond);
    }), { numRuns: 20 });
  });

  it('comes back to its rate after a time of lateness that kept it down', () => {
    let lateNow = (): number => 0;
    const line = new Line({ bytesPerSecond: 5e6, lateMs: () => lateNow() });
    line.run(5);
    lateNow = () => 300;
    line.run(25);
    expect(line.run(5).rate).toBeGreaterThan(3.5e6);
    lateNow = () => 0;
    line.run(10);
    expect(line.run(10).queue).toBeLessThan(0.3);
  });
});

describe('the queue in front of a new request', () => {
  it.each([[125_000, 0.4], [500_000, 0.25], [2e6, 0.2], [10e6, 0.2]])('at %d bytes a second is shorter than %d s', (bytesPerSecond, most) => {
    const line = new Line({ bytesPerSecond });
    line.run(20);
    const { rate, queue } = line.run(20);
    expect(queue).toBeLessThan(most);
    expect(rate).toBeGreaterThan(0.9 * bytesPerSecond);
  });

  it('is short again within five seconds when the line carries a quarter of what it did', () => {
    const line = new Line({ bytesPerSecond: 4e6 });
    line.run(10);
    line.bytesPerSecond = 1e6;
    line.run(5);
    const { rate, queue } = line.run(3);
    expect(queue).toBeLessThan(0.4);
    expect(rate).toBeGreaterThan(0.9e6);
  });
});

describe('a line that is faster than it was', () => {
  it('is filled within five seconds', () => {
    const line = new Line({ bytesPerSecond: 1e6 });
    line.run(10);
    line.bytesPerSecond = 8e6;
    line.run(5);
    expect(line.run(3).rate).toBeGreaterThan(7e6);
  });

  it('is filled although the way is a fifth of a second long and another peer lives next door', () => {
    const line = new Line({ bytesPerSecond: 5e6, lateMs: () => 200, roundTripMs: 1 });
    line.flights[0]!.minRoundTripMs = 1;
    line.run(20);
    expect(line.run(5).rate).toBeGreaterThan(4e6);
  });
});

describe('the start', () => {
  it('allows 128 KiB while nothing is known, and more only as the line answers', () => {
    const { pacer } = new Line({ bytesPerSecond: 5e6 });
    expect(pacer.capBytes).toBe(131_072);
  });

  it('is over after two seconds: a slow line holds two or three blocks then', () => {
    const line = new Line({ bytesPerSecond: 125_000 });
    line.run(1);
    expect(line.pacer.capBytes).toBeGreaterThanOrEqual(131_072);
    line.run(1.8);
    expect(line.pacer.capBytes).toBeLessThan(60_000);
  });

  it('sends no burst into a slow line that rested for ten seconds', () => {
    const line = new Line({ bytesPerSecond: 125_000 });
    line.run(10);
    line.wants = false;
    line.run(10);
    expect(line.pacer.inFlightBytes).toBe(0);
    expect(line.pacer.capBytes).toBeLessThan(60_000);
  });
});

describe('foreign peers, who acknowledge with their next request', () => {
  it('are sent to as fast as the line carries', () => {
    const line = new Line({ bytesPerSecond: 5e6, foreign: true, roundTripMs: 40 });
    line.run(10);
    expect(line.run(5).rate).toBeGreaterThan(4.5e6);
  });

  it('that ask for nothing more hold nothing back', () => {
    const line = new Line({ bytesPerSecond: 5e6, foreign: true, lateMs: () => 1e9 });
    line.run(2);
    line.wants = false;
    line.run(1);
    expect(line.pacer.inFlightBytes).toBe(0);
  });
});

describe('a peer that could acknowledge and is silent', () => {
  it('is given up without a rate being made of it', () => {
    const line = new Line({ bytesPerSecond: 5e6, lateMs: () => 1e9 });
    line.run(1);
    line.wants = false;
    line.run(4);
    expect(line.pacer.inFlightBytes).toBe(0);
    expect(line.pacer.bestBytesPerSecond).toBe(0);
  });
});
