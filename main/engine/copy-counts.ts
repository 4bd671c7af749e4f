// Keeps the picker's number of copies right while peers come, go, and get pieces.
import type { Bitfield } from './bitfield.ts';
import type { PiecePicker } from './piece-picker.ts';

/** Counts everything a peer has in or out; whoever has everything is counted apart. */
export function countPieces(picker: PiecePicker, pieces: Bitfield, add: boolean): void {
  if (pieces.length !== picker.pieceCount) return;
  if (pieces.isFull()) {
    if (add) picker.addSeed();
    else picker.removeSeed();
    return;
  }
  if (pieces.count === 0) return;
  for (let piece = 0; piece < pieces.length; piece++) {
    if (!pieces.get(piece)) continue;
    if (add) picker.addCopy(piece);
    else picker.removeCopy(piece);
  }
}

/** After a peer got or lost one piece: the last piece moves a peer over to those who have everything, the first lost one back. */
export function countHave(picker: PiecePicker, pieces: Bitfield, piece: number, has: boolean): void {
  const wasFull = !has && pieces.count === pieces.length - 1;
  if (has && pieces.isFull()) {
    for (let i = 0; i < pieces.length; i++) if (i !== piece) picker.removeCopy(i);
    picker.addSeed();
  } else if (wasFull) {
    picker.removeSeed();
    for (let i = 0; i < pieces.length; i++) if (i !== piece) picker.addCopy(i);
  } else if (has) picker.addCopy(piece);
  else picker.removeCopy(piece);
}
