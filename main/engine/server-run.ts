// One request's worth of pieces from a web seed: owns them as a peer would, and puts the bytes that stream in into their blocks.
import type { ActivePiece } from './active-piece.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

/** Whoever sends blocks and owns pieces: a peer, or a run of pieces from a server. */
export interface BlockOwner {
  readonly connection: { readonly host: string };
  readonly down: { readonly bytesPerSecond: number };
  lastBlockAtMs: number;
  /** Bytes that it sends before it comes to this piece. */
  bytesBefore?(piece: number): number;
}

/** The server behind a run. */
export interface BlockServer {
  readonly connection: { readonly host: string };
  readonly down: { readonly bytesPerSecond: number };
  /** It has given enough that was right: more than one piece of it may be unchecked at a time. */
  readonly isProven: boolean;
  /** How many unchecked pieces it may share with others; 0: none. */
  readonly mayShare: number;
  /** A piece with blocks of this server was checked. @param alone nobody else sent any of it */
  onChecked(right: boolean, alone: boolean): void;
  /** A piece that it shared with others was wrong, and now it is known that this server's part was right. */
  onCleared(): void;
}

type Piece = ActivePiece<BlockOwner>;

export interface ServerRunHost {
  /** False when the piece was given up or is complete. */
  isActive(piece: Piece): boolean;
  /** @returns what to wait for before more may come: the check of a piece that is whole now */
  onBlock(run: ServerRun, piece: Piece, block: number): Promise<void> | undefined;
  onWasted(bytes: number): void;
  now(): number;
}

export class ServerRun implements BlockOwner {
  readonly server: BlockServer;
  /** Pieces that follow one another. */
  readonly pieces: readonly Piece[];
  /** Bytes of the torrent: the first, and the one after the last. */
  readonly from: number;
  readonly to: number;
  lastBlockAtMs: number;
  /** Where the last bytes that were of use ended. */
  lastUsefulAt: number;
  /** Nothing is taken any more. */
  closed = false;
  readonly #host: ServerRunHost;
  readonly #pieceLength: number;
  #at: number;
  #target: Uint8Array | null = null;
  #check: Promise<void> | null = null;

  constructor(host: ServerRunHost, server: BlockServer, pieces: readonly Piece[], from: number, to: number, pieceLength: number) {
    this.#host = host;
    this.server = server;
    this.pieces = pieces;
    this.from = from;
    this.to = to;
    this.#at = from;
    this.lastUsefulAt = from;
    this.#pieceLength = pieceLength;
    this.lastBlockAtMs = host.now();
  }

  get connection(): { readonly host: string } {
    return this.server.connection;
  }

  get down(): { readonly bytesPerSecond: number } {
    return this.server.down;
  }

  /** Where in the torrent the next byte belongs. */
  get at(): number {
    return this.#at;
  }

  bytesBefore(piece: number): number {
    return Math.max(0, piece * this.#pieceLength - this.#at);
  }

  /** Whether any block that is still to come is of use; others may have brought it, or it is not wanted any more. */
  get isNeeded(): boolean {
    if (this.closed) return false;
    for (const piece of this.pieces) {
      if ((piece.index + 1) * this.#pieceLength <= this.#at || !this.#host.isActive(piece)) continue;
      const first = Math.max(0, Math.floor((this.#at - piece.index * this.#pieceLength) / BLOCK_LENGTH));
      const end = this.endBlock(piece);
      for (let block = first; block < end; block++) if (!piece.isHere(block)) return true;
    }
    return false;
  }

  /** The block of the piece after the last that this run brings. */
  endBlock(piece: Piece): number {
    return Math.min(piece.blockCount, Math.ceil((this.to - piece.index * this.#pieceLength) / BLOCK_LENGTH));
  }

  /** While the last piece that became whole is being checked: resolves when it was. */
  get check(): Promise<void> | null {
    return this.#check;
  }

  /**
   * Takes the next bytes. From a proven server one piece may be under check while the next comes in, so that no time is lost; not two, so that
   * not much is lost when the data is wrong.
   * @returns what to wait for before the next bytes are given
   */
  write(bytes: Uint8Array): Promise<void> | undefined {
    let rest = bytes;
    while (rest.length > 0 && !this.closed && this.#at < this.to) {
      const piece = this.pieces[Math.floor(this.#at / this.#pieceLength) - this.pieces[0]!.index]!;
      const within = this.#at - piece.index * this.#pieceLength;
      const block = Math.floor(within / BLOCK_LENGTH);
      const offset = within - block * BLOCK_LENGTH;
      const length = piece.blockLength(block);
      const active = this.#host.isActive(piece);
      if (offset === 0) this.#target = active ? piece.beginBlock(block, length) : null;
      else if (!active) this.#target = null; // its buffer belongs to another piece by now
      const count = Math.min(rest.length, length - offset);
      if (this.#target) this.#target.set(count === rest.length ? rest : rest.subarray(0, count), offset);
      else this.#host.onWasted(count);
      this.#at += count;
      if (this.#target) this.lastUsefulAt = this.#at;
      rest = rest.subarray(count);
      if (offset + count < length) continue;
      const wait = this.#endBlock(piece, block, active);
      if (wait) return rest.length > 0 ? wait.then(() => this.write(rest)) : wait;
    }
    return undefined;
  }

  /** Somebody else brings this block now; what came of it here is of no use. */
  letGo(piece: Piece, block: number): void {
    const from = piece.index * this.#pieceLength + block * BLOCK_LENGTH;
    if (!this.#target || this.#at < from || this.#at >= from + BLOCK_LENGTH) return;
    this.#host.onWasted(this.#at - from);
    piece.abandonBlock(block);
    this.#target = null;
  }

  /** Ends it: what is not here is for others to fetch. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const piece of this.pieces) {
      if (!this.#host.isActive(piece)) continue;
      const start = piece.index * this.#pieceLength;
      const first = Math.max(0, Math.floor((Math.max(this.#at, this.from) - start) / BLOCK_LENGTH));
      const end = this.endBlock(piece);
      // The block at hand is begun only if this run begins it: a peer may be sending the same one.
      if (this.#target && this.#at > start && this.#at < start + piece.length) piece.abandonBlock(first);
      for (let block = first; block < end; block++) piece.unasked(block);
    }
    this.#target = null;
  }

  #endBlock(piece: Piece, block: number, active: boolean): Promise<void> | undefined {
    const taken = this.#target !== null;
    this.#target = null;
    if (active) piece.unasked(block);
    if (!taken) return undefined;
    this.lastBlockAtMs = this.#host.now();
    if (this.#check && piece.missingBlocks === 1) return this.#check.then(() => this.#handOn(piece, block));
    this.#handOn(piece, block);
    return this.server.isProven ? undefined : this.#check ?? undefined;
  }

  #handOn(piece: Piece, block: number): void {
    // While the piece before was checked this one may have been given up.
    if (!this.#host.isActive(piece)) return;
    const check = this.#host.onBlock(this, piece, block)?.finally(() => {
      if (this.#check === check) this.#check = null;
    });
    if (check) this.#check = check;
  }
}
