// One torrent inside WebTorrent, reduced to a carrier: it dials, accepts, discovers and exchanges metadata, and decides nothing.
import { connect, isIPv4, isIP } from 'node:net';
import type { Socket } from 'node:net';
import Discovery from 'torrent-discovery';
import WebtorrentPeer from 'webtorrent/lib/peer.js';
import { CROWD_EXTENSION } from './crowd-messages.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import { PeerCandidates } from './peer-candidates.ts';
import type { Candidate, DialMode } from './peer-candidates.ts';
import type { CarrierSwarm, SwarmHandler, TrackerState } from './carrier.ts';
import { OWN_REQUEST_LIMIT, RECEIVER, type WebtorrentConnection, hostOf, joinAddress, plainHost } from './webtorrent-connection.ts';
import { SwarmTrackers } from './webtorrent-trackers.ts';
import type { Peer, WebtorrentClient, WebtorrentTorrent, Wire } from './webtorrent-types.ts';

/** What all swarms of one engine share. */
export interface CarrierContext {
  readonly client: WebtorrentClient;
  readonly userAgent: string;
  readonly clientName: string;
  readonly port: () => number;
  readonly lsd: boolean;
  readonly pex: boolean;
  readonly transport: 'auto' | 'tcp' | 'utp';
  /** Whether one more connection is allowed, and the account of those that stand. */
  mayConnect(host: string): boolean;
  dialSlots(): number;
  /** Called for each connection opened and closed. */
  counted(by: 1 | -1): void;
  connectionOf(wire: Wire): WebtorrentConnection | undefined;
}

const RECEIVE_BUFFER_BYTES = 256 * 1024;
const METADATA_FETCHERS = 4;
const PEX_FIRST_MS = 5000;

/** The library drops the torrent it was built for when this extension is missing; it only reserves our number. */
function crowdExtension(): unknown {
  class Crowd {}
  Object.defineProperty(Crowd.prototype, 'name', { value: CROWD_EXTENSION });
  return Crowd;
}

/** All sockets are read one after another, so one buffer serves them all. */
const receiveBuffer = Buffer.allocUnsafeSlow(RECEIVE_BUFFER_BYTES);

export class WebtorrentSwarm implements CarrierSwarm {
  readonly #context: CarrierContext;
  readonly #torrent: WebtorrentTorrent;
  readonly #handler: SwarmHandler;
  readonly #infoHash: string; // the library's torrent knows it a moment later
  readonly #candidates = new PeerCandidates(() => performance.now());
  readonly #trackers: SwarmTrackers;
  readonly #connections = new Map<WebtorrentConnection, { peer: Peer; candidate: Candidate | null; since: number }>();
  #discovery: Discovery | null = null;
  #running = false;
  #dialing = true;
  #infoBytes: Uint8Array | null = null;
  #private = false;
  #fetching = new Set<Wire>();
  #tick: NodeJS.Timeout | null = null;

