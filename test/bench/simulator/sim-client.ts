// One simulated client: the product's own session with all its policies, on simulated links, without disk and sockets.
import { BanPolicy } from '../../../main/engine/ban-policy.ts';
import type { CarrierConnection, CarrierSwarm, SwarmHandler } from '../../../main/engine/carrier.ts';
import { DEFAULT_DELIVERY } from '../../../main/engine/delivery-spec.ts';
import type { SmoothingSpec } from '../../../main/engine/delivery-spec.ts';
import type { StreamRange } from '../../../main/engine/engine-types.ts';
import { RateLimit } from '../../../main/engine/rate-limit.ts';
import { SpeedMeter } from '../../../main/engine/speed-meter.ts';
import { TorrentSession } from '../../../main/engine/torrent-session.ts';
import type { UplinkPacer } from '../../../main/engine/uplink-pacer.ts';
import { uploadLines } from '../../../main/engine/upload-line.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';
import type { EventQueue } from './event-queue.ts';
import type { Access } from './link-model.ts';
import { SimStore } from './sim-store.ts';
import type { SimMemory } from './sim-store.ts';

export interface ClientParts {
  queue: EventQueue;
  random: () => number;
  access: Access;
  host: string;
  metainfo: Metainfo;
  memory: SimMemory;
  complete: boolean;
  /** It gives nothing. */
  freeloader: boolean;
  maxLinks: number;
  ablate: ReadonlySet<string>;
  /** The web server, where the strategy has one. */
  streamRange: StreamRange | undefined;
  smoothing: SmoothingSpec | null;
  /** How many others it knows of. */
  knownPeers: () => number;
}

export const WEB_SEED = 'http://origin.invalid/';

export class SimClient {
  readonly host: string;
  readonly access: Access;
  readonly maxLinks: number;
  readonly complete: boolean;
  readonly links = new Set<SimClient>();
  readonly session: TorrentSession;
  readonly pacer: UplinkPacer;
  startedAtMs: number;
  firstPieceAtMs: number | null = null;
  doneAtMs: number | null = null;
  onHalf: (() => void) | null = null;
  onDone: (() => void) | null = null;
  gone = false;
  #pieces = 0;

  constructor(parts: ClientParts) {
    const { queue, random, metainfo, knownPeers } = parts;
    this.host = parts.host;
    this.access = parts.access;
    this.maxLinks = parts.maxLinks;
    this.complete = parts.complete;
    this.startedAtMs = queue.nowMs;
    const now = (): number => queue.nowMs;
    const uploads = uploadLines(now, new RateLimit(null, now), (run, ms) => void queue.in(ms, run), parts.ablate);
    this.pacer = uploads.internet.pacer;
    const swarm: CarrierSwarm = {
      start: () => {}, stop: () => {}, setDialing: () => {}, setMetadata: () => {}, setDelivery: () => {}, setTrackers: () => {}, addPeer: () => {},
      announce: () => {}, completed: () => {}, markSeed: () => {}, trackers: () => [], connectingPeers: 0, close: async () => {},
      get knownPeers() {
        return knownPeers();
      },
    };
    const context = {
      now, random, uploads, bans: new BanPolicy(), streamRange: parts.streamRange, ablate: parts.ablate, pieceMemory: parts.memory,
      downloadLimit: new RateLimit(null, now), downloaded: new SpeedMeter(now), uploaded: new SpeedMeter(now),
      join: (_infoHash: string, _handler: SwarmHandler) => swarm, forget: () => {}, cameIn: () => {},
    };
    this.session = new TorrentSession(context, {
      infoHash: metainfo.infoHash, metainfo, trackers: [], webSeeds: parts.streamRange ? [WEB_SEED] : [], peers: [], paused: false, order: 'rarest',
      openStore: async () => new SimStore(metainfo, parts.memory, parts.complete),
      downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: parts.freeloader ? 0 : null,
      delivery: { ...DEFAULT_DELIVERY, smoothing: parts.smoothing },
    });
    this.session.on('problem', ({ message }) => {
      throw new Error(`${parts.host}: ${message}`);
    });
    this.session.on('piece', () => {
      this.firstPieceAtMs ??= queue.nowMs;
      if (++this.#pieces * 2 >= metainfo.pieceCount) {
        this.onHalf?.();
        this.onHalf = null;
      }
    });
    this.session.on('done', () => {
      if (parts.complete) return;
      this.doneAtMs ??= queue.nowMs;
      this.onDone?.();
    });
    // Clients do not look at their clocks in step.
    const tick = (): void => {
      if (this.gone) return;
      this.session.tick();
      queue.in(1000, tick);
    };
    queue.in(1000 * random(), tick);
  }

  get hasRoom(): boolean {
    return !this.gone && this.links.size < this.maxLinks;
  }

  take(connection: CarrierConnection): void {
    this.session.onConnection(connection);
  }

  async leave(): Promise<void> {
    if (this.gone) return;
    this.gone = true;
    await this.session.close();
    this.access.online = false;
  }
}
