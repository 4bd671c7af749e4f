// Turns what was dropped on the window into handles: the page gives files, the preload finds where they are, only we name the place.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Bridge } from '../../contract/index.ts';
import { isOpenableName } from '../../contract/openable.ts';

type Dropped = Awaited<ReturnType<NonNullable<Bridge['dropped']>>>;

const maxDropped = 100;

/**
 * @param paths as they came from the preload; what leads to neither a folder nor a file that may be opened is passed over
 * @param grant a handle for a path that the user chose
 */
export async function droppedFiles(paths: unknown, grant: (path: string) => string): Promise<Dropped> {
  const found: Dropped = [];
  for (const one of Array.isArray(paths) ? paths.slice(0, maxDropped) : []) {
    if (typeof one !== 'string' || one.length > 4_000 || one.includes('\0') || !path.isAbsolute(one)) continue;
    const info = await stat(one).catch(() => null);
    if (!info?.isDirectory() && !(info?.isFile() && isOpenableName(one))) continue;
    const place = path.normalize(one);
    found.push({ handle: grant(place), name: path.basename(place), path: place, isFolder: info.isDirectory() });
  }
  return found;
}
