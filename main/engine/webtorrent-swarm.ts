// One torrent inside WebTorrent, reduced to a carrier: it dials, accepts, discovers and exchanges metadata, and decides nothing.
import { isIP } from 'node:net';
import WebtorrentPeer from 'webtorrent/lib/peer.js';
import { plainHost } from '../metainfo/address-rules.ts';
import { CROWD_EXTENSION } from './crowd-messages.ts';
import { DEFAULT_DELIVERY } from './delivery-spec.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import { DiscoveryPolicy } from './discovery-policy.ts';
import { Nearness } from './own-place.ts';
import { PeerCandidates } from './peer-candidates.ts';
import { mayName, tellerAt } from './peer-scrutiny.ts';
import type { Teller } from './peer-scrutiny.ts';
import type { CarrierSwarm, SwarmHandler, TrackerState } from './carrier.ts';
import { ConnectedPeers } from './webtorrent-connected.ts';
import { OWN_REQUEST_LIMIT, type WebtorrentConnection, hostOf, joinAddress } from './webtorrent-connection.ts';
import type { CarrierContext } from './webtorrent-context.ts';
import { Dialler } from './webtorrent-dialler.ts';
import { SwarmDiscovery } from './webtorrent-discovery.ts';
import { MetadataExchange } from './webtorrent-metadata.ts';
import { PeerExchange, dialable } from './webtorrent-pex.ts';
import { SwarmTrackers } from './webtorrent-trackers.ts';
import type { Peer, WebtorrentTorrent, Wire } from './webtorrent-types.ts';
import { SwarmWebrtc } from './webtorrent-webrtc.ts';
import type { WebrtcStream } from './webrtc-stream.ts';

/** The library drops the torrent it was built for when this extension is missing; it only reserves our number. */
function crowdExtension(): unknown {
  class Crowd {}
  Object.defineProperty(Crowd.prototype, 'name', { value: CROWD_EXTENSION });
  return Crowd;
}

export class WebtorrentSwarm implements CarrierSwarm {
  readonly #context: CarrierContext;
  readonly #torrent: WebtorrentTorrent;
  readonly #handler: SwarmHandler;
  readonly #candidates: PeerCandidates;
  readonly #trackers: SwarmTrackers;
  readonly #policy: DiscoveryPolicy;
  readonly #discovery: SwarmDiscovery;
  readonly #pex: PeerExchange;
  readonly #dialler: Dialler;
  readonly #webrtc: SwarmWebrtc | null;
  readonly #connected: ConnectedPeers;
  #stopping: Promise<unknown> = Promise.resolve();
  #running = false;
  #dialing = true;
  #dialQueued = false;
  #private = false;
  readonly #metadata: MetadataExchange;
  #tick: NodeJS.Timeout | null = null;

