// Numbers as words: no jitter, no infinity, never "100 %" before everything is there.
import { describe, expect, it } from 'vitest';
import {
  clockToMinutes, formatAbout, formatBinary, formatBytes, formatCountdown, formatElapsed, formatMoment, formatOf, formatPercent, formatRate, formatRatio, formatRegions, formatSince, groupHex,
  minutesToClock, shareOf,
} from '../../../renderer/format.ts';

describe('sizes and speeds', () => {
  it.each([
    [0, '0 B'], [999, '999 B'], [1000, '1.0 KB'], [9_949, '9.9 KB'], [9_950, '10 KB'], [62_000_000, '62 MB'], [999_499_999, '999 MB'], [999_500_000, '1.0 GB'],
    [1_234_000_000, '1.2 GB'], [48.2e9, '48 GB'], [3.5e15, '3.5 PB'], [-5, '0 B'],
  ])('writes %d bytes as %s', (bytes, words) => expect(formatBytes(bytes)).toBe(words));
  it.each([[0, '0 KB/s'], [999, '0 KB/s'], [1000, '1.0 KB/s'], [12_300_000, '12 MB/s']])('writes %d bytes a second as %s', (rate, words) => expect(formatRate(rate)).toBe(words));
  it.each([[1000, '1000 B'], [16_384, '16 KiB'], [16_777_216, '16 MiB']])('writes a piece of %d bytes as %s', (bytes, words) => expect(formatBinary(bytes)).toBe(words));
});

describe('shares', () => {
  it.each([[0, '0 %'], [0.004, '0 %'], [0.629, '62 %'], [0.9999, '99 %'], [1, '100 %'], [1.2, '100 %']])('writes %d as %s', (share, words) => expect(formatPercent(share)).toBe(words));
  it('takes nothing wanted for nothing done', () => expect(shareOf(0, 0)).toBe(0));
  it('writes a ratio with one decimal while it is small', () => expect([0, 1.44, 23.6].map(formatRatio)).toEqual(['0.0', '1.4', '24']));
});

describe('times', () => {
  it.each([
    [0, 'a few seconds'], [30, 'less than 1 min'], [60, 'about 1 min'], [170, 'about 3 min'], [5399, 'about 90 min'], [7200, 'about 2 h'], [5 * 86_400, 'about 5 days'],
  ])('writes %d s left as "%s"', (seconds, words) => expect(formatAbout(seconds)).toBe(words));
  it.each([null, Number.POSITIVE_INFINITY, Number.NaN, 1e12])('says nothing about %s', (seconds) => expect(formatAbout(seconds)).toBe(''));
  it('counts down to the second', () => expect([0, 41_001, 725_000, -4].map(formatCountdown)).toEqual(['0:00', '0:42', '12:05', '0:00']));
  it('writes what goes on in the largest unit', () => expect([12_000, 300_000, 3 * 3_600_000, 3 * 86_400_000].map(formatElapsed)).toEqual(['12 s', '5 min', '3 h', '3 days']));
  it('reads a clock as it writes it', () => {
    for (const minutes of [0, 59, 480, 1439]) expect(clockToMinutes(minutesToClock(minutes))).toBe(minutes);
    expect(clockToMinutes('')).toBe(null);
  });
});

describe('days', () => {
  const now = new Date(2026, 11, 23, 22, 0).getTime();
  it.each<[Date, string]>([
    [new Date(2026, 11, 23, 23, 30), 'today at 23:30'], [new Date(2026, 11, 24, 0, 5), 'tomorrow at 00:05'], [new Date(2026, 11, 28, 18, 0), 'on 28 Dec, 18:00'], [new Date(2027, 0, 2, 18, 0), 'on 2 Jan 2027, 18:00'],
    [new Date(2026, 11, 22, 9, 0), 'on 22 Dec, 09:00'],
  ])('writes %s as "%s"', (day, words) => expect(formatMoment(day.getTime(), now)).toBe(words));
  it.each<[Date, string]>([[new Date(2026, 11, 23, 1), 'since today'], [new Date(2026, 4, 3), 'since May'], [new Date(2025, 4, 3), 'since May 2025']])(
    'writes %s as "%s"', (day, words) => expect(formatSince(day.getTime(), now)).toBe(words),
  );
});

describe('parts of a whole', () => {
  it.each([[0.4e6, 1.1e6, '0.4 of 1.1 MB'], [0, 48e9, '0 of 48 GB'], [5, 4, '4 of 4 B'], [-3, 2000, '0.0 of 2.0 KB']])('writes %d of %d as "%s"', (done, total, words) => expect(formatOf(done, total)).toBe(words));
  it('writes countries by name, and what is no country as it is', () => expect(formatRegions(['DE', 'at', 'x-1'])).toBe('Germany, Austria, x-1'));
  it('groups hex digits to compare them by eye', () => expect(groupHex('7c1e90ab34')).toBe('7c1e 90ab 34'));
});
