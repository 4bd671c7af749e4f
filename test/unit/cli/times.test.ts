// Points in time on the command line.
import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../main/cli/times.ts';
import { UsageError } from '../../../main/headless/starter.ts';

const now = Date.parse('2026-11-21T12:00:00Z');

describe('a time', () => {
  it.each([
    ['2026-12-01T18:00:00Z', '2026-12-01T18:00:00.000Z'], ['2026-12-01T18:00:00+01:00', '2026-12-01T17:00:00.000Z'], ['2026-12-01T18:00Z', '2026-12-01T18:00:00.000Z'],
    ['2026-12-01', '2026-12-01T00:00:00.000Z'], ['90d', '2027-02-19T12:00:00.000Z'], ['+30m', '2026-11-21T12:30:00.000Z'], ['2w', '2026-12-05T12:00:00.000Z'], ['12h', '2026-11-22T00:00:00.000Z'],
  ])('%s means %s', (text, expected) => expect(new Date(parseTime(text, '--expires', now)).toISOString()).toBe(expected));

  it.each(['', 'soon', '2026-12-01T18:00:00', '2026-02-30', '01.12.2026', '5', '-1d', '1y'])('%j is asked for again, with an example', (text) => {
    expect(() => parseTime(text, '--expires', now)).toThrow(UsageError);
    expect(() => parseTime(text, '--expires', now)).toThrow(/^--expires wants a time such as 2026/);
  });
});
