// The packages of this user: restored at the start, added, run by the queue, kept on disk, removed.
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { FilePriority, Settings } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { Engine, Torrent } from '../engine/engine.ts';
import { reorder, runnable } from '../engine/queue.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { EventPackage } from '../package/package-types.ts';
import { DelayedSave, readJson, writeFileAtomic } from './json-file.ts';
import type { LayerEntry } from './layer-entry.ts';
import { LayerOpener } from './layer-opener.ts';
import type { LayerSource } from './layer-opener.ts';
import { layersToRun } from './layer-order.ts';
import { MetadataFiles } from './metadata-files.ts';
import { PackageEntry } from './package-entry.ts';
import { LibraryFile, PackageRecord } from './package-record.ts';
import { sealedOutputs } from './sealed-outputs.ts';
import { putInPlace } from './version-files.ts';

export interface LibraryOptions {
  dataDir: string;
  engine: Engine;
  settings(): Settings;
  /** The signed manifest of a version that was kept, verified again. @throws Error when it is not there or does not hold any more */
  readEvent(id: string, version: number, key: string): Promise<EventPackage>;
  /** Asks the host to move these to the trash. */
  trash(paths: string[]): Promise<void>;
  log(line: string): void;
}

const saveDelayMs = 2_000;
const idleEveryTicks = 4;

interface LibraryEvents {
  changed: [id: string];
  removed: [id: string];
  /** A layer has every chosen byte, or one of its files was compared with what the publisher signed. */
  layerAdvanced: [entry: PackageEntry, layer: LayerEntry];
}

export class Library extends EventEmitter<LibraryEvents> {
  readonly #o: LibraryOptions;
  readonly #entries = new Map<string, PackageEntry>();
  /** Ids in queue order. */
  #order: string[] = [];
  readonly #metadata: MetadataFiles;
  readonly #opener: LayerOpener;
  readonly #save: DelayedSave;
  /** Packages in which something moves. */
  readonly #busy = new Set<PackageEntry>();
  #ticks = 0;
  #sinceAllMs = 0;
  #closing = false;

  private constructor(options: LibraryOptions) {
    super();
    this.#o = options;
    this.#metadata = new MetadataFiles(options.dataDir);
    this.#opener = new LayerOpener(options.engine, options.dataDir);
    this.#save = new DelayedSave(() => this.#write(), saveDelayMs, (error) => options.log(`The list of packages could not be saved: ${String(error)}`));
  }

  /** Restores what was there; a record that cannot be read is left out and kept in the file's `.broken` copy. */
  static async open(options: LibraryOptions): Promise<Library> {
    const library = new Library(options);
    const file = LibraryFile.safeParse(await readJson(join(options.dataDir, 'library.json')));
    for (const raw of file.success ? file.data.packages : []) {
      const record = PackageRecord.safeParse(raw);
      if (!record.success) {
        options.log(`A package could not be restored: ${record.error.message.slice(0, 200)}`);
        continue;
      }
      await library.#restore(record.data).catch((error: unknown) => options.log(`A package could not be restored: ${String(error)}`));
    }
    return library;
  }

