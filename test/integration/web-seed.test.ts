// Web seeds as they are met: a real nginx, many broken servers, and a libtorrent peer that saves the download from each of those.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../main/engine/engine.ts';
import type { Torrent, TorrentSpec } from '../../main/engine/engine.ts';
import { createTorrent, encodeTorrentFile, parseTorrentFile, torrentOfInfo } from '../../main/metainfo/metainfo.ts';
import type { Metainfo } from '../../main/metainfo/metainfo.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';
import type { GateOptions } from '../../main/net/outbound-gate.ts';
import { makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import type { Libtorrent } from '../support/foreign-libtorrent.ts';
import { HostileWebSeed, hostileWebSeed, manners } from '../support/hostile-web-seed.ts';
import { httpsServer } from '../support/https-server.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { startNginx } from '../support/nginx.ts';
import type { Nginx } from '../support/nginx.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import type { Payload } from '../support/payload.ts';
import { endEverything, leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { TestCore } from '../support/test-core.ts';

leaveNothingBehind();

const pieceLength = 256 * 1024;
const endings: (() => Promise<unknown>)[] = [];
async function endAll(): Promise<void> {
  for (const end of endings.splice(0)) await end();
}
afterEach(endAll);

async function startEngine(gateOptions: Partial<GateOptions> = {}): Promise<Engine> {
  const gate = new OutboundGate({ allowPrivate: true, userAgent: 'Flashswarm/9.9', ...gateOptions });
  const engine = await Engine.start({
    listenPort: 0, bindAddress: '127.0.0.1', dht: false, lsd: false, utp: false, pex: true, maxConnections: 50, userAgent: 'Flashswarm/9.9',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null,
    streamRange: (url, from, to, onBytes, options) => gate.streamRange(url, from, to, onBytes, options),
  });
  endings.push(() => engine.close(), () => gate.close());
  return engine;
}

interface Given { payload: Payload; file: string; infoHash: string; metainfo: Metainfo; bytes: Buffer }

async function given(length: number): Promise<Given> {
  const payload = makePayload(temporaryFolder('data'), 'single.bin', length);
  const { file, infoHash } = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'single.torrent'), [], pieceLength);
  return { payload, file, infoHash, metainfo: parseTorrentFile(readFileSync(file)), bytes: readFileSync(payload.root) };
}

const startSeed = ({ payload, file, infoHash }: Given, uploadBytesPerSecond: number): Promise<Libtorrent> =>
  startLibtorrent({ role: 'seed', folder: payload.parent, torrent: { file }, infoHash, uploadBytesPerSecond });

function download(engine: Engine, metainfo: Metainfo, spec: Partial<TorrentSpec>): { torrent: Torrent; store: MemoryStore; done: Promise<void> } {
  const store = new MemoryStore(metainfo);
  const torrent = engine.add({
    infoHash: metainfo.infoHash, metainfo, trackers: [], webSeeds: [], peers: [], openStore: async () => store,
    paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, ...spec,
  });
  return { torrent, store, done: new Promise((resolve) => torrent.once('done', resolve)) };
}

/** Downloads that mostly wait for a slow person; more at once wait for the processor, and then more arrives before it is looked at. */
const AT_ONCE = 2;

/**
 * Runs a download for each name, several at once, before the first test of this `describe`, and ends what they started; each test then
 * looks at the outcome of its own.
 */
function outcomesOf<T>(names: readonly string[], run: (name: string, all: Given) => Promise<T>, length: number): (name: string) => T {
  const found = new Map<string, PromiseSettledResult<T>>();
  beforeAll(async () => {
    const all = await given(length);
    const waiting = [...names];
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
        const [outcome] = await Promise.allSettled([run(name, all)]);
        found.set(name, outcome!);
      }
    }));
    await endAll();
    await endEverything();
  }, 400_000);
  return (name) => {
    const outcome = found.get(name)!;
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  };
}

