// The pieces of one torrent that servers bring: what a request takes, where a server helps a slow peer, and what becomes of it when it ends.
import type { ActivePiece } from './active-piece.ts';
import type { PiecePicker } from './piece-picker.ts';
import { ServerRun } from './server-run.ts';
import type { BlockOwner, BlockServer } from './server-run.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

type Piece = ActivePiece<BlockOwner>;

/** The part of the downloader that servers share with peers. */
export interface PieceBoard {
  readonly picker: PiecePicker;
  readonly active: ReadonlyMap<number, Piece>;
  /** Pieces without an owner, partly here. */
  readonly orphans: Set<Piece>;
  readonly running: boolean;
  readonly pieceCount: number;
  /** Of every piece but the last. */
  readonly pieceLength: number;
  readonly now: () => number;
  /** It failed once: who sent what must stay clear. */
  isSuspect(piece: number): boolean;
  /** It is whole, and being checked or written. */
  isLanding(piece: number): boolean;
  mayBuffer(): boolean;
  begin(index: number): Piece;
  own(owner: BlockOwner, piece: Piece): void;
  disown(owner: BlockOwner): void;
  giveUp(piece: Piece): void;
  fillAll(): void;
  /** Milliseconds until its owner has brought the piece. */
  etaMs(piece: Piece): number;
  cancelElsewhere(piece: Piece, block: number): void;
  land(piece: Piece): Promise<void> | undefined;
  onWasted(bytes: number): void;
}

/** What a server may be asked for now. */
export interface ServerAsk {
  /** How much, but for the last piece. */
  maxBytes: number;
  /** Whether the server has the piece at all. */
  has(piece: number): boolean;
  /** Whether the piece may be begun there; a subset of `has`. */
  may(piece: number): boolean;
  /** The piece that its last run ended before: going on there makes fewer and longer requests, where it is as good as any; -1: none. */
  near: number;
  /** Long requests matter more than rare pieces: the server is the quickest there is. */
  inOneGo: boolean;
  /** It may bring the end of a piece whose owner needs longer than so many milliseconds, when nothing else is left; null: not at all. */
  helpAfterMs: number | null;
  /** The same for the first pieces, whatever else is left; null: not at all. */
  helpFirstAfterMs: number | null;
}

/** Among so many places a long stretch is likely to be found, and not the same one by everybody. */
const LOOKS_FOR_LONGEST = 8;

export class ServerDownloads {
  readonly #board: PieceBoard;
  readonly #runs = new Set<ServerRun>();
  /** The unchecked pieces that each server brings together with others: when one of them is wrong, all that it sent is in doubt. */
  readonly #shared = new Map<BlockServer, Set<Piece>>();

  constructor(board: PieceBoard) {
    this.#board = board;
  }

