// What is opened of a drop, and what is refused: the rules of the command line, without its files.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOpenableName, readDroppedWords, readLink } from '../../../contract/openable.ts';

const magnet = `magnet:?xt=urn:btih:${'0'.repeat(40)}&dn=Open%20evening`;

describe('dropped words', () => {
  test.each([magnet, 'flashswarm:open?url=https%3A%2F%2Fexample.org%2Fa.evpack', `# from a browser\r\n${magnet}\r\nhttps://example.org/\r\n`, `  ${magnet}\n`])('open the link in %j', (words) => {
    expect(readDroppedWords(words)).toMatchObject({ kind: 'link', link: expect.stringMatching(/^(magnet:\?|flashswarm:open\?)\S+$/) });
  });

  test.each([
    ['https://example.org/x.torrent', 'Paste it into "Add"'], ['http://example.org/', 'Paste it into "Add"'], ['javascript:alert(1)', '"javascript:"'], ['data:text/html,x', '"data:"'],
    ['file:///etc/x.torrent', 'none of them'], ['0123456789abcdef0123456789abcdef01234567', 'none of them'], ['hello', 'none of them'], ['# only a comment', 'none of them'], ['\n \n', 'none of them'],
    ['magnet:?xt=a b', 'characters'], ['flashswarm:delete?all', 'not known'], [`magnet:?${'a'.repeat(100_001)}`, 'too long'],
  ])('%j is refused with a sentence', (words, sentence) => {
    expect(readDroppedWords(words)).toMatchObject({ kind: 'refused', message: expect.stringContaining(sentence) });
  });

  test('of 10,000 generated ones each is a strict link or a sentence with a short, plain label', () => {
    const piece = fc.constantFrom('magnet:?', 'MAGNET:?xt=urn:btih:', 'flashswarm:open?url=', 'flashswarm:', 'file:///', 'https://', '#', '\n', '\r\n', ' ', '"', '<', '\\', '\0', '\u202e', 'javascript:', '%00', 'a'.repeat(130));
    const words = fc.oneof(fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('')), fc.string({ unit: 'binary', maxLength: 60 }));
    fc.assert(fc.property(words, (text) => {
      const read = readDroppedWords(text);
      if (read.kind === 'link') expect(read.link).toMatch(/^(magnet:\?|flashswarm:open\?)[\x21-\x7e]+$/i);
      else expect(read.message.length).toBeGreaterThan(10);
      expect([read.label.length <= 121, /[\p{Cc}\u202e]/u.test(read.label)]).toEqual([true, false]);
    }), { numRuns: 10_000 });
  });
});

test('files are told by the end of their names', () => {
  expect(['a.torrent', 'B.EVPACK', 'a.torrent.exe', 'torrent', 'a.exe', '.torrent '].map(isOpenableName)).toEqual([true, true, false, false, false, false]);
});

test('what is no link is left to who knows files', () => {
  expect(['a.torrent', 'C:\\a.torrent', 'file:///a.torrent', ''].map(readLink)).toEqual([null, null, null, null]);
});
