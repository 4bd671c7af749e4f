// The simulator's own physics: order of events, how long bytes take, and that none is lost or made.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../bench/simulator/event-queue.ts';
import { Access, Flow } from '../../bench/simulator/link-model.ts';
import type { LinkOptions } from '../../bench/simulator/link-model.ts';
import { randomFrom, runVirtually } from '../../bench/simulator/virtual-clock.ts';

const line: LinkOptions = { upBytesPerSecond: 1e6, downBytesPerSecond: null, delayMs: 0, hostDelayMs: 0 };

function connection(from: Partial<LinkOptions> = {}, to: Partial<LinkOptions> = {}, ideal = true) {
  const queue = new EventQueue();
  const sender = new Access(queue, randomFrom(1), { ...line, ...from });
  const receiver = new Access(queue, randomFrom(2), { ...line, ...to });
  const arrived: { atMs: number; bytes: number }[] = [];
  const flow = new Flow(sender, receiver, { onArrived: (_parts, bytes) => arrived.push({ atMs: queue.nowMs, bytes }), onDrained: () => {} }, ideal);
  const run = (): void => {
    while (queue.step());
  };
  return { queue, sender, receiver, flow, arrived, run };
}

const blocks = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(16384));
const total = (arrived: { bytes: number }[]): number => arrived.reduce((sum, { bytes }) => sum + bytes, 0);

describe('the event queue', () => {
  it('runs everything by time, and in the order of asking where times are equal', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 200 }), (times) => {
      const queue = new EventQueue();
      const seen: [number, number][] = [];
      times.forEach((atMs, i) => queue.at(atMs, () => seen.push([queue.nowMs, i])));
      while (queue.step());
      expect(seen).toEqual(times.map((atMs, i) => [atMs, i]).sort((a, b) => a[0]! - b[0]! || a[1]! - b[1]!));
    }));
  });

  it('does nothing of what was taken back, and never goes back in time', () => {
    const queue = new EventQueue();
    const seen: string[] = [];
    const cancelled = queue.at(5, () => seen.push('cancelled'));
    queue.at(10, () => {
      queue.at(3, () => seen.push(`late ${queue.nowMs}`));
    });
    queue.cancel(cancelled);
    while (queue.step());
    expect(seen).toEqual(['late 10']);
  });
});

describe('a line', () => {
  it('takes size over rate, and the way', () => {
    const { flow, arrived, run } = connection({ delayMs: 20 }, { delayMs: 10 });
    flow.write(blocks(64));
    run();
    expect(total(arrived)).toBe(64 * 16384);
    const expected = (64 * 16384) / 1000 + 30;
    expect(arrived.at(-1)!.atMs).toBeGreaterThan(expected * 0.99);
    expect(arrived.at(-1)!.atMs).toBeLessThan(expected * 1.01);
  });

  it('is held up by a slower line down', () => {
    const { flow, arrived, run } = connection({ upBytesPerSecond: 10e6 }, { downBytesPerSecond: 1e6 });
    flow.write(blocks(64));
    run();
    expect(arrived.at(-1)!.atMs / ((64 * 16384) / 1000)).toBeCloseTo(1, 1);
  });

  it('opens its window over some round trips, and then fills the line', () => {
    const far = { delayMs: 50, upBytesPerSecond: 100e6 };
    const slow = connection(far, far, false);
    slow.flow.write(blocks(64));
    slow.run();
    const ideal = connection(far, far, true);
    ideal.flow.write(blocks(64));
    ideal.run();
    // 1 MiB from a window of 14 kB: 14, 43, 101, 217, 449, 913 kB: six round trips of 200 ms, the last one half.
    expect(ideal.arrived.at(-1)!.atMs).toBeLessThan(150);
    expect(slow.arrived.at(-1)!.atMs).toBeGreaterThan(800);
    expect(slow.arrived.at(-1)!.atMs).toBeLessThan(1500);
  });

  it('serves its connections in turn', () => {
    const { queue, sender, flow, arrived, run } = connection();
    const other = new Access(queue, randomFrom(3), line);
    const others: number[] = [];
    const second = new Flow(sender, other, { onArrived: () => others.push(queue.nowMs), onDrained: () => {} }, true);
    flow.write(blocks(20));
    second.write([new Uint8Array(17)]);
    run();
    // A short message waits for one block of the other connection, not for twenty.
    expect(others[0]).toBeLessThan(40);
    expect(arrived.at(-1)!.atMs).toBeGreaterThan(300);
  });

  it('delivers every byte once and in order, whatever is written when', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 1, max: 40_000 })), { maxLength: 60 }), fc.boolean(), (writes, ideal) => {
      const { queue, sender, receiver, flow, arrived, run } = connection({ delayMs: 5, hostDelayMs: 3 }, { downBytesPerSecond: 3e6 }, ideal);
      for (const [atMs, bytes] of writes) queue.at(atMs, () => flow.write([new Uint8Array(bytes)]));
      run();
      const written = writes.reduce((sum, [, bytes]) => sum + bytes, 0);
      expect(total(arrived)).toBe(written);
      expect(sender.totals.sentBytes).toBe(written);
      expect(receiver.totals.receivedBytes).toBe(written);
      expect(arrived.map(({ atMs }) => atMs)).toEqual(arrived.map(({ atMs }) => atMs).sort((a, b) => a - b));
    }));
  });
});

describe('virtual time', () => {
  it('moves timers, clocks and promises without waiting, and gives the real ones back', async () => {
    const real = { setTimeout: globalThis.setTimeout, now: performance.now };
    const queue = new EventQueue();
    const seen: string[] = [];
    const startedAt = performance.now();
    await runVirtually(queue, randomFrom(1), () => {
      const timer = setInterval(() => seen.push(`tick ${performance.now()}`), 20_000);
      setTimeout(() => clearTimeout(timer), 50_000);
      setTimeout(() => {
        void Promise.resolve().then(() => Promise.resolve()).then(() => seen.push(`promise ${performance.now()}`));
      }, 30_000);
    }, () => false, 3_600_000);
    expect(seen).toEqual(['tick 20000', 'promise 30000', 'tick 40000']);
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(globalThis.setTimeout).toBe(real.setTimeout);
    expect(performance.now).toBe(real.now);
  });

  it('gives them back after a failure too, and tells of it', async () => {
    const real = globalThis.setTimeout;
    const queue = new EventQueue();
    await expect(runVirtually(queue, randomFrom(1), () => {
      queue.in(5, () => {
        throw new Error('broken');
      });
    }, () => false, 1000)).rejects.toThrow('broken');
    expect(globalThis.setTimeout).toBe(real);
  });
});
