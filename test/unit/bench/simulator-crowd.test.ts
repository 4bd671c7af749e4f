// Simulated crowds with the product's own sessions: everybody gets everything, in no less than the bound, and the same again for the same seed.
import { describe, expect, it } from 'vitest';
import { scenarioOf } from '../../bench/simulator/calibration.ts';
import { simulateCrowd } from '../../bench/simulator/crowd.ts';
import { readOptions } from '../../bench/simulator/options.ts';
import { DEFAULT_SCENARIO } from '../../bench/simulator/scenario.ts';
import type { Scenario } from '../../bench/simulator/scenario.ts';

const MIB = 1024 * 1024;
const small: Scenario = { ...DEFAULT_SCENARIO, clients: 6, sizeBytes: 8 * MIB, pieceBytes: 128 * 1024, uplinks: [2e6], seedBytesPerSecond: 2e6, delayMs: 5, limitSeconds: 600 };

describe('a simulated crowd', () => {
  it('of one takes size over rate, and a moment to connect', async () => {
    const result = await simulateCrowd({ ...small, clients: 1 });
    expect(result.finished).toBe(1);
    expect(result.boundSeconds).toBeCloseTo((8 * MIB) / 2e6, 5);
    expect(result.lastOverBound).toBeGreaterThan(1);
    expect(result.lastOverBound).toBeLessThan(1.15);
  });

  it('of several is complete, not before the bound, with no byte from nowhere', async () => {
    const result = await simulateCrowd(small);
    expect(result.finished).toBe(small.clients);
    expect(result.lastOverBound).toBeGreaterThan(1);
    expect(result.lastOverBound).toBeLessThan(1.6);
    expect(result.receivedBytes).toBeLessThanOrEqual(result.sentBytes);
    // What is still on the way when the last is complete.
    expect(result.sentBytes - result.receivedBytes).toBeLessThan(2 * MIB);
    expect(result.sentBytes).toBeGreaterThan(small.clients * small.sizeBytes);
    expect(Math.max(...result.uplinkUse)).toBeLessThanOrEqual(1.05);
    expect(result.peersShare).toBeGreaterThan(0.5);
  });

  it('is the same again for the same seed, and another for another', async () => {
    const { wallSeconds: _first, ...first } = await simulateCrowd(small);
    const { wallSeconds: _second, ...second } = await simulateCrowd(small);
    expect(second).toEqual(first);
    const other = await simulateCrowd({ ...small, randomSeed: 2 });
    expect(other.seconds).not.toEqual(first.seconds);
  });

  it('fetches from a web server where the strategy has one, alone or together', async () => {
    const cdn = await simulateCrowd({ ...small, strategy: 'cdn', originBytesPerSecond: 4e6 });
    expect(cdn).toMatchObject({ finished: 6, originBytes: 6 * small.sizeBytes, peersShare: 0, seedBytes: 0 });
    expect(cdn.lastOverBound).toBeGreaterThan(0.95);
    const hybrid = await simulateCrowd({ ...small, strategy: 'hybrid', originBytesPerSecond: 4e6 });
    expect(hybrid.finished).toBe(6);
    expect(hybrid.originBytes).toBeGreaterThan(0);
    expect(hybrid.last).toBeLessThan(cdn.last);
  });

  it('survives a seed that dies when everything has left it, and people who come and go', async () => {
    const killed = await simulateCrowd({ ...small, kill: 'seed', killAtSeconds: 6.5 });
    expect(killed.finished).toBe(small.clients);
    const churn = await simulateCrowd({ ...small, clients: 10, arrivals: 'poisson', arrivalSeconds: 5, leaveHalfWay: 0.3, leaveAfterSeconds: 0.5 });
    expect(churn.seconds).toHaveLength(7);
    expect(churn.finished).toBe(7);
  });

  it('serves those who give nothing as well, from what is left', async () => {
    const result = await simulateCrowd({ ...small, clients: 8, freeloaders: 0.25 });
    expect(result.finished).toBe(8);
    expect(result.freeloadersP50).toBeGreaterThan(0);
  });
});

