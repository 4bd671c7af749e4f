// What of one torrent is wanted and what of it is here: counts bytes and pieces, and knows where each piece came from.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { Bitfield } from './bitfield.ts';
import { wantedPieces } from './wanted-pieces.ts';
import type { WantedPieces } from './wanted-pieces.ts';

const SOURCE_LOCAL = 1;
const SOURCE_PEOPLE = 2;
const SOURCE_SERVER = 3;

export class SessionSelection {
  /** null until the files are open. */
  wanted: WantedPieces | null = null;
  /** By piece: 0 missing, 1 was here, 2 from people, 3 from a server. */
  sources = new Uint8Array(0);
  /** Of what is wanted, verified. */
  bytesDone = 0;
  missingPieces = 0;
  #bytesChosen = 0; // known with the metadata, before the files are open

  get bytesWanted(): number {
    return this.wanted?.totalBytes ?? this.#bytesChosen;
  }

  get bytesLeft(): number {
    return Math.max(0, (this.wanted?.totalBytes ?? 0) - this.bytesDone);
  }

  /** Everything that is wanted is here; never before the files are open. */
  get isDone(): boolean {
    return this.wanted !== null && this.missingPieces === 0;
  }

  setMetainfo(metainfo: Metainfo, filePriorities: Uint8Array | undefined): void {
    this.sources = new Uint8Array(metainfo.pieceCount);
    this.choose(metainfo, filePriorities);
  }

  choose(metainfo: Metainfo, filePriorities: Uint8Array | undefined): void {
    this.#bytesChosen = wantedPieces(metainfo, filePriorities).totalBytes;
  }

  /** What the opened files hold. */
  load(have: Bitfield, origins: Uint8Array): void {
    for (let piece = 0; piece < this.sources.length; piece++) {
      this.sources[piece] = have.get(piece) ? origins[piece] || this.sources[piece] || SOURCE_LOCAL : 0;
    }
  }

  /** Counts anew for a choice of files. */
  apply(metainfo: Metainfo, filePriorities: Uint8Array | undefined, firstPieces: number): WantedPieces {
    const wanted = wantedPieces(metainfo, filePriorities, firstPieces);
    this.wanted = wanted;
    this.bytesDone = 0;
    this.missingPieces = 0;
    for (let piece = 0; piece < wanted.priorities.length; piece++) {
      if (this.sources[piece] !== 0) this.bytesDone += wanted.bytes[piece]!;
      else if (wanted.priorities[piece]! > 0) this.missingPieces++;
    }
    return wanted;
  }

  /** Wanted and missing. Not the store's word: it marks a piece a moment before it is counted off here, and a peer may join in that moment. */
  isInteresting(piece: number): boolean {
    return this.isWanted(piece) && this.sources[piece] === 0;
  }

  isWanted(piece: number): boolean {
    return this.wanted !== null && this.wanted.priorities[piece]! > 0;
  }

  /** How many interesting pieces are in a peer's set. */
  interestIn(pieces: Bitfield): number {
    if (this.missingPieces === 0) return 0;
    let interesting = 0;
    for (let piece = 0; piece < pieces.length; piece++) if (pieces.get(piece) && this.isInteresting(piece)) interesting++;
    return interesting;
  }

  /** A piece is verified and stored: for the counts of bytes, before anybody is told. */
  kept(piece: number, source: 'people' | 'server'): void {
    this.sources[piece] = source === 'people' ? SOURCE_PEOPLE : SOURCE_SERVER;
    this.bytesDone += this.wanted!.bytes[piece]!;
    if (this.isWanted(piece)) this.missingPieces--;
  }
}
