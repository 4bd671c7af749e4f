// How far a web server is trusted after what it sent.
import { describe, expect, it } from 'vitest';
import { WebSeedTrust } from '../../../main/engine/web-seed-trust.ts';

function given(rightPieces: number): WebSeedTrust {
  const trust = new WebSeedTrust();
  for (let piece = 0; piece < rightPieces; piece++) trust.pieceRight();
  return trust;
}

describe('a web server', () => {
  it('shares one unchecked piece with others at first, and more as it gives more that is right', () => {
    expect([0, 1, 15, 16, 32, 160].map((pieces) => given(pieces).mayShare)).toEqual([1, 1, 1, 2, 3, 11]);
    expect([0, 15, 16].map((pieces) => given(pieces).isProven)).toEqual([false, false, true]);
  });

  it('is found out by its second wrong piece, or by one that took another with it', () => {
    const twice = given(5);
    expect([twice.pieceWrong(1, true, 0), twice.pieceWrong(1, true, 5000)]).toEqual([false, true]);
    expect(given(5).pieceWrong(2, true, 0)).toBe(true);
  });

  it('is only doubted for what others had a part in, shares nothing, and goes on when it is cleared', () => {
    const trust = given(40);
    expect([trust.pieceWrong(2, false, 1000), trust.mayShare, trust.isProven, trust.hasGivenRight]).toEqual([false, 0, false, false]);
    expect(trust.doubtedUntilMs).toBeGreaterThan(1000);
    trust.cleared();
    expect([trust.doubtedUntilMs, trust.mayShare]).toEqual([0, 1]);
  });

  it('is found out when it was wrong alone while it was doubted', () => {
    const trust = given(3);
    expect([trust.pieceWrong(1, false, 0), trust.doubtedUntilMs, trust.pieceWrong(1, true, 10)]).toEqual([false, 0, true]);
  });
});
