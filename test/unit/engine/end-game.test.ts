// Who helps with a late piece, and with which blocks of it.
import { describe, expect, it } from 'vitest';
import { ActivePiece } from '../../../main/engine/active-piece.ts';
import { blocksToHelpWith, etaMs, firstPieceEtaMs, hasHelpableBlock, mostAsked } from '../../../main/engine/end-game.ts';
import type { BlockOwner } from '../../../main/engine/server-run.ts';
import { BLOCK_LENGTH } from '../../../main/engine/wire-messages.ts';

const owner = (bytesPerSecond: number, lastBlockAtMs: number, before = 0): BlockOwner => (
  { connection: { host: '10.0.0.1' }, down: { bytesPerSecond }, lastBlockAtMs, bytesBefore: () => before }
);

function pieceOf(blocks: number, of: BlockOwner | null): ActivePiece<BlockOwner> {
  return new ActivePiece<BlockOwner>(3, blocks * BLOCK_LENGTH, new Uint8Array(blocks * BLOCK_LENGTH), of);
}

describe('how long a piece still takes', () => {
  it('is what is missing, and what its owner sends before it, at the owner’s rate', () => {
    expect(etaMs(pieceOf(8, owner(4 * BLOCK_LENGTH, 1000)), 1000)).toBe(2000);
    expect(etaMs(pieceOf(8, owner(4 * BLOCK_LENGTH, 1000, 4 * BLOCK_LENGTH)), 1000)).toBe(3000);
  });

  it('grows with the silence of the owner, and is a second where nothing is known', () => {
    expect(etaMs(pieceOf(8, owner(4 * BLOCK_LENGTH, 1000)), 3500)).toBe(4000);
    expect([etaMs(pieceOf(8, owner(0, 1000)), 1100), etaMs(pieceOf(8, owner(0, 1000)), 6000), etaMs(pieceOf(8, null), 9000)]).toEqual([1000, 5000, 1000]);
  });

  it('is only the silence for a first piece, so that whoever was just asked has a moment', () => {
    expect([firstPieceEtaMs(pieceOf(8, owner(0, 1000)), 1040), firstPieceEtaMs(pieceOf(8, owner(0, 1000)), 1400)]).toEqual([40, 400]);
  });
});

describe('help', () => {
  it('comes from the end of the piece, half of it at most, and no more than the helper brings in time', () => {
    const piece = pieceOf(8, owner(BLOCK_LENGTH, 0));
    expect(blocksToHelpWith(piece, 8000, 100 * BLOCK_LENGTH, 2)).toEqual([7, 6, 5, 4]);
    expect(blocksToHelpWith(piece, 2000, BLOCK_LENGTH, 2)).toEqual([7, 6]);
    expect(blocksToHelpWith(piece, 2000, 0, 2)).toEqual([7]);
  });

  it('leaves out what is here, and what was asked of two', () => {
    const piece = pieceOf(4, owner(BLOCK_LENGTH, 0));
    piece.beginBlock(3, BLOCK_LENGTH);
    piece.endBlock(3, piece.owner!);
    piece.asked(2);
    piece.asked(2);
    expect(blocksToHelpWith(piece, 60_000, 10 * BLOCK_LENGTH, 2)).toEqual([1, 0]);
    for (const block of [0, 1]) [1, 2].forEach(() => piece.asked(block));
    expect([hasHelpableBlock(piece, 2), hasHelpableBlock(piece, 3)]).toEqual([false, true]);
  });

  it('may come from more than two only while nothing comes from anybody', () => {
    expect([0, 299, 300, 700, 60_000].map(mostAsked)).toEqual([2, 2, 3, 4, 6]);
  });
});
