// Which layers of a package download now: tables of what users see, and what holds for every package.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerProgress } from '../../../main/services/layer-order.ts';
import { layersToRun } from '../../../main/services/layer-order.ts';

const MB = 1_000_000;
const layer = (id: string, more: Partial<LayerProgress> = {}): LayerProgress => ({
  id, required: false, chosen: true, requires: [], order: 0, segment: null, complete: false, refused: false, missingBytes: 100 * MB, stalledMs: 0, running: false, ...more,
});
const segment = (number: number, more: Partial<LayerProgress> = {}) => layer(`s${number}`, { segment: number, order: 10, ...more });
const run = (layers: LayerProgress[], speed = 0, fromSegment: number | null = null) => [...layersToRun(layers, speed, { fromSegment })].sort().join(' ');

describe('what runs', () => {
  const core = layer('core', { required: true });
  const done = { complete: true, missingBytes: 0 };
  it.each<[string, LayerProgress[], string]>([
    ['required layers come first, together', [layer('a'), core, layer('base', { required: true })], 'base core'],
    ['required layers keep their order', [core, layer('later', { required: true, order: 1 })], 'core'],
    ['modules come after them, by order', [{ ...core, ...done }, layer('b', { order: 2 }), layer('a', { order: 1 }), layer('a2', { order: 1 })], 'a a2 core'],
    ['segments come by number', [segment(3), segment(1), segment(2)], 's1'],
    ['segments come by number, whatever their order says', [segment(1, { order: 3 }), segment(2, { order: 2 }), segment(3, { order: 1 })], 's1'],
    ['segments stand where the first of them stands', [segment(1, { order: 5 }), segment(2, { order: 1 }), layer('module', { order: 2 })], 's1'],
    ['what is left out is not fetched', [layer('a', { chosen: false }), layer('b', { order: 1 })], 'b'],
    ['what was refused is not fetched', [layer('a', { refused: true }), layer('b', { order: 1 })], 'b'],
    ['what was refused is not shared either', [layer('a', { refused: true, complete: true }), layer('b')], 'b'],
    ['what is complete shares, left out or not', [layer('a', done), layer('b', { ...done, chosen: false }), layer('c')], 'a b c'],
    ['a layer waits for what it requires', [layer('a', { requires: ['b'] }), layer('b', { order: 7 })], 'b'],
    ['what a required layer requires comes as early as that', [layer('core', { required: true, requires: ['lib'] }), layer('lib', { order: 9 }), layer('a')], 'lib'],
    ['what is required in turn comes as early too', [layer('a', { requires: ['b'] }), layer('b', { order: 5, requires: ['c'] }), layer('c', { order: 9 }), layer('d', { order: 1 })], 'c'],
    ['a layer that requires what is left out waits for ever, and holds nobody up', [layer('a', { requires: ['x'] }), layer('x', { chosen: false }), layer('b', { order: 1 })], 'b'],
    ['a layer that requires what nobody knows does too', [layer('a', { requires: ['x'] }), layer('b', { order: 1 })], 'b'],
    ['layers that require one another do too', [layer('a', { requires: ['c'] }), layer('c', { requires: ['a'] }), layer('b', { order: 1 })], 'b'],
  ])('%s', (_title, layers, expected) => {
    expect(run(layers)).toBe(expected);
  });

  it.each<[string, LayerProgress[], number, string]>([
    ['nothing is started ahead while much is missing', [layer('a', { missingBytes: 30 * MB, running: true }), layer('b', { order: 1 })], 10 * MB, 'a'],
    ['the next starts before the line idles', [layer('a', { missingBytes: 19 * MB, running: true }), layer('b', { order: 1 })], 10 * MB, 'a b'],
    ['the one after that too, when both are small', [layer('a', { missingBytes: 5 * MB }), layer('b', { order: 1, missingBytes: 5 * MB }), layer('c', { order: 2 })], 10 * MB, 'a b c'],
    ['but not when they are not', [layer('a', { missingBytes: 15 * MB }), layer('b', { order: 1, missingBytes: 15 * MB }), layer('c', { order: 2 })], 10 * MB, 'a b'],
    ['what was started ahead is not stopped by a small dip', [layer('a', { missingBytes: 30 * MB, running: true }), layer('b', { order: 1, running: true })], 10 * MB, 'a b'],
    ['but by a deep one', [layer('a', { missingBytes: 50 * MB, running: true }), layer('b', { order: 1, running: true })], 10 * MB, 'a'],
    ['a later one does not go on past an earlier one that waits',
      [layer('a', { missingBytes: 30 * MB, running: true }), layer('b', { order: 1 }), layer('c', { order: 2, running: true })], 10 * MB, 'a'],
    ['optional ones start later while what is required is missing', [layer('a', { required: true, missingBytes: 6 * MB, running: true }), layer('b')], 10 * MB, 'a'],
    ['and shortly before it is complete', [layer('a', { required: true, missingBytes: 4 * MB, running: true }), layer('b')], 10 * MB, 'a b'],
    ['what requires a layer starts when that is about to be complete', [layer('a', { missingBytes: 5 * MB, running: true }), layer('b', { requires: ['a'] })], 10 * MB, 'a b'],
    ['and not before', [layer('a', { missingBytes: 50 * MB, running: true }), layer('b', { requires: ['a'] })], 10 * MB, 'a'],
    ['one that nobody has holds nobody up', [layer('a', { stalledMs: 10_000, running: true }), layer('b', { order: 1 })], 0, 'a b'],
    ['one that is silent for a moment does', [layer('a', { stalledMs: 9_999, running: true }), layer('b', { order: 1 })], 0, 'a'],
    ['one that was not even started does', [layer('a', { stalledMs: Infinity, running: false }), layer('b', { order: 1 })], 0, 'a'],
    ['what requires one that nobody has still waits', [layer('a', { stalledMs: 20_000, running: true, missingBytes: 5 }), layer('b', { requires: ['a'] }), layer('c', { order: 1 })], 10 * MB, 'a c'],
    ['part of a group that nobody has holds nobody up, the rest of it does',
      [layer('a', { stalledMs: 20_000, running: true }), layer('a2', { running: true }), layer('b', { order: 1 })], 0, 'a a2'],
    ['one that is only being checked holds nobody up', [layer('a', { missingBytes: 0, running: true }), layer('b', { order: 1 })], 0, 'a b'],
  ])('%s', (_title, layers, speed, expected) => {
    expect(run(layers, speed)).toBe(expected);
  });
});

