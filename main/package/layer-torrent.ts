// The torrent of a layer: its files in order, each at the start of a piece, with pad files (BEP 47) between them.
import type { Metainfo } from '../metainfo/metainfo.ts';
import { choosePieceLength, encodeTorrentFile, torrentOfInfo } from '../metainfo/metainfo.ts';

const MIN_PIECE_BYTES = 16 * 1024;
/** More of a torrent than this being filling is worth smaller pieces, and a word to the publisher. */
export const MAX_PADDING_SHARE = 0.05;
/** Smaller pieces are not chosen beyond so many: each costs 27 bytes of every copy of the manifest. */
const MAX_CHOSEN_PIECES = 16_384;

/** How a torrent of these files turns out: its pieces, the filling between files, and the share of it that is filling, from 0 to 1. */
export function alignedSize(lengths: readonly number[], pieceLength: number): { pieces: number; paddingBytes: number; paddingShare: number } {
  const last = lengths.findLastIndex((length) => length > 0);
  let pieces = 0;
  let paddingBytes = 0;
  let bytes = 0;
  for (const [index, length] of lengths.entries()) {
    const own = Math.ceil(length / pieceLength);
    pieces += own;
    bytes += length;
    if (index < last) paddingBytes += own * pieceLength - length;
  }
  return { pieces, paddingBytes, paddingShare: bytes === 0 ? 0 : paddingBytes / (bytes + paddingBytes) };
}

/**
 * Bytes per piece for files of these lengths: as for any torrent of this size, and less where much of it would be filling.
 * @param before the piece length of an earlier version; kept when it is not far off, so that what did not change keeps its pieces
 */
export function chooseLayerPieceLength(lengths: readonly number[], before?: number): number {
  let pieceLength = choosePieceLength(lengths.reduce((sum, length) => sum + length, 0));
  for (let half = pieceLength / 2; half >= MIN_PIECE_BYTES; half /= 2) {
    if (alignedSize(lengths, pieceLength).paddingShare <= MAX_PADDING_SHARE || alignedSize(lengths, half).pieces > MAX_CHOSEN_PIECES) break;
    pieceLength = half;
  }
  return before !== undefined && before >= pieceLength / 4 && before <= pieceLength * 4 ? before : pieceLength;
}

/** Empty files first, where no filling stands before them; the others by their names. */
export function torrentOrder<T extends { length: number; path: string }>(files: readonly T[]): T[] {
  const byName = files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  return [...byName.filter(({ length }) => length === 0), ...byName.filter(({ length }) => length > 0)];
}

export interface LayerTorrentOptions { trackers: string[][]; webSeeds: string[]; /** Seconds since 1970. */ creationDate: number }

/**
 * @param name the package's folder
 * @param files in the order of the torrent, paths joined by '/'
 * @param pieces 20 bytes (SHA-1) for each piece, the files' last pieces filled with zeros
 * @throws {MetainfoError}
 */
export function layerTorrent(name: string, files: readonly { path: string; length: number }[], pieceLength: number, pieces: Uint8Array, options: LayerTorrentOptions): { metainfo: Metainfo; bytes: Uint8Array } {
  const info = { files: withPadFiles(files, pieceLength), name, 'piece length': pieceLength, pieces: Buffer.from(pieces) };
  const metainfo = torrentOfInfo(info, options);
  return { metainfo, bytes: encodeTorrentFile(metainfo) };
}

function withPadFiles(files: readonly { path: string; length: number }[], pieceLength: number): object[] {
  const last = files.findLastIndex(({ length }) => length > 0);
  return files.flatMap(({ path, length }, index) => {
    const file = { length, path: path.split('/') };
    const missing = length % pieceLength === 0 || index >= last ? 0 : pieceLength - (length % pieceLength);
    return missing === 0 ? [file] : [file, { attr: 'p', length: missing, path: ['.pad', String(missing)] }];
  });
}
