// The packages of this user: restored at the start, added, run by the queue, kept on disk, removed.
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { FilePriority, Settings } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { openChunkStore } from '../engine/chunk-store.ts';
import type { Engine, Torrent } from '../engine/engine.ts';
import { reorder, runnable } from '../engine/queue.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { DelayedSave, readJson, writeFileAtomic } from './json-file.ts';
import { MetadataFiles, resumePath } from './metadata-files.ts';
import { PackageEntry } from './package-entry.ts';
import { LibraryFile, PackageRecord } from './package-record.ts';

export interface LibraryOptions {
  dataDir: string;
  engine: Engine;
  settings(): Settings;
  /** Asks the host to move these to the trash. */
  trash(paths: string[]): Promise<void>;
  log(line: string): void;
}

const saveDelayMs = 2_000;
const idleEveryTicks = 4;

export class Library extends EventEmitter<{ changed: [id: string]; removed: [id: string] }> {
  readonly #o: LibraryOptions;
  readonly #entries = new Map<string, PackageEntry>();
  /** Ids in queue order. */
  #order: string[] = [];
  readonly #metadata: MetadataFiles;
  readonly #save: DelayedSave;
  /** Packages in which something moves. */
  readonly #busy = new Set<PackageEntry>();
  /** Packages that are being checked or moved because somebody asked for it. */
  readonly #working = new Set<PackageEntry>();
  #ticks = 0;
  #sinceAllMs = 0;
  #closing = false;

  private constructor(options: LibraryOptions) {
    super();
    this.#o = options;
    this.#metadata = new MetadataFiles(options.dataDir);
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
      const metainfo = await library.#metadata.read(record.data.infoHash);
      library.#insert(record.data, null, metainfo);
    }
    library.steer();
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

  /** @throws {ContractError} `not-found` */
  get(id: string): PackageEntry {
    const entry = this.#entries.get(id);
    if (!entry) throw new ContractError('not-found', 'This package is not in your library any more.');
    return entry;
  }

  /**
   * Adds a package and saves before it answers, so that a crash right after loses nothing.
   * @param torrent the torrent of a preview, taken over with what it knows already
   */
  async add(record: PackageRecord, torrent: Torrent | null, metainfo: Metainfo | null): Promise<PackageEntry> {
    if (metainfo) await this.#metadata.keep(metainfo);
    const entry = this.#insert(record, torrent, metainfo);
    this.steer();
    await this.#save.now();
    return entry;
  }

  /** Something that a person decided or that must not be forgotten changed: saved without delay. */
  touch(id: string): void {
    void this.#save.now();
    this.emit('changed', id);
  }

