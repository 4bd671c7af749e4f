// Keys from elsewhere: what becomes of those of signify and OpenSSL, and files that are damaged or made to do harm.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import bcrypt from 'bcrypt-pbkdf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyPairFromSeed, signEd25519, verifyEd25519 } from '../../../main/package/ed25519.ts';
import { importPublicKey, importSecretKey } from '../../../main/package/imported-key.ts';
import { publicKeyFile } from '../../../main/package/minisign-public-key.ts';
import { encode, encodeSecretKey } from '../../../main/package/minisign-secret-key.ts';
import { flipBit } from '../../support/flip-bit.ts';
import { packageErrorCode } from '../../support/package-error-code.ts';

const pair = keyPairFromSeed(new Uint8Array(32).fill(1));
const key = { keyId: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), ...pair };
const message = Buffer.from('a manifest');

function signifyBytes(password: string | null, rounds: number, secret: Uint8Array = key.secretKey): Buffer {
  const salt = randomBytes(16);
  const sealed = Buffer.from(secret);
  if (password !== null) {
    const stream = new Uint8Array(64);
    bcrypt.pbkdf(Buffer.from(password), password.length, salt, 16, stream, 64, rounds);
    stream.forEach((byte, index) => (sealed[index]! ^= byte));
  }
  const count = Buffer.alloc(4);
  count.writeUInt32BE(rounds);
  return Buffer.concat([Buffer.from('EdBK'), count, salt, createHash('sha512').update(secret).digest().subarray(0, 8), key.keyId, sealed]);
}
const signifyFile = (bytes: Uint8Array) => Buffer.from(`untrusted comment: signify secret key\n${Buffer.from(bytes).toString('base64')}\n`);

describe('a secret key of minisign', () => {
  it('is taken as it is', async () => {
    expect(await importSecretKey(Buffer.from(await encodeSecretKey(key, null)), null)).toEqual(key);
    const sealed = Buffer.from(await encode(key, 'a', 2 ** 19, 2 ** 24));
    expect(await importSecretKey(sealed, 'a')).toEqual(key);
    expect(await packageErrorCode(() => importSecretKey(sealed, 'b'))).toBe('bad-password');
  });
});

describe('a secret key of signify', () => {
  it('keeps its number as the key id, with a password and without', async () => {
    expect(await importSecretKey(signifyFile(signifyBytes(null, 0)), null)).toEqual(key);
    const sealed = signifyFile(signifyBytes('geheim', 2));
    expect(await importSecretKey(sealed, 'geheim')).toEqual(key);
    for (const password of [null, '', 'Geheim']) expect(await packageErrorCode(() => importSecretKey(sealed, password))).toBe('bad-password');
  });

  it('is refused for any flipped bit, rounds that would stall the program, and halves of different keys', async () => {
    const plain = signifyBytes(null, 0);
    for (let bit = 0; bit < 104 * 8; bit += 5) {
      const at = bit >> 3;
      if ((at >= 4 && at < 24) || (at >= 32 && at < 40)) continue; // rounds, salt and number are covered by nothing
      expect(await packageErrorCode(() => importSecretKey(signifyFile(flipBit(plain, bit)), null))).toBe('bad-key');
    }
    plain.writeUInt32BE(257, 4);
    expect(await packageErrorCode(() => importSecretKey(signifyFile(plain), 'a'))).toBe('bad-key');
    plain.writeUInt32BE(0xffff_ffff, 4);
    expect(await packageErrorCode(() => importSecretKey(signifyFile(plain), 'a'))).toBe('bad-key');
    const mixed = Buffer.concat([key.secretKey.subarray(0, 32), keyPairFromSeed(new Uint8Array(32).fill(2)).publicKey]);
    expect(await packageErrorCode(() => importSecretKey(signifyFile(signifyBytes(null, 0, mixed)), null))).toBe('bad-key');
  });
});

