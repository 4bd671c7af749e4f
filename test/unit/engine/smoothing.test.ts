// The gentle beginning: a ramp with a moment of its own for everybody, that nobody who is alone or hungry has to wait for.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SmoothingSpec } from '../../../main/engine/delivery-spec.ts';
import { Smoothing } from '../../../main/engine/smoothing.ts';
import type { SmoothingLook } from '../../../main/engine/smoothing.ts';

const MiB = 1024 * 1024;
const START = 1_700_000_000_000;
const spec: SmoothingSpec = { minutes: 30, startShare: 0.1, audience: null, eventStartsAt: null };
const busy: SmoothingLook = { people: 20, crowd: 20, busyPeople: 1, peopleBytesPerSecond: 2 * MiB, bytesPerSecond: 2 * MiB, stalled: false, moreServer: false };
const alone: SmoothingLook = { people: 0, crowd: 0, busyPeople: 0, peopleBytesPerSecond: 0, bytesPerSecond: 0, stalled: false, moreServer: false };

function given(change: Partial<SmoothingSpec> = {}, random = () => 0.5, startedAt = START) {
  const clock = { ms: 0 };
  const smoothing = new Smoothing({ ...spec, ...change }, startedAt, { now: () => clock.ms, epoch: () => startedAt + clock.ms, random });
  return { clock, smoothing };
}

/** Asks for pieces whenever it may, for so many seconds. @returns bytes asked for */
function ask({ clock, smoothing }: ReturnType<typeof given>, seconds: number, look: SmoothingLook, pieceBytes = 256 * 1024, stopAt = Infinity): number {
  let bytes = 0;
  for (const end = clock.ms + seconds * 1000; clock.ms < end && bytes < stopAt;) {
    clock.ms += 50;
    if (smoothing.open) {
      smoothing.take(pieceBytes);
      bytes += pieceBytes;
    }
    if (clock.ms % 1000 === 0) smoothing.look(look);
  }
  return bytes;
}

describe('the ramp', () => {
  it('begins at its share and reaches everything at its end', () => {
    const { clock, smoothing } = given();
    expect(smoothing.figures()).toEqual({ share: 0.1, endsAt: START + 30 * 60_000, allowedBytesPerSecond: Math.round(0.2 * MiB) });
    clock.ms = 15 * 60_000;
    expect(smoothing.ramp).toBeCloseTo(0.55);
    clock.ms = 30 * 60_000;
    expect([smoothing.figures(), smoothing.open, smoothing.heldBack]).toEqual([null, true, false]);
  });

  it('holds what is asked for to that, beside people who bring the rest', () => {
    const few = ask(given(), 60, { ...busy, people: 5, crowd: 5, peopleBytesPerSecond: 0.2 * MiB });
    expect(few).toBeGreaterThan(0.08 * 2 * MiB * 60);
    expect(few).toBeLessThan(0.15 * 2 * MiB * 60 + 2 * MiB);
    // Many need less each: every piece is needed once.
    expect(ask(given(), 60, { ...busy, people: 47, crowd: 47, peopleBytesPerSecond: 0.2 * MiB })).toBeLessThan(few / 2.5);
  });

  it('begins when the crowd comes, and holds nobody who is there before', () => {
    const early = given({ eventStartsAt: START + 600_000 });
    expect([early.smoothing.active, early.smoothing.open, early.smoothing.figures()]).toEqual([false, true, null]);
    early.clock.ms = 600_000;
    expect(early.smoothing.figures()).toMatchObject({ share: 0.1, endsAt: START + 600_000 + 30 * 60_000 });
    expect(given({ eventStartsAt: START - 31 * 60_000 }).smoothing.active).toBe(false);
    expect(given({ eventStartsAt: START - 15 * 60_000 }).smoothing.ramp).toBeCloseTo(0.55);
  });

  it('gives each person a moment of their own, longer for a larger audience, never longer than eight seconds', () => {
    const first = (audience: number | null, random: number): number => {
      const all = given({ audience }, () => random);
      while (!all.smoothing.open) all.clock.ms += 10;
      return all.clock.ms;
    };
    expect([first(16, 0.5) >= 800, first(16, 0.5) <= 850]).toEqual([true, true]);
    expect(first(16, 1)).toBeLessThan(first(30, 1));
    expect(first(1_000_000, 1)).toBeLessThanOrEqual(8020);
    expect(first(1_000_000, 0)).toBeLessThanOrEqual(10);
    expect(first(null, 1)).toBeLessThanOrEqual(520);
  });
});

