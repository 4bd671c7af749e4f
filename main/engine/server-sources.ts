// What one torrent asks of web seeds and trusted seeders, and when: joins the policies, the claims of the neighbours and the servers themselves.
import type { ControlFigures, IncidentKind, SmoothingFigures } from '../../contract/figures.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { ActiveRate } from './active-rate.ts';
import { Claims, tellClaimNews } from './claims.ts';
import { DeliveryControl } from './delivery-control.ts';
import type { DeliverySpec } from './delivery-spec.ts';
import type { Downloader } from './downloader.ts';
import type { PeerInfo, StreamRange } from './engine-types.ts';
import type { PeerLink } from './peer-link.ts';
import { givesWay, restAfterGivingWay } from './giving-way.ts';
import { isMuchLower, RateLimit } from './rate-limit.ts';
import type { BlockServer, ServerRun } from './server-run.ts';
import { Smoothing } from './smoothing.ts';
import { SourcePolicy } from './source-policy.ts';
import type { SourceDecision } from './source-policy.ts';
import { SpeedMeter } from './speed-meter.ts';
import { WebSeeds } from './web-seed.ts';

/** What the delivery policies do at the moment. */
export interface SourceState {
  smoothing: SmoothingFigures | null;
  control: ControlFigures;
  /** The gentle beginning is what keeps the download from being faster now. */
  heldBySmoothing: boolean;
}

export interface ServerSourcesHost {
  readonly metainfo: Metainfo;
  readonly downloader: Downloader;
  readonly links: ReadonlySet<PeerLink>;
  /** Limits that hold for everything that is received. */
  readonly limits: readonly RateLimit[];
  readonly streamRange: StreamRange | undefined;
  readonly ablate: ReadonlySet<string>;
  readonly now: () => number;
  readonly random: () => number;
  readonly delivery: DeliverySpec;
  /** Milliseconds since the start of the torrent while it has no verified piece; null: it has one. */
  firstPieceWaitMs(): number | null;
  /** By piece: 0 not wanted; null while nothing is chosen yet. */
  wanted(): Uint8Array | null;
  /** Of what is wanted, not verified. */
  bytesLeft(): number;
  /** Bytes of a server have arrived. */
  onBytes(bytes: number): void;
  onIncident(kind: IncidentKind, detail: string | null): void;
}

interface Company { people: number; crowd: number; busy: number }

/** Neighbours hear of several claims at once. */
const CLAIMS_BATCH_MS = 5;
const OLD_HELP_AFTER_MS = 2000;
/** A first piece whose source needs longer is asked of a second one. */
const FIRST_HELP_AFTER_MS = 250;
/** In a gentle beginning people bring it: a second request of everybody for the same piece is what the server is to be spared. */
const GENTLE_FIRST_HELP_AFTER_MS = 1500;
/** A request is to last about so long: with others at work few pieces are held at a time. */
const RUN_SECONDS = { alone: 2, crowd: 0.5 };
const STALL_MS = 4000;
/** Fewer busy people than that: the crowd is short of what is new. */
const HUNGRY_BELOW = 0.5;
/** Below this part of its best, what people bring does not fill the line. */
const FULL_LINE = 0.8;
/** A list of addresses is cheap; a look at each piece once a second is not. */
const MAX_COUNTED_PIECES = 65_536;

export class ServerSources {
  readonly #host: ServerSourcesHost;
  readonly #webSeeds: WebSeeds | null;
  readonly #policy = new SourcePolicy();
  readonly #control: DeliveryControl;
  readonly #claims: Claims<PeerLink>;
  readonly #originLimit: RateLimit;
  readonly #people: SpeedMeter;
  readonly #servers: SpeedMeter;
  readonly #serverRate: ActiveRate;
  /** By run: when it began. */
  readonly #runs = new Map<ServerRun, number>();
  #smoothing: Smoothing | null = null;
  #wasGentle = false;
  #startedAt: number | null = null; // epoch ms
  #running = false;
  #lastBytesAtMs: number;
  #stalled = false;
  #heldBySmoothing = false;
  #restUntilMs = -Infinity;
  #bestBytesPerSecond = 0;
  #claimsTimer: NodeJS.Timeout | null = null;
  #wakeTimer: NodeJS.Timeout | null = null;

