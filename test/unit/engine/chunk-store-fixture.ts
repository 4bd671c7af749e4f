// A torrent with small files, its content, and a folder of its own that goes away after the test.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'bencode';
import { parseInfo } from '../../../main/metainfo/metainfo.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';

export interface MadeTorrent { metainfo: Metainfo; content: Buffer; piece(index: number): Buffer }

export function makeTorrent(
  files: { path: string[]; length: number; attr?: string }[], pieceLength: number, name = 'torrent', given?: Buffer,
): MadeTorrent {
  const total = files.reduce((sum, file) => sum + file.length, 0);
  const content = given ?? randomBytes(total);
  let offset = 0;
  for (const file of files) {
    if (file.attr === 'p') content.fill(0, offset, offset + file.length);
    offset += file.length;
  }
  const hashes: Buffer[] = [];
  for (let at = 0; at < total; at += pieceLength) {
    hashes.push(createHash('sha1').update(content.subarray(at, at + pieceLength)).digest());
  }
  const info = encode({ name, 'piece length': pieceLength, pieces: Buffer.concat(hashes), files });
  return {
    metainfo: parseInfo(info, createHash('sha1').update(info).digest('hex')),
    content,
    piece: index => content.subarray(index * pieceLength, (index + 1) * pieceLength),
  };
}

export async function temporaryFolder(): Promise<{ path: string; in(...names: string[]): string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'flashswarm-store-'));
  return {
    path,
    in: (...names) => join(path, ...names),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}
