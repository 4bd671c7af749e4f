// Opens the ports of this program on the router and keeps them open: the one object that the core owns for it.
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressClass } from '../address-rules.ts';
import { findDefaultGateways } from './default-gateway.ts';
import type { DefaultGateways } from './default-gateway.ts';
import { systemTimer } from './gateway-datagrams.ts';
import { discoverGateways } from './gateway-discovery.ts';
import type { Discovered, DiscoveryTiming } from './gateway-discovery.ts';
import type { GatewayEpoch } from './gateway-epoch.ts';
import { MappingKeeper } from './mapping-keeper.ts';
import type { KeeperTiming, PortMapping } from './mapping-keeper.ts';
import type { ExternalAddress, GatewayInfo, MappingErrorCode, MappingLog, WantedPort } from './mapping-types.ts';
import { isBehindNat, networkFingerprint, ownNetworks } from './own-networks.ts';
import type { Interfaces, OwnNetwork } from './own-networks.ts';

export { findDefaultGateways } from './default-gateway.ts';
export type { DefaultGateways } from './default-gateway.ts';
export { MappingError } from './mapping-types.ts';
export type { ExternalAddress, GatewayInfo, MappingErrorCode, MappingMethod, MappingTransport, WantedPort } from './mapping-types.ts';
export type { PortMapping } from './mapping-keeper.ts';
export { isBehindNat, networkFingerprint, ownGlobalIpv6, ownNetworks, sourceAddressFor } from './own-networks.ts';

export interface MappingsState {
  /** null: none was found. */
  gateway: GatewayInfo | null;
  /** One for each wanted port over IPv4, unless this machine has a public IPv4 address of its own, and one over IPv6 where it has a global address. */
  mappings: PortMapping[];
  /** What the gateways say their addresses on the internet are, by way of asking. */
  externalAddresses: ExternalAddress[];
  /** What stands in the way on the whole, as a sentence; null: nothing. */
  problem: { code: MappingErrorCode | 'second-nat' | 'no-network'; message: string } | null;
  /** Whether a router was looked for at least once since the start. */
  looked: boolean;
}

export interface MapperTiming extends DiscoveryTiming, KeeperTiming {
  /** Between two looks at the own addresses, the default route and the clock. */
  pollMs: number;
  /** The clock may jump by so much before it counts as a sleep. */
  sleepMs: number;
  /** For removing every mapping when the program quits. */
  closeMs: number;
}

export interface PortMapperOptions {
  log: MappingLog;
  /** Milliseconds since 1970, of a clock that runs on through sleep. */
  now?: () => number;
  random?: () => number;
  setTimer?: (run: () => void, ms: number) => () => void;
  interfaces?: Interfaces;
  gateways?: () => Promise<DefaultGateways>;
  discover?: typeof discoverGateways;
  /** 16 bytes or more that stay the same over starts: then a program that crashed can renew and remove its PCP mappings. */
  secret?: Uint8Array;
  timing?: Partial<MapperTiming>;
}

export const STANDARD_TIMING: MapperTiming = {
  searchMs: 2_200, httpMs: 2_500, datagramMs: 3_500, graceMs: 500, leaseSeconds: 3_600,
  recheckMs: 300_000, retryFromMs: 10_000, retryUpToMs: 600_000, renewAtLeastMs: 5_000,
  pollMs: 10_000, sleepMs: 30_000, closeMs: 4_000,
};
const MAX_WANTED = 16;

export class PortMapper {
  readonly #events = new EventEmitter();
  readonly #options: Required<Omit<PortMapperOptions, 'timing'>>;
  readonly #timing: MapperTiming;
  readonly #discovery = new AbortController();
  readonly #requests = new AbortController();
  readonly #epochs = new Map<string, GatewayEpoch>();
  readonly #removals = new Set<Promise<void>>();
  #wanted: WantedPort[] = [];
  #keepers: MappingKeeper[] = [];
  #found: Discovered | null = null;
  #networks: OwnNetwork[] = [];
  #fingerprint = '';
  #isStarted = false;
  #isClosed = false;
  #mustDiscover = true;
  #discoverAgainAt = 0;
  #lastTickAt = 0;
  #running: Promise<void> | null = null;
  #runAgain = false;
  #cancelTimer = (): void => undefined;
  #lastState = '';

