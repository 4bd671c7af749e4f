// What the services see of the engine: options, a torrent's specification, figures, peers, trackers, events, problems.
import type { IncidentKind } from '../../contract/figures.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { PieceStore } from './piece-store.ts';
import type { RateLimit } from './rate-limit.ts';
import type { TrackerState } from './carrier.ts';
import type { FetchAnswer } from './tracker-line.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import type { WebrtcWorld } from './webtorrent-webrtc.ts';

/**
 * Fetches bytes from..to (inclusive) of an http(s) address and hands them on as they come; reads nothing more while it is made to
 * wait. Rejects on anything odd, what came until then was handed on; the error may carry `code`, `status` and `retryAfterSeconds`.
 * `total`: bytes of the whole file; an answer about another is refused.
 */
export type StreamRange = (
  url: string, from: number, to: number, onBytes: (bytes: Uint8Array) => void | Promise<void>, options: { total: number; signal: AbortSignal },
) => Promise<void>;

export interface EngineOptions {
  listenPort: number;
  dht: boolean;
  lsd: boolean;
  utp: boolean;
  pex: boolean;
  maxConnections: number;
  userAgent: string;
  /** null: no limit. */
  downloadBytesPerSecond: number | null;
  uploadBytesPerSecond: number | null;
  bindAddress?: string;
  /** `host:port`; an empty list: none. */
  dhtBootstrap?: string[];
  /** Which way connections are made; `auto` tries TCP, then uTP. */
  transport?: 'auto' | 'tcp' | 'utp';
  /** Connections through WebRTC are made only when this is given. */
  webrtc?: WebrtcWorld;
  /** Asks trackers on the web; without it they cannot be asked. */
  fetchAnswer?: FetchAnswer;
  /** What was learned of TCP and uTP in earlier runs, and where to keep what is learned in this one (anything JSON can hold). */
  transportMemory?: { kept: unknown; keep(learned: unknown): Promise<void> };
  /** Web seeds are used only when this is given. */
  streamRange?: StreamRange;
  /** Policies left out, for measuring what each brings; never in the product. */
  ablate?: ReadonlySet<string>;
}

export interface TorrentSpec {
  infoHash: string;
  name?: string;
  metainfo?: Metainfo;
  trackers: string[][];
  webSeeds: string[];
  peers: string[];
  /** Called once, when the metadata is known and the torrent may start. */
  openStore(metainfo: Metainfo): Promise<PieceStore>;
  /** Fetches the metadata, then holds until start(). */
  metadataOnly?: boolean;
  paused: boolean;
  order: 'rarest' | 'sequential';
  /** 0 skip, 1 normal, 2 high. */
  filePriorities?: Uint8Array;
  /** SHA-256 (64 hex digits, lower case) by number of the file, where the files are to be checked; null: not this one. */
  fileSha256?: (string | null)[];
  /** What `fileStates()` told in an earlier run, so that files that are known are not read again. */
  fileStates?: Uint8Array;
  downloadBytesPerSecond: number | null;
  uploadBytesPerSecond: number | null;
  /** Shared with other torrents, in place of limits of its own. */
  limits?: { down: RateLimit; up: RateLimit };
  uploadSlots: number | null;
  /** Absent: `DEFAULT_DELIVERY`. */
  delivery?: DeliverySpec;
  counters?: { receivedBytes: number; uploadedBytes: number; fromPeople: number; fromServer: number };
}

export interface TorrentStats {
  downloadBytesPerSecond: number;
  uploadBytesPerSecond: number;
  receivedBytes: number;
  uploadedBytes: number;
  fromPeople: number;
  fromServer: number;
  wastedBytes: number;
  hashFailures: number;
  connected: number;
  known: number;
  connecting: number;
  sendingToUs: number;
  receivingFromUs: number;
  peersWithData: number;
  bytesDone: number;
  bytesWanted: number;
  wantedDone: boolean;
  /** From the start to the first verified piece. */
  firstPieceMs: number | null;
}

export interface PeerInfo {
  id: string;
  address: string;
  client: string;
  transport: 'tcp' | 'utp' | 'webrtc' | 'http';
  incoming: boolean;
  encrypted: boolean;
  /** As other clients show them: D/d downloading or waiting, U/u serving or choking, S snubbed, E encrypted, I incoming, P uTP. */
  flags: string;
  progress: number;
  downloadBytesPerSecond: number;
  uploadBytesPerSecond: number;
  receivedBytes: number;
  sentBytes: number;
  choked: boolean;
  interested: boolean;
  source: string;
}

export type TrackerInfo = TrackerState;

export interface TorrentEvents {
  metadata: [Metainfo];
  ready: [];
  piece: [index: number, source: 'people' | 'server'];
  /** A whole file was compared with `fileSha256`; wrong although its pieces hold: the package contradicts itself. */
  file: [index: number, right: boolean];
  done: [];
  /** Files are being hashed before the start; 0..1, null when that is over. */
  checking: [number | null];
  problem: [EngineProblem];
  dirty: [];
  /** Something that whoever looks closer wants to know; the detail names no person. */
  incident: [kind: IncidentKind, detail: string | null];
}

export interface EngineProblem {
  code: 'disk-full' | 'not-writable' | 'file-changed' | 'files-missing' | 'bad-metadata' | 'internal';
  message: string;
}

const CODES = new Set(['disk-full', 'not-writable', 'file-changed', 'files-missing', 'bad-metadata', 'internal']);

/** A problem from whatever a store or the system threw. */
export function problemFrom(error: unknown): EngineProblem {
  const message = error instanceof Error ? error.message : String(error);
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') {
    if (CODES.has(code)) return { code: code as EngineProblem['code'], message };
    if (code === 'ENOSPC' || code === 'EDQUOT') return { code: 'disk-full', message: 'The disk is full.' };
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return { code: 'not-writable', message };
    if (code === 'ENOENT' || code === 'ENOTDIR') return { code: 'files-missing', message };
  }
  return { code: 'internal', message };
}
