// What a person compares: a public key's fingerprint as hex digits and as words.
import { createHash } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';

const hexDigits = 40;
const wordCount = 12;
const bitsPerWord = 11;
/** More than either spelling needs. */
const maxTextLength = 512;

/**
 * Both spellings are beginnings of the SHA-256 of the 32 key bytes: `hex` its first 20 bytes (40 digits, lower case), `words` its first 132 bits as
 * 12 words of BIP 39's English list (without that list's checksum: this is no wallet).
 */
export function fingerprint(key: Uint8Array): { hex: string; words: string[] } {
  const digest = createHash('sha256').update(key).digest();
  const bits = BigInt(`0x${digest.toString('hex')}`) >> BigInt(digest.length * 8 - wordCount * bitsPerWord);
  const words = Array.from({ length: wordCount }, (_, index) => wordlist[Number(bits >> BigInt((wordCount - 1 - index) * bitsPerWord) & 0x7ffn)]!);
  return { hex: digest.toString('hex').slice(0, hexDigits), words };
}

/** Groups of four digits with spaces between them. */
export function formatFingerprint(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(' ') ?? '';
}

/**
 * Whether `text` is the whole fingerprint of `key`: 40 hex digits in either case, or the 12 words in their order, with whatever spaces, hyphens, colons,
 * dots or commas between them. A beginning never matches: a key with a given beginning is made in seconds.
 */
export function matchesFingerprint(key: Uint8Array, text: string): boolean {
  return saysFingerprint(fingerprint(key), text);
}

/** The same for a fingerprint that is known without its key. */
export function saysFingerprint({ hex, words }: { hex: string; words: readonly string[] }, text: string): boolean {
  if (text.length > maxTextLength) return false;
  const parts = text.toLowerCase().split(/[\s:.,\u2010-\u2015-]+/u).filter((part) => part !== '');
  return parts.join('') === hex || parts.join(' ') === words.join(' ');
}
