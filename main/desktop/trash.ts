// Moves what a package owns to the platform's trash, a whole folder at once where nothing else is in it.
import { readdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { shell } from 'electron';

/** Whether everything below this folder is in the list. */
async function isWhollyOwned(folder: string, owned: Set<string>): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const inside = path.join(folder, entry.name);
    if (!owned.has(inside)) return false;
    if (entry.isDirectory() && !(await isWhollyOwned(inside, owned))) return false;
  }
  return true;
}

/** @param paths absolute: files, and folders that are removed only when nothing foreign is in them. @throws Error with a sentence */
export async function moveToTrash(paths: string[]): Promise<void> {
  const owned = new Set(paths.map((one) => path.normalize(one)));
  // Parents first: what goes with a folder needs no own entry in the trash.
  for (const one of [...owned].sort((a, b) => a.length - b.length)) {
    const found = await stat(one).catch(() => null);
    if (!found || (found.isDirectory() && !(await isWhollyOwned(one, owned)))) continue;
    try {
      await shell.trashItem(one);
    } catch (error) {
      throw new Error(`"${path.basename(one)}" could not be moved to the trash: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  // A folder that held something foreign is empty now only if that has gone meanwhile: rmdir takes no other.
  for (const one of [...owned].sort((a, b) => b.length - a.length)) {
    const found = await stat(one).catch(() => null);
    if (found?.isDirectory()) await rmdir(one).catch(() => {});
  }
}
