// One torrent at work: the commands it takes, how far it may go now, and what it tells. The work itself is its parts'.
import { parseInfo } from '../metainfo/metainfo.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { AnnounceFigures, CarrierConnection, CarrierSwarm, SwarmHandler } from './carrier.ts';
import { DEFAULT_DELIVERY } from './delivery-spec.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import { problemFrom } from './engine-types.ts';
import type { PeerInfo, TorrentEvents, TorrentSpec, TorrentStats, TrackerInfo } from './engine-types.ts';
import { FileVerdicts } from './file-verdicts.ts';
import { activityOf, peerInfoOf } from './peer-listing.ts';
import type { PieceStore } from './piece-store.ts';
import { isMuchLower, RateLimit } from './rate-limit.ts';
import type { SourceState } from './server-sources.ts';
import type { SessionContext } from './session-context.ts';
import { SessionExchange } from './session-exchange.ts';
import { copiesOf, crowdOf } from './session-figures.ts';
import type { CrowdFigures, SessionFigures } from './session-figures.ts';
import type { SessionChoices, SessionGround } from './session-ground.ts';
import { SessionPeople } from './session-people.ts';
import { SessionSelection } from './session-selection.ts';
import { SessionStore } from './session-store.ts';
import { SessionTraffic } from './session-traffic.ts';
import { TrackerTiers } from './tracker-tiers.ts';
import { TypedEmitter } from './typed-emitter.ts';

export class TorrentSession extends TypedEmitter<TorrentEvents> implements SwarmHandler {
  readonly infoHash: string;
  readonly #context: SessionContext;
  readonly #swarm: CarrierSwarm;
  readonly #limits: { readonly down: RateLimit; readonly up: RateLimit };
  readonly #choices: SessionChoices;
  readonly #tiers: TrackerTiers;
  readonly #traffic: SessionTraffic;
  readonly #selection = new SessionSelection();
  readonly #files: SessionStore;
  readonly #verdicts: FileVerdicts;
  readonly #people: SessionPeople;
  readonly #exchange: SessionExchange;
  #metainfo: Metainfo | null = null;
  #paused: boolean;
  #held: boolean;
  #serving = true;
  #closed = false;
  #checking = false;

