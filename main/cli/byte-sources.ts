// Where the bytes of each file came from, from the piece map of the contract.
import type { PackageDetail } from '../../contract/index.ts';

export interface FileReport { path: string; length: number; fromPeople: number; fromServer: number; fromLocal: number }

/**
 * The chosen files with their bytes by source. Exact up to 4096 pieces; a larger piece map arrives in stretches, and then a stretch counts
 * as its least advanced piece does.
 */
export function filesBySource({ files, pieces }: Pick<PackageDetail, 'files' | 'pieces'>): FileReport[] {
  const bins = pieces.sources.length;
  const sourceOf = (piece: number) => pieces.sources[Math.min(bins - 1, Math.floor((piece * bins) / Math.max(1, pieces.count)))];
  const reports: FileReport[] = [];
  let offset = 0;
  let expected = 0;
  for (const file of [...files].sort((a, b) => a.index - b.index)) {
    // A number left out is a pad file (BEP 47): the next file begins at a piece.
    if (file.index !== expected && pieces.length > 0) offset = Math.ceil(offset / pieces.length) * pieces.length;
    expected = file.index + 1;
    const report: FileReport = { path: file.path, length: file.length, fromPeople: 0, fromServer: 0, fromLocal: 0 };
    const end = offset + file.length;
    for (let at = offset; at < end && pieces.length > 0;) {
      const piece = Math.floor(at / pieces.length);
      const next = Math.min(end, (piece + 1) * pieces.length);
      const source = sourceOf(piece);
      if (source === '1') report.fromLocal += next - at;
      else if (source === '2') report.fromPeople += next - at;
      else if (source === '3') report.fromServer += next - at;
      at = next;
    }
    offset = end;
    if (file.priority !== 'skip') reports.push(report);
  }
  return reports;
}
