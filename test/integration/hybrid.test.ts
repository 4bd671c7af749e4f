// Servers and people together: real engines on loopback around one counting origin, and what the origin has to give for the whole crowd.
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_DELIVERY } from '../../main/engine/delivery-spec.ts';
import type { DeliverySpec } from '../../main/engine/delivery-spec.ts';
import { Engine } from '../../main/engine/engine.ts';
import type { Torrent, TorrentSpec } from '../../main/engine/engine.ts';
import { createTorrent } from '../../main/metainfo/metainfo.ts';
import type { Metainfo } from '../../main/metainfo/metainfo.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import { CountingOrigin } from '../support/counting-origin.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { makePayload, mebibyte } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

const pieceLength = 64 * 1024;
const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

interface Given { metainfo: Metainfo; bytes: Buffer }
interface Client { engine: Engine; torrent: Torrent; store: MemoryStore; done: Promise<void>; incidents: string[] }

async function given(length: number): Promise<Given> {
  const payload = makePayload(temporaryFolder('data'), 'file.bin', length);
  return { metainfo: await createTorrent(payload.root, { pieceLength }), bytes: readFileSync(payload.root) };
}

async function startEngine(ablate: string[] = []): Promise<Engine> {
  const gate = new OutboundGate({ allowPrivate: true, userAgent: 'Flashswarm/9.9' });
  const engine = await Engine.start({
    listenPort: 0, bindAddress: '127.0.0.1', dht: false, lsd: false, utp: false, pex: false, maxConnections: 50, userAgent: 'Flashswarm/9.9', transport: 'tcp',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null, ablate: new Set(ablate),
    streamRange: (url, from, to, onBytes, options) => gate.streamRange(url, from, to, onBytes, options),
  });
  endings.push(() => engine.close(), () => gate.close());
  return engine;
}

function join(engine: Engine, metainfo: Metainfo, spec: Partial<TorrentSpec>, data?: Uint8Array): Client {
  const store = new MemoryStore(metainfo, data);
  const torrent = engine.add({
    infoHash: metainfo.infoHash, metainfo, trackers: [], webSeeds: [], peers: [], openStore: async () => store,
    paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: 4 * mebibyte, uploadSlots: null, ...spec,
  });
  const incidents: string[] = [];
  torrent.on('incident', (kind) => incidents.push(kind));
  return { engine, torrent, store, incidents, done: new Promise((resolve) => torrent.once('done', resolve)) };
}

/** All at once, each knowing all the others. */
async function crowd(count: number, metainfo: Metainfo, spec: Partial<TorrentSpec>, ablate: string[] = []): Promise<Client[]> {
  const engines = await Promise.all(Array.from({ length: count }, () => startEngine(ablate)));
  const addresses = engines.map((engine) => `127.0.0.1:${engine.port}`);
  return engines.map((engine, own) => join(engine, metainfo, { ...spec, peers: [...(spec.peers ?? []), ...addresses.filter((_, other) => other !== own)] }));
}

const delivery = (change: Partial<DeliverySpec>): DeliverySpec => ({ ...DEFAULT_DELIVERY, ...change });
const wholeAll = (clients: Client[], bytes: Buffer): boolean => clients.every(({ store }) => Buffer.compare(store.data, bytes) === 0);
const sum = (clients: Client[], of: 'fromPeople' | 'fromServer' | 'wastedBytes'): number => clients.reduce((all, { torrent }) => all + torrent.stats()[of], 0);

describe('a crowd of eight and one origin', () => {
  it('takes each piece from the origin about once, and the rest from one another', async () => {
    const { metainfo, bytes } = await given(16 * mebibyte);
    const origin = await new CountingOrigin(bytes, 3 * mebibyte).listen();
    const clients = await crowd(8, metainfo, { webSeeds: [origin.url] });
    await Promise.all(clients.map(({ done }) => done));
    expect(wholeAll(clients, bytes)).toBe(true);
    const share = sum(clients, 'fromPeople') / (sum(clients, 'fromPeople') + sum(clients, 'fromServer'));
    expect({ share: share >= 0.85, origin: origin.bytesSent <= 1.3 * bytes.length }).toEqual({ share: true, origin: true });
  });

  it('completes all the same when the origin dies amid the first pieces and a seed is there', async () => {
    const { metainfo, bytes } = await given(8 * mebibyte);
    const origin = await new CountingOrigin(bytes, 3 * mebibyte).listen();
    const seed = join(await startEngine(), metainfo, {}, bytes);
    const clients = await crowd(8, metainfo, { webSeeds: [origin.url], peers: [`127.0.0.1:${seed.engine.port}`] });
    await until('some of it is out', () => origin.bytesSent >= 4 * pieceLength, { everyMs: 10 });
    await origin.die();
    await Promise.all(clients.map(({ done }) => done));
    expect(wholeAll(clients, bytes)).toBe(true);
  });

  it('brings together what is left in it when the origin dies after each piece was out once', async () => {
    const { metainfo, bytes } = await given(4 * mebibyte);
    const origin = await new CountingOrigin(bytes, 3 * mebibyte).listen();
    const clients = await crowd(6, metainfo, { webSeeds: [origin.url], uploadBytesPerSecond: mebibyte });
    const everything = (): boolean => Array.from({ length: metainfo.pieceCount }, (_, piece) => piece).every((piece) => clients.some(({ store }) => store.have.get(piece)));
    await until('each piece is out', everything, { everyMs: 10 });
    await origin.die();
    await Promise.all(clients.map(({ done }) => done));
    expect(wholeAll(clients, bytes)).toBe(true);
  });
});

