// Moves the files of a torrent to another folder: all of them, or, when anything fails, none.
import { constants } from 'node:fs';
import { copyFile, lstat, mkdir, open, rename, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { foldersEmptyWithout } from './chunk-store-owned.ts';
import { DiskError, toDiskError } from './disk-error.ts';
import { checkFoldersBelow } from './disk-handles.ts';

/**
 * Renames where the disk allows it, else copies, forces the copy to the disk, compares sizes and deletes the originals
 * at the very end. Never writes over a file. Throws DiskError, and then everything is where it was.
 * @param relativePaths of files that are there, as `diskPaths` gives them
 */
export async function moveFiles(from: string, to: string, relativePaths: readonly string[]): Promise<void> {
  const undo: (() => Promise<unknown>)[] = [];
  const copied: string[] = [];
  try {
    const made = await mkdir(to, { recursive: true });
    if (made) undo.push(() => rmdir(to));
    for (const relative of relativePaths) {
      const source = join(from, relative);
      const target = join(to, relative);
      for (const folder of await checkFoldersBelow(to, relative, true)) undo.push(() => rmdir(folder));
      if (await lstat(target).catch(() => null)) {
        throw new DiskError('not-writable', `${target} is already there. Flashswarm does not write over it.`);
      }
      try {
        await rename(source, target);
        undo.push(() => rename(target, source));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
        undo.push(() => rm(target, { force: true }));
        await copyWhole(source, target);
        copied.push(source);
      }
    }
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    throw toDiskError(error, to);
  }
  const sources = relativePaths.map(relative => join(from, relative));
  const folders = await foldersEmptyWithout(from, sources);
  // From here on the copy is the truth: what cannot be deleted stays behind as a spare.
  for (const source of copied) await rm(source, { force: true }).catch(() => undefined);
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

async function copyWhole(source: string, target: string): Promise<void> {
  const before = await stat(source);
  await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  await utimes(target, before.atime, before.mtime);
  const file = await open(target, 'r+');
  try {
    await file.sync();
    if ((await file.stat()).size !== before.size) throw new DiskError('file-changed', `${source} changed while it was copied.`);
  } finally {
    await file.close();
  }
}
