// Several computers in one home: what one fetches from outside is left to it, and told only where somebody listens.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Bitfield } from '../../../main/engine/bitfield.ts';
import { HomeShare } from '../../../main/engine/home-share.ts';
import type { PeerLink } from '../../../main/engine/peer-link.ts';

const PIECES = 40;

interface Told { pieces: number[]; begun: boolean }

function linkOf({ isLocal = true, speaksCrowd = true, isSeed = false, peerChoking = false, has = [] as number[] } = {}) {
  const pieces = new Bitfield(PIECES);
  for (const piece of has) pieces.set(piece);
  const told: Told[] = [];
  const link = {
    connection: { isLocal, speaksCrowd }, isSeed, peerChoking, snubbed: false, pieces, lastBytesAtMs: 0, receivedBlockBytes: 0, down: { bytesPerSecond: 0 },
    tellClaims: (numbers: number[], begun: boolean) => told.push({ pieces: numbers, begun }),
  };
  return { link: link as unknown as PeerLink, told, state: link };
}

let nowMs = 0;
function home(...links: { link: PeerLink }[]): HomeShare {
  const share = new HomeShare(PIECES, 262_144, () => nowMs);
  for (const { link } of links) share.greet(link);
  return share;
}

beforeEach(() => {
  nowMs = 100_000;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('what we fetch from outside', () => {
  it('is told in the home to whoever speaks the extension and lacks something, once, and given up aloud', () => {
    const [near, far, plain, seed] = [linkOf(), linkOf({ isLocal: false }), linkOf({ speaksCrowd: false }), linkOf({ isSeed: true })];
    const share = home(near, far, plain, seed);
    share.begin(3);
    share.begin(4);
    vi.advanceTimersByTime(50);
    expect(near.told).toEqual([{ pieces: [3, 4], begun: true }]);
    share.end(3, true);
    share.end(4, false);
    vi.advanceTimersByTime(50);
    expect(near.told.slice(1)).toEqual([{ pieces: [4], begun: false }]);
    expect([far.told, plain.told, seed.told]).toEqual([[], [], []]);
  });

  it('is told to a newcomer, and again after a while', () => {
    const near = linkOf();
    const share = home(near);
    share.begin(7);
    share.greet(near.link);
    expect(near.told).toEqual([{ pieces: [7], begun: true }]);
    vi.advanceTimersByTime(50);
    nowMs += 9_000;
    share.tick(new Set([near.link]));
    vi.advanceTimersByTime(50);
    expect(near.told.at(-1)).toEqual({ pieces: [7], begun: true });
  });
});

describe('what others in the home have or fetch', () => {
  it('is not for anybody outside', () => {
    const near = linkOf({ has: [1] });
    const share = home(near, linkOf({ isLocal: false, has: [2] }));
    share.heard(near.link, [5], true);
    const { avoid } = share.avoid!;
    expect([1, 5, 2, 6].map(avoid)).toEqual([true, true, false, false]);
    share.heard(near.link, [5], false);
    expect(share.avoid!.avoid(5)).toBe(false);
  });

  it('is left to them strictly only while they bring about as much as comes from outside', () => {
    const [near, far] = [linkOf({ has: [1] }), linkOf({ isLocal: false })];
    const share = home(near);
    const links = new Set([near.link, far.link]);
    const bring = (nearRate: number, farRate: number): boolean => {
      Object.assign(near.state, { lastBytesAtMs: nowMs, receivedBlockBytes: 16_384, down: { bytesPerSecond: nearRate } });
      far.state.down = { bytesPerSecond: farRate };
      share.tick(links);
      return share.avoid!.strictly;
    };
    expect(share.avoid!.strictly).toBe(false);
    expect(bring(500_000, 0)).toBe(false); // what the line carries is not known yet
    expect(bring(500_000, 1_000_000)).toBe(true);
    expect(bring(100_000, 1_000_000)).toBe(false);
    // Nothing is asked outside any more: that does not make a slow neighbour a good one.
    expect(bring(100_000, 0)).toBe(false);
    expect(bring(600_000, 0)).toBe(true);
    nowMs += 2_000;
    expect(share.avoid!.strictly).toBe(false);
  });

  it('counts for nothing when nobody is near, or who is near gives nothing', () => {
    const [far, choking, silent] = [linkOf({ isLocal: false, has: [1] }), linkOf({ peerChoking: true, has: [1] }), linkOf({ has: [1] })];
    silent.state.snubbed = true;
    for (const only of [far, choking, silent]) expect(home(only).avoid).toBeNull();
  });

  it('is not believed of somebody outside, and forgotten when nothing came of it', () => {
    const [near, far] = [linkOf(), linkOf({ isLocal: false })];
    const share = home(near, far);
    share.heard(far.link, [5], true);
    expect(share.avoid!.avoid(5)).toBe(false);
    share.heard(near.link, [6, 7], true);
    share.has(near.link, 6); // it has it now, and its bitfield tells so from here on
    expect([6, 7].map(share.avoid!.avoid)).toEqual([false, true]);
    nowMs += 21_000;
    expect(share.avoid!.avoid(7)).toBe(false);
    share.heard(near.link, [8], true);
    share.left(near.link);
    expect(share.avoid).toBeNull();
  });
});
