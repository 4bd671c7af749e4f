// Hashes files for a package in a thread of its own, so that whoever waits for it stays responsive.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { ListedFile } from '../metainfo/list-files.ts';
import type { MetainfoErrorCode } from '../metainfo/metainfo-error.ts';
import { MetainfoError } from '../metainfo/metainfo-error.ts';
import { PackageError } from './package-error.ts';

/** The files of one torrent, in its order. Each begins a piece: zeros fill the last piece of the one before (BEP 47). */
export interface FilesToHash { pieceLength: number; files: Pick<ListedFile, 'absolute' | 'length' | 'mtimeMs'>[] }

/** `sha256`: 64 hex digits for each file; `pieces`: 20 bytes (SHA-1) for each piece of the torrent. */
export interface HashedFiles { sha256: string[]; pieces: Uint8Array }

/** What the thread says. `bytes` were read since it last said so. */
export type HashMessage =
  | { kind: 'progress'; bytes: number }
  | { kind: 'hashed'; group: number; sha256: string[]; pieces: Uint8Array }
  | { kind: 'done' }
  | { kind: 'failed'; code: string | null; message: string };

/** Beside the caller's bundle (dist/X/main.js -> dist/package/hash-worker.js), or the source when nothing is bundled. */
function findWorker(): string {
  for (const relative of ['../package/hash-worker.js', './hash-worker.ts']) {
    const path = fileURLToPath(new URL(relative, import.meta.url));
    if (existsSync(path)) return path;
  }
  throw new Error('The part that reads files is not built. Run: npm run build');
}

/**
 * One read of every file: its SHA-256 and the SHA-1 of its pieces.
 * @param onBytes told how many bytes more were read
 * @throws {MetainfoError} `unreadable`, `file-changed`; {PackageError} `stopped` when the signal fires
 */
export async function hashFiles(groups: readonly FilesToHash[], options: { signal?: AbortSignal | undefined; onBytes?(count: number): void } = {}): Promise<HashedFiles[]> {
  const { signal, onBytes } = options;
  const stopped = () => new PackageError('stopped', 'Reading the files was stopped.');
  if (signal?.aborted) throw stopped();
  if (groups.length === 0) return [];
  const hashed: HashedFiles[] = [];
  const worker = new Worker(findWorker(), { workerData: groups, name: 'hashing', execArgv: [] });
  let onAbort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(stopped());
      signal?.addEventListener('abort', onAbort, { once: true });
      worker.on('message', (message: HashMessage) => {
        switch (message.kind) {
          case 'progress': onBytes?.(message.bytes); break;
          case 'hashed': hashed[message.group] = { sha256: message.sha256, pieces: message.pieces }; break;
          case 'done': resolve(); break;
          case 'failed': reject(message.code ? new MetainfoError(message.code as MetainfoErrorCode, message.message) : new Error(message.message)); break;
        }
      });
      worker.on('error', reject);
      worker.on('exit', () => reject(new Error('The thread that reads the files ended too early.')));
    });
  } finally {
    if (onAbort) signal?.removeEventListener('abort', onAbort);
    await worker.terminate();
  }
  return hashed;
}