/** Bytes that the ranges of nginx's log cover, each byte counted as often as it was asked for. */
const askedBytes = (nginx: Nginx): number => nginx.requests().reduce((sum, { range }) => {
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') as unknown as [string, string, string];
  return sum + Number(to) - Number(from) + 1;
}, 0);

describe('nginx', () => {
  it('gives every byte once, in few requests over one connection, and is told who asks', async () => {
    const all = await given(48 * mebibyte + 4321);
    const nginx = await startNginx(all.payload.parent);
    const { torrent, store, done } = download(await startEngine(), all.metainfo, { webSeeds: [nginx.url()] });
    await done;
    expect(Buffer.compare(store.data, all.bytes)).toBe(0);
    expect(torrent.stats()).toMatchObject({
      fromServer: all.payload.length, fromPeople: 0, receivedBytes: all.payload.length, wastedBytes: 0, hashFailures: 0,
    });
    await until('nginx has told of all', () => nginx.requests().reduce((sum, { bodyBytes }) => sum + bodyBytes, 0) >= all.payload.length);
    const requests = nginx.requests();
    expect(new Set(requests.map(({ status, userAgent, path: at }) => `${status} ${userAgent} ${at}`))).toEqual(new Set(['206 Flashswarm/9.9 /single.bin']));
    expect(askedBytes(nginx)).toBe(all.payload.length);
    expect(new Set(requests.map(({ connection }) => connection)).size).toBe(1);
    // One piece to see whether it is right, then runs: by pieces there would be 193.
    expect(requests.length).toBeLessThanOrEqual(40);
    expect([`bytes=0-${pieceLength - 1}`, `bytes=${pieceLength}-${2 * pieceLength - 1}`]).toContain(requests[0]!.range); // the first two are as urgent
  });

  it('stops at a pause and goes on where it was', async () => {
    const all = await given(6 * mebibyte);
    const nginx = await startNginx(all.payload.parent);
    const { torrent, store, done } = download(await startEngine(), all.metainfo, { webSeeds: [nginx.url('/slow/')] });
    await until('some is here', () => torrent.stats().bytesDone >= mebibyte, { everyMs: 10 });
    torrent.pause();
    const { receivedBytes, bytesDone } = torrent.stats();
    await until('nginx has seen the end of the connection', () => nginx.requests().length > 1);
    // Its log tells of a request when that is over: of the last one a moment after the pause.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const before = nginx.requests().length;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect([torrent.stats().receivedBytes, nginx.requests().length]).toEqual([receivedBytes, before]);
    torrent.resume();
    await done;
    expect(Buffer.compare(store.data, all.bytes)).toBe(0);
    const stats = torrent.stats();
    expect([stats.hashFailures, stats.wastedBytes]).toEqual([0, 0]);
    // What was verified is not fetched again; what was half here is.
    expect(stats.receivedBytes).toBeLessThanOrEqual(all.payload.length + receivedBytes - bytesDone);
  });

  it('and people give pieces together, neither the same', async () => {
    const all = await given(12 * mebibyte);
    const nginx = await startNginx(all.payload.parent);
    const seed = await startSeed(all, 1_500_000);
    const { torrent, store, done } = download(await startEngine(), all.metainfo, { webSeeds: [nginx.url('/slow/')], peers: [seed.address] });
    await done;
    expect(Buffer.compare(store.data, all.bytes)).toBe(0);
    const stats = torrent.stats();
    expect([stats.fromServer + stats.fromPeople, stats.fromServer > mebibyte, stats.fromPeople > mebibyte]).toEqual([all.payload.length, true, true]);
    // At the end both bring the same piece from both sides, and the seed cannot take back what is under way.
    expect(stats.wastedBytes).toBeLessThanOrEqual(2 * pieceLength);
  });

  describe('that refuses', () => {
    const refusals: [at: string, status: number, most: number][] = [['/busy/', 503, 2], ['/gone/', 404, 3], ['/ranges-off/', 200, 3]];
    const outcomes = outcomesOf(refusals.map(([at]) => at), async (at, all) => {
      const nginx = await startNginx(all.payload.parent);
      const seed = await startSeed(all, 1_000_000);
      const { torrent, store, done } = download(await startEngine(), all.metainfo, { webSeeds: [nginx.url(at)], peers: [seed.address] });
      await done;
      return { right: Buffer.compare(store.data, all.bytes) === 0, length: all.payload.length, stats: torrent.stats(), requests: nginx.requests() };
    }, 4 * mebibyte);

    it.each(refusals)('answers %s with %i: it is asked seldom, and people give everything', (at, status, most) => {
      const { right, length, stats, requests } = outcomes(at);
      expect(right).toBe(true);
      expect(stats).toMatchObject({ fromServer: 0, fromPeople: length, wastedBytes: 0, hashFailures: 0 });
      expect(requests.length).toBeGreaterThanOrEqual(1);
      expect(requests.length).toBeLessThanOrEqual(most);
      expect(new Set(requests.map((request) => request.status))).toEqual(new Set([status]));
    });
  });

  it('gives folders with pad files, odd names and empty files, byte for byte, to a real core', async () => {
    const folder = temporaryFolder('site');
    const payload = makePayload(folder, 'a site', {
      'first.bin': 3 * mebibyte + 17, 'empty.txt': 0, 'one.byte': 1, 'déjà vu/100% #1;.bin': 700_001, 'déjà vu/plus+and&semi;.bin': pieceLength, 'last.bin': 333_333,
    });
    // Each file begins with a piece, as packages are made.
    const list: { length: number; path: string[]; attr?: string }[] = [];
    const content: Buffer[] = [];
    payload.files.forEach(({ path: at, length }, index) => {
      list.push({ length, path: at.split('/') });
      content.push(readFileSync(path.join(payload.root, at)));
      const padding = (pieceLength - (length % pieceLength)) % pieceLength;
      if (padding === 0 || index === payload.files.length - 1) return;
      list.push({ length: padding, path: ['.pad', String(padding)], attr: 'p' });
      content.push(Buffer.alloc(padding));
    });
    const whole = Buffer.concat(content);
    const hashes: Buffer[] = [];
    for (let at = 0; at < whole.length; at += pieceLength) hashes.push(Buffer.from(await crypto.subtle.digest('SHA-1', whole.subarray(at, at + pieceLength))));
    const metainfo = torrentOfInfo({ 'name': payload.name, 'piece length': pieceLength, 'pieces': Buffer.concat(hashes), 'files': list }, {});
    const nginx = await startNginx(folder);
    const core = await TestCore.start();
    endings.push(() => core.stop());
    await core.ask('packages.add', { source: { kind: 'bytes', base64: Buffer.from(encodeTorrentFile({ ...metainfo, webSeeds: [nginx.url()] })).toString('base64') } });
    const done = await core.until(metainfo.infoHash, (p) => p.state.kind === 'seeding');
    expect(done).toMatchObject({ fromPeople: 0, fromServer: payload.length });
    expect(await arrived(payload, core.downloads)).toEqual(payload.files);
    expect(new Set(nginx.requests().map(({ status }) => status))).toEqual(new Set([206]));
    expect(nginx.requests().some(({ path: at }) => at.includes('.pad') || at.includes('empty'))).toBe(false);
    expect(askedBytes(nginx)).toBe(payload.length);
  });
});

