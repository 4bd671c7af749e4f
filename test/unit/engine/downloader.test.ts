// The receiving side, through a real session: who is asked for what, who takes over, what bad peers can do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_LENGTH, MessageId } from '../../../main/engine/wire-messages.ts';
import { Bench, settled, torrentOf } from './session-fixture.ts';
import type { Asked, ScriptedPeer } from './session-fixture.ts';

const piecesOf = (asked: Asked[]): number[] => [...new Set(asked.map(({ piece }) => piece))].sort((a, b) => a - b);
const keyOf = ({ piece, block }: Asked): string => `${piece}:${block}`;

/** Answers everything until nothing is asked any more. */
async function finish(bench: Bench, peers: ScriptedPeer[]): Promise<void> {
  for (let round = 0; round < 1000 && !bench.done; round++) {
    for (const peer of peers) if (peer.closedFor === null) peer.answer(8);
    await bench.pass(50);
  }
}

describe('one owner a piece', () => {
  it('asks no two peers for the same piece while there are others', async () => {
    const bench = await new Bench(torrentOf(12, 16 * BLOCK_LENGTH)).start();
    const peers = Array.from({ length: 3 }, () => bench.join({ requestLimit: 40 }).seed());
    const pieces = peers.map((peer) => piecesOf(peer.asked));
    expect(pieces.every((asked) => asked.length >= 1)).toBe(true);
    expect(new Set(pieces.flat()).size).toBe(pieces.flat().length);
  });

  it('lets another take over what a peer without the fast extension choked, and keeps the blocks that are here', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const first = bench.join({ fast: false });
    first.sayPieces(Uint8Array.of(0x80));
    first.say(MessageId.unchoke);
    first.answer(1);
    first.say(MessageId.choke);
    const second = bench.join().seed();
    expect(second.asked.map(keyOf)).toEqual(['0:1', '0:2', '0:3']);
    await finish(bench, [second]);
    expect([bench.done, bench.session.stats().wastedBytes]).toEqual([true, 0]);
  });

  it('lets another take over after a choke that refuses what was asked (BEP 6)', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const first = bench.join().seed();
    const refused = [...first.asked];
    first.say(MessageId.choke);
    for (const { piece, block } of refused) first.say(MessageId.reject, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
    const second = bench.join().seed();
    expect(second.asked).toHaveLength(4);
  });

  it('lets others take over after eight seconds of silence, and not before', async () => {
    const bench = await new Bench(torrentOf(2)).start();
    const silent = bench.join().seed();
    expect(piecesOf(silent.asked)).toEqual([0, 1]);
    await bench.pass(7000);
    expect(silent.cancelled).toEqual([]);
    await bench.pass(2500);
    expect(silent.cancelled).toHaveLength(8);
    const other = bench.join().seed();
    await finish(bench, [other]);
    expect(bench.done).toBe(true);
  });

  it('takes over a block that stopped in its middle', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const silent = bench.join().seed();
    silent.answer(2);
    silent.send(silent.asked.shift()!, false, 1000);
    await bench.pass(10_000);
    await finish(bench, [bench.join().seed()]);
    expect(bench.done).toBe(true);
  });

  it('lets a very slow peer finish the block it is sending', async () => {
    const bench = await new Bench(torrentOf(1, BLOCK_LENGTH)).start();
    const slow = bench.join().seed();
    const pieces = bench.torrent.data;
    slow.send(slow.asked.shift()!, false, 0);
    for (let at = 0; at < BLOCK_LENGTH; at += 1024) {
      await bench.pass(2000);
      slow.sendRaw(pieces.subarray(at, at + 1024));
    }
    await settled();
    expect([bench.done, bench.session.stats().wastedBytes]).toEqual([true, 0]);
  });

  it('gives the pieces of a peer that left in the middle of a block to another', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const first = bench.join().seed();
    first.answer(2);
    first.send(first.asked.shift()!, false, 1000);
    first.close('gone');
    const second = bench.join().seed();
    expect(second.asked.map(keyOf)).toEqual(['0:2', '0:3']);
    await finish(bench, [second]);
    expect(bench.done).toBe(true);
  });

  it('gets everything once, whatever peers do on the way', async () => {
    const step = fc.record({
      peer: fc.nat(3), action: fc.constantFrom('answer', 'answer', 'answer', 'choke', 'unchoke', 'leave', 'half', 'wait', 'reject'),
    });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }), async (steps, fast) => {
      const bench = await new Bench(torrentOf(12)).start();
      const joined = (i: number): ScriptedPeer => {
        const peer = bench.join({ fast: fast[i]! });
        peer.sayPieces(Uint8Array.of(0xff, 0xf0));
        peer.say(MessageId.unchoke);
        return peer;
      };
      const peers = fast.map((_, i) => joined(i));
      const inTheMiddle = new Set<ScriptedPeer>();
      for (const { peer: i, action } of steps) {
        const peer = peers[i]!;
        if (action === 'leave') {
          peer.close('left');
          peers[i] = joined(i);
        }
        if (action === 'wait') await bench.pass(4500);
        if (inTheMiddle.has(peer)) continue;
        if (action === 'answer') peer.answer(3);
        if (action === 'choke') {
          peer.say(MessageId.choke);
          if (peer.fast) for (const { piece, block } of peer.asked) peer.say(MessageId.reject, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
          peer.asked = [];
        }
        if (action === 'unchoke') peer.say(MessageId.unchoke);
        if (action === 'reject' && peer.fast && peer.asked.length > 0) {
          const { piece, block } = peer.asked.shift()!;
          peer.say(MessageId.reject, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
        }
        if (action === 'half' && peer.asked.length > 0) {
          peer.send(peer.asked.shift()!, false, 100);
          inTheMiddle.add(peer);
        }
      }
      // One that behaves is enough, whatever the others hold.
      await finish(bench, [joined(0)]);
      expect(bench.done).toBe(true);
      expect(bench.store.writes).toEqual(new Array(12).fill(1));
      await bench.session.close();
    }), { numRuns: 40 });
  }, 60_000);
});

