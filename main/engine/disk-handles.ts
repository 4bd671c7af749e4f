// A bounded cache of open files for all torrents together; files are opened only below their folder, never through links.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { lstat, mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { DiskError } from './disk-error.ts';

/** 'write' wants the file to be there already; 'create' makes it and the folders above it. */
type Mode = 'read' | 'write' | 'create';
interface Entry { writable: boolean; opening: Promise<FileHandle>; users: number; lastUsedAt: number; stale: boolean }

const MAX_OPEN = 64;
const IDLE_MS = 10_000;
// Windows has no such flag; there the check of every component has to do.
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

const entries = new Map<string, Entry>();
let sweeper: NodeJS.Timeout | null = null;

/**
 * Runs `use` with the open file. Folders below `folder` and the file are made in mode 'create'.
 * @param relative path below `folder` with '/' between components, as `diskPaths` gives it
 */
export async function withFile<T>(
  folder: string, relative: string, mode: Mode, use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const path = join(folder, relative);
  let entry = entries.get(path);
  if (entry && mode !== 'read' && !entry.writable) {
    forget(path, entry);
    entry = undefined;
  }
  if (!entry) {
    entry = { writable: mode !== 'read', opening: openBelow(folder, relative, mode), users: 0, lastUsedAt: 0, stale: false };
    entries.set(path, entry);
    entry.opening.catch(() => { if (entries.get(path) === entry) entries.delete(path); });
  } else {
    // The newest at the end: the first entries of the map are the ones to close.
    entries.delete(path);
    entries.set(path, entry);
  }
  entry.users++;
  try {
    return await use(await entry.opening);
  } finally {
    entry.users--;
    entry.lastUsedAt = performance.now();
    if (entry.stale && entry.users === 0) close(entry);
    trim();
  }
}

/** Closes what is open below a folder (or of one path) as soon as nobody uses it; waits for files that are idle now. */
export async function releaseFiles(paths: Iterable<string>): Promise<void> {
  const closing: Promise<void>[] = [];
  for (const path of paths) {
    const entry = entries.get(path);
    if (entry) closing.push(forget(path, entry));
  }
  await Promise.all(closing);
}

/** Number of files open at the moment. */
export function openFileCount(): number {
  return entries.size;
}

function forget(path: string, entry: Entry): Promise<void> {
  if (entries.get(path) === entry) entries.delete(path);
  entry.stale = true;
  return entry.users === 0 ? close(entry) : Promise.resolve();
}

function close(entry: Entry): Promise<void> {
  return entry.opening.then(file => file.close()).catch(() => undefined);
}

function trim(): void {
  if (entries.size > MAX_OPEN) {
    for (const [path, entry] of entries) {
      if (entries.size <= MAX_OPEN) break;
      if (entry.users === 0) void forget(path, entry);
    }
  }
  if (sweeper || entries.size === 0) return;
  sweeper = setTimeout(() => {
    sweeper = null;
    const before = performance.now() - IDLE_MS;
    for (const [path, entry] of entries) if (entry.users === 0 && entry.lastUsedAt < before) void forget(path, entry);
    trim();
  }, IDLE_MS / 2);
  sweeper.unref();
}

async function openBelow(folder: string, relative: string, mode: Mode): Promise<FileHandle> {
  const components = relative.split('/');
  if (relative === '' || components.some(component => component === '' || component === '.' || component === '..')) {
    throw new DiskError('internal', `Not a path below the folder: ${relative}`);
  }
  await checkFoldersBelow(folder, relative, mode === 'create');
  const path = join(folder, relative);
  // Without O_NOFOLLOW a link must be seen before it is followed.
  if (NO_FOLLOW === 0) await refuseLink(path, false);
  const create = mode === 'create' ? constants.O_CREAT : 0;
  const flags = mode === 'read' ? constants.O_RDONLY : constants.O_RDWR | create;
  // O_NONBLOCK: a pipe that lies where the file should be must not hang the program.
  const file = await open(path, flags | NO_FOLLOW | (constants.O_NONBLOCK ?? 0), 0o666);
  const kind = await file.stat();
  if (kind.isFile()) return file;
  await file.close();
  throw new DiskError('not-writable', `Something else is already where ${path} should be. Move it away, then resume.`);
}

/**
 * Looks at every folder between `folder` and the file: a link in the way is refused.
 * @returns the folders that had to be made, outermost first
 */
export async function checkFoldersBelow(folder: string, relative: string, make: boolean): Promise<string[]> {
  const made: string[] = [];
  let place = folder;
  for (const component of relative.split('/').slice(0, -1)) {
    place = join(place, component);
    if (make) await mkdir(place).then(() => made.push(place), ignoreExisting);
    await refuseLink(place, true);
  }
  return made;
}

async function refuseLink(path: string, mustBeFolder: boolean): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !mustBeFolder) return null;
    throw error;
  });
  if (!found) return;
  if (found.isSymbolicLink()) {
    throw new DiskError('not-writable', `${path} is a link to another place. Flashswarm does not write through links.`);
  }
  if (mustBeFolder && !found.isDirectory()) {
    throw new DiskError('not-writable', `${path} is a file where a folder should be. Move it away, then resume.`);
  }
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
