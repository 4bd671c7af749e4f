// Finds out whether others reach this machine, and what stands in the way: runs the checks side by side and judges what they find.
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import type { Check, CheckId, Connectivity as Report, DiagnosisServers, Verdict } from '../../contract/index.ts';
import { Verdict as VerdictSchema } from '../../contract/index.ts';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { checkCaptivePortal } from '../net/diagnosis/captive-portal.ts';
import type { CheckResult, ServerAddress } from '../net/diagnosis/check-types.ts';
import { checkIpv6 } from '../net/diagnosis/ipv6.ts';
import { checkLatency } from '../net/diagnosis/latency.ts';
import { checkNatBehaviour } from '../net/diagnosis/nat-behaviour.ts';
import { checkNatLayers } from '../net/diagnosis/nat-layers.ts';
import { readOsNetwork } from '../net/diagnosis/os-network.ts';
import type { OsNetwork } from '../net/diagnosis/os-network.ts';
import { canBeAsked, sortServers } from '../net/diagnosis/outside-servers.ts';
import type { SortedServers } from '../net/diagnosis/outside-servers.ts';
import { checkPathInterference } from '../net/diagnosis/path-interference.ts';
import { checkPathMtu } from '../net/diagnosis/path-mtu.ts';
import { isReachable } from '../net/diagnosis/reachability.ts';
import { checkTurn } from '../net/diagnosis/turn.ts';
import type { NetworkChange } from '../net/network-change.ts';
import type { OutboundGate } from '../net/outbound-gate.ts';
import type { MappingsState } from '../net/port-mapping/port-mapper.ts';
import { saysOf } from './check-words.ts';
import { judgeConnectivity } from './connectivity-verdict.ts';
import type { CheckFinding } from './connectivity-verdict.ts';
import { listServers, parseServers } from './diagnosis-servers.ts';
import { readJson } from './json-file.ts';
import { askOutside, withInside } from './outside-checks.ts';
import { VerdictRenewal } from './verdict-renewal.ts';
import type { LatencyWatch } from './latency-watch.ts';

export interface InboundSeen { transport: 'tcp' | 'udp'; family: 4 | 6; at: number }

export interface ConnectivityOptions {
  dataDir: string;
  gate: OutboundGate;
  /** What is known of the router and its mappings; null while port mapping is off. */
  mappings(): MappingsState | null;
  /** Has the mappings looked at again. */
  refreshMappings(reason: string): void;
  /** Whether the router is being looked for or asked at this moment: what `mappings` says is then still to change. */
  mappingsAreBusy(): boolean;
  listenPort(): number;
  /** Connections that others made to us from outside since the start. */
  inbound(): InboundSeen[];
  consent(): boolean;
  servers(): DiagnosisServers;
  /** Servers that packages name, and their publishers' words about networks. */
  fromPackages(): { stun: string[]; probe: string[]; hint: string | null };
  /** Runs until its signal aborts when something is being transferred; null when nothing is. */
  load(): ((signal: AbortSignal) => Promise<void>) | null;
  /** What the latency guard does at the moment, and where it learns what a round trip takes at rest. */
  guard: Pick<LatencyWatch, 'report' | 'noteIdle'>;
  /** For tests, which have no minutes. */
  renewal?: { settleMs: number; betweenRunsMs: number };
  log(line: string): void;
}

type Facts = Check['facts'];
type Run = (signal: AbortSignal) => Promise<{ outcome: Check['outcome']; facts: Facts }>;

const outsideChecks: readonly CheckId[] = ['nat', 'ipv6', 'captive-portal', 'probe', 'probe6', 'path-mtu', 'turn'];
const allChecks: readonly CheckId[] = ['network', 'gateway', 'mapping', 'inbound', 'vpn', 'captive-portal', 'nat', 'nat-layers', 'ipv6', 'probe', 'probe6', 'path-mtu', 'latency', 'turn'];
// A line that was seen to bloat is advised about for so long.
const bloatCountsMs = 3_600_000;
const gatewayWaitMs = 6_000;
const unknownVerdict = (): Verdict => ({ reach: 'unknown', paths: [], means: 'unknown', action: { kind: 'check-again', facts: {} } });

