// Sealed files on real disks: what was sealed opens, whatever else is refused, and nothing half-written stays.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PackageError } from '../../../main/package/package-error.ts';
import { chunkCipher } from '../../../main/package/sealed-chunks.ts';
import {
  keyDigest, matchesKeyDigest, openSealedFile, parsePublishedKey, publishedKeyText, sealFile, sealedLength,
} from '../../../main/package/sealed-file.ts';
import type { SealAlgorithm } from '../../../main/package/sealed-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KEY = randomBytes(32);
const CHUNK = 4096;
const HEADER = 48;
const TAG = 16;
const ALGORITHMS: SealAlgorithm[] = ['xchacha20-poly1305', 'aes-256-gcm'];
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

interface Case { plain: Buffer; algorithm?: SealAlgorithm; key?: Uint8Array; chunkSize?: number; folder?: string }

async function sealed({ plain, algorithm = 'xchacha20-poly1305', key = KEY, chunkSize = CHUNK, folder = tempFolder('sealed') }: Case) {
  writeFileSync(join(folder, 'plain'), plain);
  const told = await sealFile(join(folder, 'plain'), join(folder, 'it.sealed'), { algorithm, key, chunkSize });
  const bytes = readFileSync(join(folder, 'it.sealed'));
  const opened = async (content: Uint8Array, expected = { path: 'it', length: plain.length, sha256: sha256(plain) }, other: object = {}) => {
    writeFileSync(join(folder, 'it.sealed'), content);
    await openSealedFile(join(folder, 'it.sealed'), join(folder, 'it'), { algorithm, key, chunkSize, expected, ...other });
    return readFileSync(join(folder, 'it'));
  };
  return { folder, bytes, told, opened };
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(() => 'opened', (error: unknown) => (error instanceof PackageError ? error.code : String(error)));
}

describe.each(ALGORITHMS)('%s', algorithm => {
  it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 1024 * 1024, 1024 * 1024 + 5, 2 * 1024 * 1024 + CHUNK])('opens %i bytes as they were', async length => {
    const plain = randomBytes(length);
    const { folder, bytes, told, opened } = await sealed({ plain, algorithm });
    expect(told).toEqual({ length: sealedLength(length, CHUNK), sha256: sha256(bytes) });
    expect(bytes.length).toBe(told.length);
    expect((await opened(bytes)).equals(plain)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(['it', 'it.sealed', 'plain']);
  });

  it('opens whatever was sealed, in chunks of any size', async () => {
    const folder = tempFolder('sealed');
    await fc.assert(fc.asyncProperty(fc.nat(40_000), fc.integer({ min: 4096, max: 20_000 }), fc.nat(255), async (length, chunkSize, fill) => {
      const plain = Buffer.alloc(length, fill);
      const { bytes, opened } = await sealed({ plain, algorithm, chunkSize, folder });
      expect(bytes.length).toBe(sealedLength(length, chunkSize));
      expect((await opened(bytes)).equals(plain)).toBe(true);
    }), { numRuns: 60 });
  });

  it('refuses every change of a bit, and leaves what was there', async () => {
    const plain = randomBytes(3 * CHUNK + 100);
    const { folder, bytes, opened } = await sealed({ plain, algorithm });
    writeFileSync(join(folder, 'it'), 'as before');
    await fc.assert(fc.asyncProperty(fc.nat(bytes.length * 8 - 1), async bit => {
      const other = Buffer.from(bytes);
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(await refusal(opened(other))).toBe('bad-package');
    }), { numRuns: 150, examples: [[0], [16 * 8], [HEADER * 8], [bytes.length * 8 - 1]] });
    expect(readFileSync(join(folder, 'it'), 'utf8')).toBe('as before');
    expect(readdirSync(folder).sort()).toEqual(['it', 'it.sealed', 'plain']);
  });

  it('refuses bytes that were taken out, doubled or put in, even where the length would be right', async () => {
    const plain = Buffer.alloc(4 * CHUNK, 7); // equal chunks: only their place tells them apart
    const { bytes, opened } = await sealed({ plain, algorithm });
    const STEP = CHUNK + TAG;
    const expected = (length: number) => ({ path: 'it', length, sha256: sha256(plain.subarray(0, length)) });
    const chunk = (index: number): Buffer => bytes.subarray(HEADER + index * STEP, HEADER + (index + 1) * STEP);
    const header = bytes.subarray(0, HEADER);
    const cut = Buffer.concat([header, chunk(0), chunk(1), chunk(2)]);
    const swapped = Buffer.concat([header, chunk(1), chunk(0), chunk(2), chunk(3)]);
    const doubled = Buffer.concat([header, chunk(0), chunk(0), chunk(2), chunk(3)]);
    const longer = Buffer.concat([bytes, chunk(3)]);
    expect(await refusal(opened(cut, expected(3 * CHUNK)))).toBe('bad-package');
    expect(await refusal(opened(swapped))).toBe('bad-package');
    expect(await refusal(opened(doubled))).toBe('bad-package');
    expect(await refusal(opened(longer))).toBe('bad-package');
    expect(await refusal(opened(longer, { path: 'it', length: 5 * CHUNK, sha256: sha256(Buffer.alloc(5 * CHUNK, 7)) }))).toBe('bad-package');
    expect(await refusal(opened(bytes.subarray(0, 20)))).toBe('bad-package');
    expect(await refusal(opened(Buffer.alloc(0)))).toBe('bad-package');
    expect((await opened(bytes)).equals(plain)).toBe(true);
  });

  it('refuses a chunk of another file under the same key', async () => {
    const plain = Buffer.alloc(2 * CHUNK, 7);
    const one = await sealed({ plain, algorithm });
    const two = await sealed({ plain, algorithm });
    const mixed = Buffer.concat([one.bytes.subarray(0, HEADER + CHUNK + TAG), two.bytes.subarray(HEADER + CHUNK + TAG)]);
    expect(await refusal(one.opened(mixed))).toBe('bad-package');
    expect((await one.opened(two.bytes)).equals(plain)).toBe(true);
  });

  it('refuses another key, another algorithm and another chunk size', async () => {
    const plain = randomBytes(2 * CHUNK);
    const { bytes, opened } = await sealed({ plain, algorithm });
    expect(await refusal(opened(bytes, undefined, { key: randomBytes(32) }))).toBe('bad-package');
    expect(await refusal(opened(bytes, undefined, { algorithm: ALGORITHMS.find(other => other !== algorithm)! }))).toBe('bad-package');
    expect(await refusal(opened(bytes, undefined, { chunkSize: CHUNK + 1 }))).toBe('bad-package');
  });

  it('refuses a file that opens, but is not the one that the package lists', async () => {
    const plain = randomBytes(100);
    const { folder, bytes, opened } = await sealed({ plain, algorithm });
    expect(await refusal(opened(bytes, { path: 'it', length: 100, sha256: sha256(randomBytes(100)) }))).toBe('bad-package');
    expect(readdirSync(folder).sort()).toEqual(['it.sealed', 'plain']);
  });
});

