// The alternative limits hold when switched on by hand or when their hours have come.
import { describe, expect, it } from 'vitest';
import { limitsNow, scheduleHolds } from '../../../main/engine/limit-schedule.ts';

const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, 15 + day, hour, minute); // 15 November 2026 is a Sunday
const nights = { on: true, fromMinute: 22 * 60, toMinute: 6 * 60, days: [1] }; // from Monday evening

describe('limit schedule', () => {
  it.each([
    [at(1, 21, 59), false], [at(1, 22), true], [at(2, 5, 59), true], [at(2, 6), false], [at(2, 23), false], [at(1, 3), false],
  ])('over midnight at %s: %s', (now, holds) => expect(scheduleHolds(nights, now)).toBe(holds));
  it('covers a whole day when both ends are equal', () => {
    expect(scheduleHolds({ on: true, fromMinute: 60, toMinute: 60, days: [3] }, at(3, 0))).toBe(true);
    expect(scheduleHolds({ on: true, fromMinute: 60, toMinute: 60, days: [3] }, at(4, 1))).toBe(false);
  });
  it('chooses the set of limits', () => {
    const usual = { downBytesPerSecond: null, upBytesPerSecond: 5000 };
    const turtle = { on: false, downBytesPerSecond: 10_000, upBytesPerSecond: null, schedule: { ...nights, on: false } };
    expect(limitsNow(usual, turtle, at(1, 23))).toEqual({ ...usual, turtleActive: false });
    expect(limitsNow(usual, { ...turtle, on: true }, at(1, 12))).toEqual({ downBytesPerSecond: 10_000, upBytesPerSecond: null, turtleActive: true });
    expect(limitsNow(usual, { ...turtle, schedule: nights }, at(1, 23)).turtleActive).toBe(true);
  });
});
