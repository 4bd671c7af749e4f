// How engines find one another, over real sockets: trackers first, then DHT and peer exchange as the package says; nobody else's word is law.
import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeBounded, encode } from 'bencode';
import { Client as DhtNode } from 'bittorrent-dht';
import { afterEach, expect, it } from 'vitest';
import { DEFAULT_DELIVERY } from '../../main/engine/delivery-spec.ts';
import type { DeliverySpec } from '../../main/engine/delivery-spec.ts';
import { GRACE_MS } from '../../main/engine/discovery-policy.ts';
import { Engine } from '../../main/engine/engine.ts';
import type { EngineOptions, Torrent } from '../../main/engine/engine.ts';
import { encodePex } from '../../main/engine/pex-messages.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import { startOpentracker } from '../support/opentracker.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { makePayload, mebibyte } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { WirePeer } from '../support/wire-peer.ts';
import { torrentOf } from '../unit/engine/session-fixture.ts';

leaveNothingBehind();

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const given = torrentOf(4);

async function startEngine(options: Partial<EngineOptions> = {}): Promise<Engine> {
  const gate = new OutboundGate({ allowPrivate: false, userAgent: 'Flashswarm/test' });
  const engine = await Engine.start({
    listenPort: 0, bindAddress: '127.0.0.1', dht: false, lsd: false, utp: false, pex: true, maxConnections: 50, userAgent: 'Flashswarm/test',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null,
    fetchAnswer: async (url, { near, ...more }) => (await gate.fetchBytes(url, { ...more, allowPrivate: near })).body, ...options,
  });
  closing.push(async () => {
    await engine.close();
    await gate.close();
  });
  return engine;
}

interface Added { trackers?: string[]; peers?: string[]; delivery?: Partial<DeliverySpec>; infoHash?: string; complete?: boolean; private?: boolean }

function add(engine: Engine, { trackers = [], peers = [], delivery = {}, infoHash = given.metainfo.infoHash, complete = false, private: isPrivate = false }: Added = {}): Torrent {
  const metainfo = { ...given.metainfo, infoHash, private: isPrivate };
  return engine.add({
    infoHash, metainfo, trackers: trackers.map((url) => [url]), webSeeds: [], peers, openStore: async () => new MemoryStore(metainfo, complete ? given.data : undefined),
    paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null,
    delivery: { ...DEFAULT_DELIVERY, dht: 'off', lsd: 'off', ...delivery },
  });
}

const addressOf = (engine: Engine) => `127.0.0.1:${engine.port}`;
const dead = () => `http://127.0.0.1:9/announce`;

/** A DHT of one node that counts what it is asked about each torrent. */
async function startDht() {
  const node = new DhtNode({ bootstrap: false });
  await new Promise<void>((resolve) => {
    node.once('listening', resolve);
    node.listen(0);
  });
  closing.push(() => new Promise<void>((resolve) => node.destroy(resolve)));
  const asked = new Map<string, number>();
  const firstAskedAtMs = new Map<string, number>();
  const count = (infoHash: Uint8Array): void => {
    const hash = Buffer.from(infoHash).toString('hex');
    if (!firstAskedAtMs.has(hash)) firstAskedAtMs.set(hash, performance.now());
    asked.set(hash, (asked.get(hash) ?? 0) + 1);
  };
  node.on('get_peers', count);
  node.on('announce_peer', count);
  const { port } = (node as unknown as { address(): { port: number } }).address();
  return { bootstrap: [`127.0.0.1:${port}`], asked: (infoHash: string) => asked.get(infoHash) ?? 0, firstAskedAtMs };
}

it('brings two together through the DHT alone', async () => {
  const dht = await startDht();
  const [one, other] = [await startEngine({ dht: true, dhtBootstrap: dht.bootstrap }), await startEngine({ dht: true, dhtBootstrap: dht.bootstrap })];
  add(one, { delivery: { dht: 'on' }, complete: true });
  await until('the first is announced', () => dht.asked(given.metainfo.infoHash) >= 2);
  const leech = add(other, { delivery: { dht: 'on' } });
  await until('everything is there', () => leech.stats().wantedDone, { describe: () => JSON.stringify(leech.stats()) });
});

