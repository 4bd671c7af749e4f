// Lays the pieces out as squares and draws each source as one path.
const FEW = 600;
const LARGE = 14;
const SMALL = 8;
const GAP = 2;

export interface PieceMap { width: number; height: number; missing: string; local: string; people: string; server: string }

/**
 * The squares of a map.
 * @param sources one digit a piece (or bin of pieces): 0 missing, 1 local, 2 people, 3 server
 * @param width how wide it may be, in CSS pixels
 */
export function mapOf(sources: string, width: number): PieceMap {
  const pitch = (sources.length <= FEW ? LARGE : SMALL) + GAP;
  const columns = Math.max(1, Math.floor((width + GAP) / pitch));
  const paths = ['', '', '', ''];
  const side = pitch - GAP;
  for (let index = 0; index < sources.length; index++) {
    const source = Number(sources[index]);
    paths[source] += `M${(index % columns) * pitch} ${Math.floor(index / columns) * pitch}h${side}v${side}h-${side}z`;
  }
  const [missing = '', local = '', people = '', server = ''] = paths;
  return { width: Math.max(1, width), height: Math.max(1, Math.ceil(sources.length / columns) * pitch), missing, local, people, server };
}
