// Public and secret keys in minisign's format: round trips, passwords, and files that are damaged or made to do harm.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyPairFromSeed } from '../../../main/package/ed25519.ts';
import { encodePublicKey, keyIdText, parsePublicKey, publicKeyFile } from '../../../main/package/minisign-public-key.ts';
import { encode, encodeSecretKey, isEncrypted, parseSecretKey } from '../../../main/package/minisign-secret-key.ts';
import { flipBit } from '../../support/flip-bit.ts';
import { packageErrorCode } from '../../support/package-error-code.ts';

const pair = keyPairFromSeed(new Uint8Array(32).fill(1));
const key = { keyId: new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]), ...pair };
const pub = { keyId: key.keyId, key: pair.publicKey, comment: '' };
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const ids = fc.uint8Array({ minLength: 8, maxLength: 8 });
// What libsodium calls "interactive" takes 16 MiB; minisign's own 1 GiB is for the integration test.
const cheap = [2 ** 19, 2 ** 24] as const;
const rewrite = (text: string, change: (bytes: Buffer) => Uint8Array) => {
  const [comment, line] = text.split('\n');
  return `${comment}\n${Buffer.from(change(Buffer.from(line!, 'base64'))).toString('base64')}\n`;
};

describe('a public key', () => {
  it('is read back from its file and from its line alone, with the comment that minisign writes', () => {
    expect(publicKeyFile(pub).split('\n')[0]).toBe('untrusted comment: minisign public key 0807060504030201');
    fc.assert(fc.property(seeds, ids, (seed, keyId) => {
      const one = { keyId, key: keyPairFromSeed(seed).publicKey };
      expect(parsePublicKey(encodePublicKey(one))).toEqual({ ...one, comment: '' });
      expect(parsePublicKey(` ${encodePublicKey(one)}\r\n`)).toEqual({ ...one, comment: '' });
      expect(parsePublicKey(publicKeyFile({ ...one, comment: '' }))).toEqual({ ...one, comment: `minisign public key ${keyIdText(keyId)}` });
      expect(parsePublicKey(publicKeyFile({ ...one, comment: 'Grüße' }).replaceAll('\n', '\r\n'))).toEqual({ ...one, comment: 'Grüße' });
    }), { numRuns: 30 });
  });

  it('is refused when it is cut, spelt otherwise, of another kind, or followed by something', async () => {
    const file = publicKeyFile(pub);
    const line = encodePublicKey(pub);
    for (const bad of [
      '', '\n', 'untrusted comment: x', 'untrusted comment: x\n', line.slice(0, -4), `${line}AAAA`, `${file}\nx`, `${file}${line}`, file.replace('untrusted', 'trusted'),
      line.replace('RW', 'RX'), line.replaceAll('/', '_').replaceAll('+', '-') === line ? '' : line.replaceAll('/', '_').replaceAll('+', '-'),
      `untrusted comment: a\u202eb\n${line}`, `untrusted comment: ${'x'.repeat(2000)}\n${line}`, `${' '.repeat(10_000)}${line}`,
    ]) expect(await packageErrorCode(() => parsePublicKey(bad))).toBe('bad-key');
  });

  it('is refused when anybody could sign for it', async () => {
    for (const weak of [new Uint8Array(32), new Uint8Array(32).fill(0).with(0, 1), new Uint8Array(32).fill(255), new Uint8Array(32).fill(255).with(31, 127).with(0, 0xec)]) {
      expect(await packageErrorCode(() => parsePublicKey(encodePublicKey({ keyId: key.keyId, key: weak })))).toBe('bad-key');
    }
  });

  it('never throws anything but a sentence', async () => {
    await fc.assert(fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (any) => void expect(await packageErrorCode(() => parsePublicKey(any))).toBe('bad-key')));
    const file = publicKeyFile(pub);
    await fc.assert(fc.asyncProperty(fc.nat(file.length), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(3), async (at, inserted, removed) => {
      expect(['accepted', 'bad-key']).toContain(await packageErrorCode(() => parsePublicKey(file.slice(0, at) + inserted + file.slice(at + removed))));
    }), { numRuns: 300 });
  });
});

