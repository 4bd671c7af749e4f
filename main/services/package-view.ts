// A package as the interface sees it: the summary for lists and the detail for the page that is open.
import type { EventInfo, PackageDetail, PackageSummary, Settings, TrackerEntry } from '../../contract/index.ts';
import { ratio } from '../engine/seeding-goals.ts';
import { magnetOf } from '../metainfo/magnet.ts';
import type { Consequence } from './line-conditions.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { PackageEntry } from './package-entry.ts';
import { packageState } from './package-state.ts';
import { swarmBar } from './swarm-bar.ts';

const maxPiecesShown = 4096;

/**
 * @param event what the trust and update services say of it; null for a plain torrent
 * @param held why nothing runs at the moment
 */
export function packageSummary(entry: PackageEntry, settings: Settings, globalDownLimit: number | null, event: EventInfo | null, held: Consequence['held'] = null): PackageSummary {
  const { record } = entry;
  const stats = entry.stats();
  const bytes = entry.bytes();
  const limits = [record.downBytesPerSecond, globalDownLimit].filter((limit) => limit !== null);
  const nextLooks = entry.layers.flatMap((layer) => layer.torrent.trackers().map((t) => t.nextAnnounceAt)).filter((at) => at !== null);
  const complete = entry.complete;
  const now = Date.now();
  const { state, beganAt } = packageState({
    now,
    hasMetadata: entry.hasMetadata,
    paused: record.paused,
    held,
    running: entry.running && !entry.heldByExpiry,
    work: entry.work,
    problem: entry.problem,
    complete,
    anythingChosen: !entry.hasMetadata || bytes.wanted > 0,
    goalReached: entry.goalReached(settings),
    connected: stats.connected,
    connecting: stats.connecting,
    sending: stats.sendingToUs,
    receiving: stats.receivingFromUs,
    peersWithData: stats.peersWithData,
    downloadBytesPerSecond: stats.downloadBytesPerSecond,
    limitBytesPerSecond: limits.length ? Math.min(...limits) : null,
    nextLookAt: nextLooks.length ? Math.min(...nextLooks) : null,
    startedAt: entry.runningSince,
    smoothingUntil: entry.smoothingUntil,
    event: event && {
      revoked: entry.heldByKey, expired: entry.fetchingExpired, coreReady: event.coreReady, opensAt: event.open ? null : event.startsAt,
      layerRefused: entry.layers.some((layer) => layer.refused), sealed: entry.chosenLayers.some((layer) => layer.state === 'sealed'),
      updating: record.next !== null, severalLayers: entry.layers.length > 1,
    },
  }, entry.before);
  entry.before = { kind: state.kind, reason: state.reason, beganAt };
  const from = sum(entry.layers.map((layer) => layer.bytesBySource()));
  const left = entry.next.length ? entry.next.reduce((missing, layer) => missing + (layer.record.chosen ? layer.missingBytes : 0), 0) : Math.max(0, bytes.wanted - bytes.done);
  const [first] = entry.layers;
  const shownLayers = entry.chosenLayers.length ? entry.chosenLayers : entry.layers;
  return {
    id: record.id,
    name: entry.event?.manifest.package.title ?? first!.metainfo?.name ?? record.name,
    infoHash: first!.record.infoHash,
    signature: event ? 'signed' : 'unsigned',
    event,
    layers: entry.layers.map((layer) => ({
      id: layer.record.id, title: layer.manifest?.title ?? layer.metainfo?.name ?? layer.record.title, required: layer.record.required, chosen: layer.record.chosen,
      requires: layer.record.requires, infoHash: layer.record.infoHash, bytesTotal: layer.contentBytes, bytesDone: layer.torrent.stats().bytesDone,
      fileCount: fileCount(layer), state: layer.state, segment: layer.record.segment,
    })),
    hasMetadata: entry.hasMetadata,
    addedAt: record.addedAt,
    completedAt: record.completedAt,
    state,
    bytesTotal: bytes.total,
    bytesWanted: bytes.wanted,
    bytesDone: bytes.done,
    fromLocal: from[1]!, fromPeople: from[2]!, fromServer: from[3]!,
    uploadedBytes: stats.uploadedBytes,
    ratio: ratio({ uploadedBytes: stats.uploadedBytes, baseBytes: entry.baseBytes }),
    downloadBytesPerSecond: Math.round(stats.downloadBytesPerSecond),
    uploadBytesPerSecond: Math.round(stats.uploadBytesPerSecond),
    etaSeconds: !complete && state.kind === 'downloading' && stats.downloadBytesPerSecond > 100 ? Math.round(left / stats.downloadBytesPerSecond) : null,
    peers: { connected: stats.connected, known: stats.known, sending: stats.sendingToUs, receiving: stats.receivingFromUs, complete: stats.peersWithData },
    firstPieceMs: stats.firstPieceMs === null ? null : Math.round(stats.firstPieceMs),
    bar: swarmBar(joined(shownLayers.map((layer) => layer.torrent.pieceSources())), joined(shownLayers.map((layer) => layer.torrent.availability()))),
    queuePosition: entry.position,
    order: record.order,
    paused: record.paused,
    folder: record.folder,
    fileCount: entry.layers.reduce((count, layer) => count + fileCount(layer), 0),
    limits: { downBytesPerSecond: record.downBytesPerSecond, upBytesPerSecond: record.upBytesPerSecond, uploadSlots: record.uploadSlots, serverBytesPerSecond: record.serverBytesPerSecond },
    serverUse: record.serverUse,
    seedingGoal: record.seedingGoal,
  };
}

