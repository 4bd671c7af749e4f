// Web seeds through a real session: what servers are asked for, what becomes of their bytes, and what bad servers can do.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_LENGTH } from '../../../main/engine/wire-messages.ts';
import { Bench, torrentOf } from './session-fixture.ts';
import { ScriptedServer, folderOf, honest, status, streamed } from './web-seed-fixture.ts';
import type { Asked, TestTorrent } from './web-seed-fixture.ts';

const PIECE = 4 * BLOCK_LENGTH;
const url = 'http://server/';

async function startWith(torrent: TestTorrent, answer = honest): Promise<{ bench: Bench; server: ScriptedServer }> {
  // One file that is served as it is called below the folder.
  const server = new ScriptedServer(torrent, url, answer);
  const bench = await new Bench(torrent).start({ webSeeds: [url] }, server.streamRange);
  await streamed();
  return { bench, server };
}

async function passUntil(bench: Bench, enough: () => boolean, seconds = 3600): Promise<void> {
  for (let second = 0; second < seconds && !enough(); second++) {
    await bench.pass(1000);
    await streamed(5);
  }
}

/** Lengths of requests in pieces. */
const lengths = (asked: Asked[]): number[] => asked.map(({ from, to }) => (to + 1 - from) / PIECE);

describe('a good server', () => {
  it('gives every byte once, in few requests that follow one another', async () => {
    const { bench, server } = await startWith(torrentOf(64));
    await passUntil(bench, () => bench.done);
    expect([bench.done, bench.session.stats()]).toMatchObject([true, {
      fromServer: 64 * PIECE, fromPeople: 0, receivedBytes: 64 * PIECE, wastedBytes: 0, hashFailures: 0, wantedDone: true,
    }]);
    expect(lengths(server.asked)[0]).toBe(1);
    expect(server.asked.length).toBeLessThanOrEqual(12);
    expect(server.mostOpen).toBe(1);
    expect(new Set(bench.session.pieceSources())).toEqual(new Set([3]));
  });

  it('is asked for files of a folder, never for padding', async () => {
    const torrent = folderOf([
      { name: 'one', length: 30_000 }, { name: '.pad/2768', length: 2768, padding: true }, { name: 'empty', length: 0 },
      { name: 'dir/two?', length: 5 * 32_768 + 77 }, { name: '.pad/32691', length: 32_691, padding: true }, { name: 'dir/ü', length: 40_001 },
    ], 32_768);
    const { bench, server } = await startWith(torrent);
    await passUntil(bench, () => bench.done);
    expect(bench.done).toBe(true);
    expect(new Set(server.asked.map((asked) => asked.url))).toEqual(new Set([
      'http://server/a%20name/one', 'http://server/a%20name/dir/two%3F', 'http://server/a%20name/dir/%C3%BC',
    ]));
    expect(bench.session.stats().receivedBytes).toBe(30_000 + 5 * 32_768 + 77 + 40_001);
    for (const { url: at, total } of server.asked) expect(total).toBe(torrent.metainfo.files.find(({ path }) => at.endsWith(encodeURI(path.at(-1)!).replace('?', '%3F')))!.length);
  });

  it('gives right bytes however they are cut up, wherever files begin', async () => {
    const file = fc.record({ length: fc.nat(60_000), padding: fc.boolean() });
    await fc.assert(fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 70_000 }), async (files, chunk) => {
      const named = [...files, { length: 1000, padding: false }].map((one, i) => ({ ...one, name: `f${i}` }));
      const torrent = folderOf(named, 32_768);
      const { bench } = await startWith(torrent, async (asked) => {
        while (asked.left() > 0) await asked.send(Math.max(chunk, 500));
      });
      await passUntil(bench, () => bench.session.stats().wantedDone, 60);
      const { wantedDone, hashFailures, wastedBytes } = bench.session.stats();
      expect([wantedDone, hashFailures, wastedBytes]).toEqual([true, 0, 0]);
    }), { numRuns: 40 });
  });

  it('is given a run as long as it fills two seconds, so that a slow one holds one piece', async () => {
    const { bench, server } = await startWith(torrentOf(20), async () => new Promise(() => undefined));
    for (let second = 0; second < 40; second++) {
      await server.asked.at(-1)!.send(BLOCK_LENGTH).catch(() => undefined); // 16 KiB/s
      if (server.asked.at(-1)!.left() === 0) break;
      await bench.pass(1000);
    }
    expect([bench.session.stats().bytesDone, bench.session.stats().hashFailures]).toEqual([PIECE, 0]);
    expect(server.asked).toHaveLength(1);
  });
});

