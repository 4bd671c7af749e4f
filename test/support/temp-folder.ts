// Folders for tests that are gone when the test is, however it ended.
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A new empty folder by its real path; the caller removes it. */
export function makeTempFolder(name = 'test'): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `flashswarm-${name}-`)));
}

/** A new empty folder, removed when the running test ends. */
export function tempFolder(name = 'test'): string {
  const folder = makeTempFolder(name);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