it('asks the DHT nothing where a package has it off or its trackers are well, and does where they fail', async () => {
  const dht = await startDht();
  const tracker = await startOpentracker();
  const hashes = Array.from({ length: 4 }, () => randomBytes(20).toString('hex')) as [string, string, string, string];
  const [off, well, failing, secret] = hashes;
  await tracker.allow(...hashes);
  const engine = await startEngine({ dht: true, dhtBootstrap: dht.bootstrap });
  // Five who are only names to the tracker, at addresses that wait for ever, are people enough.
  const silent = await Promise.all(Array.from({ length: 5 }, async () => {
    const server = net.createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => server.close());
    return `127.0.0.1:${(server.address() as net.AddressInfo).port}`;
  }));
  add(engine, { infoHash: off, delivery: { dht: 'off' } });
  add(engine, { infoHash: well, trackers: [tracker.httpUrl], peers: silent, delivery: { dht: 'fallback' } });
  add(engine, { infoHash: secret, delivery: { dht: 'on' }, private: true });
  const started = performance.now();
  const helped = add(engine, { infoHash: failing, trackers: [dead()], delivery: { dht: 'fallback' } });
  await until('the DHT is asked where the tracker is dead', () => dht.asked(failing) > 0, { describe: () => JSON.stringify(helped.trackers()) });
  await until('the tracker has answered', async () => (await tracker.scrape(well)).leeches === 1);
  await sleep(Math.max(0, started + GRACE_MS + 2_000 - performance.now()));
  expect([off, well, secret].map(dht.asked)).toEqual([0, 0, 0]);
  // a change of mind takes effect, both ways
  const torrent = engine.get(off)!;
  torrent.setDelivery({ ...torrent.delivery, dht: 'on' });
  await until('it is asked now', () => dht.asked(off) > 0);
  torrent.setDelivery({ ...torrent.delivery, dht: 'off' });
  await sleep(1_000); // what was on its way arrives
  const before = dht.asked(off);
  torrent.announce();
  await sleep(1_500);
  expect(dht.asked(off)).toBe(before);
});

it('takes only so much from one node of the DHT', async () => {
  const node = dgram.createSocket('udp4');
  closing.push(() => new Promise<void>((resolve) => node.close(() => resolve())));
  let lookups = 0;
  node.on('message', (message, { port, address }) => {
    const { t, q, y } = decodeBounded(message).value as { t: Uint8Array; q?: Uint8Array; y: Uint8Array };
    if (Buffer.from(y).toString() !== 'q') return;
    const isLookup = Buffer.from(q!).toString() === 'get_peers';
    if (isLookup) lookups++;
    const values = isLookup ? Array.from({ length: 400 }, (_, i) => Buffer.from([127, 1 + lookups, i >> 8, i & 255, 0, 9])) : undefined;
    node.send(encode({ t, y: 'r', r: { id: Buffer.alloc(20, 7), nodes: new Uint8Array(), token: 'x', ...(values && { values }) } }), port, address);
  });
  await new Promise<void>((resolve) => node.bind(0, '127.0.0.1', resolve));
  const torrent = add(await startEngine({ dht: true, dhtBootstrap: [`127.0.0.1:${node.address().port}`] }), { delivery: { dht: 'on' } });
  await until('it was asked, and the answer read', () => lookups > 0 && torrent.stats().known > 0);
  expect(torrent.stats().known).toBeLessThanOrEqual(50);
});

it('waits its grace for the trackers and then turns to the DHT when they brought nobody', async () => {
  const dht = await startDht();
  const tracker = await startOpentracker();
  const { infoHash } = given.metainfo;
  await tracker.allow(infoHash);
  const engine = await startEngine({ dht: true, dhtBootstrap: dht.bootstrap });
  const addedAtMs = performance.now();
  const torrent = add(engine, { trackers: [tracker.udpUrl], delivery: { dht: 'fallback' } });
  await until('the tracker has answered', () => torrent.trackers()[0]?.state === 'working');
  expect(torrent.trackers()[0]).toMatchObject({ answers: 1, failures: 0, medianAnswerMs: torrent.trackers()[0]!.answerMs });
  await until('the DHT is asked', () => dht.asked(infoHash) > 0);
  expect(dht.firstAskedAtMs.get(infoHash)! - addedAtMs).toBeGreaterThanOrEqual(GRACE_MS);
});