  constructor(context: CarrierContext, infoHash: string, handler: SwarmHandler) {
    this.#context = context;
    this.#handler = handler;
    this.#infoHash = infoHash;
    this.#torrent = context.client.add({ infoHash, announce: [], urlList: [] }, { paused: true });
    this.#reduce(this.#torrent);
    this.#trackers = new SwarmTrackers({
      infoHash, peerId: context.client.peerId, userAgent: context.userAgent, port: context.port,
      figures: () => handler.announceFigures(), onPeer: (address) => this.addPeer(address, 'tracker'),
    });
  }

  get knownPeers(): number {
    return this.#candidates.size;
  }

  get connectingPeers(): number {
    return this.#candidates.dialing;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#torrent.paused = false;
    this.#candidates.resetAll();
    this.#startDiscovery();
    this.#trackers.start();
    this.#tick = setInterval(() => this.#dial(), 1000);
    this.#tick.unref();
    this.#dial();
  }

  stop(): void {
    void this.#stop();
  }

  setDialing(on: boolean): void {
    this.#dialing = on;
    if (on) this.#dial();
  }

  setMetadata(infoBytes: Uint8Array, isPrivate: boolean): void {
    this.#infoBytes = infoBytes;
    this.#torrent.metadata = true;
    this.#private = isPrivate;
    this.#torrent.private = isPrivate;
    for (const connection of this.#connections.keys()) offerMetadata(connection.wire, infoBytes);
    if (isPrivate && this.#discovery) {
      this.#discovery.destroy();
      this.#discovery = null;
      if (this.#running) this.#startDiscovery();
    }
  }

  setTrackers(tiers: string[][]): void {
    this.#trackers.set(tiers);
  }

  setDelivery(delivery: DeliverySpec): void {
    for (const seeder of delivery.seeders) this.addPeer(seeder, 'seeder');
  }

  addPeer(hostPort: string, source: string): void {
    if (this.#private && source !== 'tracker' && source !== 'manual' && source !== 'seeder') return;
    const host = hostOf(hostPort);
    const port = Number(hostPort.slice(hostPort.lastIndexOf(':') + 1));
    if (!(port > 0 && port < 65536) || host === '') return;
    if (isIP(host) === 0 && source !== 'manual' && source !== 'seeder' && source !== 'tracker') return;
    if (this.#candidates.add(joinAddress(host, port), source) || source === 'manual') this.#dial();
  }

  announce(): void {
    this.#trackers.announce();
    if (this.#context.client.dht) this.#discovery?._dhtAnnounce?.call(this.#discovery);
  }

  completed(): void {
    this.#trackers.completed();
  }

  markSeed(address: string): void {
    const candidate = this.#candidates.get(address);
    if (candidate) candidate.seed = true;
  }

  trackers(): TrackerState[] {
    return this.#trackers.states();
  }

  async close(): Promise<void> {
    await this.#stop();
    await new Promise<void>((resolve) => {
      if (this.#torrent.destroyed) resolve();
      else this.#torrent.destroy(null, () => resolve());
    });
  }

  async #stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    if (this.#tick) clearInterval(this.#tick);
    this.#torrent.paused = true;
    for (const peer of [...(this.#torrent._peers?.values() ?? [])]) peer.destroy(new Error('paused'));
    const discovery = this.#discovery;
    this.#discovery = null;
    discovery?.destroy();
    await this.#trackers.stop();
  }

  /** Takes away everything in the library's torrent that decides, stores or answers. */
  #reduce(torrent: WebtorrentTorrent): void {
    torrent._startDiscovery = () => {};
    torrent._drain = () => {};
    torrent._onMetadata = () => {};
    torrent.addPeer = (peer, source) => {
      if (typeof peer === 'string') this.addPeer(peer, source ?? 'unknown');
      return typeof peer === 'string';
    };
    torrent._addIncomingPeer = (peer) => this.#onIncoming(peer);
    torrent.on('infoHash', () => clearInterval(torrent._rechokeIntervalId));
    torrent.on('error', () => {});
    torrent.on('warning', () => {});
    torrent.on('wire', (wire: Wire) => this.#onWire(wire));
  }

  #startDiscovery(): void {
    const { client, lsd, port, userAgent } = this.#context;
    const open = !this.#private;
    if (!open || (!client.dht && !lsd)) return;
    this.#discovery = new Discovery({
      infoHash: this.#infoHash, peerId: client.peerId, announce: [], tracker: false, userAgent,
      port: port(), dht: client.dht || false, lsd,
    });
    this.#discovery.on('peer', (address: unknown, source: string) => {
      if (typeof address === 'string') this.addPeer(address, source);
    });
    this.#discovery.on('error', () => {});
    this.#discovery.on('warning', () => {});
  }

  #onIncoming(peer: Peer): void {
    if (!this.#running) return peer.destroy(new Error('the torrent is paused'));
    const host = plainHost(peer.conn?.remoteAddress ?? '');
    if (!this.#context.mayConnect(host)) return peer.destroy(new Error('no room'));
    this.#torrent._registerPeer(peer);
  }

  /** The handshake is done; WebTorrent has put its extensions in place and nothing was read beyond. */
  #onWire(wire: Wire): void {
    const connection = this.#context.connectionOf(wire);
    const peer = [...(this.#torrent._peers?.values() ?? [])].find((other) => other.wire === wire);
    if (!connection || !peer) return wire.destroy();
    if (this.#isDuplicate(connection)) return peer.destroy(new Error('connected twice'));
    wire.use(crowdExtension());
    wire.extendedHandshake.v = this.#context.clientName;
    wire.extendedHandshake.reqq = OWN_REQUEST_LIMIT;
    wire.extendedHandshake.p = this.#context.port();
    if (this.#infoBytes) offerMetadata(wire, this.#infoBytes);
    else this.#fetchMetadata(wire);
    const candidate = connection.incoming ? null : this.#candidates.get(peer.addr ?? '') ?? null;
    if (candidate) this.#candidates.connected(candidate);
    this.#connections.set(connection, { peer, candidate, since: performance.now() });
    this.#context.counted(1);
    peer.once('disconnect', () => this.#onDisconnect(connection, wire));
    this.#tellPeers(connection);
    // The library sends our handshake right after this event; the session's first messages come behind it.
    queueMicrotask(() => {
      if (!peer.destroyed) this.#handler.onConnection(connection);
    });
  }

  /** Two peers that dial one another at the same time keep the connection of the one with the higher id. */
  #isDuplicate(connection: WebtorrentConnection): boolean {
    for (const [other, { peer }] of this.#connections) {
      if (other.peerId !== connection.peerId) continue;
      if (other.incoming === connection.incoming) return true;
      const ours = this.#context.client.peerId > connection.peerId;
      if (connection.incoming === ours) return true;
      peer.destroy(new Error('connected twice'));
      return false;
    }
    return false;
  }

  #onDisconnect(connection: WebtorrentConnection, wire: Wire): void {
    const entry = this.#connections.get(connection);
    if (!entry) return;
    this.#connections.delete(connection);
    this.#context.counted(-1);
    if (entry.candidate) this.#candidates.disconnected(entry.candidate, performance.now() - entry.since);
    wire.ut_pex?.reset();
    if (this.#context.pex) this.#forEachPex((pex, address, v6) => (v6 ? pex.dropPeer6(address) : pex.dropPeer(address)), connection);
    if (this.#fetching.delete(wire)) this.#fetchFromAnother();
  }

  #fetchMetadata(wire: Wire): void {
    const exchange = wire.ut_metadata;
    if (!exchange) return;
    // The library has begun with every peer; a few at a time are enough, and bound the memory.
    if (this.#fetching.size >= METADATA_FETCHERS) exchange.cancel();
    else this.#fetching.add(wire);
    exchange.on('metadata', () => {
      if (!this.#infoBytes) this.#handler.onMetadata(Uint8Array.from(exchange.metadata));
    });
    exchange.on('warning', () => {
      if (this.#fetching.delete(wire)) this.#fetchFromAnother();
    });
  }

  #fetchFromAnother(): void {
    if (this.#infoBytes || this.#fetching.size >= METADATA_FETCHERS) return;
    for (const { wire } of this.#connections.keys()) {
      if (this.#fetching.has(wire) || !wire.ut_metadata || wire.ut_metadata._metadataComplete) continue;
      this.#fetching.add(wire);
      wire.ut_metadata.fetch();
      return;
    }
  }

  /** PEX: the library sends what it is told of; we tell every peer of every other that can be dialled. */
  #tellPeers(connection: WebtorrentConnection): void {
    if (!this.#context.pex || this.#private) return;
    const pex = connection.wire.ut_pex;
    if (!pex) return;
    this.#forEachPex((other, address, v6) => (v6 ? other.addPeer6(address) : other.addPeer(address)), connection);
    for (const known of this.#connections.keys()) {
      const address = dialable(known);
      if (known === connection || !address) continue;
      if (address.startsWith('[')) pex.addPeer6(address);
      else pex.addPeer(address);
    }
    pex.start();
    setTimeout(() => {
      const handler = connection.wire.peerExtendedMapping.ut_pex;
      if (handler && this.#connections.has(connection)) pex._sendMessage();
    }, PEX_FIRST_MS).unref();
  }

  #forEachPex(tell: (pex: NonNullable<Wire['ut_pex']>, address: string, v6: boolean) => void, about: WebtorrentConnection): void {
    const address = dialable(about);
    if (!address) return;
    for (const other of this.#connections.keys()) {
      if (other !== about && other.wire.ut_pex) tell(other.wire.ut_pex, address, address.startsWith('['));
    }
  }

  #modesFor(host: string): DialMode[] {
    const utp = this.#context.client.utp && isIPv4(host);
    if (this.#context.transport === 'utp') return utp ? ['utp'] : [];
    const modes: DialMode[] = ['tcp', 'tcp-encrypted'];
    if (utp && this.#context.transport === 'auto') modes.push('utp');
    return modes;
  }

  #dial(): void {
    if (!this.#running || !this.#dialing || this.#torrent.destroyed || !this.#context.client.listening) return;
    for (const candidate of this.#candidates.due(this.#handler.wantsSeeds, this.#context.dialSlots())) {
      const host = hostOf(candidate.address);
      const mode = this.#modesFor(host)[candidate.modeIndex];
      if (!mode || !this.#context.mayConnect(host) || this.#connectedTo(candidate.address)) {
        candidate.nextAtMs = performance.now() + 5000;
        candidate.modeIndex = 0;
        continue;
      }
      this.#dialOne(candidate, host, mode);
    }
  }

  #connectedTo(address: string): boolean {
    for (const connection of this.#connections.keys()) if (dialable(connection) === address) return true;
    return false;
  }

  #dialOne(candidate: Candidate, host: string, mode: DialMode): void {
    const { client } = this.#context;
    const port = Number(candidate.address.slice(candidate.address.lastIndexOf(':') + 1));
    if (this.#torrent._peers?.has(candidate.address)) return;
    candidate.state = 'dialing';
    const create = mode === 'utp' ? WebtorrentPeer.createUTPOutgoingPeer : WebtorrentPeer.createTCPOutgoingPeer;
    const peer = create(candidate.address, this.#torrent, client.throttleGroups, candidate.source, mode === 'tcp-encrypted' ? 1 : 0);
    this.#torrent._registerPeer(peer);
    const conn = mode === 'utp' ? client._connPool!.utpServer!.connect(port, host) : connectTcp(host, port);
    peer.conn = conn;
    let reached = false;
    conn.once('connect', () => {
      reached = true;
      if (!peer.destroyed && !this.#torrent.destroyed) peer.onConnect();
    });
    conn.on('error', (error: Error) => peer.destroy(error));
    conn.once('close', () => {
      peer.destroy();
      if (candidate.state !== 'dialing') return;
      this.#candidates.failed(candidate, this.#modesFor(host), reached);
      if (candidate.nextAtMs <= performance.now()) queueMicrotask(() => this.#dial());
    });
    peer.startConnectTimeout();
  }
}

/** Bytes go from the system into the shared buffer and from there straight to the reader. */
function connectTcp(host: string, port: number): Socket {
  const receiver: { target: ((chunk: Uint8Array) => void) | null } = { target: null };
  const socket = connect({
    host, port,
    onread: {
      buffer: receiveBuffer,
      callback: (count) => {
        receiver.target?.(receiveBuffer.subarray(0, count));
        return true;
      },
    },
  });
  (socket as unknown as Record<symbol, unknown>)[RECEIVER] = receiver;
  return socket;
}

/** Shares one copy of the info dictionary among all peers. */
function offerMetadata(wire: Wire, infoBytes: Uint8Array): void {
  const exchange = wire.ut_metadata;
  if (!exchange) return;
  exchange.cancel();
  exchange.metadata = infoBytes;
  exchange._metadataComplete = true;
  exchange._metadataSize = infoBytes.length;
  wire.extendedHandshake.metadata_size = infoBytes.length;
}

/** The address under which others can dial this peer, if known. */
function dialable(connection: WebtorrentConnection): string | null {
  if (!connection.incoming) return connection.address;
  return connection.listenPort === null ? null : joinAddress(connection.host, connection.listenPort);
}
