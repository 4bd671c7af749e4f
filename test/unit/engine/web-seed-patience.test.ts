import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeFailure, waitAfterFailure, waitAfterRefusal } from '../../../main/engine/web-seed-patience.ts';

describe('what a failed request says', () => {
  it.each([
    [{ status: 404 }, 'refused'], [{ status: 410 }, 'refused'], [{ status: 403 }, 'refused'], [{ status: 416 }, 'refused'], [{ status: 400 }, 'refused'],
    [{ code: 'bad-range', status: 200 }, 'refused'], [{ code: 'private-address' }, 'refused'], [{ code: 'bad-redirect' }, 'refused'],
    [{ status: 429 }, 'broken'], [{ status: 408 }, 'broken'], [{ status: 500 }, 'broken'], [{ status: 503 }, 'broken'],
    [{ code: 'timeout' }, 'broken'], [{ code: 'unreachable' }, 'broken'], [new Error('odd'), 'broken'], [null, 'broken'], ['text', 'broken'],
  ])('%j: %s', (error, failure) => {
    expect(judgeFailure(error).failure).toBe(failure);
  });

  it('takes the time to wait from where it is, and only when it is one', () => {
    expect(judgeFailure({ status: 503, retryAfterSeconds: 7 }).retryAfterMs).toBe(7000);
    for (const retryAfterSeconds of [null, undefined, 0, -5, NaN, '7']) expect(judgeFailure({ status: 503, retryAfterSeconds }).retryAfterMs).toBe(null);
  });
});

describe('waiting', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

  it('grows with every failure up to a quarter of an hour', () => {
    expect([0, 1, 2, 3].map((failures) => waitAfterFailure(failures, 0.5, null))).toEqual([2000, 4000, 8000, 16_000]);
    fc.assert(fc.property(fc.nat(), random, (failures, at) => {
      const wait = waitAfterFailure(failures, at, null);
      expect([wait >= 1000, wait <= 15 * 60_000]).toEqual([true, true]);
    }));
  });

  it('is never shorter than the server asks for, and spreads a crowd that was told the same', () => {
    fc.assert(fc.property(fc.nat(50), random, fc.integer({ min: 1, max: 86_400_000 }), (failures, at, retryAfterMs) => {
      expect(waitAfterFailure(failures, at, retryAfterMs)).toBeGreaterThanOrEqual(retryAfterMs);
      expect(waitAfterRefusal(failures, at, retryAfterMs)).toBeGreaterThanOrEqual(retryAfterMs);
    }));
    expect(waitAfterFailure(0, 0.99, 60_000) - waitAfterFailure(0, 0, 60_000)).toBeGreaterThan(25_000);
  });
});
