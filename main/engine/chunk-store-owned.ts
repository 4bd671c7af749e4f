// Which files and folders on the disk belong to a torrent and to nothing else.
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Folders below `folder` that hold nothing but the given files and one another, innermost first. Never `folder` itself.
 * @param files absolute paths below `folder`
 */
export async function foldersEmptyWithout(folder: string, files: readonly string[]): Promise<string[]> {
  const gone = new Set(files);
  const candidates = new Set<string>();
  for (const file of files) {
    for (let place = dirname(file); place.length > folder.length && place.startsWith(folder); place = dirname(place)) {
      if (candidates.has(place)) break;
      candidates.add(place);
    }
  }
  const result: string[] = [];
  for (const place of [...candidates].sort((a, b) => b.length - a.length)) {
    const entries = await readdir(place).catch(() => null);
    if (!entries || !entries.every(name => gone.has(join(place, name)))) continue;
    gone.add(place);
    result.push(place);
  }
  return result;
}
