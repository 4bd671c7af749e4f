// WebTorrent as a carrier: listening, handshakes, DHT and uTP of one engine; every torrent in it becomes a plain swarm.
import WebTorrent from 'webtorrent';
import WebtorrentPeer from 'webtorrent/lib/peer.js';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { CarrierSwarm, SwarmHandler } from './carrier.ts';
import { OwnPlace } from './own-place.ts';
import { tellerAt } from './peer-scrutiny.ts';
import type { FetchAnswer } from './tracker-line.ts';
import type { TransportChoice } from './transport-choice.ts';
import { WebtorrentConnection } from './webtorrent-connection.ts';
import { WebtorrentSwarm } from './webtorrent-swarm.ts';
import type { CarrierContext } from './webtorrent-context.ts';
import type { WebrtcWorld } from './webtorrent-webrtc.ts';
import type { Peer, WebtorrentClient, Wire } from './webtorrent-types.ts';
import { acceptTcp } from './tcp-receive.ts';
import { datagramSocketOf, guardDatagrams } from './webtorrent-dht-guard.ts';

export interface CarrierOptions {
  listenPort: number;
  /** Policies left out, to measure what they bring: `nearness`, everybody is as far away. */
  ablate?: ReadonlySet<string>;
  bindAddress?: string;
  dht: boolean;
  dhtBootstrap?: string[];
  lsd: boolean;
  utp: boolean;
  pex: boolean;
  transport: 'auto' | 'tcp' | 'utp';
  maxConnections: number;
  userAgent: string;
  choice: TransportChoice;
  fetchAnswer: FetchAnswer | undefined;
  isBanned(host: string): boolean;
  transportChosen(): void;
  webrtc?: WebrtcWorld | undefined;
  onProblem(message: string): void;
}

const PEER_ID_PREFIX = '-FS0010-';
const PORTS_TO_TRY = 20;
const MAX_HALF_OPEN = 40;
/** Incoming connections that have not said which torrent they want. */
const MAX_PENDING_INCOMING = 100;

const connections = new WeakMap<Wire, WebtorrentConnection>();

// The streams between socket and wire are what costs: every connection of this process goes past them.
const shakeHands = WebtorrentPeer.prototype.handshake;
// A peer whose torrent refused it meanwhile (paused, removed) has none left to greet for; its encryption may still finish.
WebtorrentPeer.prototype.handshake = function handshake(this: Peer) {
  if (this.swarm) shakeHands.call(this);
  else this.destroy();
};

WebtorrentPeer.prototype.setThrottlePipes = function setThrottlePipes(this: Peer) {
  connections.set(this.wire!, new WebtorrentConnection(this));
};

export class WebtorrentCarrier {
  readonly #client: WebtorrentClient;
  readonly #context: CarrierContext;
  readonly #options: CarrierOptions;
  readonly #swarms = new Set<WebtorrentSwarm>();
  maxConnections: number;
  #connected = 0;
  #closed = false;

  private constructor(client: WebtorrentClient, options: CarrierOptions) {
    this.#client = client;
    this.#options = options;
    this.maxConnections = options.maxConnections;
    this.#context = {
      client,
      userAgent: options.userAgent,
      clientName: options.userAgent,
      port: () => this.port,
      lsd: options.lsd,
      pex: options.pex,
      transport: options.transport,
      bindAddress: options.bindAddress,
      webrtc: options.webrtc ?? null,
      onProblem: (message) => options.onProblem(message),
      loopbackOnly: options.bindAddress !== undefined && tellerAt(options.bindAddress) === 'own-machine',
      place: new OwnPlace(() => performance.now(), options.ablate?.has('nearness') ? () => ({}) : undefined),
      choice: options.choice,
      fetchAnswer: options.fetchAnswer,
      random: Math.random,
      transportChosen: () => options.transportChosen(),
      mayConnect: (host, seeder) => (seeder || this.#connected < this.maxConnections) && !options.isBanned(host),
      dialSlots: () => this.#dialSlots(),
      counted: (by) => {
        this.#connected += by;
      },
      connectionOf: (wire) => connections.get(wire),
    };
  }

