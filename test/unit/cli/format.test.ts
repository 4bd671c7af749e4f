// Numbers and strangers' names on a terminal.
import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatPieceSize, parseSize, printable, shortened } from '../../../main/cli/format.ts';

describe('formats', () => {
  it.each([[0, '0 B'], [999, '999 B'], [1000, '1.0 kB'], [1_234_567, '1.2 MB'], [99_960, '100 kB'], [999_600, '1.0 MB'], [64 * 1024 ** 2, '67.1 MB'], [5e15, '5.0 PB']])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  it.each([[0, '0:00'], [75, '1:15'], [3700, '1:01:40'], [86_400, '24:00:00'], [300_000, '3 days']])('%d seconds are %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
  it.each([['256K', 262_144], ['1M', 1_048_576], ['16KiB', 16_384], ['65536', 65_536], ['x', null], ['1.5M', null], ['', null]])('the size %s is %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it('names piece sizes as they are known', () => expect([16_384, 262_144, 4_194_304].map(formatPieceSize)).toEqual(['16 KiB', '256 KiB', '4 MiB']));
});

describe('a stranger\'s name', () => {
  it('cannot move the cursor, colour the terminal, or hide its end', () => {
    expect(printable('a\x1b[2Jb\r\n\x07c\u202Etxt.exe\u2028\u0085')).toBe('a\uFFFD[2Jb\uFFFD\uFFFD\uFFFDc\uFFFDtxt.exe\uFFFD\uFFFD');
    expect(printable('Ünïcode 😀 名前')).toBe('Ünïcode 😀 名前');
  });
  it('is shortened in its middle', () => {
    expect(shortened('abcdefghij', 10)).toBe('abcdefghij');
    expect(shortened('abcdefghijk', 10)).toBe('abcde…hijk');
    expect([...shortened('😀'.repeat(30), 10)].length).toBe(10);
  });
});
