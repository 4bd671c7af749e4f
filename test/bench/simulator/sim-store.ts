// A place for pieces that holds none: it remembers which are here, and every byte of every piece is zero.
import { Bitfield } from '../../../main/engine/bitfield.ts';
import type { PieceStore } from '../../../main/engine/piece-store.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';

/** A torrent of one file of zeros; its hashes are what `SimMemory` says of every piece. */
export function simTorrent(length: number, pieceLength: number): Metainfo {
  const pieceCount = Math.ceil(length / pieceLength);
  return {
    infoHash: '00'.repeat(20), infoBytes: new Uint8Array(0), name: 'simulated', pieceLength, length, pieceCount, hashes: new Uint8Array(20 * pieceCount),
    files: [{ path: ['simulated'], length, offset: 0, padding: false }], private: false, multiFile: false, trackers: [], webSeeds: [],
  };
}

/** One buffer for all pieces of all clients: what is written there is what was there. */
export class SimMemory {
  readonly #buffer: Uint8Array;
  readonly #digest = new Uint8Array(20);

  constructor(pieceLength: number) {
    this.#buffer = new Uint8Array(pieceLength);
  }

  take(length: number): Uint8Array {
    return length === this.#buffer.length ? this.#buffer : this.#buffer.subarray(0, length);
  }

  digest(): Uint8Array {
    return this.#digest;
  }
}

export class SimStore implements PieceStore {
  readonly have: Bitfield;
  readonly origins: Uint8Array;
  readonly #metainfo: Metainfo;
  readonly #memory: SimMemory;

  constructor(metainfo: Metainfo, memory: SimMemory, complete: boolean) {
    this.#metainfo = metainfo;
    this.#memory = memory;
    this.have = new Bitfield(metainfo.pieceCount);
    this.origins = new Uint8Array(metainfo.pieceCount).fill(complete ? 1 : 0);
    if (complete) this.have.setAll();
  }

  async open(): Promise<void> {}

  async readBlock(_piece: number, _offset: number, length: number): Promise<Uint8Array> {
    return this.#memory.take(length);
  }

  async readPiece(piece: number): Promise<Uint8Array> {
    return this.#memory.take(Math.min(this.#metainfo.pieceLength, this.#metainfo.length - piece * this.#metainfo.pieceLength));
  }

  async writePiece(piece: number, _data: Uint8Array, source: 'people' | 'server'): Promise<void> {
    if (this.have.get(piece)) throw new Error(`Piece ${piece} came twice.`);
    this.origins[piece] = source === 'people' ? 2 : 3;
    this.have.set(piece);
  }

  async recheck(): Promise<void> {}
  setSelection(): void {}
  async flush(): Promise<void> {}
  async close(): Promise<void> {}
  async moveTo(): Promise<void> {}
  async ownedPaths(): Promise<{ files: string[]; folders: string[] }> {
    return { files: [], folders: [] };
  }

  async deleteResumeData(): Promise<void> {}
}
