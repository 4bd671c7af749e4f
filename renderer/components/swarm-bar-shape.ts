// Turns the shares of a swarm bar into the outlines that are drawn: one polygon a layer, so that no seams show.
import type { SwarmBar } from '../../contract/index.ts';

export const BAR_HEIGHT = 100;

const round = (value: number): number => Math.round(value * 100) / 100;

/** A layer's outline between two step lines, in a box as wide as there are stretches. */
function between(lower: number[], upper: number[]): string {
  if (upper.every((value, index) => value <= (lower[index] ?? 0))) return '';
  const there = upper.map((value, x) => `L${x} ${round(BAR_HEIGHT - value * BAR_HEIGHT)}L${x + 1} ${round(BAR_HEIGHT - value * BAR_HEIGHT)}`);
  const back = lower.map((value, x) => `L${x + 1} ${round(BAR_HEIGHT - value * BAR_HEIGHT)}L${x} ${round(BAR_HEIGHT - value * BAR_HEIGHT)}`).reverse();
  return `M${there.join('').slice(1)}${back.join('')}Z`;
}

export interface BarShape { width: number; local: string; people: string; server: string; scarce: string; some: string; many: string }

/** Stretches whose copies lie in a band, as one path over the strip's full height. */
function band(copies: number[], low: number, high: number): string {
  let path = '';
  for (let x = 0; x < copies.length; x++) {
    const value = copies[x] ?? 0;
    if (value < low || value >= high) continue;
    let end = x + 1;
    while (end < copies.length && (copies[end] ?? 0) >= low && (copies[end] ?? 0) < high) end++;
    path += `M${x} 0H${end}V${BAR_HEIGHT}H${x}Z`;
    x = end - 1;
  }
  return path;
}

/** The outlines of a bar: already here at the bottom, then people, then server. */
export function shapeOf(bar: SwarmBar): BarShape {
  const width = Math.max(1, bar.local.length, bar.people.length, bar.server.length);
  const zero = Array.from({ length: width }, () => 0);
  const local = zero.map((_, x) => Math.min(1, bar.local[x] ?? 0));
  const people = local.map((below, x) => Math.min(1, below + (bar.people[x] ?? 0)));
  const server = people.map((below, x) => Math.min(1, below + (bar.server[x] ?? 0)));
  return {
    width,
    local: between(zero, local), people: between(local, people), server: between(people, server),
    scarce: band(bar.copies, 0.001, 2), some: band(bar.copies, 2, 6), many: band(bar.copies, 6, Infinity),
  };
}
