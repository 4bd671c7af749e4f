// Replaces a small file so that a crash leaves the old or the new content, never half of one.
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Replaces a file with the given bytes: written beside it, synced, renamed. Its folder is made where it is missing.
 * @param beside where it is written first, in the same folder
 */
export async function writeFileAtomic(path: string, content: string | Uint8Array, beside = `${path}.new`): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(beside, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