describe('a secret key of OpenSSL', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pem = Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' }));
  const der = privateKey.export({ format: 'der', type: 'pkcs8' });
  const sealedPem = Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'gehéim' }));
  const sealedDer = privateKey.export({ format: 'der', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'gehéim' });
  const publicPem = Buffer.from(publicKey.export({ format: 'pem', type: 'spki' }));
  const publicDer = publicKey.export({ format: 'der', type: 'spki' });

  it('signs what OpenSSL would sign, and has an id that follows from the public key', async () => {
    const taken = await importSecretKey(pem, null);
    expect(Buffer.from(signEd25519(message, taken.secretKey))).toEqual(sign(null, message, privateKey));
    expect(verifyEd25519(sign(null, message, privateKey), message, taken.publicKey)).toBe(true);
    expect(taken.keyId).toEqual(blake2b(taken.publicKey).slice(0, 8));
    for (const [file, password] of [[der, null], [sealedPem, 'gehéim'], [sealedDer, 'gehéim'], [pem, 'not needed']] as const) {
      expect(await importSecretKey(file, password)).toEqual(taken);
    }
    for (const file of [publicPem, publicDer]) expect(importPublicKey(file)).toEqual({ keyId: taken.keyId, key: taken.publicKey, comment: '' });
  });

  it('asks for its password', async () => {
    for (const file of [sealedPem, sealedDer]) {
      for (const password of [null, '', 'geheim', 'x'.repeat(5000)]) expect(await packageErrorCode(() => importSecretKey(file, password))).toBe('bad-password');
    }
  });

  it('is refused at once when opening it would take for ever', async () => {
    // Node writes 2,048 iterations: 02 02 08 00. The same length with a value of its own needs the outer lengths to grow, so the salt gives its bytes.
    const at = sealedDer.indexOf(Buffer.from('02020800', 'hex'));
    const salt = at - 18;
    expect([at > 0, sealedDer[salt], sealedDer[salt + 1]]).toEqual([true, 0x04, 16]);
    for (const iterations of ['020305b8d8', '02047fffffff', '02057fffffffff']) {
      const number = Buffer.from(iterations, 'hex');
      const shorter = 16 - (number.length - 4);
      const asking = Buffer.concat([sealedDer.subarray(0, salt), Buffer.from([4, shorter]), sealedDer.subarray(salt + 2, salt + 2 + shorter), number, sealedDer.subarray(at + 4)]);
      expect(asking.length).toBe(sealedDer.length);
      expect(await packageErrorCode(() => importSecretKey(asking, 'gehéim'))).toBe(iterations.startsWith('0203') ? 'bad-password' : 'bad-key');
    }
  });

  it('is refused when it is of another kind, public, or another program\'s', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    for (const file of [
      rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }), rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }), ec.privateKey.export({ format: 'pem', type: 'sec1' }),
      ec.privateKey.export({ format: 'der', type: 'pkcs8' }), generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }), publicPem, publicDer,
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n', '-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----\n',
    ]) expect(await packageErrorCode(() => importSecretKey(Buffer.from(file), null))).toBe('bad-key');
    for (const file of [pem, der, sealedPem, sealedDer, rsa.publicKey.export({ format: 'pem', type: 'spki' }), ec.publicKey.export({ format: 'der', type: 'spki' })]) {
      expect(await packageErrorCode(() => importPublicKey(Buffer.from(file)))).toBe('bad-key');
    }
    const weak = Buffer.concat([publicDer.subarray(0, 12), Buffer.alloc(32)]);
    expect(await packageErrorCode(() => importPublicKey(weak))).toBe('bad-key');
  });

  it('never makes anything but a key or a sentence, however it was damaged', async () => {
    for (const file of [pem, der, sealedDer, sealedPem, publicPem, publicDer, signifyFile(signifyBytes(null, 0))]) {
      await fc.assert(fc.asyncProperty(fc.nat(file.length), fc.uint8Array({ maxLength: 4 }), fc.nat(4), async (at, inserted, removed) => {
        const changed = Buffer.concat([file.subarray(0, at), inserted, file.subarray(at + removed)]);
        expect(['accepted', 'bad-key', 'bad-password']).toContain(await packageErrorCode(() => importSecretKey(changed, 'gehéim')));
        expect(['accepted', 'bad-key']).toContain(await packageErrorCode(() => importPublicKey(changed)));
      }), { numRuns: 100 });
    }
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (any) => {
      expect(await packageErrorCode(() => importSecretKey(any, 'a'))).toBe('bad-key');
      expect(await packageErrorCode(() => importPublicKey(any))).toBe('bad-key');
    }), { numRuns: 200 });
  });

  it('is not read when the file is no small one', async () => {
    expect(await packageErrorCode(() => importSecretKey(Buffer.concat([pem, Buffer.alloc(20_000, 10)]), null))).toBe('bad-key');
    expect(await packageErrorCode(() => importPublicKey(Buffer.alloc(9_000_000, 48)))).toBe('bad-key');
  });
});

it('takes public keys of minisign and signify alike', () => {
  const file = publicKeyFile({ keyId: key.keyId, key: key.publicKey, comment: '' });
  expect(importPublicKey(Buffer.from(file))).toMatchObject({ keyId: key.keyId, key: key.publicKey });
  expect(importPublicKey(Buffer.from(file.replace(/minisign.*/, 'signify public key')))).toEqual({ keyId: key.keyId, key: key.publicKey, comment: 'signify public key' });
});
