// Keeps a torrent's verified pieces in files, and remembers across crashes exactly which pieces are verified.
//
// How a piece becomes verified: the caller has checked its hash; then `begun` goes into the journal, the bytes into the
// files, and only then does the piece count; `done` follows within a moment. The first two are in the operating system's
// hands one after the other, so killing the process at any moment leaves one of three states: nothing written (fetched
// later), begun (hashed at the next start), done (believed at the next start). About once a second data and journal are
// forced to the disk and a mark says so; after a loss of power only what is before the mark is believed, the rest is
// hashed. `flush` and quiet times replace the journal by a snapshot with sizes and times of the files; after that a
// start reads no data at all.
import type { Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Bitfield } from './bitfield.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { StoreFiles } from './chunk-store-files.ts';
import { StoreGate } from './chunk-store-gate.ts';
import { Layout } from './chunk-store-layout.ts';
import { moveFiles } from './chunk-store-move.ts';
import { foldersEmptyWithout } from './chunk-store-owned.ts';
import { suspectPieces } from './chunk-store-suspects.ts';
import { verifyPieces } from './chunk-store-verify.ts';
import { DiskError, toDiskError } from './disk-error.ts';
import type { PieceStore } from './piece-store.ts';
import { bootIdentity } from './resume-boot.ts';
import { ResumeJournal, readJournal } from './resume-journal.ts';
import { newGeneration, readSnapshot, writeSnapshot } from './resume-snapshot.ts';
import type { FileRecord, PieceOrigin } from './resume-snapshot.ts';

export interface ChunkStoreOptions {
  /** Absolute path of the folder that the torrent's file or folder lies in. */
  folder: string;
  /** Absolute path of the snapshot; journal and parts file lie beside it with endings of their own. */
  resumeFile: string;
  /** One byte a file, 0 for skip; all wanted unless told. */
  filePriorities?: Uint8Array;
}

/** A store that is still to be opened with `open()`. */
export async function openChunkStore(metainfo: Metainfo, options: ChunkStoreOptions): Promise<PieceStore> {
  return new ChunkStore(metainfo, options);
}

const SYNC_EVERY_MS = 1_000;
const QUIET_TICKS_BEFORE_SNAPSHOT = 4;
const MAX_JOURNAL_RECORDS = 200_000;
/** What a journal belongs to while there is no snapshot yet. */
const NO_GENERATION = '0';

class ChunkStore implements PieceStore {
  readonly have: Bitfield;
  readonly origins: Uint8Array;
  readonly #metainfo: Metainfo;
  readonly #files: StoreFiles;
  readonly #resumeFile: string;
  readonly #gate = new StoreGate();
  readonly #writing = new Map<number, Promise<void>>();
  /** Files that are longer on the disk than in the torrent. */
  readonly #overlong = new Set<number>();
  #generation = NO_GENERATION;
  #journal: ResumeJournal | null = null;
  #opening: Promise<void> | null = null;
  #moving: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #quietTicks = 0;
  #changed = false;
  #closed = false;

  constructor(metainfo: Metainfo, { folder, resumeFile, filePriorities }: ChunkStoreOptions) {
    this.#metainfo = metainfo;
    this.#resumeFile = resumeFile;
    this.have = new Bitfield(metainfo.pieceCount);
    this.origins = new Uint8Array(metainfo.pieceCount);
    const priorities = Uint8Array.from(filePriorities ?? new Uint8Array(metainfo.files.length).fill(1));
    this.#files = new StoreFiles(new Layout(metainfo), folder, `${resumeFile}.parts`, priorities);
  }

