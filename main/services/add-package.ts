// Adds what a source or a preview names; a package that is here already gets the new trackers and people.
import type { Parsed } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { Torrent } from '../engine/engine.ts';
import type { Magnet } from '../metainfo/magnet.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { Library } from './library.ts';
import { checkSpace } from './check-space.ts';
import type { EventOpening, OpenedEvent } from './event-opening.ts';
import type { EventPackages } from './event-packages.ts';
import { addTrackers, addWebSeed } from './package-choices.ts';
import { plainLayer } from './package-record.ts';
import type { PackageRecord } from './package-record.ts';
import type { Previews } from './previews.ts';
import type { SourceResolver } from './source-resolver.ts';
import { freshTiers } from './tracker-tiers.ts';

export interface AddDependencies {
  library: Library;
  previews: Previews;
  events: EventPackages;
  opening: EventOpening;
  resolver: SourceResolver;
  folderOf(handle: string | undefined): string;
  /** Dialled for every package (`--peer`). */
  extraPeers: string[];
}

type AddInput = Parsed<'packages.add'>;
interface Found { metainfo: Metainfo | null; magnet: Magnet | null; torrent: Torrent | null; event: OpenedEvent | null; folder: string }

/** @throws {ContractError} with what was wrong: nothing is added then */
export async function addPackage(input: AddInput, d: AddDependencies): Promise<{ id: string; merged: boolean }> {
  const found = await find(input, d);
  if (found.event) {
    const added = await d.events.add(found.event, input, found.folder);
    if (input.previewId !== undefined) await d.previews.close(input.previewId);
    return added;
  }
  const infoHash = found.metainfo?.infoHash ?? found.magnet!.infoHash;
  const trackers = [...(found.metainfo?.trackers ?? []), ...(found.magnet?.trackers ?? []).map((url) => [url]), ...(input.trackers ?? []).map((url) => [url])];
  const peers = [...(found.magnet?.peers ?? []), ...(input.peers ?? []), ...d.extraPeers];
  const webSeeds = [...new Set([...(found.metainfo?.webSeeds ?? []), ...(found.magnet?.webSeeds ?? [])])];

  const here = d.library.findByInfoHash(infoHash);
  if (here) {
    const { id } = here.record;
    // A signed package is asked for nowhere else than its publisher said.
    if (!here.event) {
      addTrackers(d.library, id, trackers);
      for (const url of webSeeds) addWebSeed(d.library, id, url);
    }
    for (const peer of peers) for (const { torrent } of here.layers) torrent.addPeer(peer);
    return { id, merged: true };
  }

  try {
    const skipped = new Set((input.files ?? []).filter((file) => file.priority === 'skip').map((file) => file.index));
    await checkSpace(found.folder, found.metainfo ? [{ metainfo: found.metainfo, skipped }] : [], input.paused ?? false);
  } catch (error) {
    if (input.previewId === undefined) await found.torrent?.close();
    throw error;
  }
  if (input.previewId !== undefined) d.previews.take(input.previewId);
  const record: PackageRecord = {
    id: infoHash,
    name: found.metainfo?.name ?? found.magnet?.name ?? infoHash,
    addedAt: Date.now(),
    completedAt: null,
    folder: found.folder,
    paused: input.paused ?? false,
    order: input.order ?? 'rarest',
    layers: [plainLayer(infoHash, found.metainfo?.name ?? found.magnet?.name ?? infoHash, {
      priorities: found.metainfo ? prioritiesOf(found.metainfo, input, found.magnet) : '', selectOnly: found.magnet?.selectOnly ?? null,
    })],
    event: null,
    next: null,
    trackers: freshTiers(trackers),
    webSeeds,
    peers,
    exactSources: found.magnet?.exactSources ?? [],
    downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: null, serverBytesPerSecond: null, serverUse: null,
    seedingGoal: null, shareAgain: false, sharedMs: 0,
  };
  const entry = await d.library.add(record, [{ record: record.layers[0]!, metainfo: found.metainfo, manifest: null, torrent: found.torrent }]);
  if (found.torrent) {
    for (const peer of peers) found.torrent.addPeer(peer);
    found.torrent.addTrackers(record.trackers);
    found.torrent.setOrder(record.order);
    found.torrent.start();
  } else if (!found.metainfo && record.exactSources.length && found.magnet) {
    void d.previews.askExactSources(found.magnet, AbortSignal.timeout(60_000)).then((source) => {
      // A package that is signed is a matter for the person: here its torrent alone was asked for.
      const metainfo = source?.kind === 'package' ? source.opened.pkg.layers.find((one) => one.metainfo.infoHash === infoHash)?.metainfo : source?.metainfo;
      if (metainfo) entry.layers[0]?.torrent.setMetainfo(metainfo);
    }).catch(() => undefined); // people are asked as well
  }
  return { id: infoHash, merged: false };
}

async function find(input: AddInput, d: AddDependencies): Promise<Found> {
  if (input.previewId !== undefined) {
    const preview = d.previews.get(input.previewId);
    if (preview.status === 'failed') throw new ContractError('refused', preview.error?.message ?? 'This cannot be opened.');
    if (preview.event) {
      // Judged again: between looking and starting a newer version may have been taken, or the key revoked.
      const event = d.opening.open(preview.event.bytes);
      return { metainfo: null, magnet: null, torrent: null, event, folder: input.folder === undefined ? preview.folder : d.folderOf(input.folder) };
    }
    if (!preview.metainfo && !preview.magnet) throw new ContractError('bad-request', 'The torrent is still being fetched. Try again in a moment.');
    return { metainfo: preview.metainfo, magnet: preview.magnet, torrent: preview.torrent, event: null, folder: input.folder === undefined ? preview.folder : d.folderOf(input.folder) };
  }
  if (!input.source) throw new ContractError('bad-request', 'Nothing to add: give a link or a torrent.');
  const folder = d.folderOf(input.folder);
  const resolved = await d.resolver.resolve(input.source);
  const nothing = { metainfo: null, magnet: null, torrent: null, event: null, folder };
  switch (resolved.kind) {
    case 'metainfo': return { ...nothing, metainfo: resolved.metainfo };
    case 'magnet': return { ...nothing, magnet: resolved.magnet };
    case 'package': return { ...nothing, event: d.opening.open(resolved.bytes, { fingerprint: resolved.fingerprint }) };
  }
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