describe('pieces shared with people', () => {
  it('keeps the blocks of a request that broke off, and asks for the rest only', async () => {
    let broke = false;
    const { bench, server } = await startWith(torrentOf(1), async (asked) => {
      if (broke) return honest(asked);
      broke = true;
      await asked.send(2 * BLOCK_LENGTH + 100);
      throw new Error('connection reset');
    });
    await passUntil(bench, () => bench.done);
    expect([bench.done, server.asked.map(({ from }) => from)]).toEqual([true, [0, 2 * BLOCK_LENGTH]]);
    expect(bench.session.stats()).toMatchObject({ fromServer: PIECE, hashFailures: 0 });
  });

  it('lets a peer complete what a server began, and counts each one’s bytes', async () => {
    const { bench } = await startWith(torrentOf(1), async (asked) => {
      await asked.send(3 * BLOCK_LENGTH);
      throw status(503, 3600);
    });
    const peer = bench.join().seed();
    expect(peer.asked).toEqual([{ piece: 0, block: 3 }]);
    peer.answer(1);
    await streamed();
    expect([bench.done, bench.session.stats()]).toMatchObject([true, { fromServer: 3 * BLOCK_LENGTH, fromPeople: BLOCK_LENGTH, wastedBytes: 0 }]);
  });

  it('lets a server complete what a peer began', async () => {
    const torrent = torrentOf(1);
    const bench = await new Bench(torrent).start({ webSeeds: [] }, (...args) => server.streamRange(...args));
    const server = new ScriptedServer(torrent, url);
    const peer = bench.join().seed();
    peer.answer(1);
    peer.close('gone');
    bench.session.addWebSeed(url);
    await passUntil(bench, () => bench.done);
    expect([bench.done, server.asked.map(({ from }) => from)]).toEqual([true, [BLOCK_LENGTH]]);
    expect(bench.session.stats()).toMatchObject({ fromServer: 3 * BLOCK_LENGTH, fromPeople: BLOCK_LENGTH });
  });

  it('finds out who was wrong when both sent blocks of a bad piece: the server, and not the peer', async () => {
    const { bench, server } = await startWith(torrentOf(2), async (asked) => {
      await asked.send(3 * BLOCK_LENGTH, true);
      throw status(503, 5);
    });
    const peer = bench.join().seed();
    for (let i = 0; i < 40 && !bench.done; i++) {
      peer.answer(8);
      await bench.pass(100);
    }
    expect([bench.done, bench.session.stats().hashFailures, peer.closedFor === 'sent bad pieces']).toEqual([true, 1, false]);
    const before = server.asked.length;
    await bench.pass(20_000);
    expect(server.asked.length).toBe(before);
  });

  it('however quick a server that turns bad is, and however slow the only honest person: two pieces are lost, and it ends with the right bytes', async () => {
    await fc.assert(fc.asyncProperty(fc.nat(9), fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 20 }), fc.constantFrom(4, 36), async (rightPieces, blocks, chunks, pieceBlocks) => {
      const pieceLength = pieceBlocks * BLOCK_LENGTH;
      let given = 0;
      const { bench } = await startWith(torrentOf(14, pieceLength), async (asked) => {
        while (asked.left() > 0) {
          await asked.send(chunks * 10_000, given >= rightPieces * pieceLength);
          given += chunks * 10_000;
        }
      });
      const peer = bench.join().seed();
      for (let turn = 1; turn < 6000 && !bench.done; turn++) {
        peer.answer(blocks);
        await bench.pass(100);
        await streamed(5);
        // Large pieces are checked off the main loop, which a busy machine leaves waiting.
        if (turn % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const { hashFailures, wastedBytes } = bench.session.stats();
      expect([bench.done, peer.closedFor === 'sent bad pieces', hashFailures <= 2, wastedBytes <= 2 * pieceLength]).toEqual([true, false, true, true]);
    }), { numRuns: 40 });
  }, 120_000);

  it('a liar among the people is found out, and the honest server that shared a piece with them goes on', async () => {
    const { bench, server } = await startWith(torrentOf(24), async (asked) => {
      if (server.asked.length > 2 && server.asked.length < 6) await streamed(200);
      await honest(asked);
    });
    const liar = bench.join().seed();
    for (let turn = 0; turn < 600 && !bench.done; turn++) {
      liar.answer(1, true);
      await bench.pass(100);
      await streamed(5);
    }
    expect([bench.done, liar.closedFor]).toEqual([true, 'sent bad pieces']);
    expect(bench.session.stats().hashFailures).toBeLessThanOrEqual(3);
  });

  it('has a server help with the end of a piece whose peer is slow, when there is nothing else to do', async () => {
    const torrent = torrentOf(1, 30 * BLOCK_LENGTH); // short enough to be checked at once
    const bench = await new Bench(torrent).start({ webSeeds: [] }, (...args) => server.streamRange(...args));
    const server = new ScriptedServer(torrent, url);
    const peer = bench.join().seed();
    bench.session.addWebSeed(url);
    for (let second = 0; second < 60 && !bench.done; second++) {
      peer.answer(1);
      await bench.pass(1000);
      await streamed(5);
    }
    const stats = bench.session.stats();
    expect([bench.done, stats.hashFailures, stats.fromPeople > 0, stats.fromServer > 8 * BLOCK_LENGTH]).toEqual([true, 0, true, true]);
    expect(stats.wastedBytes).toBeLessThanOrEqual(2 * BLOCK_LENGTH);
  });

  it('does not send for a block again and again while a peer is amid it', async () => {
    const torrent = torrentOf(1, BLOCK_LENGTH);
    const server = new ScriptedServer(torrent, url);
    const bench = await new Bench(torrent).start({ webSeeds: [] }, server.streamRange);
    const peer = bench.join().seed();
    peer.send(peer.asked.shift()!, false, 100);
    bench.session.addWebSeed(url);
    await passUntil(bench, () => false, 6);
    expect(server.asked.length).toBeLessThanOrEqual(1);
    await passUntil(bench, () => bench.done, 30);
    expect([bench.done, server.asked.length <= 2]).toEqual([true, true]);
  });

  it('ends with the right bytes, each piece stored once, whatever servers and peers do on the way', async () => {
    const step = fc.record({
      who: fc.nat(2),
      act: fc.constantFrom('send', 'send', 'send', 'send', 'wrong', 'break', 'busy', 'answer', 'answer', 'leave', 'choke', 'wait', 'long wait', 'pause', 'choose'),
      count: fc.integer({ min: 1, max: 3 * PIECE }),
    });
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 80 }), fc.boolean(), async (steps, sequential) => {
      const torrent = folderOf([{ name: 'a', length: 5 * PIECE + 1000 }, { name: 'b', length: 1000, padding: true }, { name: 'c', length: 6 * PIECE + 333 }], PIECE);
      // What each request does next is said from outside, so that several are under way at once.
      const acts = new Map<Asked, (act: { send: number; wrong: boolean } | Error) => void>();
      const scripted = async (asked: Asked): Promise<void> => {
        while (asked.left() > 0) {
          const act = await new Promise<{ send: number; wrong: boolean } | Error>((resolve) => acts.set(asked, resolve));
          acts.delete(asked);
          if (act instanceof Error) throw act;
          await asked.send(act.send, act.wrong);
        }
      };
      const servers = ['http://one/', 'http://two/'].map((base) => new ScriptedServer(torrent, base, scripted));
      const bench = await new Bench(torrent).start({ webSeeds: ['http://one/', 'http://two/'], order: sequential ? 'sequential' : 'rarest' }, (at, ...rest) => (
        servers[at.startsWith('http://one/') ? 0 : 1]!.streamRange(at, ...rest)
      ));
      const peers = [bench.join().seed(), bench.join().seed()];
      for (const { who, act, count } of steps) {
        const peer = peers[who % 2]!;
        const asked = [...acts.keys()][who];
        if (act === 'send' || act === 'wrong') {
          if (asked) acts.get(asked)!({ send: count, wrong: act === 'wrong' });
        } else if (act === 'break' || act === 'busy') {
          if (asked) acts.get(asked)!(act === 'break' ? new Error('broken') : status(503, 3));
        } else if (act === 'answer') peer.answer(1 + (count % 8));
        else if (act === 'leave') {
          peer.close('left');
          peers[who % 2] = bench.join().seed();
        } else if (act === 'choke') {
          peer.say(count % 2 ? 0 : 1);
        } else if (act === 'pause') {
          bench.session.pause();
          bench.session.resume();
          peers.splice(0, 2, bench.join().seed(), bench.join().seed());
        } else if (act === 'choose') bench.session.setFilePriorities(Uint8Array.of(count % 2, 1, 1));
        else await bench.pass(act === 'wait' ? 900 : 25_000);
        await streamed(3);
      }
      for (const server of servers) server.answer = honest;
      for (const [, act] of acts) act(new Error('broken'));
      bench.session.setFilePriorities(Uint8Array.of(1, 1, 1));
      const last = bench.join().seed();
      for (let round = 0; round < 400 && !bench.done; round++) {
        last.answer(16);
        await bench.pass(500);
        await streamed(2);
      }
      expect(bench.done).toBe(true);
      expect(new Set(bench.store.writes)).toEqual(new Set([1]));
      const { fromPeople, fromServer, hashFailures } = bench.session.stats();
      expect([fromPeople + fromServer, bench.problems]).toEqual([torrent.metainfo.length, []]);
      // Two servers, two strikes each, and a few with blocks of several senders.
      expect(hashFailures).toBeLessThanOrEqual(12);
      bench.session.pause();
    }), { numRuns: 150 });
  }, 120_000);

  it('breaks off a run that others brought', async () => {
    const { bench, server } = await startWith(torrentOf(1, 8 * BLOCK_LENGTH), async (asked) => {
      await asked.send(100);
      await new Promise(() => undefined);
    });
    const peer = bench.join().seed();
    for (let i = 0; i < 5; i++) {
      await bench.pass(1000);
      peer.answer(8);
    }
    await streamed();
    expect([bench.done, server.asked[0]!.signal.aborted]).toEqual([true, true]);
  });
});

