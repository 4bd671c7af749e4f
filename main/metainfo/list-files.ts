// Lists the files of a folder that is to be shared, in an order that is the same on every machine.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MetainfoError } from './metainfo-error.ts';

export interface ListedFile {
  absolute: string;
  /** Components below the folder. */
  path: string[];
  /** Bytes. */
  length: number;
  mtimeMs: number;
  /** When content or attributes changed last; no program sets it back. */
  ctimeMs: number;
}

const MAX_FILES = 100_000;
// What operating systems leave in folders; nobody means to send it.
const LEFT_OUT = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * Everything below `folder`, by the bytes of the names. Symbolic links and devices are left out and told to `onLeftOut`.
 * @throws {MetainfoError} `unreadable`, `too-large` with more than 100,000 files
 */
export async function listFiles(folder: string, onLeftOut?: (path: string) => void): Promise<ListedFile[]> {
  const files: ListedFile[] = [];
  await visit(folder, [], files, onLeftOut);
  return files;
}

async function visit(folder: string, path: string[], files: ListedFile[], onLeftOut?: (path: string) => void): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new MetainfoError('unreadable', `${folder} cannot be read.`, { cause: error });
  });
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const entry of entries) {
    const absolute = join(folder, entry.name);
    if (entry.isDirectory()) await visit(absolute, [...path, entry.name], files, onLeftOut);
    else if (!entry.isFile()) onLeftOut?.([...path, entry.name].join('/'));
    if (!entry.isFile() || LEFT_OUT.has(entry.name)) continue;
    if (files.length >= MAX_FILES) throw new MetainfoError('too-large', 'A torrent cannot hold more than 100,000 files.');
    const { size, mtimeMs, ctimeMs } = await stat(absolute).catch((error: unknown) => {
      throw new MetainfoError('unreadable', `${absolute} cannot be read. It is gone, or its name is not valid UTF-8.`, { cause: error });
    });
    files.push({ absolute, path: [...path, entry.name], length: size, mtimeMs, ctimeMs });
  }
}
