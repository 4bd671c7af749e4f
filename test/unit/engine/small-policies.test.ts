// Policies of a few lines each: bans, limits, pipeline depth, candidates, speeds, wanted pieces.
import { describe, expect, it } from 'vitest';
import { ActivePiece } from '../../../main/engine/active-piece.ts';
import { BanPolicy } from '../../../main/engine/ban-policy.ts';
import { PeerCandidates } from '../../../main/engine/peer-candidates.ts';
import { RateLimit } from '../../../main/engine/rate-limit.ts';
import { pipelineBlocks } from '../../../main/engine/request-pipeline.ts';
import { SpeedMeter } from '../../../main/engine/speed-meter.ts';
import { wantedPieces } from '../../../main/engine/wanted-pieces.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';

describe('bans', () => {
  it('bans at once who alone sent a bad piece', () => {
    const bans = new BanPolicy();
    expect(bans.pieceFailed(['10.0.0.1', '10.0.0.1'])).toEqual(['10.0.0.1']);
    expect([bans.isBanned('10.0.0.1'), bans.isBanned('10.0.0.2')]).toEqual([true, false]);
  });

  it('bans among several only who is suspect again and again', () => {
    const bans = new BanPolicy();
    expect(bans.pieceFailed(['bad', 'a'])).toEqual([]);
    expect(bans.pieceFailed(['bad', 'b'])).toEqual([]);
    expect(bans.pieceFailed(['bad', 'c'])).toEqual(['bad']);
    expect(['a', 'b', 'c'].map((host) => bans.isBanned(host))).toEqual([false, false, false]);
  });

  it('bans neither of two who were always there together: one of them is honest, and the comparison tells which', () => {
    const bans = new BanPolicy();
    for (let piece = 0; piece < 5; piece++) expect(bans.pieceFailed(['liar', 'honest'])).toEqual([]);
    expect(bans.blocksCompared(['liar'])).toEqual(['liar']);
    expect(bans.isBanned('honest')).toBe(false);
  });

  it('bans whose blocks turn out to differ from the right ones', () => {
    const bans = new BanPolicy();
    bans.pieceFailed(['liar', 'honest']);
    expect(bans.blocksCompared(['liar', 'liar'])).toEqual(['liar']);
    expect(bans.isBanned('honest')).toBe(false);
  });

  it('forgives a suspicion after a good piece', () => {
    const bans = new BanPolicy();
    bans.pieceFailed(['a', 'x']);
    bans.piecePassed(['a']);
    bans.pieceFailed(['a', 'y']);
    expect(bans.pieceFailed(['a', 'z'])).toEqual([]);
  });
});

describe('rate limit', () => {
  it('lets through what the rate says, over time', () => {
    let ms = 0;
    const limit = new RateLimit(100_000, () => ms);
    let passed = 0;
    for (; ms < 10_000; ms += 10) {
      while (limit.open) {
        limit.take(16384);
        passed += 16384;
      }
    }
    expect(passed).toBeGreaterThan(1_000_000);
    expect(passed).toBeLessThan(1_080_000);
  });

  it('is open without a limit and shut at zero', () => {
    expect(new RateLimit(null, () => 0).open).toBe(true);
    const shut = new RateLimit(0, () => 0);
    expect([shut.open, shut.waitMs]).toEqual([false, Infinity]);
  });

  it('says how long to wait', () => {
    const limit = new RateLimit(100_000, () => 0);
    limit.take(32768 + 10_000);
    expect(limit.waitMs).toBeGreaterThanOrEqual(100);
    expect(limit.waitMs).toBeLessThanOrEqual(101);
  });
});

describe('request pipeline', () => {
  const input = {
    pieceLength: 262_144, bytesPerSecond: 0, roundTripMs: null, pieceSerial: false, crowd: false, peerLimit: 2000, limitBytesPerSecond: null,
  };

  it('opens deep at a lone source, so that a long fast line is full at once', () => {
    expect(pipelineBlocks(input) * 16384).toBeGreaterThanOrEqual(8e6);
  });

  it('holds one piece and a round trip in a crowd', () => {
    expect(pipelineBlocks({ ...input, crowd: true, pieceSerial: true })).toBe(16);
    expect(pipelineBlocks({ ...input, crowd: true, pieceSerial: true, bytesPerSecond: 16_384_000, roundTripMs: 100 })).toBe(16 + 150);
  });

  it('keeps to what the peer accepts and to a limit the user set', () => {
    expect(pipelineBlocks({ ...input, peerLimit: 50 })).toBe(50);
    expect(pipelineBlocks({ ...input, peerLimit: null })).toBe(250);
    expect(pipelineBlocks({ ...input, limitBytesPerSecond: 163_840 })).toBe(12);
  });
});

