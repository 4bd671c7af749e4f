// One layer of a package while it is open: its record, its torrent in the engine, and which files are what the publisher signed.
import type { FileEntry, LayerState } from '../../contract/index.ts';
import type { EngineProblem, Torrent, TorrentStats } from '../engine/engine.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import type { ManifestLayer } from '../package/package-types.ts';
import type { LayerRecord } from './package-record.ts';

const priorityNames = ['skip', 'normal', 'high'] as const;
const checkNames = ['waiting', 'right', 'wrong'] as const;

export class LayerEntry {
  readonly record: LayerRecord;
  readonly torrent: Torrent;
  /** What the signed manifest says of it; null for a plain torrent. */
  manifest: ManifestLayer | null;
  problem: (EngineProblem & { missingBytes?: number }) | null = null;
  work: { kind: 'checking' | 'moving'; progress: number } | null = null;
  /** Stops what is being put into its files before they are opened; resolves when that is over. */
  stopPreparing: () => Promise<void> = () => Promise.resolve();
  #paths: (string | null)[] | null = null;
  #pieceBytes: Uint32Array | null = null;
  #contentBytes: number | null = null;
  /** What was compared since it was last written into the record. */
  #news = new Map<number, boolean>();
  #lastBytes = 0;
  #metered: { received: number; uploaded: number };
  #lastByteAt = Date.now();

  constructor(record: LayerRecord, torrent: Torrent, manifest: ManifestLayer | null) {
    this.record = record;
    this.torrent = torrent;
    this.manifest = manifest;
    this.#metered = { received: record.counters.receivedBytes, uploaded: record.counters.uploadedBytes };
  }

  get metainfo(): Metainfo | null {
    return this.torrent.metainfo;
  }

  /** Bytes of its files; what only fills the last piece of a file up is none of them. 0 while the list is not here. */
  get contentBytes(): number {
    if (!this.metainfo) return 0;
    this.#contentBytes ??= contentLength(this.metainfo);
    return this.#contentBytes;
  }

  /** Something of it is here. */
  get begun(): boolean {
    return this.torrent.stats().bytesDone > 0;
  }

  /** Notes what the comparison of a file with the signed SHA-256 brought; `keepChecks` writes it down. @returns whether it is the first since then */
  noteCheck(index: number, right: boolean): boolean {
    this.#news.set(index, right);
    return this.#news.size === 1;
  }

