// The packages of this user: restored at the start, added, opened in the engine and followed there, kept on disk, removed.
import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import type { IncidentKind, Settings } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { Engine } from '../engine/engine.ts';
import { reorder } from '../engine/queue.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { EventPackage } from '../package/package-types.ts';
import { deliveryOf } from './delivery-of.ts';
import { readKept } from './kept-package.ts';
import type { LayerEntry } from './layer-entry.ts';
import { LayerOpener } from './layer-opener.ts';
import type { LayerSource } from './layer-opener.ts';
import { LibraryRecords } from './library-records.ts';
import { MetadataFiles, resumePath } from './metadata-files.ts';
import { PackageEntry } from './package-entry.ts';
import type { PackageRecord } from './package-record.ts';
import { ownedPaths } from './package-work.ts';
import { Steering } from './steering.ts';

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
  readonly #records: LibraryRecords;
  readonly #steering: Steering;
  #closing = false;

  private constructor(options: LibraryOptions) {
    super();
    this.#o = options;
    this.#metadata = new MetadataFiles(options.dataDir);
    this.#opener = new LayerOpener(options.engine, options.dataDir);
    this.#records = new LibraryRecords(options.dataDir, () => this.entries().map(({ record }) => record), options.log);
    this.#steering = new Steering({ entries: () => this.#entries.values(), settings: options.settings, held: () => options.held?.() ?? null, changed: (id) => this.emit('changed', id) });
  }

  /** Restores what was there; a record that cannot be read is left out and kept as it is. Nothing runs before `begin`. */
  static async open(options: LibraryOptions): Promise<Library> {
    const library = new Library(options);
    await library.#records.restore((record) => library.#restore(record));
    return library;
  }

  /** From now on packages run: call it once everybody who may stop one has looked at them. */
  begin(): void {
    this.#steering.begin();
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
    await this.#records.now();
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
    void this.#records.now();
    this.emit('changed', id);
  }

  /** Saved within seconds. */
  touchSoon(id: string): void {
    this.#records.touch();
    this.emit('changed', id);
  }

  /** Saved when it resolves. */
  saved(): Promise<void> {
    return this.#records.now();
  }

  /** Notes the moment in which the last chosen byte came, or that something is missing again. */
  noteCompletion(entry: PackageEntry): void {
    const { whole, record } = entry;
    this.emit('changed', record.id);
    if (whole === (record.completedAt !== null)) return;
    record.completedAt = whole ? Date.now() : null;
    void this.#records.now();
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

  async remove(id: string, data: 'keep' | 'trash'): Promise<void> {
    const entry = this.get(id);
    for (const { torrent } of entry.allLayers) torrent.pause();
    if (data === 'trash') {
      try {
        // What is still being looked at is not known to be ours yet, and would stay behind.
        for (const { torrent } of entry.layers) await torrent.opening;
        await this.#o.trash(await ownedPaths(entry));
      } catch (error) {
        this.steer(); // it goes on as before: nothing was lost
        throw new ContractError('not-writable', `The files could not be moved to the trash: ${(error as Error).message}`);
      }
    }
    this.#entries.delete(id);
    this.#steering.forget(entry);
    this.#order = this.#order.filter((other) => other !== id);
    this.#number();
    const layers = [...entry.allLayers];
    await this.closeTorrents(layers, true);
    for (const layer of layers) await this.#metadata.forget(layer.record.infoHash);
    await this.#removeStaging(layers);
    await this.#records.now();
    this.emit('removed', id);
    this.steer();
  }

  /** Applies the queue, the order of layers and the seeding goals. Called after each change and with each tick. */
  steer(): void {
    this.#steering.now();
  }

  /** @param elapsedMs since the last one */
  tick(elapsedMs: number): void {
    this.#steering.tick(elapsedMs);
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#steering.end();
    for (const layer of [...this.#entries.values()].flatMap((entry) => entry.allLayers)) {
      layer.keepCounters();
      layer.keepChecks();
    }
    await this.#records.close();
    await Promise.all([...this.#entries.values()].flatMap((entry) => entry.allLayers.map((layer) => layer.torrent.close())));
  }

  /** For a preview's torrent, whose record does not exist before the start. */
  openStoreFor(id: string, metainfo: Metainfo) {
    const entry = this.get(id);
    return this.#opener.openStore(entry, entry.layers[0]!, metainfo);
  }

  async #restore(record: PackageRecord): Promise<void> {
    const { readEvent, log } = this.#o;
    const kept = await readKept(record, { library: this, metadata: this.#metadata, readEvent, log });
    const entry = this.#insert(record, kept.sources, kept.event);
    if (!kept.next) return;
    entry.nextEvent = kept.next.event;
    this.openLayers(entry, kept.next.sources, true);
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
      this.noteCompletion(entry);
      this.emit('layerAdvanced', entry, layer);
      this.#steering.soon();
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
      if (progress === null) this.#steering.soon();
      this.emit('changed', record.id);
    });
    torrent.on('ready', advanced);
    torrent.on('done', advanced);
    torrent.on('file', (index, right) => {
      if (!layer.noteCheck(index, right)) return;
      setTimeout(() => {
        if (this.#closing) return;
        layer.keepChecks();
        this.#records.touch();
        advanced();
      }, checksTogetherMs);
    });
    torrent.on('problem', (problem) => {
      layer.problem = problem;
      this.steer();
      this.touch(record.id);
    });
    torrent.on('dirty', () => {
      this.#steering.noteBusy(entry);
      if (layer.keepCounters()) this.#records.touch();
      this.emit('changed', record.id);
    });
    torrent.on('piece', () => this.#records.touch());
    torrent.on('incident', (kind, detail) => this.emit('incident', record.id, kind, detail));
  }

  /** What was being put together for a newer version belongs to nobody once the package goes. */
  async #removeStaging(layers: readonly LayerEntry[]): Promise<void> {
    for (const folder of new Set(layers.map((layer) => layer.record.stagingFolder))) {
      if (folder !== null) await rm(folder, { recursive: true, force: true }).catch((error: unknown) => this.#o.log(`${folder} could not be removed: ${String(error)}`));
    }
  }

  #number(): void {
    this.#order.forEach((id, position) => {
      const entry = this.#entries.get(id);
      if (entry) entry.position = position;
    });
  }
}