// Patterns that choose a layer's files.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignToLayers, expandBraces, readPattern } from '../../../main/package/layer-globs.ts';

const paths = ['readme.txt', 'core/game.bin', 'core/data/a.pak', 'core/data/b.pak', 'extra/music.ogg', 'extra/art/x.png', 'extra/art/y.jpg', 'core2/z'];
const chosen = (pattern: string) => paths.filter(readPattern(pattern)!);

describe('a pattern', () => {
  it.each([
    ['**', paths],
    ['**/*', paths],
    ['*', ['readme.txt']],
    ['*/*', ['core/game.bin', 'extra/music.ogg', 'core2/z']],
    ['core/**', ['core/game.bin', 'core/data/a.pak', 'core/data/b.pak']],
    ['core/*', ['core/game.bin']],
    ['**/*.pak', ['core/data/a.pak', 'core/data/b.pak']],
    ['core/data/?.pak', ['core/data/a.pak', 'core/data/b.pak']],
    ['core/data/{a,c}.pak', ['core/data/a.pak']],
    ['{core,extra}/*.{bin,ogg}', ['core/game.bin', 'extra/music.ogg']],
    ['extra/art/{x.{png,gif},y.*}', ['extra/art/x.png', 'extra/art/y.jpg']],
    ['extra/**/*.{png,jpg}', ['extra/art/x.png', 'extra/art/y.jpg']],
  ])('%s chooses what it says', (pattern, expected) => expect(chosen(pattern)).toEqual(expected));

  it.each([
    ['readme.txt', ['readme.txt']],
    ['./core/game.bin', ['core/game.bin']],
    ['core', ['core/game.bin', 'core/data/a.pak', 'core/data/b.pak']],
    ['core/', ['core/game.bin', 'core/data/a.pak', 'core/data/b.pak']],
    ['*/data/', ['core/data/a.pak', 'core/data/b.pak']],
    ['.', paths],
    ['cor', []],
  ])('%s without wildcards names a file, or a folder with all that is in it', (pattern, expected) => expect(chosen(pattern)).toEqual(expected));

  it('takes letters that look like patterns elsewhere as they are', () => {
    for (const path of ['a[1].txt', 'b{x}.txt', 'c(+).txt', '$d^.txt', 'é e.txt', 'a{b,c}']) expect(readPattern(path)!(path)).toBe(true);
    expect(readPattern('a[1].txt')!('a1.txt')).toBe(false);
    expect(readPattern('?.txt')!('😀.txt')).toBe(true);
  });

  it('does not take forever, nor more alternatives than anybody writes', () => {
    expect(readPattern('*a'.repeat(200))!('a'.repeat(2_000))).toBe(true);
    expect(readPattern('{a,b}'.repeat(60))).toBeNull();
    expect(readPattern('')).toBeNull();
    expect(readPattern('a'.repeat(1_001))).toBeNull();
    expect(expandBraces('{a,b}{c,d}')).toEqual(['ac', 'ad', 'bc', 'bd']);
  });

  it('made of any path itself chooses that path', () => {
    const part = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !text.includes('/'));
    fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      const test = readPattern(parts.join('/'));
      return test === null ? false : test(parts.join('/'));
    }));
  });
});

it('each file goes to its layer; what none or several want is said', () => {
  const tests = ['core/**', '**/*.{bin,png}'].map((pattern) => readPattern(pattern)!);
  expect(assignToLayers(paths, tests)).toEqual({
    byLayer: [[1, 2, 3], [1, 5]], left: [0, 4, 6, 7], contested: [{ file: 1, layers: [0, 1] }],
  });
});