it('introduces two that do not know one another', async () => {
  const [a, b, c] = [await startEngine(), await startEngine(), await startEngine()];
  add(a); // nobody has anything: whoever is complete hangs up
  add(b, { peers: [addressOf(a)], delivery: { connections: 10 } });
  const late = add(c, { peers: [addressOf(b)] });
  // either of them may hear of the other first
  await until('the third has met the first', () => late.stats().connected === 2, { describe: () => JSON.stringify(late.peers()) });
  expect([...late.peers(), ...a.get(given.metainfo.infoHash)!.peers()].map(({ source }) => source)).toContain('ut_pex');
});

it('understands what libtorrent tells of peers, and is understood by it', async () => {
  const payload = makePayload(temporaryFolder('data'), 'single.bin', 3 * mebibyte);
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'single.torrent'));
  const metainfo = parseTorrentFile(readFileSync(torrent.file));
  const leech = (engine: Engine, peers: string[]): Torrent => engine.add({
    infoHash: metainfo.infoHash, metainfo, trackers: [], webSeeds: [], peers, openStore: async () => new MemoryStore(metainfo), paused: false, order: 'rarest',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, delivery: { ...DEFAULT_DELIVERY, dht: 'off', lsd: 'off' },
  });
  const foreign = (peers: string[]) => startLibtorrent({ role: 'leech', folder: temporaryFolder('out'), torrent, infoHash: torrent.infoHash, peers, exchangePeers: true });
  // nobody has anything: they stay together
  const [a, b] = [await startEngine(), await startEngine()];
  const inA = leech(a, []);
  const between = await foreign([addressOf(a)]);
  const inB = leech(b, [between.address]);
  await until('ours have met through libtorrent', () => inA.stats().connected === 2 && inB.stats().connected === 2, {
    withinMs: 150_000, describe: () => JSON.stringify([inA.peers(), inB.peers()]),
  });
  const late = await foreign([addressOf(b)]);
  await until('another libtorrent has met the others through ours', () => (late.status?.peers.length ?? 0) >= 3, {
    withinMs: 150_000, describe: () => JSON.stringify(late.status),
  });
});

it('neither sends nor reads peers where a package has that off, and begins when that changes', async () => {
  const engine = await startEngine();
  const other = await startEngine();
  add(other);
  const { infoHash } = given.metainfo;
  const torrent = add(engine, { delivery: { pex: 'off' }, peers: [addressOf(other)] });
  await until('somebody is there', () => torrent.stats().connected === 1);
  const peer = await WirePeer.connect(engine.port, infoHash);
  closing.push(() => peer.close());
  await until('it has greeted', () => peer.heard.length > 0);
  expect(peer.theirs.ut_pex).toBeUndefined();
  peer.say(99, encodePex([{ address: '127.9.9.9:1', flags: 0 }], []));
  await sleep(9_000); // the first message would come after five to seven and a half seconds
  expect(peer.heard.filter(({ name }) => name === 'ut_pex')).toEqual([]);
  expect([torrent.stats().known, peer.closed]).toEqual([1, false]);

  torrent.setDelivery({ ...torrent.delivery, pex: 'on' });
  await until('it says that it takes part', () => (peer.theirs.ut_pex ?? 0) > 0);
  await until('it tells of the other', () => peer.heard.some(({ name }) => name === 'ut_pex'));
  torrent.setDelivery({ ...torrent.delivery, pex: 'off' });
  await until('it says that it no longer does', () => peer.theirs.ut_pex === 0);
});

it('keeps what peers tell while it waits for the trackers, and uses it then', async () => {
  const tracker = await startOpentracker();
  const { infoHash } = given.metainfo;
  await tracker.allow(infoHash);
  const [seed, engine] = [await startEngine(), await startEngine()];
  add(seed, { complete: true, delivery: { pex: 'off' } });
  const torrent = add(engine, { trackers: [tracker.httpUrl], delivery: { pex: 'fallback' } });
  const peer = await WirePeer.connect(engine.port, infoHash);
  closing.push(() => peer.close());
  await until('it has greeted', () => (peer.theirs.ut_pex ?? 0) > 0);
  peer.say('ut_pex', encodePex([{ address: addressOf(seed), flags: 0 }], []));
  await until('it went there', () => torrent.stats().wantedDone, { describe: () => JSON.stringify(torrent.stats()) });
});

