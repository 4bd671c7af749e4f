// The swarm bar tells where the bytes came from and where copies are rare.
import { describe, expect, it } from 'vitest';
import { swarmBar } from '../../../main/services/swarm-bar.ts';

describe('swarm bar', () => {
  it('layers each stretch by source and shows its rarest piece', () => {
    const sources = new Uint8Array(128);
    const copies = new Uint16Array(128).fill(5);
    sources[0] = 1;
    sources[1] = 2;
    sources[2] = 3;
    copies[3] = 1;
    const bar = swarmBar(sources, copies);
    expect(bar.people).toHaveLength(64);
    expect([bar.local[0], bar.people[0], bar.server[0]]).toEqual([0.5, 0.5, 0]);
    expect([bar.local[1], bar.people[1], bar.server[1]]).toEqual([0, 0, 0.5]);
    expect(bar.copies.slice(0, 3)).toEqual([5, 1, 5]);
  });
  it('has no more stretches than pieces, and none without metadata', () => {
    expect(swarmBar(new Uint8Array(3), new Uint16Array(0)).copies).toEqual([0, 0, 0]);
    expect(swarmBar(new Uint8Array(0), new Uint16Array(0)).people).toEqual([]);
  });
});
