// What the session needs of a place where pieces are kept; the chunk store on disk is one.
import type { Bitfield } from './bitfield.ts';

export interface PieceStore {
  /** Verified pieces; the store owns it. */
  readonly have: Bitfield;
  /** For each piece: 0 missing, 1 was here, 2 from people, 3 from a server; remembered over restarts. */
  readonly origins: Uint8Array;
  /**
   * Creates nothing; applies what was remembered and hashes what cannot be believed, telling how far it is (0..1).
   * Rejects with DiskError `files-missing` when files that held verified pieces are all gone (nothing is forgotten
   * then: bring them back and open again, or recheck).
   */
  open(onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void>;
  /** A range inside one verified piece; rejects when unreadable. */
  readBlock(piece: number, offset: number, length: number): Promise<Uint8Array>;
  readPiece(piece: number): Promise<Uint8Array>;
  /** Writes a piece whose hash was checked, then marks it. `data` may be reused after the promise has settled. */
  writePiece(piece: number, data: Uint8Array, source: 'people' | 'server'): Promise<void>;
  /**
   * Hashes every piece that could be here, telling how far it is (0..1). Stops with the signal's reason. Needs no
   * `open` before: so a person whose files are gone for good starts anew.
   */
  recheck(onProgress?: (done: number) => void, signal?: AbortSignal): Promise<void>;
  /** One byte a file, 0: skip. Bytes of skipped files that share a piece with wanted ones are kept apart. */
  setSelection(filePriorities: Uint8Array): void;
  flush(): Promise<void>;
  close(): Promise<void>;
  /** Moves all files; on a failure everything stays where it was and DiskError is thrown. */
  moveTo(folder: string): Promise<void>;
  /** Exactly what belongs to this torrent, and the folders that would be empty without it, innermost first. */
  ownedPaths(): Promise<{ files: string[]; folders: string[] }>;
  /** Forgets what is verified; after close only. */
  deleteResumeData(): Promise<void>;
}
