// What the tests ask of any real BitTorrent program, whichever it is.
import type { Program } from './processes.ts';

export type Role = 'seed' | 'leech';

/** Which connections a program uses. Not each of them can do each (aria2: TCP alone; Transmission: no choice but both). */
export type Transport = 'tcp' | 'utp' | 'both';

export interface ForeignOptions {
  role: Role;
  /** Folder that holds (seed) or gets (leech) the data under the torrent's name. */
  folder: string;
  torrent: { file: string } | { magnet: string };
  infoHash: string;
  /** Peers to dial, as host:port; aria2 and Transmission know none but the tracker's and those that dial them. */
  peers?: string[];
  transport?: Transport;
  /** Loopback address to listen on. */
  host?: '127.0.0.1' | '::1';
  /** Refuses everything but encrypted connections. */
  encrypted?: boolean;
  /** libtorrent alone: upload and download limits. */
  uploadBytesPerSecond?: number;
  downloadBytesPerSecond?: number;
}

export interface ForeignClient {
  readonly name: string;
  readonly program: Program;
  /** Where others dial it, as host:port. */
  readonly address: string;
  /** Resolves when it says that it has everything; rejects when it ends before. */
  complete(withinMs?: number): Promise<void>;
  stop(): Promise<void>;
}

export type StartForeign = (options: ForeignOptions) => Promise<ForeignClient>;
