// Puts a newer version that is whole in the place of the one in use: what is in the folder afterwards is exactly that version.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readSnapshot } from '../engine/resume-snapshot.ts';
import type { EventPackage } from '../package/package-types.ts';
import type { LayerEntry } from './layer-entry.ts';
import { layerSources } from './layer-opener.ts';
import type { Library } from './library.ts';
import { resumePath } from './metadata-files.ts';
import type { PackageEntry } from './package-entry.ts';
import { openedPaths } from './sealed-outputs.ts';
import { putInPlaceOnce } from './version-files.ts';

export interface VersionSwapOptions {
  library: Library;
  dataDir: string;
  trash(paths: string[]): Promise<void>;
  log(line: string): void;
}

/** As far apart as one and the same time may be after it was written down. */
const sameTimeMs = 2;

/**
 * Makes `entry.nextEvent` the version in use. Up to the save in the middle the old version is what a restart finds, from then on the new one:
 * its files take their places before any of them is opened.
 * @param become takes over what the new manifest says of the whole package into the record
 * @throws Error when the old version stays
 */
export async function swapVersions(entry: PackageEntry, options: VersionSwapOptions, become: (pkg: EventPackage) => void): Promise<void> {
  const { library } = options;
  const { record } = entry;
  const pkg = entry.nextEvent!;
  entry.ownWork = { kind: 'moving', progress: 0 };
  library.steer();
  try {
    const hashes = new Set(pkg.layers.map(({ metainfo }) => metainfo.infoHash));
    const gone = entry.layers.filter((layer) => !hashes.has(layer.record.infoHash));
    const kept = entry.layers.filter((layer) => hashes.has(layer.record.infoHash));
    const fresh = entry.next;
    const lastUpdate = {
      fromVersion: record.event!.version, fetchedBytes: fresh.reduce((sum, layer) => sum + arrived(layer), 0),
      reusedBytes: [...fresh.map((layer) => layer.bytesBySource()[1]!), ...kept.map((layer) => layer.torrent.stats().bytesDone)].reduce((a, b) => a + b, 0),
      at: Date.now(),
    };
    const { remove, changed } = await oldPaths(entry, gone, fresh, options.dataDir);
    if (changed.length) await options.trash(changed); // while nothing is closed yet: when it fails, all stays as it is
    await library.closeTorrents([...gone, ...fresh], false);
    const byHash = new Map([...kept, ...fresh].map((layer) => [layer.record.infoHash, layer.record]));
    record.layers = pkg.layers.flatMap(({ metainfo }) => byHash.get(metainfo.infoHash) ?? []);
    record.next = null;
    become(pkg);
    Object.assign(record.event!, { replacing: { remove }, lastUpdate });
    await library.saved(); // from here on the next start goes on with it
    for (const layer of gone) await library.forgetVerified(layer.record.infoHash);
    const finish = putInPlaceOnce(record, pkg, () => library.saved());
    const freshHashes = new Set(fresh.map((layer) => layer.record.infoHash));
    if (!fresh.length) await finish().catch((error: unknown) => (entry.ownProblem = { code: 'not-writable', message: (error as Error).message }));
    // Together, so that nobody ever sees the new version with the old one's layers.
    entry.event = pkg;
    entry.layers = kept;
    entry.next = [];
    entry.nextEvent = null;
    library.openLayers(entry, layerSources(record.layers.filter((layer) => freshHashes.has(layer.infoHash)), pkg).map((source) => ({ ...source, prepare: finish })));
  } finally {
    entry.ownWork = null;
  }
}

/** Bytes of a layer that came over the net. */
export const arrived = (layer: LayerEntry): number => {
  const from = layer.bytesBySource();
  return from[2]! + from[3]!;
};

/**
 * Files that only the old version had, below the folder, and absolute paths of those in the way of the new one, or of the old one, that a person
 * made or changed: these are never removed for good.
 */
async function oldPaths(entry: PackageEntry, gone: LayerEntry[], fresh: LayerEntry[], dataDir: string): Promise<{ remove: string[]; changed: string[] }> {
  const { folder } = entry.record;
  const folded = (path: string): string => path.normalize('NFC').toLowerCase();
  const arriving = new Map(fresh.flatMap((layer) => (layer.metainfo ? layer.paths(layer.metainfo) : [])).flatMap((path) => (path === null ? [] : [[folded(path), path]])));
  const remove: string[] = [];
  const changed = new Set<string>();
  const ours = new Set<string>();
  for (const layer of gone) {
    for (const file of await filesOf(entry, layer, dataDir)) {
      if (!(await isUnchanged(join(folder, file.path), file))) changed.add(join(folder, file.path));
      else if (arriving.has(folded(file.path))) ours.add(folded(file.path));
      else remove.push(file.path);
    }
  }
  for (const [name, path] of arriving) {
    if (!ours.has(name) && (await stat(join(folder, path)).catch(() => null))) changed.add(join(folder, path));
  }
  return { remove, changed: [...changed] };
}

interface OwnFile { path: string; length: number; /** null: not complete, so that nothing can be said of it. */ sha256: string | null; /** Its time when it was last looked at, epoch ms. */ known: number | null }

/** The files of a layer that are there and belong to it; a file of somebody else under such a name is none. */
async function filesOf(entry: PackageEntry, layer: LayerEntry, dataDir: string): Promise<OwnFile[]> {
  const { metainfo, manifest } = layer;
  if (!metainfo || !manifest) return [];
  const { folder } = entry.record;
  const owned = new Set((await layer.torrent.store?.ownedPaths())?.files);
  const snapshot = await readSnapshot(resumePath(dataDir, metainfo.infoHash), metainfo.infoHash, metainfo.pieceCount);
  const paths = layer.paths(metainfo);
  let next = 0;
  const files = metainfo.files.flatMap((file, index): OwnFile[] => {
    if (file.padding) return [];
    const { sha256 } = manifest.files[next++]!;
    const path = paths[index];
    if (!path || !owned.has(join(folder, path))) return [];
    return [{ path, length: file.length, sha256: layer.record.checked[index] === '1' ? sha256 : null, known: snapshot?.files.get(index)?.mtimeMs ?? null }];
  });
  for (const [index, { path, length }] of openedPaths(layer).entries()) {
    if (await stat(join(folder, path)).catch(() => null)) files.push({ path, length, sha256: manifest.encryption!.files[index]!.sha256, known: null });
  }
  return files;
}

async function isUnchanged(path: string, { length, sha256, known }: OwnFile): Promise<boolean> {
  if (sha256 === null) return true; // only partly here
  const info = await stat(path).catch(() => null);
  if (!info) return true;
  if (info.size !== length) return false;
  return (known !== null && Math.abs(known - info.mtimeMs) < sameTimeMs) || (await sha256Of(path)) === sha256;
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
