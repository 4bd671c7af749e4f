// One package of the library while it is open: its record, its layers, and what can be said of them together.
import type { FileEntry, PackageState } from '../../contract/index.ts';
import type { Settings } from '../../contract/index.ts';
import type { EngineProblem, TorrentStats } from '../engine/engine.ts';
import { SpeedMeter } from '../engine/speed-meter.ts';
import { goalReached } from '../engine/seeding-goals.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { EventPackage } from '../package/package-types.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { PackageRecord } from './package-record.ts';

/** Something that stands in the way of the whole package, from outside the engine. */
export interface EventStanding {
  revoked: boolean; revokedByUser: boolean; expired: boolean;
  /** The newer version that is being fetched has expired. */
  nextExpired: boolean;
}

export class PackageEntry {
  readonly record: PackageRecord;
  layers: LayerEntry[] = [];
  /** The layers of a newer version that is being fetched beside the one in use. */
  next: LayerEntry[] = [];
  /** The signed manifest, verified again at each start; null for a plain torrent. */
  event: EventPackage | null = null;
  nextEvent: EventPackage | null = null;
  standing: EventStanding = { revoked: false, revokedByUser: false, expired: false, nextExpired: false };
  /** A problem with the package itself, not with one of its torrents. */
  ownProblem: EngineProblem | null = null;
  ownWork: LayerEntry['work'] = null;
  running = false;
  position = 0;
  /** State of the last look, so that the time in it can be told. */
  before: { kind: PackageState['kind']; reason: string; beganAt: number } | null = null;
  runningSince = Date.now();
  /** Each torrent's own speed is an average of its last seconds: of layers that follow one another the sum would be too much. */
  readonly #speeds = { down: new SpeedMeter(() => performance.now()), up: new SpeedMeter(() => performance.now()) };

  constructor(record: PackageRecord) {
    this.record = record;
  }

  get allLayers(): LayerEntry[] {
    return this.next.length ? [...this.layers, ...this.next] : this.layers;
  }

  get chosenLayers(): LayerEntry[] {
    return this.layers.filter((layer) => layer.record.chosen);
  }

  /** All file lists are here. */
  get hasMetadata(): boolean {
    return this.layers.every((layer) => layer.metainfo !== null);
  }

  get problem(): LayerEntry['problem'] {
    return this.ownProblem ?? this.allLayers.find((layer) => layer.problem)?.problem ?? null;
  }

  clearProblems(): void {
    this.ownProblem = null;
    for (const layer of this.allLayers) layer.problem = null;
  }

  get work(): LayerEntry['work'] {
    return this.ownWork ?? this.allLayers.find((layer) => layer.work)?.work ?? null;
  }

  /** Every chosen byte of the version in use is here; a refused layer and what needs it count as done, because they are never fetched. */
  get whole(): boolean {
    const chosen = this.chosenLayers;
    const missing = chosen.filter((layer) => !layer.complete);
    if (!missing.length) return chosen.length > 0;
    const lost = new Set(this.layers.filter((layer) => layer.refused).map((layer) => layer.record.id));
    if (!lost.size) return false;
    for (let before = -1; before !== lost.size;) {
      before = lost.size;
      for (const { record } of missing) if (record.requires.some((id) => lost.has(id))) lost.add(record.id);
    }
    return missing.every((layer) => lost.has(layer.record.id));
  }

  /** The same, and no newer version is being fetched. */
  get complete(): boolean {
    return this.whole && this.record.next === null;
  }

  /** The layers that are fetched now: of the newer version, where there is one. */
  get fetching(): LayerEntry[] {
    return this.next.length ? this.next : this.layers;
  }

  /** It has expired: what was begun goes on, nothing new begins. The clock alone may say so before anybody has looked. */
  get expired(): boolean {
    return this.standing.expired || isPast(this.event);
  }

  get fetchingExpired(): boolean {
    return this.next.length ? this.standing.nextExpired || isPast(this.nextEvent) : this.expired;
  }

  /** Something is missing that may not begin any more, and nothing is left to finish. */
  get heldByExpiry(): boolean {
    if (this.complete || !this.fetchingExpired) return false;
    return !this.fetching.some((layer) => layer.record.chosen && !layer.refused && !layer.complete && layer.begun);
  }

  /** A revoked key holds everything up, unless its successor signed a newer version that is being fetched. */
  get heldByKey(): boolean {
    return this.standing.revoked && this.next.length === 0;
  }

