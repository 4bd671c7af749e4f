// Pieces that stand in a long queue with their owner and are asked of somebody idle instead, as soon as the owner has confirmed that they will not come.
import type { ActivePiece } from './active-piece.ts';
import { PeerLink, requestKey } from './peer-link.ts';
import type { BlockOwner } from './server-run.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

type Piece = ActivePiece<BlockOwner>;

/** A piece that was asked for so long ago and has not begun may be asked of another peer instead. */
export const TAKE_OVER_AFTER_MS = 200;

/** Whoever has neither sent nor refused what it was asked not to send by then is not waited for any more, nor asked so again. */
const CONFIRMS_WITHIN_MS = 5000;

interface Heir { readonly link: PeerLink; readonly owner: BlockOwner | null; readonly sinceMs: number }

export class TakeOvers {
  /** Pieces that their owner was asked not to send, by number, and who is to have them. */
  readonly #heirs = new Map<number, Heir>();
  /** Owners that did not confirm. */
  readonly #silent = new WeakSet<BlockOwner>();

  has(piece: number): boolean {
    return this.#heirs.has(piece);
  }

  isHeir(link: PeerLink, nowMs: number): boolean {
    for (const [piece, { link: heir, owner, sinceMs }] of this.#heirs) {
      if (heir !== link) continue;
      if (nowMs - sinceMs < CONFIRMS_WITHIN_MS) return true;
      this.#heirs.delete(piece);
      if (owner) this.#silent.add(owner);
    }
    return false;
  }

  forget(piece: number): void {
    this.#heirs.delete(piece);
  }

  /** The piece that waits longest with somebody else and was not begun. @returns `soon`: there is one, or will be */
  longestWaiting(pieces: Iterable<Piece>, link: PeerLink, nowMs: number, mayHave: (piece: number) => boolean): { piece: Piece | null; soon: boolean } {
    let best: Piece | null = null;
    let longest = TAKE_OVER_AFTER_MS;
    let soon = false;
    for (const piece of pieces) {
      const { owner } = piece;
      if (!(owner instanceof PeerLink) || owner === link || !owner.connection.fast || this.#silent.has(owner) || piece.hasAnyBlock || this.#heirs.has(piece.index)) continue;
      if (!mayHave(piece.index)) continue;
      // Its owner has nothing to confirm where a server was asked for all of it: that is for the end game.
      const askedAtMs = owner.asked.get(requestKey(piece.index, 0));
      if (askedAtMs === undefined) continue;
      const waits = nowMs - askedAtMs;
      soon = true;
      if (waits <= longest) continue;
      best = piece;
      longest = waits;
    }
    return { piece: best, soon };
  }

  /** Asks its owner not to send it. */
  begin(piece: Piece, heir: PeerLink, nowMs: number): void {
    this.#heirs.set(piece.index, { link: heir, owner: piece.owner, sinceMs: nowMs });
    for (let block = 0; block < piece.blockCount; block++) (piece.owner as PeerLink).withdraw(piece.index, block, piece.blockLength(block));
  }

  /** Its owner has sent or refused another block. @returns who is to have the piece, when that was the last one; else null */
  settled(piece: Piece, owner: PeerLink): PeerLink | null {
    for (let block = 0; block < piece.blockCount; block++) if (owner.asked.has(requestKey(piece.index, block * BLOCK_LENGTH))) return null;
    const { link } = this.#heirs.get(piece.index)!;
    this.#heirs.delete(piece.index);
    return link;
  }
}
