import { expect, it } from 'vitest';
import { MAX_RANGES, RangeCount } from '../../../main/engine/web-seed-ranges.ts';

/** Lets seconds pass on a server that gives so much to so many ranges. */
function run(ranges: RangeCount, seconds: number, rate: (ranges: number) => number, from = 0): number[] {
  const seen: number[] = [];
  for (let second = 0; second < seconds; second++) {
    ranges.measure((from + second) * 1000, true, rate(ranges.limit));
    seen.push(ranges.limit);
  }
  return seen;
}

it('stays with one range where the server is near', () => {
  const ranges = new RangeCount();
  ranges.answered(2);
  expect(new Set(run(ranges, 600, (count) => count * 1e6))).toEqual(new Set([1]));
});

it('asks for more while each brings more, four at most', () => {
  const ranges = new RangeCount();
  ranges.answered(80);
  const seen = run(ranges, 600, (count) => count * 1e6);
  expect([seen.at(-1), Math.max(...seen), seen[4]]).toEqual([MAX_RANGES, MAX_RANGES, 1]);
});

it('goes back when another brings nothing, and tries ever more rarely', () => {
  const ranges = new RangeCount();
  ranges.answered(80);
  const seen = run(ranges, 3600, () => 5e6);
  const trials = seen.filter((count, second) => count === 2 && seen[second - 1] === 1).length;
  expect([seen.at(-1)! <= 2, Math.max(...seen), trials >= 2, trials <= 8]).toEqual([true, 2, true, true]);
  expect(seen.filter((count) => count === 2).length).toBeLessThan(60);
});

it('judges only seconds in which the server was the limit', () => {
  const ranges = new RangeCount();
  ranges.answered(80);
  for (let second = 0; second < 100; second++) ranges.measure(second * 1000, second % 3 !== 0, 1e6);
  expect(ranges.limit).toBe(1);
});

it('asks for one range after a failure', () => {
  const ranges = new RangeCount();
  ranges.answered(80);
  run(ranges, 60, (count) => count * 1e6);
  ranges.failed(60_000);
  expect([ranges.limit, new Set(run(ranges, 50, (count) => count * 1e6, 60))]).toEqual([1, new Set([1])]);
});