describe('commands', () => {
  it('breaks off at a pause, which is no failure, and goes on at once', async () => {
    let holding = true;
    const { bench, server } = await startWith(torrentOf(4), async (asked) => {
      if (!holding) return honest(asked);
      await asked.send(BLOCK_LENGTH);
      await new Promise(() => undefined);
    });
    for (let i = 0; i < 5; i++) {
      bench.session.pause();
      expect([server.asked.at(-1)!.signal.aborted, server.asked.length]).toEqual([true, i + 1]);
      await bench.pass(30_000);
      expect(server.asked.length).toBe(i + 1);
      bench.session.resume();
      await streamed();
      expect(server.asked.length).toBe(i + 2);
    }
    holding = false;
    bench.session.pause();
    bench.session.resume();
    await streamed();
    await passUntil(bench, () => bench.done, 5);
    expect([bench.done, bench.session.stats().wastedBytes]).toEqual([true, 0]);
  });

  it('breaks off what is not wanted any more, and fetches nothing of it', async () => {
    const torrent = folderOf([{ name: 'no', length: 10 * PIECE }, { name: 'yes', length: 10 * PIECE }], PIECE);
    let gate = (): void => undefined;
    const { bench, server } = await startWith(torrent, async (asked) => {
      await asked.send(BLOCK_LENGTH);
      await new Promise<void>((resolve) => { gate = resolve; });
      await honest(asked);
    });
    bench.session.setFilePriorities(Uint8Array.of(0, 1));
    server.answer = honest;
    gate();
    await passUntil(bench, () => bench.session.stats().wantedDone);
    expect(bench.session.stats().wantedDone).toBe(true);
    expect(server.asked.slice(1).every((asked) => asked.url.endsWith('/yes'))).toBe(true);
    expect(bench.session.stats().receivedBytes).toBeLessThanOrEqual(10 * PIECE + 2 * BLOCK_LENGTH + 50_000);
  });

  it('asks for nothing, and holds nothing against the server, while nothing may be downloaded', async () => {
    let goOn = (): void => undefined;
    const { bench, server } = await startWith(torrentOf(4), async (asked) => {
      await asked.send(100);
      await new Promise<void>((resolve) => { goOn = resolve; });
      await honest(asked);
    });
    server.answer = honest;
    bench.session.setLimits(0, null);
    goOn();
    await passUntil(bench, () => server.asked[0]!.signal.aborted, 10);
    const before = server.asked.length;
    await bench.pass(60_000);
    expect([server.asked[0]!.signal.aborted, server.asked.length - before]).toEqual([true, 0]);
    bench.session.setLimits(null, null);
    await passUntil(bench, () => bench.done, 3);
    expect(bench.done).toBe(true);
  });
});