  open(onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void> {
    this.#opening ??= this.#gate.alone(() => this.#open(onProgress, signal)).catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return this.#opening;
  }

  async #open(onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void> {
    const { infoHash, pieceCount } = this.#metainfo;
    const snapshot = await readSnapshot(this.#resumeFile, infoHash, pieceCount);
    this.#generation = snapshot?.generation ?? NO_GENERATION;
    const identity = { infoHash, generation: this.#generation, boot: bootIdentity() };
    const journal = await readJournal(`${this.#resumeFile}.journal`, identity);
    const remembered = new Bitfield(pieceCount, snapshot?.have);
    const origins = snapshot?.origins ?? new Uint8Array(pieceCount);
    for (const [piece, origin] of journal?.done ?? []) {
      if (piece >= pieceCount) continue;
      remembered.set(piece);
      origins[piece] = origin;
    }
    for (const piece of [...(journal?.done.keys() ?? []), ...(journal?.uncertain.keys() ?? [])]) {
      if (piece < pieceCount) for (const { file } of this.#files.layout.segments(piece)) this.#files.written[file] = 1;
    }
    await this.#files.parts.load(pieceCount);
    const stats = await this.#lookAgain();
    if (snapshot && snapshot.files.size > 0 && remembered.count > 0 && ![...snapshot.files.keys()].some(file => stats.has(file))) {
      throw new DiskError('files-missing', `The files are not in ${this.#files.folder} any more. Bring them back, or check them again.`);
    }
    const suspects = suspectPieces(remembered, this.#files, stats, snapshot, journal);
    for (const piece of suspects) if (piece >= pieceCount) suspects.delete(piece);
    for (let piece = 0; piece < pieceCount; piece++) this.#mark(piece, remembered.get(piece) && !suspects.has(piece), origins[piece]);
    await this.#verify([...suspects].sort((a, b) => a - b), piece => journal?.uncertain.get(piece) ?? origins[piece], onProgress, signal);
    if (suspects.size > 0) await this.#shortenComplete();
    const news = suspects.size > 0 || journal !== null;
    if (news && (this.have.count > 0 || snapshot)) {
      this.#changed = true;
      await this.#snapshot();
    }
  }

  async #lookAgain(): Promise<Map<number, Stats>> {
    await this.#files.adoptNamed();
    const stats = await this.#files.lookAt(this.#metainfo.files.keys());
    this.#files.onDisk.fill(0);
    this.#overlong.clear();
    for (const [file, { size }] of stats) {
      this.#files.onDisk[file] = 1;
      if (size > this.#metainfo.files[file]!.length) this.#overlong.add(file);
    }
    this.#files.settle();
    return stats;
  }

  #mark(piece: number, right: boolean, origin: number | undefined): void {
    this.have.set(piece, right);
    this.origins[piece] = right ? origin || 1 : 0;
  }

  async #verify(
    pieces: number[], originOf: (piece: number) => number | undefined, onProgress?: (done: number) => void, signal?: AbortSignal,
  ): Promise<void> {
    let done = 0;
    await verifyPieces(this.#files, pieces, (piece, right) => {
      this.#mark(piece, right, originOf(piece));
      onProgress?.(++done / pieces.length);
    }, signal);
  }

  // A file that is right but for what follows its end is made right.
  async #shortenComplete(): Promise<void> {
    for (const file of this.#overlong) {
      if (!this.#hasAllOf(file)) continue;
      this.#overlong.delete(file);
      await this.#files.shorten(file).catch(() => undefined);
    }
  }

  #hasAllOf(file: number): boolean {
    const range = this.#files.layout.piecesOf(file);
    if (!range) return false;
    for (let piece = range[0]; piece <= range[1]; piece++) if (!this.have.get(piece)) return false;
    return true;
  }

  async readBlock(piece: number, offset: number, length: number): Promise<Uint8Array> {
    const bytes = this.#files.layout.pieceBytes(piece);
    if (!(offset >= 0 && length > 0 && offset + length <= bytes)) throw new RangeError(`No such range in piece ${piece}`);
    if (!this.have.get(piece)) throw new RangeError(`Piece ${piece} is not here`);
    await this.#moving;
    const data = Buffer.allocUnsafeSlow(length);
    await this.#files.read(this.#files.layout.segments(piece, offset, length), piece, data, offset);
    return data;
  }

