// What a publisher is told beforehand: times, bytes of the server, and what it takes to be done in time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bottleneckOf, distributionSeconds } from '../../../main/forecast/distribution-bound.ts';
import { forecast } from '../../../main/forecast/forecast.ts';
import type { ForecastInput } from '../../../main/forecast/forecast.ts';
import { MEASURED, measuredEfficiency } from '../../../main/forecast/measured-efficiency.ts';

const GB = 1e9;
const input: ForecastInput = {
  audience: 1000, sizeBytes: GB, upBytesPerSecond: 1e6, downBytesPerSecond: 10e6, seeds: 1, seedUpBytesPerSecond: 10e6, originBytesPerSecond: 100e6, efficiency: 1,
  withinSeconds: null,
};

describe('the bound', () => {
  const crowd = { sizeBytes: GB, clients: 10, sourceBytesPerSecond: 1e6, clientsUpBytesPerSecond: 99e6, clientDownBytesPerSecond: Infinity };

  it('is the longest of: once out of the sources, into the slowest, to everybody out of all uplinks', () => {
    expect(distributionSeconds(crowd)).toBe(1000);
    expect(bottleneckOf(crowd)).toBe('sources');
    expect(distributionSeconds({ ...crowd, sourceBytesPerSecond: 101e6 })).toBe(50);
    expect(bottleneckOf({ ...crowd, sourceBytesPerSecond: 101e6 })).toBe('everybody');
    expect(distributionSeconds({ ...crowd, clientDownBytesPerSecond: 0.5e6 })).toBe(2000);
    expect(bottleneckOf({ ...crowd, clientDownBytesPerSecond: 0.5e6 })).toBe('downlink');
  });

  it('is never for nobody who gives, and no time for nobody who wants', () => {
    expect(distributionSeconds({ ...crowd, sourceBytesPerSecond: 0 })).toBe(Infinity);
    expect(distributionSeconds({ ...crowd, clients: 0 })).toBe(0);
  });
});

