// Servers and people in one session: which pieces the server is asked for, what neighbours hear of it, and what commands change at once.
import { describe, expect, it } from 'vitest';
import { encodeClaims } from '../../../main/engine/crowd-messages.ts';
import { DEFAULT_DELIVERY } from '../../../main/engine/delivery-spec.ts';
import type { DeliverySpec } from '../../../main/engine/delivery-spec.ts';
import type { TorrentSpec } from '../../../main/engine/engine-types.ts';
import { BLOCK_LENGTH, MessageId } from '../../../main/engine/wire-messages.ts';
import { Bench, torrentOf } from './session-fixture.ts';
import { ScriptedServer, honest, status, streamed } from './web-seed-fixture.ts';
import type { Asked } from './web-seed-fixture.ts';

const url = 'http://server/';
const PIECE = 4 * BLOCK_LENGTH;

/** A server that answers when it is told, one request after the other. */
class SlowServer extends ScriptedServer {
  readonly waiting: { asked: Asked; go: () => void }[] = [];

  constructor(torrent: ReturnType<typeof torrentOf>) {
    super(torrent, url, async (asked) => {
      await new Promise<void>((go) => this.waiting.push({ asked, go }));
      await honest(asked);
    });
  }

  /** Answers the request at hand. @returns the pieces it was for */
  async next(): Promise<number[]> {
    await streamed();
    const { asked, go } = this.waiting.shift()!;
    go();
    await streamed();
    return Array.from({ length: Math.ceil((asked.to + 1 - asked.from) / PIECE) }, (_, i) => asked.from / PIECE + i);
  }
}

async function given(pieces: number, spec: Partial<TorrentSpec> = {}, ablate: string[] = []) {
  const torrent = torrentOf(pieces);
  const server = new SlowServer(torrent);
  const bench = new Bench(torrent);
  for (const policy of ablate) bench.ablate.add(policy);
  await bench.start({ webSeeds: [], ...spec }, server.streamRange);
  return { bench, server };
}

const delivery = (change: Partial<DeliverySpec>): DeliverySpec => ({ ...DEFAULT_DELIVERY, ...change });
const afterBatch = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 15));

describe('claims', () => {
  it('keep what a neighbour fetches from the origin from being asked for there', async () => {
    const { bench, server } = await given(12);
    const neighbour = bench.join({ speaksCrowd: true }).leech();
    neighbour.sayCrowd(encodeClaims([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], true)[0]!);
    bench.session.addWebSeed(url);
    expect([...(await server.next()), ...(await server.next())].toSorted()).toEqual([10, 11]);
    await bench.pass(2000);
    expect(server.waiting).toEqual([]);
    // Given up there, it is ours to fetch.
    neighbour.sayCrowd(encodeClaims([5], false)[0]!);
    await bench.pass(1000);
    expect(await server.next()).toEqual([5]);
  });

  it('are told to neighbours at once, to newcomers in full, and to nobody who does not speak of them', async () => {
    const { bench, server } = await given(12);
    const [neighbour, foreign] = [bench.join({ speaksCrowd: true }).leech(), bench.join().leech()];
    bench.session.addWebSeed(url);
    await streamed();
    await afterBatch();
    const [piece] = [server.waiting[0]!.asked.from / PIECE];
    expect([neighbour.claims, foreign.claims]).toEqual([[{ begun: true, pieces: [piece] }], []]);
    const newcomer = bench.join({ speaksCrowd: true }).leech();
    expect(newcomer.claims).toEqual([{ begun: true, pieces: [piece] }]);
    bench.session.pause();
    await afterBatch();
  });

  it('that nobody keeps do not hold a download up: a stall ends the patience', async () => {
    const { bench, server } = await given(4);
    const neighbour = bench.join({ speaksCrowd: true }).leech();
    neighbour.sayCrowd(encodeClaims([0, 1, 2, 3], true)[0]!);
    bench.session.addWebSeed(url);
    await bench.pass(2000);
    expect(server.waiting).toEqual([]);
    await bench.pass(3000);
    expect(server.waiting).toHaveLength(1);
    for (let i = 0; i < 10 && !bench.done; i++) {
      if (server.waiting.length > 0) await server.next();
      neighbour.sayCrowd(encodeClaims([0, 1, 2, 3], true)[0]!);
      await bench.pass(5000);
    }
    expect(bench.done).toBe(true);
  });

  it('are neither told nor heard when they are left out for measuring', async () => {
    const { bench, server } = await given(4, {}, ['claims']);
    const neighbour = bench.join({ speaksCrowd: true }).leech();
    neighbour.sayCrowd(encodeClaims([0, 1, 2, 3], true)[0]!);
    bench.session.addWebSeed(url);
    await streamed();
    await afterBatch();
    expect([server.waiting.length, neighbour.claims]).toEqual([1, []]);
  });
});