describe('the simulator\'s command line', () => {
  it('reads rates, sizes and shares', () => {
    const { scenario } = readOptions(['--clients', '200', '--uplinks', '1,5,9', '--size', '16', '--strategy', 'hybrid', '--freeloaders', '0.1', '--ablate', 'sent-map,pacing']);
    expect(scenario).toMatchObject({
      clients: 200, links: 50, seedLinks: 50, uplinks: [1e6, 5e6, 9e6], sizeBytes: 16 * MIB, strategy: 'hybrid', originBytesPerSecond: 20e6, seeds: 0, freeloaders: 0.1, ablate: ['sent-map', 'pacing'],
    });
  });

  it.each([['--clients', '0'], ['--clients', 'x'], ['--strategy', 'magic'], ['--uplinks', '1,x'], ['--freeloaders', '2'], ['--ablate', 'magic'], ['--nonsense']])('refuses %s %s with a sentence', (...words) => {
    expect(() => readOptions(words)).toThrow(/--/);
  });
});

describe('the comparison with real runs', () => {
  const options = { uplinks: [5e6], down: null, delayMs: 0, bytes: MIB, pieceBytes: 65536, seedRate: 5e6, without: [], arrivalsPerSecond: null, kill: null };
  const row = { label: 'p2p', strategy: 'p2p', kinds: { flashswarm: 8 }, voids: 0, clients: 8, isComplete: true, lastSeconds: 1, p50Seconds: 1 };

  it('simulates what was measured, and passes over what cannot be compared', () => {
    expect(scenarioOf(options, row, { randomSeed: 7, hostDelayMs: 2 })).toMatchObject({ clients: 8, uplinks: [5e6], sizeBytes: MIB, pieceBytes: 65536, randomSeed: 7 });
    expect(scenarioOf(options, { ...row, kinds: { flashswarm: 4, aria2: 4 } as Record<string, number> }, { randomSeed: 1, hostDelayMs: 1 })).toBeNull();
    expect(scenarioOf(options, { ...row, strategy: 'cdn' }, { randomSeed: 1, hostDelayMs: 1 })).toBeNull();
    expect(scenarioOf(options, { ...row, isComplete: false }, { randomSeed: 1, hostDelayMs: 1 })).toBeNull();
    expect(scenarioOf({ ...options, kill: { who: 'seed', part: 0.5 } }, row, { randomSeed: 1, hostDelayMs: 1 })).toBeNull();
  });
});

describe('a crowd around a web server', () => {
  const around: Scenario = {
    ...DEFAULT_SCENARIO, seeds: 0, strategy: 'hybrid', clients: 4, sizeBytes: 16 * MIB, originBytesPerSecond: 40e6, delayMs: 5, limitSeconds: 120,
  };

  it('is complete no later than over HTTP alone, also where the server is quicker than all uplinks together', async () => {
    const [hybrid, http] = [await simulateCrowd(around), await simulateCrowd({ ...around, strategy: 'cdn' })];
    expect(hybrid.p95).toBeLessThanOrEqual(http.p95);
    expect(hybrid.originBytes).toBeLessThan(0.75 * http.originBytes);
  });

  it('asks no more of it at once than a quarter in a gentle beginning', async () => {
    const crowd = { ...around, clients: 12, uplinks: [2.5e6] };
    const peaks = [];
    for (const smoothing of [null, { minutes: 0.5, startShare: 0.1, audience: 12, eventStartsAt: null }]) {
      const { finished, originPeakBytesPerSecond } = await simulateCrowd({ ...crowd, smoothing });
      expect(finished).toBe(12);
      peaks.push(originPeakBytesPerSecond);
    }
    expect(peaks[1]! / peaks[0]!).toBeLessThanOrEqual(0.25);
  });

  it('goes on at once when the server falls silent after each piece was out: nobody waits for what others have', async () => {
    const crowd = { ...around, clients: 16, sizeBytes: 32 * MIB, kill: 'origin' as const };
    for (const [originBytesPerSecond, files, randomSeed] of [[5e6, 1.3, 1], [20e6, 2, 3]] as const) {
      const result = await simulateCrowd({ ...crowd, originBytesPerSecond, randomSeed, killAtSeconds: (files * crowd.sizeBytes) / originBytesPerSecond });
      expect([result.finished, result.last < 2 * result.p50]).toEqual([16, true]);
    }
  });
});
