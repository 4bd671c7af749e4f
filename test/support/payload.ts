// Random data sets to send through swarms, and the comparison of what arrived, by SHA-256.
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface PayloadFile { path: string; length: number; sha256: string }
export interface Payload {
  /** The folder that contains the data under the torrent's name. */
  parent: string;
  name: string;
  /** Path of the data itself: a folder or a single file. */
  root: string;
  files: PayloadFile[];
  length: number;
}

export const mebibyte = 1024 * 1024;

/** 64 MiB that no piece boundary fits: an empty file, one of a byte, odd lengths, nested folders, names with spaces and accents. */
export const oddFiles: Record<string, number> = {
  'big one.bin': 40 * mebibyte + 12_345,
  'empty.txt': 0,
  'one.byte': 1,
  'nested/déjà vu.dat': 262_144 - 1,
  'nested/deeper/rest.bin': 64 * mebibyte - (40 * mebibyte + 12_345) - 1 - (262_144 - 1),
};

/** Writes random files below `parent/name` (a single file when `files` is a number of bytes). */
export function makePayload(parent: string, name: string, files: Record<string, number> | number): Payload {
  const single = typeof files === 'number';
  const list: PayloadFile[] = [];
  for (const [relative, length] of Object.entries(single ? { [name]: files } : files)) {
    const data = randomFillSync(Buffer.allocUnsafe(length));
    const absolute = path.join(single ? parent : path.join(parent, name), relative);
    mkdirSync(path.dirname(absolute), { recursive: true });
    writeFileSync(absolute, data);
    list.push({ path: relative, length, sha256: createHash('sha256').update(data).digest('hex') });
  }
  list.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { parent, name, root: path.join(parent, name), files: list, length: list.reduce((sum, file) => sum + file.length, 0) };
}

export async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/**
 * What is below `folder` where the payload should be: same shape as `payload.files`, so that `toEqual` shows the difference.
 * `emptyFilesMayBeMissing`: Transmission creates no empty files, which says nothing about us.
 */
export async function arrived(payload: Payload, folder: string, { emptyFilesMayBeMissing = false } = {}): Promise<PayloadFile[]> {
  const single = payload.files.length === 1 && payload.files[0]!.path === payload.name;
  const found: PayloadFile[] = [];
  for (const file of payload.files) {
    const absolute = path.join(folder, single ? '' : payload.name, file.path);
    if (!existsSync(absolute)) {
      if (file.length === 0 && emptyFilesMayBeMissing) found.push(file);
      else found.push({ path: file.path, length: -1, sha256: 'missing' });
      continue;
    }
    const hash = createHash('sha256');
    let length = 0;
    await pipeline(createReadStream(absolute).on('data', (chunk) => (length += chunk.length)), hash);
    found.push({ path: file.path, length, sha256: hash.digest('hex') });
  }
  return found;
}
