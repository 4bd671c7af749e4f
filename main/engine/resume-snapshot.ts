// The snapshot of what is verified: one small file per torrent, replaced as a whole or not at all.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { writeFileAtomic } from './atomic-file.ts';

/** 0 missing, 1 was on the disk, 2 from people, 3 from a server. */
export type PieceOrigin = 0 | 1 | 2 | 3;

export interface FileRecord { size: number; mtimeMs: number }

export interface Snapshot {
  /** Changes with every snapshot, so that a journal can belong to exactly one. */
  generation: string;
  have: Uint8Array;
  origins: Uint8Array;
  /** By number of the file; files that were not on the disk are absent. */
  files: Map<number, FileRecord>;
}

interface Stored {
  version: 1;
  infoHash: string;
  pieceCount: number;
  generation: string;
  have: string;
  origins: string;
  files: [index: number, size: number, mtimeMs: number][];
}

const MAX_SNAPSHOT_BYTES = 128 * 1024 * 1024;

export function newGeneration(): string {
  return randomBytes(8).toString('hex');
}

/** Null when there is none, or it is damaged, or belongs to another torrent. */
export async function readSnapshot(path: string, infoHash: string, pieceCount: number): Promise<Snapshot | null> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_SNAPSHOT_BYTES) return null;
    const end = text.indexOf('\n');
    const body = text.slice(end + 1);
    if (text.slice(0, end) !== crc32(body).toString(16)) return null;
    const stored = JSON.parse(body) as Stored;
    if (stored.version !== 1 || stored.infoHash !== infoHash || stored.pieceCount !== pieceCount) return null;
    const have = Buffer.from(stored.have, 'base64');
    if (have.length !== Math.ceil(pieceCount / 8)) return null;
    return {
      generation: stored.generation,
      have,
      origins: unpackOrigins(Buffer.from(stored.origins, 'base64'), pieceCount),
      files: new Map(stored.files.map(([index, size, mtimeMs]) => [index, { size, mtimeMs }])),
    };
  } catch {
    return null;
  }
}

/** Writes beside the old one, forces it to the disk and puts it in the old one's place. */
export async function writeSnapshot(path: string, infoHash: string, pieceCount: number, snapshot: Snapshot): Promise<void> {
  const stored: Stored = {
    version: 1,
    infoHash,
    pieceCount,
    generation: snapshot.generation,
    have: Buffer.from(snapshot.have).toString('base64'),
    origins: packOrigins(snapshot.origins).toString('base64'),
    files: [...snapshot.files].map(([index, { size, mtimeMs }]) => [index, size, mtimeMs]),
  };
  const body = JSON.stringify(stored);
  await writeFileAtomic(path, `${crc32(body).toString(16)}\n${body}`, `${path}.${snapshot.generation}.new`);
  await syncFolder(dirname(path));
}

// Without this the rename itself may be lost with the power. Windows cannot and need not.
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  await handle.sync().catch(() => undefined);
  await handle.close();
}

// Two bits each.
function packOrigins(origins: Uint8Array): Buffer {
  const packed = Buffer.alloc((origins.length + 3) >> 2);
  for (let i = 0; i < origins.length; i++) packed[i >> 2]! |= (origins[i]! & 3) << ((i & 3) * 2);
  return packed;
}

function unpackOrigins(packed: Uint8Array, pieceCount: number): Uint8Array {
  return Uint8Array.from({ length: pieceCount }, (_, i) => ((packed[i >> 2] ?? 0) >> ((i & 3) * 2)) & 3);
}
