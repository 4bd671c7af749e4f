// Runs one simulated crowd and tells what came of it.
import { demandOf } from '../demand.ts';
import type { Demand } from '../demand.ts';
import { EventQueue } from './event-queue.ts';
import { Access } from './link-model.ts';
import type { LinkOptions } from './link-model.ts';
import { boundSeconds, downlinkOf, isFreeloader, uplinkOf } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import { SimClient } from './sim-client.ts';
import { SimConnection } from './sim-connection.ts';
import { SimOrigin } from './sim-origin.ts';
import { SimMemory, simTorrent } from './sim-store.ts';
import { randomFrom, runVirtually } from './virtual-clock.ts';

export interface CrowdResult {
  scenario: Scenario;
  boundSeconds: number;
  /** Of those who stayed: from their own start to the last byte, in the order of finishing; null for those who did not finish. */
  seconds: (number | null)[];
  finished: number;
  p50: number;
  p95: number;
  last: number;
  p50OverBound: number;
  lastOverBound: number;
  /** From a client's start to its first verified piece, median. */
  firstPieceSeconds: number;
  seedBytes: number;
  originBytes: number;
  originRequests: number;
  /** The most that left the origin in any second. */
  originPeakBytesPerSecond: number;
  /** What was asked of it, answered or not. */
  originDemand: Demand;
  /** Of all bytes of pieces, the part that came from other clients. */
  peersShare: number;
  /** Received and of no use. */
  wastedBytes: number;
  /** Medians of those who give and of those who do not. */
  /** Seconds, for each of the downlinks that are given in turn. */
  lastByDownlink: number[];
  giversP50: number;
  freeloadersP50: number | null;
  /** Bytes of messages that left all uplinks and that arrived; what was under way when a connection broke makes the difference. */
  sentBytes: number;
  receivedBytes: number;
  /** For each second, the part of all uplinks that was used. */
  uplinkUse: number[];
  /** For each second, of the uplinks in use: how long the line needs for what is under way, and for the part that has not left yet; means, in seconds. */
  underWaySeconds: number[];
  queueSeconds: number[];
  events: number;
  virtualSeconds: number;
  wallSeconds: number;
}

/** A connection takes a handshake of the system's and one of the protocol's: so many ways there and back. */
const HANDSHAKE_ROUND_TRIPS = 3;
/** The tracker's answer. */
const TRACKER_ROUND_TRIPS = 3;
/** At once is not at the same instant: programs take a moment to start. */
const START_SPREAD_MS = 100;
/** How finely the second is looked for in which most leaves the origin. */
const PEAK_SLICE_MS = 100;
const REDIAL_MS = 1000;
const REDIALS_AT_ONCE = 5;
const LOOK_MS = 50;

