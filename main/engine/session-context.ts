// What all torrents of one engine share: clocks, limits, bans, the uplink, and the way to a swarm.
import type { BanPolicy } from './ban-policy.ts';
import type { CarrierConnection, CarrierSwarm, SwarmHandler } from './carrier.ts';
import type { PieceMemory } from './piece-buffers.ts';
import type { StreamRange } from './engine-types.ts';
import type { RateLimit } from './rate-limit.ts';
import type { RecentPieces } from './recent-pieces.ts';
import type { SpeedMeter } from './speed-meter.ts';
import type { TorrentSession } from './torrent-session.ts';
import type { UploadLines } from './upload-line.ts';

/** What all torrents of one engine share. */
export interface SessionContext {
  readonly now: () => number;
  readonly random: () => number;
  readonly uploads: UploadLines;
  readonly downloadLimit: RateLimit;
  readonly bans: BanPolicy;
  readonly downloaded: SpeedMeter;
  readonly uploaded: SpeedMeter;
  readonly streamRange: StreamRange | undefined;
  /** Policies left out, for measuring what each brings; empty in the product. */
  readonly ablate: ReadonlySet<string>;
  /** Absent where pieces have no bytes. */
  readonly recent?: RecentPieces;
  /** See `DownloaderHost`; absent in the product. */
  readonly pieceMemory?: PieceMemory;
  join(infoHash: string, handler: SwarmHandler): CarrierSwarm;
  forget(session: TorrentSession): void;
  /** Somebody connected to us. */
  cameIn(connection: CarrierConnection): void;
}
