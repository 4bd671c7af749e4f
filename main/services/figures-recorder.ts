// Records the figures of one package: looks at its torrents once a second while it moves, adds up its layers, and notes what happened.
import type { ControlFigures, FiguresPoint, PackageFigures, PackageMetrics, SmoothingFigures, TransportFigures } from '../../contract/index.ts';
import type { Torrent } from '../engine/engine.ts';
import type { Counters, KeptFigures } from './figures-file.ts';
import { FiguresHistory, pointOf } from './figures-history.ts';
import type { Sample } from './figures-history.ts';
import { Incidents } from './figures-incidents.ts';
import { TrackersByHost } from './figures-trackers.ts';
import type { PackageEntry } from './package-entry.ts';

/** A sample after a pause says nothing of the time before. */
const MAX_SAMPLE_MS = 2500;
const USUAL_SAMPLE_MS = 1000;
const CHURN_MS = 60_000;

export const NO_TRANSPORT: TransportFigures = { preferred: 'tcp', decidedBy: 'default', tcp: null, utp: null };
/** Of a sample: what adds up over time. */
const flows = ['people', 'server', 'upload', 'joined', 'left'] as const;
const noFlow = (): Pick<Sample, (typeof flows)[number]> => ({ people: 0, server: 0, upload: 0, joined: 0, left: 0 });
const NO_CONTROL: ControlFigures = { action: 'none', reason: null, since: null };

/** Raw counters of a torrent at the last look. */
interface Seen { joined: number; left: number; fromPeople: number; fromServer: number; uploaded: number; wasted: number }

/** Kept beside the torrent, so that figures that were put away and read again count nothing twice. */
const seen = new WeakMap<Torrent, Seen>();

export class FiguresRecorder {
  readonly id: string;
  readonly incidents: Incidents;
  readonly #history: FiguresHistory;
  readonly #trackers: TrackersByHost;
  readonly #layers: Map<string, Counters>;
  readonly #bytes: PackageFigures['bytes'];
  #name: string;
  readonly #addedAt: number;
  #startedAt: number | null;
  #completedAt: number | null;
  #firstPieceMs: number | null;
  #joined: number;
  #left: number;
  /** Who was here at the last look, for packages of several layers. */
  #people = new Set<string>();
  #recentChurn: { at: number; count: number }[] = [];
  #sampledAt = 0;
  #atRest = false;
  /** What was seen since the last sample by looks in between. */
  #between = noFlow();
  #now: FiguresPoint;
  #smoothing: SmoothingFigures | null = null;
  #control: ControlFigures = NO_CONTROL;

  /** @param kept of an earlier run; what is of another life of the same package (removed and added again) is not gone on with */
  constructor(id: string, name: string, addedAt: number, kept: KeptFigures | null, at: number) {
    const before = kept?.addedAt === addedAt ? kept : null;
    this.id = id;
    this.#name = name;
    this.#addedAt = addedAt;
    this.#startedAt = before?.startedAt ?? null;
    this.#completedAt = before?.completedAt ?? null;
    this.#firstPieceMs = before?.firstPieceMs ?? null;
    this.#joined = before?.joined ?? 0;
    this.#left = before?.left ?? 0;
    this.#bytes = before ? { ...before.bytes } : { people: 0, server: 0, local: 0, wasted: 0, uploaded: 0, total: 0 };
    this.#layers = new Map(Object.entries(before?.layers ?? {}));
    this.#history = before ? FiguresHistory.from(before.history) : new FiguresHistory();
    this.incidents = new Incidents(before?.incidents);
    this.#trackers = new TrackersByHost(before?.trackers);
    this.#now = pointOf({ ...emptySample(at, USUAL_SAMPLE_MS), done: this.#history.points().at(-1)?.done ?? 0 });
  }

  /** Of a package that is not here any more. */
  static ofKept(kept: KeptFigures): FiguresRecorder {
    return new FiguresRecorder(kept.id, kept.name, kept.addedAt, kept, kept.at);
  }

  get completedAt(): number | null {
    return this.#completedAt;
  }

  get sampledAt(): number {
    return this.#sampledAt;
  }

  /** Once a second while the package moves, and once when it comes to rest. @param atRest nothing can move by itself any more */
  sample(entry: PackageEntry, at: number, atRest: boolean): void {
    const elapsed = at - this.#sampledAt;
    const sample = this.#look(entry, at, elapsed > 0 && elapsed <= MAX_SAMPLE_MS ? elapsed : USUAL_SAMPLE_MS);
    for (const name of flows) sample[name] += this.#between[name];
    this.#between = noFlow();
    const wasAtRest = this.#atRest;
    this.#atRest = atRest;
    // Something was changed of a package at rest: nothing to go on with.
    if (atRest && wasAtRest && flows.every((name) => sample[name] === 0)) return;
    this.#sampledAt = at;
    this.#history.add(sample);
    this.#now = pointOf({ ...sample, at });
    if (sample.joined + sample.left > 0) this.#recentChurn.push({ at, count: sample.joined + sample.left });
    if (atRest) this.#history.close();
  }