  ids(): string[] {
    return [...this.#order];
  }

  entries(): PackageEntry[] {
    return this.#order.map((id) => this.#entries.get(id)!);
  }

  find(id: string): PackageEntry | undefined {
    return this.#entries.get(id);
  }

  /** The package that one of its torrents belongs to. */
  findByInfoHash(infoHash: string): PackageEntry | undefined {
    const plain = this.#entries.get(infoHash);
    return plain ?? [...this.#entries.values()].find((entry) => entry.allLayers.some((layer) => layer.record.infoHash === infoHash));
  }

  /** @throws {ContractError} `not-found` */
  get(id: string): PackageEntry {
    const entry = this.#entries.get(id);
    if (!entry) throw new ContractError('not-found', 'This package is not in your library any more.');
    return entry;
  }

  /** Adds a package and saves before it answers, so that a crash right after loses nothing. */
  async add(record: PackageRecord, layers: LayerSource[], event: EventPackage | null = null): Promise<PackageEntry> {
    for (const { metainfo } of layers) if (metainfo && !event) await this.#metadata.keep(metainfo);
    const entry = this.#insert(record, layers, event);
    this.steer();
    await this.#save.now();
    return entry;
  }

  /** Opens further layers of a package that is here: of the version in use, or of the newer one beside it. */
  openLayers(entry: PackageEntry, sources: LayerSource[], next = false): void {
    const opened = sources.map((source) => this.#openLayer(entry, source));
    if (next) entry.next.push(...opened);
    else entry.layers.push(...opened);
  }

  /** Closes layers; their files stay. What was verified of them is forgotten unless they come back. */
  async closeLayers(entry: PackageEntry, layers: LayerEntry[], forget: boolean): Promise<void> {
    for (const layer of layers) {
      const { store } = layer.torrent;
      await layer.torrent.close();
      if (forget) await store?.deleteResumeData();
    }
    const gone = new Set(layers);
    entry.layers = entry.layers.filter((layer) => !gone.has(layer));
    entry.next = entry.next.filter((layer) => !gone.has(layer));
  }

  /** Something that a person decided or that must not be forgotten changed: saved without delay. */
  touch(id: string): void {
    void this.#save.now();
    this.emit('changed', id);
  }

  /** Saved when it resolves. */
  saved(): Promise<void> {
    return this.#save.now();
  }

  setPaused(id: string, paused: boolean): void {
    const entry = this.get(id);
    entry.record.paused = paused;
    if (!paused) {
      entry.clearProblems();
      // Going on with something whose goal was reached means to share it again.
      if (entry.complete && entry.goalReached(this.#o.settings())) entry.record.shareAgain = true;
    }
    this.steer();
    this.touch(id);
  }

  setQueuePosition(id: string, position: number): void {
    this.get(id);
    this.#order = reorder(this.#order, id, position);
    this.#number();
    this.steer();
    for (const other of this.#order) this.emit('changed', other);
    this.touch(id);
  }

  setFiles(id: string, files: readonly { index: number; priority: FilePriority }[]): void {
    const entry = this.get(id);
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
    this.#noteCompletion(entry);
    this.steer();
    this.touch(id);
  }

  /** Chooses the optional layers; what a chosen one requires is chosen with it. */
  setLayers(id: string, chosen: readonly string[]): void {
    const entry = this.get(id);
    const byId = new Map(entry.layers.map((layer) => [layer.record.id, layer]));
    for (const name of chosen) if (!byId.has(name)) throw new ContractError('bad-request', `There is no part called "${name.slice(0, 64)}" in this package.`);
    const wanted = withRequired([...byId.values()].map((layer) => layer.record), chosen);
    for (const layer of entry.layers) layer.record.chosen = wanted.has(layer.record.id);
    if (entry.record.event) entry.record.event.leftOut = entry.layers.filter((layer) => !layer.record.chosen).map((layer) => layer.record.id);
    this.#noteCompletion(entry);
    this.steer();
    this.touch(id);
  }

  /** Adds trackers in the given tiers; ones that are known already change nothing. */
  addTrackers(id: string, tiers: string[][]): void {
    const { record, layers } = this.get(id);
    const known = new Set(record.trackers.flat());
    const fresh = tiers.map((tier) => tier.filter((url) => !known.has(url) && known.add(url))).filter((tier) => tier.length);
    if (!fresh.length) return;
    for (const url of fresh.flat()) {
      if (!/^(https?|udp|wss?):\/\/[^\s]+$/i.test(url)) throw new ContractError('bad-link', `This is not the address of a tracker: ${url.slice(0, 200)}`);
    }
    record.trackers.push(...fresh);
    for (const { torrent } of layers) torrent.addTrackers(fresh);
    this.touch(id);
  }

  removeTracker(id: string, url: string): void {
    const { record, layers } = this.get(id);
    if (!record.trackers.flat().includes(url)) throw new ContractError('not-found', 'This tracker is not in the list.');
    record.trackers = record.trackers.map((tier) => tier.filter((other) => other !== url)).filter((tier) => tier.length);
    for (const { torrent } of layers) torrent.removeTracker(url);
    this.touch(id);
  }

  addWebSeed(id: string, url: string): void {
    const { record, layers } = this.get(id);
    if (record.webSeeds.includes(url)) return;
    record.webSeeds.push(url);
    for (const { torrent } of layers) torrent.addWebSeed(url);
    this.touch(id);
  }

  /** Hashes what is on disk; a problem of missing or changed files is gone afterwards. */
  async recheck(id: string): Promise<void> {
    const entry = this.get(id);
    if (!entry.hasMetadata || entry.ownWork) return;
    await this.#work(entry, 'checking', async (report) => {
      for (const [index, layer] of entry.layers.entries()) {
        await layer.torrent.recheck((done) => report((index + done) / entry.layers.length));
        if (layer.manifest) layer.record.checked = layer.torrent.fileStates().join('');
      }
      entry.clearProblems();
      if (!entry.complete) entry.record.completedAt = null;
    });
  }

  /** Moves the files; on failure they stay where they were. */
  async move(id: string, folder: string): Promise<void> {
    const entry = this.get(id);
    if (entry.ownWork || entry.next.length) throw new ContractError('already-moving', 'Its files are being checked, moved or updated right now.');
    await this.#work(entry, 'moving', async () => {
      const before = entry.record.folder;
      const moved: LayerEntry[] = [];
      for (const { torrent } of entry.layers) torrent.pause();
      try {
        for (const layer of entry.layers) {
          await layer.torrent.store?.moveTo(folder);
          moved.push(layer);
        }
        await sealedOutputs.move(entry, before, folder);
      } catch (error) {
        for (const layer of moved) await layer.torrent.store?.moveTo(before).catch((again: unknown) => this.#o.log(`A part could not be moved back: ${String(again)}`));
        throw error;
      }
      entry.record.folder = folder;
      await this.#save.now();
    });
  }

  async remove(id: string, data: 'keep' | 'trash'): Promise<void> {
    const entry = this.get(id);
    for (const { torrent } of entry.allLayers) torrent.pause();
    if (data === 'trash') {
      try {
        await this.#o.trash(await this.#ownedPaths(entry));
      } catch (error) {
        this.steer(); // it goes on as before: nothing was lost
        throw new ContractError('not-writable', `The files could not be moved to the trash: ${(error as Error).message}`);
      }
    }
    this.#entries.delete(id);
    this.#busy.delete(entry);
    this.#order = this.#order.filter((other) => other !== id);
    this.#number();
    const layers = [...entry.allLayers];
    await this.closeLayers(entry, layers, true);
    for (const layer of layers) await this.#metadata.forget(layer.record.infoHash);
    await this.#save.now();
    this.emit('removed', id);
    this.steer();
  }

  /** Applies the queue, the order of layers and the seeding goals. Called after each change and with each tick. */
  steer(): void {
    if (this.#closing) return;
    const settings = this.#o.settings();
    const running = runnable(this.entries().map((entry) => ({
      id: entry.record.id, position: entry.position, paused: entry.record.paused, complete: entry.complete,
      stopped: entry.problem !== null || entry.ownWork !== null || entry.standing.revoked, asking: !entry.hasMetadata,
    })), settings.activeDownloads);
    for (const entry of this.#entries.values()) {
      const mayRun = running.has(entry.record.id);
      if (entry.running !== mayRun) this.emit('changed', entry.record.id);
      entry.setRunning(mayRun);
      const layers = mayRun ? layersNow(entry) : null;
      const serving = mayRun && !entry.goalReached(settings);
      for (const layer of entry.allLayers) {
        if (layers?.has(layer) && !layer.work) {
          layer.torrent.setServing(serving);
          layer.torrent.resume();
        } else {
          layer.torrent.pause();
        }
      }
    }
  }

  /**
   * Counts the time shared towards the goals, and marks what moves. Idle packages are looked at every fourth time alone, so that a
   * hundred of them cost next to nothing; one that gets a connection says so itself.
   */
  tick(elapsedMs: number): void {
    this.#ticks += 1;
    this.#sinceAllMs += elapsedMs;
    const all = this.#ticks % idleEveryTicks === 0;
    for (const entry of all ? this.#entries.values() : this.#busy) {
      const idle = entry.idle;
      if (!idle || this.#busy.has(entry)) this.emit('changed', entry.record.id);
      if (idle) this.#busy.delete(entry);
      else this.#busy.add(entry);
    }
    if (!all) return;
    for (const entry of this.#entries.values()) {
      if (entry.running && entry.complete && !entry.goalReached(this.#o.settings())) entry.record.sharedMs += this.#sinceAllMs;
    }
    this.#sinceAllMs = 0;
    this.steer();
  }

  async close(): Promise<void> {
    this.#closing = true;
    for (const entry of this.#entries.values()) for (const layer of entry.allLayers) keepCounters(layer);
    await this.#save.now();
    await this.#save.close();
    await Promise.all([...this.#entries.values()].flatMap((entry) => entry.allLayers.map((layer) => layer.torrent.close())));
  }

  /** For a preview's torrent, whose record does not exist before the start. */
  openStoreFor(id: string, metainfo: Metainfo) {
    const entry = this.get(id);
    return this.#opener.openStore(entry, entry.layers[0]!, metainfo);
  }

  async #restore(record: PackageRecord): Promise<void> {
    if (!record.event) {
      const [layer] = record.layers;
      this.#insert(record, [{ record: layer!, metainfo: await this.#metadata.read(layer!.infoHash), manifest: null }], null);
      return;
    }
    const event = await this.#o.readEvent(record.id, record.event.version, record.event.key);
    if (record.event.replacing) {
      await putInPlace(record, event);
      record.event.replacing = null;
    }
    const entry = this.#insert(record, layerSources(record.layers, event), event);
    if (!record.next) return;
    entry.nextEvent = await this.#o.readEvent(record.id, record.next.version, record.next.key).catch((error: unknown) => {
      this.#o.log(`The newer version of ${record.name} is fetched again: ${String(error)}`);
      record.next = null;
      return null;
    });
    if (record.next && entry.nextEvent) this.openLayers(entry, layerSources(record.next.layers, entry.nextEvent), true);
  }

  #insert(record: PackageRecord, sources: LayerSource[], event: EventPackage | null): PackageEntry {
    const entry = new PackageEntry(record);
    entry.event = event;
    this.#entries.set(record.id, entry);
    this.#order.push(record.id);
    this.#number();
    this.openLayers(entry, sources);
    return entry;
  }

  #openLayer(entry: PackageEntry, source: LayerSource): LayerEntry {
    const layer = this.#opener.open(entry, source);
    this.#listen(entry, layer);
    if (layer.metainfo) layer.torrent.setFilePriorities(layer.priorities(layer.metainfo));
    return layer;
  }

  #listen(entry: PackageEntry, layer: LayerEntry): void {
    const { torrent } = layer;
    const { record } = entry;
    const advanced = (): void => {
      this.#noteCompletion(entry);
      this.emit('layerAdvanced', entry, layer);
      this.steer();
    };
    torrent.on('metadata', (metainfo) => {
      record.name = metainfo.name;
      torrent.setFilePriorities(layer.priorities(metainfo));
      this.#metadata.keep(metainfo).catch((error) => this.#o.log(`The torrent file could not be kept: ${String(error)}`));
      this.touch(record.id);
      this.steer();
    });
    torrent.on('checking', (progress) => {
      if (entry.ownWork) return; // that work tells its own progress
      layer.work = progress === null ? null : { kind: 'checking', progress };
      if (progress === null) this.steer();
      this.emit('changed', record.id);
    });
    torrent.on('ready', advanced);
    torrent.on('done', advanced);
    torrent.on('file', (index, right) => {
      const states = [...layer.record.checked.padEnd(layer.metainfo?.files.length ?? 0, '0')];
      states[index] = right ? '1' : '2';
      layer.record.checked = states.join('');
      this.#save.touch();
      advanced();
    });
    torrent.on('problem', (problem) => {
      layer.problem = problem;
      this.steer();
      this.touch(record.id);
    });
    torrent.on('dirty', () => {
      this.#busy.add(entry);
      if (keepCounters(layer)) this.#save.touch();
      this.emit('changed', record.id);
    });
    torrent.on('piece', () => this.#save.touch());
  }

  #noteCompletion(entry: PackageEntry): void {
    if (entry.complete && entry.record.completedAt === null) entry.record.completedAt = Date.now();
    if (!entry.complete) entry.record.completedAt = null;
    this.touch(entry.record.id);
  }

  async #ownedPaths(entry: PackageEntry): Promise<string[]> {
    const files: string[] = [];
    const folders = new Set<string>();
    for (const { torrent } of entry.allLayers) {
      const { store } = torrent;
      if (!store) continue;
      const owned = await store.ownedPaths();
      await store.flush();
      files.push(...owned.files);
      for (const folder of owned.folders) folders.add(folder);
    }
    return sealedOutputs.withFolders(entry, files, folders);
  }

  async #work(entry: PackageEntry, kind: 'checking' | 'moving', run: (report: (done: number) => void) => Promise<void>): Promise<void> {
    entry.ownWork = { kind, progress: 0 };
    this.steer();
    try {
      await run((progress) => {
        entry.ownWork = { kind, progress };
        this.emit('changed', entry.record.id);
      });
    } finally {
      entry.ownWork = null;
      this.#noteCompletion(entry);
      this.steer();
    }
  }

  #number(): void {
    this.#order.forEach((id, position) => {
      const entry = this.#entries.get(id);
      if (entry) entry.position = position;
    });
  }

  async #write(): Promise<void> {
    const packages = this.#order.map((id) => this.#entries.get(id)!.record);
    await writeFileAtomic(join(this.#o.dataDir, 'library.json'), `${JSON.stringify({ version: 1, packages })}\n`);
  }
}

