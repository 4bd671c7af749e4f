// What becomes of a piece that is whole: it is checked, kept when it is right, and when it is wrong whoever sent it answers for it.
import { hash } from 'node:crypto';
import type { ActivePiece } from './active-piece.ts';
import type { BanPolicy } from './ban-policy.ts';
import type { PieceBuffers, PieceMemory } from './piece-buffers.ts';
import { ServerRun } from './server-run.ts';
import type { BlockOwner, BlockServer } from './server-run.ts';
import { serversAmong, SuspectPieces } from './suspect-pieces.ts';

type Piece = ActivePiece<BlockOwner>;

export interface PieceLandingHost {
  readonly bans: BanPolicy;
  readonly memory?: PieceMemory;
  expectedHash(piece: number): Uint8Array;
  /**
   * Resolves when the piece is on its way to stay.
   * @param serverBytes how much of it a server sent
   * @returns whether its buffer is still in use; else it may be used again
   */
  store(piece: number, data: Uint8Array, serverBytes: number): Promise<boolean>;
  onHashFailure(piece: number, length: number): void;
  banned(hosts: string[]): void;
}

/** What there is to do when a piece is not to stay, or memory is free again. */
export interface FetchAgain {
  /** The piece has to be fetched again. */
  reopen(piece: number): void;
  /** There is something to ask for again. */
  fillAll(): void;
}

/** From this length on the hash is computed off the main loop. */
const HASH_OFF_LOOP_BYTES = 512 * 1024;

export class PieceLanding {
  readonly suspects = new SuspectPieces();
  readonly #host: PieceLandingHost;
  readonly #again: FetchAgain;
  readonly #buffers: PieceBuffers;
  /** Pieces whose check or write is under way. */
  readonly #landing = new Set<number>();

  constructor(host: PieceLandingHost, again: FetchAgain, buffers: PieceBuffers) {
    this.#host = host;
    this.#again = again;
    this.#buffers = buffers;
  }

  has(piece: number): boolean {
    return this.#landing.has(piece);
  }

  /** A piece is whole, and nobody fetches it any more. @returns when its check takes a while: what to wait for */
  land(piece: Piece): Promise<void> | undefined {
    this.#landing.add(piece.index);
    const { memory } = this.#host;
    if (memory) {
      this.#judge(piece, memory.digest(piece.data));
      return undefined;
    }
    if (piece.length < HASH_OFF_LOOP_BYTES) {
      this.#judge(piece, hash('sha1', piece.data, 'buffer'));
      return undefined;
    }
    return crypto.subtle.digest('SHA-1', piece.data as Uint8Array<ArrayBuffer>).then((digest) => this.#judge(piece, new Uint8Array(digest)));
  }

  #judge(piece: Piece, digest: Uint8Array): void {
    const right = Buffer.compare(digest, this.#host.expectedHash(piece.index)) === 0;
    const [serverBytes, servers] = [serverBytesOf(piece), serversAmong(piece.senders)];
    if (right) {
      this.#compare(piece);
      this.#host.bans.piecePassed(hostsOf(piece));
      void this.#keep(piece, serverBytes);
    } else {
      this.#landing.delete(piece.index);
      this.#onBadPiece(piece, servers);
      this.#buffers.giveBack(piece.data);
      this.#again.reopen(piece.index);
    }
    for (const server of servers) server.onChecked(right, servers.size === 1 && serverBytes === piece.length);
    if (!right) this.#again.fillAll();
  }

  async #keep(piece: Piece, serverBytes: number): Promise<void> {
    let isInUse = false;
    try {
      isInUse = await this.#host.store(piece.index, piece.data, serverBytes);
    } catch {
      // The session has reported it and paused; the piece is fetched again after that.
      this.#again.reopen(piece.index);
    } finally {
      this.#landing.delete(piece.index);
      this.#buffers.giveBack(piece.data, isInUse);
    }
    if (this.#buffers.isHalfFull) this.#again.fillAll();
  }

  #onBadPiece(piece: Piece, servers: ReadonlySet<BlockServer>): void {
    this.#host.onHashFailure(piece.index, piece.length);
    const hosts = new Set(hostsOf(piece));
    if (hosts.size > 1) this.suspects.add(piece);
    // A server gets a second chance, and is asked no more until it is known who was wrong: nobody is suspected for having shared pieces with it.
    if (servers.size === 0) this.#host.banned(this.#host.bans.pieceFailed(hosts));
    // Who alone sent all of it was wrong, and so probably before.
    if (hosts.size === 1) for (const server of this.suspects.serversOf(piece.index)) if (!servers.has(server)) server.onCleared();
  }

  #compare(piece: Piece): void {
    const compared = this.suspects.compare(piece);
    if (!compared) return;
    this.#host.banned(this.#host.bans.blocksCompared(compared.liars));
    for (const server of compared.honest) server.onCleared();
  }
}

function* hostsOf(piece: Piece): Generator<string> {
  for (const sender of piece.senders) if (sender) yield sender.connection.host;
}

function serverBytesOf(piece: Piece): number {
  let bytes = 0;
  for (let block = 0; block < piece.blockCount; block++) if (piece.senders[block] instanceof ServerRun) bytes += piece.blockLength(block);
  return bytes;
}
