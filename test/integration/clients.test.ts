// 64 MiB from and to each of the programs that fans and publishers run: Transmission, aria2, qBittorrent, libtorrent.
// Pairwise: each serves us and is served by us, once by .torrent and once by magnet, found by address or by tracker.
import path from 'node:path';
import { expect, it } from 'vitest';
import { startAria2 } from '../support/foreign-aria2.ts';
import type { ForeignClient } from '../support/foreign-client.ts';
import { magnetOf, makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import type { TorrentFile } from '../support/foreign-libtorrent.ts';
import { startQbittorrent } from '../support/foreign-qbittorrent.ts';
import { startTransmission } from '../support/foreign-transmission.ts';
import { startOpentracker } from '../support/opentracker.ts';
import { arrived, makePayload, oddFiles } from '../support/payload.ts';
import type { Payload } from '../support/payload.ts';
import { finished, startFlashswarm, startGet, startSeed } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';

leaveNothingBehind();

interface Given { payload: Payload; torrent: TorrentFile; out: string }

async function given(trackers: string[] = []): Promise<Given> {
  const payload = makePayload(temporaryFolder('data'), 'odd files', oddFiles);
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'odd.torrent'), trackers);
  return { payload, torrent, out: temporaryFolder('out') };
}

const asLeech = ({ torrent, out }: Given) => ({ role: 'leech', folder: out, torrent, infoHash: torrent.infoHash }) as const;
const asSeed = ({ payload, torrent }: Given) => ({ role: 'seed', folder: payload.parent, torrent, infoHash: torrent.infoHash }) as const;

/** `get` ends with 0, its last line says `done` with every file, and the files are the seed's. */
async function expectGot(source: string, { payload, out }: Given, args: string[]): Promise<void> {
  const got = await finished(await startGet(source, out, args));
  expect([got.code, got.last?.type], got.program.tail()).toEqual([0, 'done']);
  const named = (got.last as unknown as { files: { path: string; length: number }[] }).files;
  expect(named.map((file) => file.length).sort()).toEqual(payload.files.map((file) => file.length).sort());
  expect(await arrived(payload, out)).toEqual(payload.files);
}

it('fetches 64 MiB from Transmission, by .torrent', async () => {
  const all = await given();
  const seed = await startTransmission(asSeed(all));
  await expectGot(all.torrent.file, all, ['--peer', seed.address]);
});

it('fetches 64 MiB from aria2, by a magnet with a tracker', async () => {
  const tracker = await startOpentracker();
  const all = await given([tracker.httpUrl]);
  await tracker.allow(all.torrent.infoHash);
  await startAria2(asSeed(all));
  await tracker.waitForSeeds(all.torrent.infoHash);
  await expectGot(magnetOf(all.torrent.infoHash, { trackers: [tracker.httpUrl] }), all, []);
});

it('fetches 64 MiB from qBittorrent, by a magnet with a peer', async () => {
  const all = await given();
  const seed = await startQbittorrent(asSeed(all));
  await expectGot(magnetOf(all.torrent.infoHash, { peers: [seed.address] }), all, []);
});

it('fetches 64 MiB from libtorrent, by .torrent', async () => {
  const all = await given();
  const seed = await startLibtorrent(asSeed(all));
  await expectGot(all.torrent.file, all, ['--peer', seed.address]);
});

async function expectServed(leech: ForeignClient, { payload, out }: Given): Promise<void> {
  await leech.complete();
  expect(await arrived(payload, out, { emptyFilesMayBeMissing: leech.name === 'Transmission' })).toEqual(payload.files);
}

it('serves 64 MiB to Transmission, by magnet', async () => {
  const all = await given();
  const leech = await startTransmission({ ...asLeech(all), torrent: { magnet: magnetOf(all.torrent.infoHash) } });
  await startSeed([all.torrent.file, '--data', all.payload.parent, '--peer', leech.address]);
  await expectServed(leech, all);
});

it('serves 64 MiB to aria2, by .torrent and tracker', async () => {
  const tracker = await startOpentracker();
  const all = await given([tracker.httpUrl]);
  await tracker.allow(all.torrent.infoHash);
  await startSeed([all.torrent.file, '--data', all.payload.parent]);
  await tracker.waitForSeeds(all.torrent.infoHash);
  await expectServed(await startAria2(asLeech(all)), all);
});

it('serves 64 MiB to qBittorrent, by a .torrent of our own making', async () => {
  const all = await given();
  const file = path.join(temporaryFolder('torrent'), 'ours.torrent');
  const made = await finished(await startFlashswarm(['create', all.payload.root, '--out', file]));
  expect(made.code, made.program.tail()).toBe(0);
  const info = await finished(await startFlashswarm(['info', file, '--json']));
  const { infoHash } = JSON.parse(info.program.stdout) as { infoHash: string };
  const seed = await startSeed([file, '--data', all.payload.parent]);
  const leech = await startQbittorrent({ ...asLeech(all), torrent: { file }, infoHash, peers: [seed.address] });
  await expectServed(leech, all);
});

it('serves 64 MiB to libtorrent, by magnet', async () => {
  const all = await given();
  const seed = await startSeed([all.torrent.file, '--data', all.payload.parent]);
  const magnet = magnetOf(all.torrent.infoHash, { peers: [seed.address] });
  await expectServed(await startLibtorrent({ ...asLeech(all), torrent: { magnet }, peers: [seed.address] }), all);
});
