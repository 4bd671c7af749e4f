// Makes a torrent from a file or a folder: one streaming read, SHA-1 in the thread pool, bounded memory.
import { createHash, webcrypto } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { encode } from 'bencode';
import type { Metainfo } from './metainfo.ts';
import { parseInfoDictionary } from './info-dictionary.ts';
import { MetainfoError } from './metainfo-error.ts';
import { choosePieceLength, isUsablePieceLength } from './piece-length.ts';
import { checkedTrackers, checkedWebSeeds } from './source-addresses.ts';

export interface CreateTorrentOptions {
  /** Name in the torrent; that of the file or folder unless told. */
  name?: string;
  /** Bytes, a power of two from 16 KiB to 64 MiB; chosen by size unless told. */
  pieceLength?: number;
  trackers?: string[][];
  webSeeds?: string[];
  comment?: string;
  createdBy?: string;
  /** Seconds since 1970. */
  creationDate?: number;
  private?: boolean;
  signal?: AbortSignal;
  /** Bytes hashed so far and in all. */
  onProgress?(doneBytes: number, totalBytes: number): void;
}

interface Source { absolute: string; path: string[]; length: number; mtimeMs: number }

const MAX_FILES = 100_000;
const MAX_OPEN_PIECES = 4;
// What operating systems leave in folders; nobody means to send it.
const LEFT_OUT = new Set(['.DS_Store', 'Thumbs.db', 'desktop.ini']);

/**
 * Reads everything below `path` (symbolic links are left out) and describes it. Throws MetainfoError: `empty` without
 * any byte, `unreadable`, `file-changed` when a file changes meanwhile, `stopped` when the signal fires.
 */
export async function createTorrent(path: string, options: CreateTorrentOptions = {}): Promise<Metainfo> {
  const root = resolve(path);
  const { sources, multiFile } = await listSources(root);
  const totalBytes = sources.reduce((sum, source) => sum + source.length, 0);
  if (totalBytes === 0) throw new MetainfoError('empty', 'There is nothing to share: no file with any content.');
  const pieceLength = options.pieceLength ?? choosePieceLength(totalBytes);
  if (!isUsablePieceLength(pieceLength)) {
    throw new MetainfoError('bad-metadata', 'The piece size must be a power of two from 16 KiB to 64 MiB.');
  }
  const name = options.name ?? basename(root);
  const pieces = await hashPieces(sources, pieceLength, totalBytes, options);
  const info: Record<string, unknown> = { name, pieces, 'piece length': pieceLength };
  if (multiFile) info['files'] = sources.map(source => ({ length: source.length, path: source.path }));
  else info['length'] = totalBytes;
  if (options.private) info['private'] = 1;
  const infoBytes = Uint8Array.from(encode(info));

  const metainfo: Metainfo = {
    ...parseInfoDictionary(infoBytes),
    infoHash: createHash('sha1').update(infoBytes).digest('hex'),
    trackers: checkedTrackers(options.trackers ?? []),
    webSeeds: checkedWebSeeds(options.webSeeds ?? []),
    createdBy: options.createdBy ?? 'Flashswarm',
    creationDate: options.creationDate ?? Math.floor(Date.now() / 1000),
  };
  if (options.comment) metainfo.comment = options.comment;
  return metainfo;
}

async function listSources(root: string): Promise<{ sources: Source[]; multiFile: boolean }> {
  const top = await stat(root).catch((error: unknown) => {
    throw new MetainfoError('unreadable', `${root} is not there or cannot be read.`, { cause: error });
  });
  if (top.isFile()) {
    return { sources: [{ absolute: root, path: [basename(root)], length: top.size, mtimeMs: top.mtimeMs }], multiFile: false };
  }
  if (!top.isDirectory()) throw new MetainfoError('unreadable', `${root} is neither a file nor a folder.`);
  const sources: Source[] = [];
  await visit(root, [], sources);
  return { sources, multiFile: true };
}

async function visit(folder: string, path: string[], sources: Source[]): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new MetainfoError('unreadable', `${folder} cannot be read.`, { cause: error });
  });
  entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const entry of entries) {
    const absolute = join(folder, entry.name);
    if (entry.isDirectory()) await visit(absolute, [...path, entry.name], sources);
    if (!entry.isFile() || LEFT_OUT.has(entry.name)) continue;
    if (sources.length >= MAX_FILES) throw new MetainfoError('too-large', 'A torrent cannot hold more than 100,000 files.');
    const { size, mtimeMs } = await stat(absolute);
    sources.push({ absolute, path: [...path, entry.name], length: size, mtimeMs });
  }
}

async function hashPieces(
  sources: Source[], pieceLength: number, totalBytes: number, options: CreateTorrentOptions,
): Promise<Buffer> {
  const pieces: Buffer<ArrayBuffer> = Buffer.alloc(Math.ceil(totalBytes / pieceLength) * 20);
  const running = new Set<Promise<void>>();
  const spare: Buffer<ArrayBuffer>[] = [];
  let piece = 0;
  let filled = 0;
  let doneBytes = 0;
  let buffer: Buffer<ArrayBuffer> = Buffer.allocUnsafe(pieceLength);

  const finishPiece = async (): Promise<void> => {
    const index = piece++;
    const full = buffer;
    const length = filled;
    const task = webcrypto.subtle.digest('SHA-1', full.subarray(0, length)).then(digest => {
      pieces.set(new Uint8Array(digest), index * 20);
      doneBytes += length;
      spare.push(full);
      running.delete(task);
      options.onProgress?.(doneBytes, totalBytes);
    });
    running.add(task);
    if (running.size >= MAX_OPEN_PIECES) await Promise.race(running);
    buffer = spare.pop() ?? Buffer.allocUnsafe(pieceLength);
    filled = 0;
  };

  try {
    for (const source of sources) {
      const file = await open(source.absolute, 'r').catch((error: unknown) => {
        throw new MetainfoError('unreadable', `${source.absolute} cannot be read.`, { cause: error });
      });
      try {
        for (let position = 0; position < source.length; ) {
          if (options.signal?.aborted) throw new MetainfoError('stopped', 'Creating the torrent was stopped.');
          const wanted = Math.min(pieceLength - filled, source.length - position);
          const { bytesRead } = await file.read(buffer, filled, wanted, position);
          if (bytesRead === 0) throw changed(source);
          position += bytesRead;
          filled += bytesRead;
          if (filled === pieceLength) await finishPiece();
        }
        const after = await file.stat();
        if (after.size !== source.length || after.mtimeMs !== source.mtimeMs) throw changed(source);
      } finally {
        await file.close();
      }
    }
    if (filled > 0) await finishPiece();
  } finally {
    await Promise.all(running);
  }
  return pieces;
}

function changed(source: Source): MetainfoError {
  return new MetainfoError('file-changed', `${source.absolute} changed while it was being read. Try again when it is complete.`);
}