  setPaused(id: string, paused: boolean): void {
    const entry = this.get(id);
    entry.record.paused = paused;
    if (!paused) {
      entry.problem = null;
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
    const metainfo = entry.metainfo;
    if (!metainfo) throw new ContractError('not-found', 'The file list is not here yet.');
    const next = entry.priorities(metainfo);
    for (const { index, priority } of files) {
      if (index >= next.length) throw new ContractError('bad-request', `There is no file number ${index}.`);
      if (!metainfo.files[index]!.padding) next[index] = priority === 'skip' ? 0 : priority === 'normal' ? 1 : 2;
    }
    entry.record.priorities = next.join('');
    entry.record.selectOnly = null;
    entry.torrent.setFilePriorities(next);
    this.#noteCompletion(entry);
    this.steer();
    this.touch(id);
  }

  /** Adds trackers in the given tiers; ones that are known already change nothing. */
  addTrackers(id: string, tiers: string[][]): void {
    const { record, torrent } = this.get(id);
    const known = new Set(record.trackers.flat());
    const fresh = tiers.map((tier) => tier.filter((url) => !known.has(url) && known.add(url))).filter((tier) => tier.length);
    if (!fresh.length) return;
    for (const url of fresh.flat()) {
      if (!/^(https?|udp|wss?):\/\/[^\s]+$/i.test(url)) throw new ContractError('bad-link', `This is not the address of a tracker: ${url.slice(0, 200)}`);
    }
    record.trackers.push(...fresh);
    torrent.addTrackers(fresh);
    this.touch(id);
  }

  removeTracker(id: string, url: string): void {
    const { record, torrent } = this.get(id);
    if (!record.trackers.flat().includes(url)) throw new ContractError('not-found', 'This tracker is not in the list.');
    record.trackers = record.trackers.map((tier) => tier.filter((other) => other !== url)).filter((tier) => tier.length);
    torrent.removeTracker(url);
    this.touch(id);
  }

  addWebSeed(id: string, url: string): void {
    const { record, torrent } = this.get(id);
    if (record.webSeeds.includes(url)) return;
    record.webSeeds.push(url);
    torrent.addWebSeed(url);
    this.touch(id);
  }

  /** Hashes what is on disk; a problem of missing or changed files is gone afterwards. */
  async recheck(id: string): Promise<void> {
    const entry = this.get(id);
    if (!entry.metainfo || this.#working.has(entry)) return;
    await this.#work(entry, 'checking', async (report) => {
      await entry.torrent.recheck(report);
      entry.problem = null;
      if (!entry.complete) entry.record.completedAt = null;
    });
  }