  constructor(host: ServerSourcesHost, urls: readonly string[]) {
    this.#host = host;
    const { metainfo, now, delivery } = host;
    this.#control = new DeliveryControl(Date.now);
    this.#claims = new Claims(metainfo.pieceCount, metainfo.pieceLength, now);
    this.#originLimit = new RateLimit(delivery.originBytesPerSecond, now);
    this.#people = new SpeedMeter(now);
    this.#servers = new SpeedMeter(now);
    this.#serverRate = new ActiveRate(now);
    this.#lastBytesAtMs = now();
    this.#webSeeds = host.streamRange ? this.#webSeedsOf(host.streamRange) : null;
    for (const url of urls) this.#webSeeds?.add(url);
  }

  #webSeedsOf(streamRange: StreamRange): WebSeeds {
    const { metainfo, now, random, downloader } = this.#host;
    return new WebSeeds({
      metainfo, streamRange, now, random,
      take: (server, maxBytes, has, near) => this.#take(server, maxBytes, has, near),
      end: (run) => this.#end(run),
      discardFrom: (server) => downloader.servers.discardFrom(server),
      waitMs: () => Math.max(this.#originLimit.waitMs, ...this.#host.limits.map((limit) => limit.waitMs)),
      onBytes: (bytes) => {
        for (const limit of this.#host.limits) limit.take(bytes);
        this.#originLimit.take(bytes);
        this.#servers.add(bytes);
        this.#serverRate.add(bytes * this.#askingShare());
        this.#arrived();
        this.#host.onBytes(bytes);
      },
      onTrouble: (server, reason) => this.#host.onIncident('server-failed', `${hostOf(server)}: ${reason}`),
      onRecovered: (server) => this.#host.onIncident('server-back', hostOf(server)),
    });
  }

  // ---- commands

  add(url: string): void {
    this.#webSeeds?.add(url);
  }

  start(): void {
    if (!this.#running) this.#lastBytesAtMs = this.#host.now();
    this.#running = true;
    if (this.#startedAt === null) {
      this.#startedAt = Date.now();
      this.#setSmoothing();
    }
    if (this.#host.delivery.cdn !== 'off') this.#webSeeds?.start();
  }

  stop(): void {
    this.#running = false;
    this.#webSeeds?.stop();
    if (this.#claimsTimer) clearTimeout(this.#claimsTimer);
    if (this.#wakeTimer) clearTimeout(this.#wakeTimer);
    this.#claimsTimer = this.#wakeTimer = null;
  }

  ban(hosts: readonly string[]): void {
    this.#webSeeds?.ban(hosts);
  }

  /** The session's spec is another one now. */
  deliveryChanged(before: DeliverySpec): void {
    const { delivery } = this.#host;
    const sank = isMuchLower(delivery.originBytesPerSecond, before.originBytesPerSecond);
    this.#originLimit.bytesPerSecond = delivery.originBytesPerSecond;
    if (JSON.stringify(before.smoothing) !== JSON.stringify(delivery.smoothing)) this.#setSmoothing();
    if (delivery.cdn === 'off' || sank) this.#webSeeds?.stop();
    if (this.#running && delivery.cdn !== 'off') this.#webSeeds?.start();
  }

  /** Once a second. */
  tick(): void {
    if (!this.#running) return;
    this.#look();
    this.#webSeeds?.tick();
    if (this.#claims.hasNews) this.#tellClaimsSoon();
  }

  // ---- what is reported to it

  /** Bytes of a block came from a peer. */
  fromPeople(bytes: number): void {
    this.#people.add(bytes);
    this.#arrived();
  }

  #arrived(): void {
    this.#lastBytesAtMs = this.#host.now();
    if (this.#stalled) this.#tellStall(false);
  }

  /** Somebody who speaks our extension is here: it hears what we fetch from the origin. */
  greet(link: PeerLink): void {
    if (this.#spreadsClaims(link) && this.#claims.ours.size > 0) link.tellClaims([...this.#claims.ours], true);
  }

  heard(link: PeerLink, pieces: Iterable<number>, begun: boolean): void {
    if (!this.#host.ablate.has('claims')) this.#claims.hear(link, pieces, begun);
  }

  has(link: PeerLink, piece: number): void {
    this.#claims.kept(link, piece);
  }

  left(link: PeerLink): void {
    this.#claims.left(link);
  }

  // ---- trusted seeders: the downloader asks before it asks them

  maySeederSend(): boolean {
    if (this.#originLimit.open && (this.#smoothing?.open ?? true)) return true;
    this.#wakeLater();
    return false;
  }

  askedSeeder(bytes: number): void {
    this.#originLimit.take(bytes);
    this.#smoothing?.take(bytes);
  }

  // ---- figures

  state(): SourceState {
    return { smoothing: this.#smoothing?.figures() ?? null, control: this.#control.figures(), heldBySmoothing: this.#heldBySmoothing };
  }

  peers(): PeerInfo[] {
    return this.#webSeeds?.peers() ?? [];
  }

  // ---- inner

  #setSmoothing(): void {
    const { delivery, ablate, now, random } = this.#host;
    const spec = ablate.has('smoothing') ? null : delivery.smoothing;
    this.#smoothing = spec && this.#startedAt !== null ? new Smoothing(spec, this.#startedAt, { now, epoch: Date.now, random }) : null;
    this.#tellGentle();
  }

  #tellGentle(): void {
    const gentle = this.#smoothing?.active ?? false;
    if (gentle === this.#wasGentle) return;
    this.#wasGentle = gentle;
    this.#host.onIncident(gentle ? 'gentle-start' : 'full-speed', null);
  }

  #take(server: BlockServer, maxBytes: number, has: (piece: number) => boolean, near: number): ServerRun | null {
    const { downloader, limits, ablate } = this.#host;
    if (!this.#running || !limits.every((limit) => limit.open) || !this.#originLimit.open) return null;
    if (ablate.has('source-policy')) {
      return downloader.servers.take(server, { maxBytes, has, may: has, near, inOneGo: false, helpAfterMs: OLD_HELP_AFTER_MS, helpFirstAfterMs: null });
    }
    const company = this.#company();
    const { crowd } = company;
    const decision = this.#decide(company);
    const kinds = this.#kinds(decision, has);
    const gentle = this.#smoothing?.active ?? false;
    if (gentle && !this.#couldTake(kinds)) return this.#notBefore(decision.againMs);
    const restMs = this.#restUntilMs - this.#host.now();
    if (restMs > 0 && crowd > 0 && !this.#stalled) return this.#notBefore(restMs);
    // One request at a time, each after the answer to the one before: several would wait at the server together.
    if (gentle && this.#runs.size > 0 && crowd > 0) return null;
    if (this.#smoothing && !this.#smoothing.open) return this.#notBefore(0);
    const helpFirstAfterMs = gentle && crowd > 0 ? GENTLE_FIRST_HELP_AFTER_MS : FIRST_HELP_AFTER_MS;
    const helpsFirst = !ablate.has('first-pieces') && decision.use !== 'rare' && this.#host.firstPieceWaitMs() !== null;
    let run: ServerRun | null = null;
    for (let kind = 0; kind < kinds.length && !run; kind++) {
      // What is new to the crowd comes in short runs, so that it spreads early; what others have and bring too slowly, in long ones.
      const inOneGo = crowd > 0 && decision.use === 'all' && kind > 0;
      run = downloader.servers.take(server, {
        maxBytes: Math.min(maxBytes, Math.max(1, server.down.bytesPerSecond * (crowd > 0 && !inOneGo ? RUN_SECONDS.crowd : RUN_SECONDS.alone))), has, may: kinds[kind]!, near: crowd > 0 && !inOneGo ? -1 : near, inOneGo,
        helpAfterMs: kind === kinds.length - 1 ? decision.helpAfterMs : null, helpFirstAfterMs: helpsFirst && kind === 0 ? helpFirstAfterMs : null,
      });
    }
    if (run) this.#begun(run);
    else if (decision.use !== 'none' && downloader.picker.openCount + downloader.activePieces > 0) this.#wakeLater(decision.againMs);
    return run;
  }

  /** Nothing is asked for now. @param ms until it is looked at again, at the least */
  #notBefore(ms: number): null {
    this.#wakeLater(ms);
    return null;
  }

  /** Which pieces may be begun, best kind first. */
  #kinds({ use }: SourceDecision, has: (piece: number) => boolean): ((piece: number) => boolean)[] {
    const fresh = (piece: number): boolean => has(piece) && this.#isFresh(piece);
    const unclaimed = (piece: number): boolean => has(piece) && !this.#claims.isClaimed(piece);
    switch (use) {
      case 'none': return [];
      case 'rare': return [(piece) => has(piece) && this.#isRare(piece)];
      case 'fresh': return [fresh];
      case 'any': return [fresh, unclaimed];
      case 'all': return [fresh, unclaimed, has];
    }
  }

  /** The ramp holds nothing back where there is nothing to begin and nothing to help with. */
  #couldTake(kinds: readonly ((piece: number) => boolean)[]): boolean {
    const { picker } = this.#host.downloader;
    return kinds.length > 0 && (picker.openCount === 0 || picker.pick({ get: kinds.at(-1)! }) >= 0);
  }

  /** Nobody connected has it, and nobody is fetching it from the origin. */
  #isRare(piece: number): boolean {
    return this.#host.downloader.picker.availabilityOf(piece) === 0 && !this.#claims.isClaimed(piece);
  }

  /** New to the crowd: the seeds that have it have not sent it to anybody, as far as they say. */
  #isFresh(piece: number): boolean {
    if (this.#host.downloader.picker.copiesOf(piece) > 0 || this.#claims.isClaimed(piece)) return false;
    for (const { sentMap } of this.#host.links) if (sentMap && sentMap.counts[piece]! > 0) return false;
    return true;
  }

  /** The part of those here who ask servers now, ourselves included: few who ask get much, but over HTTP alone all would ask. */
  #askingShare(): number {
    let crowd = 0;
    for (const link of this.#host.links) if (!link.isSeed) crowd++;
    return Math.min(1, (this.#claims.claimants + 1) / (crowd + 1));
  }

  /** Who is connected: people with something that is wanted, those among them who are asked for it, and those who fetch the same. */
  #company(): Company {
    let [people, crowd, busy] = [0, 0, 0];
    for (const link of this.#host.links) {
      if (!link.isSeed) crowd++;
      if (link.interesting === 0) continue;
      people++;
      if (link.asked.size > 0) busy++;
    }
    return { people, crowd, busy };
  }

  #decide({ people, crowd, busy }: Company): SourceDecision {
    const now = this.#host.now();
    return this.#policy.decide({
      cdn: this.#host.delivery.cdn, moreServer: this.#control.moreServer, nowMs: now, people, crowd, hungry: busy < people * HUNGRY_BELOW, gentle: this.#smoothing?.active ?? false,
      bytesLeft: Math.max(0, this.#host.bytesLeft() - this.#host.downloader.bytesUnderWay),
      receivedBytes: this.#people.total + this.#servers.total,
      peopleBytesPerSecond: this.#people.bytesPerSecond, serverBytesPerSecond: this.#serverRate.bytesPerSecond, idleMs: now - this.#lastBytesAtMs,
    });
  }

  #begun(run: ServerRun): void {
    this.#runs.set(run, this.#host.now());
    if (this.#runs.size === 1) this.#serverRate.start();
    this.#smoothing?.take(run.to - run.from);
    if (this.#host.ablate.has('claims')) return;
    for (const piece of run.pieces) if (piece.owner === run) this.#claims.begin(piece.index);
    this.#tellClaimsSoon();
  }

  #end(run: ServerRun): void {
    const { downloader } = this.#host;
    const begunAtMs = this.#runs.get(run);
    if (begunAtMs !== undefined) {
      this.#runs.delete(run);
      this.#smoothing?.giveBack(run.to - run.at);
      this.#smoothing?.answered(this.#host.now() - begunAtMs);
    }
    if (this.#runs.size === 0) this.#serverRate.stop();
    downloader.servers.end(run);
    for (const piece of run.pieces) this.#claims.end(piece.index, !downloader.isMissing(piece.index));
    if (this.#claims.hasNews) this.#tellClaimsSoon();
  }

  #spreadsClaims(link: PeerLink): boolean {
    return link.connection.speaksCrowd && !link.isSeed && !this.#host.ablate.has('claims');
  }

  #tellClaimsSoon(): void {
    this.#claimsTimer ??= setTimeout(() => {
      this.#claimsTimer = null;
      tellClaimNews(this.#claims.takeNews(), [...this.#host.links].filter((link) => this.#spreadsClaims(link)));
    }, CLAIMS_BATCH_MS);
  }

  #wakeLater(leastMs = 0): void {
    const wait = Math.max(leastMs, this.#originLimit.waitMs, this.#smoothing?.waitMs ?? 0);
    if (this.#wakeTimer || !Number.isFinite(wait)) return;
    this.#wakeTimer = setTimeout(() => {
      this.#wakeTimer = null;
      if (!this.#running) return;
      this.#webSeeds?.wake();
      for (const link of this.#host.links) if (link.connection.source === 'seeder') this.#host.downloader.fill(link);
    }, Math.min(1000, Math.max(5, wait)));
  }

  /** Once a second: looks how it went, and sets the policies right. */
  #look(): void {
    const { now, downloader, limits } = this.#host;
    if (!downloader.running || limits.some((limit) => limit.waitMs === Infinity)) this.#lastBytesAtMs = now();
    const idleMs = now() - this.#lastBytesAtMs;
    const company = this.#company();
    const { people, crowd, busy } = company;
    const bytesPerSecond = this.#people.bytesPerSecond + this.#servers.bytesPerSecond;
    this.#bestBytesPerSecond = Math.max(this.#bestBytesPerSecond, bytesPerSecond);
    this.#tellStall(idleMs >= STALL_MS);
    const before = this.#control.figures().reason;
    const changed = !this.#host.ablate.has('thresholds') && this.#control.look({
      nowMs: now(), working: downloader.running && this.#hasServers, firstPieceWaitMs: this.#host.firstPieceWaitMs(), idleMs,
      rareShare: people > 0 ? this.#rareShare() : 0,
    });
    if (changed) this.#host.onIncident(this.#control.moreServer ? 'more-server' : 'less-server', this.#control.figures().reason ?? before);
    if (crowd > 0) this.#giveWay();
    this.#decide(company); // what people bring is compared even while no server is asked
    this.#heldBySmoothing = (this.#smoothing?.heldBack ?? false) && this.#people.bytesPerSecond < FULL_LINE * this.#bestBytesPerSecond;
    this.#smoothing?.look({
      people, crowd, busyPeople: people > 0 ? busy / people : 0, peopleBytesPerSecond: this.#people.bytesPerSecond, bytesPerSecond,
      stalled: this.#stalled, moreServer: this.#control.moreServer,
    });
    this.#tellGentle();
  }

  /** A gentle beginning has its own way of keeping few at a server. */
  #giveWay(): void {
    const { now, random, ablate } = this.#host;
    if (this.#smoothing?.active || ablate.has('give-way')) return;
    for (const [run, begunAtMs] of [...this.#runs]) {
      if (!givesWay(this.#claims.claimants + 1, run.at - run.from, now() - begunAtMs, random)) continue;
      this.#restUntilMs = now() + restAfterGivingWay(random());
      this.#end(run);
    }
  }

  /** There is somebody who could be asked for more. */
  get #hasServers(): boolean {
    if (this.#host.delivery.cdn !== 'off' && this.#webSeeds && !this.#webSeeds.isEmpty) return true;
    for (const { connection } of this.#host.links) if (connection.source === 'seeder') return true;
    return false;
  }

  #tellStall(stalled: boolean): void {
    if (stalled === this.#stalled) return;
    this.#stalled = stalled;
    this.#host.onIncident(stalled ? 'stalled' : 'went-on', null);
  }

  /** Of the wanted pieces that are missing, the part that nobody connected has or fetches from the origin. */
  #rareShare(): number {
    const { downloader } = this.#host;
    const wanted = this.#host.wanted();
    if (!wanted || wanted.length > MAX_COUNTED_PIECES) return 0;
    let [open, rare] = [0, 0];
    for (let piece = 0; piece < wanted.length; piece++) {
      if (!downloader.picker.isOpen(piece)) continue;
      open++;
      if (this.#isRare(piece)) rare++;
    }
    return open > 0 ? rare / open : 0;
  }
}

/** Who it is, for people: no path, no query. */
function hostOf(server: BlockServer): string {
  return URL.parse(server.connection.host)?.hostname ?? 'a server';
}