describe('what a package or a user says of the server', () => {
  it('takes nothing from it when it is off, and breaks off what runs when that is said later', async () => {
    const { metainfo, bytes } = await given(8 * mebibyte);
    const [unused, used] = [await new CountingOrigin(bytes, 3 * mebibyte).listen(), await new CountingOrigin(bytes, 2 * mebibyte).listen()];
    const seed = join(await startEngine(), metainfo, {}, bytes);
    const peers = [`127.0.0.1:${seed.engine.port}`];
    const never = join(await startEngine(), metainfo, { webSeeds: [unused.url], peers, delivery: delivery({ cdn: 'off' }) });
    const later = join(await startEngine(), metainfo, { webSeeds: [used.url], delivery: delivery({ cdn: 'always' }) });
    await until('something came from the server', () => later.torrent.stats().fromServer >= mebibyte, { everyMs: 10 });
    later.torrent.setDelivery(delivery({ cdn: 'off' }));
    const { fromServer } = later.torrent.stats();
    later.torrent.addPeer(peers[0]!);
    await Promise.all([never.done, later.done]);
    expect([wholeAll([never, later], bytes), unused.bytesSent, unused.asked.length, never.torrent.stats().fromServer]).toEqual([true, 0, 0, 0]);
    expect(later.torrent.stats().fromServer - fromServer).toBeLessThanOrEqual(pieceLength); // what was half here
  });

  it('keeps to the limit for it, which does not hold people back', async () => {
    const { metainfo, bytes } = await given(4 * mebibyte);
    const origin = await new CountingOrigin(bytes, 20 * mebibyte).listen();
    const clients = await Promise.all([256 * 1024, null].map(async (originBytesPerSecond) => {
      const client = join(await startEngine(), metainfo, { webSeeds: [origin.url], delivery: delivery({ cdn: 'always', originBytesPerSecond }) });
      return { ...client, startedAt: performance.now() };
    }));
    const [slow, quick] = clients as [typeof clients[0], typeof clients[0]];
    await quick.done;
    const seconds = (performance.now() - slow.startedAt) / 1000;
    const limited = slow.torrent.stats().fromServer;
    const seed = join(await startEngine(), metainfo, { uploadBytesPerSecond: null }, bytes);
    slow.torrent.addPeer(`127.0.0.1:${seed.engine.port}`);
    await slow.done;
    // A quarter of a second's worth may come at once, and what is under way in sockets with it.
    expect(limited).toBeLessThanOrEqual(256 * 1024 * (seconds + 0.25) + 128 * 1024);
    expect(slow.torrent.stats().fromPeople).toBeGreaterThan(slow.torrent.stats().fromServer);
  });
});

describe('the gentle beginning', () => {
  const smoothing = { minutes: 30, startShare: 0.1, audience: 8, eventStartsAt: null };

  it('asks an origin that could give much for less, and the crowd has everything in the end', async () => {
    const { metainfo, bytes } = await given(16 * mebibyte);
    const sent: number[] = [];
    for (const gentle of [null, smoothing]) {
      const origin = await new CountingOrigin(bytes, 40 * mebibyte).listen();
      const clients = await crowd(8, metainfo, { webSeeds: [origin.url], delivery: delivery({ smoothing: gentle }) });
      // How much has left the origin when the crowd has a quarter: without a ramp nearly everything.
      await until('a quarter of it is here', () => sum(clients, 'fromPeople') + sum(clients, 'fromServer') >= 2 * bytes.length, { everyMs: 5 });
      sent.push(origin.bytesSent);
      if (gentle) {
        expect(clients[0]!.torrent.sourceState().smoothing).toMatchObject({ endsAt: expect.any(Number), share: expect.any(Number) });
        expect(clients[0]!.incidents).toContain('gentle-start');
      }
      await Promise.all(clients.map(({ done }) => done));
      expect(wholeAll(clients, bytes)).toBe(true);
      expect(origin.bytesSent).toBeLessThanOrEqual((gentle ? 1.3 : 8) * bytes.length);
    }
    expect(sent[1]!).toBeLessThan(sent[0]! * 0.6);
  });

  it('lets somebody who is alone finish, faster and faster', async () => {
    const { metainfo, bytes } = await given(8 * mebibyte);
    const origin = await new CountingOrigin(bytes, 20 * mebibyte).listen();
    const client = join(await startEngine(), metainfo, { webSeeds: [origin.url], delivery: delivery({ smoothing: { ...smoothing, audience: 10_000, startShare: 0.02 } }) });
    await client.done;
    expect(wholeAll([client], bytes)).toBe(true);
    const { smoothing: at } = client.torrent.sourceState();
    expect(at!.share).toBeGreaterThan(0.1);
  });
});