  /** Opens the listening port; a busy one is replaced by the next that is free, and reported. */
  static async start(options: CarrierOptions): Promise<WebtorrentCarrier> {
    const port = await freePort(options);
    const client = new WebTorrent({
      peerId: Buffer.from(PEER_ID_PREFIX + randomBytes(6).toString('hex')).toString('hex'),
      torrentPort: options.bindAddress ? { port, host: options.bindAddress } : port,
      dht: options.dht ? dhtOptions(options) : false,
      tracker: false, lsd: false, utPex: false, natUpnp: false, natPmp: false, webSeeds: false,
      utp: options.utp && options.transport !== 'tcp', maxConns: 1_000_000, secure: 1, userAgent: options.userAgent,
    });
    const carrier = new WebtorrentCarrier(client, options);
    await carrier.#opened();
    return carrier;
  }

  get port(): number {
    const { torrentPort } = this.#client;
    return typeof torrentPort === 'number' ? torrentPort : 0;
  }

  /** Whether uTP is there at all. */
  get utp(): boolean {
    return this.#client.utp;
  }

  get connected(): number {
    return this.#connected;
  }

  get dhtNodes(): number {
    const dht = this.#client.dht as { nodes?: { count(): number } } | false | null;
    return dht ? dht.nodes?.count() ?? 0 : 0;
  }

  get dhtPort(): number {
    const dht = this.#client.dht as { listening?: boolean; address?(): { port: number } } | false | null;
    return dht && dht.listening ? dht.address?.().port ?? 0 : 0;
  }

  join(infoHash: string, handler: SwarmHandler): CarrierSwarm {
    const swarm = new WebtorrentSwarm(this.#context, infoHash, handler);
    this.#swarms.add(swarm);
    return swarm;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#swarms].map((swarm) => swarm.close()));
    // A uTP connection says goodbye for seconds; it must not keep the process.
    this.#client._connPool?.utpServer?.unref?.();
    await new Promise<void>((resolve) => this.#client.destroy(() => resolve()));
  }

  async #opened(): Promise<void> {
    const client = this.#client;
    client.on('error', (error: Error) => this.#options.onProblem(error.message));
    const dht = client.dht;
    if (dht) {
      guardDatagrams(datagramSocketOf(dht));
      dht.removeAllListeners('error');
      dht.on('error', (error: Error) => this.#options.onProblem(`The DHT is off: ${error.message}`));
      dht.on('warning', () => {});
    }
    const pool = client._connPool!;
    // The library would end everything for an error of the listener.
    pool.tcpServer.off('error', pool._onTCPError);
    let tries = 0;
    pool.tcpServer.on('error', (error: NodeJS.ErrnoException) => {
      this.#options.onProblem(`Incoming connections: ${error.message}`);
      if (error.code !== 'EADDRINUSE' || client.listening || ++tries > PORTS_TO_TRY || this.#closed) return;
      pool.tcpServer.listen({ port: 0, host: this.#options.bindAddress });
    });
    pool.tcpServer.off('connection', pool._onTCPConnectionBound);
    pool.tcpServer.on('connection', (conn) => {
      if (client._connPool && client._connPool._pendingConns.size > MAX_PENDING_INCOMING) conn.destroy();
      else pool._onTCPConnectionBound(acceptTcp(conn));
    });
    if (!client.listening) await new Promise<void>((resolve) => client.once('listening', () => resolve()));
  }

  #dialSlots(): number {
    let dialing = 0;
    for (const swarm of this.#swarms) dialing += swarm.connectingPeers;
    return Math.min(MAX_HALF_OPEN - dialing, this.maxConnections - this.#connected - dialing);
  }
}

function dhtOptions({ dhtBootstrap }: CarrierOptions): object {
  return dhtBootstrap ? { bootstrap: dhtBootstrap.length > 0 ? dhtBootstrap : false } : {};
}

/** The wanted port, or the next free one; 0 when none of those is free (the system then chooses). */
async function freePort({ listenPort, bindAddress, onProblem }: CarrierOptions): Promise<number> {
  if (listenPort === 0) return 0;
  for (let port = listenPort; port < Math.min(65536, listenPort + PORTS_TO_TRY); port++) {
    if (await isFree(port, bindAddress)) {
      if (port !== listenPort) onProblem(`Port ${listenPort} is in use by another program; ${port} is used instead.`);
      return port;
    }
  }
  onProblem(`Port ${listenPort} and those after it are in use; the system chose another.`);
  return 0;
}

function isFree(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}