describe('a forecast', () => {
  it('compares HTTP alone with together', () => {
    const said = forecast(input);
    expect(said.httpSeconds).toBe(10_000);
    expect(said.httpOriginBytes).toBe(1000 * GB);
    expect(said.togetherSeconds).toBeCloseTo(1e12 / (1e9 + 110e6), 5);
    expect(said.boundSeconds).toBe(said.togetherSeconds);
    expect(said.peersShare).toBeGreaterThan(0.8);
    expect(said.bottleneck).toBe('everybody');
  });

  it('takes the measured part of what is possible, and never promises less than HTTP alone gives', () => {
    expect(forecast({ ...input, efficiency: 0.5 }).togetherSeconds).toBeCloseTo(2 * forecast(input).togetherSeconds, 5);
    const large = { ...input, originBytesPerSecond: 1e12, efficiency: 0.5 };
    expect(forecast(large).togetherSeconds).toBe(forecast(large).httpSeconds);
    expect(forecast(large).togetherSeconds).toBe(100);
  });

  it('says what a failing server means', () => {
    const alone = forecast({ ...input, seeds: 0, seedUpBytesPerSecond: 0 });
    expect(alone.withoutOriginSeconds).toBe(Infinity);
    expect(alone.onceOutSeconds).toBe(10);
    expect(alone.aloneAfterwardsSeconds).toBeGreaterThan(alone.togetherSeconds);
    expect(alone.aloneAfterwardsSeconds).toBeLessThanOrEqual(1e12 / 1e9 + 10);
    const seeded = forecast(input);
    expect(seeded.withoutOriginSeconds).toBeCloseTo(1e12 / (1e9 + 10e6), 5);
    const peopleOnly = forecast({ ...input, originBytesPerSecond: 0 });
    expect(peopleOnly).toMatchObject({ httpSeconds: Infinity, httpOriginBytes: 0, togetherOriginBytes: 0 });
  });

  it('knows that one person alone has everything once it was sent once, and that many without an uplink never will', () => {
    const one = forecast({ ...input, audience: 1, upBytesPerSecond: 0, seeds: 0, seedUpBytesPerSecond: 0, efficiency: 0.95 });
    expect(one.aloneAfterwardsSeconds).toBe(Math.max(one.togetherSeconds, one.onceOutSeconds));
    expect(forecast({ ...input, upBytesPerSecond: 0 }).aloneAfterwardsSeconds).toBe(Infinity);
  });

  it('says what it takes to be done in time, and that it then is', () => {
    const target = forecast({ ...input, withinSeconds: 500 }).target!;
    expect(target).toMatchObject({ isMet: false, isPossible: true, httpOriginBytesPerSecond: 2e9, sourceBytesPerSecond: 1e9 });
    expect(forecast({ ...input, withinSeconds: 500, seeds: target.seeds! }).target!.isMet).toBe(true);
    expect(forecast({ ...input, withinSeconds: 500, originBytesPerSecond: target.originBytesPerSecond }).target!.isMet).toBe(true);
    expect(forecast({ ...input, withinSeconds: 99 }).target!.isPossible).toBe(false);
    expect(forecast({ ...input, withinSeconds: 5000 }).target!.isMet).toBe(true);
  });

  const rate = fc.double({ min: 1e3, max: 1e10, noNaN: true });
  const any: fc.Arbitrary<ForecastInput> = fc.record({
    audience: fc.integer({ min: 1, max: 1e7 }), sizeBytes: fc.integer({ min: 1, max: 1e12 }), upBytesPerSecond: fc.oneof(fc.constant(0), rate), downBytesPerSecond: rate,
    seeds: fc.integer({ min: 0, max: 50 }), seedUpBytesPerSecond: rate, originBytesPerSecond: rate, efficiency: fc.double({ min: 0.1, max: 1, noNaN: true }),
    withinSeconds: fc.double({ min: 1, max: 1e6, noNaN: true }),
  });

  it('holds together for whatever is asked', () => {
    fc.assert(fc.property(any, (asked) => {
      const said = forecast(asked);
      expect(said.togetherSeconds).toBeLessThanOrEqual(said.httpSeconds);
      expect(said.togetherSeconds * (1 + 1e-9)).toBeGreaterThanOrEqual(said.boundSeconds);
      expect(said.togetherOriginBytes).toBeLessThanOrEqual(asked.audience * asked.sizeBytes);
      expect(said.peersShare).toBeGreaterThanOrEqual(0);
      expect(said.peersShare).toBeLessThanOrEqual(1);
      expect(said.aloneAfterwardsSeconds).toBeGreaterThanOrEqual(said.togetherSeconds);
      // More sources never make it slower.
      expect(forecast({ ...asked, seeds: asked.seeds + 1 }).togetherSeconds).toBeLessThanOrEqual(said.togetherSeconds * (1 + 1e-9));
      const target = said.target!;
      if (target.isPossible && target.originBytesPerSecond < target.httpOriginBytesPerSecond && asked.sizeBytes / asked.downBytesPerSecond <= asked.withinSeconds! * asked.efficiency) {
        const enough = forecast({ ...asked, originBytesPerSecond: Math.max(asked.originBytesPerSecond, target.originBytesPerSecond) });
        expect(enough.togetherSeconds).toBeLessThanOrEqual(asked.withinSeconds! * (1 + 1e-6));
      }
    }));
  });
});

describe('the measured efficiency', () => {
  it('is that of the next larger crowd which was measured', () => {
    expect(measuredEfficiency(1).measurement.clients).toBe(8);
    expect(measuredEfficiency(9).measurement.clients).toBe(16);
    expect(measuredEfficiency(1e6).measurement).toBe(MEASURED.at(-1));
    expect(measuredEfficiency(16).efficiency).toBeCloseTo(1 / MEASURED[1]!.lastOverBound, 9);
  });
});
