// When the update address is asked next: what a publisher's server and a user who waits can count on.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pace, PollState } from '../../../main/services/update-schedule.ts';
import { afterAnswer, afterFailure, firstCheckAt, noPollState, PollState as PollStateSchema } from '../../../main/services/update-schedule.ts';

const now = Date.parse('2026-11-21T12:00:00Z');
const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
const usual: Pace = { segmentSeconds: null, startsAt: null };
const live: Pace = { segmentSeconds: 8, startsAt: null };
/** The earliest, the middle and the latest that chance allows. */
const chances = [() => 0, () => 0.5, () => 0.999_999];
const pauses = (next: (random: () => number) => PollState) => chances.map((random) => Math.round((next(random).nextCheckAt! - now) / second));
const state = (more: Partial<PollState>): PollState => ({ ...noPollState, ...more });

describe('after an answer', () => {
  it.each<[string, Pace, number | null, number[]]>([
    ['half an hour, and a fifth more or less', usual, null, [1440, 1800, 2160]],
    ['as long as the publisher says, and up to a fifth more', usual, 600, [600, 660, 720]],
    ['not less than a minute', usual, 5, [60, 66, 72]],
    ['not more than a day', usual, 86_400, [86_400, 95_040, 103_680]],
    ['as usual where the publisher wants to be asked each time', usual, 0, [1440, 1800, 2160]],
    ['half a segment of a live package', live, null, [3, 4, 5]],
    ['half a segment whatever a cache says', live, 3_600, [3, 4, 5]],
    ['a second at least', { segmentSeconds: 0.5, startsAt: null }, null, [1, 1, 1]],
    ['as usual for a live package that has not begun', { segmentSeconds: 8, startsAt: now + day }, null, [1440, 1800, 2160]],
    ['until shortly after the start, where that is sooner', { segmentSeconds: null, startsAt: now + 10 * minute }, null, [600, 615, 630]],
    ['until shortly after the start, even where the publisher says later', { segmentSeconds: null, startsAt: now + 10 * minute }, 86_400, [600, 615, 630]],
    ['until half a segment after the start of a live package', { segmentSeconds: 8, startsAt: now + 10 * minute }, null, [600, 602, 604]],
    ['as usual after the start', { segmentSeconds: null, startsAt: now - minute }, null, [1440, 1800, 2160]],
  ])('%s', (_title, pace, maxAge, seconds) => {
    expect(pauses((random) => afterAnswer(state({ failures: 3 }), pace, maxAge, now, random))).toEqual(seconds);
  });

  it('forgets failures and remembers when it was', () => {
    expect(afterAnswer(state({ failures: 3, notBefore: now + day, etag: '"1"' }), usual, null, now, () => 0.5))
      .toEqual(state({ etag: '"1"', checkedAt: now, nextCheckAt: now + 30 * minute }));
  });

  it('asks a live package that has gone quiet less and less', () => {
    const after = (quietMs: number) => (afterAnswer(state({ changedAt: now - quietMs }), live, null, now, () => 0.5).nextCheckAt! - now) / second;
    expect([0, minute, 10 * minute, hour, 2 * day].map(after)).toEqual([4, 4, 10, 60, 1800]);
  });
});