  /** Moves the files; on failure they stay where they were. */
  async move(id: string, folder: string): Promise<void> {
    const entry = this.get(id);
    if (this.#working.has(entry)) throw new ContractError('already-moving', 'Its files are being checked or moved right now.');
    const store = entry.torrent.store;
    if (!store) {
      entry.record.folder = folder;
      this.touch(id);
      return;
    }
    await this.#work(entry, 'moving', async () => {
      entry.torrent.pause();
      await store.moveTo(folder);
      entry.record.folder = folder;
      await this.#save.now();
    });
  }

  async remove(id: string, data: 'keep' | 'trash'): Promise<void> {
    const entry = this.get(id);
    const owned = data === 'trash' && entry.torrent.store ? await entry.torrent.store.ownedPaths() : null;
    entry.torrent.pause();
    if (owned) {
      await entry.torrent.store?.flush();
      try {
        await this.#o.trash([...owned.files, ...owned.folders]);
      } catch (error) {
        this.steer(); // it goes on as before: nothing was lost
        throw new ContractError('not-writable', `The files could not be moved to the trash: ${(error as Error).message}`);
      }
    }
    this.#entries.delete(id);
    this.#busy.delete(entry);
    this.#order = this.#order.filter((other) => other !== id);
    this.#number();
    const { store } = entry.torrent;
    await entry.torrent.close();
    await store?.deleteResumeData();
    await this.#metadata.forget(entry.record.infoHash);
    await this.#save.now();
    this.emit('removed', id);
    this.steer();
  }

  /** Applies the queue and the seeding goals. Called after each change and with each tick. */
  steer(): void {
    if (this.#closing) return;
    const settings = this.#o.settings();
    const running = runnable(this.entries().map((entry) => ({
      id: entry.record.id, position: entry.position, paused: entry.record.paused, complete: entry.complete,
      stopped: entry.problem !== null || entry.work !== null, asking: entry.metainfo === null,
    })), settings.activeDownloads);
    for (const entry of this.#entries.values()) {
      const mayRun = running.has(entry.record.id);
      if (entry.running !== mayRun) this.emit('changed', entry.record.id);
      entry.setRunning(mayRun);
      if (mayRun) {
        entry.torrent.setServing(!entry.goalReached(settings));
        entry.torrent.resume();
      } else {
        entry.torrent.pause();
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
    for (const entry of this.#entries.values()) this.#keepCounters(entry);
    await this.#save.now();
    await this.#save.close();
    await Promise.all([...this.#entries.values()].map((entry) => entry.torrent.close()));
  }

  #insert(record: PackageRecord, torrent: Torrent | null, metainfo: Metainfo | null): PackageEntry {
    const entry = new PackageEntry(record, torrent ?? this.#o.engine.add({
      infoHash: record.infoHash,
      name: record.name,
      metainfo: metainfo ?? undefined,
      trackers: record.trackers,
      webSeeds: record.webSeeds,
      peers: record.peers,
      openStore: (known) => this.#openStore(entry, known),
      paused: true, // steer() decides
      order: record.order,
      filePriorities: undefined,
      downloadBytesPerSecond: record.downBytesPerSecond,
      uploadBytesPerSecond: record.upBytesPerSecond,
      uploadSlots: record.uploadSlots,
      counters: record.counters,
    }));
    this.#entries.set(record.id, entry);
    this.#order.push(record.id);
    this.#number();
    this.#listen(entry);
    if (entry.metainfo) entry.torrent.setFilePriorities(entry.priorities(entry.metainfo));
    return entry;
  }

  /** Opens the files of a package; also given to torrents that began as a preview. */
  #openStore(entry: PackageEntry, metainfo: Metainfo) {
    return openChunkStore(metainfo, {
      folder: entry.record.folder,
      resumeFile: resumePath(this.#o.dataDir, entry.record.infoHash),
      filePriorities: entry.priorities(metainfo),
    });
  }

  /** For a preview's torrent, whose record does not exist before the start. */
  openStoreFor(id: string, metainfo: Metainfo) {
    return this.#openStore(this.get(id), metainfo);
  }

  #listen(entry: PackageEntry): void {
    const { torrent, record } = entry;
    torrent.on('metadata', (metainfo) => {
      record.name = metainfo.name;
      torrent.setFilePriorities(entry.priorities(metainfo));
      this.#metadata.keep(metainfo).catch((error) => this.#o.log(`The torrent file could not be kept: ${String(error)}`));
      this.touch(record.id);
      this.steer();
    });
    torrent.on('checking', (progress) => {
      if (this.#working.has(entry)) return; // that work tells its own progress
      entry.work = progress === null ? null : { kind: 'checking', progress };
      if (progress === null) this.steer();
      this.emit('changed', record.id);
    });
    torrent.on('ready', () => {
      this.#noteCompletion(entry);
      this.steer();
    });
    torrent.on('done', () => {
      this.#noteCompletion(entry);
      this.steer();
    });
    torrent.on('problem', (problem) => {
      entry.problem = problem;
      this.steer();
      this.touch(record.id);
    });
    torrent.on('dirty', () => {
      this.#busy.add(entry);
      this.#keepCounters(entry);
      this.emit('changed', record.id);
    });
    torrent.on('piece', () => this.#save.touch());
  }

  #noteCompletion(entry: PackageEntry): void {
    if (entry.complete && entry.record.completedAt === null) entry.record.completedAt = Date.now();
    if (!entry.complete) entry.record.completedAt = null;
    this.touch(entry.record.id);
  }

  #keepCounters(entry: PackageEntry): void {
    const { receivedBytes, uploadedBytes, fromPeople, fromServer } = entry.torrent.stats();
    const before = entry.record.counters;
    if (uploadedBytes !== before.uploadedBytes || receivedBytes !== before.receivedBytes) this.#save.touch();
    entry.record.counters = { receivedBytes, uploadedBytes, fromPeople, fromServer };
  }

  async #work(entry: PackageEntry, kind: 'checking' | 'moving', run: (report: (done: number) => void) => Promise<void>): Promise<void> {
    this.#working.add(entry);
    entry.work = { kind, progress: 0 };
    this.steer();
    try {
      await run((progress) => {
        entry.work = { kind, progress };
        this.emit('changed', entry.record.id);
      });
    } finally {
      this.#working.delete(entry);
      entry.work = null;
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

