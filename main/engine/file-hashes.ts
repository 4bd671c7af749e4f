// SHA-256 of every file that arrives, computed from the pieces as they come, without a second read where they come in order.
//
// Each file's hash stands at some byte. A piece that continues there is fed to it from memory. One that comes early is left
// alone: when the gap before it closes, it is read back from the store, one slice at a time for each file and for few files
// at once. After a restart, files that are whole and not known yet are read; others are taken up when their next piece comes.
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { Bitfield } from './bitfield.ts';
import { TypedEmitter } from './typed-emitter.ts';

export type FileState = 'waiting' | 'right' | 'wrong';
export const FILE_STATES: readonly FileState[] = ['waiting', 'right', 'wrong'];
const WAITING = 0;
const RIGHT = 1;
const WRONG = 2;

export interface FileHashesOptions {
  metainfo: Metainfo;
  /** SHA-256 (64 hex digits, lower case) by number of the file; null, or nothing: not checked, it stays `waiting`. */
  expected: readonly (string | null)[];
  /** Reads a range inside one piece that is here. */
  read: (piece: number, offset: number, length: number) => Promise<Uint8Array>;
  /** Pieces that are here already; copied. */
  have?: Bitfield;
  /** States that `states()` told in an earlier run; believed for files that are whole. */
  known?: Uint8Array;
}

interface FileEvents {
  file: [index: number, state: 'right' | 'wrong'];
  /** The store could not give back what it has. The file waits until `start` or `check`. */
  failed: [index: number, error: unknown];
}

/** Read back and hashed in one go: a few milliseconds of the main loop. */
const SLICE_BYTES = 1024 * 1024;
const MAX_READING_FILES = 2;

/** A file whose hash has begun and is not told yet. */
interface Progress {
  /** Null before the first byte: a torrent may have a hundred thousand files. */
  hash: Hash | null;
  /** Bytes of the file that are in the hash. */
  done: number;
  /** Being read, or in line for it. */
  reading: boolean;
  /** All bytes come from the store: the last word. */
  final: boolean;
}

export class FileHashes extends TypedEmitter<FileEvents> {
  readonly #o: FileHashesOptions;
  readonly #have: Bitfield;
  readonly #states: Uint8Array;
  readonly #progress = new Map<number, Progress>();
  readonly #waiting = new Map<number, ((state: FileState) => void)[]>();
  readonly #line: number[] = [];
  #reading = 0;
  #closed = false;
  #bytesReadBack = 0;

