// Random files and their torrents in memory (tmpfs), made once a run and removed with it.
import { randomFillSync } from 'node:crypto';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import bencode from 'bencode';

export const WORK = join(existsSync('/dev/shm') ? '/dev/shm' : '/tmp', `fsb-${process.pid}`);

export function makeWork() {
  mkdirSync(WORK, { recursive: true });
  process.on('exit', () => rmSync(WORK, { recursive: true, force: true, maxRetries: 8 })); // what was just killed may still write
}

/** @returns the path of the torrent; the file lies in `folder` */
export function makeTorrent(folder, name, bytes, pieceLength, trackers = []) {
  mkdirSync(folder, { recursive: true });
  const hashes = [];
  const piece = Buffer.allocUnsafe(pieceLength);
  const file = openSync(join(folder, name), 'w');
  for (let at = 0; at < bytes; at += pieceLength) {
    const part = piece.subarray(0, Math.min(pieceLength, bytes - at));
    randomFillSync(part);
    writeSync(file, part);
    hashes.push(createHash('sha1').update(part).digest());
  }
  closeSync(file);
  const torrent = { info: { length: bytes, name, 'piece length': pieceLength, pieces: Buffer.concat(hashes) } };
  if (trackers.length > 0) {
    torrent.announce = trackers[0];
    torrent['announce-list'] = trackers.map((url) => [url]);
  }
  const path = join(WORK, `${name}.torrent`);
  writeFileSync(path, bencode.encode(torrent));
  return path;
}

export function sha256(path) {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(4 << 20);
  const file = openSync(path, 'r');
  for (let count = readSync(file, buffer); count > 0; count = readSync(file, buffer)) hash.update(buffer.subarray(0, count));
  closeSync(file);
  return hash.digest('hex');
}

export function freshFolder(name) {
  const folder = join(WORK, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
