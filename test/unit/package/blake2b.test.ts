// The system's BLAKE2b and the one in JavaScript are the same.
import { blake2b } from '@noble/hashes/blake2.js';
import { expect, test } from 'vitest';
import { blake2b512 } from '../../../main/package/blake2b.ts';

test.each([0, 1, 127, 128, 129, 1000, 100_000])('hashes %d bytes as RFC 7693 does, whichever library does it', (length) => {
  const bytes = Uint8Array.from({ length }, (_, index) => index * 7);
  expect(Buffer.from(blake2b512(bytes)).toString('hex')).toBe(Buffer.from(blake2b(bytes)).toString('hex'));
});

test('gives the value of the RFC for "abc"', () => {
  expect(Buffer.from(blake2b512(Buffer.from('abc'))).toString('hex')).toBe(
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  );
});
