// Finds out what of a new layer is on the disk already: whole files by SHA-256, pieces of changed files by their SHA-1. Reads nothing.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { ManifestLayer } from './package-types.ts';

/** A verified file, anywhere in the user's package folders. */
export interface OldFile {
  absolutePath: string;
  /** Bytes. */
  length: number;
  /** 64 hex digits, lower case; null when it is not known. */
  sha256: string | null;
  /** The torrent it came with and its number there: only with these are its pieces compared. All its pieces were verified. */
  pieces?: { metainfo: Metainfo; fileIndex: number } | undefined;
}

/** Bytes of an old file that are also in a new one. */
export interface ReusePart {
  /** Absolute path of the old file. */
  from: string;
  /** Bytes from the start of the old file. */
  fromOffset: number;
  /** Bytes from the start of the new file. */
  toOffset: number;
  length: number;
}

export type FileReuse =
  | { kind: 'whole'; /** Absolute path of a file with the same bytes. */ from: string }
  | { kind: 'pieces'; /** In the order of the new file; none overlap. */ parts: ReusePart[] };

export interface ReusePlan {
  metainfo: Metainfo;
  /** By number of the file in the torrent; null where nothing is reused, and for pad files. */
  files: (FileReuse | null)[];
  /** Bytes of files whose pieces are all here when the plan is carried out; pad files never count. */
  reusedBytes: number;
  /** Bytes of files that have to be fetched. */
  fetchBytes: number;
  wholeFiles: number;
}

/** The bytes of one file in a piece that holds nothing else but pad bytes. */
interface Place { file: number; fileOffset: number; pieceOffset: number; length: number }

/**
 * What can be reused of `old` for a layer of a new version. Equal pieces count wherever they are, in files that begin on
 * piece boundaries (BEP 47) in both torrents; a piece that holds bytes of two files is never reused.
 * @param fresh a checked layer: its torrent's files, pad files aside, are those of the layer
 */
export function planReuse(fresh: { layer: Pick<ManifestLayer, 'files'>; metainfo: Metainfo }, old: readonly OldFile[]): ReusePlan {
  const { metainfo } = fresh;
  const files: (FileReuse | null)[] = metainfo.files.map(() => null);
  const whole = new Map<string, string>();
  for (const { sha256, length, absolutePath } of old) {
    const key = `${length}:${sha256}`;
    if (sha256 !== null && !whole.has(key)) whole.set(key, absolutePath);
  }
  const listed = new Map(fresh.layer.files.map(file => [file.path, file]));
  let wholeFiles = 0;
  for (const [index, { padding, length, path }] of metainfo.files.entries()) {
    if (padding) continue;
    const named = metainfo.multiFile ? listed.get(path.join('/')) : fresh.layer.files[0];
    // Files without bytes are made anyway.
    const from = named && named.length === length && length > 0 ? whole.get(`${length}:${named.sha256}`) : undefined;
    if (from === undefined) continue;
    files[index] = { kind: 'whole', from };
    wholeFiles++;
  }
  for (const [index, parts] of equalPieces(metainfo, index => files[index] === null, old)) files[index] = { kind: 'pieces', parts };
  return { metainfo, files, wholeFiles, ...figures(metainfo, files) };
}

/** Parts by number of the new file, for the files that `wanted` asks for. */
function equalPieces(metainfo: Metainfo, wanted: (file: number) => boolean, old: readonly OldFile[]): Map<number, ReusePart[]> {
  // The new side is held in memory, because only changed files are in it; the old ones pass by.
  const places = new Map<string, Place[]>();
  for (const [file, { padding }] of metainfo.files.entries()) {
    if (padding || !wanted(file)) continue;
    for (const { piece, place } of alonePieces(metainfo, file)) {
      const key = pieceKey(metainfo, piece);
      const same = places.get(key);
      if (same) same.push(place);
      else places.set(key, [place]);
    }
  }
  const found = new Map<number, ReusePart[]>();
  for (const { absolutePath, length, pieces } of old) {
    if (places.size === 0) break;
    if (!pieces || pieces.metainfo.files[pieces.fileIndex]?.length !== length) continue;
    for (const { piece, place } of alonePieces(pieces.metainfo, pieces.fileIndex)) {
      const key = pieceKey(pieces.metainfo, piece);
      const same = places.get(key);
      if (!same) continue;
      const left = same.filter(target => {
        if (target.pieceOffset !== place.pieceOffset || target.length > place.length) return true;
        const part = { from: absolutePath, fromOffset: place.fileOffset, toOffset: target.fileOffset, length: target.length };
        const parts = found.get(target.file);
        if (parts) parts.push(part);
        else found.set(target.file, [part]);
        return false;
      });
      if (left.length > 0) places.set(key, left);
      else places.delete(key);
    }
  }
  for (const [file, parts] of found) found.set(file, joined(parts));
  return found;
}

