// Pieces that came last: at hand for whoever asks next, within bounds of room and time.
import { describe, expect, it } from 'vitest';
import { RecentPieces } from '../../../main/engine/recent-pieces.ts';

const MIB = 1024 * 1024;
const torrent = {};
const bytesOf = (length: number, fill = 0): Uint8Array => new Uint8Array(length).fill(fill);

function started() {
  let nowMs = 0;
  return { recent: new RecentPieces(() => nowMs), wait: (ms: number) => { nowMs += ms; } };
}

describe('recent pieces', () => {
  it('gives ranges of what it took, and nothing beyond', () => {
    const { recent } = started();
    expect(recent.keep(torrent, 3, Uint8Array.from([1, 2, 3, 4]))).toBe(true);
    expect([...recent.read(torrent, 3, 1, 2)!]).toEqual([2, 3]);
    expect(recent.read(torrent, 3, 1, 4)).toBeNull();
    expect(recent.read(torrent, 4, 0, 1)).toBeNull();
    expect(recent.read({}, 3, 0, 1)).toBeNull();
  });

  it('lets the oldest go when the room is full', () => {
    const { recent } = started();
    for (let piece = 0; piece < 9; piece++) recent.keep(torrent, piece, bytesOf(MIB, piece));
    expect(recent.read(torrent, 0, 0, 1)).toBeNull();
    expect([...recent.read(torrent, 1, 0, 1)!, ...recent.read(torrent, 8, 0, 1)!]).toEqual([1, 8]);
  });

  it('counts the whole buffer that a short last piece lies in', () => {
    const { recent } = started();
    for (let piece = 0; piece < 9; piece++) recent.keep(torrent, piece, bytesOf(MIB).subarray(0, 10));
    expect(recent.read(torrent, 0, 0, 1)).toBeNull();
  });

  it('takes no piece that would push out all others, and none twice', () => {
    const { recent } = started();
    expect(recent.keep(torrent, 0, bytesOf(4 * MIB))).toBe(false);
    expect(recent.keep(torrent, 1, bytesOf(10))).toBe(true);
    expect(recent.keep(torrent, 1, bytesOf(10))).toBe(false);
  });

  it('lets go of what nobody fetched for ten seconds', () => {
    const { recent, wait } = started();
    recent.keep(torrent, 0, bytesOf(10));
    wait(6_000);
    recent.keep(torrent, 1, bytesOf(10));
    wait(5_000);
    recent.tick();
    expect(recent.read(torrent, 0, 0, 1)).toBeNull();
    expect(recent.read(torrent, 1, 0, 1)).not.toBeNull();
  });

  it('forgets a torrent and counts its room as free', () => {
    const { recent } = started();
    const other = {};
    for (let piece = 0; piece < 7; piece++) recent.keep(torrent, piece, bytesOf(MIB));
    recent.keep(other, 0, bytesOf(MIB));
    recent.forget(torrent);
    for (let piece = 1; piece < 8; piece++) recent.keep(other, piece, bytesOf(MIB));
    expect(recent.read(torrent, 6, 0, 1)).toBeNull();
    expect(recent.read(other, 0, 0, 1)).not.toBeNull();
  });
});
