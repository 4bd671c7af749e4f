// One torrent at work: joins its swarm, its store, the downloader and the uploader, and keeps the figures.
import type { IncidentKind } from '../../contract/figures.ts';
import { parseInfo } from '../metainfo/metainfo.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { BanPolicy } from './ban-policy.ts';
import type { Bitfield } from './bitfield.ts';
import type { CarrierConnection, CarrierSwarm, SwarmHandler } from './carrier.ts';
import { countHave, countPieces } from './copy-counts.ts';
import { DEFAULT_DELIVERY } from './delivery-spec.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import { Downloader } from './downloader.ts';
import type { PieceMemory } from './downloader.ts';
import { problemFrom } from './engine-types.ts';
import type { EngineProblem, StreamRange, PeerInfo, TorrentSpec, TorrentStats, TrackerInfo } from './engine-types.ts';
import { FileHashes } from './file-hashes.ts';
import { PeerLink } from './peer-link.ts';
import type { LinkHandler } from './peer-link.ts';
import type { PieceStore } from './piece-store.ts';
import type { RecentPieces } from './recent-pieces.ts';
import { isMuchLower, RateLimit } from './rate-limit.ts';
import { ServerSources } from './server-sources.ts';
import type { SourceState } from './server-sources.ts';
import { SessionSelection } from './session-selection.ts';
import { SpeedMeter } from './speed-meter.ts';
import { TypedEmitter } from './typed-emitter.ts';
import type { UploadScheduler } from './upload-scheduler.ts';
import { crowdOf, SessionFigures } from './session-figures.ts';
import type { CrowdFigures } from './session-figures.ts';
import { Uploader } from './uploader.ts';
import type { UplinkPacer } from './uplink-pacer.ts';

/** What all torrents of one engine share. */
export interface SessionContext {
  readonly now: () => number;
  readonly random: () => number;
  readonly pacer: UplinkPacer;
  readonly scheduler: UploadScheduler;
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

interface TorrentEvents {
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

const ACK_EVERY_MS = 30;
/** So much is acknowledged at once: the peer's next bytes depend on it. */
const ACK_BYTES = 128 * 1024;
/** At the beginning sooner: what the peer may have under way grows with what has arrived. */
const ACK_FIRST_BYTES = 12 * 1024;
/** Peers that have enough to ask of us hear of new pieces with the next blocks, at the latest after this. */
const HAVES_EVERY_MS = 200;

export class TorrentSession extends TypedEmitter<TorrentEvents> implements SwarmHandler, LinkHandler {
  readonly infoHash: string;
  readonly figures = new SessionFigures();
  readonly #context: SessionContext;
  readonly #spec: TorrentSpec;
  readonly #swarm: CarrierSwarm;
  readonly #links = new Set<PeerLink>();
  readonly #downLimit: RateLimit;
  readonly #upLimit: RateLimit;
  readonly #down: SpeedMeter;
  readonly #up: SpeedMeter;
  readonly #ackDue = new Set<PeerLink>();
  #ackTimer: NodeJS.Timeout | null = null;
  #havesTimer: NodeJS.Timeout | null = null;
  #metainfo: Metainfo | null = null;
  #store: PieceStore | null = null;
  #opening: Promise<void> | null = null;
  readonly #closing = new AbortController();
  #downloader: Downloader | null = null;
  #uploader: Uploader | null = null;
  #sources: ServerSources | null = null;
  #fileHashes: FileHashes | null = null;
  #fileStates: Uint8Array; // while there are no hashes: before the files are open, and while they are checked
  #webSeedUrls: string[];
  readonly #selection = new SessionSelection();
  #filePriorities: Uint8Array | undefined;
  #order: 'rarest' | 'sequential';
  #trackerTiers: string[][];
  #uploadSlots: number | null;
  #delivery: DeliverySpec;
  #paused: boolean;
  #held: boolean;
  #serving = true;
  #closed = false;
  #checking = false;
  #doneTold = false;
  #startedAtMs: number | null = null;
  #firstPieceMs: number | null = null;
  #wasted = 0;
  #hashFailures = 0;
  #fromPeople: number;
  #fromServer: number;
  #received: number;
  #sent: number;