  /** Everything that the package needs to be used is there. */
  get coreReady(): boolean {
    const required = this.layers.filter((layer) => layer.record.required);
    return (required.length ? required : this.chosenLayers).every((layer) => layer.ready);
  }

  /** Epoch ms at which the gentle beginning towards servers ends, while that is what keeps the download from being faster. */
  get smoothingUntil(): number | null {
    let until: number | null = null;
    for (const layer of this.fetching) {
      if (layer.torrent.paused) continue;
      const { heldBySmoothing, smoothing } = layer.torrent.sourceState();
      if (heldBySmoothing && smoothing) until = Math.max(until ?? 0, smoothing.endsAt);
    }
    return until;
  }

  /** Nothing moves and nothing can change by itself. */
  get idle(): boolean {
    if (this.work) return false;
    for (const layer of this.allLayers) {
      const { connected, uploadBytesPerSecond, wantedDone } = layer.torrent.stats();
      if (connected > 0) return false;
      if (!layer.torrent.paused && !(wantedDone && uploadBytesPerSecond === 0)) return false;
    }
    return true;
  }

  /** What its torrents together did and do. */
  stats(): TorrentStats {
    const [first, ...others] = this.allLayers;
    const sum = first!.torrent.stats();
    if (!others.length) return sum;
    this.#meter(first!, sum);
    for (const layer of others) {
      const one = layer.torrent.stats();
      this.#meter(layer, one);
      for (const name of summed) sum[name] += one[name];
      if (one.firstPieceMs !== null) sum.firstPieceMs = sum.firstPieceMs === null ? one.firstPieceMs : Math.min(sum.firstPieceMs, one.firstPieceMs);
      sum.wantedDone &&= one.wantedDone;
    }
    return { ...sum, downloadBytesPerSecond: this.#speeds.down.bytesPerSecond, uploadBytesPerSecond: this.#speeds.up.bytesPerSecond };
  }

  #meter(layer: LayerEntry, stats: TorrentStats): void {
    const { received, uploaded } = layer.movedSince(stats);
    if (received) this.#speeds.down.add(received);
    if (uploaded) this.#speeds.up.add(uploaded);
  }

  /** Bytes of the layers in use: of all, of what is chosen, and of that verified. */
  bytes(): { total: number; wanted: number; done: number } {
    let [total, wanted, done] = [0, 0, 0];
    for (const layer of this.layers) {
      total += layer.contentBytes;
      if (!layer.record.chosen) continue;
      const { bytesWanted, bytesDone } = layer.torrent.stats();
      wanted += bytesWanted;
      done += bytesDone;
    }
    return { total, wanted, done };
  }

  /** What the ratio is taken over: what was fetched, or the chosen size when it was all here before. */
  get baseBytes(): number {
    const stats = this.stats();
    return stats.fromPeople + stats.fromServer || stats.bytesWanted;
  }

  goalReached(settings: Settings): boolean {
    if (this.record.shareAgain || !this.complete) return false;
    const goal = this.record.seedingGoal ?? settings.seedingGoal;
    return goalReached(goal, { uploadedBytes: this.stats().uploadedBytes, baseBytes: this.baseBytes, sharedMs: this.record.sharedMs });
  }

  /** The queue's decision; remembers when it began so that "nobody is online" is not said in the first seconds. */
  setRunning(running: boolean): void {
    if (running && !this.running) this.runningSince = Date.now();
    this.running = running;
  }

  /** The layer and the file in it of a file number of the package; numbers run over all layers, pad files included. */
  locate(index: number): { layer: LayerEntry; metainfo: Metainfo; index: number } | null {
    let base = 0;
    for (const layer of this.layers) {
      const count = layer.metainfo?.files.length ?? 0;
      if (layer.metainfo && index >= base && index < base + count) return { layer, metainfo: layer.metainfo, index: index - base };
      base += count;
    }
    return null;
  }

  files(): FileEntry[] {
    let base = 0;
    return this.layers.flatMap((layer) => {
      const files = layer.files(base);
      base += layer.metainfo?.files.length ?? 0;
      return files;
    });
  }
}

const isPast = (event: EventPackage | null): boolean => event !== null && event.expiresAt !== null && event.expiresAt <= Date.now();

const summed = [
  'downloadBytesPerSecond', 'uploadBytesPerSecond', 'receivedBytes', 'uploadedBytes', 'fromPeople', 'fromServer', 'wastedBytes', 'hashFailures',
  'connected', 'known', 'connecting', 'sendingToUs', 'receivingFromUs', 'peersWithData', 'bytesDone', 'bytesWanted',
] as const satisfies readonly (keyof TorrentStats)[];