describe('sealing', () => {
  it('makes the same bytes with and without the ChaCha20 of the system', () => {
    const cipherOf = (portable: boolean) => chunkCipher({ algorithm: 'xchacha20-poly1305', key: KEY, chunkSize: CHUNK }, Buffer.alloc(32, 1), portable);
    const [fast, portable] = [cipherOf(false), cipherOf(true)];
    for (const [chunk, last, length] of [[0, false, CHUNK], [1, true, 17], [2 ** 40 + 3, false, 64], [0, true, 0]] as const) {
      const plain = randomBytes(length);
      const [a, b, back] = [new Uint8Array(length + TAG), new Uint8Array(length + TAG), new Uint8Array(length)];
      fast.seal(chunk, last, plain, a);
      portable.seal(chunk, last, plain, b);
      expect(a).toEqual(b);
      expect(portable.open(chunk, last, a, back) && plain.equals(back)).toBe(true);
      expect(fast.open(chunk, last, b, back) && plain.equals(back)).toBe(true);
      expect(portable.open(chunk + 1, last, a, back) || fast.open(chunk, !last, a, back)).toBe(false);
    }
  });

  it('writes the documented bytes', () => {
    const sealedBytes = (algorithm: SealAlgorithm): string => {
      const target = new Uint8Array(5 + TAG);
      chunkCipher({ algorithm, key: Buffer.alloc(32, 1), chunkSize: 65_536 }, Buffer.alloc(32, 2)).seal(0, true, Buffer.from('hello'), target);
      return Buffer.from(target).toString('hex');
    };
    // Made with another implementation: HKDF, AES-GCM and ChaCha20-Poly1305 of Python's "cryptography", HChaCha20 by hand from the draft.
    expect(sealedBytes('aes-256-gcm')).toBe('e81a3664b04fbed3d1540f4f7d3784a15a32571bec');
    expect(sealedBytes('xchacha20-poly1305')).toBe('eb4d3937ca2a1fe41ca29db571f3c8c565472b4823');
  });

  it('gives other bytes each time, so that two sealed copies tell nothing', async () => {
    const plain = randomBytes(10);
    const [one, two] = [await sealed({ plain }), await sealed({ plain })];
    expect(one.bytes.equals(two.bytes)).toBe(false);
  });

  it('tells how far it is and stops when told to, without a trace', async () => {
    const plain = randomBytes(3 * 1024 * 1024 + 5);
    const { folder, bytes, opened } = await sealed({ plain });
    let told = 0;
    await opened(bytes, undefined, { onBytes: (count: number) => { told += count; } });
    expect(told).toBe(plain.length);
    for (const name of ['it', 'plain'] as const) {
      const stop = new AbortController();
      const options = { algorithm: 'xchacha20-poly1305' as const, key: KEY, chunkSize: CHUNK, signal: stop.signal, onBytes: () => stop.abort() };
      const attempt = name === 'it'
        ? openSealedFile(join(folder, 'it.sealed'), join(folder, 'stopped'), { ...options, expected: { path: 'it', length: plain.length, sha256: sha256(plain) } })
        : sealFile(join(folder, 'plain'), join(folder, 'stopped'), options);
      expect(await refusal(attempt)).toBe('stopped');
    }
    expect(readdirSync(folder).sort()).toEqual(['it', 'it.sealed', 'plain']);
  });

  it('notices that the file changes while it is sealed', async () => {
    const folder = tempFolder('sealed');
    const path = join(folder, 'plain');
    writeFileSync(path, randomBytes(3 * 1024 * 1024));
    const seal = (size: number) => sealFile(path, join(folder, 'x.sealed'), {
      algorithm: 'aes-256-gcm', key: KEY, chunkSize: CHUNK, onBytes: () => truncateSync(path, size),
    });
    expect(await refusal(seal(4 * 1024 * 1024))).toBe('unreadable');
    expect(await refusal(seal(1024 * 1024))).toBe('unreadable');
    expect(readdirSync(folder)).toEqual(['plain']);
  });

  it('replaces what a crash left beside, and refuses keys and chunks of impossible sizes', async () => {
    const folder = tempFolder('sealed');
    const plain = randomBytes(50);
    const { bytes, opened } = await sealed({ plain, folder });
    const left = createHash('sha256').update('it').digest('hex').slice(0, 24);
    writeFileSync(join(folder, `.opening-${left}`), 'half');
    await opened(bytes);
    expect(readdirSync(folder).sort()).toEqual(['it', 'it.sealed', 'plain']);
    await expect(opened(bytes, undefined, { key: randomBytes(31) })).rejects.toThrow(RangeError);
    for (const chunkSize of [0, 1, 4095, 1024 * 1024 + 1, 5000.5, NaN]) expect(() => sealedLength(1, chunkSize)).toThrow(RangeError);
    for (const length of [-1, 0.5, NaN, 2 ** 60]) expect(() => sealedLength(length, 4096)).toThrow(RangeError);
  });
});

