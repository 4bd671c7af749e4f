// Encrypted keys made by hand: what the standard allows is opened, and no cost or shape that a hostile file may name does harm.
import { createCipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPbes2 } from '../../../main/package/pbes2.ts';
import { packageErrorCode } from '../../support/package-error-code.ts';

const plain = Buffer.from('302e020100300506032b657004220420'.padEnd(96, '1'), 'hex');
const salt = Buffer.alloc(16, 5);
const iv = Buffer.alloc(16, 6);

const element = (tag: number, ...contents: Uint8Array[]) => {
  const content = Buffer.concat(contents);
  const length = content.length < 0x80 ? [content.length] : content.length < 0x100 ? [0x81, content.length] : [0x82, content.length >> 8, content.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const sequence = (...contents: Uint8Array[]) => element(0x30, ...contents);
const oid = (hex: string) => element(0x06, Buffer.from(hex, 'hex'));
const octets = (bytes: Uint8Array) => element(0x04, bytes);
const number = (value: number | string) => {
  const hex = typeof value === 'string' ? value : value.toString(16);
  const even = hex.length % 2 ? `0${hex}` : hex;
  return element(0x02, Buffer.from(typeof value === 'number' && Number.parseInt(even.slice(0, 2), 16) >= 0x80 ? `00${even}` : even, 'hex'));
};
const pbkdf2 = (...parameters: Uint8Array[]) => sequence(oid('2a864886f70d01050c'), sequence(octets(salt), ...parameters));
const scrypt = (...parameters: Uint8Array[]) => sequence(oid('2b06010401da47040b'), sequence(octets(salt), ...parameters));
const prf = (last: string) => sequence(oid(`2a864886f70d02${last}`), Buffer.from([5, 0]));

function file(kdf: Uint8Array, key: Uint8Array = Buffer.alloc(32), { cipher = '2a', scheme = '2a864886f70d01050d' } = {}): Buffer {
  const sealing = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv);
  const sealed = Buffer.concat([sealing.update(plain), sealing.final()]);
  return sequence(sequence(oid(scheme), sequence(kdf, sequence(oid(`6086480165030401${cipher}`), octets(iv)))), octets(sealed));
}

describe('a key that is encrypted as the standard allows', () => {
  it.each([['07', 'sha1'], ['08', 'sha224'], ['09', 'sha256'], ['0a', 'sha384'], ['0b', 'sha512']])('is opened: PBKDF2 with %s (%s)', async (last, digest) => {
    const made = file(pbkdf2(number(1000), prf(last)), pbkdf2Sync('a', salt, 1000, 32, digest));
    expect(await openPbes2(made, 'a')).toEqual(plain);
    expect(await packageErrorCode(() => openPbes2(made, null))).toBe('bad-password');
  });

  it('is opened with SHA-1 when nothing is said, with a length of the key that fits, and with shorter keys', async () => {
    expect(await openPbes2(file(pbkdf2(number(7)), pbkdf2Sync('a', salt, 7, 32, 'sha1')), 'a')).toEqual(plain);
    expect(await openPbes2(file(pbkdf2(number(7), number(32), prf('09')), pbkdf2Sync('a', salt, 7, 32, 'sha256')), 'a')).toEqual(plain);
    expect(await openPbes2(file(pbkdf2(number(7), number(24)), pbkdf2Sync('a', salt, 7, 24, 'sha1'), { cipher: '16' }), 'a')).toEqual(plain);
    expect(await openPbes2(file(pbkdf2(number(7)), pbkdf2Sync('a', salt, 7, 16, 'sha1'), { cipher: '02' }), 'a')).toEqual(plain);
    expect(await openPbes2(file(scrypt(number(1024), number(4), number(3)), scryptSync('a', salt, 32, { N: 1024, r: 4, p: 3 })), 'a')).toEqual(plain);
    expect(await openPbes2(file(scrypt(number(2 ** 17), number(8), number(1), number(32)), scryptSync('a', salt, 32, { N: 2 ** 17, r: 8, p: 1, maxmem: 2 ** 28 })), 'a')).toEqual(plain);
  });
});

describe('a key whose encryption is not to be worked on', () => {
  it.each([
    ['too many iterations', pbkdf2(number(2_000_001), prf('09'))],
    ['iterations past what fits into a number', pbkdf2(number('7fffffffffffffffff'), prf('09'))],
    ['no iterations', pbkdf2(number(0), prf('09'))],
    ['negative iterations', pbkdf2(number('ff'), prf('09'))],
    ['another length of the key', pbkdf2(number(7), number(16), prf('09'))],
    ['an unknown digest', pbkdf2(number(7), prf('77'))],
    ['an N that is no power of two', scrypt(number(1000), number(8), number(1))],
    ['an N of one', scrypt(number(1), number(8), number(1))],
    ['an N too great for its r', scrypt(number(2 ** 20), number(1), number(1))],
    ['too much memory', scrypt(number(2 ** 30), number(8), number(1))],
    ['too many passes', scrypt(number(2), number(1), number(2 ** 40))],
    ['no p', scrypt(number(1024), number(8))],
    ['a p of zero', scrypt(number(1024), number(8), number(0))],
    ['no parameters', sequence(oid('2a864886f70d01050c'))],
    ['another derivation', sequence(oid('2a03'), sequence(octets(salt), number(1)))],
  ])('is refused for %s', async (_, kdf) => {
    expect(await packageErrorCode(() => openPbes2(file(kdf), 'a'))).toBe('bad-key');
  });

  it('is refused for another scheme or cipher', async () => {
    expect(await packageErrorCode(() => openPbes2(file(pbkdf2(number(7)), Buffer.alloc(32), { scheme: '2a864886f70d010503' }), 'a'))).toBe('bad-key');
    expect(await packageErrorCode(() => openPbes2(file(pbkdf2(number(7)), Buffer.alloc(32), { cipher: '06' }), 'a'))).toBe('bad-key');
  });
});

it('ends with bytes or a sentence, however the file was damaged', async () => {
  for (const made of [file(pbkdf2(number(7), number(32), prf('09'))), file(scrypt(number(16), number(1), number(1)))]) {
    await fc.assert(fc.asyncProperty(fc.nat(made.length), fc.uint8Array({ maxLength: 3 }), fc.nat(3), async (at, inserted, removed) => {
      const changed = Buffer.concat([made.subarray(0, at), inserted, made.subarray(at + removed)]);
      expect(['accepted', 'bad-key', 'bad-password']).toContain(await packageErrorCode(() => openPbes2(changed, 'a')));
    }), { numRuns: 300 });
  }
});