  /** Takes what a server is to send in one go: the rest of a piece that others began, or pieces that follow one another. */
  take(server: BlockServer, ask: ServerAsk): ServerRun | null {
    const { picker, pieceLength } = this.#board;
    if (!this.#board.running || !this.#board.mayBuffer()) return null;
    if (ask.helpFirstAfterMs !== null) {
      const helped = this.#help(server, ask, ask.helpFirstAfterMs, (piece) => picker.isUrgent(piece.index));
      if (helped) return helped;
    }
    const pieces: Piece[] = [];
    let from = 0;
    let to = 0;
    const take = (piece: Piece): void => {
      const start = piece.index * pieceLength;
      const first = piece.nextUnasked();
      let end = first;
      for (; end < piece.blockCount && piece.isUnasked(end); end++) piece.asked(end);
      if (pieces.length === 0) from = start + first * BLOCK_LENGTH;
      to = Math.min(start + end * BLOCK_LENGTH, start + piece.length);
      pieces.push(piece);
    };
    const orphan = [...this.#board.orphans].find((piece) => ask.may(piece.index) && piece.nextUnasked() >= 0 && this.#mayShare(server, piece));
    if (orphan) take(orphan);
    else {
      let index = ask.inOneGo ? this.#longest(ask) : picker.pick({ get: ask.may });
      if (index < 0) {
        if (ask.helpAfterMs === null || picker.openCount > 0) return null;
        return this.#help(server, ask, ask.helpAfterMs, () => true);
      }
      if (ask.near >= 0 && picker.isOpen(ask.near) && ask.may(ask.near) && (ask.inOneGo || picker.isAsGood(ask.near, index))) index = ask.near;
      take(this.#board.begin(index));
    }
    const first = pieces[0]!.index;
    const isWhole = (): boolean => to === (first + pieces.length) * pieceLength;
    while (isWhole() && to - from < ask.maxBytes && this.#board.mayBuffer()) {
      const next = first + pieces.length;
      if (next >= this.#board.pieceCount || !picker.isOpen(next) || !ask.may(next) || !(ask.inOneGo || picker.isAsGood(next, first))) break;
      take(this.#board.begin(next));
    }
    const run = this.#runOf(server, pieces, from, to);
    if (orphan) this.#shares(server, orphan);
    for (const piece of pieces) {
      this.#board.orphans.delete(piece);
      this.#board.own(run, piece);
    }
    return run;
  }

  /** Of some pieces that could be begun, the one that most others follow. @returns -1: none */
  #longest({ may, maxBytes }: ServerAsk): number {
    const { picker, pieceLength, pieceCount } = this.#board;
    const enough = Math.max(1, Math.ceil(maxBytes / pieceLength));
    let [best, bestLength] = [-1, 0];
    for (let tries = 0; tries < LOOKS_FOR_LONGEST && bestLength < enough; tries++) {
      const from = picker.pick({ get: may });
      if (from < 0) return -1;
      let to = from + 1;
      while (to < pieceCount && to - from < enough && picker.isOpen(to) && may(to)) to++;
      if (to - from > bestLength) [best, bestLength] = [from, to - from];
    }
    return best;
  }

  /** A server may help where the owner of a piece is slow, from its end, so that both meet. */
  #help(server: BlockServer, ask: ServerAsk, afterMs: number, counts: (piece: Piece) => boolean): ServerRun | null {
    let best: Piece | null = null;
    let bestEta = afterMs;
    for (const piece of this.#board.active.values()) {
      if (!piece.owner || (piece.owner instanceof ServerRun && piece.owner.server === server)) continue;
      if (this.#board.isSuspect(piece.index) || !ask.has(piece.index) || !counts(piece) || !this.#mayShare(server, piece)) continue;
      const eta = this.#board.etaMs(piece);
      if (eta > bestEta && lastOpenBlock(piece) >= 0) {
        best = piece;
        bestEta = eta;
      }
    }
    if (!best) return null;
    const end = lastOpenBlock(best) + 1;
    let first = end;
    while (first > 0 && end - first < Math.ceil(best.missingBlocks / 2) && best.isHelpable(first - 1) && best.isOpen(first - 1)) best.asked(--first);
    this.#shares(server, best);
    const start = best.index * this.#board.pieceLength;
    return this.#runOf(server, [best], start + first * BLOCK_LENGTH, Math.min(start + end * BLOCK_LENGTH, start + best.length));
  }

  #mayShare(server: BlockServer, piece: Piece): boolean {
    const shared = this.#shared.get(server);
    if (!shared || shared.has(piece)) return server.mayShare > 0;
    for (const other of shared) if (this.#board.active.get(other.index) !== other && !this.#board.isLanding(other.index)) shared.delete(other);
    return shared.size < server.mayShare;
  }

  #shares(server: BlockServer, piece: Piece): void {
    const shared = this.#shared.get(server);
    if (shared) shared.add(piece);
    else this.#shared.set(server, new Set([piece]));
  }

  #runOf(server: BlockServer, pieces: Piece[], from: number, to: number): ServerRun {
    const run = new ServerRun({
      isActive: (piece) => this.#board.active.get(piece.index) === piece,
      onBlock: (run, piece, block) => this.#blockEnd(run, piece, block),
      onWasted: (bytes) => this.#board.onWasted(bytes),
      now: this.#board.now,
    }, server, pieces, from, to, this.#board.pieceLength);
    this.#runs.add(run);
    return run;
  }

  /** A run is over, sent to its end or broken off: others go on with what is here. */
  end(run: ServerRun): void {
    this.#runs.delete(run);
    run.close();
    this.#board.disown(run);
    this.#board.fillAll();
  }

  /** A peer brings a block now: a server that brings the same one, and has been silent for so long, does not keep it from them. */
  letGoOfSilent(piece: Piece, block: number, silentMs: number): void {
    for (const run of this.#runs) if (this.#board.now() - run.lastBlockAtMs > silentMs) run.letGo(piece, block);
  }

  /** The server sent bad data, and its runs are over: what is half here of it is worth nothing either. @returns how many pieces lost something */
  discardFrom(server: BlockServer): number {
    let pieces = 0;
    for (const piece of [...this.#board.active.values()]) {
      const before = piece.missingBlocks;
      for (let block = 0; block < piece.blockCount; block++) {
        const sender = piece.senders[block];
        if (!(sender instanceof ServerRun) || sender.server !== server) continue;
        piece.dropBlock(block);
        this.#board.onWasted(piece.blockLength(block));
      }
      if (piece.missingBlocks > before) pieces++;
      if (!piece.hasAnyBlock && this.#board.orphans.has(piece)) this.#board.giveUp(piece);
    }
    this.#board.fillAll();
    return pieces;
  }

  #blockEnd(run: ServerRun, piece: Piece, block: number): Promise<void> | undefined {
    piece.endBlock(block, run);
    if (piece.askedOf[block]! > 0) this.#board.cancelElsewhere(piece, block);
    return piece.missingBlocks === 0 ? this.#board.land(piece) : undefined;
  }
}

/** The last block that a server may bring as well, or -1. One that is arriving could not be taken, however often it was sent. */
function lastOpenBlock(piece: Piece): number {
  let block = piece.blockCount - 1;
  while (block >= 0 && !(piece.isHelpable(block) && piece.isOpen(block))) block--;
  return block;
}
