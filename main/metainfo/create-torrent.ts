// Makes a torrent from a file or a folder: one streaming read, SHA-1 in the thread pool, bounded memory.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { encode } from 'bencode';
import type { Metainfo } from './metainfo.ts';
import { parseInfoDictionary } from './info-dictionary.ts';
import type { ListedFile } from './list-files.ts';
import { listFiles } from './list-files.ts';
import { MetainfoError } from './metainfo-error.ts';
import { PieceHasher } from './piece-hasher.ts';
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

type Source = Pick<ListedFile, 'absolute' | 'path' | 'length' | 'mtimeMs'>;

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
  return torrentOfInfo(info, options);
}

/** A torrent around an info dictionary that was just made, checked as if a stranger had sent it. @throws {MetainfoError} */
export function torrentOfInfo(info: Record<string, unknown>, options: CreateTorrentOptions): Metainfo {
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
  return { sources: await listFiles(root), multiFile: true };
}

async function hashPieces(
  sources: Source[], pieceLength: number, totalBytes: number, options: CreateTorrentOptions,
): Promise<Buffer> {
  const pieces: Buffer<ArrayBuffer> = Buffer.alloc(Math.ceil(totalBytes / pieceLength) * 20);
  let doneBytes = 0;
  const hasher = new PieceHasher(pieceLength, (index, sha1, lengthBytes) => {
    pieces.set(sha1, index * 20);
    doneBytes += lengthBytes;
    options.onProgress?.(doneBytes, totalBytes);
  });
  try {
    for (const source of sources) await hasher.addFile(source, options.signal);
    await hasher.endPiece(false);
  } finally {
    await hasher.settled();
  }
  return pieces;
}