  constructor(context: SessionContext, spec: TorrentSpec) {
    super();
    this.#context = context;
    this.#spec = spec;
    this.infoHash = spec.infoHash;
    this.#paused = spec.paused;
    this.#held = spec.metadataOnly ?? false;
    this.#order = spec.order;
    this.#filePriorities = spec.filePriorities;
    this.#fileStates = Uint8Array.from(spec.fileStates ?? []);
    this.#trackerTiers = spec.trackers.map((tier) => [...tier]);
    this.#webSeedUrls = [...spec.webSeeds];
    this.#uploadSlots = spec.uploadSlots;
    this.#received = spec.counters?.receivedBytes ?? 0;
    this.#sent = spec.counters?.uploadedBytes ?? 0;
    this.#fromPeople = spec.counters?.fromPeople ?? 0;
    this.#fromServer = spec.counters?.fromServer ?? 0;
    this.#downLimit = spec.limits?.down ?? new RateLimit(spec.downloadBytesPerSecond, context.now);
    this.#upLimit = spec.limits?.up ?? new RateLimit(spec.uploadBytesPerSecond, context.now);
    this.#down = new SpeedMeter(context.now);
    this.#up = new SpeedMeter(context.now);
    this.#swarm = context.join(spec.infoHash, this);
    this.#swarm.setTrackers(this.#trackerTiers);
    this.#delivery = spec.delivery ?? DEFAULT_DELIVERY;
    this.#swarm.setDelivery(this.#delivery);
    for (const peer of spec.peers) this.#swarm.addPeer(peer, 'manual');
    if (spec.metainfo) this.#setMetainfo(spec.metainfo);
    // Whoever adds a torrent must be able to listen before the first event.
    queueMicrotask(() => {
      if (!this.#closed) this.#prepare();
    });
  }

  get metainfo(): Metainfo | null {
    return this.#metainfo;
  }

  get store(): PieceStore | null {
    return this.#store;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** While the files are being opened: resolves when that is over; soon after `close`. */
  get opening(): Promise<void> | null {
    return this.#opening;
  }

  // ---- commands

  /** Ends the hold after the metadata, and a pause. */
  start(): void {
    this.#held = false;
    this.resume();
    this.#prepare();
  }

  /** Metadata from elsewhere than people (an exact source); no effect when it is here already. Its hash was checked. */
  setMetainfo(metainfo: Metainfo): void {
    if (this.#metainfo || this.#closed || metainfo.infoHash !== this.infoHash) return;
    this.#setMetainfo(metainfo);
    this.emit('metadata', metainfo);
    this.emit('dirty');
    this.#prepare();
  }

  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#halt();
    this.emit('dirty');
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    this.#run();
    this.#fileHashes?.start();
    this.emit('dirty');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    this.#halt();
    this.#dropFileHashes();
    this.#context.forget(this);
    await this.#swarm.close();
    const store = this.#store;
    if (store) {
      await store.flush();
      await store.close();
    }
    this.removeAllListeners();
  }

  setFilePriorities(priorities: Uint8Array): void {
    this.#filePriorities = Uint8Array.from(priorities);
    if (this.#metainfo) this.#selection.choose(this.#metainfo, this.#filePriorities);
    this.#store?.setSelection(this.#filePriorities);
    this.#applySelection();
    this.emit('dirty');
  }

  setOrder(order: 'rarest' | 'sequential'): void {
    this.#order = order;
    if (this.#downloader) this.#downloader.picker.order = order;
  }

  /** The limit of all torrents together sank: what was asked for beyond it is taken back. */
  limitSank(): void {
    this.#downloader?.limitSank();
  }

  setLimits(downBytesPerSecond: number | null, upBytesPerSecond: number | null): void {
    const sank = isMuchLower(downBytesPerSecond, this.#downLimit.bytesPerSecond);
    this.#downLimit.bytesPerSecond = downBytesPerSecond;
    this.#upLimit.bytesPerSecond = upBytesPerSecond;
    if (sank) this.limitSank();
    this.#downloader?.fillAll();
    this.#context.scheduler.pump();
  }

  setUploadSlots(slots: number | null): void {
    this.#uploadSlots = slots;
    if (!this.#uploader) return;
    this.#uploader.slots = slots;
    this.#uploader.rechoke();
  }

  get delivery(): DeliverySpec {
    return this.#delivery;
  }

  /** A newer version of its package, or the user, says otherwise. */
  setDelivery(delivery: DeliverySpec): void {
    const before = this.#delivery;
    this.#delivery = delivery;
    this.#swarm.setDelivery(delivery);
    this.#sources?.deliveryChanged(before);
    if (delivery.firstPieces !== before.firstPieces) this.#applySelection();
  }

  /** Off: stays complete, serves nobody, connects to nobody. */
  setServing(on: boolean): void {
    if (this.#serving === on) return;
    this.#serving = on;
    if (this.#paused || this.#closed) return;
    if (!on && this.#isComplete) this.#halt();
    else this.#run();
    this.emit('dirty');
  }

  addPeer(hostPort: string): void {
    this.#swarm.addPeer(hostPort, 'manual');
  }

  addTrackers(tiers: string[][]): void {
    const known = new Set(this.#trackerTiers.flat());
    for (const tier of tiers) {
      const fresh = tier.filter((url) => !known.has(url));
      for (const url of fresh) known.add(url);
      if (fresh.length > 0) this.#trackerTiers.push(fresh);
    }
    this.#swarm.setTrackers(this.#trackerTiers);
  }

  removeTracker(url: string): void {
    this.#trackerTiers = this.#trackerTiers.map((tier) => tier.filter((other) => other !== url)).filter((tier) => tier.length > 0);
    this.#swarm.setTrackers(this.#trackerTiers);
  }

  announce(): void {
    if (!this.#paused) this.#swarm.announce();
  }

  addWebSeed(url: string): void {
    if (this.#webSeedUrls.includes(url)) return;
    this.#webSeedUrls.push(url);
    this.#sources?.add(url);
  }

  /** Hashes everything that is there; peers wait meanwhile. */
  async recheck(onProgress?: (done: number) => void): Promise<void> {
    // Asked while the files are being opened, it comes after that and is not forgotten.
    await this.#opening;
    if (this.#checking || this.#closed || !this.#metainfo || this.#held) return;
    this.#checking = true;
    onProgress?.(0);
    this.#halt();
    this.#dropFileHashes();
    this.#fileStates = this.#fileStates.map((state) => (state === 1 ? 1 : 0)); // what was wrong is looked at again
    try {
      // Also for files that were gone when they were looked for: what is there now counts.
      this.#store ??= await this.#spec.openStore(this.#metainfo);
      await this.#store.recheck(onProgress);
    } finally {
      this.#checking = false;
      this.#dismantle();
      if (!this.#closed && this.#store) {
        this.#build(this.#store);
        if (!this.#paused) this.#run();
        this.emit('dirty');
      }
    }
  }

  /** Another of TCP and uTP comes first from now on. */
  transportChosen(name: 'TCP' | 'uTP'): void {
    this.emit('incident', 'transport-chosen', name);
  }

  // ---- figures

  stats(): TorrentStats {
    let sendingToUs = 0;
    let receivingFromUs = 0;
    let peersWithData = 0;
    for (const link of this.#links) {
      if (link.down.bytesPerSecond > 0) sendingToUs++;
      if (link.up.bytesPerSecond > 0) receivingFromUs++;
      if (link.pieces && link.pieces.count > 0) peersWithData++;
    }
    return {
      downloadBytesPerSecond: this.#down.bytesPerSecond, uploadBytesPerSecond: this.#up.bytesPerSecond,
      receivedBytes: this.#received, uploadedBytes: this.#sent, fromPeople: this.#fromPeople, fromServer: this.#fromServer,
      wastedBytes: this.#wasted, hashFailures: this.#hashFailures,
      connected: this.#links.size, known: this.#swarm.knownPeers, connecting: this.#swarm.connectingPeers,
      sendingToUs, receivingFromUs, peersWithData,
      bytesDone: this.#selection.bytesDone, bytesWanted: this.#selection.bytesWanted,
      wantedDone: this.#wantedDone, firstPieceMs: this.#firstPieceMs,
    };
  }

  /** Who is here and how often they have what is wanted; a look at every wanted piece, so not more than once a second. */
  crowd(): CrowdFigures {
    return crowdOf(this.#links, this.#selection.wanted?.priorities ?? null, this.#downloader?.picker ?? null);
  }

  peers(): PeerInfo[] {
    const people = [...this.#links].map((link): PeerInfo => {
      const { connection } = link;
      return {
        id: String(link.id), address: connection.address, client: connection.clientName, transport: connection.transport,
        incoming: connection.incoming, encrypted: connection.encrypted, flags: flagsOf(link),
        progress: link.pieces && link.pieces.length > 0 ? link.pieces.count / link.pieces.length : 0,
        downloadBytesPerSecond: link.down.bytesPerSecond, uploadBytesPerSecond: link.up.bytesPerSecond,
        receivedBytes: link.down.total, sentBytes: link.up.total, choked: link.peerChoking, interested: link.peerInterested,
        source: connection.source,
      };
    });
    return people.concat(this.#sources?.peers() ?? []);
  }

  /** What the policies that decide between server and people do now. */
  sourceState(): SourceState {
    return this.#sources?.state() ?? { smoothing: null, control: { action: 'none', reason: null, since: null }, heldBySmoothing: false };
  }

  trackers(): TrackerInfo[] {
    return this.#swarm.trackers();
  }

  availability(): Uint16Array {
    const count = this.#metainfo?.pieceCount ?? 0;
    const copies = new Uint16Array(count);
    const picker = this.#downloader?.picker;
    for (let piece = 0; picker && piece < count; piece++) copies[piece] = picker.availabilityOf(piece);
    return copies;
  }

  pieceSources(): Uint8Array {
    return this.#store?.origins ?? this.#selection.sources;
  }

  /** By number of the file: 0 not known yet (or nothing to compare with), 1 its SHA-256 is right, 2 wrong. A copy. */
  fileStates(): Uint8Array {
    if (this.#fileHashes) return this.#fileHashes.states();
    const states = new Uint8Array(this.#metainfo?.files.length ?? 0);
    states.set(this.#fileStates.subarray(0, states.length));
    return states;
  }

  /** Reads a whole file and compares its SHA-256 once more; the event `file` tells what came out. */
  async recheckFile(index: number): Promise<void> {
    await this.#fileHashes?.check(index).catch(() => undefined); // a failure has stopped the torrent and was told
  }

  /** Once a second. */
  tick(): void {
    if (this.#paused || this.#closed) return;
    if (this.#links.size > 0) {
      this.#downloader?.tick();
      this.#uploader?.tick();
    }
    this.#sources?.tick();
  }

  // ---- swarm

  get wantsSeeds(): boolean {
    return !this.#wantedDone;
  }

  announceFigures(): { uploaded: number; downloaded: number; left: number } {
    const left = this.#metainfo && this.#store ? this.#selection.bytesLeft : Math.max(16384, this.#metainfo?.length ?? 0);
    return { uploaded: Math.round(this.#sent), downloaded: Math.round(this.#received), left };
  }

  onMetadata(infoBytes: Uint8Array): void {
    if (this.#metainfo || this.#closed) return;
    let metainfo: Metainfo;
    try {
      metainfo = parseInfo(infoBytes, this.infoHash);
    } catch (error) {
      this.emit('problem', { code: 'bad-metadata', message: error instanceof Error ? error.message : 'The torrent cannot be read.' });
      this.pause();
      return;
    }
    this.setMetainfo(metainfo);
  }

  onConnection(connection: CarrierConnection): void {
    if (connection.incoming) this.#context.cameIn(connection);
    if (this.#paused || this.#closed || this.#checking) return connection.close('paused');
    const link = new PeerLink(connection, this, this.#context.now);
    this.#links.add(link);
    this.figures.joined++;
    this.emit('dirty');
    link.sendPieces(this.#downloader ? this.#store!.have : null);
    if (this.#uploader) this.#admit(link);
    link.open();
  }

  // ---- link events

  onClosed(link: PeerLink): void {
    this.#links.delete(link);
    this.figures.left++;
    this.#ackDue.delete(link);
    this.#sources?.left(link);
    this.#context.pacer.closed(link.flight);
    this.#downloader?.dropLink(link);
    this.#uploader?.remove(link);
    if (link.pieces) this.#count(link.pieces, false);
    this.#context.scheduler.pump();
    this.#downloader?.fillAll();
  }

  onDrained(link: PeerLink): void {
    this.#uploader?.wake(link);
  }

  onExtendedHandshake(link: PeerLink): void {
    this.#uploader?.greet(link);
    this.#sources?.greet(link);
    this.#downloader?.fill(link);
  }

  onChoke(link: PeerLink): void {
    if (link.peerChoking && !link.connection.fast) this.#downloader?.dropLink(link);
    this.#downloader?.fill(link);
    if (link.peerChoking) this.#downloader?.fillAll();
  }

  onInterest(link: PeerLink): void {
    if (this.#uploader) this.#uploader.interestChanged(link);
    else if (!link.peerInterested) link.setChoking(true);
  }

  onPieces(link: PeerLink, before: Bitfield | null): void {
    if (before) this.#count(before, false);
    if (link.pieces) this.#count(link.pieces, true);
    this.#recountInterest(link);
    this.#uploader?.fillSlots();
    this.#afterPieces(link);
  }

  onHave(link: PeerLink, piece: number, has: boolean): void {
    if (this.#downloader) countHave(this.#downloader.picker, link.pieces!, piece, has);
    if (has) this.#sources?.has(link, piece);
    if (this.#selection.isInteresting(piece)) {
      link.interesting += has ? 1 : -1;
      link.setInterested(link.interesting > 0);
    }
    this.#afterPieces(link);
  }

  onRequests(link: PeerLink): void {
    this.#uploader?.wake(link);
  }

  onReject(link: PeerLink, key: number): void {
    this.#downloader?.rejected(link, key);
  }

  onBlockStart(link: PeerLink, key: number, length: number): Uint8Array | null {
    return this.#downloader?.blockStart(link, key, length) ?? null;
  }

  onBlockBytes(link: PeerLink, count: number): void {
    this.#down.add(count);
    this.#context.downloaded.add(count);
    this.#received += count;
    this.figures.fromPeople += count;
    this.#sources?.fromPeople(count);
    if (!link.connection.speaksCrowd || this.#ackDue.has(link)) return;
    this.#ackDue.add(link);
    this.#ackTimer ??= setTimeout(() => this.#acknowledge(), ACK_EVERY_MS);
  }

  onBlockEnd(link: PeerLink, key: number, length: number, wanted: boolean): void {
    if (this.#downloader) this.#downloader.blockEnd(link, key, length, wanted);
    else this.#wasted += length;
  }

  onRead(link: PeerLink): void {
    if (link.unacknowledgedBytes >= Math.min(ACK_BYTES, ACK_FIRST_BYTES + link.receivedBlockBytes / 4)) link.acknowledge();
    this.#downloader?.fill(link);
  }

  onClaims(link: PeerLink, pieces: Iterable<number>, begun: boolean): void {
    this.#sources?.heard(link, pieces, begun);
  }

  onAcknowledged(link: PeerLink, bytes: number): void {
    this.#context.pacer.acknowledged(link.flight, bytes);
    this.#context.scheduler.pump();
  }

  // ---- inner

  get #isComplete(): boolean {
    return this.#store !== null && this.#store.have.isFull();
  }

  get #wantedDone(): boolean {
    return this.#selection.wanted !== null && this.#store !== null && this.#selection.missingPieces === 0;
  }

  #setMetainfo(metainfo: Metainfo): void {
    this.#metainfo = metainfo;
    this.#swarm.setMetadata(metainfo.infoBytes, metainfo.private);
    this.#selection.setMetainfo(metainfo, this.#filePriorities);
    for (const url of metainfo.webSeeds) if (!this.#webSeedUrls.includes(url)) this.#webSeedUrls.push(url);
    if (metainfo.trackers.length > 0) this.addTrackers(metainfo.trackers);
  }

  /** A paused torrent too knows what it has on disk; everything else waits. */
  #prepare(): void {
    if (!this.#paused) this.#run();
    else if (this.#metainfo && !this.#held && !this.#store) void this.#openOnce();
  }

  /** Brings the torrent as far as it may go now: metadata, store, peers. */
  #run(): void {
    if (this.#closed || this.#paused || this.#checking) return;
    this.#startedAtMs ??= this.#context.now();
    if (!this.#held) this.figures.startedAt ??= Date.now();
    if (!this.#metainfo) return this.#swarm.start();
    if (this.#held) return;
    if (!this.#store) {
      void this.#openOnce();
      return;
    }
    if (!this.#serving && this.#isComplete) return;
    this.#downloader!.running = !this.#wantedDone;
    this.#swarm.start();
    this.#sources?.start();
    for (const link of this.#links) if (!link.pieces) this.#admit(link);
    this.#downloader!.fillAll();
  }

  #openOnce(): Promise<void> {
    this.#opening ??= this.#openStore().finally(() => {
      this.#opening = null;
    });
    return this.#opening;
  }

  async #openStore(): Promise<void> {
    try {
      const store = await this.#spec.openStore(this.#metainfo!);
      if (!this.#closed) {
        await store.open((done) => this.emit('checking', done), this.#closing.signal).catch((error: unknown) => {
          if (!this.#closed) throw error;
        });
      }
      this.emit('checking', null);
      if (this.#closed) return void (await store.close());
      this.#store = store;
      this.#build(store);
      this.emit('ready');
      this.emit('dirty');
      this.#run();
      this.#checkDone();
    } catch (error) {
      if (this.#closed) return;
      this.emit('checking', null);
      this.emit('problem', problemFrom(error));
      this.pause();
    }
  }

  #build(store: PieceStore): void {
    const metainfo = this.#metainfo!;
    const { have } = store;
    this.#selection.load(have, store.origins);
    const { now, random, bans, scheduler } = this.#context;
    const session = this;
    const pieceLength = (piece: number): number => Math.min(metainfo.pieceLength, metainfo.length - piece * metainfo.pieceLength);
    this.#downloader = new Downloader({
      links: this.#links, limits: [this.#downLimit, this.#context.downloadLimit], now, random, bans, ablate: this.#context.ablate, pieceLength,
      get expectedPeers() {
        return session.#swarm.knownPeers;
      },
      memory: this.#context.pieceMemory,
      expectedHash: (piece) => metainfo.hashes.subarray(piece * 20, piece * 20 + 20),
      store: (piece, data, serverBytes) => this.#keep(piece, data, serverBytes),
      get helpsFirst() {
        return session.#firstPieceMs === null && !session.#context.ablate.has('first-pieces');
      },
      maySeederSend: () => session.#sources?.maySeederSend() ?? true,
      askedSeeder: (bytes) => session.#sources?.askedSeeder(bytes),
      onHashFailure: (_piece, length) => {
        this.#hashFailures++;
        this.#wasted += length;
      },
      onWasted: (bytes) => {
        this.#wasted += bytes;
      },
      banned: (hosts) => this.#ban(hosts),
    }, have, metainfo.pieceLength);
    this.#downloader.picker.order = this.#order;
    this.#uploader = new Uploader({
      links: this.#links, limit: this.#upLimit, scheduler, now, random, ablate: this.#context.ablate, pieceCount: metainfo.pieceCount, pieceLength,
      get complete() {
        return have.isFull();
      },
      get uploadBytesPerSecond() {
        return session.#context.uploaded.bytesPerSecond;
      },
      has: (piece) => piece < have.length && have.get(piece),
      read: (piece, offset, length) => {
        const recent = this.#context.recent?.read(this, piece, offset, length);
        if (recent) return Promise.resolve(recent);
        return offset === 0 && length === pieceLength(piece) ? store.readPiece(piece) : store.readBlock(piece, offset, length);
      },
      onSent: (_link, bytes) => {
        this.#up.add(bytes);
        this.#context.uploaded.add(bytes);
        this.#sent += bytes;
        this.figures.uploaded += bytes;
      },
      onReadFailed: (_piece, error) => this.#stopFor(error),
    });
    this.#uploader.slots = this.#uploadSlots;
    this.#sources = this.#sourcesOf(metainfo, this.#downloader);
    store.setSelection(this.#filePriorities ?? new Uint8Array(metainfo.files.length).fill(1));
    this.#applySelection();
    this.#hashFiles(metainfo, store);
  }

  #sourcesOf(metainfo: Metainfo, downloader: Downloader): ServerSources {
    const { streamRange, ablate, now, random } = this.#context;
    const session = this;
    return new ServerSources({
      metainfo, downloader, links: this.#links, limits: [this.#downLimit, this.#context.downloadLimit], streamRange, ablate, now, random,
      get delivery() {
        return session.#delivery;
      },
      firstPieceWaitMs: () => (this.#firstPieceMs === null && this.#startedAtMs !== null ? now() - this.#startedAtMs : null),
      wanted: () => this.#selection.wanted?.priorities ?? null,
      bytesLeft: () => this.#selection.bytesLeft,
      onBytes: (bytes) => {
        this.#down.add(bytes);
        this.#context.downloaded.add(bytes);
        this.#received += bytes;
        this.figures.fromServer += bytes;
      },
      onIncident: (kind, detail) => this.emit('incident', kind, detail),
    }, this.#webSeedUrls);
  }

  #hashFiles(metainfo: Metainfo, store: PieceStore): void {
    const expected = this.#spec.fileSha256;
    if (!expected) return;
    const read = (piece: number, offset: number, length: number): Promise<Uint8Array> => store.readBlock(piece, offset, length);
    this.#fileHashes = new FileHashes({ metainfo, expected, read, have: store.have, known: this.#fileStates });
    this.#fileHashes.on('file', (index, state) => {
      this.emit('file', index, state === 'right');
      this.emit('dirty');
    });
    this.#fileHashes.on('failed', (_index, error) => this.#stopFor(error));
    this.#fileHashes.start();
  }

  #dropFileHashes(): void {
    if (!this.#fileHashes) return;
    this.#fileStates = this.#fileHashes.states();
    this.#fileHashes.close();
    this.#fileHashes = null;
  }

  #dismantle(): void {
    this.#sources?.stop();
    this.#downloader?.stop();
    this.#uploader?.stop();
    this.#sources = null;
    this.#downloader = null;
    this.#uploader = null;
  }

  #applySelection(): void {
    const store = this.#store;
    const downloader = this.#downloader;
    if (!store || !downloader || !this.#metainfo) return;
    const { priorities } = this.#selection.apply(this.#metainfo, this.#filePriorities, this.#delivery.firstPieces);
    for (let piece = 0; piece < priorities.length; piece++) {
      const priority = priorities[piece]!;
      if (priority > 0) downloader.picker.setPriority(piece, priority as 1 | 2 | 3);
      downloader.setWanted(piece, priority > 0);
    }
    for (const link of this.#links) this.#recountInterest(link);
    if (this.#selection.missingPieces > 0) this.#doneTold = false;
    downloader.running = !this.#paused && !this.#checking && this.#selection.missingPieces > 0;
    if (downloader.running) {
      this.#sources?.start(); // they rested if everything that was chosen before is here
      downloader.fillAll();
    }
    this.#checkDone();
  }

  /** A peer joins the exchange once there is a store. */
  #admit(link: PeerLink): void {
    this.#uploader!.add(link);
    link.setPieceCount(this.#metainfo!.pieceCount);
    const have = this.#store!.have;
    if (!link.toldPieces) {
      link.toldPieces = true;
      for (let piece = 0; piece < have.length; piece++) if (have.get(piece)) link.sendHave(piece);
    }
    this.#uploader!.greet(link);
    this.#sources!.greet(link);
    this.#uploader!.fillSlots();
  }

  #count(pieces: Bitfield, add: boolean): void {
    if (this.#downloader) countPieces(this.#downloader.picker, pieces, add);
  }

  #recountInterest(link: PeerLink): void {
    if (!link.pieces || !this.#store) return;
    link.interesting = this.#selection.interestIn(link.pieces);
    link.setInterested(link.interesting > 0);
  }

  #afterPieces(link: PeerLink): void {
    if (link.isSeed) {
      this.#swarm.markSeed(link.connection.address);
      if (this.#wantedDone && this.#isComplete) return link.close('both are complete');
    }
    this.#downloader?.fill(link);
  }

  /** @returns whether the buffer stays in use */
  async #keep(piece: number, data: Uint8Array, serverBytes: number): Promise<boolean> {
    const store = this.#store!;
    const source = serverBytes * 2 > data.length ? 'server' : 'people';
    try {
      await store.writePiece(piece, data, source);
    } catch (error) {
      this.#stopFor(error);
      throw error;
    }
    this.#fromServer += serverBytes;
    this.#fromPeople += data.length - serverBytes;
    this.#selection.kept(piece, source);
    this.figures.firstPieceAt ??= Date.now();
    this.#firstPieceMs ??= Math.round(this.#context.now() - (this.#startedAtMs ?? this.#context.now()));
    const isWanted = this.#selection.isWanted(piece);
    for (const link of this.#links) {
      if (link.pieces?.get(piece)) {
        if (isWanted) {
          link.interesting--;
          link.setInterested(link.interesting > 0);
        }
      }
      // A seed has no use for it; everybody else counts copies.
      if (!link.isSeed) link.sendHave(piece);
    }
    this.#havesTimer ??= setTimeout(() => this.#tellHaves(), HAVES_EVERY_MS);
    this.#fileHashes?.pieceWritten(piece, data);
    // Only where somebody will ask for it: the next piece needs a buffer of its own then.
    const isShared = isAnyInterested(this.#links) && (this.#context.recent?.keep(this, piece, data) ?? false);
    this.emit('piece', piece, source);
    this.#checkDone();
    return isShared;
  }

  #checkDone(): void {
    if (!this.#wantedDone || this.#doneTold) return;
    this.#doneTold = true;
    const hadWork = this.#downloader!.running;
    this.#downloader!.running = false;
    this.#sources?.stop();
    this.#downloader!.releaseSpare();
    if (hadWork && this.#isComplete) this.#swarm.completed();
    this.#tellHaves();
    for (const link of [...this.#links]) {
      if (link.isSeed && this.#isComplete) link.close('both are complete');
      else this.#uploader!.greet(link);
    }
    this.emit('done');
    this.emit('dirty');
  }

  #tellHaves(): void {
    if (this.#havesTimer) clearTimeout(this.#havesTimer);
    this.#havesTimer = null;
    for (const link of this.#links) link.tellHaves();
  }

  #acknowledge(): void {
    this.#ackTimer = null;
    for (const link of this.#ackDue) link.acknowledge();
    this.#ackDue.clear();
  }

  #stopFor(error: unknown): void {
    if (this.#paused || this.#closed) return;
    this.emit('problem', problemFrom(error));
    this.pause();
  }

  #ban(hosts: string[]): void {
    this.#sources?.ban(hosts);
    for (const host of hosts) {
      // A server is called by its address and tells of itself.
      if (!/^https?:/i.test(host)) this.emit('incident', 'peer-banned', 'sent wrong data');
      for (const link of [...this.#links]) if (link.connection.host === host) link.close('sent bad pieces');
    }
  }

  /** Nothing in, nothing out. */
  #halt(): void {
    this.#sources?.stop();
    if (this.#downloader) this.#downloader.stop();
    if (this.#ackTimer) clearTimeout(this.#ackTimer);
    this.#ackTimer = null;
    if (this.#havesTimer) clearTimeout(this.#havesTimer);
    this.#havesTimer = null;
    this.#swarm.stop();
    this.#context.recent?.forget(this);
    for (const link of [...this.#links]) link.close('paused');
    void this.#store?.flush().catch((error: unknown) => this.emit('problem', problemFrom(error)));
  }
}

function isAnyInterested(links: Iterable<PeerLink>): boolean {
  for (const link of links) if (link.peerInterested) return true;
  return false;
}

function flagsOf(link: PeerLink): string {
  let flags = '';
  if (link.amInterested) flags += link.peerChoking ? 'd' : 'D';
  if (link.peerInterested) flags += link.amChoking ? 'u' : 'U';
  if (link.snubbed) flags += 'S';
  if (link.connection.incoming) flags += 'I';
  if (link.connection.encrypted) flags += 'E';
  if (link.connection.transport === 'utp') flags += 'P';
  if (link.connection.speaksCrowd) flags += 'F';
  return flags;
}
