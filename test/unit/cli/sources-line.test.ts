// The line about people and servers at the end of `flashswarm get`.
import { describe, expect, it } from 'vitest';
import { sourcesLine } from '../../../main/cli/sources-line.ts';

const said = (people: number, server: number, firstPieceMs: number | null = 640) => sourcesLine({
  bytes: { people, server, local: 0, wasted: 0, uploaded: 0, total: people + server }, originShare: people + server > 0 ? server / (people + server) : null, firstPieceMs,
});

describe('the line about people and servers', () => {
  it('says how much servers gave and when the first piece was here', () => expect(said(750, 250)).toBe('Servers gave 25 % of it, people the rest; the first piece was here after 0.6 s.'));
  it('does not round what is little to nothing', () => {
    expect(said(9999, 1, null)).toBe('Servers gave less than 1 % of it, people the rest.');
    expect(said(1, 9999, null)).toBe('Servers gave more than 99 % of it, people the rest.');
  });
  it.each([[0, 0], [10, 0], [0, 10]])('is not there unless both gave (%i, %i)', (people, server) => expect(said(people, server)).toBeNull());
});
