// What `get --files` means.
import { describe, expect, it } from 'vitest';
import { matchesPattern } from '../../../main/cli/file-pattern.ts';

describe('a file pattern', () => {
  it.each([
    ['*.mkv', 'show/s1/e1.mkv'], ['*', 'a'], ['e?.mkv', 'show/e1.mkv'], ['e1.mkv', 'show/e1.mkv'], ['show/e1.mkv', 'show/e1.mkv'],
    ['s1/*.mkv', 'show/s1/e1.mkv'], ['show/**', 'show/s1/e1.mkv'], ['**/*.mkv', 'show/s1/e1.mkv'], ['**/e1.mkv', 'show/e1.mkv'],
    ['show/**/e1.mkv', 'show/e1.mkv'], ['./s1/e1.mkv', 'show/s1/e1.mkv'], ['a*b*c', 'x/aXbYbZc'], ['[x].txt', 'd/[x].txt'], ['é?', 'd/é😀'],
    ['s1/e1.mkv', 'show\\s1\\e1.mkv'], ['a/b', 'a/b'],
  ])('%s means %s', (pattern, path) => expect(matchesPattern(pattern, path)).toBe(true));

  it.each([
    ['*.mkv', 'show/e1.mkv.txt'], ['*.mkv', 'x.mkv/readme'], ['s1/*.mkv', 'show/s1/extra/e1.mkv'], ['s1', 'show/s1/e1.mkv'], ['?', 'ab'],
    ['E1.mkv', 'show/e1.mkv'], ['', 'a'], ['.', 'a'], ['a.c', 'abc'], ['**/x', 'x/y'],
  ])('%s does not mean %s', (pattern, path) => expect(matchesPattern(pattern, path)).toBe(false));

  it('has its work bounded by the lengths: no pattern makes it try combinations', () => {
    expect(matchesPattern(`${'*a'.repeat(400)}b`, 'a'.repeat(2_000))).toBe(false);
    expect(matchesPattern(`${'**/a/'.repeat(150)}b`, 'a/'.repeat(200) + 'a')).toBe(false);
    expect(matchesPattern('*'.repeat(2_000), 'a')).toBe(false);
  });
});
