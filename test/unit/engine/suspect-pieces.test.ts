// Pieces that failed with blocks of several senders: what their right bytes show.
import { describe, expect, it } from 'vitest';
import { ActivePiece } from '../../../main/engine/active-piece.ts';
import { ServerRun } from '../../../main/engine/server-run.ts';
import type { BlockOwner, BlockServer } from '../../../main/engine/server-run.ts';
import { SuspectPieces } from '../../../main/engine/suspect-pieces.ts';
import { BLOCK_LENGTH } from '../../../main/engine/wire-messages.ts';

const person = (host: string): BlockOwner => ({ connection: { host }, down: { bytesPerSecond: 0 }, lastBlockAtMs: 0 });

function serverAt(host: string): { server: BlockServer; run: ServerRun } {
  const server: BlockServer = { connection: { host }, down: { bytesPerSecond: 0 }, isProven: false, mayShare: 1, onChecked: () => {}, onCleared: () => {} };
  const run = new ServerRun({ isActive: () => true, onBlock: () => undefined, onWasted: () => {}, now: () => 0 }, server, [], 0, 0, BLOCK_LENGTH);
  return { server, run };
}

/** One block a sender; `wrong` blocks have other bytes. */
function pieceFrom(index: number, senders: BlockOwner[], wrong: number[] = []): ActivePiece<BlockOwner> {
  const piece = new ActivePiece<BlockOwner>(index, senders.length * BLOCK_LENGTH, new Uint8Array(senders.length * BLOCK_LENGTH), null);
  senders.forEach((sender, block) => {
    piece.beginBlock(block, BLOCK_LENGTH)!.fill(wrong.includes(block) ? 255 : block);
    piece.endBlock(block, sender);
  });
  return piece;
}

describe('a suspect piece', () => {
  it('shows when it is right whose blocks were others, and which servers were honest', () => {
    const suspects = new SuspectPieces();
    const [good, bad] = [serverAt('http://good/'), serverAt('http://bad/')];
    suspects.add(pieceFrom(7, [person('10.0.0.1'), good.run, bad.run, person('10.0.0.2')], [2, 3]));
    expect([suspects.has(7), [...suspects.pieces], [...suspects.serversOf(7)]]).toEqual([true, [7], [good.server, bad.server]]);
    expect(suspects.compare(pieceFrom(7, [0, 1, 2, 3].map(() => person('10.0.0.3'))))).toEqual({ liars: new Set(['http://bad/', '10.0.0.2']), honest: [good.server] });
    expect(suspects.has(7)).toBe(false);
  });

  it('is forgotten for newer ones, and another piece tells nothing', () => {
    const suspects = new SuspectPieces();
    for (let index = 0; index < 40; index++) suspects.add(pieceFrom(index, [person('10.0.0.1'), person('10.0.0.2')]));
    expect([[...suspects.pieces].length, suspects.has(0), suspects.has(39)]).toEqual([32, false, true]);
    expect(suspects.compare(pieceFrom(0, [person('10.0.0.3')]))).toBe(null);
  });
});
