// A piece store in memory, for tests of the engine that are not about disks.
import { createHash } from 'node:crypto';
import { Bitfield } from '../../main/engine/bitfield.ts';
import type { PieceStore } from '../../main/engine/piece-store.ts';
import type { Metainfo } from '../../main/metainfo/metainfo.ts';

export class MemoryStore implements PieceStore {
  readonly have: Bitfield;
  readonly origins: Uint8Array;
  readonly data: Uint8Array;
  readonly writes: number[];
  readonly #metainfo: Metainfo;
  /** Thrown by the next write. */
  failNextWrite: Error | null = null;

  constructor(metainfo: Metainfo, data?: Uint8Array) {
    this.#metainfo = metainfo;
    this.have = new Bitfield(metainfo.pieceCount);
    this.origins = new Uint8Array(metainfo.pieceCount).fill(data ? 1 : 0);
    this.data = data ?? new Uint8Array(metainfo.length);
    this.writes = new Array<number>(metainfo.pieceCount).fill(0);
    if (data) this.have.setAll();
  }

  async open(): Promise<void> {}

  async readBlock(piece: number, offset: number, length: number): Promise<Uint8Array> {
    const from = piece * this.#metainfo.pieceLength + offset;
    return this.data.subarray(from, from + length);
  }

  async readPiece(piece: number): Promise<Uint8Array> {
    const from = piece * this.#metainfo.pieceLength;
    return this.data.subarray(from, Math.min(from + this.#metainfo.pieceLength, this.#metainfo.length));
  }

  async writePiece(piece: number, data: Uint8Array, source: 'people' | 'server'): Promise<void> {
    const fail = this.failNextWrite;
    this.failNextWrite = null;
    if (fail) throw fail;
    this.data.set(data, piece * this.#metainfo.pieceLength);
    this.writes[piece]!++;
    this.origins[piece] = source === 'people' ? 2 : 3;
    this.have.set(piece);
  }

  async recheck(onProgress?: (done: number) => void): Promise<void> {
    for (let piece = 0; piece < this.have.length; piece++) {
      const digest = createHash('sha1').update(await this.readPiece(piece)).digest();
      this.have.set(piece, digest.equals(this.#metainfo.hashes.subarray(piece * 20, piece * 20 + 20)));
      this.origins[piece] = this.have.get(piece) ? this.origins[piece] || 1 : 0;
      onProgress?.((piece + 1) / this.have.length);
    }
  }

  setSelection(): void {}
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
  async moveTo(): Promise<void> {}
  async ownedPaths(): Promise<{ files: string[]; folders: string[] }> {
    return { files: [], folders: [] };
  }

  async deleteResumeData(): Promise<void> {
    for (let piece = 0; piece < this.have.length; piece++) this.have.set(piece, false);
  }
}