describe('the server beside people', () => {
  it('is not asked for what a neighbour has, once people bring as much as it does', async () => {
    const { bench, server } = await given(40, { webSeeds: [url] });
    await server.next();
    await server.next();
    const seed = bench.join().seed();
    for (let i = 0; i < 8; i++) {
      seed.answer(4);
      await bench.pass(250);
      if (i < 4 && server.waiting.length > 0) await server.next();
    }
    while (server.waiting.length > 0) await server.next();
    const before = server.asked.length;
    for (let i = 0; i < 200 && !bench.done; i++) {
      seed.answer(4);
      await bench.pass(250);
    }
    expect([bench.done, server.asked.length]).toEqual([true, before]);
  });

  it('is asked for the end of a first piece that a peer brings slowly', async () => {
    const torrent = torrentOf(2, 30 * BLOCK_LENGTH);
    const server = new ScriptedServer(torrent, url);
    const bench = await new Bench(torrent).start({ webSeeds: [] }, server.streamRange);
    const [one, two] = [bench.join().seed(), bench.join().seed()]; // both first pieces are with somebody, who sends next to nothing
    one.answer(1);
    bench.session.addWebSeed(url);
    for (let i = 0; i < 8 && bench.session.stats().firstPieceMs === null; i++) {
      two.answer(1);
      await bench.pass(500);
      await streamed(5);
    }
    const { firstPieceMs, wastedBytes, fromServer } = bench.session.stats();
    expect([firstPieceMs !== null, fromServer > 0, wastedBytes <= 4 * BLOCK_LENGTH]).toEqual([true, true, true]);
  });
});

describe('a server that many ask at once', () => {
  async function crowded(neighbours: number): Promise<{ gaveWay: boolean; again: boolean }> {
    const { bench, server } = await given(40);
    bench.session.addWebSeed(url);
    await streamed();
    const first = server.waiting[0]!.asked;
    for (let piece = 1; piece <= neighbours; piece++) bench.join({ speaksCrowd: true }).leech().sayCrowd(encodeClaims([39 - piece], true)[0]!);
    for (let second = 0; second < 3; second++) await bench.pass(1000);
    const gaveWay = first.signal.aborted;
    for (let second = 0; second < 7; second++) await bench.pass(1000);
    return { gaveWay, again: server.asked.length > 1 };
  }

  it('is left to others by most of them, and asked again by and by', async () => {
    // Whoever goes on is drawn by lot each second: of forty about four.
    expect(await crowded(39)).toEqual({ gaveWay: true, again: true });
  });

  it('is not left where there are few', async () => {
    expect(await crowded(3)).toMatchObject({ gaveWay: false });
  });
});

describe('commands while it runs', () => {
  it('off stops what is under way and asks for nothing more; on asks again', async () => {
    const { bench, server } = await given(8, { webSeeds: [url] });
    await server.next();
    bench.session.setDelivery(delivery({ cdn: 'off' }));
    await streamed();
    const before = server.asked.length;
    expect(server.asked.at(-1)!.signal.aborted).toBe(true);
    await bench.pass(30_000);
    expect(server.asked.length).toBe(before);
    server.answer = honest;
    bench.session.setDelivery(delivery({}));
    await streamed(100);
    await bench.pass(3000);
    expect(bench.done).toBe(true);
  });

  it('a limit for the server holds at once, and another lets it go on', async () => {
    const { bench, server } = await given(40, { webSeeds: [url] });
    await server.next();
    bench.session.setDelivery(delivery({ originBytesPerSecond: 0 }));
    await bench.pass(20_000);
    const before = server.asked.length;
    server.answer = honest;
    bench.session.setDelivery(delivery({ originBytesPerSecond: null }));
    await streamed(100);
    expect(server.asked.length).toBeGreaterThan(before);
  });
});

