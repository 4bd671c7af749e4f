// Layers that come along with others, in an event package that is opened and in one that is made.
import { describe, expect, it } from 'vitest';
import { divide, matchesPattern, topFolders } from '../../../renderer/layer-match.ts';
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
  it.each([
    ['**', 'a/b/c.txt', true], ['*.txt', 'a/b/c.txt', true], ['*.txt', 'a/b/c.mkv', false], ['a/**', 'a/b/c.txt', true], ['a/**', 'b/a/c.txt', false], ['a/*', 'a/b/c.txt', false],
    ['**/c.*', 'c.txt', true], ['**/c.*', 'a/b/c.txt', true], ['a/?/c.txt', 'a/b/c.txt', true], ['a/?/c.txt', 'a/bb/c.txt', false], ['./a/**', 'a/x', true], ['', 'a', false],
    ['[a].txt', 'a.txt', false], ['[a].txt', '[a].txt', true],
  ])('%s means %s: %s', (pattern, path, means) => expect(matchesPattern(pattern, path)).toBe(means));
  it('answers quickly whatever the pattern', () => expect(matchesPattern(`${'*a'.repeat(400)}b`, 'a'.repeat(400))).toBe(false));
  it('gives each file to the first layer that means it, and tells what is left', () => {
    const files = [{ path: 'core/a', length: 1 }, { path: 'core/b.mkv', length: 2 }, { path: 'films/c.mkv', length: 4 }, { path: 'notes', length: 8 }];
    const { layers: shares, left } = divide(files, ['core/**', '*.mkv', '']);
    expect(shares).toEqual([{ files: 2, bytes: 3 }, { files: 1, bytes: 4 }, { files: 0, bytes: 0 }]);
    expect(left).toEqual({ files: 1, bytes: 8, paths: ['notes'] });
    expect(topFolders(files)).toEqual(['core', 'films']);
  });
});
