// Keeps figures of all packages: samples those that move, reads and writes what is kept, and answers for the event view, exports and operators.
import { ContractError } from '../../contract/index.ts';
import type { FiguresReport, IncidentKind, Metrics, PackageFigures, PackageMetrics, TransportFigures } from '../../contract/index.ts';
import { FiguresFiles } from './figures-file.ts';
import { figuresCsv, figuresJson } from './figures-export.ts';
import { FiguresRecorder, NO_TRANSPORT } from './figures-recorder.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';

export interface PackageFiguresOptions {
  library: Pick<Library, 'find' | 'entries' | 'ids'>;
  dataDir: string;
  version: string;
  totals(): Metrics['totals'];
  transport(entry: PackageEntry): TransportFigures;
  log(line: string): void;
  /** For tests: epoch milliseconds. */
  now?(): number;
}

const SAVE_EVERY_MS = 30_000;
const REST_SAVE_AFTER_MS = 5_000;
/** A package that rests so long is put away; it is read again when it moves. */
const PUT_AWAY_AFTER_MS = 5 * 60_000;
const MAX_METRICS = 1000;

/** `savedAt`: when it was written last, 0: never. */
interface Open { recorder: FiguresRecorder; savedAt: number; unsaved: boolean; lookedAt: number; savedComplete: boolean }

export class PackageFiguresService {
  readonly #o: PackageFiguresOptions;
  readonly #files: FiguresFiles;
  readonly #open = new Map<string, Open>();
  readonly #opening = new Map<string, Promise<Open | null>>();
  /** Packages in which something may move. */
  readonly #marked = new Set<string>();
  /** The last figures of packages that were put away, so that no counter sinks. */
  readonly #resting = new Map<string, PackageMetrics>();
  #writing: Promise<void> = Promise.resolve();
  readonly #now: () => number;
  readonly #startedAt = Date.now();

  constructor(options: PackageFiguresOptions) {
    this.#o = options;
    this.#now = options.now ?? Date.now;
    this.#files = new FiguresFiles(options.dataDir);
  }

  /** Something of a package changed: the next tick looks at it. */
  mark(id: string): void {
    this.#marked.add(id);
  }

  /** Once a second. Packages at rest cost nothing. */
  tick(now = this.#now()): void {
    for (const id of this.#marked) {
      const entry = this.#o.library.find(id);
      const atRest = entry?.idle ?? true;
      const open = this.#open.get(id);
      if (!entry || (atRest && !open && !somethingHappened(entry))) this.#marked.delete(id);
      else if (open) {
        this.#sample(entry, open, now, atRest);
        if (atRest) this.#marked.delete(id);
      } else void this.#load(entry);
    }
    for (const [id, open] of this.#open) {
      if (open.unsaved && now - open.savedAt >= SAVE_EVERY_MS) this.#save(open, now);
      if (now - open.lookedAt > PUT_AWAY_AFTER_MS && !this.#marked.has(id)) this.#putAway(id, open, now);
    }
  }

  /** What happened to a package, as the engine saw it. */
  incident(id: string, kind: IncidentKind, detail: string | null): void {
    const open = this.#open.get(id);
    if (open) {
      open.recorder.incidents.add(kind, detail, this.#now());
      open.unsaved = true;
      return;
    }
    const entry = this.#o.library.find(id);
    // What concerns everything alike is no news of a package at rest.
    if (!entry || (entry.idle && !somethingHappened(entry))) return;
    const at = this.#now();
    void this.#load(entry).then((loaded) => {
      loaded?.recorder.incidents.add(kind, detail, at);
      if (loaded) loaded.unsaved = true;
    });
  }

  /** The last look at a package that is about to be removed. */
  async lookOnce(id: string): Promise<void> {
    const entry = this.#o.library.find(id);
    if (!entry) return;
    const open = this.#open.get(id) ?? (somethingHappened(entry) ? await this.#load(entry) : null);
    if (open) this.#sample(entry, open, this.#now(), true);
  }

