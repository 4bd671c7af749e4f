// Decides after a start which pieces may be believed without reading them and which have to be hashed.
import type { Stats } from 'node:fs';
import type { StoreFiles } from './chunk-store-files.ts';
import type { Bitfield } from './bitfield.ts';
import type { JournalContent } from './resume-journal.ts';
import type { Snapshot } from './resume-snapshot.ts';

/** File systems store times as coarsely as two seconds, and a write may last. */
const MTIME_SLACK_MS = 3_000;
/** Copying and restoring programs keep times to the millisecond, not to the nanosecond. */
const SAME_TIME_MS = 2;

/**
 * Rules, in words:
 * - A file whose size and time are those of the snapshot is as it was.
 * - A file that the journal wrote to may be newer than the snapshot, but not newer than the journal, and must reach as far
 *   as the pieces in it.
 * - Any other file was changed by somebody else: all its pieces are hashed, and only its.
 * - A piece that was begun and not finished is hashed. A verified piece whose bytes are gone is looked at, so that it is dropped.
 */
export function suspectPieces(
  have: Bitfield, files: StoreFiles, stats: Map<number, Stats>, snapshot: Snapshot | null, journal: JournalContent | null,
): Set<number> {
  const { layout } = files;
  const suspects = new Set<number>(journal?.uncertain.keys());
  const reach = journalReach(files, journal);
  for (const [file, { length }] of layout.metainfo.files.entries()) {
    const range = layout.piecesOf(file);
    if (!range || layout.paths[file] === null) continue;
    const [first, last] = range;
    if (files.viaParts[file]) {
      for (let piece = first; piece <= last; piece++) if (have.get(piece) && !files.parts.has(piece)) suspects.add(piece);
      continue;
    }
    const now = stats.get(file);
    const then = snapshot?.files.get(file);
    if (!now) {
      for (let piece = first; piece <= last; piece++) if (have.get(piece) || files.parts.has(piece)) suspects.add(piece);
      continue;
    }
    const asItWas = then?.size === now.size && Math.abs(then.mtimeMs - now.mtimeMs) < SAME_TIME_MS;
    const reached = reach.get(file);
    const written = journal !== null && reached !== undefined
      && now.mtimeMs <= journal.lastWriteMs + MTIME_SLACK_MS && now.mtimeMs >= (then?.mtimeMs ?? 0)
      && now.size >= reached && now.size <= length;
    if (!asItWas && !written) for (let piece = first; piece <= last; piece++) suspects.add(piece);
    else if (journal?.damaged) for (let piece = first; piece <= last; piece++) if (!have.get(piece)) suspects.add(piece);
  }
  return suspects;
}

/** For each file that the journal wrote to: the byte that its finished pieces reach. */
function journalReach(files: StoreFiles, journal: JournalContent | null): Map<number, number> {
  const reach = new Map<number, number>();
  const note = (piece: number, finished: boolean): void => {
    if (piece >= files.layout.metainfo.pieceCount) return;
    for (const { file, fileOffset, length } of files.layout.segments(piece)) {
      reach.set(file, Math.max(reach.get(file) ?? 0, finished ? fileOffset + length : 0));
    }
  };
  for (const piece of journal?.done.keys() ?? []) note(piece, true);
  for (const piece of journal?.uncertain.keys() ?? []) note(piece, false);
  return reach;
}