  /** Many files are compared in a moment: their results are written down together. */
  keepChecks(): void {
    if (!this.#news.size) return;
    const states = [...this.record.checked.padEnd(this.metainfo?.files.length ?? 0, '0')];
    for (const [index, right] of this.#news) states[index] = right ? '1' : '2';
    this.#news.clear();
    this.record.checked = states.join('');
  }

  /** Writes what was given and got so far into the record. @returns whether it was anything more than before */
  keepCounters(): boolean {
    const { receivedBytes, uploadedBytes, fromPeople, fromServer } = this.torrent.stats();
    const before = this.record.counters;
    this.record.counters = { receivedBytes, uploadedBytes, fromPeople, fromServer };
    return uploadedBytes !== before.uploadedBytes || receivedBytes !== before.receivedBytes;
  }

  /** Priorities for the engine: one byte a file, padding never chosen. */
  priorities(metainfo: Metainfo): Uint8Array {
    const { priorities, selectOnly } = this.record;
    return Uint8Array.from(metainfo.files, (file, index) => {
      if (file.padding) return 0;
      if (priorities.length === metainfo.files.length) return Number(priorities[index]);
      return selectOnly && !selectOnly.includes(index) ? 0 : 1;
    });
  }

  /** Every chosen byte is here and its pieces are right. */
  get complete(): boolean {
    return this.metainfo !== null && this.torrent.store !== null && this.torrent.stats().wantedDone;
  }

  /** A file whose pieces hold is not what the publisher signed: the package contradicts itself. */
  get refused(): boolean {
    return this.record.checked.includes('2');
  }

  /** Complete, and each chosen file is what the publisher signed. */
  get verified(): boolean {
    if (!this.complete) return false;
    const { metainfo } = this;
    if (!this.manifest || !metainfo) return true;
    const priorities = this.priorities(metainfo);
    return metainfo.files.every((file, index) => file.padding || priorities[index] === 0 || this.record.checked[index] === '1');
  }

  get ready(): boolean {
    return this.verified && (!this.manifest?.encryption || this.record.opened);
  }

  get state(): LayerState {
    if (!this.record.chosen) return 'left-out';
    if (this.refused) return 'refused';
    if (this.ready) return 'ready';
    if (this.verified) return 'sealed';
    if (this.complete || this.work?.kind === 'checking') return 'checking';
    return this.torrent.paused ? 'waiting' : 'getting';
  }

  get missingBytes(): number {
    const { bytesWanted, bytesDone } = this.torrent.stats();
    return Math.max(0, bytesWanted - bytesDone);
  }

  /** Bytes received and sent since the last call. */
  movedSince({ receivedBytes, uploadedBytes }: TorrentStats): { received: number; uploaded: number } {
    const before = this.#metered;
    this.#metered = { received: receivedBytes, uploaded: uploadedBytes };
    return { received: Math.max(0, receivedBytes - before.received), uploaded: Math.max(0, uploadedBytes - before.uploaded) };
  }

  /** Milliseconds since its last byte, while it runs. */
  stalledMs(stats: TorrentStats): number {
    const now = Date.now();
    if (stats.receivedBytes !== this.#lastBytes || this.torrent.paused) {
      this.#lastBytes = stats.receivedBytes;
      this.#lastByteAt = now;
    }
    return now - this.#lastByteAt;
  }

  /** Paths on the disk below the folder, by file; null for padding. */
  paths(metainfo: Metainfo): (string | null)[] {
    this.#paths ??= diskPaths(metainfo);
    return this.#paths;
  }

  /** @param base number of the layer's first file in the package */
  files(base: number): FileEntry[] {
    const { metainfo } = this;
    if (!metainfo) return [];
    const sources = this.torrent.pieceSources();
    const priorities = this.priorities(metainfo);
    const paths = this.paths(metainfo);
    const entries: FileEntry[] = [];
    metainfo.files.forEach((file, index) => {
      const path = paths[index];
      if (file.padding || path === null || path === undefined) return;
      entries.push({
        index: base + index, layer: this.record.id, path, length: file.length, bytesDone: bytesInRange(sources, metainfo, file.offset, file.length),
        priority: priorityNames[priorities[index]!]!, check: this.manifest ? checkNames[Number(this.record.checked[index] ?? 0)]! : 'none',
      });
    });
    return entries;
  }

  /** Verified bytes of files by source (index 1 local, 2 people, 3 server); what only fills pieces up counts for none. */
  bytesBySource(): number[] {
    const from = [0, 0, 0, 0];
    const { metainfo } = this;
    if (!metainfo) return from;
    this.#pieceBytes ??= contentByPiece(metainfo);
    const bytes = this.#pieceBytes;
    this.torrent.pieceSources().forEach((source, piece) => (from[source]! += bytes[piece]!));
    return from;
  }
}

/** Bytes of the files of a torrent, without what only fills up. */
export function contentLength({ files }: Metainfo): number {
  return files.reduce((sum, file) => sum + (file.padding ? 0 : file.length), 0);
}

function contentByPiece(metainfo: Metainfo): Uint32Array {
  const { pieceCount, pieceLength, length, files } = metainfo;
  const bytes = new Uint32Array(pieceCount).fill(pieceLength);
  if (pieceCount > 0) bytes[pieceCount - 1] = length - (pieceCount - 1) * pieceLength;
  for (const file of files) {
    if (!file.padding) continue;
    for (let at = file.offset; at < file.offset + file.length;) {
      const piece = Math.floor(at / pieceLength);
      const end = Math.min(file.offset + file.length, (piece + 1) * pieceLength);
      bytes[piece]! -= end - at;
      at = end;
    }
  }
  return bytes;
}

/** Verified bytes between two offsets of the torrent. */
function bytesInRange(sources: Uint8Array, metainfo: Metainfo, offset: number, length: number): number {
  if (length === 0) return 0;
  let done = 0;
  const first = Math.floor(offset / metainfo.pieceLength);
  const last = Math.floor((offset + length - 1) / metainfo.pieceLength);
  for (let piece = first; piece <= last; piece += 1) {
    if (!sources[piece]) continue;
    const start = Math.max(offset, piece * metainfo.pieceLength);
    const end = Math.min(offset + length, (piece + 1) * metainfo.pieceLength);
    done += end - start;
  }
  return done;
}
