// Places what a reuse plan found where a new version's files will be, before they are opened; hashing them there is the store's work.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskError, toDiskError } from '../engine/disk-error.ts';
import { checkFoldersBelow } from '../engine/disk-handles.ts';
import { writeFully } from '../engine/disk-io.ts';
import { diskPaths } from '../metainfo/metainfo.ts';
import type { FileReuse, ReusePart, ReusePlan } from '../package/diff-package.ts';

export interface ReuseOptions {
  signal?: AbortSignal | undefined;
  /** Bytes that were placed since the call before. */
  onBytes?: ((bytes: number) => void) | undefined;
}

export interface ReuseResult {
  /** Bytes that were placed. What the store then finds right may be less: it believes nothing unread. */
  reusedBytes: number;
  /** Files that were there already, or whose old file is gone or cannot be read: left as they are. */
  leftOut: number;
}

const COPY_BYTES = 1024 * 1024;
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NON_BLOCK = constants.O_NONBLOCK ?? 0;
/** An old file is not what it was; the new one is then fetched. */
const GONE = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'EISDIR', 'EIO', 'ENXIO']);

/**
 * Puts every file of the plan below `folder`, under the paths of `diskPaths`: whole files as a clone where the disk can
 * (no bytes are copied), else as a copy; of changed files the parts that are known, with holes between them, no longer than the last
 * part. Never a hard link; a file that is there is never touched, so that a second call goes on where one was stopped.
 *
 * Call it before the chunk store of the torrent is opened for the first time (or let it recheck): what lies there is hashed.
 * A file takes its name when it is complete and on the disk. Throws DiskError (`disk-full`, `not-writable`), or the reason of the signal;
 * files that were finished before stay, as they are right, and nothing half-made does.
 */
export async function carryOutReuse(plan: ReusePlan, folder: string, options: ReuseOptions = {}): Promise<ReuseResult> {
  const paths = diskPaths(plan.metainfo);
  const result: ReuseResult = { reusedBytes: 0, leftOut: 0 };
  let placed = 0;
  const counting: ReuseOptions = {
    signal: options.signal,
    onBytes: bytes => {
      placed += bytes;
      options.onBytes?.(bytes);
    },
  };
  for (const [index, reuse] of plan.files.entries()) {
    const relative = paths[index];
    if (!reuse || relative == null) continue;
    options.signal?.throwIfAborted();
    placed = 0;
    if (await place(reuse, plan.metainfo.files[index]!.length, folder, relative, counting)) result.reusedBytes += placed;
    else result.leftOut++;
  }
  return result;
}

async function place(reuse: FileReuse, length: number, folder: string, relative: string, options: ReuseOptions): Promise<boolean> {
  const target = join(folder, relative);
  const beside = join(dirname(target), `.reusing-${createHash('sha256').update(relative).digest('hex').slice(0, 24)}`);
  try {
    await mkdir(folder, { recursive: true });
    await checkFoldersBelow(folder, relative, true);
    if (await isThere(target)) return false;
    await rm(beside, { force: true });
    try {
      const made = reuse.kind === 'whole' ? await copyWhole(reuse.from, beside, length, options) : await copyParts(reuse.parts, beside, options);
      if (made) await rename(beside, target);
      return made;
    } finally {
      await rm(beside, { force: true });
    }
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw toDiskError(error, target);
  }
}

async function copyWhole(from: string, to: string, length: number, options: ReuseOptions): Promise<boolean> {
  if (await clone(from, to, length)) {
    options.onBytes?.(length);
    return true;
  }
  return copyParts([{ from, fromOffset: 0, toOffset: 0, length }], to, options, length);
}

/** Shares the blocks of the old file until one of the two is written to; no disk that cannot do that is asked for more. */
async function clone(from: string, to: string, length: number): Promise<boolean> {
  const before = await lstat(from).catch(() => null);
  if (!before?.isFile() || before.size !== length) return false;
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(to, { force: true });
    return false;
  }
  const file = await open(to, 'r+').catch(() => null);
  if (!file) { // the clone of a file that is protected against writing cannot be opened to be corrected
    await rm(to, { force: true });
    return false;
  }
  try {
    const { size, mode } = await file.stat();
    // A clone has the permissions of the old file; what was downloaded never has that to run.
    if ((mode & 0o111) !== 0) await file.chmod(mode & 0o777 & ~0o111);
    await file.datasync();
    return size === length;
  } finally {
    await file.close();
  }
}

/**
 * Parts whose old file is gone, or shorter than it was, are left out.
 * @param whole bytes that must be there in the end, else nothing is
 * @returns whether there is a file now
 */
async function copyParts(parts: readonly ReusePart[], to: string, options: ReuseOptions, whole?: number): Promise<boolean> {
  const target = await open(to, 'wx');
  let bytes = 0;
  try {
    const buffer = new Uint8Array(COPY_BYTES);
    let path: string | null = null;
    let source: FileHandle | null = null;
    try {
      for (const part of parts) {
        if (path !== part.from) {
          await source?.close();
          source = null;
          path = part.from;
          source = await openOld(path);
        }
        if (source) bytes += await copyPart(source, target, part, buffer, options);
      }
    } finally {
      await source?.close();
    }
    await target.datasync();
  } finally {
    await target.close();
  }
  return whole === undefined ? bytes > 0 : bytes === whole;
}

async function copyPart(source: FileHandle, target: FileHandle, part: ReusePart, buffer: Uint8Array, options: ReuseOptions): Promise<number> {
  let done = 0;
  while (done < part.length) {
    options.signal?.throwIfAborted();
    const wanted = Math.min(buffer.length, part.length - done);
    const bytesRead = await source.read(buffer, 0, wanted, part.fromOffset + done).then(read => read.bytesRead, passOver(0));
    if (bytesRead === 0) break;
    await writeFully(target, buffer.subarray(0, bytesRead), part.toOffset + done);
    done += bytesRead;
    options.onBytes?.(bytesRead);
  }
  return done;
}

// Links and pipes are never followed or waited for; what was verified was a file.
async function openOld(path: string): Promise<FileHandle | null> {
  const file = await open(path, constants.O_RDONLY | NO_FOLLOW | NON_BLOCK).catch(passOver(null));
  if (!file) return null;
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return null;
}

function passOver<T>(instead: T): (error: unknown) => T {
  return error => {
    if (GONE.has((error as NodeJS.ErrnoException).code ?? '')) return instead;
    throw error;
  };
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(() => true, (error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error instanceof DiskError ? error : toDiskError(error, path);
  });
}
