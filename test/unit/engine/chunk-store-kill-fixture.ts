// A process that writes pieces until it is killed, and says which ones the store has promised to keep.
import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { openChunkStore } from '../../../main/engine/chunk-store.ts';
import { makeTorrent } from './chunk-store-fixture.ts';
import type { MadeTorrent } from './chunk-store-fixture.ts';

const AT_ONCE = 4;

/** The same torrent in every process. */
export function killTorrent(): MadeTorrent {
  const length = 6_000_000;
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, i) => createHash('sha512').update(String(i)).digest());
  const files = [
    { path: ['a'], length: 2_500_000 }, { path: ['sub', 'b'], length: 1_234_567 }, { path: ['skipped'], length: 20_000 },
    { path: ['c'], length: length - 2_500_000 - 1_234_567 - 20_000 },
  ];
  return makeTorrent(files, 16_384, 'killed', Buffer.concat(blocks).subarray(0, length));
}

export const PRIORITIES = Uint8Array.from([1, 1, 0, 1]);

async function write(folder: string): Promise<void> {
  const torrent = killTorrent();
  const store = await openChunkStore(torrent.metainfo, {
    folder: `${folder}/downloads`, resumeFile: `${folder}/state/resume`, filePriorities: PRIORITIES,
  });
  await store.open();
  const missing = Array.from({ length: store.have.length }, (_, i) => i).filter(piece => !store.have.get(piece));
  missing.sort(() => Math.random() - 0.5);
  const work = async (): Promise<void> => {
    for (let piece = missing.pop(); piece !== undefined; piece = missing.pop()) {
      await store.writePiece(piece, torrent.piece(piece), piece % 3 === 0 ? 'server' : 'people');
      writeSync(1, `${piece}\n`);
      if (Math.random() < 0.02) await store.flush();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await store.close();
  writeSync(1, 'complete\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await write(process.argv[2]!);
