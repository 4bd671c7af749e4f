// The packages of this user: restored at the start, added, run by the queue, kept on disk, removed.
import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FilePriority, IncidentKind, Settings } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import type { Engine } from '../engine/engine.ts';
import { reorder, runnable } from '../engine/queue.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { EventPackage } from '../package/package-types.ts';
import { DelayedSave, readJson } from './json-file.ts';
import type { LayerEntry } from './layer-entry.ts';
import { LayerOpener } from './layer-opener.ts';
import type { LayerSource } from './layer-opener.ts';
import { layersNow, withRequired } from './layer-turns.ts';
import { MetadataFiles, resumePath } from './metadata-files.ts';
import { PackageEntry } from './package-entry.ts';
import { LibraryFile, PackageRecord } from './package-record.ts';
import { reuseFirst } from './reuse-sources.ts';
import { sealedOutputs } from './sealed-outputs.ts';
import { putInPlaceOnce } from './version-files.ts';
import { deliveryOf } from './delivery-of.ts';
import { sourcesOf } from './event-record.ts';
import { freshTiers } from './tracker-tiers.ts';

export interface LibraryOptions {
  dataDir: string;
  engine: Engine;
  settings(): Settings;
  /** The signed manifest of a version that was kept, verified again. @throws Error when it is not there or does not hold any more */
  readEvent(id: string, version: number, key: string): Promise<EventPackage>;
  /** Why nothing may run at the moment; null: it may. */
  held?(): 'metered' | 'battery' | null;
  /** Asks the host to move these to the trash. */
  trash(paths: string[]): Promise<void>;
  log(line: string): void;
}

const saveDelayMs = 2_000;
const idleEveryTicks = 4;
const checksTogetherMs = 20;

interface LibraryEvents {
  changed: [id: string];
  removed: [id: string];
  /** A layer has every chosen byte, or one of its files was compared with what the publisher signed. */
  layerAdvanced: [entry: PackageEntry, layer: LayerEntry];
  /** Something happened while it is delivered, for whoever looks closer. */
  incident: [id: string, kind: IncidentKind, detail: string | null];
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
  /** Records that could not be restored (yet), as they were: kept for a later start. */
  readonly #unread = new Set<{ id?: unknown }>();
  #begun = false;
  #steering: NodeJS.Immediate | null = null;
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

  /** Restores what was there; a record that cannot be read is left out and kept as it is. Nothing runs before `begin`. */
  static async open(options: LibraryOptions): Promise<Library> {
    const library = new Library(options);
    const file = LibraryFile.safeParse(await readJson(join(options.dataDir, 'library.json')));
    const packages = file.success ? file.data.packages : [];
    // What is saved meanwhile must not lack those that have not had their turn.
    for (const raw of packages) if (typeof raw === 'object' && raw !== null) library.#unread.add(raw);
    for (const raw of packages) {
      const record = PackageRecord.safeParse(raw);
      try {
        if (!record.success) throw new Error(record.error.message.slice(0, 200));
        await library.#restore(record.data);
        library.#unread.delete(raw as object);
      } catch (error) {
        options.log(`A package could not be restored: ${String(error)}`);
      }
    }
    return library;
  }

  /** From now on packages run: call it once everybody who may stop one has looked at them. */
  begin(): void {
    this.#begun = true;
    this.steer();
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
    await this.makeRoom(layers);
    const entry = this.#insert(record, layers, event);
    this.steer();
    this.emit('changed', record.id); // a paused one is not touched by the steering
    await this.#save.now();
    return entry;
  }