describe('a server whose answers take long', () => {
  it('is left alone for as long as the last one took, and no longer than ten seconds', () => {
    const rest = (answerMs: number): number => {
      const all = given();
      ask(all, 5, { ...busy, bytesPerSecond: 20 * MiB, peopleBytesPerSecond: 20 * MiB, people: 1, crowd: 1 });
      all.smoothing.answered(answerMs);
      const from = all.clock.ms;
      while (!all.smoothing.open) all.clock.ms += Math.max(1, all.smoothing.waitMs);
      return all.clock.ms - from;
    };
    expect([rest(300), rest(3000)]).toEqual([300, 3000]);
    expect(rest(60_000)).toBe(10_000);
  });

  it('is asked again sooner by somebody whom nobody else helps', () => {
    const all = given();
    ask(all, 10, alone);
    all.smoothing.answered(3000);
    expect(all.smoothing.waitMs).toBeLessThan(1000);
  });
});

describe('somebody whom the ramp would starve', () => {
  it('and is alone is let go in some seconds', () => {
    const all = given({ startShare: 0.02, audience: 10_000 });
    ask(all, 12, alone);
    expect(all.smoothing.figures()!.share).toBeGreaterThan(0.9);
  });

  it('and is alone soon has all that a quick line carries, and is held to what it showed when people come', () => {
    const all = given({ audience: 1000 });
    const lineBytesPerSecond = 100 * MiB;
    let [bytes, seconds] = [0, 0];
    for (; bytes < 192 * MiB; seconds++) {
      const now = Math.min(lineBytesPerSecond, ask(all, 1, { ...alone, bytesPerSecond: bytes / Math.max(1, seconds) }, MiB));
      bytes += now;
      expect(seconds).toBeLessThan(25);
    }
    all.smoothing.look({ ...busy, bytesPerSecond: bytes / seconds });
    expect(all.smoothing.allowedBytesPerSecond).toBeLessThanOrEqual(Math.max(2 * MiB, bytes / seconds));
  });

  it('and is alone does not sit out a moment of their own that is long', () => {
    const all = given({ audience: 10_000 }, () => 0.999);
    while (!all.smoothing.open && all.clock.ms < 8000) {
      all.clock.ms += 50;
      if (all.clock.ms % 1000 === 0) all.smoothing.look(alone);
    }
    expect(all.clock.ms).toBeLessThan(4500);
  });

  it('and has nothing to fetch from a crowd that is short of what is new gets more', () => {
    const hungry = given();
    ask(hungry, 5, { ...busy, people: 5, crowd: 5, busyPeople: 0.1, peopleBytesPerSecond: 0.2 * MiB, bytesPerSecond: 0.4 * MiB });
    expect(hungry.smoothing.figures()!.share).toBeGreaterThan(0.15);
    // And less again when people are busy.
    ask(hungry, 40, busy);
    expect(hungry.smoothing.figures()!.share).toBeLessThan(0.15);
  });

  it('gets its part of what the crowd needs, however small the ramp', () => {
    const all = given({ startShare: 0.001 });
    all.smoothing.look({ ...busy, people: 4, crowd: 4, peopleBytesPerSecond: 4 * MiB, bytesPerSecond: 4 * MiB });
    expect(all.smoothing.allowedBytesPerSecond).toBeCloseTo(1.5 * MiB);
  });

  it('is not let go by doing nothing: only who was refused gets more', () => {
    const all = given();
    for (let second = 1; second <= 60; second++) {
      all.clock.ms = second * 1000;
      all.smoothing.look(alone);
    }
    expect(all.smoothing.figures()!.share).toBeLessThan(0.15);
  });
});

describe('in every case', () => {
  it('allows something, beside people never more than the line, and says a share between 0 and 1', () => {
    const look = fc.record({
      people: fc.nat(50), crowd: fc.nat(50), busyPeople: fc.double({ min: 0, max: 1, noNaN: true }), peopleBytesPerSecond: fc.nat(50 * MiB), bytesPerSecond: fc.nat(100 * MiB),
      stalled: fc.boolean(), moreServer: fc.boolean(),
    });
    fc.assert(fc.property(fc.array(look, { maxLength: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 0.999, noNaN: true }), (looks, startShare, chance) => {
      const all = given({ startShare, audience: 5000 }, () => chance);
      let best = 2 * MiB;
      for (const one of looks) {
        ask(all, 1, one);
        best = Math.max(best, one.bytesPerSecond);
        const { share, allowedBytesPerSecond } = all.smoothing.figures()!;
        expect([share >= 0, share <= 1, allowedBytesPerSecond! >= 0, allowedBytesPerSecond! <= best || one.people + one.crowd === 0]).toEqual([true, true, true, true]);
      }
      if (startShare > 0.001) expect(all.smoothing.waitMs).toBeLessThan(Infinity);
    }), { numRuns: 60 });
  });
});