/** The value below which the part lies; of an empty list NaN. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(part * sorted.length) - 1))] ?? NaN;
}

export async function simulateCrowd(scenario: Scenario): Promise<CrowdResult> {
  const startedAt = performance.now();
  const world = new World(scenario);
  const events = await runVirtually(world.queue, world.random, () => world.begin(), () => world.isOver, scenario.limitSeconds * 1000);
  return world.result(events, (performance.now() - startedAt) / 1000);
}

class World {
  readonly queue = new EventQueue();
  readonly random: () => number;
  readonly #scenario: Scenario;
  readonly #online: SimClient[] = [];
  readonly #clients: SimClient[] = [];
  readonly #seeds: SimClient[] = [];
  readonly #accesses: Access[] = [];
  readonly #memory: SimMemory;
  readonly #origin: SimOrigin | null;
  readonly #uplinkUse: number[] = [];
  readonly #underWay: number[] = [];
  readonly #queue: number[] = [];
  #looks = { count: 0, underWay: 0, queue: 0 };
  #arrived = 0;
  /** Of each client, as the scenario counts them: they come in another order. */
  readonly #numbers = new Map<SimClient, number>();
  #originPeak = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.random = randomFrom(scenario.randomSeed);
    this.#memory = new SimMemory(scenario.pieceBytes);
    const hasOrigin = scenario.originBytesPerSecond > 0 && (scenario.strategy === 'hybrid' || scenario.strategy === 'cdn');
    this.#origin = hasOrigin ? new SimOrigin(this.#access(scenario.originBytesPerSecond, null), scenario.idealTcp) : null;
  }

  get isOver(): boolean {
    return this.#arrived === this.#scenario.clients && this.#clients.every((client) => client.doneAtMs !== null || client.gone);
  }

  begin(): void {
    const scenario = this.#scenario;
    this.#measureUse(0);
    this.#look();
    const change = scenario.rateChange;
    if (change) this.queue.at(change.atSeconds * 1000, () => this.#accesses.forEach((access) => access.changeRate(change.factor)));
    if (this.#origin) this.#measureOrigin(this.#origin, [0]);
    if (scenario.strategy !== 'cdn') for (let seed = 0; seed < scenario.seeds; seed++) this.#seeds.push(this.#join(`seed-${seed}`, true, -1));
    let atMs = 0;
    for (let client = 0; client < scenario.clients; client++) {
      if (scenario.arrivals === 'poisson') atMs += (-Math.log(1 - this.random()) * scenario.arrivalSeconds * 1000) / scenario.clients;
      else atMs = this.random() * START_SPREAD_MS;
      this.queue.at(atMs, () => this.#arrive(client));
    }
    if (scenario.kill === 'none') return;
    this.queue.at(scenario.killAtSeconds * 1000, () => {
      if (scenario.kill === 'origin') this.#origin?.die();
      else for (const seed of this.#seeds) void this.#leave(seed);
    });
  }

  result(events: number, wallSeconds: number): CrowdResult {
    const scenario = this.#scenario;
    const bound = boundSeconds(scenario);
    const stayed = this.#clients.filter((client) => client.doneAtMs !== null || !client.gone);
    const secondsOf = (client: SimClient): number => (client.doneAtMs! - client.startedAtMs) / 1000;
    const done = stayed.filter((client) => client.doneAtMs !== null);
    const seconds = done.map(secondsOf).sort((a, b) => a - b);
    const giver = (client: SimClient): boolean => !isFreeloader(scenario, this.#clients.indexOf(client));
    const freeloaders = done.filter((client) => !giver(client));
    let fromOrigin = 0;
    let fromPeople = 0;
    let wasted = 0;
    for (const { session } of this.#clients) {
      const stats = session.stats();
      fromOrigin += stats.fromServer;
      fromPeople += stats.fromPeople;
      wasted += stats.wastedBytes;
    }
    const seedBytes = this.#seeds.reduce((sum, { session }) => sum + session.stats().uploadedBytes, 0);
    const p50 = quantile(seconds, 0.5);
    const last = done.length === stayed.length ? seconds.at(-1) ?? NaN : Infinity;
    return {
      scenario, boundSeconds: bound, seconds: [...seconds, ...stayed.filter((client) => client.doneAtMs === null).map(() => null)], finished: done.length,
      p50, p95: quantile(seconds, 0.95), last, p50OverBound: p50 / bound, lastOverBound: last / bound,
      firstPieceSeconds: quantile(this.#clients.filter((client) => client.firstPieceAtMs !== null).map((client) => (client.firstPieceAtMs! - client.startedAtMs) / 1000), 0.5),
      seedBytes, originBytes: fromOrigin, originRequests: this.#origin?.requests.length ?? 0, originPeakBytesPerSecond: this.#originPeak,
      originDemand: demandOf(this.#origin?.requests ?? []),
      peersShare: fromPeople + fromOrigin > 0 ? Math.max(0, fromPeople - seedBytes) / (fromPeople + fromOrigin) : 0, wastedBytes: wasted,
      lastByDownlink: scenario.downlinks.map((_, turn) => Math.max(...stayed.filter((client) => this.#numbers.get(client)! % scenario.downlinks.length === turn)
        .map((client) => (client.doneAtMs === null ? Infinity : secondsOf(client))))),
      giversP50: quantile(done.filter(giver).map(secondsOf), 0.5), freeloadersP50: freeloaders.length > 0 ? quantile(freeloaders.map(secondsOf), 0.5) : null,
      sentBytes: this.#accesses.reduce((sum, { totals }) => sum + totals.sentBytes, 0),
      receivedBytes: this.#accesses.reduce((sum, { totals }) => sum + totals.receivedBytes, 0),
      uplinkUse: this.#uplinkUse, underWaySeconds: this.#underWay, queueSeconds: this.#queue, events, virtualSeconds: this.queue.nowMs / 1000, wallSeconds,
    };
  }

  #measureUse(sentBefore: number): void {
    this.queue.in(1000, () => {
      let sent = 0;
      let carries = 0;
      for (const { totals, online, upBytesPerSecond } of this.#accesses) {
        sent += totals.sentBytes;
        if (online) carries += upBytesPerSecond;
      }
      this.#uplinkUse.push(Number(((sent - sentBefore) / carries).toFixed(3)));
      this.#measureUse(sent);
      const { count, underWay, queue } = this.#looks;
      this.#underWay.push(Number((underWay / Math.max(1, count)).toFixed(3)));
      this.#queue.push(Number((queue / Math.max(1, count)).toFixed(3)));
      this.#looks = { count: 0, underWay: 0, queue: 0 };
    });
  }

  #look(): void {
    this.queue.in(LOOK_MS, () => {
      for (const { pacer, access } of this.#online) {
        if (pacer.inFlightBytes === 0) continue;
        this.#looks.count++;
        this.#looks.underWay += pacer.inFlightBytes / access.upBytesPerSecond;
        this.#looks.queue += access.queuedBytes / access.upBytesPerSecond;
      }
      this.#look();
    });
  }

  /** @param sent what had left it, by slice, for a second */
  #measureOrigin(origin: SimOrigin, sent: number[]): void {
    this.queue.in(PEAK_SLICE_MS, () => {
      const now = origin.sentBytes;
      this.#originPeak = Math.max(this.#originPeak, now - sent[0]!);
      this.#measureOrigin(origin, [...sent, now].slice(-1000 / PEAK_SLICE_MS));
    });
  }

  #access(upBytesPerSecond: number, downBytesPerSecond: number | null): Access {
    const options: LinkOptions = { upBytesPerSecond, downBytesPerSecond, delayMs: this.#scenario.delayMs / 2, hostDelayMs: this.#scenario.hostDelayMs };
    const access = new Access(this.queue, this.random, options);
    this.#accesses.push(access);
    return access;
  }

  #join(host: string, complete: boolean, number: number): SimClient {
    const scenario = this.#scenario;
    const access = complete ? this.#access(scenario.seedBytesPerSecond, null) : this.#access(uplinkOf(scenario, number), downlinkOf(scenario, number));
    const client = new SimClient({
      queue: this.queue, random: this.random, access, host, complete, metainfo: simTorrent(scenario.sizeBytes, scenario.pieceBytes), memory: this.#memory,
      freeloader: !complete && isFreeloader(scenario, number), maxLinks: complete ? scenario.seedLinks : scenario.links, ablate: new Set(scenario.ablate),
      streamRange: complete ? undefined : this.#origin?.streamFor(access), smoothing: scenario.smoothing, knownPeers: () => (scenario.strategy === 'cdn' ? 0 : this.#online.length),
    });
    if (scenario.strategy !== 'cdn') this.#online.push(client);
    return client;
  }

  #arrive(number: number): void {
    const scenario = this.#scenario;
    const client = this.#join(`client-${number}`, false, number);
    this.#clients.push(client);
    this.#numbers.set(client, number);
    this.#arrived++;
    if (number < Math.round(scenario.clients * scenario.leaveHalfWay)) client.onHalf = () => void this.#leave(client);
    client.onDone = () => {
      if (scenario.leaveAfterSeconds !== null) this.queue.in(scenario.leaveAfterSeconds * 1000, () => void this.#leave(client));
    };
    if (scenario.strategy === 'cdn') return;
    this.queue.in(TRACKER_ROUND_TRIPS * 2 * scenario.delayMs, () => {
      // The publisher's own seeds come first, then half of what it may have: the others will dial it.
      for (const seed of this.#seeds) this.#dial(client, seed);
      this.#dialOthers(client, scenario.clients + scenario.seeds <= scenario.links ? scenario.links : Math.ceil(scenario.links / 2));
      this.#redialLater(client);
    });
  }

  async #leave(client: SimClient): Promise<void> {
    const at = this.#online.indexOf(client);
    if (at >= 0) this.#online.splice(at, 1);
    await client.leave();
  }

  #redialLater(client: SimClient): void {
    this.queue.in(REDIAL_MS, () => {
      if (client.gone || client.doneAtMs !== null) return;
      this.#dialOthers(client, REDIALS_AT_ONCE);
      this.#redialLater(client);
    });
  }

  #dialOthers(client: SimClient, most: number): void {
    const others = this.#online.filter((other) => other !== client && other.hasRoom && !client.links.has(other));
    for (let dialed = 0; dialed < most && others.length > 0 && client.hasRoom; dialed++) {
      const at = Math.floor(this.random() * others.length);
      this.#dial(client, others[at]!);
      others[at] = others.at(-1)!;
      others.pop();
    }
  }

  #dial(client: SimClient, other: SimClient): void {
    if (!client.hasRoom || !other.hasRoom || client.links.has(other)) return;
    client.links.add(other);
    other.links.add(client);
    this.queue.in(HANDSHAKE_ROUND_TRIPS * 2 * this.#scenario.delayMs, () => {
      const gone = (): void => {
        client.links.delete(other);
        other.links.delete(client);
      };
      if (client.gone || other.gone) return gone();
      const side = ({ host, access }: SimClient) => ({ host, access, onGone: gone });
      const [mine, theirs] = SimConnection.pair(side(client), side(other), this.#scenario.idealTcp);
      client.take(mine);
      other.take(theirs);
    });
  }
}
