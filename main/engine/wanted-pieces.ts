// Which pieces the chosen files need, how urgent each is, and how many bytes of them are wanted.
import { DEFAULT_DELIVERY } from './delivery-spec.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';

export interface WantedPieces {
  /** 0 skip, 1 normal, 2 high, 3 urgent: the first pieces of what is wanted. */
  priorities: Uint8Array;
  /** Bytes of wanted files in each piece. */
  bytes: Float64Array;
  totalBytes: number;
}

/**
 * @param filePriorities one for each file: 0 skip, 1 normal, 2 high; missing means normal
 * @param firstPieces how many are urgent: they decide when somebody sees that it works, and when a player can start
 */
export function wantedPieces(metainfo: Metainfo, filePriorities: Uint8Array | undefined, firstPieces = DEFAULT_DELIVERY.firstPieces): WantedPieces {
  const priorities = new Uint8Array(metainfo.pieceCount);
  const bytes = new Float64Array(metainfo.pieceCount);
  let totalBytes = 0;
  metainfo.files.forEach((file, number) => {
    const priority = filePriorities?.[number] ?? 1;
    if (file.padding || priority === 0 || file.length === 0) return;
    totalBytes += file.length;
    const first = Math.floor(file.offset / metainfo.pieceLength);
    const last = Math.floor((file.offset + file.length - 1) / metainfo.pieceLength);
    for (let piece = first; piece <= last; piece++) {
      priorities[piece] = Math.max(priorities[piece]!, Math.min(priority, 2));
      const from = Math.max(file.offset, piece * metainfo.pieceLength);
      const to = Math.min(file.offset + file.length, (piece + 1) * metainfo.pieceLength);
      bytes[piece]! += to - from;
    }
  });
  let urgent = 0;
  for (let piece = 0; piece < priorities.length && urgent < firstPieces; piece++) {
    if (priorities[piece]! > 0) {
      priorities[piece] = 3;
      urgent++;
    }
  }
  return { priorities, bytes, totalBytes };
}
