// Condenses piece maps into the stretches of the swarm bar.
import type { SwarmBar } from '../../contract/index.ts';

const binCount = 64;
const rounded = (value: number) => Math.round(value * 1000) / 1000;

/**
 * @param sources a value per piece: 0 missing, 1 local, 2 people, 3 server
 * @param copies peers that have each piece; empty when nobody is connected
 */
export function swarmBar(sources: Uint8Array, copies: Uint16Array): SwarmBar {
  const bins = Math.min(binCount, sources.length);
  const bar: SwarmBar = { local: [], people: [], server: [], copies: [] };
  for (let bin = 0; bin < bins; bin += 1) {
    const from = Math.floor((bin * sources.length) / bins);
    const to = Math.floor(((bin + 1) * sources.length) / bins);
    const counts = [0, 0, 0, 0];
    let fewest = Number.POSITIVE_INFINITY;
    for (let piece = from; piece < to; piece += 1) {
      counts[sources[piece]!]! += 1;
      fewest = Math.min(fewest, copies[piece] ?? 0);
    }
    const size = to - from;
    bar.local.push(rounded(counts[1]! / size));
    bar.people.push(rounded(counts[2]! / size));
    bar.server.push(rounded(counts[3]! / size));
    // The rarest piece of a stretch is what a crowd waits for, so that is what the strip shows.
    bar.copies.push(copies.length ? fewest : 0);
  }
  return bar;
}
