// Layers that come along with others, in an event package that is opened and in one that is made.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { assignToLayers, readPattern as readInCore } from '../../../main/package/layer-globs.ts';
import { divide, patternFor, readPattern, topFolders } from '../../../renderer/layer-match.ts';
import { neededBy, needs, optionalOf, withRequired } from '../../../renderer/layers.ts';

const layers = [
  { id: 'core', title: 'Core', required: true, requires: [] },
  { id: 'voices', title: 'Voices', required: false, requires: ['core'] },
  { id: 'films', title: 'Films', required: false, requires: ['voices'] },
  { id: 'art', title: 'Art', required: false, requires: ['films', 'nothing-here'] },
  { id: 'loop', title: 'Loop', required: false, requires: ['loop'] },
];

describe('choosing layers', () => {
  it('always takes the required ones', () => expect([...withRequired(layers, new Set())]).toEqual(['core']));
  it('takes along what the chosen ones need, however far', () => expect(withRequired(layers, new Set(['art']))).toEqual(new Set(['core', 'art', 'films', 'voices'])));
  it('bears a layer that needs itself or one that is not there', () => expect(withRequired(layers, new Set(['loop', 'missing']))).toEqual(new Set(['core', 'loop'])));
  it('says for whom a layer came along, and what one would bring', () => {
    const wanted = withRequired(layers, new Set(['films']));
    expect(neededBy(layers, wanted, 'voices')).toEqual(['Films']);
    expect(neededBy(layers, wanted, 'films')).toEqual([]);
    expect(needs(layers, 'art')).toEqual(['Voices', 'Films']);
    expect(needs(layers, 'core')).toEqual([]);
  });
  it('names the optional ones alone to the core', () => expect(optionalOf(layers, withRequired(layers, new Set(['films'])))).toEqual(['voices', 'films']));
});

describe('dividing a folder into layers', () => {
  const paths = ['core/a', 'core/b.mkv', 'core/deep/c', 'films/d.mkv', 'films/{odd},name*', 'notes', 'x/y/z'];
  const files = paths.map((path, index) => ({ path, length: 2 ** index }));

  it.each(['**', '*', '*.mkv', '**/*.mkv', 'core', 'core/', './core/**', 'core/*', 'cor?/**', '{core,x}', '{core/*,x/**}', 'films/{odd},name*', 'nothing', '', '/', '{a}', 'core/deep'])(
    'reads %s as the core does', (pattern) => {
      const inCore = readInCore(pattern);
      expect(paths.filter(readPattern(pattern))).toEqual(inCore ? paths.filter(inCore) : []);
    },
  );
  it('reads any pattern as the core does', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '/', '{', '}', ',', '.'), maxLength: 12 });
    const path = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '.', ',', '{'), minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
    fc.assert(fc.property(word, path, (pattern, one) => readPattern(pattern)(one) === (readInCore(pattern)?.(one) ?? false)), { numRuns: 5000 });
  });
  it('answers quickly whatever the pattern', () => expect(readPattern(`${'*a'.repeat(400)}b`)('a'.repeat(400))).toBe(false));

  it('tells what each layer gets, what is left and what more than one would get', () => {
    const { layers: shares, left, contested } = divide(files, ['core', '**/*.mkv']);
    expect(shares.map((share) => share.files)).toEqual([3, 2]);
    expect(left.paths).toEqual(['films/{odd},name*', 'notes', 'x/y/z']);
    expect(contested).toEqual({ files: 1, bytes: 2, paths: ['core/b.mkv'] });
    expect(topFolders(files)).toEqual(['core', 'films', 'x']);
  });
  it('gives ** alone what the others leave', () => {
    const { layers: shares, left, contested } = divide(files, ['**', 'core/deep', 'films']);
    expect(shares[0]?.paths).toEqual(['core/a', 'core/b.mkv', 'notes', 'x/y/z']);
    expect([left.files, contested.files]).toEqual([0, 0]);
    expect(patternFor(paths, shares[0]?.paths ?? [])).toBe('{core/a,core/b.mkv,notes,x/**}');
  });
  it('finds a pattern for any rest that the core reads as just that, or none', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'a*', '{x,y}', 'a,b', '?');
    const folder = fc.uniqueArray(fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')), { minLength: 2, maxLength: 12 });
    fc.assert(fc.property(folder, fc.infiniteStream(fc.boolean()), (all, coins) => {
      const distinct = all.filter((path) => !all.some((other) => other.startsWith(`${path}/`))); // a file is no folder
      const wanted = distinct.filter(() => coins.next().value);
      const pattern = patternFor(distinct, wanted);
      if (pattern === null) return;
      expect(assignToLayers(distinct, [readInCore(pattern) ?? (() => false)]).byLayer[0]?.map((at) => distinct[at])).toEqual(wanted);
    }), { numRuns: 2000 });
  });
  it('finds none where the rest is too varied', () => {
    const many = Array.from({ length: 900 }, (_, index) => `folder/file-${index}`);
    expect(patternFor(many, many.filter((_, index) => index % 2 === 0))).toBe(null);
  });
});
