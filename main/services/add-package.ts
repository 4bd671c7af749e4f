// Adds what a source or a preview names; a package that is here already gets the new trackers and people.
import { access, constants, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freeBytes } from '../engine/disk-space.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import type { Parsed } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { Torrent } from '../engine/engine.ts';
import type { Magnet } from '../metainfo/magnet.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { Library } from './library.ts';
import type { PackageRecord } from './package-record.ts';
import type { Previews } from './previews.ts';
import type { SourceResolver } from './source-resolver.ts';

export interface AddDependencies {
  library: Library;
  previews: Previews;
  resolver: SourceResolver;
  folderOf(handle: string | undefined): string;
  /** Dialled for every package (`--peer`). */
  extraPeers: string[];
}

type AddInput = Parsed<'packages.add'>;
interface Found { metainfo: Metainfo | null; magnet: Magnet | null; torrent: Torrent | null; folder: string }

/** @throws {ContractError} with what was wrong: nothing is added then */
export async function addPackage(input: AddInput, d: AddDependencies): Promise<{ id: string; merged: boolean }> {
  const found = await find(input, d);
  const infoHash = found.metainfo?.infoHash ?? found.magnet!.infoHash;
  const trackers = [...(found.metainfo?.trackers ?? []), ...(found.magnet?.trackers ?? []).map((url) => [url]), ...(input.trackers ?? []).map((url) => [url])];
  const peers = [...(found.magnet?.peers ?? []), ...(input.peers ?? []), ...d.extraPeers];
  const webSeeds = [...new Set([...(found.metainfo?.webSeeds ?? []), ...(found.magnet?.webSeeds ?? [])])];

  const here = d.library.find(infoHash);
  if (here) {
    d.library.addTrackers(infoHash, trackers);
    for (const peer of peers) here.torrent.addPeer(peer);
    for (const url of webSeeds) d.library.addWebSeed(infoHash, url);
    return { id: infoHash, merged: true };
  }

  try {
    await checkFolder(found.folder, found.metainfo, input);
  } catch (error) {
    if (input.previewId === undefined) await found.torrent?.close();
    throw error;
  }
  if (input.previewId !== undefined) d.previews.take(input.previewId);
  const record: PackageRecord = {
    id: infoHash,
    infoHash,
    name: found.metainfo?.name ?? found.magnet?.name ?? infoHash,
    addedAt: Date.now(),
    completedAt: null,
    folder: found.folder,
    paused: input.paused ?? false,
    order: input.order ?? 'rarest',
    priorities: found.metainfo ? prioritiesOf(found.metainfo, input, found.magnet) : '',
    selectOnly: found.magnet?.selectOnly ?? null,
    trackers: unique(trackers),
    webSeeds,
    peers,
    exactSources: found.magnet?.exactSources ?? [],
    downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: null,
    seedingGoal: null, shareAgain: false, sharedMs: 0,
    counters: { receivedBytes: 0, uploadedBytes: 0, fromPeople: 0, fromServer: 0 },
  };
  const entry = await d.library.add(record, found.torrent, found.metainfo);
  if (found.torrent) {
    for (const peer of peers) found.torrent.addPeer(peer);
    found.torrent.addTrackers(record.trackers);
    found.torrent.setOrder(record.order);
    found.torrent.start();
  } else if (!found.metainfo && record.exactSources.length && found.magnet) {
    void d.previews.askExactSources(found.magnet, AbortSignal.timeout(60_000)).then((metainfo) => {
      if (metainfo && !entry.metainfo) entry.torrent.setMetainfo(metainfo);
    });
  }
  return { id: infoHash, merged: false };
}

async function find(input: AddInput, d: AddDependencies): Promise<Found> {
  if (input.previewId !== undefined) {
    const preview = d.previews.get(input.previewId);
    if (preview.status === 'failed') throw new ContractError('refused', preview.error?.message ?? 'This cannot be opened.');
    if (!preview.metainfo && !preview.magnet) throw new ContractError('bad-request', 'The torrent is still being fetched. Try again in a moment.');
    return { metainfo: preview.metainfo, magnet: preview.magnet, torrent: preview.torrent, folder: input.folder === undefined ? preview.folder : d.folderOf(input.folder) };
  }
  if (!input.source) throw new ContractError('bad-request', 'Nothing to add: give a link or a torrent.');
  const folder = d.folderOf(input.folder);
  const resolved = await d.resolver.resolve(input.source);
  return resolved.kind === 'metainfo'
    ? { metainfo: resolved.metainfo, magnet: null, torrent: null, folder }
    : { metainfo: null, magnet: resolved.magnet, torrent: null, folder };
}

/** One digit a file; what is not named keeps its priority (all, or what the magnet's `so` chose). */
function prioritiesOf(metainfo: Metainfo, input: AddInput, magnet: Magnet | null): string {
  if (!input.files && !magnet?.selectOnly) return '';
  const digits = metainfo.files.map((file, index) => (file.padding || (magnet?.selectOnly && !magnet.selectOnly.includes(index)) ? 0 : 1) as number);
  for (const { index, priority } of input.files ?? []) {
    if (index >= digits.length) throw new ContractError('bad-request', `There is no file number ${index}.`);
    digits[index] = priority === 'skip' ? 0 : priority === 'high' ? 2 : 1;
  }
  return digits.join('');
}

/** A folder that cannot take the files is said before the start, not in the middle. */
async function checkFolder(folder: string, metainfo: Metainfo | null, input: AddInput): Promise<void> {
  // What is all there is only shared: that needs no right to write.
  if (metainfo && (await isAllThere(folder, metainfo))) return;
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new ContractError('not-writable', `Flashswarm may not write into ${folder} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}). Choose another folder.`);
  }
  if (!metainfo || input.paused) return;
  const skipped = new Set((input.files ?? []).filter((file) => file.priority === 'skip').map((file) => file.index));
  const wanted = metainfo.files.reduce((sum, file, index) => sum + (file.padding || skipped.has(index) ? 0 : file.length), 0);
  const free = await freeBytes(folder);
  if (free !== null && wanted > free + (await bytesAlreadyThere(folder, metainfo))) {
    const missing = wanted - free;
    throw new ContractError('no-space', `There is ${(missing / 1e9).toFixed(missing > 1e8 ? 1 : 3)} GB too little space in ${folder}. Free some space, or choose fewer files or another folder.`);
  }
}

/** What files of the same names take on the disk already: they are checked and used, or written over. */
async function bytesAlreadyThere(folder: string, metainfo: Metainfo): Promise<number> {
  let bytes = 0;
  for (const path of diskPaths(metainfo)) {
    if (path === null) continue;
    const found = await stat(join(folder, path)).catch(() => null);
    if (found?.isFile()) bytes += found.blocks === undefined ? found.size : Math.min(found.size, found.blocks * 512);
  }
  return bytes;
}

async function isAllThere(folder: string, metainfo: Metainfo): Promise<boolean> {
  const paths = diskPaths(metainfo);
  for (const [index, file] of metainfo.files.entries()) {
    const path = paths[index];
    if (path === null || path === undefined) continue;
    const found = await stat(join(folder, path)).catch(() => null);
    if (!found?.isFile() || found.size !== file.length) return false;
  }
  return true;
}

const unique = (tiers: string[][]): string[][] => {
  const seen = new Set<string>();
  return tiers.map((tier) => tier.filter((url) => !seen.has(url) && seen.add(url))).filter((tier) => tier.length);
};