describe('after a failure', () => {
  it.each<[string, Pace, number, number[]]>([
    ['the usual pause', usual, 0, [1440, 1800, 2160]],
    ['twice that', usual, 1, [2880, 3600, 4320]],
    ['four times', usual, 2, [5760, 7200, 8640]],
    ['six hours at most', usual, 50, [17_280, 21_600, 25_920]],
    ['half a segment of a live package', live, 0, [3, 4, 5]],
    ['twice that, live', live, 1, [6, 8, 10]],
    ['half a minute at most, live', live, 40, [24, 30, 36]],
    ['not less than usual, live with long segments', { segmentSeconds: 120, startsAt: null }, 3, [48, 60, 72]],
    ['until shortly after the start', { segmentSeconds: null, startsAt: now + 5 * minute }, 9, [300, 315, 330]],
  ])('%s', (_title, pace, failures, seconds) => {
    expect(pauses((random) => afterFailure(state({ failures }), pace, null, now, random))).toEqual(seconds);
  });

  it.each<[string, Pace, number, number[]]>([
    ['as long as the server says', usual, 7_200, [7200, 7920, 8640]],
    ['not sooner than usual, for that', usual, 10, [1440, 1800, 2160]],
    ['as long as the server says, live', live, 90, [90, 99, 108]],
    ['as long as the server says, start or not', { segmentSeconds: null, startsAt: now + minute }, 300, [300, 330, 360]],
    ['a day at most', usual, 10_000_000, [86_400, 95_040, 103_680]],
  ])('%s (Retry-After)', (_title, pace, retryAfter, seconds) => {
    expect(pauses((random) => afterFailure(noPollState, pace, retryAfter, now, random))).toEqual(seconds);
  });

  it('is counted', () => {
    expect(afterFailure(state({ failures: 2, etag: '"1"' }), usual, null, now, () => 0.5)).toMatchObject({ failures: 3, checkedAt: now, etag: '"1"', notBefore: null });
  });
});

describe('when the program starts', () => {
  const first = (before: PollState, pace: Pace) => chances.map((random) => Math.round((firstCheckAt(before, pace, now, random) - now) / second));
  it.each<[string, PollState, Pace, number[]]>([
    ['a new package within two minutes', noPollState, usual, [0, 60, 120]],
    ['an overdue one too', state({ nextCheckAt: now - day }), usual, [0, 60, 120]],
    ['any other as planned', state({ nextCheckAt: now + 7 * minute }), usual, [420, 420, 420]],
    ['a live one within half a segment', state({ nextCheckAt: now + hour }), live, [0, 2, 4]],
    ['a live one that fails, later', state({ nextCheckAt: now + hour, failures: 4 }), live, [24, 30, 36]],
    ['one that the server put off, not sooner', state({ nextCheckAt: now - 1, notBefore: now + 500 * second }), live, [500, 500, 500]],
    ['one whose start comes first, shortly after it', state({ nextCheckAt: now + hour }), { segmentSeconds: null, startsAt: now + minute }, [60, 75, 90]],
    ['one that a clock set wrong put off for years, within the day', state({ nextCheckAt: now + 900 * day }), usual, [103_680, 103_680, 103_680]],
    ['one that a clock set wrong forbids for years, too', state({ notBefore: now + 900 * day }), usual, [103_680, 103_680, 103_680]],
  ])('%s', (_title, before, pace, seconds) => {
    expect(first(before, pace)).toEqual(seconds);
  });
});

it('whatever happened, the next question is neither at once for ever nor too late', () => {
  const instant = fc.option(fc.integer({ min: 0, max: now * 2 }));
  const before = fc.record({
    etag: fc.constant(null), lastModified: fc.constant(null), checkedAt: instant, nextCheckAt: instant, failures: fc.nat(1_000_000), notBefore: instant,
    changedAt: instant, digest: fc.constant(null),
  });
  const pace = fc.record({ segmentSeconds: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })), startsAt: instant });
  const told = fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }));
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(before, pace, told, random, (from, at, seconds, chance) => {
    for (const next of [afterAnswer(from, at, seconds, now, () => chance), afterFailure(from, at, seconds, now, () => chance)]) {
      expect(PollStateSchema.safeParse(next).success).toBe(true);
      expect(next.nextCheckAt).toBeLessThanOrEqual(now + 1.2 * day);
      const start = at.startsAt !== null && at.startsAt > now ? at.startsAt : Infinity;
      expect(next.nextCheckAt).toBeGreaterThanOrEqual(Math.min(now + 0.8 * second, Math.floor(start)));
    }
    expect(firstCheckAt(from, at, now, () => chance)).toBeGreaterThanOrEqual(now);
  }), { numRuns: 2_000 });
});