  /** A package is not here any more: its report stays, within bounds. */
  removed(id: string): void {
    this.#marked.delete(id);
    this.#resting.delete(id);
    const open = this.#open.get(id);
    if (open) {
      this.#open.delete(id);
      this.#save(open, this.#now());
    }
    this.#writing = this.#writing.then(() => this.#files.prune((other) => this.#o.library.find(other) !== undefined))
      .catch((error: unknown) => this.#o.log(`Old figures could not be removed: ${String(error)}`));
  }

  /** @param since only points behind this time @throws ContractError `not-found` */
  async figures(id: string, since?: number): Promise<PackageFigures> {
    const at = this.#now();
    const entry = this.#o.library.find(id);
    if (entry) {
      const open = this.#open.get(id) ?? (await this.#load(entry));
      if (open?.recorder.refresh(entry, at)) this.mark(id);
      if (open) return open.recorder.figures(at, this.#o.transport(entry), since);
    }
    await this.#writing;
    const kept = await this.#files.read(id);
    if (!kept) throw new ContractError('not-found', 'Nothing was measured of this package, or it is not kept any more.');
    return FiguresRecorder.ofKept(kept).figures(kept.at, NO_TRANSPORT, since);
  }

  /** When the package was looked at last, epoch milliseconds; 0: not yet. */
  sampledAt(id: string): number {
    return this.#open.get(id)?.recorder.sampledAt ?? 0;
  }

  /** @throws ContractError `not-found` */
  async exported(id: string, format: 'json' | 'csv'): Promise<string> {
    const figures = await this.figures(id);
    return format === 'csv' ? figuresCsv(figures) : figuresJson(figures);
  }

  /** Of which packages something is kept, newest first. */
  async reports(): Promise<FiguresReport[]> {
    const reports: FiguresReport[] = [];
    await this.#writing;
    for (const id of await this.#files.ids()) {
      const kept = this.#open.get(id)?.recorder.kept(this.#now()) ?? (await this.#files.read(id));
      if (kept) reports.push({ id, name: kept.name, startedAt: kept.startedAt, at: kept.at, here: this.#o.library.find(id) !== undefined });
    }
    return reports;
  }

  metrics(): Metrics {
    const at = this.#now();
    const { user, system } = process.cpuUsage();
    const entries = this.#o.library.entries();
    return {
      at, version: this.#o.version, packageCount: entries.length, packages: entries.slice(0, MAX_METRICS).map((entry) => this.#metricsOf(entry, at)),
      core: { startedAt: this.#startedAt, cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss() }, totals: this.#o.totals(),
    };
  }

  /** Writes what is not written yet. */
  async close(): Promise<void> {
    const now = this.#now();
    await Promise.allSettled(this.#opening.values());
    for (const [id, open] of this.#open) {
      const entry = this.#o.library.find(id);
      if (entry && this.#marked.has(id)) this.#sample(entry, open, now, true);
      if (open.unsaved) this.#save(open, now);
    }
    await this.#writing;
  }

  #sample(entry: PackageEntry, open: Open, now: number, atRest: boolean): void {
    open.recorder.sample(entry, now, atRest);
    open.unsaved = true;
    open.lookedAt = now;
    // One that comes to rest again and again is not written each time.
    if ((atRest && now - open.savedAt >= REST_SAVE_AFTER_MS) || open.savedComplete !== (open.recorder.completedAt !== null)) this.#save(open, now);
  }

  #load(entry: PackageEntry): Promise<Open | null> {
    const { id } = entry.record;
    const opening = this.#opening.get(id) ?? this.#read(entry).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opening);
    return opening;
  }

  /** Null when the package was removed meanwhile. */
  async #read(entry: PackageEntry): Promise<Open | null> {
    const { id, name, addedAt } = entry.record;
    await this.#writing;
    const kept = await this.#files.read(id).catch((error: unknown) => {
      this.#o.log(`The figures of a package could not be read, and begin anew: ${String(error)}`);
      return null;
    });
    if (this.#o.library.find(id) !== entry) return null;
    const now = this.#now();
    const recorder = new FiguresRecorder(id, name, addedAt, kept, now);
    const open: Open = { recorder, savedAt: now, unsaved: false, lookedAt: now, savedComplete: recorder.completedAt !== null };
    this.#open.set(id, open);
    this.#resting.delete(id);
    return open;
  }

  #putAway(id: string, open: Open, now: number): void {
    if (open.unsaved) this.#save(open, now);
    this.#resting.set(id, open.recorder.metrics(now));
    this.#open.delete(id);
  }

  #save(open: Open, now: number): void {
    open.savedAt = now;
    open.unsaved = false;
    open.savedComplete = open.recorder.completedAt !== null;
    const kept = open.recorder.kept(now);
    this.#writing = this.#writing.then(() => this.#files.write(kept)).catch((error: unknown) => this.#o.log(`The figures of a package could not be saved: ${String(error)}`));
  }

  #metricsOf(entry: PackageEntry, at: number): PackageMetrics {
    const { record } = entry;
    // One that was not looked at yet knows nothing of this run: a counter never goes back.
    const recorder = this.sampledAt(record.id) > 0 ? this.#open.get(record.id)!.recorder : null;
    const known = recorder?.metrics(at) ?? this.#resting.get(record.id);
    if (known) return known;
    // Nothing moved since the start, or it has just begun: its counters alone, without reading what is kept of it.
    const stats = entry.stats();
    const bytes = { people: Math.round(stats.fromPeople), server: Math.round(stats.fromServer), local: Math.round(Math.max(0, stats.bytesDone - stats.fromPeople - stats.fromServer)) };
    const fetched = bytes.people + bytes.server;
    return {
      id: record.id, name: record.name, startedAt: null, completedAt: record.completedAt, firstPieceMs: null,
      bytes: { ...bytes, wasted: 0, uploaded: Math.round(stats.uploadedBytes), total: stats.bytesWanted }, originShare: fetched > 0 ? bytes.server / fetched : null, skew: null,
      trackers: [], smoothing: null, control: { action: 'none', reason: null, since: null },
      now: { connected: 0, complete: 0, helping: 0, rarestCopies: 0, meanCopies: 0, done: stats.bytesWanted > 0 ? Math.min(1, stats.bytesDone / stats.bytesWanted) : 0 }, joined: 0, left: 0,
    };
  }
}

/** In this run: what is only restored has nothing new to tell. */
const somethingHappened = (entry: PackageEntry): boolean => entry.allLayers.some(({ torrent }) => torrent.figures.anything);
