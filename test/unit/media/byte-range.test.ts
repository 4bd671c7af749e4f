// Ranges of a file: what RFC 9110 says, and that nothing anybody sends gets more than the file.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange, rangeOf } from '../../../main/media/byte-range.ts';

const part = (start: number, end: number) => ({ kind: 'part', start, end });
const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };

describe('a Range header', () => {
  it.each([
    ['bytes=0-499', part(0, 499)], ['bytes=500-999', part(500, 999)], ['bytes=9500-', part(9500, 9999)], ['bytes=-500', part(9500, 9999)],
    ['bytes=0-0', part(0, 0)], ['bytes=-1', part(9999, 9999)], ['bytes=0-', part(0, 9999)], ['BYTES=1-2', part(1, 2)], ['bytes = 1-2 ', part(1, 2)],
  ])('%s asks for these bytes of 10,000', (header, expected) => expect(parseRange(header, 10_000)).toEqual(expected));

  it.each([['bytes=9999-20000', part(9999, 9999)], ['bytes=-20000', part(0, 9999)], [`bytes=0-${'9'.repeat(60)}`, part(0, 9999)], [`bytes=-${'9'.repeat(60)}`, part(0, 9999)]])(
    '%s ends at the end of the file', (header, expected) => expect(parseRange(header, 10_000)).toEqual(expected));

  it.each(['bytes=10000-', 'bytes=10000-10001', `bytes=${'9'.repeat(60)}-`, 'bytes=-0'])('%s begins behind the end: 416', (header) => {
    expect(parseRange(header, 10_000)).toEqual(unsatisfiable);
  });

  it.each([
    null, undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=5-4', 'bytes=a-b', 'bytes=1-2,4-5', 'bytes=1-2,', 'lines=1-2', 'bytes=1.5-3', 'bytes=+1-3', 'bytes=0x1-3', 'bytes=1e3-', 'bytes=--5',
    'bytes=1-2-3', 'bytes=１-２', `bytes=0-${'9'.repeat(200)}`,
  ])('%s asks for nothing that is understood: the whole file', (header) => expect(parseRange(header, 10_000)).toEqual(whole));

  it('of an empty file is never part of it', () => {
    expect(parseRange('bytes=0-', 0)).toEqual(unsatisfiable);
    expect(parseRange('bytes=0-0', 0)).toEqual(unsatisfiable);
    expect(parseRange('bytes=-5', 0)).toEqual(whole);
  });

  const size = fc.oneof(fc.nat(20), fc.nat(2 ** 40));
  const number = fc.oneof(fc.nat(25).map(String), fc.maxSafeNat().map(String), fc.stringMatching(/^[0-9]{1,40}$/), fc.constant(''));
  const header = fc.oneof(
    fc.tuple(number, number).map(([first, last]) => `bytes=${first}-${last}`), fc.string(), fc.string().map((text) => `bytes=${text}`),
    fc.stringMatching(/^bytes=[0-9,\- ]{0,30}$/),
  );

  it('never gets a byte that the file does not have', () => {
    fc.assert(fc.property(header, size, (text, bytes) => {
      const asked = parseRange(text, bytes);
      if (asked.kind !== 'part') return;
      expect(Number.isSafeInteger(asked.start) && Number.isSafeInteger(asked.end)).toBe(true);
      expect(asked.start).toBeGreaterThanOrEqual(0);
      expect(asked.end).toBeGreaterThanOrEqual(asked.start);
      expect(asked.end).toBeLessThan(bytes);
    }), { numRuns: 5_000 });
  });

  it('gets exactly what it names where the file has it', () => {
    fc.assert(fc.property(fc.nat(2 ** 40), fc.nat(1_000_000), fc.nat(1_000_000), (start, more, rest) => {
      const bytes = start + more + 1 + rest;
      expect(parseRange(`bytes=${start}-${start + more}`, bytes)).toEqual(part(start, start + more));
      expect(parseRange(`bytes=${start}-`, bytes)).toEqual(part(start, bytes - 1));
      expect(parseRange(`bytes=-${more + 1}`, bytes)).toEqual(part(bytes - more - 1, bytes - 1));
      expect(parseRange(`bytes=${bytes + more}-`, bytes)).toEqual(unsatisfiable);
    }));
  });
});

describe('an If-Range header', () => {
  const file = { size: 100, etag: '"64-1"' };
  it('keeps the range of the same file', () => {
    expect(rangeOf('bytes=1-2', '"64-1"', file)).toEqual(part(1, 2));
    expect(rangeOf('bytes=1-2', null, file)).toEqual(part(1, 2));
    expect(rangeOf('bytes=200-', '"64-1"', file)).toEqual(unsatisfiable);
  });

  it.each(['"64-2"', 'W/"64-1"', '64-1', 'Wed, 21 Oct 2026 07:28:00 GMT', '*', ''])('%s says that it may be another one by now: the whole file', (ifRange) => {
    expect(rangeOf('bytes=1-2', ifRange, file)).toEqual(whole);
    expect(rangeOf('bytes=200-', ifRange, file)).toEqual(whole);
  });
});