  /** Opens further layers of a package: of the version in use, or of the newer one beside it. All or none. @throws Error when the engine has one of the torrents */
  openLayers(entry: PackageEntry, sources: LayerSource[], next = false): void {
    const opened: LayerEntry[] = [];
    try {
      for (const source of sources) opened.push(this.#openLayer(entry, source));
    } catch (error) {
      for (const layer of opened) void layer.torrent.close();
      throw error;
    }
    if (next) entry.next.push(...opened);
    else entry.layers.push(...opened);
    this.deliver(entry);
  }

  /** Tells the torrents of a package how it is to be delivered, as its manifest, the user and the settings say now. */
  deliver(entry: PackageEntry): void {
    const { record } = entry;
    for (const [layers, event] of [[entry.layers, entry.event], [entry.next, entry.nextEvent ?? entry.event]] as const) {
      const delivery = deliveryOf(event?.manifest ?? null, record, this.#o.settings());
      for (const { torrent } of layers) torrent.setDelivery(delivery);
    }
  }

  /** Takes torrents out of the engine that no package has, so that these layers can have them: a preview may be asking for the same. */
  async makeRoom(sources: readonly LayerSource[]): Promise<void> {
    for (const { record, torrent } of sources) {
      const stray = this.#o.engine.get(record.infoHash);
      if (stray && stray !== torrent && !this.findByInfoHash(record.infoHash)) await stray.close();
    }
  }

  /**
   * Closes the torrents of layers, which stay listed with their last figures until the caller puts others in their place. Their files stay.
   * @param forget what was verified of them is forgotten
   */
  async closeTorrents(layers: readonly LayerEntry[], forget: boolean): Promise<void> {
    for (const layer of layers) {
      layer.keepChecks();
      const { opening } = layer.torrent;
      const stopping = layer.stopPreparing();
      await layer.torrent.close();
      await stopping;
      await opening;
      if (forget) await this.forgetVerified(layer.record.infoHash);
    }
  }

  async forgetVerified(infoHash: string): Promise<void> {
    for (const ending of ['', '.journal', '.parts']) await rm(`${resumePath(this.#o.dataDir, infoHash)}${ending}`, { force: true });
  }

  /** Something that a person decided or that must not be forgotten changed: saved without delay. */
  touch(id: string): void {
    void this.#save.now();
    this.emit('changed', id);
  }

  /** Saved within seconds. */
  touchSoon(id: string): void {
    this.#save.touch();
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
    // Of the version in use and of the one that is being fetched: a choice holds for both.
    const versions = [entry.layers, entry.next].map((layers) => layers.map((layer) => layer.record));
    const known = new Set(versions.flat().map((layer) => layer.id));
    for (const name of chosen) if (!known.has(name)) throw new ContractError('bad-request', `There is no part called "${name.slice(0, 64)}" in this package.`);
    for (const records of versions) {
      const wanted = withRequired(records, chosen);
      for (const record of records) record.chosen = wanted.has(record.id);
    }
    if (entry.record.event) entry.record.event.leftOut = [...new Set(versions.flat().filter((layer) => !layer.chosen).map((layer) => layer.id))];
    this.#noteCompletion(entry);
    this.steer();
    this.touch(id);
  }

  /** Adds trackers in the given tiers; ones that are known already change nothing. */
  addTrackers(id: string, tiers: string[][]): void {
    const { record, layers } = this.get(id);
    const fresh = freshTiers(tiers, record.trackers.flat());
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
        layer.keepChecks();
        if (layer.manifest) layer.record.checked = layer.torrent.fileStates().join('');
        if (layer.record.opened) layer.record.opened = await sealedOutputs.areHere(entry.record.folder, layer);
      }
      entry.clearProblems();
      if (!entry.whole) entry.record.completedAt = null;
    });
  }

  /** Moves the files; on failure they stay where they were. */
  async move(id: string, folder: string): Promise<void> {
    const entry = this.get(id);
    if (entry.work || entry.record.next || entry.record.event?.replacing) throw new ContractError('already-moving', 'Its files are being checked, moved or updated right now.');
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
    for (const layer of entry.layers) if (layer.state === 'sealed') this.emit('layerAdvanced', entry, layer);
  }

  async remove(id: string, data: 'keep' | 'trash'): Promise<void> {
    const entry = this.get(id);
    for (const { torrent } of entry.allLayers) torrent.pause();
    if (data === 'trash') {
      try {
        // What is still being looked at is not known to be ours yet, and would stay behind.
        for (const { torrent } of entry.layers) await torrent.opening;
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
    await this.closeTorrents(layers, true);
    for (const layer of layers) await this.#metadata.forget(layer.record.infoHash);
    await this.#removeStaging(layers);
    await this.#save.now();
    this.emit('removed', id);
    this.steer();
  }

  /** Applies the queue, the order of layers and the seeding goals. Called after each change and with each tick. */
  steer(): void {
    if (this.#closing || !this.#begun) return;
    const settings = this.#o.settings();
    const running = runnable(this.entries().map((entry) => ({
      id: entry.record.id, position: entry.position, paused: entry.record.paused, complete: entry.complete || entry.heldByExpiry,
      stopped: entry.problem !== null || entry.ownWork !== null || entry.heldByKey, asking: !entry.hasMetadata,
    })), settings.activeDownloads);
    for (const entry of this.#entries.values()) {
      const mayRun = this.#o.held?.() == null && running.has(entry.record.id);
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
    if (this.#steering) clearImmediate(this.#steering);
    for (const layer of [...this.#entries.values()].flatMap((entry) => entry.allLayers)) {
      keepCounters(layer);
      layer.keepChecks();
    }
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
    let sources = layerSources(record.layers, event);
    if (record.event.replacing) {
      // Interrupted: finished before any of its files is opened.
      const finish = putInPlaceOnce(record, event, () => this.#save.now());
      sources = sources.map((source) => ({ ...source, prepare: finish }));
    }
    const entry = this.#insert(record, sources, event);
    if (!record.next) return;
    const next = record.next;
    try {
      entry.nextEvent = await this.#o.readEvent(record.id, next.version, next.key);
    } catch (error) {
      this.#o.log(`The newer version of ${record.name} is fetched again: ${String(error)}`);
      record.next = null;
      return;
    }
    const from = sourcesOf(entry.nextEvent, { peers: record.peers }, []);
    this.openLayers(entry, layerSources(next.layers, entry.nextEvent).map((source) => ({ ...source, sources: from, ...reuseFirst(this, source, source.record.stagingFolder ?? record.folder) })), true);
  }

  /** Registered only when all its layers could be opened. @throws Error when the engine has one of its torrents already */
  #insert(record: PackageRecord, sources: LayerSource[], event: EventPackage | null): PackageEntry {
    const entry = new PackageEntry(record);
    entry.event = event;
    this.openLayers(entry, sources);
    if (!entry.layers.length) throw new Error('none of its parts is in its signed list');
    this.#entries.set(record.id, entry);
    this.#order.push(record.id);
    this.#number();
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
      this.#steerSoon();
    };
    torrent.on('metadata', (metainfo) => {
      record.name = metainfo.name;
      torrent.setFilePriorities(layer.priorities(metainfo));
      this.#metadata.keep(metainfo).catch((error) => this.#o.log(`The torrent file could not be kept: ${String(error)}`));
      this.touch(record.id);
      this.steer();
    });
    torrent.on('checking', (progress) => {
      // That work tells its own progress; what was begun before it ends all the same.
      if (entry.ownWork && progress !== null) return;
      layer.work = progress === null ? null : { kind: 'checking', progress };
      if (progress === null) this.#steerSoon();
      this.emit('changed', record.id);
    });
    torrent.on('ready', advanced);
    torrent.on('done', advanced);
    torrent.on('file', (index, right) => {
      if (!layer.noteCheck(index, right)) return;
      setTimeout(() => {
        if (this.#closing) return;
        layer.keepChecks();
        this.#save.touch();
        advanced();
      }, checksTogetherMs);
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
    torrent.on('incident', (kind, detail) => this.emit('incident', record.id, kind, detail));
  }

  #noteCompletion(entry: PackageEntry): void {
    const { whole, record } = entry;
    this.emit('changed', record.id);
    if (whole === (record.completedAt !== null)) return;
    record.completedAt = whole ? Date.now() : null;
    void this.#save.now();
  }

  /** Many layers become ready in one moment. */
  #steerSoon(): void {
    this.#steering ??= setImmediate(() => {
      this.#steering = null;
      this.steer();
    });
  }

  /** What was being put together for a newer version belongs to nobody once the package goes. */
  async #removeStaging(layers: readonly LayerEntry[]): Promise<void> {
    for (const folder of new Set(layers.map((layer) => layer.record.stagingFolder))) {
      if (folder !== null) await rm(folder, { recursive: true, force: true }).catch((error: unknown) => this.#o.log(`${folder} could not be removed: ${String(error)}`));
    }
  }

  async #ownedPaths(entry: PackageEntry): Promise<string[]> {
    const files: string[] = [];
    const folders = new Set<string>();
    for (const { torrent } of entry.layers) {
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
    const packages = [...this.#order.map((id) => this.#entries.get(id)!.record), ...[...this.#unread].filter(({ id }) => !this.#entries.has(String(id)))];
    await writeFileAtomic(join(this.#o.dataDir, 'library.json'), `${JSON.stringify({ version: 1, packages })}\n`);
  }
}

/** The layers of a kept version with their torrents. */
export const layerSources = (records: PackageRecord['layers'], event: EventPackage): LayerSource[] => records.flatMap((record) => {
  const found = event.layers.find(({ metainfo }) => metainfo.infoHash === record.infoHash);
  return found ? [{ record, metainfo: found.metainfo, manifest: found.layer }] : [];
});

/** @returns whether anything was given or got */
function keepCounters(layer: LayerEntry): boolean {
  const { receivedBytes, uploadedBytes, fromPeople, fromServer } = layer.torrent.stats();
  const before = layer.record.counters;
  layer.record.counters = { receivedBytes, uploadedBytes, fromPeople, fromServer };
  return uploadedBytes !== before.uploadedBytes || receivedBytes !== before.receivedBytes;
}
