import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { FiguresPoint, Incident, PackageFigures } from '../../../contract/index.ts';
import { figuresFileName } from '../../../renderer/actions/figures.ts';
import { COPIES_HEIGHT, copiesShape } from '../../../renderer/features/event/copies-shape.ts';
import { crowdSentences, incidentDetail, isMeasured, sharePercent } from '../../../renderer/features/event/crowd-words.ts';
import { calmed, linesOf, readingAt, roundUp, spread, windowOf } from '../../../renderer/features/event/plot-data.ts';
import { withNews } from '../../../renderer/figures-merge.ts';
import { texts } from '../../../renderer/i18n.ts';
import { figuresOf } from '../../support/fake-figures.ts';
import { stateOf, summaryOf } from '../../support/fake-world.ts';

const known = figuresOf('a'.repeat(40), 'Northwind', 90);
const point = (at: number, part: Partial<FiguresPoint> = {}): FiguresPoint => ({ ...known.now, at, ...part });
const withPoints = (points: FiguresPoint[], stepMs = 1000): PackageFigures => ({ ...known, history: { stepMs, points } });

describe('figures that come in', () => {
  it('are joined to the history without a point twice', () => {
    const { at } = known.now;
    const next = withNews(known, { ...withPoints([point(at), point(at + 1000), point(at + 2000)]), originShare: 0.5 });
    expect(next?.history.points.map((one) => one.at).slice(-3)).toEqual([at, at + 1000, at + 2000]);
    expect(next?.history.points).toHaveLength(known.history.points.length + 2);
    expect(next?.originShare).toBe(0.5);
  });

  it('keep the same points where none is new, so that nothing is drawn again', () => {
    expect(withNews(known, withPoints([]))?.history.points).toBe(known.history.points);
  });

  it('are asked for in whole where the step changed or points were missed', () => {
    expect(withNews(known, withPoints([point(known.now.at + 2000)], 2000))).toBeNull();
    expect(withNews(known, withPoints([point(known.now.at + 60_000)]))).toBeNull();
  });

  it('never grow beyond what the contract allows', () => {
    const long = withPoints(Array.from({ length: 1300 }, (_, index) => point(index * 1000)));
    expect(withNews(long, withPoints([point(1_300_000)]))?.history.points).toHaveLength(1300);
  });
});

describe('the lines of the plots', () => {
  it('are means of five seconds up to each moment; what was drawn stays when points are added', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 0, max: 1e9 }), { minLength: 2, maxLength: 40 }), (values) => {
      const at = values.map((_, index) => index * 1000);
      const whole = calmed(values, at, 1000);
      const before = calmed(values.slice(0, -1), at.slice(0, -1), 1000);
      expect(whole.slice(0, -1)).toEqual(before);
      for (const [index, value] of whole.entries()) {
        const seen = values.slice(Math.max(0, index - 4), index + 1);
        expect(value).toBeCloseTo(seen.reduce((all, one) => all + one, 0) / seen.length, 3);
      }
    }));
  });

  it('fall at once where nothing moved for long, and do not slope over the pause', () => {
    const at = [0, 1000, 2000, 3000, 500_000, 501_000];
    expect(calmed([100, 100, 100, 0, 0, 100], at, 1000)).toEqual([100, 100, 100, 0, 0, 50]);
  });

  it('stack servers on people, and read a moment or the newest', () => {
    const lines = linesOf(known);
    expect(lines.received[10]).toBeCloseTo(lines.people[10]! + lines.server[10]!, 5);
    expect(readingAt(lines, 10).server).toBe(lines.server[10]);
    expect(readingAt(lines, null)).toBe(lines.newest);
    expect(lines.newest.helping).toBe(lines.helping.at(-1));
  });

  it('say what is now, not what was last recorded, once nothing moves', () => {
    const quiet = { ...known.now, at: known.now.at + 60_000, people: 0, server: 0, upload: 0, helping: 0, connected: 3 };
    expect(linesOf({ ...known, now: quiet }).newest).toEqual({ people: 0, server: 0, given: 0, helping: 0, connected: 3 });
  });
});

describe('the axes', () => {
  it('of time stand still for a while and always show every point', () => {
    expect(windowOf([5_000, 25_000])).toEqual({ from: 5_000, to: 65_000 });
    expect(windowOf([0, 59_000]).to).toBe(windowOf([0, 1_000]).to);
    fc.assert(fc.property(fc.integer({ min: 0, max: 4e9 }), (length) => {
      expect(windowOf([7, 7 + length]).to).toBeGreaterThanOrEqual(7 + length);
    }));
  });

  it('of values end at a round number that is not much too large', () => {
    expect([0, 1, 3, 5, 6.1, 6e6, 9.2e6].map((value) => roundUp(value, 4))).toEqual([4, 4, 4, 6, 8, 6e6, 1e7]);
    fc.assert(fc.property(fc.double({ min: 4, max: 1e12, noNaN: true }), (value) => {
      const end = roundUp(value, 4);
      expect(end).toBeGreaterThanOrEqual(value * (1 - 1e-6));
      expect(end).toBeLessThanOrEqual(value * 2.01);
    }));
  });

  it('of a table are spread evenly, the newest among them', () => {
    expect(spread(3, 5)).toEqual([0, 1, 2]);
    expect(spread(101, 5)).toEqual([0, 25, 50, 75, 100]);
  });
});

