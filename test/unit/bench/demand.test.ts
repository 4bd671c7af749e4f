// What a crowd asks of a server: the busiest second and the most requests at once, in whatever order a log names them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandOf } from '../../bench/demand.ts';
import type { Asked } from '../../bench/demand.ts';

describe('the demand on a server', () => {
  it('is what is asked, however slowly it is answered', () => {
    const herd = Array.from({ length: 50 }, (_, i): Asked => ({ fromSeconds: i / 1000, toSeconds: 60 + i, bytes: 1000 }));
    expect(demandOf(herd)).toEqual({ askedPeakBytesPerSecond: 50_000, busiestSecondRequests: 50, mostAtOnce: 50 });
    const inTurn = herd.map((request, i) => ({ ...request, fromSeconds: i, toSeconds: i + 1 }));
    expect(demandOf(inTurn)).toEqual({ askedPeakBytesPerSecond: 1000, busiestSecondRequests: 1, mostAtOnce: 1 });
    expect(demandOf([])).toEqual({ askedPeakBytesPerSecond: 0, busiestSecondRequests: 0, mostAtOnce: 0 });
  });

  it('agrees with counting at every moment', () => {
    const request = fc.record({ fromSeconds: fc.integer({ min: 0, max: 40 }), seconds: fc.integer({ min: 1, max: 30 }), bytes: fc.nat(1000) });
    fc.assert(fc.property(fc.array(request, { maxLength: 40 }), (list) => {
      const asked = list.map(({ fromSeconds, seconds, bytes }): Asked => ({ fromSeconds: fromSeconds / 8, toSeconds: (fromSeconds + seconds) / 8, bytes }));
      const most = (of: (at: number) => number): number => Math.max(0, ...asked.map(({ fromSeconds }) => of(fromSeconds)));
      const inSecond = (at: number): Asked[] => asked.filter(({ fromSeconds }) => fromSeconds > at - 1 && fromSeconds <= at);
      expect(demandOf(asked)).toEqual({
        askedPeakBytesPerSecond: most((at) => inSecond(at).reduce((sum, { bytes }) => sum + bytes, 0)), busiestSecondRequests: most((at) => inSecond(at).length),
        mostAtOnce: most((at) => asked.filter(({ fromSeconds, toSeconds }) => fromSeconds <= at && toSeconds > at).length),
      });
    }));
  });
});
