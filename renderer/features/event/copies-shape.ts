// Lays the copies of each piece out as bars, the rarest marked.

export interface CopiesShape {
  /** How many bars there are: each stands for one piece, or for a stretch of them by its average. */
  bars: number;
  /** Where the axis ends. */
  top: number;
  fewest: number; most: number; mean: number;
  /** How many of the given pieces have as few copies as the rarest; all of them have when `fewest` is `most`. */
  rarest: number;
  /** Outlines in a box `bars` wide and `COPIES_HEIGHT` high, and the marks of where the rarest are in one `bars` wide and 1 high. */
  usual: string; rare: string; marks: string;
}

export const COPIES_HEIGHT = 100;
/** CSS pixels that a bar takes at least. */
const BAR = 3;

const round = (value: number): number => Math.round(value * 100) / 100;

/**
 * @param copies of each piece, among the people connected
 * @param width how wide it is drawn, in CSS pixels
 * @param topOf where the axis ends for so many copies
 * @returns null where nothing is known
 */
export function copiesShape(copies: readonly number[], width: number, topOf: (most: number) => number): CopiesShape | null {
  if (copies.length === 0) return null;
  const bars = Math.max(1, Math.min(copies.length, Math.floor(width / BAR)));
  let [fewest, most, sum] = [Infinity, 0, 0];
  for (const value of copies) {
    fewest = Math.min(fewest, value);
    most = Math.max(most, value);
    sum += value;
  }
  const even = fewest === most;
  const top = topOf(most);
  const gap = copies.length * BAR * 2 <= width ? 0.15 : 0;
  let [usual, rare, marks] = ['', '', ''];
  for (let bar = 0; bar < bars; bar++) {
    const end = Math.max(bar + 1, Math.floor(((bar + 1) * copies.length) / bars));
    const begin = Math.floor((bar * copies.length) / bars);
    const stretch = copies.slice(begin, end);
    const height = stretch.reduce((all, value) => all + value, 0) / stretch.length;
    const outline = height === 0 ? '' : `M${bar + gap} ${COPIES_HEIGHT}V${round(COPIES_HEIGHT - (height / top) * COPIES_HEIGHT)}H${bar + 1 - gap}V${COPIES_HEIGHT}Z`;
    if (!even && stretch.includes(fewest)) marks += `M${bar + gap} 0H${bar + 1 - gap}V1H${bar + gap}Z`;
    if (!even && height === fewest) rare += outline;
    else usual += outline;
  }
  return { bars, top, fewest, most, mean: sum / copies.length, rarest: copies.filter((value) => value === fewest).length, usual, rare, marks };
}
