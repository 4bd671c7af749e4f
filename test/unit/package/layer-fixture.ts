// Layers made of bytes in memory, with files that begin on piece boundaries (BEP 47), as `pack` makes them.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';
import { diskPaths } from '../../../main/metainfo/metainfo.ts';
import type { OldFile } from '../../../main/package/diff-package.ts';
import type { ManifestFile } from '../../../main/package/package-types.ts';
import { makeTorrent } from '../engine/chunk-store-fixture.ts';

export const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

export interface MadeLayer {
  layer: { files: ManifestFile[] };
  metainfo: Metainfo;
  /** By number of the file in the torrent; null for pad files. */
  content: (Buffer | null)[];
  piece(index: number): Buffer;
}

export function makeLayer(files: Record<string, Buffer>, pieceLength: number, { name = 'package', aligned = true } = {}): MadeLayer {
  const entries: { path: string[]; length: number; attr?: string }[] = [];
  const content: (Buffer | null)[] = [];
  const list = Object.entries(files);
  list.forEach(([path, data], index) => {
    entries.push({ path: path.split('/'), length: data.length });
    content.push(data);
    const rest = data.length % pieceLength;
    if (!aligned || rest === 0 || index === list.length - 1) return;
    entries.push({ path: ['.pad', String(pieceLength - rest)], length: pieceLength - rest, attr: 'p' });
    content.push(null);
  });
  const bytes = Buffer.concat(content.map((data, index) => data ?? Buffer.alloc(entries[index]!.length)));
  const { metainfo, piece } = makeTorrent(entries, pieceLength, name, bytes);
  return { layer: { files: list.map(([path, data]) => ({ path, length: data.length, sha256: sha256(data) })) }, metainfo, content, piece };
}

/** Writes a layer's files below `folder`, as they lie after a download. */
export function onDisk(made: MadeLayer, folder: string): OldFile[] {
  const old: OldFile[] = [];
  diskPaths(made.metainfo).forEach((path, fileIndex) => {
    const data = made.content[fileIndex];
    if (path === null || !data) return;
    const absolutePath = join(folder, path);
    mkdirSync(dirname(absolutePath), { recursive: true });
    writeFileSync(absolutePath, data);
    old.push({ absolutePath, length: data.length, sha256: sha256(data), pieces: { metainfo: made.metainfo, fileIndex } });
  });
  return old;
}