  constructor(options: FileHashesOptions) {
    super();
    this.#o = options;
    const { metainfo, have, known } = options;
    this.#have = new Bitfield(metainfo.pieceCount, have?.bytes);
    this.#states = new Uint8Array(metainfo.files.length);
    for (let index = 0; index < this.#states.length; index++) {
      const state = known?.[index] ?? WAITING;
      if ((state === RIGHT || state === WRONG) && this.#isChecked(index) && this.#isWhole(index)) this.#states[index] = state;
    }
  }

  /** Bytes that had to be read although they had been in memory once, or were there before this run. */
  get bytesReadBack(): number {
    return this.#bytesReadBack;
  }

  file(index: number): FileState {
    return FILE_STATES[this.#states[index] ?? WAITING]!;
  }

  /** By number of the file: 0 waiting (not whole, not hashed yet, or nothing to compare with), 1 right, 2 wrong. A copy. */
  states(): Uint8Array {
    return Uint8Array.from(this.#states);
  }

  /** Begins with the files that are whole and not known yet; again after `failed`. */
  start(): void {
    for (let index = 0; index < this.#states.length; index++) {
      if (this.#states[index] === WAITING && this.#isChecked(index) && this.#isWhole(index)) this.#advance(index);
    }
  }

  /** A verified piece that is in the store now. `data` may be reused after the call. */
  pieceWritten(piece: number, data: Uint8Array): void {
    if (this.#closed || this.#have.get(piece)) return;
    this.#have.set(piece);
    const pieceStart = piece * this.#o.metainfo.pieceLength;
    const { files } = this.#o.metainfo;
    for (let index = this.#firstFileIn(pieceStart); index < files.length; index++) {
      const { offset, length } = files[index]!;
      if (offset >= pieceStart + data.length) break;
      if (length === 0 || !this.#isChecked(index) || this.#states[index] !== WAITING) continue;
      const progress = this.#begun(index);
      const from = Math.max(pieceStart, offset);
      if (!progress.reading && offset + progress.done === from) {
        const part = data.subarray(from - pieceStart, Math.min(pieceStart + data.length, offset + length) - pieceStart);
        feed(progress, part);
      }
      this.#advance(index);
    }
  }

  /**
   * Reads the file from the store and compares once more, whatever was found before; with pieces missing it stays as it is.
   * Rejects when the store cannot read.
   */
  check(index: number): Promise<FileState> {
    if (this.#closed || !this.#isChecked(index) || !this.#isWhole(index)) return Promise.resolve(this.file(index));
    const answer = this.#answer(index);
    const running = this.#progress.get(index);
    if (running?.final && running.reading) return answer;
    this.#states[index] = WAITING;
    this.#fromStore(index, running);
    this.#advance(index);
    return answer;
  }

  /** Nothing is read or told any more. */
  close(): void {
    this.#closed = true;
    this.#line.length = 0;
    this.#progress.clear();
    for (const [index, waiting] of this.#waiting) for (const tell of waiting) tell(this.file(index));
    this.#waiting.clear();
    this.removeAllListeners();
  }

  #isChecked(index: number): boolean {
    return Boolean(this.#o.expected[index]) && this.#o.metainfo.files[index]?.padding === false;
  }

  #pieceAt(index: number, byte: number): number {
    return Math.floor((this.#o.metainfo.files[index]!.offset + byte) / this.#o.metainfo.pieceLength);
  }

  #isWhole(index: number): boolean {
    const { length } = this.#o.metainfo.files[index]!;
    if (length === 0) return true;
    for (let piece = this.#pieceAt(index, 0); piece <= this.#pieceAt(index, length - 1); piece++) if (!this.#have.get(piece)) return false;
    return true;
  }

  // The last file that begins at or before the byte; those before it end there at the latest.
  #firstFileIn(byte: number): number {
    const { files } = this.#o.metainfo;
    let low = 0;
    let high = files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (files[middle]!.offset <= byte) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #begun(index: number): Progress {
    let progress = this.#progress.get(index);
    if (!progress) this.#progress.set(index, progress = { hash: null, done: 0, reading: false, final: false });
    return progress;
  }

  #answer(index: number): Promise<FileState> {
    return new Promise((resolve, reject) => {
      const failed = (at: number, error: unknown): void => {
        if (at !== index) return;
        this.off('failed', failed);
        reject(error);
      };
      this.on('failed', failed);
      const tell = (state: FileState): void => {
        this.off('failed', failed);
        resolve(state);
      };
      this.#waiting.set(index, [...(this.#waiting.get(index) ?? []), tell]);
    });
  }

  /** Begins anew: every byte will come from the store. A read under way ends by seeing that it is not asked for any more. */
  #fromStore(index: number, before: Progress | undefined): void {
    this.#progress.set(index, { hash: null, done: 0, reading: before?.reading ?? false, final: true });
  }

  /** Tells the result, or has the next bytes read if they are here. */
  #advance(index: number): void {
    const progress = this.#begun(index);
    if (progress.reading || this.#closed) return;
    const { length } = this.#o.metainfo.files[index]!;
    if (progress.done === length) return this.#finish(index, progress);
    if (!this.#have.get(this.#pieceAt(index, progress.done))) return;
    progress.reading = true;
    this.#line.push(index);
    this.#readNext();
  }

  #finish(index: number, progress: Progress): void {
    const right = (progress.hash ?? createHash('sha256')).digest('hex') === this.#o.expected[index];
    if (!right && !progress.final) {
      // Its pieces hold, so what is stored is looked at once more before it is called wrong.
      this.#fromStore(index, undefined);
      return this.#advance(index);
    }
    this.#progress.delete(index);
    this.#states[index] = right ? RIGHT : WRONG;
    const waiting = this.#waiting.get(index) ?? [];
    this.#waiting.delete(index);
    this.emit('file', index, right ? 'right' : 'wrong');
    for (const tell of waiting) tell(right ? 'right' : 'wrong');
  }

  #readNext(): void {
    while (this.#reading < MAX_READING_FILES) {
      const index = this.#line.shift();
      if (index === undefined) return;
      this.#reading++;
      void this.#readBack(index).finally(() => {
        this.#reading--;
        this.#readNext();
      });
    }
  }

  async #readBack(index: number): Promise<void> {
    const { offset, length } = this.#o.metainfo.files[index]!;
    const { pieceLength } = this.#o.metainfo;
    for (;;) {
      const progress = this.#progress.get(index);
      if (!progress || this.#closed) return;
      const from = offset + progress.done;
      const piece = Math.floor(from / pieceLength);
      if (progress.done === length || !this.#have.get(piece)) {
        progress.reading = false;
        return progress.done === length ? this.#advance(index) : undefined;
      }
      const count = Math.min(SLICE_BYTES, offset + length - from, (piece + 1) * pieceLength - from);
      try {
        const data = await this.#o.read(piece, from - piece * pieceLength, count);
        this.#bytesReadBack += data.length;
        if (this.#closed || this.#progress.get(index) !== progress) continue;
        feed(progress, data);
      } catch (error) {
        if (this.#closed) return;
        this.#progress.delete(index);
        this.#waiting.delete(index);
        this.emit('failed', index, error);
        return;
      }
    }
  }
}

function feed(progress: Progress, data: Uint8Array): void {
  progress.hash ??= createHash('sha256');
  progress.hash.update(data);
  progress.done += data.length;
}