  readPiece(piece: number): Promise<Uint8Array> {
    return this.readBlock(piece, 0, this.#files.layout.pieceBytes(piece));
  }

  writePiece(piece: number, data: Uint8Array, source: 'people' | 'server'): Promise<void> {
    if (data.length !== this.#files.layout.pieceBytes(piece)) return Promise.reject(new RangeError(`Piece ${piece} has another size`));
    const before = this.#writing.get(piece);
    if (before) return before;
    const origin = source === 'server' ? 3 : 2;
    const writing = this.#gate.shared(() => this.#write(piece, data, origin)).finally(() => this.#writing.delete(piece));
    this.#writing.set(piece, writing);
    return writing;
  }

  async #write(piece: number, data: Uint8Array, origin: PieceOrigin): Promise<void> {
    if (this.#closed) throw new DiskError('internal', 'The files of this torrent are closed.');
    if (this.have.get(piece)) return;
    try {
      const journal = await this.#openJournal();
      await journal.begun(piece, origin);
      await this.#files.write(piece, data);
      journal.done(piece, origin);
    } catch (error) {
      throw toDiskError(error, this.#resumeFile);
    }
    this.#mark(piece, true, origin);
    this.#changed = true;
    this.#quietTicks = 0;
    if (this.#overlong.size > 0) await this.#shortenComplete();
    this.#schedule();
  }

  async #openJournal(): Promise<ResumeJournal> {
    if (!this.#journal) {
      const identity = { infoHash: this.#metainfo.infoHash, generation: this.#generation, boot: bootIdentity() };
      this.#journal = new ResumeJournal(`${this.#resumeFile}.journal`, identity);
    }
    return this.#journal;
  }

  #schedule(): void {
    if (this.#timer || this.#closed) return;
    this.#timer = setTimeout(() => {
      void this.#tick().catch(() => undefined).finally(() => {
        this.#timer = null;
        if (this.#journal) this.#schedule();
      });
    }, SYNC_EVERY_MS);
    this.#timer.unref();
  }

  // A failure here is not lost: the journal stays, and flush and the next start meet the same disk.
  async #tick(): Promise<void> {
    this.#quietTicks++;
    const journal = this.#journal;
    if (!journal) return;
    const quiet = this.#quietTicks > QUIET_TICKS_BEFORE_SNAPSHOT || (this.have.isFull() && this.#quietTicks > 1);
    if (quiet || journal.records > MAX_JOURNAL_RECORDS) return this.flush();
    if (this.#files.dirty.size === 0) return;
    await this.#gate.shared(async () => {
      const { records } = journal;
      await this.#files.sync();
      await journal.synced(records);
    });
  }

  async recheck(onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void> {
    await this.#gate.alone(async () => {
      await this.#files.release();
      this.#files.forgetWrites(this.#metainfo.files.keys());
      // An `open` that found the files gone, or none at all, went before.
      if (!this.#opening) await this.#files.parts.load(this.have.length);
      await this.#lookAgain();
      const possible: number[] = [];
      for (let piece = 0; piece < this.have.length; piece++) {
        const segments = this.#files.layout.segments(piece);
        if (segments.some(({ file }) => this.#files.onDisk[file]) || this.#files.parts.has(piece)) possible.push(piece);
        else this.#mark(piece, false, 0);
      }
      this.#changed = true;
      try {
        await this.#verify(possible, piece => this.origins[piece], onProgress, signal);
        await this.#shortenComplete();
      } finally {
        await this.#snapshot();
      }
      this.#opening ??= Promise.resolve();
    });
  }

  setSelection(filePriorities: Uint8Array): void {
    const wanted = this.#files.select(Uint8Array.from(filePriorities));
    if (wanted.length === 0) return;
    // Fails when the disk does: the bytes then stay where they are, and the next change or start tries again.
    this.#gate.alone(() => this.#bringOut(wanted)).catch(() => undefined);
  }

  async #bringOut(files: number[]): Promise<void> {
    if (this.#closed) return;
    const journal = await this.#openJournal();
    for (const file of files) {
      const range = this.#files.layout.piecesOf(file);
      for (let piece = range?.[0] ?? 0; range && piece <= range[1]; piece++) {
        if (!this.have.get(piece) || !this.#files.parts.has(piece)) continue;
        await journal.begun(piece, this.origins[piece] as PieceOrigin);
        for (const segment of this.#files.layout.segments(piece)) {
          if (segment.file !== file) continue;
          const part = new Uint8Array(segment.length);
          await this.#files.parts.read(piece, segment.pieceOffset, part);
          await this.#files.writeSegment(segment, part);
        }
      }
      if (!range && this.have.count > 0) await this.#files.writeSegment({ file, fileOffset: 0, pieceOffset: 0, length: 0 }, new Uint8Array(0));
      this.#files.viaParts[file] = 0;
    }
    this.#changed = true;
    await this.#snapshot();
    const needed = (piece: number): boolean => this.#files.layout.segments(piece).some(({ file }) => this.#files.viaParts[file]);
    await this.#files.parts.drop(this.#files.parts.pieces().filter(piece => !needed(piece)));
  }

  flush(): Promise<void> {
    return this.#gate.alone(() => this.#snapshot());
  }

  // Data first, then what is said about it; the journal goes last, when nothing needs it any more.
  async #snapshot(): Promise<void> {
    if (!this.#changed && !this.#journal) return;
    await this.#files.sync();
    const onDisk = [...this.#metainfo.files.keys()].filter(file => this.#files.onDisk[file] === 1);
    const files = new Map<number, FileRecord>();
    for (const [file, stats] of await this.#files.lookAt(onDisk)) files.set(file, { size: stats.size, mtimeMs: this.#files.ownTime(file, stats) });
    const generation = newGeneration();
    const { infoHash, pieceCount } = this.#metainfo;
    try {
      await writeSnapshot(this.#resumeFile, infoHash, pieceCount, { generation, have: this.have.bytes, origins: this.origins, files });
    } catch (error) {
      throw toDiskError(error, this.#resumeFile);
    }
    this.#generation = generation;
    this.#changed = false;
    const journal = this.#journal ?? (await this.#openJournal());
    this.#journal = null;
    await journal.discard();
  }

  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    try {
      await this.#gate.alone(async () => {
        this.#closed = true;
        await this.#snapshot();
      });
    } finally {
      await this.#journal?.close();
      await this.#files.release();
    }
  }

  async moveTo(folder: string): Promise<void> {
    if (folder === this.#files.folder) return;
    const moving = this.#gate.alone(async () => {
      await this.#files.sync();
      await this.#files.release();
      const owned = await this.#ownedFiles();
      await moveFiles(this.#files.folder, folder, owned.map(file => this.#files.layout.paths[file]!));
      this.#files.folder = folder;
      this.#changed = true;
      await this.#snapshot();
    });
    this.#moving = moving.catch(() => undefined).finally(() => { this.#moving = null; });
    await moving;
  }

  async ownedPaths(): Promise<{ files: string[]; folders: string[] }> {
    const files = (await this.#ownedFiles()).map(file => this.#files.absolute(file));
    return { files, folders: await foldersEmptyWithout(this.#files.folder, files) };
  }

  // A file of the right name that holds nothing verified may be somebody else's: it was neither written nor recognised.
  async #ownedFiles(): Promise<number[]> {
    const present = await this.#files.lookAt(this.#metainfo.files.keys());
    return [...present].filter(([file, { size }]) => {
      if (this.#files.written[file]) return true;
      const range = this.#files.layout.piecesOf(file);
      if (!range) return size === 0 && this.have.count > 0;
      for (let piece = range[0]; piece <= range[1]; piece++) if (this.have.get(piece)) return true;
      return false;
    }).map(([file]) => file).sort((a, b) => a - b);
  }

  async deleteResumeData(): Promise<void> {
    for (const ending of ['', '.journal', '.parts']) await rm(`${this.#resumeFile}${ending}`, { force: true });
  }
}
