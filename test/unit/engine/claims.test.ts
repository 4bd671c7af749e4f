// Claims: neighbours do not fetch the same from the origin, and nobody can keep pieces away by claiming them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Claims } from '../../../main/engine/claims.ts';

function claims(pieceCount = 1000, pieceLength = 1024 * 1024) {
  const clock = { ms: 0 };
  return { clock, claims: new Claims<string>(pieceCount, pieceLength, () => clock.ms) };
}

describe('what a neighbour fetches from the origin', () => {
  it('is left to it until it has the piece, gives it up, leaves, or says nothing for twenty seconds', () => {
    const { clock, claims: all } = claims();
    all.hear('ann', [1, 2, 3, 4], true);
    expect([1, 2, 3, 4, 5].map((piece) => all.isClaimed(piece))).toEqual([true, true, true, true, false]);
    all.kept('ann', 1);
    all.hear('ann', [2], false);
    expect([1, 2, 3].map((piece) => all.isClaimed(piece))).toEqual([false, false, true]);
    clock.ms = 15_000;
    all.hear('ann', [3], true); // told again
    clock.ms = 21_000;
    expect([3, 4].map((piece) => all.isClaimed(piece))).toEqual([true, false]);
    all.left('ann');
    expect(all.isClaimed(3)).toBe(false);
  });

  it('is kept from nobody for longer than a minute, however often it is said again, or given up and begun anew', () => {
    for (const givesUp of [false, true]) {
      const { clock, claims: all } = claims();
      let claimedMs = 0;
      for (; clock.ms < 300_000; clock.ms += 1000) {
        if (givesUp) all.hear('eve', [3], false);
        all.hear('eve', [3], true);
        if (all.isClaimed(3)) claimedMs += 1000;
      }
      expect(claimedMs).toBe(60_000);
      all.kept('eve', 3); // it has come after all
      all.hear('eve', [3, 4], true);
      expect(all.isClaimed(4)).toBe(true);
    }
  });

  it('stays claimed while one of two still fetches it', () => {
    const { claims: all } = claims();
    all.hear('ann', [7], true);
    all.hear('bob', [7, 7], true);
    all.hear('ann', [7], false);
    all.hear('ann', [7], false);
    expect(all.isClaimed(7)).toBe(true);
    all.left('bob');
    expect(all.isClaimed(7)).toBe(false);
  });

  it('is not more than one client can fetch: the rest of an absurd list is ignored, as are pieces that do not exist', () => {
    const { claims: all } = claims();
    all.hear('eve', Array.from({ length: 5000 }, (_, i) => i), true);
    all.hear('eve', [4_000_000_000, -1, 1.5, Number.NaN], true);
    expect(all.claimedCount).toBe(64);
  });

  it('is not believed of somebody who claims and never brings', () => {
    const { clock, claims: all } = claims();
    for (let round = 0; round < 3; round++) {
      all.hear('eve', [10, 11, 12, 13], true);
      clock.ms += 21_000;
      expect(all.isClaimed(10)).toBe(false);
    }
    all.hear('eve', [10], true);
    expect(all.isClaimed(10)).toBe(false);
    // Somebody who keeps more than they break is.
    for (let piece = 100; piece < 140; piece++) {
      all.hear('ann', [piece], true);
      if (piece < 130) all.kept('ann', piece);
    }
    clock.ms += 21_000;
    all.isClaimed(0);
    all.hear('ann', [10], true);
    expect(all.isClaimed(10)).toBe(true);
  });

  it('comes to nothing once everybody has left, whatever they said', () => {
    const message = fc.record({ who: fc.constantFrom('a', 'b', 'c'), pieces: fc.array(fc.integer({ min: -2, max: 30 }), { maxLength: 40 }), what: fc.constantFrom('begun', 'given up', 'kept', 'left', 'wait') });
    fc.assert(fc.property(fc.array(message, { maxLength: 60 }), (messages) => {
      const { clock, claims: all } = claims(20);
      for (const { who, pieces, what } of messages) {
        if (what === 'kept') for (const piece of pieces) all.kept(who, piece);
        else if (what === 'left') all.left(who);
        else if (what === 'wait') clock.ms += 7000;
        else all.hear(who, pieces, what === 'begun');
        expect(all.claimedCount).toBeLessThanOrEqual(20);
      }
      for (const who of ['a', 'b', 'c']) all.left(who);
      expect(all.claimedCount).toBe(0);
    }));
  });
});

describe('what we fetch from the origin', () => {
  it('is told once, and everything again after a while', () => {
    const { clock, claims: all } = claims();
    all.begin(1);
    all.begin(2);
    expect(all.takeNews()).toEqual({ begun: [1, 2], givenUp: [] });
    expect([all.hasNews, all.takeNews()]).toEqual([false, { begun: [], givenUp: [] }]);
    all.begin(3);
    clock.ms = 9000;
    expect(all.takeNews()).toEqual({ begun: [1, 2, 3], givenUp: [] });
  });

  it('is taken back when it does not come, and not when it did: the neighbours hear that anyway', () => {
    const { claims: all } = claims();
    for (const piece of [1, 2, 3]) all.begin(piece);
    all.takeNews();
    all.begin(4);
    all.end(1, true);
    all.end(2, false);
    all.end(4, false); // nobody was told of it
    expect(all.takeNews()).toEqual({ begun: [], givenUp: [2] });
    expect([...all.ours]).toEqual([3]);
  });
});
