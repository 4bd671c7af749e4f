// Whether the whole files of one torrent are right by their SHA-256: looked at while they are open, remembered while they are not.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { TorrentSpec } from './engine-types.ts';
import { FileHashes } from './file-hashes.ts';
import type { PieceStore } from './piece-store.ts';
import type { SessionGround } from './session-ground.ts';

export class FileVerdicts {
  readonly #expected: (string | null)[] | undefined;
  readonly #ground: Pick<SessionGround, 'emit' | 'stopFor'>;
  #hashes: FileHashes | null = null;
  #states: Uint8Array; // while there are no hashes: before the files are open, and while they are checked

  /** Without `fileSha256` nothing is compared. */
  constructor({ fileSha256, fileStates }: Pick<TorrentSpec, 'fileSha256' | 'fileStates'>, ground: Pick<SessionGround, 'emit' | 'stopFor'>) {
    this.#expected = fileSha256;
    this.#ground = ground;
    this.#states = Uint8Array.from(fileStates ?? []);
  }

  /** The files are open. */
  begin(metainfo: Metainfo, store: PieceStore): void {
    const expected = this.#expected;
    const { emit, stopFor } = this.#ground;
    if (!expected) return;
    const read = (piece: number, offset: number, length: number): Promise<Uint8Array> => store.readBlock(piece, offset, length);
    this.#hashes = new FileHashes({ metainfo, expected, read, have: store.have, known: this.#states });
    this.#hashes.on('file', (index, state) => {
      emit('file', index, state === 'right');
      emit('dirty');
    });
    this.#hashes.on('failed', (_index, error) => stopFor(error));
    this.#hashes.start();
  }

  /** Takes up what a failure stopped. */
  resume(): void {
    this.#hashes?.start();
  }

  /** @param data all of a piece that the store has now */
  pieceWritten(piece: number, data: Uint8Array): void {
    this.#hashes?.pieceWritten(piece, data);
  }

  /** The files are closed, or checked from the beginning. */
  end(): void {
    if (!this.#hashes) return;
    this.#states = this.#hashes.states();
    this.#hashes.close();
    this.#hashes = null;
  }

  /** What was wrong is looked at again with the next `begin`. */
  forgetWrong(): void {
    this.#states = this.#states.map((state) => (state === 1 ? 1 : 0));
  }

  /** By number of the file: 0 not known yet (or nothing to compare with), 1 right, 2 wrong. A copy. */
  states(fileCount: number): Uint8Array {
    if (this.#hashes) return this.#hashes.states();
    const states = new Uint8Array(fileCount);
    states.set(this.#states.subarray(0, states.length));
    return states;
  }

  /** Reads a whole file and compares once more; the event `file` tells what came out. */
  async recheck(index: number): Promise<void> {
    await this.#hashes?.check(index).catch(() => undefined); // a failure has stopped the torrent and was told
  }
}
