// One package of the library: its record, its torrent in the engine, and what can be said of both.
import type { FileEntry, PackageDetail, PackageState, PackageSummary, Settings } from '../../contract/index.ts';
import type { EngineProblem, Torrent } from '../engine/engine.ts';
import { goalReached, ratio } from '../engine/seeding-goals.ts';
import { magnetOf } from '../metainfo/magnet.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import type { PackageRecord } from './package-record.ts';
import { packageState } from './package-state.ts';
import { swarmBar } from './swarm-bar.ts';

const priorityNames = ['skip', 'normal', 'high'] as const;
const maxPiecesShown = 4096;

export class PackageEntry {
  readonly record: PackageRecord;
  readonly torrent: Torrent;
  problem: (EngineProblem & { missingBytes?: number }) | null = null;
  work: { kind: 'checking' | 'moving'; progress: number } | null = null;
  running = false;
  position = 0;
  #before: { kind: PackageState['kind']; reason: string; beganAt: number } | null = null;
  #runningSince = Date.now();
  #paths: (string | null)[] | null = null;

  constructor(record: PackageRecord, torrent: Torrent) {
    this.record = record;
    this.torrent = torrent;
  }

  get metainfo(): Metainfo | null {
    return this.torrent.metainfo;
  }

  /** Priorities for the engine: one byte a file, padding never chosen. */
  priorities(metainfo: Metainfo): Uint8Array {
    const { priorities, selectOnly } = this.record;
    return Uint8Array.from(metainfo.files, (file, index) => {
      if (file.padding) return 0;
      if (priorities.length === metainfo.files.length) return Number(priorities[index]);
      return selectOnly && !selectOnly.includes(index) ? 0 : 1;
    });
  }

  get complete(): boolean {
    return this.metainfo !== null && this.torrent.store !== null && this.torrent.stats().wantedDone;
  }

  /** Nothing moves and nothing can change by itself. */
  get idle(): boolean {
    const { connected, uploadBytesPerSecond, wantedDone } = this.torrent.stats();
    if (this.work || connected > 0) return false;
    return !this.running || (wantedDone && uploadBytesPerSecond === 0);
  }

  /** What the ratio is taken over: what was fetched, or the chosen size when it was all here before. */
  get baseBytes(): number {
    const stats = this.torrent.stats();
    return stats.fromPeople + stats.fromServer || stats.bytesWanted;
  }

  goalReached(settings: Settings): boolean {
    if (this.record.shareAgain || !this.complete) return false;
    const goal = this.record.seedingGoal ?? settings.seedingGoal;
    return goalReached(goal, { uploadedBytes: this.torrent.stats().uploadedBytes, baseBytes: this.baseBytes, sharedMs: this.record.sharedMs });
  }

  /** The queue's decision; remembers when it began so that "nobody is online" is not said in the first seconds. */
  setRunning(running: boolean): void {
    if (running && !this.running) this.#runningSince = Date.now();
    this.running = running;
  }