  constructor(context: CarrierContext, infoHash: string, handler: SwarmHandler) {
    this.#context = context;
    this.#handler = handler;
    this.#torrent = context.client.add({ infoHash, announce: [], urlList: [] }, { paused: true });
    this.#reduce(this.#torrent);
    const { client: { peerId, dht }, userAgent, port, random, fetchAnswer, place } = context;
    const now = (): number => performance.now();
    this.#connected = new ConnectedPeers(context);
    this.#candidates = new PeerCandidates(now, (address) => place.nearness(hostOf(address)));
    this.#webrtc = context.webrtc && new SwarmWebrtc({
      bindAddress: context.bindAddress, world: context.webrtc, figures: () => handler.announceFigures(),
      onStream: (stream) => this.#onStream(stream), directPeers: () => this.#connected.direct, wants: () => handler.wantsSeeds, onProblem: context.onProblem,
    });
    this.#trackers = new SwarmTrackers({
      openSocketLine: this.#webrtc ? (options, line) => this.#webrtc!.line(options, line) : undefined,
      infoHash, peerId, userAgent, port, random, fetchAnswer, figures: () => handler.announceFigures(), onChange: () => this.#steer(),
      onPeer: (address, tracker) => this.#heard(address, 'tracker', this.#tellerAt(tracker)), onSeenAs: (address, tracker) => place.seenAs(address, tracker),
    });
    this.#metadata = new MetadataExchange((infoBytes) => handler.onMetadata(infoBytes));
    this.#policy = new DiscoveryPolicy(now);
    this.#discovery = new SwarmDiscovery({
      infoHash, peerId, port, random, dht: dht || null,
      onDhtPeer: (address, node) => this.#heard(address, 'dht', this.#tellerAt(node ?? hostOf(address))),
      onLocalPeer: (address) => {
        const teller = this.#tellerAt(hostOf(address));
        if (teller !== 'internet' || place.nearness(hostOf(address)) === Nearness.ownSubnet) this.#heard(address, 'lsd', teller);
      },
    });
    this.#pex = new PeerExchange({
      now, random, tellerAt: (host) => this.#tellerAt(host), heard: (address, teller) => this.#heard(address, 'ut_pex', this.#tellerAt(teller), teller),
      tookBack: (address, teller) => this.#candidates.takeBack(address, teller), isSeed: (connection) => this.#candidates.get(dialable(connection) ?? '')?.seed ?? false,
    });
    this.#dialler = new Dialler({
      context, torrent: this.#torrent, candidates: this.#candidates, mayDial: () => this.#running && this.#dialing, wantsSeeds: () => handler.wantsSeeds,
      room: () => this.#connected.room - this.#candidates.dialing, connected: () => this.#connected.size,
      isConnectedTo: (address) => this.#connected.isConnectedTo(address),
    });
    this.setDelivery(DEFAULT_DELIVERY);
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
    this.#policy.restart();
    this.#trackers.start();
    this.#webrtc?.start();
    this.#steer();
    this.#tick = setInterval(() => this.#onTick(), 1000);
    this.#tick.unref();
    this.#dialler.dial();
  }

  stop(): void {
    this.#stopping = Promise.all([this.#stopping, this.#stop()]);
  }

  setDialing(on: boolean): void {
    this.#dialing = on;
    if (on) this.#dialler.dial();
  }

  setMetadata(infoBytes: Uint8Array, isPrivate: boolean): void {
    this.#torrent.metadata = true;
    this.#private = isPrivate;
    this.#torrent.private = isPrivate;
    this.#metadata.set(infoBytes);
    this.#steer();
  }

  setTrackers(tiers: string[][]): void {
    this.#trackers.set(tiers);
  }

  setDelivery(delivery: DeliverySpec): void {
    const seeders = new Map(delivery.seeders.map((seeder) => [normal(seeder), hostOf(seeder)]));
    this.#candidates.setSeeders(new Set(seeders.keys()));
    this.#connected.setSeeders(seeders.values());
    if (this.#dialler.transport !== delivery.transport) {
      this.#dialler.transport = delivery.transport;
      this.#candidates.forgetModes();
    }
    this.#connected.limit = delivery.connections;
    this.#webrtc?.setDelivery(delivery);
    this.#policy.setUses(delivery);
    for (const seeder of delivery.seeders) this.addPeer(seeder, 'seeder');
    this.#steer();
  }

  addPeer(hostPort: string, source: string): void {
    if (this.#private && !['tracker', 'manual', 'seeder'].includes(source)) return;
    const isOurs = source === 'manual' || source === 'seeder';
    this.#add(hostPort, source, isOurs);
  }

  announce(): void {
    this.#trackers.announce();
    this.#discovery.announce();
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
    this.stop();
    await this.#stopping; // trackers and relays are being told goodbye
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
    this.#discovery.close();
    await Promise.all([this.#trackers.stop(), this.#webrtc?.stop()]);
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

  #onTick(): void {
    this.#steer();
    this.#pex.tick();
    this.#connected.measure();
    this.#dialler.dial();
  }

  /** Which ways of finding people are in use now. */
  #steer(): void {
    if (!this.#running) return;
    const { client, lsd, pex } = this.#context;
    const ways = this.#policy.decide({ trackers: this.#trackers.summary, people: this.#connected.size + this.#candidates.hopeful });
    const open = !this.#private;
    this.#discovery.set(open && ways.dht && Boolean(client.dht), open && ways.lsd && lsd);
    this.#pex.set(open && pex && this.#policy.uses('pex') !== 'off', ways.pex);
  }

  #tellerAt(host: string): Teller {
    return this.#context.loopbackOnly ? 'own-machine' : tellerAt(host);
  }

  /** What a stranger says is looked at first. @param teller who says it; @param person the peer who does, whose word is bounded */
  #heard(address: string, source: string, teller: Teller, person: string | null = null): void {
    if (this.#private && source !== 'tracker') return;
    if (mayName(teller, hostOf(address))) this.#add(address, source, false, person);
  }

  #add(hostPort: string, source: string, mayBeName: boolean, person: string | null = null): void {
    const host = hostOf(hostPort);
    const port = Number(hostPort.slice(hostPort.lastIndexOf(':') + 1));
    if (!(port > 0 && port < 65536) || host === '' || (isIP(host) === 0 && !mayBeName)) return;
    if (this.#candidates.add(joinAddress(host, port), source, person) || mayBeName) this.#dialSoon();
  }

  /** After all that came together: the order of dialling is among them, and is worked out once. */
  #dialSoon(): void {
    if (this.#dialQueued) return;
    this.#dialQueued = true;
    queueMicrotask(() => {
      this.#dialQueued = false;
      this.#dialler.dial();
    });
  }

  #onIncoming(peer: Peer): void {
    if (!this.#running) return peer.destroy(new Error('the torrent is paused'));
    const host = plainHost(peer.conn?.remoteAddress ?? '');
    const seeder = this.#connected.isSeederHost(host);
    if (!this.#context.mayConnect(host, seeder) || !(seeder || this.#connected.hasRoom)) return peer.destroy(new Error('no room'));
    this.#torrent._registerPeer(peer);
  }

  #onStream(stream: WebrtcStream): boolean {
    const way = stream.route();
    if (!this.#running || !this.#context.mayConnect(way?.isRelayed === false ? way.address : stream.id, false) || !this.#connected.hasRoom) return false;
    this.#torrent._registerPeer(WebtorrentPeer.createWebRTCPeer(stream, this.#torrent, this.#context.client.throttleGroups, 'webrtc'));
    return true;
  }

  /** The handshake is done; WebTorrent has put its extensions in place and nothing was read beyond. */
  #onWire(wire: Wire): void {
    const connection = this.#context.connectionOf(wire);
    const peer = [...(this.#torrent._peers?.values() ?? [])].find((other) => other.wire === wire);
    if (!connection || !peer) return wire.destroy();
    const candidate = connection.incoming ? null : this.#candidates.get(peer.addr ?? '') ?? null;
    const seeder = candidate?.seeder || this.#connected.isSeederHost(connection.host);
    if (this.#connected.isDuplicate(connection, seeder)) return peer.destroy(new Error('connected twice'));
    if (!seeder && !this.#connected.hasRoom) return peer.destroy(new Error('no room'));
    wire.use(crowdExtension());
    wire.extendedHandshake.v = this.#context.clientName;
    wire.extendedHandshake.reqq = OWN_REQUEST_LIMIT;
    wire.extendedHandshake.p = this.#context.port();
    this.#metadata.joined(wire);
    if (candidate) this.#candidates.connected(candidate);
    this.#connected.add(connection, peer, candidate, seeder);
    peer.once('disconnect', () => this.#onDisconnect(connection, wire));
    if (!this.#private) this.#pex.joined(connection);
    // The library sends our handshake right after this event; the session's first messages come behind it.
    queueMicrotask(() => {
      if (!peer.destroyed) this.#handler.onConnection(connection);
    });
  }

  #onDisconnect(connection: WebtorrentConnection, wire: Wire): void {
    const gone = this.#connected.remove(connection);
    if (!gone) return;
    if (gone.candidate) this.#candidates.disconnected(gone.candidate, performance.now() - gone.since);
    this.#pex.left(connection);
    this.#metadata.left(wire);
  }
}

function normal(hostPort: string): string {
  return joinAddress(hostOf(hostPort), Number(hostPort.slice(hostPort.lastIndexOf(':') + 1)));
}