/** The layers of a kept version with their torrents. */
export const layerSources = (records: PackageRecord['layers'], event: EventPackage): LayerSource[] => records.flatMap((record) => {
  const found = event.layers.find(({ metainfo }) => metainfo.infoHash === record.infoHash);
  return found ? [{ record, metainfo: found.metainfo, manifest: found.layer }] : [];
});

/** Ids of the required layers, of the chosen ones, and of all that these require. */
export function withRequired(layers: readonly { id: string; required: boolean; requires: string[] }[], chosen: readonly string[]): Set<string> {
  const byId = new Map(layers.map((layer) => [layer.id, layer]));
  const wanted = new Set<string>();
  const want = (id: string): void => {
    if (wanted.has(id)) return;
    wanted.add(id);
    byId.get(id)?.requires.forEach(want);
  };
  for (const layer of layers) if (layer.required) want(layer.id);
  chosen.forEach(want);
  return wanted;
}

/** Which layers of a running package have their turn; the finished ones share. */
function layersNow(entry: PackageEntry): Set<LayerEntry> {
  if (!entry.event) return new Set(entry.layers);
  const now = new Set(entry.layers.filter((layer) => layer.complete && !layer.refused));
  // While a newer version is fetched, nothing more of the old one is.
  const candidates = entry.next.length ? entry.next : entry.layers;
  let speed = 0;
  const states = candidates.map((layer) => {
    const stats = layer.torrent.stats();
    speed += stats.downloadBytesPerSecond;
    const { id, required, chosen, requires, order, segment } = layer.record;
    return {
      id, required, chosen, requires, order, segment, complete: layer.complete, refused: layer.refused,
      missingBytes: layer.missingBytes, stalledMs: layer.stalledMs(stats), running: !layer.torrent.paused,
    };
  });
  // Layers of the version in use that the newer one keeps are not among the candidates, and are here.
  if (entry.next.length) for (const state of states) state.requires = state.requires.filter((id) => states.some((other) => other.id === id));
  const may = layersToRun(states, speed);
  for (const layer of candidates) {
    const begun = layer.torrent.stats().bytesDone > 0;
    if (may.has(layer.record.id) && (begun || !entry.standing.expired)) now.add(layer);
  }
  return now;
}

/** @returns whether anything was given or got */
function keepCounters(layer: LayerEntry): boolean {
  const { receivedBytes, uploadedBytes, fromPeople, fromServer } = layer.torrent.stats();
  const before = layer.record.counters;
  layer.record.counters = { receivedBytes, uploadedBytes, fromPeople, fromServer };
  return uploadedBytes !== before.uploadedBytes || receivedBytes !== before.receivedBytes;
}
