// Where the bytes of a piece lie: which files, from where to where.
import type { Metainfo } from '../metainfo/metainfo.ts';
import { diskPaths } from '../metainfo/metainfo.ts';

export interface Segment {
  /** Number of the file in the torrent. */
  file: number;
  /** Bytes from the start of the file. */
  fileOffset: number;
  /** Bytes from the start of the piece. */
  pieceOffset: number;
  length: number;
}

export class Layout {
  readonly metainfo: Metainfo;
  /** Path of each file below the folder; null for pad files. */
  readonly paths: (string | null)[];

  constructor(metainfo: Metainfo) {
    this.metainfo = metainfo;
    this.paths = diskPaths(metainfo);
  }

  /**
   * Where the file would be under the very names in the torrent, when they differ from the safe ones and this system
   * can have them: so lies what a person made a torrent from. Null otherwise.
   */
  namedPath(file: number): string | null {
    const { name, multiFile, files } = this.metainfo;
    if (this.paths[file] === null) return null;
    const components = multiFile ? [name, ...files[file]!.path] : [name];
    const possible = components.every(one => (
      one !== '' && one !== '.' && one !== '..' && !one.includes('/') && !one.includes('\0') && Buffer.byteLength(one) <= 255
    ));
    const path = components.join('/');
    return possible && process.platform !== 'win32' && path !== this.paths[file] ? path : null;
  }

  /** Bytes; the last piece may be shorter. */
  pieceBytes(piece: number): number {
    const { pieceLength, length } = this.metainfo;
    return Math.min(pieceLength, length - piece * pieceLength);
  }

  /** Segments of a range inside one piece, in order; files without bytes have none. */
  segments(piece: number, offset = 0, length = this.pieceBytes(piece) - offset): Segment[] {
    const { files, pieceLength } = this.metainfo;
    const pieceStart = piece * pieceLength;
    const start = pieceStart + offset;
    const end = start + length;
    const segments: Segment[] = [];
    for (let index = this.#firstFileAt(start); index < files.length && files[index]!.offset < end; index++) {
      const file = files[index]!;
      const from = Math.max(start, file.offset);
      const to = Math.min(end, file.offset + file.length);
      if (to <= from) continue;
      segments.push({ file: index, fileOffset: from - file.offset, pieceOffset: from - pieceStart, length: to - from });
    }
    return segments;
  }

  /** First and last piece (inclusive) with bytes of the file; null when the file has none. */
  piecesOf(file: number): [first: number, last: number] | null {
    const { offset, length } = this.metainfo.files[file]!;
    if (length === 0) return null;
    const { pieceLength } = this.metainfo;
    return [Math.floor(offset / pieceLength), Math.floor((offset + length - 1) / pieceLength)];
  }

  // The last file that begins at or before the byte. Empty files before it begin there too and are skipped.
  #firstFileAt(byte: number): number {
    const { files } = this.metainfo;
    let low = 0;
    let high = files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (files[middle]!.offset <= byte) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
