// The latency guard on lines that are worked out: what others in the house wait, and what is left of the line.
import { expect, it } from 'vitest';
import { LatencyGuard } from '../../../../main/net/diagnosis/latency-guard.ts';
import type { GuardDecision } from '../../../../main/net/diagnosis/latency-guard.ts';
import { isBloated, latencyBoundMs, median, quantile } from '../../../../main/net/diagnosis/latency-statistics.ts';

interface Line {
  downBytesPerSecond: number;
  upBytesPerSecond: number;
  idleMs: number;
  queueMs: number;
  /** Added to each round trip; a function of its number, so that every run is the same. */
  noiseMs?: (sample: number) => number;
  /** What comes at once, as a part of what is allowed: programs send in batches. */
  lump?: (turn: number) => number;
  /** What the system takes of an upload before it is sent, and before anybody can tell; bytes. */
  systemBuffer?: number;
}

const megabit = 125_000;
const dsl: Line = { downBytesPerSecond: 20 * megabit, upBytesPerSecond: 5 * megabit, idleMs: 40, queueMs: 500, noiseMs: (sample) => (sample * 7919) % 9 };

interface Wanted { down: boolean; up: boolean }

/** A line with one queue each way; bulk transfer fills what its limit allows, at once. */
class SimulatedLine {
  readonly guard = new LatencyGuard();
  decision: GuardDecision | null = null;
  nowMs = 0;
  line: Line;
  readonly isOn: boolean;
  readonly #queued = { down: 0, up: 0 };
  #inSystem = 0;
  #samples = 0;

  constructor(line: Line, isOn: boolean) {
    this.line = line;
    this.isOn = isOn;
  }

