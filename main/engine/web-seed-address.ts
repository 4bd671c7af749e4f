// Where a range of a torrent's bytes is on a web server (BEP 19): the addresses of its files, and the parts that are only padding.
import type { Metainfo } from '../metainfo/metainfo.ts';

/** Consecutive bytes of one file. */
export interface FilePart {
  /** Number of the file. */
  file: number;
  /** Bytes of the file: the first, and the one after the last. */
  from: number;
  to: number;
  /** Zeros that no server has. */
  padding: boolean;
}

/** The parts of files between two offsets of the torrent, in order. */
export function partsOf(metainfo: Pick<Metainfo, 'files'>, from: number, to: number): FilePart[] {
  const { files } = metainfo;
  const parts: FilePart[] = [];
  for (let file = fileAt(files, from); file < files.length && files[file]!.offset < to; file++) {
    const { offset, length, padding } = files[file]!;
    const part = { file, from: Math.max(from - offset, 0), to: Math.min(to - offset, length), padding };
    if (part.from < part.to) parts.push(part);
  }
  return parts;
}

/** The number of the first file that ends after an offset. */
function fileAt(files: Metainfo['files'], offset: number): number {
  let low = 0;
  let high = files.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (files[middle]!.offset + files[middle]!.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The address of a file. One that ends in a slash is a folder, and a torrent of several files always has one; what the file is called is put
 * before a query, where there is one.
 */
export function fileUrl(base: string, metainfo: Pick<Metainfo, 'name' | 'multiFile'>, path: readonly string[]): string {
  const [, place, query] = /^([^?]*)(.*)$/s.exec(base) as unknown as [string, string, string];
  if (!metainfo.multiFile) return place.endsWith('/') ? place + encoded(path) + query : base;
  return `${place.endsWith('/') ? place : `${place}/`}${encoded([metainfo.name, ...path])}${query}`;
}

// What is between slashes stays there: `encodeURIComponent` leaves dots alone, which would lead out of the folder, and throws at halves of characters.
function encoded(path: readonly string[]): string {
  return path.map((part) => (/^\.{1,2}$/.test(part) ? part.replaceAll('.', '%2E') : encodeURIComponent(Buffer.from(part).toString()))).join('/');
}