describe('trusted seeders', () => {
  it('are spared as servers are, and other people are not', async () => {
    const { bench } = await given(200, { delivery: delivery({ smoothing: { minutes: 30, startShare: 0.01, audience: 1, eventStartsAt: null } }) });
    const other = bench.join().seed();
    const seeder = bench.join({ source: 'seeder' }).seed();
    await bench.pass(1000);
    expect(other.asked.length).toBeGreaterThan(0);
    expect(seeder.asked.length).toBeLessThanOrEqual(2);
    expect(bench.session.sourceState().smoothing).toMatchObject({ share: expect.any(Number) });
  });
});

describe('what it tells', () => {
  it('of a server that fails and is back, by its name only, once each', async () => {
    const torrent = torrentOf(6);
    let failing = true;
    const server = new ScriptedServer(torrent, 'http://user:secret@server/path?token=1', async (asked) => {
      if (failing) throw status(503);
      await honest(asked);
    });
    const bench = await new Bench(torrent).start({ webSeeds: [] }, server.streamRange);
    const told: unknown[][] = [];
    bench.session.on('incident', (...incident) => told.push(incident));
    bench.session.addWebSeed('http://user:secret@server/path?token=1');
    for (let second = 0; second < 12; second++) await bench.pass(1000);
    failing = false;
    for (let second = 0; second < 30 && !bench.done; second++) {
      await bench.pass(1000);
      await streamed(5);
    }
    const kinds = told.map(([kind]) => kind);
    expect(told.filter(([kind]) => String(kind).startsWith('server'))).toEqual([['server-failed', 'server: answered 503'], ['server-back', 'server']]);
    expect(kinds.filter((kind) => kind === 'stalled' || kind === 'went-on')).toEqual(['stalled', 'went-on']);
    expect(kinds.filter((kind) => kind === 'more-server')).toHaveLength(1);
  });

  it('of a stall, and of no more from servers where none may be asked', async () => {
    for (const [webSeeds, cdn] of [[[], 'start-and-rescue'], [[url], 'off']] as const) {
      const { bench } = await given(6, { webSeeds: [...webSeeds], delivery: delivery({ cdn }) });
      const kinds: string[] = [];
      bench.session.on('incident', (kind) => kinds.push(kind));
      for (let second = 0; second < 30; second++) await bench.pass(1000);
      expect([kinds, bench.session.sourceState().control]).toMatchObject([['stalled'], { action: 'none' }]);
    }
  });

  it('of the gentle beginning, which holds a download back only while people do not fill the line', async () => {
    const { bench, server } = await given(400, { webSeeds: [url], delivery: delivery({ smoothing: { minutes: 30, startShare: 0.001, audience: 1, eventStartsAt: null } }) });
    server.answer = honest;
    bench.join({ speaksCrowd: true }).leech();
    for (let i = 0; i < 3; i++) {
      await bench.pass(1000);
      await streamed(5);
    }
    expect(bench.session.sourceState()).toMatchObject({ heldBySmoothing: true, control: { action: 'none' } });
    bench.session.setDelivery(delivery({ smoothing: null }));
    await bench.pass(1000);
    expect(bench.session.sourceState()).toMatchObject({ heldBySmoothing: false, smoothing: null });
  });
});

it('says nothing to a peer that has everything', async () => {
  const { bench } = await given(6);
  const seed = bench.join({ speaksCrowd: true });
  seed.say(MessageId.haveAll);
  bench.session.addWebSeed(url);
  await streamed();
  await afterBatch();
  expect(seed.claims).toEqual([]);
});