describe('a published key', () => {
  it('is read as it was written, and compared with the digest in the manifest', () => {
    expect(parsePublishedKey(Buffer.from(publishedKeyText(KEY)))).toEqual(new Uint8Array(KEY));
    expect(parsePublishedKey(Buffer.from(`${KEY.toString('hex').toUpperCase()}\r\n`))).toEqual(new Uint8Array(KEY));
    expect(parsePublishedKey(Buffer.from(KEY.toString('hex')))).toEqual(new Uint8Array(KEY));
    expect(matchesKeyDigest(KEY, keyDigest(KEY))).toBe(true);
    expect(matchesKeyDigest(randomBytes(32), keyDigest(KEY))).toBe(false);
    expect(matchesKeyDigest(KEY.subarray(1), keyDigest(KEY.subarray(1)))).toBe(false);
    expect(matchesKeyDigest(KEY, 'abc')).toBe(false);
  });

  it.each([
    ['nothing', ''], ['a web page', '<!doctype html><html></html>'], ['63 digits', 'a'.repeat(63)], ['65 digits', 'a'.repeat(65)], ['a second line', `${'a'.repeat(64)}\n\n`],
    ['letters that are no digits', 'g'.repeat(64)], ['spaces before', ` ${'a'.repeat(64)}`], ['a whole gigabyte', 'a'.repeat(1_000_000)],
  ])('is refused when it is %s', (_, text) => {
    expect(() => parsePublishedKey(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'bad-key' }));
  });

  it('is any 32 bytes and nothing else', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), bytes => {
      try {
        expect(Buffer.from(parsePublishedKey(bytes)).toString('hex')).toBe(Buffer.from(bytes).toString('latin1').trim().toLowerCase());
      } catch (error) {
        expect(error).toBeInstanceOf(PackageError);
      }
    }));
  });
});
