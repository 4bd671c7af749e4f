// The harness itself: what it starts is found again, however it was started, and ended; what differs is seen.
import { appendFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { magnetOf, makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import {
  childrenOf, endEverything, leaveNothingBehind, leftoverFolders, leftoverProcesses, startProgram, temporaryFolder, until,
} from '../support/processes.ts';

leaveNothingBehind();

it('finds a detached grandchild and a folder that were left', async () => {
  const folder = temporaryFolder('left');
  const program = await startProgram('shell', 'sh', ['-c', 'setsid sleep 300 & exec sleep 5']);
  const [grandchild] = await until('the grandchild runs', () => {
    const found = leftoverProcesses().filter((line) => /^\d+ sleep 300/.test(line));
    return found.length > 0 && found;
  }, { withinMs: 5_000, everyMs: 10 });
  expect(childrenOf(program.pid)).toEqual([Number(grandchild!.split(' ')[0])]);
  await program.stop();
  expect(leftoverProcesses()).toEqual([grandchild]);
  expect(leftoverFolders()).toEqual([path.basename(folder)]);
  process.kill(Number(grandchild!.split(' ')[0]), 'SIGKILL');
  await endEverything();
  expect([leftoverProcesses(), existsSync(folder)]).toEqual([[], false]);
});

it('lets libtorrent serve libtorrent by magnet, and sees a changed byte in what arrived', async () => {
  const payload = makePayload(temporaryFolder('data'), 'set', { 'a.bin': 3 * mebibyte + 7, 'empty.txt': 0, 'deep/b é.bin': mebibyte - 1 });
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 't.torrent'));
  const seed = await startLibtorrent({ role: 'seed', folder: payload.parent, torrent, infoHash: torrent.infoHash });
  const folder = temporaryFolder('leech');
  const magnet = magnetOf(torrent.infoHash);
  const leech = await startLibtorrent({ role: 'leech', folder, torrent: { magnet }, infoHash: torrent.infoHash, peers: [seed.address] });
  await leech.complete(60_000);
  expect(await arrived(payload, folder)).toEqual(payload.files);
  appendFileSync(path.join(folder, 'set/empty.txt'), 'x');
  expect(await arrived(payload, folder)).not.toEqual(payload.files);
});
