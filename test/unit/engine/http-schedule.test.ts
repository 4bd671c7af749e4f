// What HTTP alone would have brought: people must keep up with it, and neither a good nor a bad while counts for ever.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpSchedule } from '../../../main/engine/http-schedule.ts';

const MB = 1_000_000;

/** So many seconds of the same, looked at four times a second. @returns the time and what was received at the end */
function pass(schedule: HttpSchedule, seconds: number, rates: { received: number; http: number }, from = { ms: 0, bytes: 0 }) {
  const at = { ...from };
  schedule.look(at.ms, at.bytes, rates.http, rates.received);
  for (let step = 0; step < seconds * 4; step++) {
    at.ms += 250;
    at.bytes += rates.received / 4;
    schedule.look(at.ms, at.bytes, rates.http, rates.received);
  }
  return at;
}

describe('a download beside people', () => {
  it('is behind when less comes than HTTP alone would bring, three tenths more to be safe', () => {
    const of = (received: number): boolean => {
      const schedule = new HttpSchedule();
      pass(schedule, 20, { received, http: MB });
      return schedule.isBehind;
    };
    expect([of(0), of(0.9 * MB), of(1.2 * MB), of(1.4 * MB), of(5 * MB)]).toEqual([true, true, true, false, false]);
  });

  it('has a few seconds in hand at most, and makes up for a few at most', () => {
    const schedule = new HttpSchedule();
    const rich = pass(schedule, 600, { received: 10 * MB, http: MB });
    const poor = pass(schedule, 6, { received: 0, http: MB }, rich);
    expect(schedule.isBehind).toBe(true);
    const worse = pass(schedule, 600, { received: 0, http: MB }, poor);
    pass(schedule, 6, { received: 2.4 * MB, http: MB }, worse);
    expect(schedule.isBehind).toBe(false);
  });

  it('knows when HTTP alone would have been done', () => {
    const schedule = new HttpSchedule();
    expect(schedule.leftMs(MB)).toBeNull();
    schedule.look(0, 0, 2 * MB, 0);
    expect(schedule.leftMs(10 * MB)).toBe(5000);
    schedule.look(1000, 0, 2 * MB, 0);
    expect(schedule.leftMs(10 * MB)).toBeCloseTo(3700);
  });

  it('remembers what a server brought before people shared the line with it, and forgets it over a few minutes', () => {
    const schedule = new HttpSchedule();
    const alone = pass(schedule, 5, { received: 2 * MB, http: 2 * MB });
    const shared = pass(schedule, 10, { received: 1.8 * MB, http: MB }, alone);
    expect(schedule.isBehind).toBe(true);
    pass(schedule, 120, { received: 1.8 * MB, http: MB }, shared);
    expect(schedule.isBehind).toBe(false);
  });

  it('makes nothing up for a pause', () => {
    const schedule = new HttpSchedule();
    const at = pass(schedule, 10, { received: 2 * MB, http: MB });
    schedule.look(at.ms + 3_600_000, at.bytes, MB, 2 * MB);
    expect(schedule.isBehind).toBe(false);
  });

  it('is behind a server nobody has asked only after a moment', () => {
    const schedule = new HttpSchedule();
    schedule.look(0, 0, 0, MB);
    expect(schedule.isBehind).toBe(false);
    schedule.look(3000, 3 * MB, 0, MB);
    expect(schedule.isBehind).toBe(true);
  });

  it('never asks for a wait that is negative or has no number', () => {
    const looks = fc.array(fc.record({ ms: fc.nat(5000), bytes: fc.nat(50 * MB), http: fc.nat(20 * MB), people: fc.nat(20 * MB) }), { maxLength: 60 });
    fc.assert(fc.property(looks, fc.nat(1000 * MB), (steps, bytesLeft) => {
      const schedule = new HttpSchedule();
      const at = { ms: 0, bytes: 0 };
      for (const step of steps) {
        at.ms += step.ms;
        at.bytes += step.bytes;
        schedule.look(at.ms, at.bytes, step.http, step.people);
        expect([schedule.inHandMs >= 0, (schedule.leftMs(bytesLeft) ?? 0) >= 0]).toEqual([true, true]);
      }
    }), { numRuns: 60 });
  });
});