export class Connectivity extends EventEmitter<{ changed: [Report] }> {
  readonly #o: ConnectivityOptions;
  #checks: Check[] = allChecks.map(waiting);
  #state: Report['state'] = 'never';
  #startedAt: number | null = null;
  #finishedAt: number | null = null;
  #before: Report['before'] = null;
  #verdict: Verdict | null = null;
  #network: OsNetwork | null = null;
  #aborts = new Map<CheckId, AbortController>();
  #running: Promise<void> | null = null;
  readonly #renewal: VerdictRenewal;

  constructor(options: ConnectivityOptions) {
    super();
    this.#o = options;
    this.#renewal = new VerdictRenewal({
      isWanted: () => this.#state !== 'never', isRunning: () => this.#running !== null, run: () => this.run(), changed: () => this.emit('changed', this.report()), ...options.renewal,
    });
  }

  /** Remembers the verdict of the last run before this start. */
  async restore(): Promise<void> {
    const kept = await readJson(this.#file) as { verdict?: unknown; finishedAt?: unknown } | null;
    const verdict = VerdictSchema.safeParse(kept?.verdict);
    if (verdict.success && typeof kept?.finishedAt === 'number') this.#before = { verdict: verdict.data, finishedAt: kept.finishedAt };
  }

  report(): Report {
    const mappings = this.#o.mappings();
    const gateway = mappings?.gateway ?? null;
    const address = gateway?.address ?? this.#network?.gatewayIpv4 ?? null;
    const packages = this.#o.fromPackages();
    return {
      state: this.#state, startedAt: this.#startedAt, finishedAt: this.#finishedAt, since: this.#renewal.reason, verdict: this.#verdict ?? unknownVerdict(), before: this.#before,
      checks: this.#checks.map((check) => this.#withGuard(check)),
      gateway: address === null ? null : {
        address, manufacturer: gateway?.manufacturer ?? null, model: gateway?.model ?? null, pageUrl: pageOf(gateway?.presentationUrl ?? null, address),
      },
      mappings: (mappings?.mappings ?? []).map(({ protocol, internalPort, externalPort, externalAddress, method, confirmed, expiresAt, error }) => ({
        protocol, internalPort, externalPort, externalAddress, method: method ?? '', confirmed, expiresAt, error: error?.message ?? null,
      })),
      ownAddresses: (this.#network?.interfaces ?? []).flatMap((one) => one.addresses).filter((one) => one.class !== 'loopback' && one.class !== 'link-local').map((one) => one.address).slice(0, 20),
      listenPort: this.#o.listenPort(), consent: this.#o.consent(), servers: listServers(this.#o.servers(), packages), hint: packages.hint,
    };
  }

  /** Starts all checks; while they run nothing is started twice. Every result is told as it comes. */
  run(): void {
    this.#running ??= this.#runAll().catch((error: unknown) => this.#o.log(`The checks of the network broke off: ${String(error)}`)).finally(() => (this.#running = null));
  }

  /** Breaks one check off, or all. */
  cancel(id?: CheckId): void {
    for (const [check, abort] of this.#aborts) if (id === undefined || id === check) abort.abort();
  }

  /** The network changed, or the computer woke up: what is known is checked again soon, if anything is. */
  networkChanged(change: NetworkChange): void {
    this.#renewal.note(change);
  }

  async close(): Promise<void> {
    this.#renewal.close();
    this.cancel();
    await this.#running;
  }

  get #file(): string {
    return join(this.#o.dataDir, 'connectivity.json');
  }

  async #runAll(): Promise<void> {
    if (this.#verdict && this.#finishedAt !== null) this.#before = { verdict: this.#verdict, finishedAt: this.#finishedAt };
    this.#checks = allChecks.map(waiting);
    this.#state = 'running';
    this.#renewal.began();
    this.#startedAt = Date.now();
    this.#finishedAt = null;
    this.#aborts = new Map(allChecks.map((id) => [id, new AbortController()]));
    this.#o.refreshMappings('asked for');
    this.#tell();
    this.#network = await readOsNetwork();
    const { stun, probe, turn, portal } = this.#addresses();
    const consent = this.#o.consent();
    // Whether TCP gets out is told by STUN servers too: they accept it, or refuse it.
    const tcpServers = [...probe, ...stun];
    const sort = (servers: ServerAddress[], family: 4 | 6): Promise<SortedServers> => sortServers(consent ? servers : [], family, { ownAddresses: this.#ownAddresses() });
    const [stun4, stun6, tcp4, tcp6] = [sort(stun, 4), sort(stun, 6), sort(tcpServers, 4), sort(tcpServers, 6)];
    const places = async (sorting: Promise<SortedServers>): Promise<ServerAddress[]> => (await sorting).outside.map(({ at }) => at);
    // Where there is no IPv4 at all, the line is measured over IPv6.
    const family = this.#network.outwardIpv4 === null && this.#network.outwardIpv6 !== null ? 6 : 4;
    const timed = probeFor(family, probe);
    const own = this.#network.outwardIpv4?.address ?? null;
    const nat = this.#check('nat', consent && stun.length > 0, (signal) => askOutside(stun4, signal, async (stunServers, inner) => (
      checkNatBehaviour({ family: 4, stunServers, tcpServers: await places(tcp4) }, inner)
    )));
    const gateway = this.#check('gateway', true, (signal) => this.#gateway(signal));
    const mapped = gateway.then(() => this.#check('mapping', true, () => Promise.resolve(this.#mapping())));
    const outside = (protocol: 'tcp' | 'udp', family: 4 | 6): number | null => (
      this.#ownMappings().find((one) => one.protocol === protocol && one.family === family && one.confirmed)?.externalPort ?? (this.#o.listenPort() || null)
    );
    // The router may have told its addresses outside by then: a server behind one of them is at home.
    const reach = (id: 'probe' | 'probe6', family: 4 | 6) => mapped.then(() => this.#check(id, consent && probeFor(family, probe) !== null, (signal) => (
      askOutside(sort(probe, family), signal, ([server], inner) => isReachable({
        // Over IPv6 the engine listens for TCP alone, so the check itself answers the datagram.
        probe: server!, family, tcpPort: outside('tcp', family), udpPort: outside('udp', family), udpKind: family === 4 ? 'utp' : 'echo', localUdpPort: this.#o.listenPort(),
      }, inner))
    )));
    await Promise.all([
      this.#check('network', true, () => Promise.resolve(this.#ownNetwork())),
      this.#check('inbound', true, () => Promise.resolve(this.#inbound())),
      this.#check('vpn', true, (signal) => checkPathInterference({ network: this.#network! }, signal)),
      this.#check('captive-portal', consent && portal.length > 0, (signal) => checkCaptivePortal({ gate: this.#o.gate, probes: portal }, signal)),
      this.#check('ipv6', consent || this.#network.outwardIpv6 === null, (signal) => withInside(tcp6, async (servers) => (
        checkIpv6({ stunServers: await places(stun6), tcpServers: servers, network: this.#network! }, signal)
      ))),
      nat, mapped, reach('probe', 4), reach('probe6', 6),
      Promise.all([nat, mapped]).then(() => this.#check('nat-layers', true, async (signal) => checkNatLayers({
        localAddress: own, mappedAddress: textOf(this.#facts('nat').externalAddress), routerWanAddress: this.#routerWan(), hopTarget: (await places(tcp4))[0]?.host ?? null,
      }, signal))),
      this.#check('path-mtu', consent && timed !== null, (signal) => askOutside(sort(probe, family), signal, ([server], inner) => (
        checkPathMtu({ family, probe: server!, pingTarget: null }, inner)
      ))),
      this.#check('latency', this.#gatewayAddress() !== null || (consent && timed !== null), (signal) => this.#latency(family, consent ? timed : null, signal)),
      this.#check('turn', consent && turn.length > 0, (signal) => checkTurn({ ...turn[0]!, family: 4, transport: 'udp' }, signal)),
    ]);
    this.#state = 'done';
    this.#finishedAt = Date.now();
    this.#tell();
    await writeFileAtomic(this.#file, JSON.stringify({ verdict: this.#verdict, finishedAt: this.#finishedAt }));
  }

  async #check(id: CheckId, wanted: boolean, run: Run | ((signal: AbortSignal) => Promise<CheckResult>)): Promise<void> {
    const check = this.#checks.find((one) => one.id === id)!;
    const { signal } = this.#aborts.get(id)!;
    if (!wanted || signal.aborted) {
      Object.assign(check, { state: signal.aborted ? 'cancelled' : 'skipped', says: outsideChecks.includes(id) && !this.#o.consent() ? 'no-consent' : 'skipped' });
      return this.#tell();
    }
    const startedAt = Date.now();
    Object.assign(check, { state: 'running', startedAt });
    this.#tell();
    try {
      const { outcome, facts } = await run(signal);
      Object.assign(check, { state: signal.aborted ? 'cancelled' : 'done', outcome, facts, says: saysOf(id, outcome, facts), tookMs: Date.now() - startedAt });
    } catch (error) {
      this.#o.log(`The check ${id} failed: ${String(error)}`);
      Object.assign(check, { state: signal.aborted ? 'cancelled' : 'done', outcome: 'unknown', says: 'unknown', tookMs: Date.now() - startedAt });
    }
    this.#tell();
  }

  /** The router: waits until it was looked for and has opened the ports or refused to, for a moment. */
  async #gateway(signal: AbortSignal): Promise<{ outcome: Check['outcome']; facts: Facts }> {
    const endsAt = Date.now() + gatewayWaitMs;
    while (this.#o.mappingsAreBusy() && Date.now() < endsAt && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 100));
    const state = this.#o.mappings();
    if (!state) return { outcome: 'not-applicable', facts: { talks: null } };
    const talks = state.gateway !== null && state.gateway.protocolVersions.length > 0;
    return {
      outcome: talks ? 'ok' : state.looked ? 'warning' : 'unknown',
      facts: {
        talks: state.looked ? talks : null, address: state.gateway?.address ?? this.#network?.gatewayIpv4 ?? null, manufacturer: state.gateway?.manufacturer ?? null,
        model: state.gateway?.model ?? null, protocols: state.gateway?.protocolVersions.join(', ') ?? null,
      },
    };
  }

  #mapping(): { outcome: Check['outcome']; facts: Facts } {
    const state = this.#o.mappings();
    if (!state) return { outcome: 'not-applicable', facts: {} };
    const ipv4 = state.mappings.filter((one) => one.family === 4);
    const confirmed = ipv4.filter((one) => one.confirmed);
    return {
      outcome: confirmed.length > 0 && confirmed.length === ipv4.length ? 'ok' : ipv4.length ? 'problem' : 'unknown',
      facts: {
        confirmed: confirmed.length, wanted: ipv4.length, method: confirmed[0]?.method ?? null, externalAddress: confirmed[0]?.externalAddress ?? null,
        error: ipv4.find((one) => one.error)?.error?.code ?? state.problem?.code ?? null, message: ipv4.find((one) => one.error)?.error?.message ?? state.problem?.message ?? null,
      },
    };
  }

  async #latency(family: 4 | 6, probe: ServerAddress | null, signal: AbortSignal): Promise<CheckResult> {
    const load = this.#o.load();
    const result = await checkLatency({ family, gateway: this.#gatewayAddress(), probe, load }, signal);
    for (const target of ['gateway', 'probe'] as const) {
      const idleMs = result.facts[`${target}IdleMs`];
      if (load === null && typeof idleMs === 'number') this.#o.guard.noteIdle(target, idleMs);
    }
    return result;
  }

  /** The check of delays, with what the guard sees while something is transferred. */
  #withGuard(check: Check): Check {
    if (check.id !== 'latency') return { ...check };
    const { state, timed, idleMs, loadedMs, bloatedAt, downloadBytesPerSecond, uploadBytesPerSecond } = this.#o.guard.report();
    const facts = {
      ...check.facts, guardState: state, guardTimes: timed, guardDownBytesPerSecond: downloadBytesPerSecond, guardUpBytesPerSecond: uploadBytesPerSecond, guardBloatedAt: bloatedAt,
      guardIdleMs: idleMs === null ? null : Math.round(idleMs), guardLoadedMs: loadedMs === null ? null : Math.round(loadedMs),
    };
    const isBloated = check.state === 'done' && bloatedAt !== null && Date.now() - bloatedAt < bloatCountsMs;
    return isBloated ? { ...check, outcome: 'problem', says: 'bloated', facts: { ...facts, bloated: true } } : { ...check, facts };
  }

  /** The probe server that may be asked; null without consent, or without any. */
  probe(): ServerAddress | null {
    const { probe } = this.#addresses();
    return this.#o.consent() ? probeFor(4, probe) ?? probe[0] ?? null : null;
  }

  #gatewayAddress(): string | null {
    return this.#network?.gatewayIpv4 ?? this.#network?.gatewayIpv6 ?? null;
  }

  #ownNetwork(): { outcome: Check['outcome']; facts: Facts } {
    const { outwardIpv4, outwardIpv6, gatewayIpv4 } = this.#network!;
    const isOnline = (outwardIpv4 ?? outwardIpv6) !== null;
    return { outcome: isOnline ? 'ok' : 'problem', facts: { isOnline, address: outwardIpv4?.address ?? null, address6: outwardIpv6?.address ?? null, gateway: gatewayIpv4, kind: (outwardIpv4 ?? outwardIpv6)?.kind ?? null } };
  }

  #inbound(): { outcome: Check['outcome']; facts: Facts } {
    const seen = this.#o.inbound();
    return {
      outcome: seen.length ? 'ok' : 'unknown',
      facts: Object.fromEntries(seen.map(({ transport, family, at }) => [`${transport}${family}At`, at])),
    };
  }

  #facts(id: CheckId): Facts {
    return this.#checks.find((check) => check.id === id)?.facts ?? {};
  }

  /** Those of the port where peers come in; the DHT has another. */
  #ownMappings(): MappingsState['mappings'] {
    return this.#o.mappings()?.mappings.filter((one) => one.internalPort === this.#o.listenPort()) ?? [];
  }

  /** '' for a router that says it has none. */
  #routerWan(): string | null {
    const found = this.#o.mappings()?.externalAddresses ?? [];
    const named = found.find((one) => one.address !== null) ?? found[0];
    return named ? named.address ?? '' : null;
  }

  #judge(): Verdict {
    const findings = new Map<CheckId, CheckFinding>(this.#checks.filter((check) => check.state === 'done').map((check) => [check.id, this.#withGuard(check)]));
    const state = this.#o.mappings();
    return judgeConnectivity({
      findings, inbound: this.#o.inbound(), consent: this.#o.consent(), listenPort: this.#o.listenPort(), ownAddress: this.#network?.outwardIpv4?.address ?? null,
      gatewayTalks: state?.looked ? (state.gateway?.protocolVersions.length ?? 0) > 0 : null,
      mappings: this.#ownMappings().map(({ protocol, family, confirmed, externalAddressKind, error }) => ({
        protocol, family, confirmed, externalAddressIsPublic: externalAddressKind === 'public', errorCode: error?.code ?? null,
      })),
    });
  }

  #addresses() {
    return parseServers(this.#o.servers(), this.#o.fromPackages());
  }

  /** This machine's, and those that its router has outside. */
  #ownAddresses(): string[] {
    return [
      ...(this.#network?.interfaces ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address)),
      ...(this.#o.mappings()?.externalAddresses ?? []).flatMap(({ address }) => address ?? []),
    ];
  }

  #tell(): void {
    this.#verdict = this.#judge();
    this.emit('changed', this.report());
  }
}

function waiting(id: CheckId): Check {
  return { id, state: 'waiting', outcome: 'unknown', says: 'waiting', facts: {}, startedAt: null, tookMs: null };
}

/** The first that can be asked over a family: a name, or an address of that family. */
const probeFor = (family: 4 | 6, probes: readonly ServerAddress[]): ServerAddress | null => probes.find((one) => canBeAsked(one, family)) ?? null;

const textOf = (value: Facts[string] | undefined): string | null => (typeof value === 'string' ? value : null);

/** Only an address of the router itself is offered to be opened. */
function pageOf(presentationUrl: string | null, address: string): string {
  const own = `http://${address}/`;
  if (!presentationUrl || !URL.canParse(presentationUrl)) return own;
  const url = new URL(presentationUrl);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname === address && !url.username && !url.password ? url.href : own;
}
