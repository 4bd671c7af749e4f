// The engine: one listening port, one uplink, many torrents.
import { BanPolicy } from './ban-policy.ts';
import type { EngineOptions, EngineProblem, TorrentSpec } from './engine-types.ts';
import { familyFromOutside } from './from-outside.ts';
import { isMuchLower, RateLimit } from './rate-limit.ts';
import { RecentPieces } from './recent-pieces.ts';
import { SpeedMeter } from './speed-meter.ts';
import { TorrentSession } from './torrent-session.ts';
import type { SessionContext } from './session-context.ts';
import { TransportChoice } from './transport-choice.ts';
import { TypedEmitter } from './typed-emitter.ts';
import { uploadLines } from './upload-line.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import type { TransportFigures } from '../../contract/index.ts';
import { WebtorrentCarrier } from './webtorrent-adapter.ts';

export type {
  EngineOptions, EngineProblem, PeerInfo, StreamRange, TorrentSpec, TorrentStats, TrackerInfo,
} from './engine-types.ts';
export type { PieceStore } from './piece-store.ts';
export type Torrent = TorrentSession;

export interface EngineTotals {
  downloadBytesPerSecond: number;
  uploadBytesPerSecond: number;
  receivedBytes: number;
  uploadedBytes: number;
  fromPeople: number;
  fromServer: number;
  connections: number;
  torrents: number;
  dhtNodes: number;
}

const KEEP_CHOICE_EVERY_MS = 60_000;

/** A path on which somebody connected to us from the internet, and when last (epoch ms). */
export interface InboundSeen { transport: 'tcp' | 'udp'; family: 4 | 6; at: number }

export class Engine extends TypedEmitter<{ problem: [EngineProblem] }> {
  readonly #carrier: WebtorrentCarrier;
  readonly #sessions = new Map<string, TorrentSession>();
  readonly #context: SessionContext;
  readonly #uploadLimit: RateLimit;
  readonly #ticker: NodeJS.Timeout;
  readonly #inbound = new Map<string, InboundSeen>();
  readonly #choice: TransportChoice;
  readonly #options: EngineOptions;
  #choiceKept: string;
  #choiceKeptAtMs = 0;

  private constructor(carrier: WebtorrentCarrier, choice: TransportChoice, bans: BanPolicy, options: EngineOptions) {
    super();
    this.#carrier = carrier;
    this.#choice = choice;
    this.#options = options;
    this.#choiceKept = JSON.stringify(choice.toJSON());
    const now = (): number => performance.now();
    this.#uploadLimit = new RateLimit(options.uploadBytesPerSecond, now);
    const ablate = options.ablate ?? new Set<string>();
    const recent = new RecentPieces(now);
    this.#context = {
      now, random: Math.random, bans, recent,
      uploads: uploadLines(now, this.#uploadLimit, (run, ms) => setTimeout(run, ms).unref(), ablate),
      downloadLimit: new RateLimit(options.downloadBytesPerSecond, now),
      downloaded: new SpeedMeter(now), uploaded: new SpeedMeter(now),
      streamRange: options.streamRange,
      ablate,
      join: (infoHash, handler) => carrier.join(infoHash, handler),
      forget: (session) => this.#sessions.delete(session.infoHash),
      cameIn: ({ host, transport }) => transport !== 'webrtc' && this.#noteInbound(host, transport === 'utp' ? 'udp' : 'tcp'),
    };
    this.#ticker = setInterval(() => {
      for (const session of this.#sessions.values()) session.tick();
      recent.tick();
      if (now() - this.#choiceKeptAtMs > KEEP_CHOICE_EVERY_MS) void this.#keepChoice();
    }, 1000);
    this.#ticker.unref();
  }

  /** Opens the port. A busy port is no error: the next free one is used and reported as a problem. */
  static async start(options: EngineOptions): Promise<Engine> {
    const bans = new BanPolicy();
    const choice = new TransportChoice(Date.now, options.transportMemory?.kept);
    let engine: Engine | null = null;
    const early: string[] = [];
    const carrier = await WebtorrentCarrier.start({
      ...options, transport: options.transport ?? 'auto', choice, fetchAnswer: options.fetchAnswer,
      transportChosen: () => engine?.transportChosen(),
      isBanned: (host) => bans.isBanned(host),
      onProblem: (message) => (engine ? engine.emit('problem', { code: 'internal', message }) : void early.push(message)),
    });
    engine = new Engine(carrier, choice, bans, options);
    const started = engine;
    // Whoever starts the engine listens only after this returns.
    if (early.length > 0) setImmediate(() => early.forEach((message) => started.emit('problem', { code: 'internal', message })));
    return engine;
  }

