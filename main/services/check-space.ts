// Says before the start, not in the middle, that a folder cannot take the files.
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError } from '../../contract/index.ts';
import { freeBytes } from '../engine/disk-space.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';

export interface WantedTorrent {
  metainfo: Metainfo;
  /** Numbers of files that are not wanted. */
  skipped?: ReadonlySet<number>;
  /** Bytes that are written beside the torrent's own files. */
  moreBytes?: number;
}

/**
 * @param wanted nothing: not known yet
 * @param paused nothing is written now, so that space is no matter yet
 * @throws {ContractError} `not-writable`, `no-space`
 */
export async function checkSpace(folder: string, wanted: readonly WantedTorrent[], paused: boolean): Promise<void> {
  // What is all there is only shared: that needs no right to write.
  if (wanted.length > 0 && (await Promise.all(wanted.map(({ metainfo }) => isAllThere(folder, metainfo)))).every(Boolean)) return;
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new ContractError('not-writable', `Flashswarm may not write into ${folder} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Choose another folder.`);
  }
  if (wanted.length === 0 || paused) return;
  let needed = 0;
  for (const { metainfo, skipped, moreBytes } of wanted) {
    needed += metainfo.files.reduce((sum, file, index) => sum + (file.padding || skipped?.has(index) ? 0 : file.length), moreBytes ?? 0);
  }
  const free = await freeBytes(folder);
  if (free === null || needed <= free) return;
  for (const { metainfo } of wanted) needed -= await bytesAlreadyThere(folder, metainfo);
  const missing = needed - free;
  if (missing <= 0) return;
  throw new ContractError('no-space', `There is ${(missing / 1e9).toFixed(missing > 1e8 ? 1 : 3)} GB too little space in ${folder}. Free some space, or choose fewer files or another folder.`);
}

/** What files of the same names take on the disk already: they are checked and used, or written over. */
async function bytesAlreadyThere(folder: string, metainfo: Metainfo): Promise<number> {
  let bytes = 0;
  for (const path of diskPaths(metainfo)) {
    if (path === null) continue;
    const found = await stat(join(folder, path)).catch(() => null);
    if (found?.isFile()) bytes += found.blocks === undefined ? found.size : Math.min(found.size, found.blocks * 512);
  }
  return bytes;
}

async function isAllThere(folder: string, metainfo: Metainfo): Promise<boolean> {
  const paths = diskPaths(metainfo);
  for (const [index, file] of metainfo.files.entries()) {
    const path = paths[index];
    if (path === null || path === undefined) continue;
    const found = await stat(join(folder, path)).catch(() => null);
    if (!found?.isFile() || found.size !== file.length) return false;
  }
  return true;
}