it('hangs up on a peer that floods it with others, having taken little of its word', async () => {
  const engine = await startEngine();
  const torrent = add(engine);
  torrent.setDelivery({ ...torrent.delivery, connections: 1 }); // those that it names are not dialled
  const peer = await WirePeer.connect(engine.port, given.metainfo.infoHash);
  closing.push(() => peer.close());
  await until('it has greeted', () => (peer.theirs.ut_pex ?? 0) > 0);
  for (let round = 0; round < 100 && !peer.closed; round++) {
    const compact = Buffer.concat(Array.from({ length: 200 }, (_, i) => Buffer.from([127, round + 1, i >> 8, i & 255, 0, 9])));
    peer.say('ut_pex', { 'added': compact, 'added.f': Buffer.alloc(200), 'dropped': compact });
  }
  await until('it hung up', () => peer.closed);
  expect(torrent.stats().known).toBeLessThanOrEqual(50);
  // and again from the same host: no more than one host's share
  for (let turn = 0; turn < 4; turn++) {
    const again = await WirePeer.connect(engine.port, given.metainfo.infoHash);
    await until('it has greeted', () => (again.theirs.ut_pex ?? 0) > 0);
    again.say('ut_pex', { added: Buffer.concat(Array.from({ length: 50 }, (_, i) => Buffer.from([127, 200 + turn, 0, i, 0, 9]))) });
    await sleep(100);
    again.close();
    await until('it is gone', () => torrent.stats().connected === 0);
  }
  expect(torrent.stats().known).toBeLessThanOrEqual(100);
});

it('does not go where a peer or a tracker of the internet has no business to send it', async () => {
  const engine = await startEngine({ bindAddress: '0.0.0.0' });
  const torrent = add(engine);
  const peer = await WirePeer.connect(engine.port, given.metainfo.infoHash);
  closing.push(() => peer.close());
  await until('it has greeted', () => (peer.theirs.ut_pex ?? 0) > 0);
  const nowhere = ['224.0.0.1:5', '0.0.0.0:5', '255.255.255.255:5'].map((address) => ({ address, flags: 0 }));
  peer.say('ut_pex', encodePex([...nowhere, { address: '127.0.0.1:1', flags: 0 }], []));
  await until('the one that may be is known', () => torrent.stats().known > 0);
  expect(torrent.stats().known).toBe(1);
});