describe('a web seed that', () => {
  const names = Object.keys(manners(Buffer.alloc(0), ''));

  const outcomes = outcomesOf(names, async (name, all) => {
    let askedInside = 0;
    const inside = createServer((_request, response) => {
      askedInside++;
      response.end();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.2', resolve));
    endings.push(async () => inside.close());
    const respond = manners(all.bytes, `http://127.0.0.2:${(inside.address() as AddressInfo).port}/`)[name]!;
    const server = await new HostileWebSeed(respond).listen();
    endings.push(() => server.close());
    const seed = await startSeed(all, 1_500_000);
    // What is private here is everything but the address of the two servers that are meant.
    const engine = await startEngine({ allowPrivate: false, mayAsk: (address) => address === '127.0.0.1' });
    const { torrent, store, done } = download(engine, all.metainfo, { webSeeds: [server.url], peers: [seed.address] });
    await done;
    const [stats, asked] = [torrent.stats(), server.requests.length];
    torrent.pause(); // from here on it would only take time from the others
    return { right: Buffer.compare(store.data, all.bytes) === 0, length: all.payload.length, stats, asked, askedInside: () => askedInside };
  }, 6 * mebibyte);

  it.each(names)('%s costs two pieces at most, and people give the rest', (name) => {
    const { right, length, stats, asked, askedInside } = outcomes(name);
    expect(right).toBe(true);
    expect(asked).toBeGreaterThanOrEqual(1);
    expect({ name, failures: stats.hashFailures <= 2, wasted: stats.wastedBytes <= 2 * pieceLength }).toEqual({ name, failures: true, wasted: true });
    expect(stats.fromPeople + stats.fromServer).toBe(length);
    expect(stats.receivedBytes).toBeLessThanOrEqual(length + 2 * pieceLength + 65_536);
    expect([asked <= 12, askedInside()]).toEqual([true, 0]);
  });

  it('is not who its certificate says is not asked for anything', async () => {
    const all = await given(2 * mebibyte);
    const server = await httpsServer();
    server.serve('/single.bin', { bytes: all.bytes });
    const seed = await startSeed(all, 1_000_000);
    const { torrent, done } = download(await startEngine(), all.metainfo, { webSeeds: [server.url('/')], peers: [seed.address] });
    await done;
    expect([torrent.stats().fromServer, server.requests.length]).toEqual([0, 0]);
  });

  it('asks for patience is asked again when it said, not before', async () => {
    const file = randomBytes(mebibyte);
    const folder = temporaryFolder('patience');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'file.bin'), file);
    const metainfo = await createTorrent(path.join(folder, 'file.bin'), { pieceLength });
    const good = manners(file, '')['sends right data at first and wrong data later']!;
    await Promise.all(([['seconds', () => '4'], ['a date', () => new Date(Date.now() + 4000).toUTCString()]] as const).map(async ([form, retryAfter]) => {
      const server = await hostileWebSeed((to) => {
        if (to.nth === 1) return void to.response.writeHead(503, { 'retry-after': retryAfter(), 'date': new Date().toUTCString() }).end();
        return good({ ...to, nth: 1 });
      });
      const engine = await startEngine();
      const { store, done } = download(engine, metainfo, { webSeeds: [server.url] });
      await done;
      expect(Buffer.compare(store.data, file)).toBe(0);
      const waited = server.requests[1]!.atMs - server.requests[0]!.atMs;
      // Dates are to the second.
      expect({ form, early: waited < (form === 'seconds' ? 4000 : 3000) }).toEqual({ form, early: false });
    }));
  });

  it('breaks off every request gives everything all the same: what arrived stays', async () => {
    const all = await given(3 * pieceLength);
    const server = await hostileWebSeed(({ response, from, end }) => {
      response.writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${all.bytes.length}`, 'content-length': String(end - from) });
      response.write(all.bytes.subarray(from, Math.min(end, from + 150_000)), () => (from + 150_000 >= end ? response.end() : response.destroy()));
    });
    const { torrent, store, done } = download(await startEngine(), all.metainfo, { webSeeds: [server.url] });
    await done;
    expect(Buffer.compare(store.data, all.bytes)).toBe(0);
    const stats = torrent.stats();
    expect([stats.hashFailures, stats.receivedBytes - all.bytes.length < server.requests.length * 16_384]).toEqual([0, true]);
  });
});