describe('candidates', () => {
  it('tries encryption only where somebody answered, and uTP in the end', () => {
    const peers = new PeerCandidates(() => 0);
    peers.add('10.0.0.1:1', 'tracker');
    const [candidate] = peers.due(true, 10);
    const modes = ['tcp', 'tcp-encrypted', 'utp'] as const;
    peers.failed(candidate!, modes, false);
    expect(modes[candidate!.modeIndex]).toBe('utp');
    candidate!.modeIndex = 0;
    peers.failed(candidate!, modes, true);
    expect(modes[candidate!.modeIndex]).toBe('tcp-encrypted');
  });

  it('waits longer after each failure, and starts anew after a connection that stood', () => {
    let now = 0;
    const peers = new PeerCandidates(() => now);
    peers.add('10.0.0.1:1', 'tracker');
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      const [candidate] = peers.due(true, 10);
      peers.failed(candidate!, ['tcp'], false);
      waits.push(candidate!.nextAtMs - now);
      now = candidate!.nextAtMs;
    }
    expect(waits).toEqual([1000, 3000, 8000]);
    const [candidate] = peers.due(true, 10);
    peers.connected(candidate!);
    expect(peers.due(true, 10)).toEqual([]);
    peers.disconnected(candidate!, 60_000);
    expect(candidate!.nextAtMs - now).toBe(1000);
  });

  it('leaves complete peers alone when there is nothing to get', () => {
    const peers = new PeerCandidates(() => 0);
    peers.add('10.0.0.1:1', 'tracker');
    peers.get('10.0.0.1:1')!.seed = true;
    expect(peers.due(false, 10)).toEqual([]);
  });

  it('is bounded', () => {
    const peers = new PeerCandidates(() => 0);
    for (let i = 0; i < 5000; i++) peers.add(`10.0.${i >> 8}.${i & 255}:1`, 'ut_pex');
    expect(peers.size).toBeLessThanOrEqual(2000);
  });
});

describe('a piece that is being fetched', () => {
  it('offers again what a peer will not send, and nothing twice', () => {
    const piece = new ActivePiece<string>(0, 40_000, new Uint8Array(40_000), 'a');
    for (let block = 0; block < 3; block++) piece.asked(piece.nextUnasked());
    expect(piece.nextUnasked()).toBe(-1);
    piece.unasked(1);
    expect(piece.nextUnasked()).toBe(1);
    expect(piece.beginBlock(1, 16384)).not.toBeNull();
    expect(piece.beginBlock(1, 16384)).toBeNull();
    piece.endBlock(1, 'a');
    expect(piece.nextUnasked()).toBe(-1);
    expect(piece.beginBlock(2, 16384)).toBeNull();
    expect(piece.blockLength(2)).toBe(40_000 - 32_768);
  });

  it('asks anew for a block that broke off', () => {
    const piece = new ActivePiece<string>(0, 16384, new Uint8Array(16384), 'a');
    piece.asked(0);
    piece.beginBlock(0, 16384);
    piece.unasked(0);
    expect(piece.nextUnasked()).toBe(-1);
    piece.abandonBlock(0);
    expect(piece.nextUnasked()).toBe(0);
  });
});

it('measures a speed and forgets it', () => {
  let now = 0;
  const meter = new SpeedMeter(() => now);
  for (let i = 0; i < 100; i++) {
    now += 100;
    meter.add(1000);
  }
  expect(meter.bytesPerSecond).toBeGreaterThan(9000);
  expect(meter.bytesPerSecond).toBeLessThan(11_000);
  now += 5000;
  expect([meter.bytesPerSecond, meter.total]).toEqual([0, 100_000]);
});

it('wants the pieces of chosen files, the first of them urgently, and counts their bytes', () => {
  const file = (offset: number, length: number, padding = false) => ({ path: ['f'], offset, length, padding });
  const metainfo = { pieceLength: 10, pieceCount: 6, files: [file(0, 15), file(15, 5, true), file(20, 25), file(45, 15)] } as unknown as Metainfo;
  const wanted = wantedPieces(metainfo, Uint8Array.from([0, 1, 2, 1]));
  expect([...wanted.priorities]).toEqual([0, 0, 3, 3, 2, 1]);
  expect(wanted.totalBytes).toBe(40);
  expect([...wanted.bytes]).toEqual([0, 0, 10, 10, 10, 10]);
});
