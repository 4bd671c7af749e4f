// Seals the files of a layer, so that early copies are useless, and opens them when the key is out. Format: sealed-chunks.ts.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PackageError } from './package-error.ts';
import type { ManifestFile } from './package-types.ts';
import { HEADER_BYTES, KEY_BYTES, TAG_BYTES, chunkCipher, saltOfHeader, sealedHeader, sealedLength } from './sealed-chunks.ts';
import type { SealAlgorithm } from './sealed-chunks.ts';

export { sealedLength } from './sealed-chunks.ts';
export type { SealAlgorithm } from './sealed-chunks.ts';

export interface SealOptions {
  algorithm: SealAlgorithm;
  /** 32 bytes; the same for all files of a layer. */
  key: Uint8Array;
  /** Plain bytes a chunk, 4 KiB to 1 MiB. */
  chunkSize: number;
  signal?: AbortSignal | undefined;
  /** Plain bytes that were done since the call before. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/** Chunks are read and written in runs of about so many bytes. */
const RUN_BYTES = 1024 * 1024;
/** 64 digits and the end of a line. */
const MAX_PUBLISHED_KEY_BYTES = 66;

/**
 * Seals a file; the same file gives other bytes every time (its salt is random). `sealedPath` is replaced when everything
 * is written. Throws PackageError `stopped`, `unreadable` when the file changes meanwhile; errors of the disk as they are.
 * @returns bytes and SHA-256 (64 hex digits) of the sealed file, computed on the way
 */
export async function sealFile(plainPath: string, sealedPath: string, options: SealOptions): Promise<{ length: number; sha256: string }> {
  const { chunkSize, signal, onBytes } = options;
  const salt = randomBytes(32);
  const cipher = chunkCipher(options, salt);
  return withFile(plainPath, async plain => {
    const { size } = await plain.stat();
    const length = sealedLength(size, chunkSize);
    const digest = createHash('sha256');
    await writeBeside(sealedPath, 'sealing', async sealed => {
      const append = async (bytes: Uint8Array): Promise<void> => {
        digest.update(bytes);
        await writeAll(sealed, bytes);
      };
      await append(sealedHeader(salt));
      for await (const run of runsOf(plain, 0, size, chunkSize, signal)) {
        if (run.data.length !== run.length) throw changed(plainPath);
        const target = new Uint8Array(run.data.length + run.chunks * TAG_BYTES);
        for (let index = 0; index < run.chunks; index++) {
          const part = run.data.subarray(index * chunkSize, (index + 1) * chunkSize);
          const at = index * (chunkSize + TAG_BYTES);
          cipher.seal(run.first + index, run.isLast && index === run.chunks - 1, part, target.subarray(at, at + part.length + TAG_BYTES));
        }
        await append(target);
        onBytes?.(run.data.length);
      }
      if ((await plain.stat()).size !== size) throw changed(plainPath);
    });
    return { length, sha256: digest.digest('hex') };
  });
}

/**
 * Opens a sealed file. No byte is written before its chunk was found to be what was sealed, in its place; `plainPath` is made
 * (or replaced) only when length and SHA-256 are those of `expected`. Throws PackageError `bad-package` for anything else
 * than what was sealed with this key, `stopped`; errors of the disk as they are (ENOSPC and others). Nothing half-written stays.
 */
export async function openSealedFile(
  sealedPath: string, plainPath: string, options: SealOptions & { expected: ManifestFile },
): Promise<void> {
  const { chunkSize, expected, signal, onBytes } = options;
  const whole = sealedLength(expected.length, chunkSize);
  await withFile(sealedPath, async sealed => {
    if ((await sealed.stat()).size !== whole) {
      throw refused(expected, `should have ${whole} bytes. It is cut off, or something was put behind its end`);
    }
    const header = new Uint8Array(HEADER_BYTES);
    const salt = (await readAll(sealed, header, 0)) === HEADER_BYTES ? saltOfHeader(header) : null;
    if (!salt) throw refused(expected, 'is not a sealed file');
    const cipher = chunkCipher(options, salt);
    const digest = createHash('sha256');
    await writeBeside(plainPath, 'opening', async plain => {
      const step = chunkSize + TAG_BYTES;
      for await (const run of runsOf(sealed, HEADER_BYTES, whole - HEADER_BYTES, step, signal)) {
        if (run.data.length !== run.length) throw refused(expected, 'was cut off while it was read');
        const target = new Uint8Array(run.data.length - run.chunks * TAG_BYTES);
        for (let index = 0; index < run.chunks; index++) {
          const part = run.data.subarray(index * step, (index + 1) * step);
          const place = target.subarray(index * chunkSize, index * chunkSize + part.length - TAG_BYTES);
          if (!cipher.open(run.first + index, run.isLast && index === run.chunks - 1, part, place)) {
            throw refused(expected, 'does not open with the published key: it is damaged, or not what the publisher sealed');
          }
        }
        digest.update(target);
        await writeAll(plain, target);
        onBytes?.(target.length);
      }
      if (digest.digest('hex') !== expected.sha256) throw refused(expected, 'opens to another file than the package lists');
    });
  });
}

/** SHA-256 of the key, as `keySha256` in a manifest: 64 hex digits. */
export function keyDigest(key: Uint8Array): string {
  return createHash('sha256').update(key).digest('hex');
}

/** Whether this is the key that the manifest names. @param keySha256 64 hex digits */
export function matchesKeyDigest(key: Uint8Array, keySha256: string): boolean {
  if (key.length !== KEY_BYTES || !/^[0-9a-f]{64}$/i.test(keySha256)) return false;
  return timingSafeEqual(createHash('sha256').update(key).digest(), Buffer.from(keySha256, 'hex'));
}

/** What lies at `keyUrl`: 64 hex digits on one line. */
export function publishedKeyText(key: Uint8Array): string {
  if (key.length !== KEY_BYTES) throw new RangeError('The key of a sealed layer has 32 bytes.');
  return `${Buffer.from(key).toString('hex')}\n`;
}

/** Reads what was fetched from `keyUrl`. @returns 32 bytes; throws PackageError `bad-key` */
export function parsePublishedKey(bytes: Uint8Array): Uint8Array {
  const text = bytes.length <= MAX_PUBLISHED_KEY_BYTES ? Buffer.from(bytes).toString('latin1') : '';
  const digits = /^([0-9a-fA-F]{64})(?:\r?\n)?$/.exec(text)?.[1];
  if (!digits) throw new PackageError('bad-key', 'What was published is no key: it should be 64 hexadecimal digits on one line.');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

interface Run { first: number; chunks: number; isLast: boolean; /** Bytes that should be there. */ length: number; data: Uint8Array }

// Reads `length` bytes from `start` in runs of whole chunks; `data` is used again by the next run. An empty file is one chunk of
// no bytes. Ends early, with fewer bytes than the run's length, when the file does.
async function* runsOf(file: FileHandle, start: number, length: number, chunk: number, signal: AbortSignal | undefined): AsyncGenerator<Run> {
  const count = Math.max(1, Math.ceil(length / chunk));
  const together = Math.max(1, Math.floor(RUN_BYTES / chunk));
  const buffer = new Uint8Array(Math.min(together * chunk, length));
  for (let first = 0; first < count; first += together) {
    if (signal?.aborted) throw new PackageError('stopped', 'This was stopped.', { cause: signal.reason });
    const chunks = Math.min(together, count - first);
    const bytes = Math.min(chunks * chunk, length - first * chunk);
    const read = await readAll(file, buffer.subarray(0, bytes), start + first * chunk);
    yield { first, chunks, isLast: first + chunks === count, length: bytes, data: buffer.subarray(0, read) };
  }
}

async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

// The name beside is short, whatever the file is called, and always the same, so that a next try removes what a crash left.
async function writeBeside(path: string, what: 'sealing' | 'opening', write: (file: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const beside = join(folder, `.${what}-${createHash('sha256').update(basename(path)).digest('hex').slice(0, 24)}`);
  await rm(beside, { force: true });
  try {
    const file = await open(beside, 'wx');
    try {
      await write(file);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** @returns bytes read: fewer than asked for at the end of the file */
async function readAll(file: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < target.length) {
    const { bytesRead } = await file.read(target, done, target.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeAll(file: FileHandle, data: Uint8Array): Promise<void> {
  for (let done = 0; done < data.length; ) done += (await file.write(data, done, data.length - done)).bytesWritten;
}

function changed(path: string): PackageError {
  return new PackageError('unreadable', `${path} changed while it was sealed. Seal it again when nothing writes to it.`);
}

function refused({ path }: ManifestFile, sentence: string): PackageError {
  return new PackageError('bad-package', `${path}.sealed ${sentence}. Check the files of this package again.`, { where: `${path}.sealed` });
}
