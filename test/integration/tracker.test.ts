// The real opentracker, over HTTP and UDP: peers that know nothing but its address find one another, and what it says is shown.
import path from 'node:path';
import { expect, it } from 'vitest';
import { magnetOf, makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import { startOpentracker } from '../support/opentracker.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import { startGet, startSeed, startServe } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

interface TrackerEntry {
  url: string; state: string; message: string | null; seeders: number | null; leechers: number | null;
  lastAnswerAt: number | null; answerMs: number | null;
}

const files = { 'a.bin': 6 * mebibyte + 1, 'b.bin': 2 * mebibyte - 3 };

it.each(['http', 'udp'] as const)('brings two of ours and libtorrent together over %s, and it alone', async (scheme) => {
  const tracker = await startOpentracker();
  const url = scheme === 'http' ? tracker.httpUrl : tracker.udpUrl;
  const payload = makePayload(temporaryFolder('data'), 'set', files);
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 't.torrent'), [url]);
  await tracker.allow(torrent.infoHash);
  // Slow enough that libtorrent's list of peers is read before everybody is complete and hangs up.
  const slow = ['--limit-up', '6M'];
  const seed = await startSeed([torrent.file, '--data', payload.parent, ...slow]);
  await tracker.waitForSeeds(torrent.infoHash);

  const oursFolder = temporaryFolder('ours');
  const get = await startGet(magnetOf(torrent.infoHash, { trackers: [url] }), oursFolder, ['--seed', ...slow]);
  await until('our leech is done', () => get.stdout.includes('"done"'), { describe: () => get.tail() });
  expect(await arrived(payload, oursFolder)).toEqual(payload.files);
  // it tells the tracker that it has everything now
  await tracker.waitForSeeds(torrent.infoHash, 2);

  const foreignFolder = temporaryFolder('foreign');
  const foreign = await startLibtorrent({ role: 'leech', folder: foreignFolder, torrent, infoHash: torrent.infoHash });
  await foreign.complete();
  expect(await arrived(payload, foreignFolder)).toEqual(payload.files);
  const met = foreign.status!.everConnected.map((peer) => peer.address);
  expect(met).toContain(seed.address);

  // Whoever stops says so: the tracker forgets it at once and not after half an hour.
  await tracker.waitForSeeds(torrent.infoHash, 3);
  await get.stop();
  await seed.program.stop();
  expect([(await get.exited).signal, (await seed.program.exited).code]).toEqual([null, 0]);
  let left = await tracker.scrape(torrent.infoHash);
  await until('the tracker has forgotten ours', async () => (left = await tracker.scrape(torrent.infoHash)).seeds === 1, {
    withinMs: 20_000, describe: () => JSON.stringify(left),
  });
});

it('shows the state and the last answer of each tracker', async () => {
  const tracker = await startOpentracker();
  const payload = makePayload(temporaryFolder('data'), 'set', files);
  const dead = 'http://127.0.0.1:9/announce';
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 't.torrent'), [tracker.httpUrl, tracker.udpUrl, dead]);
  await tracker.allow(torrent.infoHash);
  await startLibtorrent({ role: 'seed', folder: payload.parent, torrent, infoHash: torrent.infoHash });
  await tracker.waitForSeeds(torrent.infoHash);

  const out = temporaryFolder('out');
  const serving = await startServe(out);
  const trackers = [tracker.httpUrl, tracker.udpUrl, dead];
  const { id } = await serving.ask<{ id: string }>('POST', '/packages', { link: magnetOf(torrent.infoHash, { trackers }) });
  let last: TrackerEntry[] = [];
  const byUrl = await until('every tracker has answered or failed', async () => {
    last = await serving.ask<TrackerEntry[]>('GET', `/packages/${id}/trackers`);
    const map = new Map(last.map((entry) => [entry.url, entry]));
    return trackers.every((url) => ['working', 'failed'].includes(map.get(url)?.state ?? '')) && map;
  }, { withinMs: 60_000, describe: () => JSON.stringify(last) });
  for (const url of [tracker.httpUrl, tracker.udpUrl]) {
    const entry = byUrl.get(url)!;
    expect(entry).toMatchObject({ state: 'working', seeders: expect.any(Number), answerMs: expect.any(Number) });
    expect(entry.lastAnswerAt).toBeGreaterThan(0);
  }
  expect(byUrl.get(dead)).toMatchObject({ state: 'failed', message: expect.stringMatching(/\w/) });
  await until('it is complete', async () => {
    const summary = await serving.ask<{ bytesDone: number; bytesTotal: number }>('GET', `/packages/${id}`);
    return summary.bytesTotal > 0 && summary.bytesDone === summary.bytesTotal;
  });
  expect(await arrived(payload, out)).toEqual(payload.files);

  // added and removed while it runs
  await serving.ask('DELETE', `/packages/${id}/trackers?url=${encodeURIComponent(dead)}`);
  expect((await serving.ask<TrackerEntry[]>('GET', `/packages/${id}/trackers`)).map((entry) => entry.url)).not.toContain(dead);
  await serving.ask('POST', `/packages/${id}/trackers`, { trackers: [dead] });
  expect((await serving.ask<TrackerEntry[]>('GET', `/packages/${id}/trackers`)).map((entry) => entry.url)).toContain(dead);
});

it('shows the words of a tracker that refuses', async () => {
  const tracker = await startOpentracker(); // its allow-list is empty
  const serving = await startServe(temporaryFolder('out'));
  const infoHash = '0123456789abcdef0123456789abcdef01234567';
  const { id } = await serving.ask<{ id: string }>('POST', '/packages', { link: magnetOf(infoHash, { trackers: [tracker.httpUrl] }) });
  const entry = await until('the tracker has refused', async () => {
    const [first] = await serving.ask<TrackerEntry[]>('GET', `/packages/${id}/trackers`);
    return first?.state === 'failed' && first;
  }, { withinMs: 30_000 });
  expect(entry.message).toMatch(/not authorized/i);
});