export function packageDetail(entry: PackageEntry): PackageDetail {
  const { record } = entry;
  const sources = joined(entry.layers.map((layer) => layer.torrent.pieceSources()));
  const { shown, copies } = shownPieces(sources, joined(entry.layers.map((layer) => layer.torrent.availability())));
  const [first] = entry.layers;
  const metainfo = first!.metainfo;
  return {
    id: record.id,
    files: entry.files(),
    trackers: trackersOf(entry),
    peers: entry.allLayers.flatMap((layer) => layer.torrent.peers().map((peer) => ({ ...peer, id: `${layer.record.infoHash.slice(0, 8)}-${peer.id}` }))),
    pieces: { count: sources.length, length: metainfo?.pieceLength ?? 0, sources: shown, copies },
    webSeeds: record.webSeeds,
    magnet: magnetOf({ infoHash: first!.record.infoHash, name: metainfo?.name ?? record.name, trackers: record.trackers.flat(), webSeeds: record.webSeeds }),
    comment: metainfo?.comment ?? null,
    createdBy: metainfo?.createdBy ?? null,
    createdAt: metainfo?.creationDate ? metainfo.creationDate * 1000 : null,
    private: metainfo?.private ?? false,
    wastedBytes: entry.stats().wastedBytes,
  };
}

/** Every tracker once, as the layer sees it that heard from it last. */
function trackersOf(entry: PackageEntry): TrackerEntry[] {
  const byUrl = new Map<string, TrackerEntry>();
  for (const layer of entry.layers) {
    for (const tracker of layer.torrent.trackers()) {
      const known = byUrl.get(tracker.url);
      if (!known || (tracker.lastAnswerAt ?? 0) > (known.lastAnswerAt ?? 0)) byUrl.set(tracker.url, tracker);
    }
  }
  return [...byUrl.values()];
}

const fileCount = (layer: LayerEntry): number => layer.metainfo?.files.filter((file) => !file.padding).length ?? 0;

const sum = (rows: number[][]): number[] => [0, 1, 2, 3].map((column) => rows.reduce((total, row) => total + row[column]!, 0));

function joined<T extends Uint8Array | Uint16Array>(parts: T[]): T {
  const [first, ...others] = parts;
  if (!others.length) return first!;
  const all = new (first!.constructor as new (length: number) => T)(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
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