  constructor({ timing, ...options }: PortMapperOptions) {
    this.#timing = { ...STANDARD_TIMING, ...timing };
    this.#options = {
      now: Date.now, random: Math.random, setTimer: systemTimer, interfaces: networkInterfaces, gateways: findDefaultGateways,
      discover: discoverGateways, secret: randomBytes(16), ...options,
    };
  }

  on(_event: 'changed', listener: () => void): this {
    this.#events.on('changed', listener);
    return this;
  }

  off(_event: 'changed', listener: () => void): this {
    this.#events.off('changed', listener);
    return this;
  }

  /** The ports that are to be open, in place of those before; at most 16. What is no longer among them is removed from the router. */
  want(ports: readonly WantedPort[]): void {
    const keyOf = ({ protocol, internalPort }: WantedPort): string => `${protocol} ${internalPort}`;
    const valid = ports.filter(({ internalPort }) => Number.isInteger(internalPort) && internalPort > 0 && internalPort < 65_536);
    this.#wanted = [...new Map(valid.map((port) => [keyOf(port), port])).values()].slice(0, MAX_WANTED);
    const keys = new Set(this.#wanted.map(keyOf));
    for (const keeper of this.#keepers.filter(({ want }) => !keys.has(keyOf(want)))) this.#drop(keeper);
    this.#run();
  }

  start(): void {
    if (this.#isStarted || this.#isClosed) return;
    this.#isStarted = true;
    this.#lastTickAt = this.#options.now();
    this.#run();
  }

  /** Looks for the router again and at every mapping, at once; the reason goes to the log. */
  refresh(reason: string): void {
    this.#options.log(`port mapping: looking again (${reason})`);
    this.#mustDiscover = true;
    for (const keeper of this.#keepers) keeper.recheck();
    this.#run();
  }

  /** Whether the router is being looked for or asked at this moment. */
  get isBusy(): boolean {
    return this.#running !== null;
  }

  state(): MappingsState {
    const address = this.#externalAddress();
    const mappings = this.#keepers.map((keeper) => keeper.state(address)).sort((one, other) => one.family - other.family
      || one.protocol.localeCompare(other.protocol) || one.internalPort - other.internalPort);
    return {
      gateway: this.#found?.gateway ?? null, mappings, externalAddresses: this.#found?.externalAddresses ?? [], problem: this.#problem(mappings),
      looked: this.#found !== null,
    };
  }

  /** Removes every mapping that was made here; ends within `closeMs`, whatever the router does. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTimer();
    this.#discovery.abort();
    const removed = (async () => {
      // What is being made must be known before it can be removed.
      await this.#running;
      for (const keeper of this.#keepers) this.#drop(keeper);
      await Promise.all(this.#removals);
    })();
    const end = new AbortController();
    await Promise.race([removed, sleep(this.#timing.closeMs, undefined, { signal: end.signal }).catch(() => undefined)]);
    end.abort();
    this.#requests.abort();
    this.#events.removeAllListeners();
  }

  #drop(keeper: MappingKeeper): void {
    this.#keepers = this.#keepers.filter((one) => one !== keeper);
    // A step under way may still make something.
    const removal = (this.#running ?? Promise.resolve()).then(() => keeper.remove()).finally(() => this.#removals.delete(removal));
    this.#removals.add(removal);
  }

  // One turn at a time; whatever is asked for meanwhile is done in one more.
  #run(): void {
    if (!this.#isStarted || this.#isClosed) return;
    if (this.#running) {
      this.#runAgain = true;
      return;
    }
    this.#cancelTimer();
    this.#runAgain = false;
    this.#running = this.#turn()
      .catch((error: unknown) => this.#options.log(`port mapping: ${error instanceof Error ? error.message : String(error)}`))
      .finally(() => {
        this.#running = null;
        if (this.#isClosed) return;
        if (this.#runAgain) this.#run();
        else this.#schedule();
      });
  }

  #schedule(): void {
    const now = this.#options.now();
    const due = Math.min(...this.#keepers.map((keeper) => keeper.nextDueAt()), now + this.#timing.pollMs);
    this.#cancelTimer = this.#options.setTimer(() => this.#run(), Math.max(due - now, 50));
  }

  async #turn(): Promise<void> {
    const { now, interfaces, gateways: find, discover, log, random, secret } = this.#options;
    const elapsed = now() - this.#lastTickAt;
    this.#lastTickAt = now();
    if (elapsed < -1_000 || elapsed > this.#timing.pollMs + this.#timing.sleepMs) this.#look('the clock jumped: the computer slept, perhaps');
    // What was wanted before must be gone from the router before the same is asked for anew.
    await Promise.all([...this.#removals]);
    const networks = ownNetworks(interfaces());
    const gateways = this.#needsRoutes(networkFingerprint(networks)) ? await find() : null;
    if (this.#isClosed) return;
    if (gateways) {
      const fingerprint = `${networkFingerprint(networks)}\n${gateways.ipv4} ${gateways.ipv6}`;
      if (this.#fingerprint !== '' && fingerprint !== this.#fingerprint) this.#look('the network changed');
      this.#fingerprint = fingerprint;
    }
    if (this.#mustDiscover || (now() >= this.#discoverAgainAt && this.#keepers.some((keeper) => keeper.wantsGateway && keeper.nextDueAt() <= now()))) {
      this.#mustDiscover = false;
      this.#found = await discover({
        networks, gateways: gateways ?? await find(), timing: this.#timing, secret, epochs: this.#epochs, now, random, log,
        signal: this.#discovery.signal, clientSignal: this.#requests.signal,
      });
      this.#discoverAgainAt = now() + this.#timing.retryFromMs;
    }
    if (this.#isClosed || !this.#found) return;
    this.#networks = networks;
    this.#arrange(this.#found);
    const { clients } = this.#found;
    await Promise.all(this.#keepers.map(async (keeper) => {
      await keeper.step(clients);
      this.#tell();
    }));
    // The time that requests took is no sleep.
    this.#lastTickAt = now();
    this.#tell();
  }

  #look(reason: string): void {
    this.#options.log(`port mapping: ${reason}`);
    this.#mustDiscover = true;
    for (const keeper of this.#keepers) keeper.recheck();
  }

  // Linux keeps its routes in a file; elsewhere a program has to be started, which is done only when something else changed.
  #needsRoutes(fingerprint: string): boolean {
    return this.#mustDiscover || process.platform === 'linux' || !this.#fingerprint.startsWith(`${fingerprint}\n`);
  }

  #arrange({ globalIpv6 }: Discovered): void {
    const { now, random, log } = this.#options;
    const families = [...(isBehindNat(this.#networks) ? [4 as const] : []), ...(globalIpv6 === null ? [] : [6 as const])];
    for (const keeper of this.#keepers.filter(({ family }) => !families.some((one) => one === family))) this.#drop(keeper);
    for (const want of this.#wanted) {
      for (const family of families) {
        if (this.#keepers.some((keeper) => keeper.family === family && keeper.want.protocol === want.protocol && keeper.want.internalPort === want.internalPort)) continue;
        this.#keepers.push(new MappingKeeper(want, family, { timing: this.#timing, now, random, log }));
      }
    }
  }

  #externalAddress(): string | null {
    const all = this.#found?.externalAddresses ?? [];
    return (all.find(({ kind }) => kind === 'public') ?? all.find(({ address }) => address !== null))?.address ?? null;
  }

  #problem(mappings: PortMapping[]): MappingsState['problem'] {
    if (!this.#found) return null;
    if (this.#networks.every(({ address }) => ['link-local', 'loopback'].includes(addressClass(address)))) {
      return { code: 'no-network', message: 'This computer is in no network at the moment. Check the cable or the Wi-Fi.' };
    }
    const open = mappings.filter(({ confirmed, family }) => confirmed && family === 4);
    const behind = open.find(({ externalAddress }) => externalAddress !== null && addressClass(externalAddress) !== 'public');
    if (behind) {
      return {
        code: 'second-nat',
        message: `The router opened the port, but its own address ${behind.externalAddress} is not on the internet: there is a second router, `
          + 'or your provider shares one address among customers.',
      };
    }
    return mappings.find(({ error, family }) => error && family === 4)?.error ?? mappings.find(({ error }) => error)?.error ?? null;
  }

  #tell(): void {
    if (this.#isClosed) return;
    const state = JSON.stringify(this.state());
    if (state === this.#lastState) return;
    this.#lastState = state;
    this.#events.emit('changed');
  }
}
