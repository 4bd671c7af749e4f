// Fills the profile of a program with complete torrents, by a real core, before its window is measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { forkNodeCore } from '../../../main/core/fork-node.ts';
import { CoreSupervisor } from '../../../main/core/supervisor.ts';
import { createTorrent, encodeTorrentFile } from '../../../main/metainfo/metainfo.ts';

const words = ['Open evening', 'Spring update', 'Field recordings', 'Map tiles of the coast', 'Season finale', 'Lecture series', 'Dataset', 'Game patch'];

/** What the benchmark's cores and windows do without: nothing of it leaves the machine. */
export const quietSettings = { dht: false, lsd: false, portMapping: false };

/**
 * @param profile what the window gets as --user-data-dir
 * @param downloads where the files are
 */
export async function fillLibrary(profile, downloads, count, version = '0') {
  mkdirSync(path.join(profile, 'data'), { recursive: true });
  mkdirSync(downloads, { recursive: true });
  const core = new CoreSupervisor({
    options: { dataDir: path.join(profile, 'data'), downloadDir: downloads, version, allowPrivate: false, settings: quietSettings, peers: [] },
    fork: forkNodeCore(), trash: async () => {},
  });
  await core.start();
  try {
    const add = async (number) => {
      const file = path.join(downloads, `${words[number % words.length]} ${number}.bin`);
      writeFileSync(file, Buffer.alloc(20_000 + number, number % 251));
      const base64 = Buffer.from(encodeTorrentFile(await createTorrent(file))).toString('base64');
      const answer = await core.request('packages.add', { source: { kind: 'bytes', base64 } });
      if (!answer.ok) throw new Error(answer.error.message);
    };
    for (let number = 0; number < count; number += 16) {
      await Promise.all(Array.from({ length: Math.min(16, count - number) }, (_, offset) => add(number + offset)));
    }
    const until = Date.now() + 120_000;
    for (;;) {
      const answer = await core.request('session.snapshot', {});
      if (answer.ok && answer.value.packages.filter((one) => one.bytesDone === one.bytesWanted && one.bytesWanted > 0).length === count) break;
      if (Date.now() > until) throw new Error('The torrents of the library were not checked in time.');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await core.stop();
  }
}
