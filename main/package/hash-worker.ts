// The thread that reads files for a package: SHA-256 of each file here, SHA-1 of the pieces in the thread pool, from one read.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import type { OpenFile } from '../metainfo/piece-hasher.ts';
import { PieceHasher } from '../metainfo/piece-hasher.ts';
import type { FilesToHash, HashMessage } from './hash-files.ts';

const REPORT_EVERY_BYTES = 4 * 1024 * 1024;

const say = (message: HashMessage) => parentPort!.postMessage(message);
let unsaidBytes = 0;

function progress(count: number, reportAt = REPORT_EVERY_BYTES): void {
  unsaidBytes += count;
  if (unsaidBytes < reportAt) return;
  say({ kind: 'progress', bytes: unsaidBytes });
  unsaidBytes = 0;
}

// This thread has nothing else to do: waiting costs less than being told, which small files are mostly made of.
function openAtOnce(path: string): OpenFile {
  const descriptor = openSync(path, 'r');
  return {
    read: (target, offset, length, position) => readSync(descriptor, target, offset, length, position),
    stat: () => fstatSync(descriptor),
    close: () => closeSync(descriptor),
  };
}

async function hashGroup({ files, pieceLength }: FilesToHash): Promise<{ sha256: string[]; pieces: Uint8Array }> {
  const pieceCount = files.reduce((sum, file) => sum + Math.ceil(file.length / pieceLength), 0);
  const pieces = new Uint8Array(pieceCount * 20);
  const sha256: string[] = [];
  const last = files.findLastIndex((file) => file.length > 0);
  const hasher = new PieceHasher(pieceLength, (index, sha1) => pieces.set(sha1, index * 20), openAtOnce);
  try {
    for (const [index, file] of files.entries()) {
      const hash = createHash('sha256');
      await hasher.addFile(file, undefined, (bytes) => {
        hash.update(bytes);
        progress(bytes.length);
      });
      sha256.push(hash.digest('hex'));
      await hasher.endPiece(index < last);
    }
  } finally {
    await hasher.settled();
  }
  return { sha256, pieces };
}

async function hashAll(groups: readonly FilesToHash[]): Promise<void> {
  for (const [group, files] of groups.entries()) say({ kind: 'hashed', group, ...(await hashGroup(files)) });
  progress(0, 0);
  say({ kind: 'done' });
}

hashAll(workerData as FilesToHash[]).catch((error: Error & { code?: unknown }) => {
  say({ kind: 'failed', code: typeof error.code === 'string' ? error.code : null, message: error.message });
});
