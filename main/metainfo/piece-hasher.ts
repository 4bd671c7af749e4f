// Cuts what is read into pieces and takes their SHA-1 in the thread pool, a few at a time, while the reading goes on.
import { webcrypto } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { ListedFile } from './list-files.ts';
import { MetainfoError } from './metainfo-error.ts';

const MAX_OPEN_PIECES = 4;
const MAX_OPEN_BYTES = 32 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;

/** A file under read. What it answers may be there at once, from a thread that may wait for the disk, or later. */
export interface OpenFile {
  read(target: Uint8Array, offset: number, length: number, position: number): number | Promise<number>;
  stat(): Stated | Promise<Stated>;
  close(): void | Promise<void>;
}
interface Stated { size: number; mtimeMs: number }

async function openForLater(path: string): Promise<OpenFile> {
  const handle = await open(path, 'r');
  return {
    read: async (target, offset, length, position) => (await handle.read(target, offset, length, position)).bytesRead,
    stat: () => handle.stat(),
    close: () => handle.close(),
  };
}

export class PieceHasher {
  readonly #pieceLength: number;
  readonly #maxOpen: number;
  readonly #onPiece: (index: number, sha1: Uint8Array, lengthBytes: number) => void;
  readonly #open: (path: string) => OpenFile | Promise<OpenFile>;
  readonly #running = new Set<Promise<void>>();
  readonly #spare: Buffer<ArrayBuffer>[] = [];
  #buffer: Buffer<ArrayBuffer>;
  #filled = 0;
  #index = 0;

  /** @param onPiece told 20 bytes for each piece, not always in order; `lengthBytes` counts what was read, without padding @param openFile without it no call waits for the disk */
  constructor(
    pieceLength: number, onPiece: (index: number, sha1: Uint8Array, lengthBytes: number) => void, openFile: (path: string) => OpenFile | Promise<OpenFile> = openForLater,
  ) {
    this.#open = openFile;
    this.#pieceLength = pieceLength;
    this.#onPiece = onPiece;
    this.#buffer = Buffer.allocUnsafe(pieceLength);
    this.#maxOpen = Math.max(1, Math.min(MAX_OPEN_PIECES, Math.floor(MAX_OPEN_BYTES / pieceLength)));
  }

  /**
   * Reads a whole file into pieces. `onBytes` sees each stretch before it may be written over.
   * @throws {MetainfoError} `unreadable`, `file-changed` when it is no longer as it was listed, `stopped`
   */
  async addFile(file: Pick<ListedFile, 'absolute' | 'length' | 'mtimeMs'>, signal?: AbortSignal, onBytes?: (bytes: Uint8Array) => void): Promise<void> {
    let handle: OpenFile;
    try {
      handle = await this.#open(file.absolute);
    } catch (error) {
      throw new MetainfoError('unreadable', `${file.absolute} cannot be read.`, { cause: error });
    }
    try {
      for (let position = 0; position < file.length; ) {
        if (signal?.aborted) throw new MetainfoError('stopped', 'Reading the files was stopped.');
        const wanted = Math.min(this.#pieceLength - this.#filled, file.length - position, READ_BYTES);
        const bytesRead = await handle.read(this.#buffer, this.#filled, wanted, position);
        if (bytesRead === 0) throw changed(file);
        onBytes?.(this.#buffer.subarray(this.#filled, this.#filled + bytesRead));
        position += bytesRead;
        this.#filled += bytesRead;
        if (this.#filled === this.#pieceLength) await this.#finishPiece(this.#filled);
      }
      const after = await handle.stat();
      if (after.size !== file.length || after.mtimeMs !== file.mtimeMs) throw changed(file);
    } finally {
      await handle.close();
    }
  }

  /** Ends the piece under way: as it is (the last of a torrent), or filled up with zeros (BEP 47). */
  async endPiece(padded: boolean): Promise<void> {
    if (this.#filled === 0) return;
    const read = this.#filled;
    if (padded) this.#filled = this.#buffer.fill(0, read).length;
    await this.#finishPiece(read);
  }

  /** Resolves when every piece that was begun is hashed. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #finishPiece(readBytes: number): Promise<void> {
    const index = this.#index++;
    const full = this.#buffer;
    const task = webcrypto.subtle.digest('SHA-1', full.subarray(0, this.#filled)).then(digest => {
      this.#spare.push(full);
      this.#running.delete(task);
      this.#onPiece(index, new Uint8Array(digest), readBytes);
    });
    this.#running.add(task);
    if (this.#running.size >= this.#maxOpen) await Promise.race(this.#running);
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafe(this.#pieceLength);
    this.#filled = 0;
  }
}

function changed(file: Pick<ListedFile, 'absolute'>): MetainfoError {
  return new MetainfoError('file-changed', `${file.absolute} changed while it was being read. Try again when it is complete.`);
}