describe('a secret key without a password', () => {
  it('is read back, whatever password is given', async () => {
    const text = await encodeSecretKey(key, null);
    expect(isEncrypted(text)).toBe(false);
    expect(await parseSecretKey(text, null)).toEqual(key);
    expect(await parseSecretKey(text, 'not needed')).toEqual(key);
    await fc.assert(fc.asyncProperty(seeds, ids, async (seed, keyId) => {
      const one = { keyId, ...keyPairFromSeed(seed) };
      expect(await parseSecretKey((await encodeSecretKey(one, null)).replaceAll('\n', '\r\n'), null)).toEqual(one);
    }), { numRuns: 20 });
  });

  it('is read with the empty checksum of minisign 0.11', async () => {
    expect(await parseSecretKey(rewrite(await encodeSecretKey(key, null), (bytes) => bytes.fill(0, 126)), null)).toEqual(key);
  });

  it('is refused for any flipped bit: none of them gives another key', async () => {
    const text = await encodeSecretKey(key, null);
    for (let bit = 0; bit < 158 * 8; bit += 7) {
      const isSaltOrLimits = bit >= 6 * 8 && bit < 54 * 8; // without a password they mean nothing
      expect(await packageErrorCode(() => parseSecretKey(rewrite(text, (bytes) => flipBit(bytes, bit)), null))).toBe(isSaltOrLimits ? 'accepted' : 'bad-key');
    }
  });

  it('is refused when its halves belong to different keys, even with a right or empty checksum', async () => {
    const other = keyPairFromSeed(new Uint8Array(32).fill(2)).publicKey;
    const mixed = rewrite(await encodeSecretKey(key, null), (bytes) => {
      bytes.set(other, 54 + 8 + 32);
      return bytes.fill(0, 126);
    });
    expect(await packageErrorCode(() => parseSecretKey(mixed, null))).toBe('bad-key');
    expect(await packageErrorCode(() => encodeSecretKey({ ...key, secretKey: Buffer.concat([key.secretKey.subarray(0, 32), other]) }, null))).toBe('bad-key');
  });
});

describe('a secret key under a password', () => {
  it('is read with that password, and with no other and not without one', async () => {
    const text = await encode(key, 'pässword ', ...cheap);
    expect(isEncrypted(text)).toBe(true);
    expect(await parseSecretKey(text, 'pässword ')).toEqual(key);
    const sentences = new Set<string>();
    for (const password of [null, '', 'pässword', 'Pässword ', 'x'.repeat(2000), 'a\nb']) {
      const error = await parseSecretKey(text, password).catch((one: unknown) => one) as { code: string; message: string };
      expect(error.code).toBe('bad-password');
      sentences.add(error.message);
    }
    expect(sentences.size).toBe(4); // none, wrong, too long, impossible
  });

  it('is sealed anew each time', async () => {
    expect(await encode(key, 'a', ...cheap)).not.toBe(await encode(key, 'a', ...cheap));
  });

  it('is not written under an empty password', async () => {
    expect(await packageErrorCode(() => encodeSecretKey(key, ''))).toBe('bad-password');
  });

  it('says that the password is wrong when a bit of what is sealed was flipped', async () => {
    const text = await encode(key, 'a', ...cheap);
    for (const bit of [6 * 8, 54 * 8 + 3, 70 * 8, 157 * 8 + 7]) {
      expect(await packageErrorCode(() => parseSecretKey(rewrite(text, (bytes) => flipBit(bytes, bit)), 'a'))).toBe('bad-password');
    }
  });

  it('is refused at once when the file asks for more memory or work than minisign ever does', async () => {
    const text = await encode(key, 'a', ...cheap);
    const asking = (operations: bigint, memory: bigint) => rewrite(text, (bytes) => {
      bytes.writeBigUInt64LE(operations, 38);
      bytes.writeBigUInt64LE(memory, 46);
      return bytes;
    });
    for (const [operations, memory] of [[2n ** 64n - 1n, 2n ** 64n - 1n], [2n ** 25n + 1n, 2n ** 24n], [2n ** 20n, 2n ** 30n + 1n], [2n ** 63n, 0n], [0n, 2n ** 62n]] as const) {
      expect(await packageErrorCode(() => parseSecretKey(asking(operations, memory), 'a'))).toBe('bad-key');
    }
    // Odd limits that cost little are worked off, and the password is wrong then.
    for (const [operations, memory] of [[0n, 0n], [1n, 1n], [2n ** 15n, 2n ** 20n]] as const) {
      expect(await packageErrorCode(() => parseSecretKey(asking(operations, memory), 'a'))).toBe('bad-password');
    }
  });
});

it('takes nothing else for a secret key, and never throws anything but a sentence', async () => {
  const text = await encodeSecretKey(key, null);
  for (const bad of ['', '\n\n', publicKeyFile(pub), text.split('\n')[1]!, `${text}x`, text.replace('untrusted', ''), `${text}${'\n'.repeat(9000)}`]) {
    expect(await packageErrorCode(() => parseSecretKey(bad, null))).toBe('bad-key');
    expect(await packageErrorCode(() => isEncrypted(bad))).toBe('bad-key');
  }
  await fc.assert(fc.asyncProperty(fc.nat(text.length), fc.string({ unit: 'binary', maxLength: 3 }), fc.nat(3), async (at, inserted, removed) => {
    const changed = text.slice(0, at) + inserted + text.slice(at + removed);
    expect(['accepted', 'bad-key', 'bad-password']).toContain(await packageErrorCode(() => parseSecretKey(changed, null)));
  }), { numRuns: 300 });
});
