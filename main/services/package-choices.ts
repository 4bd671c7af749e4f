// What a person chooses for a package that is here: its files and layers, its limits and goal, and who is asked for it. A package that is not here is `not-found`.
import type { FilePriority, Parsed } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { LayerEntry } from './layer-entry.ts';
import { withRequired } from './layer-turns.ts';
import type { Library } from './library.ts';
import type { PackageRecord } from './package-record.ts';
import { freshTiers } from './tracker-tiers.ts';

/** @param files file numbers run over all layers of the package */
export function setFiles(library: Library, id: string, files: readonly { index: number; priority: FilePriority }[]): void {
  const entry = library.get(id);
  if (!entry.layers.some((layer) => layer.metainfo)) throw new ContractError('not-found', 'The file list is not here yet.');
  const changed = new Map<LayerEntry, Uint8Array>();
  for (const { index, priority } of files) {
    const found = entry.locate(index);
    if (!found) throw new ContractError('bad-request', `There is no file number ${index}.`);
    const { layer, metainfo } = found;
    const next = changed.get(layer) ?? layer.priorities(metainfo);
    changed.set(layer, next);
    if (!metainfo.files[found.index]!.padding) next[found.index] = priority === 'skip' ? 0 : priority === 'normal' ? 1 : 2;
  }
  for (const [layer, next] of changed) {
    layer.record.priorities = next.join('');
    layer.record.selectOnly = null;
    layer.torrent.setFilePriorities(next);
  }
  library.noteCompletion(entry);
  library.steer();
  library.touch(id);
}

/** Chooses the optional layers; what a chosen one requires is chosen with it. */
export function setLayers(library: Library, id: string, chosen: readonly string[]): void {
  const entry = library.get(id);
  // Of the version in use and of the one that is being fetched: a choice holds for both.
  const versions = [entry.layers, entry.next].map((layers) => layers.map((layer) => layer.record));
  const known = new Set(versions.flat().map((layer) => layer.id));
  for (const name of chosen) if (!known.has(name)) throw new ContractError('bad-request', `There is no part called "${name.slice(0, 64)}" in this package.`);
  for (const records of versions) {
    const wanted = withRequired(records, chosen);
    for (const record of records) record.chosen = wanted.has(record.id);
  }
  if (entry.record.event) entry.record.event.leftOut = [...new Set(versions.flat().filter((layer) => !layer.chosen).map((layer) => layer.id))];
  library.noteCompletion(entry);
  library.steer();
  library.touch(id);
}

/** Rates in bytes per second, null: no limit; what is left out stays as it is. */
export function setLimits(library: Library, { id, downBytesPerSecond, upBytesPerSecond, uploadSlots, serverBytesPerSecond }: Parsed<'packages.setLimits'>): void {
  const entry = library.get(id);
  const { record, allLayers } = entry;
  if (downBytesPerSecond !== undefined) record.downBytesPerSecond = downBytesPerSecond;
  if (upBytesPerSecond !== undefined) record.upBytesPerSecond = upBytesPerSecond;
  if (uploadSlots !== undefined) record.uploadSlots = uploadSlots;
  if (serverBytesPerSecond !== undefined) record.serverBytesPerSecond = serverBytesPerSecond;
  library.deliver(entry);
  for (const { torrent } of allLayers) {
    torrent.setLimits(record.downBytesPerSecond, record.upBytesPerSecond);
    torrent.setUploadSlots(record.uploadSlots);
  }
  library.touch(id);
}

export function setOrder(library: Library, id: string, order: PackageRecord['order']): void {
  const { record, allLayers } = library.get(id);
  record.order = order;
  for (const { torrent } of allLayers) torrent.setOrder(order);
  library.touch(id);
}

/** @param use when web seeds are asked; null: as the package says */
export function setServerUse(library: Library, id: string, use: PackageRecord['serverUse']): void {
  const entry = library.get(id);
  entry.record.serverUse = use;
  library.deliver(entry);
  library.touch(id);
}

/** @param goal when sharing ends; null: as the settings say */
export function setSeedingGoal(library: Library, id: string, goal: PackageRecord['seedingGoal']): void {
  const { record } = library.get(id);
  record.seedingGoal = goal;
  record.shareAgain = false;
  library.steer();
  library.touch(id);
}

/** Adds trackers in the given tiers; ones that are known already change nothing. */
export function addTrackers(library: Library, id: string, tiers: string[][]): void {
  const { record, layers } = library.get(id);
  const fresh = freshTiers(tiers, record.trackers.flat());
  if (!fresh.length) return;
  for (const url of fresh.flat()) {
    if (!/^(https?|udp|wss?):\/\/[^\s]+$/i.test(url)) throw new ContractError('bad-link', `This is not the address of a tracker: ${url.slice(0, 200)}`);
  }
  record.trackers.push(...fresh);
  for (const { torrent } of layers) torrent.addTrackers(fresh);
  library.touch(id);
}

export function removeTracker(library: Library, id: string, url: string): void {
  const { record, layers } = library.get(id);
  if (!record.trackers.flat().includes(url)) throw new ContractError('not-found', 'This tracker is not in the list.');
  record.trackers = record.trackers.map((tier) => tier.filter((other) => other !== url)).filter((tier) => tier.length);
  for (const { torrent } of layers) torrent.removeTracker(url);
  library.touch(id);
}

export function addWebSeed(library: Library, id: string, url: string): void {
  const { record, layers } = library.get(id);
  if (record.webSeeds.includes(url)) return;
  record.webSeeds.push(url);
  for (const { torrent } of layers) torrent.addWebSeed(url);
  library.touch(id);
}