describe('a server that errs', () => {
  it.each([['overloaded', status(503)], ['silent', { code: 'timeout' }], ['gone from the network', new Error('refused')], ['asking for patience', status(429)]])(
    'and is %s is asked ever more rarely, and its pieces go to others',
    async (_name, error) => {
      const { bench, server } = await startWith(torrentOf(3), async () => {
        throw error;
      });
      expect(server.asked).toHaveLength(1);
      await passUntil(bench, () => false, 60);
      expect(server.asked.length).toBeLessThanOrEqual(7);
      const peer = bench.join().seed();
      peer.answer(12);
      await streamed();
      expect(bench.done).toBe(true);
    },
  );

  it('is asked no sooner than it says', async () => {
    const { bench, server } = await startWith(torrentOf(3), async () => {
      throw status(503, 120);
    });
    await passUntil(bench, () => false, 119);
    expect(server.asked).toHaveLength(1);
    await passUntil(bench, () => server.asked.length > 1, 120);
    expect(server.asked).toHaveLength(2);
  });

  it.each([404, 410, 403, 416, 401])('with %i for its only file is left alone after three tries', async (code) => {
    const { bench, server } = await startWith(torrentOf(3), async () => {
      throw status(code);
    });
    await passUntil(bench, () => false, 24 * 60);
    expect(server.asked).toHaveLength(3);
  });

  it('and lacks one of its files gives the others', async () => {
    const torrent = folderOf([{ name: 'here', length: 4 * PIECE }, { name: 'lost', length: 4 * PIECE }, { name: 'also', length: 4 * PIECE }], PIECE);
    const { bench, server } = await startWith(torrent, async (asked) => {
      if (asked.url.endsWith('lost')) throw status(404);
      await honest(asked);
    });
    await passUntil(bench, () => false, 24 * 60);
    expect(bench.session.stats().bytesDone).toBe(8 * PIECE);
    expect(server.asked.filter((asked) => asked.url.endsWith('lost'))).toHaveLength(3);
  });

  it('with many files and none of them here is left alone after eight', async () => {
    const torrent = folderOf(Array.from({ length: 200 }, (_, i) => ({ name: `f${i}`, length: PIECE })), PIECE);
    const { bench, server } = await startWith(torrent, async () => {
      throw status(404);
    });
    await passUntil(bench, () => false, 3 * 3600);
    expect(server.asked).toHaveLength(8);
  });

  it('with wrong bytes wastes two pieces at most, and is asked no more', async () => {
    const { bench, server } = await startWith(torrentOf(40), async (asked) => {
      while (asked.left() > 0) await asked.send(50_000, true);
    });
    await passUntil(bench, () => false, 3600);
    expect([server.asked.length, bench.session.stats()]).toMatchObject([2, { hashFailures: 2, wastedBytes: 2 * PIECE, bytesDone: 0 }]);
  });

  it('and turns bad after a while wastes two pieces at most', async () => {
    const { bench, server } = await startWith(torrentOf(200), async (asked) => {
      while (asked.left() > 0) await asked.send(50_000, asked.from + 50_000 > 20 * PIECE);
    });
    await passUntil(bench, () => false, 3600);
    const { hashFailures, wastedBytes, bytesDone } = bench.session.stats();
    expect([hashFailures <= 2, wastedBytes <= 2 * PIECE, bytesDone > 0]).toEqual([true, true, true]);
    const before = server.asked.length;
    await passUntil(bench, () => false, 3600);
    expect(server.asked.length).toBe(before);
  });

  it('loses its pieces to others when nothing comes for twenty seconds, and not before', async () => {
    const { bench, server } = await startWith(torrentOf(3), async (asked) => {
      await asked.send(5000);
      await new Promise(() => undefined);
    });
    await bench.pass(19_000);
    expect(server.asked[0]!.signal.aborted).toBe(false);
    await bench.pass(2000);
    expect(server.asked[0]!.signal.aborted).toBe(true);
    expect(bench.join().seed().asked.length).toBe(12);
  });

  it('and trickles is as good as silent; slow but steady it may finish', async () => {
    const trickle = await startWith(torrentOf(3), () => new Promise(() => undefined));
    const slow = await startWith(torrentOf(3), () => new Promise(() => undefined));
    for (let second = 0; second < 120; second++) {
      await trickle.server.asked[0]!.send(10).catch(() => undefined);
      await slow.server.asked[0]!.send(500).catch(() => undefined); // 500 B/s
      await trickle.bench.pass(1000);
      await slow.bench.pass(1000);
    }
    expect([trickle.server.asked[0]!.signal.aborted, slow.server.asked[0]!.signal.aborted]).toEqual([true, false]);
  });
});