describe('whom it asks for what', () => {
  it('asks a peer only for what it has and for what is wanted', async () => {
    const torrent = torrentOf(8, 4 * BLOCK_LENGTH, [16 * BLOCK_LENGTH, 16 * BLOCK_LENGTH]);
    const bench = await new Bench(torrent).start({ filePriorities: Uint8Array.of(0, 1) });
    const partial = bench.join();
    partial.sayPieces(Uint8Array.of(0b0111_0101));
    partial.say(MessageId.unchoke);
    expect(piecesOf(partial.everAsked)).toEqual([5, 7]);
  });

  it('takes nothing that is unwanted by now, and wastes nothing on it', async () => {
    const torrent = torrentOf(8, 4 * BLOCK_LENGTH, [16 * BLOCK_LENGTH, 16 * BLOCK_LENGTH]);
    const bench = await new Bench(torrent).start();
    const seed = bench.join().seed();
    bench.session.setFilePriorities(Uint8Array.of(1, 0));
    expect(piecesOf(seed.asked)).toEqual([0, 1, 2, 3]);
    await finish(bench, [seed]);
    expect(bench.store.writes).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    bench.session.setFilePriorities(Uint8Array.of(1, 1));
    await finish(bench, [seed]);
    expect(bench.done).toBe(true);
  });

  it('goes in order for somebody who watches', async () => {
    const bench = await new Bench(torrentOf(40)).start({ order: 'sequential' });
    const seed = bench.join({ requestLimit: 8 }).seed();
    await finish(bench, [seed]);
    const order = seed.everAsked.map(({ piece }) => piece);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it.each([1, 4, 50])('never has more under way than the %i requests a peer accepts', async (requestLimit) => {
    const bench = await new Bench(torrentOf(40)).start();
    const seed = bench.join({ requestLimit }).seed();
    for (let round = 0; round < 10; round++) {
      expect(seed.asked.length).toBeLessThanOrEqual(requestLimit);
      seed.answer(1);
      await bench.pass(10);
    }
    expect(seed.everAsked.length).toBeGreaterThanOrEqual(10);
  });

  it('asks nobody who chokes, but for pieces that are allowed at once', async () => {
    const bench = await new Bench(torrentOf(8)).start();
    const choking = bench.join();
    choking.say(MessageId.haveAll);
    expect(choking.everAsked).toEqual([]);
    choking.say(MessageId.allowedFast, 5);
    expect(piecesOf(choking.everAsked)).toEqual([5]);
  });

  it('does not ask for ever a peer that refuses everything, and gets it from others', async () => {
    const bench = await new Bench(torrentOf(8)).start();
    const refusing = bench.join().seed();
    for (let rounds = 0; rounds < 2000 && refusing.asked.length > 0; rounds++) {
      const { piece, block } = refusing.asked.shift()!;
      refusing.say(MessageId.reject, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
    }
    expect(refusing.everAsked.length).toBeLessThan(200);
    const other = bench.join().seed();
    await finish(bench, [other]);
    expect(bench.done).toBe(true);
  });

  it('asks again later who refused once', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const seed = bench.join().seed();
    const refused = seed.asked;
    seed.asked = [];
    for (const { piece, block } of refused) seed.say(MessageId.reject, piece, block * BLOCK_LENGTH, BLOCK_LENGTH);
    await bench.pass(15_000);
    await finish(bench, [seed]);
    expect(bench.done).toBe(true);
  });
});

describe('the end game', () => {
  it('helps a slow owner from the end of its piece, and calls off what came twice', async () => {
    const bench = await new Bench(torrentOf(1, 16 * BLOCK_LENGTH)).start();
    const slow = bench.join().seed();
    await bench.pass(1500);
    slow.answer(1);
    const quick = bench.join().seed();
    expect(quick.asked.length).toBeGreaterThan(0);
    expect(quick.asked[0]).toEqual({ piece: 0, block: 15 });
    quick.answer(1);
    expect(slow.cancelled).toContainEqual({ piece: 0, block: 15 });
    await finish(bench, [slow, quick]);
    expect([bench.done, bench.store.writes[0]]).toEqual([true, 1]);
  });

  it('does not begin while there are pieces nobody fetches', async () => {
    const bench = await new Bench(torrentOf(400)).start();
    const peers = [bench.join().seed(), bench.join().seed()];
    for (let round = 0; round < 10; round++) {
      await bench.pass(500);
      peers[1]!.answer(16);
      const all = peers.flatMap((peer) => peer.asked.map(keyOf));
      expect(new Set(all).size).toBe(all.length);
    }
  });
});

describe('bad pieces', () => {
  it('bans who alone sent one, stores nothing of it, and gets it from another', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const liar = bench.join({ host: '10.9.9.9' }).seed();
    liar.answer(4, true);
    await settled();
    expect([liar.closedFor === null, bench.bans.isBanned('10.9.9.9'), bench.store.writes[0]]).toEqual([false, true, 0]);
    await finish(bench, [bench.join().seed()]);
    expect([bench.done, bench.session.stats().hashFailures]).toEqual([true, 1]);
  });

  it('finds out who of two lied once the piece came right', async () => {
    const bench = await new Bench(torrentOf(1)).start();
    const liar = bench.join({ host: '10.9.9.9' }).seed();
    liar.answer(2, true);
    liar.close('gone');
    const honest = bench.join({ host: '10.1.1.1' }).seed();
    await finish(bench, [honest]);
    expect([bench.done, bench.bans.isBanned('10.9.9.9'), bench.bans.isBanned('10.1.1.1')]).toEqual([true, true, false]);
  });

  it('does not ban an honest peer for finishing what several liars began', async () => {
    const bench = await new Bench(torrentOf(30)).start();
    const honest = bench.join({ host: '10.1.1.1', requestLimit: 4 }).seed();
    honest.answer(4);
    await bench.pass(10);
    for (let lie = 1; lie <= 4; lie++) {
      const liar = bench.join({ host: `10.9.9.${lie}`, requestLimit: 2 }).seed();
      liar.answer(2, true);
      liar.close('gone');
      for (let round = 0; round < 4; round++) {
        honest.answer(4);
        await bench.pass(10);
      }
    }
    await finish(bench, [honest]);
    expect([honest.closedFor, bench.bans.isBanned('10.1.1.1'), bench.done]).toEqual(['both are complete', false, true]);
  });

  it('never asks for ever: a swarm of liars is banned one after another', async () => {
    const bench = await new Bench(torrentOf(2)).start();
    for (let i = 1; i <= 20; i++) {
      const liar = bench.join().seed();
      liar.answer(1000, true);
      await settled();
      expect(liar.closedFor).not.toBeNull();
    }
    expect(bench.store.have.count).toBe(0);
  });
});

describe('a limit that sinks', () => {
  it('takes back what was asked for beyond it, asks again later, and loses nothing', async () => {
    const bench = await new Bench(torrentOf(40, 16 * BLOCK_LENGTH)).start();
    const peers = Array.from({ length: 2 }, () => bench.join({ requestLimit: 200 }).seed());
    const before = peers.map((peer) => peer.asked.length);
    expect(Math.min(...before)).toBeGreaterThan(20);
    bench.session.setLimits(4 * BLOCK_LENGTH, null);
    // About a second of the limit for all together.
    expect(peers.reduce((sum, peer) => sum + peer.asked.length, 0)).toBeLessThanOrEqual(12);
    expect(peers.every((peer) => peer.asked.length >= 2)).toBe(true);
    bench.session.setLimits(null, null);
    await finish(bench, peers);
    expect([bench.done, bench.session.stats().wastedBytes]).toEqual([true, 0]);
  });
});