describe('a live package', () => {
  const segments = (count: number, complete: number[] = []) => Array.from({ length: count }, (_, n) => segment(n, complete.includes(n) ? { complete: true, missingBytes: 0 } : {}));

  it('is fetched from the segment at which one joined', () => {
    expect(run(segments(9), 0, 6)).toBe('s6');
    expect(run(segments(9, [6]), 0, 6)).toBe('s6 s7');
  });

  it('fills in what was missed afterwards, the newest of it first', () => {
    expect(run(segments(9, [6, 7, 8]), 0, 6)).toBe('s5 s6 s7 s8');
    expect(run(segments(9, [5, 6, 7, 8]), 0, 6)).toBe('s4 s5 s6 s7 s8');
  });

  it('never lets what was missed share the line with what is still to come, nor a later segment for long with the next one', () => {
    const ahead = segments(9, [6, 7]).map((one) => (one.id === 's8' ? { ...one, missingBytes: MB, running: true } : one));
    expect(run(ahead, 10 * MB, 6)).toBe('s6 s7 s8');
    const next = [segment(0, { missingBytes: 6 * MB, running: true }), segment(1)];
    expect(run(next, 10 * MB)).toBe('s0');
    expect(run([segment(0, { missingBytes: 4 * MB, running: true }), segment(1)], 10 * MB)).toBe('s0 s1');
  });

  it('leaves that for a new segment', () => {
    const layers = segments(10, [6, 7, 8]).map((one) => (one.id === 's5' ? { ...one, running: true } : one));
    expect(run(layers, MB, 6)).toBe('s6 s7 s8 s9');
  });

  it('fetches its modules before what was missed', () => {
    expect(run([...segments(9, [6, 7, 8]), layer('extras', { order: 99 })], 0, 6)).toBe('extras s6 s7 s8');
  });

  it('fetches what it requires first', () => {
    const layers = segments(3).map((one) => ({ ...one, requires: ['player'] }));
    expect(run([...layers, layer('player', { required: true, order: 99 })], 0, 2)).toBe('player');
  });
});

describe('whatever the layers are', () => {
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const layers = fc.uniqueArray(fc.record({
    id: fc.constantFrom(...ids), required: fc.boolean(), chosen: fc.boolean(), requires: fc.uniqueArray(fc.constantFrom(...ids), { maxLength: 2 }),
    order: fc.integer({ min: 0, max: 3 }), segment: fc.option(fc.nat(5)), complete: fc.boolean(), refused: fc.boolean(),
    missingBytes: fc.nat(100), stalledMs: fc.constantFrom(0, 5_000, 20_000, Infinity), running: fc.boolean(),
  }), { selector: ({ id }) => id }).map((all) => all.map((one) => (one.complete ? { ...one, missingBytes: 0 } : one)));
  const speed = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100, noNaN: true }));
  const fromSegment = fc.option(fc.nat(5));

  it('none runs before what it requires, none that must not, all that share', () => {
    fc.assert(fc.property(layers, speed, fromSegment, (all, bytesPerSecond, from) => {
      const running = layersToRun(all, bytesPerSecond, { fromSegment: from });
      for (const one of all) {
        if (one.refused) expect(running).not.toContain(one.id);
        else if (one.complete) expect(running).toContain(one.id);
        else if (!one.chosen) expect(running).not.toContain(one.id);
        if (one.complete || !running.has(one.id)) continue;
        for (const id of one.requires) {
          const needed = all.find((other) => other.id === id)!;
          expect(running).toContain(id);
          expect(needed.missingBytes === 0 || needed.missingBytes < bytesPerSecond * 4).toBe(true);
          expect(needed.complete || !needed.running || needed.stalledMs < 10_000).toBe(true);
        }
      }
    }), { numRuns: 2_000 });
  });

  it('something moves whenever something may', () => {
    fc.assert(fc.property(layers, speed, fromSegment, (all, bytesPerSecond, from) => {
      const running = layersToRun(all, bytesPerSecond, { fromSegment: from });
      const isHere = (id: string) => all.some((one) => one.id === id && one.complete && !one.refused);
      const isStalled = (one: LayerProgress) => one.running && one.stalledMs >= 10_000;
      const could = all.filter((one) => one.chosen && !one.complete && !one.refused && one.requires.every(isHere));
      if (could.some((one) => !isStalled(one))) expect(could.some((one) => running.has(one.id) && !isStalled(one))).toBe(true);
      for (const one of could.filter(isStalled)) if (!could.some((other) => !isStalled(other))) expect(running).toContain(one.id);
    }), { numRuns: 2_000 });
  });

  it('the order in which they are listed changes nothing', () => {
    fc.assert(fc.property(layers.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))), speed, fromSegment, ([all, shuffled], bytesPerSecond, from) => {
      expect(layersToRun(shuffled, bytesPerSecond, { fromSegment: from })).toEqual(layersToRun(all, bytesPerSecond, { fromSegment: from }));
    }));
  });
});
