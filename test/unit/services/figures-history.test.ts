// The course of figures: bounded, exact in its sums whatever is joined, the same after it was written and read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FiguresHistory } from '../../../main/services/figures-history.ts';
import type { Sample } from '../../../main/services/figures-history.ts';

const begin = Date.UTC(2026, 4, 2, 18);
const sampleAt = (second: number, part: Partial<Sample> = {}): Sample => ({
  at: begin + second * 1000, ms: 1000, people: 1000, server: 500, upload: 200, connected: 3, complete: 1, helping: 2, joined: 1, left: 0, rarestCopies: 2, meanCopies: 3.5, done: 0.5, ...part,
});
const filled = (seconds: number, part: (second: number) => Partial<Sample> = () => ({})): FiguresHistory => {
  const history = new FiguresHistory();
  for (let second = 1; second <= seconds; second++) history.add(sampleAt(second, part(second)));
  history.close();
  return history;
};

describe('the history of figures', () => {
  it('shows one point a second while it is short, and only steps that are over', () => {
    const history = new FiguresHistory();
    for (let second = 1; second <= 5; second++) history.add(sampleAt(second));
    expect(history.points()).toHaveLength(4);
    history.close();
    expect(history.points()).toHaveLength(5);
    expect(history.points()[0]).toEqual({
      at: begin, people: 1000, server: 500, upload: 200, connected: 3, complete: 1, helping: 2, joined: 1, left: 0, rarestCopies: 2, meanCopies: 3.5, done: 0.5,
    });
  });

  it('gives out only what is behind a time', () => {
    const history = filled(60);
    const points = history.points();
    expect(history.points(points[49]!.at)).toEqual(points.slice(50));
    expect(history.points(points.at(-1)!.at)).toEqual([]);
  });

  it('never has more than 1300 points: the step doubles, and a week fits in', () => {
    const history = new FiguresHistory();
    for (let second = 1; second <= 7 * 86_400; second++) {
      history.add(sampleAt(second));
      if (second % 5000 === 0) expect(history.points().length).toBeLessThanOrEqual(1300);
    }
    expect(history.stepMs).toBe(512_000);
    const points = history.points();
    for (const point of points.slice(1)) expect(point).toMatchObject({ people: 1000, server: 500 });
  });

  it('keeps the sum of bytes and of people who came and went exact, however long it gets', () => {
    fc.assert(fc.property(fc.array(fc.record({ bytes: fc.nat(1e9), joined: fc.nat(5), left: fc.nat(5), ms: fc.integer({ min: 500, max: 2000 }) }), { minLength: 1, maxLength: 4000 }), (seconds) => {
      const history = new FiguresHistory();
      let at = begin;
      for (const { bytes, ms, ...people } of seconds) history.add(sampleAt(0, { at: (at += ms), ms, people: bytes, ...people }));
      const kept = history.toJSON().steps;
      const sum = (column: number) => kept.reduce((all, row) => all + row[column]!, 0);
      expect(kept.length).toBeLessThanOrEqual(1300);
      expect(sum(2)).toBe(seconds.reduce((all, { bytes }) => all + bytes, 0));
      expect(sum(8)).toBe(seconds.reduce((all, { joined }) => all + joined, 0));
      expect(sum(9)).toBe(seconds.reduce((all, { left }) => all + left, 0));
      expect(kept.map(([first]) => first)).toEqual(kept.map(([first]) => first).toSorted((a, b) => a! - b!));
    }), { numRuns: 30 });
  });

  it('keeps the lowest number of copies of a step that was joined', () => {
    const history = filled(2000, (second) => ({ rarestCopies: second === 777 ? 0 : 4 }));
    expect(history.stepMs).toBe(2000);
    expect(history.points().filter(({ rarestCopies }) => rarestCopies === 0)).toHaveLength(1);
  });

  it('draws the line at rest where nothing was recorded', () => {
    const history = filled(10);
    history.add(sampleAt(600));
    history.close();
    const points = history.points();
    expect(points).toHaveLength(13);
    expect(points.slice(10, 12)).toEqual([
      expect.objectContaining({ at: begin + 10_000, people: 0, connected: 0, done: 0.5 }), expect.objectContaining({ at: begin + 598_000, people: 0, connected: 0, done: 0.5 }),
    ]);
  });

  it('survives a clock that is set back', () => {
    const history = filled(10);
    history.add(sampleAt(-3600));
    history.add(sampleAt(11));
    history.close();
    const times = history.points().map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(history.toJSON().steps.reduce((sum, row) => sum + row[2]!, 0)).toBe(12_000);
  });

  it('is the same after it was written and read, and goes on', () => {
    const history = filled(3000);
    const again = FiguresHistory.from(JSON.parse(JSON.stringify(history)) as { stepMs: number; steps: number[][] });
    expect(again.points()).toEqual(history.points());
    for (const one of [history, again]) {
      one.add(sampleAt(3010));
      one.close();
    }
    expect(again.points()).toEqual(history.points());
  });

  it('leaves out rows of a file that make no sense', () => {
    const { stepMs, steps } = filled(3).toJSON();
    const odd = [[1], [...steps[0]!.slice(0, 12), Number.NaN], ...steps, steps[0]!];
    expect(FiguresHistory.from({ stepMs, steps: odd }).points()).toHaveLength(3);
  });
});
