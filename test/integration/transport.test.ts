// The ways of connecting: TCP and uTP over IPv4, TCP over IPv6, and peers that refuse everything but encryption.
// The foreign peer is what forces the way, and its own word on the connection is what is believed.
import path from 'node:path';
import { expect, it } from 'vitest';
import { startAria2 } from '../support/foreign-aria2.ts';
import type { ForeignOptions } from '../support/foreign-client.ts';
import { makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import type { Libtorrent } from '../support/foreign-libtorrent.ts';
import { startQbittorrent } from '../support/foreign-qbittorrent.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import { finished, startGet, startSeed } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

async function given() {
  const payload = makePayload(temporaryFolder('data'), 'set', { 'a.bin': 12 * mebibyte + 5, 'b.bin': 4 * mebibyte - 5 });
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 't.torrent'));
  return { payload, torrent, out: temporaryFolder('out'), infoHash: torrent.infoHash };
}

/** Both ends hang up when both are complete: slow enough that libtorrent's books are read while it goes on. */
const limit = '16M';

type Way = Pick<ForeignOptions, 'transport' | 'host' | 'encrypted'>;

const ways: [string, Way][] = [
  ['TCP over IPv4', { transport: 'tcp' }],
  ['uTP over IPv4', { transport: 'utp' }],
  ['TCP over IPv6', { transport: 'tcp', host: '::1' }],
  ['TCP with encryption required', { transport: 'tcp', encrypted: true }],
];

/** How the bytes really went, as libtorrent saw it: connections that carried payload. */
const carriers = (peer: Libtorrent) => (peer.status?.everConnected ?? []).filter((one) => one.sentBytes + one.receivedBytes > mebibyte);

function expectWay(peer: Libtorrent, way: Way): void {
  const seen = carriers(peer);
  expect(seen.length).toBeGreaterThan(0);
  for (const one of seen) {
    expect(one.transport).toBe(way.transport);
    expect(one.address.startsWith(way.host === '::1' ? '::1:' : '127.0.0.1:')).toBe(true);
    if (way.encrypted) expect(one.encrypted).toBe(true);
  }
}

it.each(ways)('fetches from libtorrent by %s', async (_name, way) => {
  const { payload, torrent, out, infoHash } = await given();
  const seed = await startLibtorrent({ role: 'seed', folder: payload.parent, torrent, infoHash, ...way });
  const got = await finished(await startGet(torrent.file, out, ['--peer', seed.address, '--limit-down', limit]));
  expect([got.code, got.last?.type], got.program.tail()).toEqual([0, 'done']);
  expect(await arrived(payload, out)).toEqual(payload.files);
  expectWay(seed, way);
});

it.each(ways)('serves libtorrent by %s', async (_name, way) => {
  const { payload, torrent, out, infoHash } = await given();
  const seed = await startSeed([torrent.file, '--data', payload.parent, '--limit-up', limit]);
  const peers = [way.host === '::1' ? seed.address6 : seed.address];
  const leech = await startLibtorrent({ role: 'leech', folder: out, torrent, infoHash, peers, ...way });
  await leech.complete(60_000);
  expect(await arrived(payload, out)).toEqual(payload.files);
  expectWay(leech, way);
});

it.each([
  ['uTP', { transport: 'utp' }],
  ['TCP over IPv6', { transport: 'tcp', host: '::1' }],
] as [string, Way][])('fetches from qBittorrent by %s', async (_name, way) => {
  const { payload, torrent, out, infoHash } = await given();
  const seed = await startQbittorrent({ role: 'seed', folder: payload.parent, torrent, infoHash, ...way });
  const get = await startGet(torrent.file, out, ['--peer', seed.address, '--limit-down', '8M', '--seed']);
  const seen = await until('qBittorrent sees us', async () => (await seed.peers())[0], { describe: () => get.tail() });
  expect(seen.connection).toBe(way.transport === 'utp' ? 'μTP' : 'BT');
  await until('get is done', () => get.stdout.includes('"done"'), { describe: () => get.tail() });
  expect(await arrived(payload, out)).toEqual(payload.files);
});

it('serves qBittorrent by uTP', async () => {
  const { payload, torrent, out, infoHash } = await given();
  const seed = await startSeed([torrent.file, '--data', payload.parent]);
  const leech = await startQbittorrent({
    role: 'leech', folder: out, torrent, infoHash, peers: [seed.address], transport: 'utp',
  });
  await leech.complete(60_000);
  expect(await arrived(payload, out)).toEqual(payload.files);
});

it('fetches from aria2 that accepts nothing but RC4', async () => {
  const { payload, torrent, out, infoHash } = await given();
  const seed = await startAria2({ role: 'seed', folder: payload.parent, torrent, infoHash, encrypted: true });
  const got = await finished(await startGet(torrent.file, out, ['--peer', seed.address]));
  expect([got.code, got.last?.type], got.program.tail()).toEqual([0, 'done']);
  expect(await arrived(payload, out)).toEqual(payload.files);
});

it('serves aria2 that accepts nothing but RC4', async () => {
  const { payload, torrent, out, infoHash } = await given();
  const leech = await startAria2({ role: 'leech', folder: out, torrent, infoHash, encrypted: true });
  await startSeed([torrent.file, '--data', payload.parent, '--peer', leech.address]);
  await leech.complete(60_000);
  expect(await arrived(payload, out)).toEqual(payload.files);
});