  constructor(context: SessionContext, spec: TorrentSpec) {
    super();
    this.#context = context;
    this.infoHash = spec.infoHash;
    this.#paused = spec.paused;
    this.#held = spec.metadataOnly ?? false;
    this.#choices = {
      order: spec.order, filePriorities: spec.filePriorities, uploadSlots: spec.uploadSlots,
      delivery: spec.delivery ?? DEFAULT_DELIVERY, webSeedUrls: [...spec.webSeeds],
    };
    this.#tiers = new TrackerTiers(spec.trackers);
    this.#traffic = new SessionTraffic(context, spec.counters);
    this.#limits = {
      down: spec.limits?.down ?? new RateLimit(spec.downloadBytesPerSecond, context.now),
      up: spec.limits?.up ?? new RateLimit(spec.uploadBytesPerSecond, context.now),
    };
    this.#files = this.#filesOf(spec);
    this.#swarm = context.join(spec.infoHash, this);
    const ground: SessionGround = {
      context, swarm: this.#swarm, limits: this.#limits, choices: this.#choices, traffic: this.#traffic, selection: this.#selection, owner: this,
      emit: (name, ...args) => this.emit(name, ...args), stopFor: (error) => this.#stopFor(error),
    };
    this.#verdicts = new FileVerdicts(spec, ground);
    this.#people = new SessionPeople(ground);
    this.#exchange = new SessionExchange(ground, this.#people, this.#verdicts, () => !this.#paused && !this.#checking);
    this.#swarm.setTrackers(this.#tiers.all);
    this.#swarm.setDelivery(this.#choices.delivery);
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
    return this.#files.current;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get figures(): SessionFigures {
    return this.#traffic.figures;
  }

  /** While the files are being opened: resolves when that is over; soon after `close`. */
  get opening(): Promise<void> | null {
    return this.#files.opening;
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
    this.#verdicts.resume();
    this.emit('dirty');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#files.end();
    this.#halt();
    this.#verdicts.end();
    this.#context.forget(this);
    await this.#swarm.close();
    await this.#files.close();
    this.removeAllListeners();
  }

  setFilePriorities(priorities: Uint8Array): void {
    const filePriorities = (this.#choices.filePriorities = Uint8Array.from(priorities));
    if (this.#metainfo) this.#selection.choose(this.#metainfo, filePriorities);
    this.store?.setSelection(filePriorities);
    this.#exchange.applySelection();
    this.emit('dirty');
  }

  setOrder(order: 'rarest' | 'sequential'): void {
    this.#choices.order = order;
    const { parts } = this.#exchange;
    if (parts) parts.downloader.picker.order = order;
  }

  /** The limit of all torrents together sank: what was asked for beyond it is taken back. */
  limitSank(): void {
    this.#exchange.parts?.downloader.limitSank();
  }

  setLimits(downBytesPerSecond: number | null, upBytesPerSecond: number | null): void {
    const { down, up } = this.#limits;
    const sank = isMuchLower(downBytesPerSecond, down.bytesPerSecond);
    down.bytesPerSecond = downBytesPerSecond;
    up.bytesPerSecond = upBytesPerSecond;
    if (sank) this.limitSank();
    this.#exchange.parts?.downloader.fillAll();
    this.#context.uploads.internet.scheduler.pump();
  }

  setUploadSlots(slots: number | null): void {
    this.#choices.uploadSlots = slots;
    const { parts } = this.#exchange;
    if (!parts) return;
    parts.uploader.slots = slots;
    parts.uploader.rechoke();
  }

  get delivery(): DeliverySpec {
    return this.#choices.delivery;
  }

  /** A newer version of its package, or the user, says otherwise. */
  setDelivery(delivery: DeliverySpec): void {
    const before = this.#choices.delivery;
    this.#choices.delivery = delivery;
    this.#swarm.setDelivery(delivery);
    this.#exchange.parts?.sources.deliveryChanged(before);
    if (delivery.firstPieces !== before.firstPieces) this.#exchange.applySelection();
  }

  /** Off: stays complete, serves nobody, connects to nobody. */
  setServing(on: boolean): void {
    if (this.#serving === on) return;
    this.#serving = on;
    if (this.#paused || this.#closed) return;
    if (!on && this.#files.isComplete) this.#halt();
    else this.#run();
    this.emit('dirty');
  }

  addPeer(hostPort: string): void {
    this.#swarm.addPeer(hostPort, 'manual');
  }

  addTrackers(tiers: string[][]): void {
    this.#tiers.add(tiers);
    this.#swarm.setTrackers(this.#tiers.all);
  }

  removeTracker(url: string): void {
    this.#tiers.remove(url);
    this.#swarm.setTrackers(this.#tiers.all);
  }

  announce(): void {
    if (!this.#paused) this.#swarm.announce();
  }

  addWebSeed(url: string): void {
    if (this.#choices.webSeedUrls.includes(url)) return;
    this.#choices.webSeedUrls.push(url);
    this.#exchange.parts?.sources.add(url);
  }

  /** Hashes everything that is there; peers wait meanwhile. */
  async recheck(onProgress?: (done: number) => void): Promise<void> {
    // Asked while the files are being opened, it comes after that and is not forgotten.
    await this.opening;
    if (this.#checking || this.#closed || !this.#metainfo || this.#held) return;
    this.#checking = true;
    onProgress?.(0);
    this.#halt();
    this.#verdicts.end();
    this.#verdicts.forgetWrong();
    try {
      await this.#files.recheck(this.#metainfo, onProgress);
    } finally {
      this.#checking = false;
      this.#exchange.close();
      if (!this.#closed && this.store) {
        this.#exchange.open(this.#metainfo, this.store);
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
    return {
      ...this.#traffic.stats(), ...activityOf(this.#people.links),
      connected: this.#people.links.size, known: this.#swarm.knownPeers, connecting: this.#swarm.connectingPeers,
      bytesDone: this.#selection.bytesDone, bytesWanted: this.#selection.bytesWanted, wantedDone: this.#selection.isDone,
    };
  }

  /** Who is here and how often they have what is wanted; a look at every wanted piece, so not more than once a second. */
  crowd(): CrowdFigures {
    return crowdOf(this.#people.links, this.#selection.wanted?.priorities ?? null, this.#exchange.parts?.downloader.picker ?? null);
  }

  peers(): PeerInfo[] {
    return [...this.#people.links].map(peerInfoOf).concat(this.#exchange.parts?.sources.peers() ?? []);
  }

  /** What the policies that decide between server and people do now. */
  sourceState(): SourceState {
    return this.#exchange.parts?.sources.state() ?? { smoothing: null, control: { action: 'none', reason: null, since: null }, heldBySmoothing: false };
  }

  trackers(): TrackerInfo[] {
    return this.#swarm.trackers();
  }

  availability(): Uint16Array {
    return copiesOf(this.#metainfo?.pieceCount ?? 0, this.#exchange.parts?.downloader.picker ?? null);
  }

  pieceSources(): Uint8Array {
    return this.store?.origins ?? this.#selection.sources;
  }

  /** By number of the file: 0 not known yet (or nothing to compare with), 1 its SHA-256 is right, 2 wrong. A copy. */
  fileStates(): Uint8Array {
    return this.#verdicts.states(this.#metainfo?.files.length ?? 0);
  }

  /** Reads a whole file and compares its SHA-256 once more; the event `file` tells what came out. */
  async recheckFile(index: number): Promise<void> {
    await this.#verdicts.recheck(index);
  }

  /** Once a second. */
  tick(): void {
    if (!this.#paused && !this.#closed) this.#exchange.tick();
  }

  // ---- swarm

  get wantsSeeds(): boolean {
    return !this.#selection.isDone;
  }

  announceFigures(): AnnounceFigures {
    const left = this.#metainfo && this.store ? this.#selection.bytesLeft : Math.max(16384, this.#metainfo?.length ?? 0);
    return { uploaded: Math.round(this.#traffic.uploadedBytes), downloaded: Math.round(this.#traffic.receivedBytes), left };
  }

  onMetadata(infoBytes: Uint8Array): void {
    if (this.#metainfo || this.#closed) return;
    let metainfo: Metainfo;
    try {
      metainfo = parseInfo(infoBytes, this.infoHash);
    } catch (error) {
      this.emit('problem', { code: 'bad-metadata', message: error instanceof Error ? error.message : 'The torrent cannot be read.' });
      return this.pause();
    }
    this.setMetainfo(metainfo);
  }

  onConnection(connection: CarrierConnection): void {
    if (connection.incoming) this.#context.cameIn(connection);
    if (this.#paused || this.#closed || this.#checking) return connection.close('paused');
    this.#people.join(connection);
  }

  // ---- inner

  #filesOf(spec: TorrentSpec): SessionStore {
    return new SessionStore({
      openStore: (metainfo) => spec.openStore(metainfo),
      onChecking: (done) => this.emit('checking', done),
      onOpened: (store) => {
        this.#exchange.open(this.#metainfo!, store);
        this.emit('ready');
        this.emit('dirty');
        this.#run();
        this.#exchange.checkDone();
      },
      onFailed: (error) => {
        this.emit('problem', problemFrom(error));
        this.pause();
      },
    });
  }

  #setMetainfo(metainfo: Metainfo): void {
    this.#metainfo = metainfo;
    this.#swarm.setMetadata(metainfo.infoBytes, metainfo.private);
    this.#selection.setMetainfo(metainfo, this.#choices.filePriorities);
    const { webSeedUrls } = this.#choices;
    for (const url of metainfo.webSeeds) if (!webSeedUrls.includes(url)) webSeedUrls.push(url);
    if (metainfo.trackers.length > 0) this.addTrackers(metainfo.trackers);
  }

  /** A paused torrent too knows what it has on disk; everything else waits. */
  #prepare(): void {
    if (!this.#paused) this.#run();
    else if (this.#metainfo && !this.#held && !this.store) void this.#files.open(this.#metainfo);
  }

  /** Brings the torrent as far as it may go now: metadata, store, peers. */
  #run(): void {
    if (this.#closed || this.#paused || this.#checking) return;
    this.#traffic.started(this.#held);
    if (!this.#metainfo) return this.#swarm.start();
    if (this.#held) return;
    if (!this.store) return void this.#files.open(this.#metainfo);
    if (!this.#serving && this.#files.isComplete) return;
    this.#exchange.start();
  }

  #stopFor(error: unknown): void {
    if (this.#paused || this.#closed) return;
    this.emit('problem', problemFrom(error));
    this.pause();
  }

  /** Nothing in, nothing out. */
  #halt(): void {
    this.#exchange.halt();
    this.#people.stopTimers();
    this.#swarm.stop();
    this.#context.recent?.forget(this);
    this.#people.closeAll('paused');
    void this.store?.flush().catch((error: unknown) => this.emit('problem', problemFrom(error)));
  }
}
