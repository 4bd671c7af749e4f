// The guard in the core: it times nobody while nothing is transferred, holds the engine back while the line bloats, and lets go.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { RoundTripMeter } from '../../../main/net/diagnosis/latency.ts';
import { LatencyWatch, lowerLimit } from '../../../main/services/latency-watch.ts';
import { until } from '../../support/processes.ts';

/** A line whose queue fills while more than it takes is transferred. */
class Line {
  bytesPerSecond = 0;
  receivedBytes = 0;
  asked = 0;
  opened = 0;
  isOn = true;
  answers = true;
  #at = performance.now();
  readonly watch: LatencyWatch;

  constructor(idleMs: number | null) {
    const meter = (target: 'gateway' | 'probe'): RoundTripMeter => ({
      target, close: () => {},
      measure: async () => {
        this.asked++;
        await sleep(1);
        if (!this.answers) return null;
        return this.#rate() > 1_000_000 ? 300 : 20;
      },
    });
    this.watch = new LatencyWatch({
      isOn: () => this.isOn, gateway: async () => null, probe: () => ({ host: '192.0.2.1', port: 8469 }),
      transferred: () => {
        const at = performance.now();
        this.receivedBytes += (this.#rate() * (at - this.#at)) / 1000;
        this.#at = at;
        return { receivedBytes: this.receivedBytes, uploadedBytes: 0 };
      },
      meters: { gateway: async () => null, probe: async () => (this.opened++, meter('probe')) },
    });
    if (idleMs !== null) this.watch.noteIdle('probe', idleMs);
  }

  #rate(): number {
    const watch = this.watch as LatencyWatch | undefined; // it asks while it is being made
    return Math.min(this.bytesPerSecond, watch?.limits.downloadBytesPerSecond ?? Infinity);
  }
}

describe('the latency guard in the core', () => {
  let line: Line;
  afterEach(() => line.watch.close());

  it('times nobody while nothing is transferred, nor when it is switched off', async () => {
    line = new Line(20);
    await sleep(700);
    expect([line.opened, line.asked, line.watch.report().state, line.watch.report().timed]).toEqual([0, 0, 'resting', '']);
    line.isOn = false;
    line.bytesPerSecond = 5_000_000;
    await sleep(700);
    expect([line.opened, line.watch.report().state, line.watch.limits.downloadBytesPerSecond]).toEqual([0, 'off', null]);
  });

  it('holds a download back while the line bloats, and lets go and stops timing when it is over', async () => {
    line = new Line(20);
    line.bytesPerSecond = 2_000_000;
    await until('the download is held back', () => line.watch.limits.downloadBytesPerSecond, { withinMs: 15_000 });
    expect(line.watch.limits.downloadBytesPerSecond).toBeLessThan(2_000_000);
    expect(line.watch.limits.uploadBytesPerSecond).toBeNull();
    expect(line.watch.report()).toMatchObject({ timed: 'probe', bloatedAt: expect.any(Number) as number });
    line.bytesPerSecond = 0;
    await until('it lets go', () => line.watch.report().state === 'resting' && line.watch.limits.downloadBytesPerSecond === null, { withinMs: 15_000 });
    await until('nobody is timed', () => line.watch.report().timed === '', { withinMs: 5_000 });
    const asked = line.asked;
    await sleep(500);
    expect(line.asked).toBe(asked);
    expect(line.watch.report().bloatedAt).not.toBeNull(); // what the report advises about
  });

  it('holds everything back for a moment where nobody knows how quick the line is at rest, and no longer', async () => {
    line = new Line(null);
    line.bytesPerSecond = 500_000;
    await until('it looks', () => line.watch.limits.downloadBytesPerSecond !== null && line.watch.limits.uploadBytesPerSecond !== null, { withinMs: 10_000, everyMs: 20 });
    await until('it has looked', () => line.watch.limits.downloadBytesPerSecond === null, { withinMs: 10_000 });
    expect(line.watch.report()).toMatchObject({ state: 'watching', bloatedAt: null });
  });

  it('takes a probe server that answers no more for gone, not for a full line', async () => {
    line = new Line(20);
    line.answers = false;
    line.bytesPerSecond = 500_000;
    await until('it is given up', () => line.asked >= 3 && line.watch.report().timed === '', { withinMs: 10_000 });
    await sleep(1_500);
    expect([line.watch.limits.downloadBytesPerSecond, line.watch.report().bloatedAt]).toEqual([null, null]);
  });
});

it.each([[null, null, null], [5, null, 5], [null, 7, 7], [5, 7, 5], [9, 7, 7], [0, 7, 0]])('takes the lower of %s and %s', (one, other, lower) => {
  expect(lowerLimit(one, other)).toBe(lower);
});

describe('where no probe server may be asked', () => {
  it('times the first router beyond the own one, on the way to somebody who is there anyway', async () => {
    const asked: string[] = [];
    let receivedBytes = 0;
    const timer = setInterval(() => (receivedBytes += 100_000), 50);
    const watch = new LatencyWatch({
      isOn: () => true, gateway: async () => null, probe: () => null, towards: () => '25.0.0.9', transferred: () => ({ receivedBytes, uploadedBytes: 0 }),
      meters: {
        gateway: async () => null, probe: () => Promise.reject(new Error('nobody asked for it')),
        hop: async (towards) => {
          asked.push(towards);
          return { target: 'hop', measure: async () => 12, close: () => {} };
        },
      },
    });
    await until('it is timed', () => watch.report().timed === 'hop', { withinMs: 10_000 });
    expect(asked).toEqual(['25.0.0.9']);
    clearInterval(timer);
    await watch.close();
  });
});
