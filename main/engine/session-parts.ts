// What works while a torrent's files are open: the downloader, the uploader and what comes from servers, each joined to what it needs.
import type { Metainfo } from '../metainfo/metainfo.ts';
import { Downloader } from './downloader.ts';
import type { PeerLink } from './peer-link.ts';
import type { PieceStore } from './piece-store.ts';
import { ServerSources } from './server-sources.ts';
import type { SessionGround } from './session-ground.ts';
import { Uploader } from './uploader.ts';

export interface SessionParts {
  readonly metainfo: Metainfo;
  readonly store: PieceStore;
  readonly downloader: Downloader;
  readonly uploader: Uploader;
  readonly sources: ServerSources;
}

export interface SessionPartsHost {
  readonly links: ReadonlySet<PeerLink>;
  /** Those at work now: a piece may still land after the parts that asked for it were replaced. */
  readonly sources: ServerSources | null;
  /** See `DownloaderHost.store`. */
  keep(store: PieceStore, piece: number, data: Uint8Array, serverBytes: number): Promise<boolean>;
  ban(hosts: string[]): void;
}

/** Nothing is asked or served before somebody says so. */
export function buildParts(ground: SessionGround, host: SessionPartsHost, metainfo: Metainfo, store: PieceStore): SessionParts {
  const pieceLength = (piece: number): number => Math.min(metainfo.pieceLength, metainfo.length - piece * metainfo.pieceLength);
  const downloader = downloaderOf(ground, host, metainfo, store, pieceLength);
  const uploader = uploaderOf(ground, host, metainfo, store, pieceLength);
  return { metainfo, store, downloader, uploader, sources: sourcesOf(ground, host, metainfo, downloader) };
}

function downloaderOf(
  { context, swarm, limits, choices, traffic }: SessionGround, host: SessionPartsHost, metainfo: Metainfo, store: PieceStore, pieceLength: (piece: number) => number,
): Downloader {
  const { now, random, bans, ablate } = context;
  const downloader = new Downloader({
    links: host.links, limits: [limits.down, context.downloadLimit], now, random, bans, ablate, pieceLength,
    get expectedPeers() {
      return swarm.knownPeers;
    },
    memory: context.pieceMemory,
    expectedHash: (piece) => metainfo.hashes.subarray(piece * 20, piece * 20 + 20),
    store: (piece, data, serverBytes) => host.keep(store, piece, data, serverBytes),
    get helpsFirst() {
      return traffic.firstPieceMs === null && !ablate.has('first-pieces');
    },
    maySeederSend: () => host.sources?.maySeederSend() ?? true,
    askedSeeder: (bytes) => host.sources?.askedSeeder(bytes),
    onHashFailure: (_piece, length) => traffic.failed(length),
    onWasted: (bytes) => {
      traffic.wastedBytes += bytes;
    },
    banned: (hosts) => host.ban(hosts),
  }, store.have, metainfo.pieceLength);
  downloader.picker.order = choices.order;
  return downloader;
}

function uploaderOf(
  { context, limits, choices, traffic, owner, stopFor }: SessionGround, host: SessionPartsHost, metainfo: Metainfo, store: PieceStore, pieceLength: (piece: number) => number,
): Uploader {
  const { now, random, uploads, ablate } = context;
  const { have } = store;
  const uploader = new Uploader({
    links: host.links, limit: limits.up, uploads, now, random, ablate, pieceCount: metainfo.pieceCount, pieceLength,
    get complete() {
      return have.isFull();
    },
    get uploadBytesPerSecond() {
      return context.uploaded.bytesPerSecond;
    },
    has: (piece) => piece < have.length && have.get(piece),
    read: (piece, offset, length) => {
      const recent = context.recent?.read(owner, piece, offset, length);
      if (recent) return Promise.resolve(recent);
      return offset === 0 && length === pieceLength(piece) ? store.readPiece(piece) : store.readBlock(piece, offset, length);
    },
    onSent: (_link, bytes) => traffic.sent(bytes),
    onReadFailed: (_piece, error) => stopFor(error),
  });
  uploader.slots = choices.uploadSlots;
  return uploader;
}

function sourcesOf(
  { context, limits, choices, traffic, selection, emit }: SessionGround, host: SessionPartsHost, metainfo: Metainfo, downloader: Downloader,
): ServerSources {
  const { streamRange, ablate, now, random } = context;
  return new ServerSources({
    metainfo, downloader, links: host.links, limits: [limits.down, context.downloadLimit], streamRange, ablate, now, random,
    get delivery() {
      return choices.delivery;
    },
    firstPieceWaitMs: () => traffic.firstPieceWaitMs(),
    wanted: () => selection.wanted?.priorities ?? null,
    bytesLeft: () => selection.bytesLeft,
    onBytes: (bytes) => traffic.cameFromServer(bytes),
    onIncident: (kind, detail) => emit('incident', kind, detail),
  }, choices.webSeedUrls);
}