  summary(settings: Settings, globalDownLimit: number | null): PackageSummary {
    const { record, torrent, metainfo } = this;
    const stats = torrent.stats();
    const limits = [record.downBytesPerSecond, globalDownLimit].filter((limit) => limit !== null);
    const trackers = torrent.trackers();
    const nextLooks = trackers.map((t) => t.nextAnnounceAt).filter((at) => at !== null);
    const complete = this.complete;
    const { state, beganAt } = packageState({
      now: Date.now(),
      hasMetadata: metainfo !== null,
      paused: record.paused,
      running: this.running,
      work: this.work,
      problem: this.problem,
      complete,
      anythingChosen: metainfo === null || stats.bytesWanted > 0,
      goalReached: this.goalReached(settings),
      connected: stats.connected,
      connecting: stats.connecting,
      sending: stats.sendingToUs,
      receiving: stats.receivingFromUs,
      peersWithData: stats.peersWithData,
      downloadBytesPerSecond: stats.downloadBytesPerSecond,
      limitBytesPerSecond: limits.length ? Math.min(...limits) : null,
      nextLookAt: nextLooks.length ? Math.min(...nextLooks) : null,
      startedAt: this.#runningSince,
    }, this.#before);
    this.#before = { kind: state.kind, reason: state.reason, beganAt };
    const sources = torrent.pieceSources();
    const from = bytesBySource(sources, metainfo);
    const left = Math.max(0, stats.bytesWanted - stats.bytesDone);
    return {
      id: record.id,
      name: metainfo?.name ?? record.name,
      infoHash: record.infoHash,
      signature: 'unsigned',
      layers: [{
        id: record.infoHash, title: metainfo?.name ?? record.name, required: true, infoHash: record.infoHash,
        bytesTotal: metainfo?.length ?? 0, bytesDone: stats.bytesDone,
      }],
      hasMetadata: metainfo !== null,
      addedAt: record.addedAt,
      completedAt: record.completedAt,
      state,
      bytesTotal: metainfo?.length ?? 0,
      bytesWanted: stats.bytesWanted,
      bytesDone: stats.bytesDone,
      fromLocal: from[1]!, fromPeople: from[2]!, fromServer: from[3]!,
      uploadedBytes: stats.uploadedBytes,
      ratio: ratio({ uploadedBytes: stats.uploadedBytes, baseBytes: this.baseBytes }),
      downloadBytesPerSecond: Math.round(stats.downloadBytesPerSecond),
      uploadBytesPerSecond: Math.round(stats.uploadBytesPerSecond),
      etaSeconds: !complete && state.kind === 'downloading' && stats.downloadBytesPerSecond > 100 ? Math.round(left / stats.downloadBytesPerSecond) : null,
      peers: { connected: stats.connected, known: stats.known, sending: stats.sendingToUs, receiving: stats.receivingFromUs, complete: stats.peersWithData },
      firstPieceMs: stats.firstPieceMs === null ? null : Math.round(stats.firstPieceMs),
      bar: swarmBar(sources, torrent.availability()),
      queuePosition: this.position,
      order: record.order,
      paused: record.paused,
      folder: record.folder,
      fileCount: metainfo?.files.filter((file) => !file.padding).length ?? 0,
      limits: { downBytesPerSecond: record.downBytesPerSecond, upBytesPerSecond: record.upBytesPerSecond, uploadSlots: record.uploadSlots },
      seedingGoal: record.seedingGoal,
    };
  }

  detail(): PackageDetail {
    const { record, torrent, metainfo } = this;
    const sources = torrent.pieceSources();
    const { shown, copies } = shownPieces(sources, torrent.availability());
    return {
      id: record.id,
      files: metainfo ? this.files(metainfo, sources) : [],
      trackers: torrent.trackers(),
      peers: torrent.peers(),
      pieces: { count: sources.length, length: metainfo?.pieceLength ?? 0, sources: shown, copies },
      webSeeds: record.webSeeds,
      magnet: magnetOf({ infoHash: record.infoHash, name: metainfo?.name ?? record.name, trackers: record.trackers.flat(), webSeeds: record.webSeeds }),
      comment: metainfo?.comment ?? null,
      createdBy: metainfo?.createdBy ?? null,
      createdAt: metainfo?.creationDate ? metainfo.creationDate * 1000 : null,
      private: metainfo?.private ?? false,
      wastedBytes: torrent.stats().wastedBytes,
    };
  }

  files(metainfo: Metainfo, sources: Uint8Array): FileEntry[] {
    const priorities = this.priorities(metainfo);
    this.#paths ??= diskPaths(metainfo);
    const paths = this.#paths;
    const entries: FileEntry[] = [];
    metainfo.files.forEach((file, index) => {
      const path = paths[index];
      if (file.padding || path === null || path === undefined) return;
      entries.push({ index, path, length: file.length, bytesDone: bytesInRange(sources, metainfo, file.offset, file.length), priority: priorityNames[priorities[index]!]! });
    });
    return entries;
  }
}

/** Verified bytes by source (index 1 local, 2 people, 3 server). */
function bytesBySource(sources: Uint8Array, metainfo: Metainfo | null): number[] {
  const from = [0, 0, 0, 0];
  if (!metainfo) return from;
  sources.forEach((source, piece) => {
    from[source]! += piece === metainfo.pieceCount - 1 ? metainfo.length - piece * metainfo.pieceLength : metainfo.pieceLength;
  });
  return from;
}

/** Verified bytes between two offsets of the torrent. */
function bytesInRange(sources: Uint8Array, metainfo: Metainfo, offset: number, length: number): number {
  if (length === 0) return 0;
  let done = 0;
  const first = Math.floor(offset / metainfo.pieceLength);
  const last = Math.floor((offset + length - 1) / metainfo.pieceLength);
  for (let piece = first; piece <= last; piece += 1) {
    if (!sources[piece]) continue;
    const start = Math.max(offset, piece * metainfo.pieceLength);
    const end = Math.min(offset + length, (piece + 1) * metainfo.pieceLength);
    done += end - start;
  }
  return done;
}

/** The piece map for the interface; a torrent of very many pieces is shown in stretches, each as its least advanced piece. */
function shownPieces(sources: Uint8Array, availability: Uint16Array): { shown: string; copies: number[] } {
  const bins = Math.min(maxPiecesShown, sources.length);
  let shown = '';
  const copies: number[] = [];
  for (let bin = 0; bin < bins; bin += 1) {
    const from = Math.floor((bin * sources.length) / bins);
    const to = Math.floor(((bin + 1) * sources.length) / bins);
    let least = 3;
    let fewest = 65_535;
    for (let piece = from; piece < to; piece += 1) {
      least = Math.min(least, sources[piece]!);
      fewest = Math.min(fewest, availability[piece] ?? 0);
    }
    shown += least;
    copies.push(fewest);
  }
  return { shown, copies };
}
