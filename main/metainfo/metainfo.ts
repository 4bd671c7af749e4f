// The face of everything about torrents: what a checked torrent looks like, and how one is read from bytes.
import { createHash } from 'node:crypto';
import { decodeBounded, valueSpan } from 'bencode';
import { parseInfoDictionary } from './info-dictionary.ts';
import { MetainfoError } from './metainfo-error.ts';
import { checkedTrackers, checkedWebSeeds } from './source-addresses.ts';

export { MetainfoError } from './metainfo-error.ts';
export type { MetainfoErrorCode } from './metainfo-error.ts';
export { magnetOf, parseMagnet } from './magnet.ts';
export type { Magnet } from './magnet.ts';
export { diskPaths } from './disk-paths.ts';
export { createTorrent, torrentOfInfo } from './create-torrent.ts';
export type { CreateTorrentOptions } from './create-torrent.ts';
export { encodeTorrentFile } from './encode-torrent-file.ts';
export { choosePieceLength } from './piece-length.ts';

export interface MetainfoFile {
  /** Components as the torrent names them. Not safe on a disk: see `diskPaths`. */
  path: string[];
  /** Bytes. */
  length: number;
  /** Bytes before this file in the torrent. */
  offset: number;
  /** A pad file (BEP 47): zeros, never written. */
  padding: boolean;
  /** Milliseconds since 1970, where the torrent says so (BEP 47). */
  mtime?: number;
}

export interface Metainfo {
  /** 40 hex digits, lower case. */
  infoHash: string;
  /** The exact bytes of the info dictionary (what BEP 9 serves). */
  infoBytes: Uint8Array;
  name: string;
  /** Bytes. */
  pieceLength: number;
  /** Bytes of all files, pad files included. */
  length: number;
  pieceCount: number;
  /** 20 bytes (SHA-1) for every piece. */
  hashes: Uint8Array;
  /** In the order of the torrent. */
  files: MetainfoFile[];
  private: boolean;
  multiFile: boolean;
  trackers: string[][];
  webSeeds: string[];
  comment?: string;
  createdBy?: string;
  /** Seconds since 1970. */
  creationDate?: number;
}

/** A torrent file larger than this is refused, bytes. */
export const MAX_TORRENT_BYTES = 32 * 1024 * 1024;

const MAX_COMMENT_CHARACTERS = 4096;
const LIMITS = { maxBytes: MAX_TORRENT_BYTES, maxDepth: 64, maxElements: 2_000_000 };

/** Reads and checks a `.torrent` file (BEP 3). Throws MetainfoError. */
export function parseTorrentFile(bytes: Uint8Array): Metainfo {
  if (bytes.byteLength > MAX_TORRENT_BYTES) {
    throw new MetainfoError('too-large', 'This torrent file is larger than 32 MiB. No real torrent is.');
  }
  refuseWhatIsNoTorrent(bytes);
  let outer: Record<string, unknown>;
  let span: { start: number; end: number } | null;
  try {
    span = valueSpan(bytes, 'info', LIMITS);
    outer = decodeBounded(span ? withoutValue(bytes, span) : bytes, LIMITS).value as Record<string, unknown>;
  } catch (error) {
    if (error instanceof Error && error.message.includes('integer too large')) {
      throw new MetainfoError('bad-metadata', 'This torrent is damaged or malicious. A size in it is larger than any disk.', { cause: error });
    }
    throw new MetainfoError('not-a-torrent', 'This file is not a torrent, or it is damaged.', { cause: error });
  }
  if (!span) throw new MetainfoError('not-a-torrent', 'This file is not a torrent: it describes no files.');
  const infoBytes = Uint8Array.from(bytes.subarray(span.start, span.end));
  const announceList = Array.isArray(outer['announce-list']) ? outer['announce-list'] : [];
  const tiers = checkedTrackers(announceList);
  const metainfo: Metainfo = {
    ...parseInfoDictionary(infoBytes),
    infoHash: sha1Hex(infoBytes),
    trackers: tiers.length > 0 ? tiers : checkedTrackers([[outer['announce']]]),
    webSeeds: checkedWebSeeds(outer['url-list']),
  };
  const comment = shortText(outer['comment']);
  const createdBy = shortText(outer['created by']);
  const creationDate = outer['creation date'];
  if (comment) metainfo.comment = comment;
  if (createdBy) metainfo.createdBy = createdBy;
  if (Number.isSafeInteger(creationDate) && (creationDate as number) > 0) metainfo.creationDate = creationDate as number;
  return metainfo;
}

/**
 * Checks an info dictionary that came from peers (BEP 9).
 * @param infoHash 40 hex digits that the bytes must have; throws MetainfoError when they have not
 */
export function parseInfo(infoBytes: Uint8Array, infoHash: string): Metainfo {
  if (infoBytes.byteLength > MAX_TORRENT_BYTES) {
    throw new MetainfoError('too-large', 'The description of this torrent is larger than 32 MiB. No real one is.');
  }
  const own = Uint8Array.from(infoBytes);
  if (sha1Hex(own) !== infoHash.toLowerCase()) {
    throw new MetainfoError('info-hash-mismatch', 'The description that arrived does not belong to this link.');
  }
  return { ...parseInfoDictionary(own), infoHash: infoHash.toLowerCase(), trackers: [], webSeeds: [] };
}

function sha1Hex(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

// The info dictionary is read by itself and can be large: once is enough.
function withoutValue(bytes: Uint8Array, span: { start: number; end: number }): Uint8Array {
  return Buffer.concat([bytes.subarray(0, span.start), Buffer.from('de'), bytes.subarray(span.end)]);
}

// What people really hand over instead of a torrent: an error page, a saved web page, an empty download.
function refuseWhatIsNoTorrent(bytes: Uint8Array): void {
  if (bytes.byteLength === 0) throw new MetainfoError('not-a-torrent', 'This file is empty.');
  if (bytes[0] === 0x64) return;
  const start = Buffer.from(bytes.subarray(0, 1024)).toString('utf8').replace(/^\uFEFF/, '').trimStart().toLowerCase();
  if (start.startsWith('<')) {
    throw new MetainfoError(
      'not-a-torrent',
      'This is a web page, not a torrent. The site may want you to sign in, or the link leads to a page about the torrent.',
    );
  }
  if (start.startsWith('magnet:')) {
    throw new MetainfoError('not-a-torrent', 'This file holds a magnet link, not a torrent. Open the link itself.');
  }
  throw new MetainfoError('not-a-torrent', 'This file is not a torrent.');
}

function shortText(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array) || value.length === 0) return undefined;
  return Buffer.from(value.subarray(0, MAX_COMMENT_CHARACTERS * 4)).toString('utf8').slice(0, MAX_COMMENT_CHARACTERS);
}