it('dials trusted seeds before everybody else, and again soon when they are gone', async () => {
  const accepted: string[] = [];
  const listen = async (name: string, host: string) => {
    const sockets = new Set<net.Socket>();
    const server = net.createServer((socket) => {
      accepted.push(name);
      sockets.add(socket);
      socket.on('error', () => {});
      if (name === 'seed') setTimeout(() => socket.destroy(), 200); // long enough that nobody else has room meanwhile
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { address: `${host}:${(server.address() as net.AddressInfo).port}` };
  };
  const people = await Promise.all(Array.from({ length: 8 }, (_, i) => listen(`person ${i}`, '127.0.0.1')));
  const seed = await listen('seed', '127.0.0.2');
  const engine = await startEngine({ maxConnections: 1 });
  // they are all known before there is a seed, and there is room for one
  const torrent = engine.add({
    infoHash: given.metainfo.infoHash, metainfo: given.metainfo, trackers: [], webSeeds: [], peers: people.map(({ address }) => address),
    openStore: async () => new MemoryStore(given.metainfo), paused: true, order: 'rarest',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, delivery: { ...DEFAULT_DELIVERY, dht: 'off', lsd: 'off', pex: 'off' },
  });
  torrent.setDelivery({ ...torrent.delivery, seeders: [seed.address] });
  torrent.resume();
  await until('the seed was dialled', () => accepted.length > 0);
  expect(accepted).toEqual(['seed']);
  await until('it was dialled again', () => accepted.filter((name) => name === 'seed').length >= 3, { withinMs: 20_000 });
});

it('holds the number of connections that a package allows, and has room for trusted seeds', async () => {
  const crowd = await Promise.all(Array.from({ length: 5 }, () => startEngine()));
  for (const one of crowd) add(one, { delivery: { pex: 'off' } });
  const seedBox = await startEngine({ bindAddress: '127.0.0.2' });
  add(seedBox, { delivery: { pex: 'off' } });
  const engine = await startEngine();
  const torrent = add(engine, { peers: crowd.map(addressOf), delivery: { connections: 2, pex: 'off' } });
  await until('as many are there as may be', () => torrent.stats().connected === 2);
  const incoming = await Promise.all(Array.from({ length: 3 }, () => WirePeer.connect(engine.port, given.metainfo.infoHash)));
  closing.push(() => incoming.forEach((peer) => peer.close()));
  await until('who comes beyond that is refused', () => incoming.every(({ closed }) => closed));
  let most = 0;
  const seeder = `127.0.0.2:${seedBox.port}`;
  torrent.setDelivery({ ...torrent.delivery, seeders: [seeder] });
  await until('the seed is there too', () => {
    most = Math.max(most, torrent.stats().connected);
    return torrent.peers().some(({ address }) => address === seeder);
  });
  for (let looks = 0; looks < 20; looks++) {
    most = Math.max(most, torrent.stats().connected);
    await sleep(100);
  }
  expect(most).toBe(3);
});

/** What an earlier run learned: uTP was the steadier one at home. */
const learned = (preferred: 'tcp' | 'utp') => ({
  version: 1, networks: { home: { tcp: { bytesPerSecond: 1e6, variation: 0.6, samples: 9 }, utp: { bytesPerSecond: 1e6, variation: 0.1, samples: 9 }, preferred, decided: true, usedAt: Date.now() - 1000 } },
});

it('connects first in the way that proved steadier in this network, unless the package or the user says otherwise', async () => {
  const other = await startEngine({ utp: true });
  add(other);
  const way = async (options: Partial<EngineOptions>, delivery: Partial<DeliverySpec> = {}, network = 'home') => {
    const engine = await startEngine({ utp: true, transportMemory: { kept: learned('utp'), keep: async () => {} }, ...options });
    engine.setNetwork(network);
    const torrent = add(engine, { peers: [addressOf(other)], delivery });
    const [peer] = await until('they are connected', () => torrent.peers().length > 0 && torrent.peers());
    const { preferred, decidedBy } = engine.transport(torrent.delivery);
    return [peer!.transport, preferred, decidedBy];
  };
  expect(await way({})).toEqual(['utp', 'utp', 'measured']);
  expect(await way({}, {}, 'hotel')).toEqual(['tcp', 'tcp', 'default']);
  expect(await way({}, { transport: 'tcp' })).toEqual(['tcp', 'tcp', 'package']);
  expect(await way({}, { transport: 'utp' }, 'hotel')).toEqual(['utp', 'utp', 'package']);
  expect(await way({ utp: false }, { transport: 'utp' })).toEqual(['tcp', 'tcp', 'setting']);
});

it('measures how fast and how steadily real connections carry bulk, chooses, says so, and keeps it for the next run', async () => {
  const large = torrentOf(60, 8 * 16_384); // 7.5 MiB, at 400 kB/s about twenty seconds
  const keptNow: unknown[] = [];
  // one more look at TCP is missing
  const kept = { version: 1, networks: { home: { ...learned('tcp').networks.home, tcp: { bytesPerSecond: 4e5, variation: 0.6, samples: 5 }, utp: { bytesPerSecond: 8e5, variation: 0.01, samples: 9 }, decided: false } } };
  const [seed, engine] = [await startEngine(), await startEngine({ utp: true, downloadBytesPerSecond: 400_000, transportMemory: { kept, keep: async (value) => void keptNow.push(value) } })];
  engine.setNetwork('home');
  const [, leech] = [seed, engine].map((one, index) => one.add({
    infoHash: large.metainfo.infoHash, metainfo: large.metainfo, trackers: [], webSeeds: [], peers: index === 1 ? [addressOf(seed)] : [],
    openStore: async () => new MemoryStore(large.metainfo, index === 0 ? large.data : undefined), paused: false, order: 'rarest',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, delivery: { ...DEFAULT_DELIVERY, dht: 'off', lsd: 'off' },
  }));
  const incidents: (string | null)[][] = [];
  leech!.on('incident', (...incident) => incidents.push(incident));
  expect(engine.transport(DEFAULT_DELIVERY)).toMatchObject({ preferred: 'tcp', decidedBy: 'default' });
  await until('a sample is there', () => engine.transport(DEFAULT_DELIVERY).tcp!.samples > 5, { describe: () => JSON.stringify(leech!.stats()) });
  expect(engine.transport(DEFAULT_DELIVERY)).toMatchObject({ preferred: 'utp', decidedBy: 'measured', tcp: { samples: 6 }, utp: { samples: 9 } });
  expect(incidents).toContainEqual(['transport-chosen', 'uTP']);
  await engine.close();
  expect(keptNow.at(-1)).toMatchObject({ version: 1, networks: { home: { preferred: 'utp', tcp: { samples: 6 } } } });
});
