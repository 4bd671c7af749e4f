// The file of a crowd, its torrents, and whether what arrived is the same.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import bencode from 'bencode';
import { WORK, makeTorrent } from '../fixtures.mjs';
import { ANNOUNCE } from './servers.mjs';

const made = new Map();

/** Random bytes and their torrent, made once a run for each size. */
export function filesOf({ bytes, pieceBytes }) {
  const name = `crowd-${bytes}-${pieceBytes}.bin`;
  if (!made.has(name)) {
    const folder = join(WORK, 'seed');
    const torrent = makeTorrent(folder, name, bytes, pieceBytes, [ANNOUNCE]);
    made.set(name, {
      torrent, folder, name, sha256: sha256Of([join(folder, name)]),
      /** The same torrent with the address of a web server inside (BEP 19), and no other way where people are not asked. */
      torrentWithWeb(url, httpOnly) {
        const path = join(WORK, `${name}-web.torrent`);
        const { announce, 'announce-list': tiers, ...rest } = bencode.decode(readFileSync(torrent));
        writeFileSync(path, bencode.encode({ ...rest, ...(httpOnly ? {} : { announce, 'announce-list': tiers }), 'url-list': [url] }));
        return path;
      },
    });
  }
  return made.get(name);
}

/** Of files one after the other, which are removed then: they would fill the memory. */
export function sha256Of(paths) {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(4 << 20);
  for (const path of paths) {
    const file = openSync(path, 'r');
    for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) hash.update(buffer.subarray(0, count));
    closeSync(file);
    if (!path.startsWith(join(WORK, 'seed'))) rmSync(path);
  }
  return hash.digest('hex');
}
