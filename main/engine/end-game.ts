// The end game: everything is asked for, or it is about the first pieces, and whoever has nothing to do helps where a piece is late.
import type { ActivePiece } from './active-piece.ts';
import type { BlockOwner } from './server-run.ts';
import { BLOCK_LENGTH } from './wire-messages.ts';

type Piece = ActivePiece<BlockOwner>;

/** A block is asked of a second peer when its owner needs longer than this. */
export const END_GAME_PATIENCE_MS = 250;
const MOST_BLOCKS = 64;
const ANOTHER_AFTER_MS = 300;
const MOST_ASKED = 6;
/** A piece without an owner, all of it asked for, is taken to need so long. */
const NO_OWNER_MS = 1000;
/** Below so many bytes per second a rate says nothing. */
const NO_RATE = 1000;

/** Milliseconds until the owner has brought the piece. */
export function etaMs(piece: Piece, nowMs: number): number {
  const { owner } = piece;
  // Its owner left while a server helped with the rest of it.
  if (!owner) return NO_OWNER_MS;
  const rate = owner.down.bytesPerSecond;
  const silent = nowMs - owner.lastBlockAtMs;
  if (rate < NO_RATE) return Math.max(1000, silent);
  const bytes = piece.missingBlocks * BLOCK_LENGTH + (owner.bytesBefore?.(piece.index) ?? 0);
  return (bytes * 1000) / rate + Math.max(0, silent - 500);
}

/** As `etaMs`; whoever was only just asked for a first piece is given a moment before it is asked of two. */
export function firstPieceEtaMs(piece: Piece, nowMs: number): number {
  const { owner } = piece;
  return owner && owner.down.bytesPerSecond < NO_RATE ? nowMs - owner.lastBlockAtMs : etaMs(piece, nowMs);
}

/**
 * The blocks of a late piece that somebody else is to bring: from its end, so that both meet.
 * @param eta milliseconds until its owner has brought it @param bytesPerSecond of whoever helps
 * @param most so many may be asked for a block
 */
export function blocksToHelpWith(piece: Piece, eta: number, bytesPerSecond: number, most: number): number[] {
  const count = Math.max(1, Math.min(Math.ceil(piece.missingBlocks / 2), Math.ceil((bytesPerSecond * eta) / 1000 / BLOCK_LENGTH), MOST_BLOCKS));
  const blocks: number[] = [];
  for (let block = piece.blockCount - 1; block >= 0 && blocks.length < count; block--) if (piece.isHelpable(block, most)) blocks.push(block);
  return blocks;
}

/** @param most so many may be asked for a block */
export function hasHelpableBlock(piece: Piece, most: number): boolean {
  for (let block = 0; block < piece.blockCount; block++) if (piece.isHelpable(block, most)) return true;
  return false;
}

/**
 * How many may be asked for a block: two, and more while nothing comes from anybody, so that the last block does not wait for whoever has the
 * least to give. @param idleMs since the last bytes
 */
export function mostAsked(idleMs: number): number {
  return Math.min(MOST_ASKED, 2 + Math.floor(idleMs / ANOTHER_AFTER_MS));
}
