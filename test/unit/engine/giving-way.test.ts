// Who gives way at a server that more fetch from than it can serve.
import { describe, expect, it } from 'vitest';
import { givesWay, restAfterGivingWay } from '../../../main/engine/giving-way.ts';

/** Of so many who got so much in so long, how many go on after one look. */
const staying = (claimants: number, bytes: number, ms: number): number => {
  let staying = 0;
  for (let one = 0; one < claimants; one++) if (!givesWay(claimants, bytes, ms, () => (one + 0.5) / claimants)) staying++;
  return staying;
};

describe('giving way', () => {
  it('leaves about four at a server, and all where they are no more', () => {
    expect([1, 3, 4, 5, 48, 1000].map((claimants) => staying(claimants, 40_000, 1000))).toEqual([1, 3, 4, 4, 4, 4]);
  });

  it('is not for those whom the server serves well, nor before that can be known', () => {
    expect([staying(48, 600_000, 1000), staying(48, 0, 400)]).toEqual([48, 48]);
  });

  it('lasts a few seconds, and not equally long for all', () => {
    expect([restAfterGivingWay(0), restAfterGivingWay(0.999)].map(Math.round)).toEqual([2000, 5996]);
  });
});
