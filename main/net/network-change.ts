// Notices that this machine is somewhere else now, or has slept: another gateway, other addresses, a clock that jumped.
import { EventEmitter } from 'node:events';
import { networkInterfaces } from 'node:os';
import { findDefaultGateways } from './port-mapping/default-gateway.ts';
import type { DefaultGateways } from './port-mapping/default-gateway.ts';
import { networkFingerprint, ownNetworks } from './port-mapping/own-networks.ts';
import type { Interfaces } from './port-mapping/own-networks.ts';

export type NetworkChange = 'network' | 'resumed';

export interface NetworkChangeOptions {
  /** Milliseconds since 1970, of a clock that runs on through sleep. */
  now?: () => number;
  interfaces?: Interfaces;
  gateways?: () => Promise<DefaultGateways>;
  pollMs?: number;
  /** A look that comes so much later than expected: the machine slept. */
  sleepMs?: number;
}

const POLL_MS = 10_000;
const SLEEP_MS = 60_000;

export class NetworkChangeWatch extends EventEmitter<{ changed: [NetworkChange] }> {
  readonly #o: Required<NetworkChangeOptions>;
  readonly #timer: NodeJS.Timeout;
  #addresses = '';
  #fingerprint: string | null = null;
  #lookedAt: number;
  #looking: Promise<void> | null = null;

  constructor(options: NetworkChangeOptions = {}) {
    super();
    this.#o = { now: Date.now, interfaces: networkInterfaces, gateways: findDefaultGateways, pollMs: POLL_MS, sleepMs: SLEEP_MS, ...options };
    this.#lookedAt = this.#o.now();
    this.#timer = setInterval(() => this.look(), this.#o.pollMs);
    this.#timer.unref();
    this.look();
  }

  /** Looks now. Settles when it has. */
  look(): Promise<void> {
    this.#looking ??= this.#look().catch(() => undefined).finally(() => (this.#looking = null));
    return this.#looking;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.removeAllListeners();
    await this.#looking;
  }

  async #look(): Promise<void> {
    const { now, interfaces, gateways, pollMs, sleepMs } = this.#o;
    const lateMs = now() - this.#lookedAt - pollMs;
    this.#lookedAt = now();
    const addresses = networkFingerprint(ownNetworks(interfaces()));
    // Linux keeps its routes in a file; elsewhere a program has to be started, so that is done only when something else says so.
    if (this.#fingerprint === null || addresses !== this.#addresses || lateMs > sleepMs || process.platform === 'linux') {
      const { ipv4, ipv6 } = await gateways();
      const fingerprint = `${addresses}\n${ipv4} ${ipv6}`;
      const isElsewhere = this.#fingerprint !== null && fingerprint !== this.#fingerprint;
      this.#addresses = addresses;
      this.#fingerprint = fingerprint;
      this.#lookedAt = now();
      if (isElsewhere) return void this.emit('changed', 'network');
    }
    if (lateMs > sleepMs) this.emit('changed', 'resumed');
  }
}