/** Pieces that hold bytes of this file and else only pad bytes. */
function* alonePieces(metainfo: Metainfo, file: number): Generator<{ piece: number; place: Place }> {
  const { pieceLength, files } = metainfo;
  const { offset, length } = files[file]!;
  if (length === 0) return;
  for (let piece = Math.floor(offset / pieceLength); piece * pieceLength < offset + length; piece++) {
    const start = piece * pieceLength;
    const from = Math.max(start, offset);
    const to = Math.min(start + pieceLength, offset + length);
    if ((from > start && !isPadded(files, file, -1, start)) || (to < start + pieceLength && !isPadded(files, file, 1, start + pieceLength))) continue;
    yield { piece, place: { file, fileOffset: from - offset, pieceOffset: from - start, length: to - from } };
  }
}

/** Whether between the file and the byte `until`, before it (-1) or after it (1), there is nothing but pad files and empty ones. */
function isPadded(files: Metainfo['files'], file: number, step: 1 | -1, until: number): boolean {
  for (let index = file + step; index >= 0 && index < files.length; index += step) {
    const { offset, length, padding } = files[index]!;
    if (step === 1 ? offset >= until : offset + length <= until) return true;
    if (!padding && length > 0) return false;
  }
  return true;
}

function pieceKey({ hashes }: Metainfo, piece: number): string {
  return Buffer.from(hashes.buffer, hashes.byteOffset + piece * 20, 20).toString('latin1');
}

/** Sorted, neighbours made one. */
function joined(parts: ReusePart[]): ReusePart[] {
  parts.sort((a, b) => a.toOffset - b.toOffset);
  const runs: ReusePart[] = [];
  for (const part of parts) {
    const last = runs.at(-1);
    const goesOn = last?.from === part.from && last.toOffset + last.length === part.toOffset && last.fromOffset + last.length === part.fromOffset;
    if (last && goesOn) last.length += part.length;
    else runs.push({ ...part });
  }
  return runs;
}

// A piece counts only when all its bytes are here: the neighbour of a reused file may share one, and is fetched with it.
function figures(metainfo: Metainfo, files: readonly (FileReuse | null)[]): { reusedBytes: number; fetchBytes: number } {
  const { pieceLength } = metainfo;
  const missing = new Float64Array(metainfo.pieceCount);
  const real = new Float64Array(metainfo.pieceCount);
  const spread = (into: Float64Array, from: number, length: number, sign: 1 | -1): void => {
    for (let at = from; at < from + length; ) {
      const piece = Math.floor(at / pieceLength);
      const end = Math.min((piece + 1) * pieceLength, from + length);
      into[piece]! += sign * (end - at);
      at = end;
    }
  };
  for (const [index, { padding, offset, length }] of metainfo.files.entries()) {
    if (padding) continue;
    spread(real, offset, length, 1);
    spread(missing, offset, length, 1);
    const reuse = files[index];
    if (reuse?.kind === 'whole') spread(missing, offset, length, -1);
    else for (const part of reuse?.parts ?? []) spread(missing, offset + part.toOffset, part.length, -1);
  }
  let reusedBytes = 0;
  let fetchBytes = 0;
  for (let piece = 0; piece < real.length; piece++) {
    if (missing[piece] === 0) reusedBytes += real[piece]!;
    else fetchBytes += real[piece]!;
  }
  return { reusedBytes, fetchBytes };
}