  /** Brings the counters up to date between two samples. @returns whether something came that the next sample has to tell */
  refresh(entry: PackageEntry, at: number): boolean {
    const sample = this.#look(entry, at, USUAL_SAMPLE_MS);
    for (const name of flows) this.#between[name] += sample[name];
    const { people, server, upload, joined, left, ...levels } = pointOf({ ...sample, at });
    // Rates stay those of the last whole second.
    this.#now = at - this.#sampledAt > MAX_SAMPLE_MS ? { ...levels, people, server, upload, joined, left } : { ...this.#now, ...levels };
    return flows.some((name) => this.#between[name] !== 0);
  }

  figures(at: number, transport: TransportFigures, since?: number): PackageFigures {
    const { people, server } = this.#bytes;
    const now = at - this.#now.at > MAX_SAMPLE_MS ? pointOf({ ...emptySample(at, USUAL_SAMPLE_MS), done: this.#now.done }) : this.#now;
    return {
      id: this.id, name: this.#name, at, startedAt: this.#startedAt, completedAt: this.#completedAt, firstPieceMs: this.#firstPieceMs,
      bytes: { ...this.#bytes }, originShare: people + server > 0 ? server / (people + server) : null,
      now, churnPerMinute: this.#churn(at), skew: skewOf(now), trackers: this.#trackers.figures(), smoothing: this.#smoothing, control: this.#control, transport,
      incidents: [...this.incidents.list], history: { stepMs: this.#history.stepMs, points: this.#history.points(since) },
    };
  }

  metrics(at: number): PackageMetrics {
    const { id, name, startedAt, completedAt, firstPieceMs, bytes, originShare, skew, trackers, smoothing, control, now } = this.figures(at, NO_TRANSPORT, Number.MAX_SAFE_INTEGER);
    const { connected, complete, helping, rarestCopies, meanCopies, done } = now;
    return {
      id, name, startedAt, completedAt, firstPieceMs, bytes, originShare, skew, trackers, smoothing, control,
      now: { connected, complete, helping, rarestCopies, meanCopies, done }, joined: this.#joined, left: this.#left,
    };
  }

  kept(at: number): KeptFigures {
    return {
      version: 1, id: this.id, name: this.#name.slice(0, 1000), at, addedAt: this.#addedAt, startedAt: this.#startedAt, completedAt: this.#completedAt, firstPieceMs: this.#firstPieceMs,
      bytes: { ...this.#bytes }, joined: this.#joined, left: this.#left, layers: Object.fromEntries(this.#layers),
      trackers: this.#trackers.figures(), incidents: [...this.incidents.list], history: this.#history.toJSON(),
    };
  }

  /** Brings the counters up to date and tells what came since the last look. */
  #look(entry: PackageEntry, at: number, ms: number): Sample {
    const { record, allLayers } = entry;
    this.#name = entry.event?.manifest.package.title ?? entry.layers[0]?.metainfo?.name ?? record.name;
    this.#completedAt = record.completedAt;
    const sample = emptySample(at, ms);
    const crowd = { missing: noCopies(), all: noCopies() };
    const people = new Map<string, { complete: boolean; helping: boolean }>();
    const running: Torrent[] = [];
    let local = 0;
    let startedAt = Number.POSITIVE_INFINITY;
    let firstPieceAt = Number.POSITIVE_INFINITY;
    for (const { torrent, record: { infoHash } } of allLayers) {
      const stats = torrent.stats();
      this.#count(torrent, infoHash, stats, sample);
      local += Math.max(0, stats.bytesDone - stats.fromPeople - stats.fromServer);
      startedAt = Math.min(startedAt, torrent.figures.startedAt ?? startedAt);
      firstPieceAt = Math.min(firstPieceAt, torrent.figures.firstPieceAt ?? firstPieceAt);
      if (!torrent.paused) running.push(torrent);
      if (stats.connected === 0) continue;
      const here = torrent.crowd();
      addCopies(crowd.all, here);
      if (!stats.wantedDone) addCopies(crowd.missing, here);
      for (const { who, complete, helping } of here.people) {
        const known = people.get(who);
        people.set(who, known ? { complete: known.complete && complete, helping: known.helping || helping } : { complete, helping });
      }
    }
    this.#startedAt ??= Number.isFinite(startedAt) ? startedAt : null;
    if (Number.isFinite(firstPieceAt)) this.#firstPieceMs ??= Math.max(0, firstPieceAt - startedAt);
    this.#countPeople(people, allLayers.length > 1, sample);
    // What is still missing decides; when everything is here, what the others still fetch from us.
    const copies = crowd.missing.pieces > 0 ? crowd.missing : crowd.all;
    sample.rarestCopies = copies.pieces > 0 ? copies.rarest : 0;
    sample.meanCopies = copies.pieces > 0 ? copies.copies / copies.pieces : 0;
    const { done, wanted } = progressOf(entry);
    sample.done = wanted > 0 ? Math.min(1, done / wanted) : 0;
    this.#bytes.total = wanted;
    this.#bytes.local = Math.round(local);
    this.#trackers.look(running, (kind, host) => this.incidents.add(kind, host, at));
    this.#lookAtSources(running);
    return sample;
  }

  #count(torrent: Torrent, infoHash: string, stats: ReturnType<Torrent['stats']>, sample: Sample): void {
    const before = this.#layers.get(infoHash) ?? [0, 0, 0];
    const counters: Counters = [stats.fromPeople, stats.fromServer, stats.uploadedBytes];
    // A counter that is smaller than before began anew.
    const [people, server, uploaded] = counters.map((value, i) => Math.round(value - (value >= before[i]! ? before[i]! : 0))) as Counters;
    this.#layers.set(infoHash, counters);
    this.#bytes.people += people;
    this.#bytes.server += server;
    this.#bytes.uploaded += uploaded;
    const raw = torrent.figures;
    const last = seen.get(torrent) ?? { joined: 0, left: 0, fromPeople: 0, fromServer: 0, uploaded: 0, wasted: 0 };
    this.#bytes.wasted += Math.round(Math.max(0, stats.wastedBytes - last.wasted));
    sample.people += raw.fromPeople - last.fromPeople;
    sample.server += raw.fromServer - last.fromServer;
    sample.upload += raw.uploaded - last.uploaded;
    sample.joined += raw.joined - last.joined;
    sample.left += raw.left - last.left;
    seen.set(torrent, { joined: raw.joined, left: raw.left, fromPeople: raw.fromPeople, fromServer: raw.fromServer, uploaded: raw.uploaded, wasted: stats.wastedBytes });
  }

  /** One person has a connection for each layer, which is no coming and going. */
  #countPeople(people: Map<string, { complete: boolean; helping: boolean }>, severalLayers: boolean, sample: Sample): void {
    sample.connected = people.size;
    for (const { complete, helping } of people.values()) {
      if (complete) sample.complete++;
      if (helping) sample.helping++;
    }
    if (severalLayers) {
      sample.joined = [...people.keys()].filter((who) => !this.#people.has(who)).length;
      sample.left = [...this.#people].filter((who) => !people.has(who)).length;
    }
    this.#people = new Set(people.keys());
    this.#joined += sample.joined;
    this.#left += sample.left;
  }

  /** The gentle beginning and the thresholds work by torrent; those of a package have the same clock. */
  #lookAtSources(running: readonly Torrent[]): void {
    this.#smoothing = null;
    this.#control = NO_CONTROL;
    for (const torrent of running) {
      const { smoothing, control } = torrent.sourceState();
      if (smoothing && smoothing.share <= (this.#smoothing?.share ?? 1)) this.#smoothing = smoothing;
      if (this.#control.action === 'none') this.#control = control;
    }
  }

  #churn(at: number): number {
    this.#recentChurn = this.#recentChurn.filter((one) => one.at > at - CHURN_MS);
    return this.#recentChurn.reduce((sum, { count }) => sum + count, 0);
  }
}

/** Bytes of what is fetched now: of the newer version, where there is one. */
function progressOf(entry: PackageEntry): { done: number; wanted: number } {
  let [done, wanted] = [0, 0];
  for (const { torrent, record } of entry.fetching) {
    if (!record.chosen) continue;
    const stats = torrent.stats();
    done += stats.bytesDone;
    wanted += stats.bytesWanted;
  }
  return { done, wanted };
}

interface Copies { pieces: number; copies: number; rarest: number }
const noCopies = (): Copies => ({ pieces: 0, copies: 0, rarest: Number.POSITIVE_INFINITY });
function addCopies(sum: Copies, { pieces, copies, rarest }: Copies): void {
  if (pieces === 0) return;
  sum.pieces += pieces;
  sum.copies += copies;
  sum.rarest = Math.min(sum.rarest, rarest);
}

/** How unevenly the wanted pieces are spread: 0 all alike, 1 one of them is with nobody. */
function skewOf({ connected, rarestCopies, meanCopies }: FiguresPoint): number | null {
  return connected > 0 && meanCopies > 0 ? Math.max(0, Math.min(1, 1 - rarestCopies / meanCopies)) : null;
}

const emptySample = (at: number, ms: number): Sample => (
  { at, ms, people: 0, server: 0, upload: 0, connected: 0, complete: 0, helping: 0, joined: 0, left: 0, rarestCopies: 0, meanCopies: 0, done: 0 }
);
