// Makes sure that one core alone works in a data folder; the lock falls with the process, however it ends.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * Holds the folder until `release`. SQLite's exclusive lock is the operating system's own file lock, so a killed
 * process leaves nothing behind that a person would have to remove.
 * @throws Error with a sentence when another process holds it
 */
export function lockDataFolder(dataDir: string): { release(): void } {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, 'in-use.lock'));
  try {
    database.exec('PRAGMA busy_timeout = 3000; PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
  } catch {
    database.close();
    throw new Error(`Another Flashswarm is using ${dataDir}. Close it, or choose another folder with --data-dir.`);
  }
  return { release: () => database.close() };
}