describe('the copies of each piece', () => {
  const topOf = (most: number): number => roundUp(most, 4);

  it('are drawn one bar each, the rarest marked', () => {
    const shape = copiesShape([3, 1, 4, 1], 400, topOf)!;
    expect(shape).toMatchObject({ bars: 4, top: 4, fewest: 1, most: 4, mean: 2.25, rarest: 2 });
    expect(shape.rare.match(/M/g)).toHaveLength(2);
    expect(shape.usual.match(/M/g)).toHaveLength(2);
    expect(shape.usual).toContain(`V${COPIES_HEIGHT - 75}`);
    expect(shape.marks.match(/M/g)).toHaveLength(2);
  });

  it('show a piece that nobody has by its mark', () => {
    const shape = copiesShape([2, 0], 400, topOf)!;
    expect([shape.rare, shape.marks === '']).toEqual(['', false]);
  });

  it('mark nothing where all are around equally often, and know nothing without pieces', () => {
    expect(copiesShape([2, 2, 2], 400, topOf)).toMatchObject({ rare: '', marks: '' });
    expect(copiesShape([], 400, topOf)).toBeNull();
  });

  it('mark each stretch in which a rare piece is', () => {
    const shape = copiesShape(Array.from({ length: 1000 }, (_, index) => (index === 777 ? 1 : 5)), 300, topOf)!;
    expect(shape.bars).toBe(100);
    expect(shape.marks).toBe('M77 0H78V1H77Z');
  });
});

describe('the sentence', () => {
  const one = summaryOf(0, { name: 'Northwind', state: stateOf('downloading', 'going'), size: 1e9, done: 0.5 });
  const newest = { people: 6e6, server: 0, given: 0, connected: 24, helping: 17.8 };
  const say = (figures: PackageFigures, facts = one, reading = newest): string => crowdSentences(figures, facts, reading).map(({ key, values }) => texts.t(key, values)).join(' ');

  it('says who helps and what share came from the server', () => {
    expect(say({ ...known, originShare: 0.12 })).toBe('18 people help you. 12 % came from the server.');
    expect(say({ ...known, originShare: 0 }, one, { ...newest, helping: 1 })).toBe('1 person helps you. Everything came from people.');
    expect(say({ ...known, originShare: null })).toBe('18 people help you.');
  });

  it('says it when nobody helps', () => {
    const alone = { ...newest, helping: 0 };
    expect(say({ ...known, originShare: 1 }, one, { ...alone, server: 5e6 })).toBe('It comes from the server for now.');
    expect(say({ ...known, originShare: 0.9 }, one, { ...alone, server: 5e6 })).toBe('It comes from the server for now. 90 % came from the server.');
    expect(say({ ...known, originShare: null }, one, alone)).toBe('24 people are connected and have nothing new for you right now.');
    expect(say({ ...known, originShare: null }, one, { ...alone, connected: 0 })).toBe('Nobody is connected right now.');
  });

  it('says how it went at the end', () => {
    const done = { ...one, completedAt: 1, state: stateOf('seeding', 'sharing'), peers: { ...one.peers, receiving: 4 } };
    expect(say({ ...known, startedAt: 0, completedAt: 185_000, originShare: 0.004 }, done)).toBe('It took 3 min. 1 % came from the server. You help 4 people now.');
    expect(say({ ...known, startedAt: 0, completedAt: 1000, originShare: null }, { ...done, peers: one.peers })).toBe('Everything is here.');
  });

  it('says nobody helps a download that is stopped', () => {
    expect(say({ ...known, originShare: 0.12 }, { ...one, state: stateOf('problem', 'disk-full') })).toBe('12 % came from the server.');
  });

  it('says nothing of now while the engine is away', () => {
    const say = (facts: typeof one): string => crowdSentences({ ...known, originShare: 0.12 }, facts, null).map(({ key, values }) => texts.t(key, values)).join(' ');
    expect(say(one)).toBe('12 % came from the server.');
    expect(say({ ...one, completedAt: 1, peers: { ...one.peers, receiving: 4 } })).not.toContain('now');
  });

  it('rounds a share to neither nothing nor everything', () => {
    expect([0, 0.001, 0.126, 0.999, 1].map(sharePercent)).toEqual(['0 %', '1 %', '13 %', '99 %', '100 %']);
  });

  it('knows when nothing was measured', () => {
    expect(isMeasured(known)).toBe(true);
    expect(isMeasured({ ...withPoints([]), bytes: { ...known.bytes, people: 0, server: 0, uploaded: 0 } })).toBe(false);
  });
});

it('says in words why something happened, and adds nothing that was said', () => {
  const detail = (kind: Incident['kind'], words: string | null): unknown => incidentDetail({ at: 0, kind, detail: words });
  expect(detail('more-server', 'rare-pieces')).toEqual({ key: 'crowd.reason.rare-pieces' });
  expect(texts.exists('crowd.reason.rare-pieces')).toBe(true);
  expect(detail('less-server', 'rare-pieces')).toBeNull();
  expect(detail('transport-chosen', 'uTP')).toEqual({ words: 'uTP' });
  expect(detail('server-failed', 'cdn.example: 503')).toEqual({ words: 'cdn.example: 503' });
  expect(detail('peer-banned', 'sent wrong data')).toBeNull();
  expect(detail('stalled', null)).toBeNull();
});

it('names the file of the figures after the package, whatever its name is', () => {
  expect(figuresFileName('Northwind: Nights / "2"', 'csv')).toBe('flashswarm-Northwind-Nights-2-figures.csv');
  expect(figuresFileName('///', 'json')).toBe('flashswarm-figures.json');
});
