// The memory of pieces under way.
import { describe, expect, it } from 'vitest';
import { PieceBuffers } from '../../../main/engine/piece-buffers.ts';

const MIB = 1024 * 1024;

describe('piece buffers', () => {
  it('are bounded, and eight of the largest pieces always fit', () => {
    const count = (pieceLength: number): number => {
      const buffers = new PieceBuffers(pieceLength, { take: () => new Uint8Array(0), digest: () => new Uint8Array(0) });
      let taken = 0;
      while (buffers.mayTake) {
        buffers.take(0);
        taken++;
      }
      return taken;
    };
    expect([count(MIB), count(16 * MIB), count(64 * MIB)]).toEqual([96, 8, 8]);
  });

  it('are used again unless somebody still reads them, and a short last piece gets a part of one', () => {
    const buffers = new PieceBuffers(1000);
    const first = buffers.take(1000);
    buffers.giveBack(first);
    expect(buffers.take(1000).buffer).toBe(first.buffer);
    buffers.giveBack(first, true);
    const last = buffers.take(300);
    expect([last.buffer === first.buffer, last.length]).toEqual([false, 300]);
  });
});