  get port(): number {
    return this.#carrier.port;
  }

  /** The UDP port of the DHT; 0 without one. */
  get dhtPort(): number {
    return this.#carrier.dhtPort;
  }

  /** Paths on which others reached us from outside since the start: the one proof that they can. */
  inbound(): InboundSeen[] {
    return [...this.#inbound.values()];
  }

  /** @throws Error when a torrent of this info hash is here */
  add(spec: TorrentSpec): TorrentSession {
    const infoHash = spec.infoHash.toLowerCase();
    if (!/^[0-9a-f]{40}$/.test(infoHash)) throw new Error('An info hash has 40 hexadecimal digits.');
    if (this.#sessions.has(infoHash)) throw new Error('This torrent is here already.');
    const session = new TorrentSession(this.#context, { ...spec, infoHash });
    this.#sessions.set(infoHash, session);
    return session;
  }

  get(infoHash: string): TorrentSession | undefined {
    return this.#sessions.get(infoHash);
  }

  /** For all torrents together; null: no limit. */
  setLimits(downBytesPerSecond: number | null, upBytesPerSecond: number | null): void {
    const sank = isMuchLower(downBytesPerSecond, this.#context.downloadLimit.bytesPerSecond);
    this.#context.downloadLimit.bytesPerSecond = downBytesPerSecond;
    if (sank) for (const session of this.#sessions.values()) session.limitSank();
    this.#uploadLimit.bytesPerSecond = upBytesPerSecond;
    this.#context.uploads.internet.scheduler.pump();
  }

  setMaxConnections(count: number): void {
    this.#carrier.maxConnections = count;
  }

  /** The machine is in this network now: what is learned of the line is kept by it. @param id says nothing to anybody else; empty: unknown */
  setNetwork(id: string): void {
    this.#choice.setNetwork(id);
  }

  /** Which of TCP and uTP comes first for torrents that are delivered like this, why, and what was measured in this network. */
  transport(delivery: Pick<DeliverySpec, 'transport'>): TransportFigures {
    const choice = this.#choice;
    const forced = this.#options.transport === 'utp' || this.#options.transport === 'tcp' ? this.#options.transport : this.#carrier.utp ? null : 'tcp';
    const wished = delivery.transport === 'auto' ? null : delivery.transport;
    return {
      preferred: forced ?? wished ?? choice.preferred,
      decidedBy: forced ? 'setting' : wished ? 'package' : choice.isMeasured ? 'measured' : 'default',
      tcp: choice.mean('tcp'), utp: choice.mean('utp'),
    };
  }

  /** Bytes since the start, of all torrents; costs nothing. */
  transferred(): { receivedBytes: number; uploadedBytes: number } {
    return { receivedBytes: this.#context.downloaded.total, uploadedBytes: this.#context.uploaded.total };
  }

  totals(): EngineTotals {
    const { downloaded, uploaded } = this.#context;
    let fromPeople = 0;
    let fromServer = 0;
    for (const session of this.#sessions.values()) {
      const stats = session.stats();
      fromPeople += stats.fromPeople;
      fromServer += stats.fromServer;
    }
    return {
      fromPeople, fromServer,
      downloadBytesPerSecond: downloaded.bytesPerSecond, uploadBytesPerSecond: uploaded.bytesPerSecond,
      receivedBytes: downloaded.total, uploadedBytes: uploaded.total,
      connections: this.#carrier.connected, torrents: this.#sessions.size, dhtNodes: this.#carrier.dhtNodes,
    };
  }

  /** The measurements prefer another one now. */
  private transportChosen(): void {
    for (const session of this.#sessions.values()) {
      const { preferred, decidedBy } = this.transport(session.delivery);
      if (decidedBy === 'measured') session.transportChosen(preferred === 'utp' ? 'uTP' : 'TCP');
    }
  }

  async #keepChoice(): Promise<void> {
    this.#choiceKeptAtMs = this.#context.now();
    const memory = this.#options.transportMemory;
    if (!memory) return;
    const learned = this.#choice.toJSON();
    const text = JSON.stringify(learned);
    if (text === this.#choiceKept) return;
    this.#choiceKept = text;
    await memory.keep(learned);
  }

  #noteInbound(remote: string, transport: 'tcp' | 'udp'): void {
    const family = familyFromOutside(remote);
    if (family === null) return; // somebody at home proves nothing about the router
    this.#inbound.set(`${transport}${family}`, { transport, family, at: Date.now() });
  }

  async close(): Promise<void> {
    clearInterval(this.#ticker);
    await this.#keepChoice();
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    await this.#carrier.close();
  }
}
