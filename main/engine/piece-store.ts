// What the session needs of a place where pieces are kept; the chunk store on disk is one.
import type { Bitfield } from './bitfield.ts';

export interface PieceStore {
  /** Verified pieces; the store owns it. */
  readonly have: Bitfield;
  /** For each piece: 0 missing, 1 was here, 2 from people, 3 from a server; remembered over restarts. */
  readonly origins?: Uint8Array;
  /** Creates nothing on disk; applies what was remembered and hashes what cannot be believed, telling how far it is (0..1). */
  open(onProgress?: (done: number) => void): Promise<void>;
  /** A range inside one verified piece; rejects when unreadable. */
  readBlock(piece: number, offset: number, length: number): Promise<Uint8Array>;
  readPiece(piece: number): Promise<Uint8Array>;
  /** Writes a piece whose hash was checked, then marks it. `data` may be reused after the promise has resolved. */
  writePiece(piece: number, data: Uint8Array, source: 'people' | 'server'): Promise<void>;
  recheck(onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void>;
  /** 0: skip. */
  setSelection(filePriorities: Uint8Array): void;
  flush(): Promise<void>;
  close(): Promise<void>;
  moveTo(folder: string): Promise<void>;
  ownedPaths(): Promise<{ files: string[]; folders: string[] }>;
  /** Forgets what is verified; after close only. */
  deleteResumeData?(): Promise<void>;
}
