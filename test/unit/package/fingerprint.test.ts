// The fingerprint that a person compares: what it is made of, and that nothing but the whole of it matches.
import { createHash } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomKeyPair } from '../../../main/package/ed25519.ts';
import { fingerprint, formatFingerprint, matchesFingerprint } from '../../../main/package/fingerprint.ts';

const keys = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('a fingerprint', () => {
  it('is the beginning of the SHA-256 of the key, as 40 digits and as 12 words', () => {
    const { hex, words } = fingerprint(new Uint8Array(32));
    expect(hex).toBe('66687aadf862bd776c8fc18b8e9f8e2008971485');
    expect(words).toHaveLength(12);
    // SHA-256 of 32 zero bytes begins with 66687a...: 01100110011 = 819, 01000011110 = 542
    expect(words.slice(0, 2)).toEqual([wordlist[819], wordlist[542]]);
  });

  it('says the same in both spellings, for any key', () => {
    fc.assert(fc.property(keys, (key) => {
      const { hex, words } = fingerprint(key);
      const bits = words.map((word) => wordlist.indexOf(word).toString(2).padStart(11, '0')).join('');
      const digest = createHash('sha256').update(key).digest('hex');
      expect(digest.startsWith(hex)).toBe(true);
      expect(BigInt(`0b${bits}`)).toBe(BigInt(`0x${digest.slice(0, 33)}`));
    }));
  });

  it('is shown in groups of four', () => {
    expect(formatFingerprint('66687aadf862bd776c8fc18b8e9f8e2008971485')).toBe('6668 7aad f862 bd77 6c8f c18b 8e9f 8e20 0897 1485');
  });
});

describe('a fingerprint that was read out or pasted', () => {
  it('matches in either case, grouped or not, and as words', () => {
    fc.assert(fc.property(keys, fc.constantFrom(' ', ':', '-', '\n', ', ', '\u00a0', ''), (key, between) => {
      const { hex, words } = fingerprint(key);
      for (const text of [hex, hex.toUpperCase(), formatFingerprint(hex), ` ${formatFingerprint(hex).replaceAll(' ', between)}\n`]) expect(matchesFingerprint(key, text)).toBe(true);
      if (between !== '') for (const text of [words.join(between), `${words.join(between).toUpperCase()} `]) expect(matchesFingerprint(key, text)).toBe(true);
    }));
  });

  it('never matches by a part, with more after it, or for another key', () => {
    const key = randomKeyPair().publicKey;
    const { hex, words } = fingerprint(key);
    const digest = createHash('sha256').update(key).digest('hex');
    for (let length = 0; length < 40; length++) expect(matchesFingerprint(key, hex.slice(0, length))).toBe(false);
    for (let count = 0; count < 12; count++) expect(matchesFingerprint(key, words.slice(0, count).join(' '))).toBe(false);
    for (const text of [
      '', ' ', digest, `${hex}0`, `0x${hex}`, `${hex} ${words.join(' ')}`, [...words, words[0]].join(' '), [...words].reverse().join(' '),
      words.map((word) => word.slice(0, 4)).join(' ') + ' x', words.join(''), hex + ' '.repeat(600), hex.slice(1), hex.slice(0, 39) + 'g',
    ]) expect(matchesFingerprint(key, text)).toBe(false);
    const other = fingerprint(randomKeyPair().publicKey);
    expect([matchesFingerprint(key, other.hex), matchesFingerprint(key, other.words.join(' '))]).toEqual([false, false]);
  });
});
