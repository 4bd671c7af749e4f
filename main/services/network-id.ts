// Knows in which network the machine is, under a name that says nothing to anybody else, and notices when that changes.
import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { findDefaultGateways } from '../net/port-mapping/default-gateway.ts';
import type { DefaultGateways } from '../net/port-mapping/default-gateway.ts';
import { networkFingerprint, ownNetworks } from '../net/port-mapping/own-networks.ts';
import type { Interfaces, OwnNetwork } from '../net/port-mapping/own-networks.ts';

const LOOK_EVERY_MS = 30_000;

/**
 * The network by its router and the subnet it is in; 16 hexadecimal digits, empty when there is no router. The salt keeps somebody who
 * reads it from trying out the few addresses that routers have.
 */
export function networkIdOf({ ipv4, ipv6 }: DefaultGateways, networks: OwnNetwork[], salt: Uint8Array): string {
  const gateway = ipv4 ?? ipv6;
  if (gateway === null) return '';
  const plain = gateway.replace(/%.*$/, '');
  const subnet = networks.find((network) => network.contains(plain));
  // The own address changes with every lease and, on IPv6, with every hour: the router and the size of its subnet stay.
  const where = `${plain}/${subnet?.prefixLength ?? '?'} ${subnet?.name ?? ''}`;
  return createHash('sha256').update(salt).update(where).digest('hex').slice(0, 16);
}

export class NetworkWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #interfaces: Interfaces;
  readonly #salt: Uint8Array;
  readonly #changed: (id: string) => void;
  #fingerprint: string | null = null;
  #id: string | null = null;
  #closed = false;

  /** @param changed called with the first id and with every other one from then on */
  constructor(salt: Uint8Array, changed: (id: string) => void, interfaces: Interfaces = networkInterfaces) {
    this.#salt = salt;
    this.#changed = changed;
    this.#interfaces = interfaces;
    this.#timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.#timer.unref();
    void this.look();
  }

  /** Looks now; the router is asked for only when an interface or an address has changed. */
  async look(): Promise<void> {
    const networks = ownNetworks(this.#interfaces());
    const fingerprint = networkFingerprint(networks);
    if (fingerprint === this.#fingerprint) return;
    this.#fingerprint = fingerprint;
    const id = networkIdOf(await findDefaultGateways(), networks, this.#salt);
    if (this.#closed || id === this.#id) return;
    this.#id = id;
    this.#changed(id);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }
}
