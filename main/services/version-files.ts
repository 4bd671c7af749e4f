// Puts the files of a finished newer version in the place of the old ones; done to the end at the next start if it was interrupted.
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DiskError } from '../engine/disk-error.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import type { EventPackage } from '../package/package-types.ts';
import type { PackageRecord } from './package-record.ts';

/** Where a newer version is put together: on the same disk, so that putting it in place is a matter of names. */
export const stagingFolderOf = (folder: string, id: string, version: number): string => join(folder, `.flashswarm-${id}-${version}`);

/**
 * What finishes a replacement that `record.event.replacing` says has begun: once, whoever asks for it first; again when it failed.
 * @throws {DiskError} with a sentence, when called
 */
export function putInPlaceOnce(record: PackageRecord, event: EventPackage, saved: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null;
  const finish = async (): Promise<void> => {
    if (!record.event?.replacing) return;
    try {
      await putInPlace(record, event);
    } catch (error) {
      running = null;
      throw new DiskError('not-writable', `The newer version is here, but its files could not be put in place: ${(error as Error).message}. Free the way, then let it go on.`);
    }
    record.event.replacing = null;
    await saved();
  };
  return () => (running ??= finish());
}

/**
 * Removes what the old version alone had, then gives the staged files their names. Every step may be done twice.
 * @param event the version that is being put in place; `record.layers` are its layers already
 */
export async function putInPlace(record: PackageRecord, event: EventPackage): Promise<void> {
  await stat(record.folder); // a disk that is not there must not look like one on which everything was done
  const staged = record.layers.filter((layer) => layer.stagingFolder !== null);
  for (const path of record.event?.replacing?.remove ?? []) {
    await rm(join(record.folder, path), { force: true });
    await removeEmptyFolders(record.folder, dirname(path));
  }
  for (const layer of staged) {
    const metainfo = event.layers.find((other) => other.metainfo.infoHash === layer.infoHash)!.metainfo;
    for (const path of diskPaths(metainfo)) if (path !== null) await moveIfThere(join(layer.stagingFolder!, path), join(record.folder, path));
  }
  for (const folder of new Set(staged.map((layer) => layer.stagingFolder!))) await rm(folder, { recursive: true, force: true });
  for (const layer of staged) layer.stagingFolder = null;
}

async function moveIfThere(from: string, to: string): Promise<void> {
  if (!(await stat(from).catch(() => null))) return; // moved before the interruption, or left out
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
}

async function removeEmptyFolders(root: string, below: string): Promise<void> {
  for (let folder = below; folder !== '.' && folder !== '/'; folder = dirname(folder)) {
    const left = await readdir(join(root, folder)).catch(() => null);
    if (!left || left.length > 0) return;
    await rmdir(join(root, folder)).catch(() => undefined);
  }
}