  run(seconds: number, wanted: Wanted): { rtts: number[]; down: number; up: number } {
    const rtts: number[] = [];
    const sum = { down: 0, up: 0 };
    const passed = { down: 0, up: 0 };
    for (let step = 0; step < seconds * 100; step++) {
      this.nowMs += 10;
      for (const way of ['down', 'up'] as const) {
        const rate = way === 'down' ? this.line.downBytesPerSecond : this.line.upBytesPerSecond;
        const limit = this.isOn ? (way === 'down' ? this.decision?.downloadBytesPerSecond : this.decision?.uploadBytesPerSecond) ?? null : null;
        const lump = this.line.lump?.(Math.floor(step / 12) + (way === 'up' ? 5_000 : 0)) ?? 1;
        const offered = wanted[way] ? Math.min((limit ?? Number.POSITIVE_INFINITY) * lump, rate * 1.5) / 100 : 0;
        const room = (rate * this.line.queueMs) / 1000;
        let entering = offered;
        let taken: number | null = null;
        if (way === 'up' && this.line.systemBuffer !== undefined) {
          taken = wanted.up ? Math.min(((limit ?? Number.POSITIVE_INFINITY) * lump) / 100, this.line.systemBuffer - this.#inSystem) : 0;
          entering = Math.min(this.#inSystem + taken, (rate * 1.5) / 100, Math.max(0, room - this.#queued.up));
          this.#inSystem += taken - entering;
        }
        this.#queued[way] = Math.min(this.#queued[way] + entering, room + rate / 100);
        const out = Math.min(this.#queued[way], rate / 100);
        this.#queued[way] -= out;
        sum[way] += out;
        passed[way] += taken ?? out;
      }
      if (step % 20 === 0) {
        const waitMs = (this.#queued.down / this.line.downBytesPerSecond + this.#queued.up / this.line.upBytesPerSecond) * 1000;
        const rtt = this.line.idleMs + waitMs + (this.line.noiseMs?.(this.#samples++) ?? 0);
        rtts.push(rtt);
        this.guard.addSample('probe', rtt, this.nowMs);
      }
      if (step % 25 === 24) {
        this.decision = this.guard.tick({ downloadBytesPerSecond: passed.down * 4, uploadBytesPerSecond: passed.up * 4 }, this.nowMs);
        passed.down = passed.up = 0;
      }
    }
    return { rtts, down: sum.down / seconds / this.line.downBytesPerSecond, up: sum.up / seconds / this.line.upBytesPerSecond };
  }
}

function loaded(line: Line, wanted: Wanted, isOn: boolean) {
  const world = new SimulatedLine(line, isOn);
  world.run(5, { down: false, up: false });
  world.run(8, wanted); // the yielding itself
  return { world, ...world.run(60, wanted) };
}

const rest = { down: false, up: false };
const none = (decision: GuardDecision | null): boolean => decision?.downloadBytesPerSecond === null && decision.uploadBytesPerSecond === null;

it.each([
  { name: 'a download', wanted: { down: true, up: false } },
  { name: 'an upload', wanted: { down: false, up: true } },
  { name: 'both ways', wanted: { down: true, up: true } },
])('keeps the others\' waiting below twice the time at rest, and the line busy, during $name', ({ wanted }) => {
  for (const line of [dsl, { ...dsl, downBytesPerSecond: 250 * megabit, upBytesPerSecond: 40 * megabit, idleMs: 25 }, { ...dsl, idleMs: 120, queueMs: 1_500 }]) {
    const off = loaded(line, wanted, false);
    expect(median(off.rtts)).toBeGreaterThan(4 * line.idleMs);
    const on = loaded(line, wanted, true);
    expect(median(on.rtts)).toBeLessThan(2 * line.idleMs);
    // With both ways full it takes a moment to find out which one it is.
    expect(quantile(on.rtts, 0.9)).toBeLessThan(Math.max(latencyBoundMs(line.idleMs) + 15, wanted.down && wanted.up ? 3 * line.idleMs : 0));
    if (wanted.down) expect(on.down).toBeGreaterThan(0.85);
    if (wanted.up) expect(on.up).toBeGreaterThan(0.85);
    expect(on.world.decision!.hasBloated).toBe(true);
  }
});

it.each([
  { name: 'each on its way at once', systemBuffer: undefined }, { name: 'uploads through a large buffer of the system', systemBuffer: 400_000 },
])('keeps both ways busy although a program sends in batches of very different size, $name', ({ systemBuffer }) => {
  const scatter = (n: number): number => ((Math.imul(n ^ 0x9e3779b9, 0x85ebca6b) >>> 8) % 1_000) / 1_000;
  const runs = [1, 2, 3, 4].map((seed) => loaded({ ...dsl, systemBuffer, lump: (turn) => 0.6 + 0.8 * scatter(turn + seed * 100_003) }, { down: true, up: true }, true));
  for (const { rtts } of runs) expect(median(rtts)).toBeLessThan(2 * dsl.idleMs);
  for (const way of ['down', 'up'] as const) expect(median(runs.map((run) => run[way]))).toBeGreaterThan(0.78);
});

it('sets no limit on a line that does not bloat', () => {
  const { world, down } = loaded({ ...dsl, queueMs: 15 }, { down: true, up: false }, true);
  expect(none(world.decision)).toBe(true);
  expect(down).toBeGreaterThan(0.99);
  expect(world.decision).toMatchObject({ state: 'watching', hasBloated: false });
});

it('lets go of every limit when the transfer is over, and remembers none of it against the next', () => {
  const { world } = loaded(dsl, { down: true, up: false }, true);
  expect(world.decision!.downloadBytesPerSecond).not.toBeNull();
  world.run(7, rest);
  expect(world.decision).toMatchObject({ state: 'resting', downloadBytesPerSecond: null, uploadBytesPerSecond: null, hasBloated: false });
});

it('follows a line that becomes faster, and one that becomes slower', () => {
  const { world } = loaded(dsl, { down: true, up: false }, true);
  world.line = { ...dsl, downBytesPerSecond: 40 * megabit };
  world.run(40, { down: true, up: false });
  expect(world.run(20, { down: true, up: false }).down).toBeGreaterThan(0.85);
  world.line = { ...dsl, downBytesPerSecond: 8 * megabit };
  world.run(20, { down: true, up: false });
  const slow = world.run(40, { down: true, up: false });
  expect(median(slow.rtts)).toBeLessThan(80);
  expect(slow.down).toBeGreaterThan(0.8);
});

it('does not starve for a queue that somebody else fills', () => {
  const { world } = loaded(dsl, { down: true, up: false }, true);
  // Half a second more, whatever we do.
  world.line = { ...dsl, noiseMs: () => 500 };
  const { down } = world.run(120, { down: true, up: false });
  expect(down).toBeGreaterThan(0.1);
});

it('needs a few round trips before it judges, and takes what is lost for late', () => {
  const guard = new LatencyGuard();
  const traffic = { downloadBytesPerSecond: 1_000_000, uploadBytesPerSecond: 0 };
  expect(guard.tick(traffic, 0)).toMatchObject({ idleMs: null, loadedMs: null, downloadBytesPerSecond: null, state: 'watching' });
  for (let at = 0; at < 3_000; at += 200) guard.addSample('probe', 30, at);
  for (let at = 2_000; at <= 3_000; at += 250) guard.tick(traffic, at);
  for (let at = 3_000; at < 5_000; at += 200) guard.addSample('probe', null, at);
  const decision = guard.tick(traffic, 5_000);
  expect(decision.state).toBe('draining');
  expect(decision.downloadBytesPerSecond).toBeGreaterThan(32_000);
  expect(decision.uploadBytesPerSecond).toBeNull();
});

it('holds nothing back for a server that is gone', () => {
  const { world } = loaded(dsl, { down: true, up: false }, true);
  let decision: GuardDecision | null = null;
  for (const end = world.nowMs + 60_000; world.nowMs < end; world.nowMs += 250) {
    world.guard.addSample('probe', null, world.nowMs);
    decision = world.guard.tick({ downloadBytesPerSecond: 1_000_000, uploadBytesPerSecond: 0 }, world.nowMs);
  }
  expect(decision).toMatchObject({ state: 'watching', downloadBytesPerSecond: null, loadedMs: null });
});

it('keeps apart what each target takes at rest, and never more than eight of them', () => {
  const guard = new LatencyGuard();
  for (let i = 0; i < 100; i++) guard.addSample(`target ${i}`, 1 + i, i);
  for (let at = 100; at < 2_000; at += 100) {
    guard.addSample('target 0', 1, at);
    guard.addSample('target 7', 8, at);
  }
  expect(guard.tick({ downloadBytesPerSecond: 1_000_000, uploadBytesPerSecond: 0 }, 2_000)).toMatchObject({ state: 'watching', downloadBytesPerSecond: null });
});

it('calls a line bloated from twice the time at rest on, short times aside', () => {
  expect(latencyBoundMs(100)).toBe(200);
  expect(latencyBoundMs(5)).toBe(65);
  expect(isBloated(100, 201)).toBe(true);
  expect(isBloated(5, 60)).toBe(false);
  expect(median([3, 1, 2])).toBe(2);
  expect(quantile([0, 10], 0.25)).toBe(2.5);
  expect(median([])).toBeNaN();
});

it('sees the line bloat although the router, which is asked more often, answers as quickly as ever', () => {
  const guard = new LatencyGuard();
  let decision: GuardDecision | null = null;
  for (let at = 0; at < 6_000; at += 50) {
    guard.addSample('gateway', 1, at);
    if (at % 200 === 0) guard.addSample('probe', at < 1_000 ? 40 : 300, at);
    if (at % 250 === 0) decision = guard.tick({ downloadBytesPerSecond: 2_000_000, uploadBytesPerSecond: 0 }, at);
  }
  expect(decision!.hasBloated).toBe(true);
  expect(decision!.downloadBytesPerSecond).toBeLessThan(2_000_000);
});
