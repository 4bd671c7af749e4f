// Maps ports over IPv4 with UPnP (WANIPConnection 1 and 2, WANPPPConnection 1) and looks each one up in the router's own list.
import { isIPv4 } from 'node:net';
import { isPublicAddress } from '../address-rules.ts';
import { textAt } from './gateway-xml.ts';
import type { XmlNode } from './gateway-xml.ts';
import { MappingError } from './mapping-types.ts';
import type { MadeMapping, MappingClient, MappingState, WantedPort } from './mapping-types.ts';
import type { UpnpService } from './upnp-device.ts';
import { callSoap } from './upnp-soap.ts';

export interface UpnpClientOptions {
  service: UpnpService;
  leaseSeconds: number;
  timeoutMs: number;
  random(): number;
  call?: typeof callSoap;
}

interface Entry { client: string; port: number; description: string; leaseSeconds: number; enabled: boolean }

const LOWEST_PORT = 1_024;
/** Ports to try when the wanted one is taken: from the range that nobody is given by the registry. */
const DYNAMIC_PORTS = { first: 49_152, count: 16_384 };
const MAX_PORT_TRIES = 5;
const MAX_LIST_ENTRIES = 64;

export class UpnpClient implements MappingClient {
  readonly family = 4;
  readonly generation = 0;
  readonly localAddress: string;
  /** Such as `WANIPConnection 2`. */
  readonly label: string;
  readonly method: 'upnp-1' | 'upnp-2';
  readonly #options: UpnpClientOptions;
  /** Some routers make only mappings without an end (725); asked once. */
  #onlyPermanent = false;
  #canLookUp = true;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: UpnpClientOptions) {
    this.#options = options;
    this.localAddress = options.service.control.network.address;
    this.label = `${options.service.kind} ${options.service.version}`;
    this.method = options.service.version === 2 ? 'upnp-2' : 'upnp-1';
  }

  /** The router's address on the internet; null when it says that it has none. @throws MappingError */
  async externalAddress(): Promise<string | null> {
    const address = textAt(await this.#call('GetExternalIPAddress', []), ['NewExternalIPAddress'], 60);
    return address !== null && isIPv4(address) && address !== '0.0.0.0' ? address : null;
  }

  /** Whether the line behind this service is up; true where the router does not tell. */
  async isConnected(): Promise<boolean> {
    const status = await this.#call('GetStatusInfo', []).then((answer) => textAt(answer, ['NewConnectionStatus']), () => null);
    return status === null || status === 'Connected';
  }

  async open(want: WantedPort, previous: MadeMapping | null, onAttempt: (maybe: MadeMapping) => void): Promise<MadeMapping> {
    let port = previous?.externalPort ?? Math.max(want.internalPort, LOWEST_PORT);
    let conflict: MappingError | null = null;
    for (let tries = 0; tries < MAX_PORT_TRIES; tries++) {
      const entry = await this.#lookUp(port, want.protocol);
      if (entry && !this.#isSame(entry, want)) {
        conflict = new MappingError('conflict', 'Another device or program has this port of the router already.', 718);
      } else if (entry && !isDescribedAs(entry, want.description) && !previous?.isOurs) {
        // It leads here although we did not make it: somebody opened the port by hand.
        return this.#made(want, port, { lifetimeSeconds: entry.leaseSeconds || null, isOurs: false, confirmedBy: 'listed' });
      } else {
        try {
          const given = await this.#add(want, port, onAttempt);
          return await this.#confirm(want, given.port, given.lifetimeSeconds);
        } catch (error) {
          if (!(error instanceof MappingError) || !['conflict', 'stolen'].includes(error.code) || error.gatewayCode === 724) throw error;
          conflict = error;
        }
      }
      port = DYNAMIC_PORTS.first + Math.floor(this.#options.random() * DYNAMIC_PORTS.count);
    }
    throw conflict!;
  }

  async check(made: MadeMapping): Promise<MappingState> {
    const entry = await this.#lookUp(made.externalPort, made.protocol);
    if (!entry) return 'gone';
    return this.#isSame(entry, made) ? 'there' : 'stolen';
  }

  async remove(made: MadeMapping): Promise<void> {
    if (!made.isOurs) return;
    // What has become somebody else's meanwhile must stay.
    if (this.#canLookUp && await this.check(made) !== 'there') return;
    await this.#call('DeletePortMapping', [['NewRemoteHost', ''], ['NewExternalPort', made.externalPort], ['NewProtocol', made.protocol.toUpperCase()]])
      .catch((error: MappingError) => {
        if (error.code !== 'vanished') throw error;
      });
  }

  async #add(want: WantedPort, port: number, onAttempt: (maybe: MadeMapping) => void): Promise<{ port: number; lifetimeSeconds: number | null }> {
    const ask = async (leaseSeconds: number): Promise<number> => {
      onAttempt(this.#made(want, port, { lifetimeSeconds: leaseSeconds || null }));
      const args = [
        ['NewRemoteHost', ''], ['NewExternalPort', port], ['NewProtocol', want.protocol.toUpperCase()], ['NewInternalPort', want.internalPort],
        ['NewInternalClient', this.localAddress], ['NewEnabled', 1], ['NewPortMappingDescription', want.description], ['NewLeaseDuration', leaseSeconds],
      ] as const;
      const addExactly = async (): Promise<number> => {
        await this.#call('AddPortMapping', args);
        return port;
      };
      if (this.method === 'upnp-1') return addExactly();
      try {
        const reserved = Number(textAt(await this.#call('AddAnyPortMapping', args), ['NewReservedPort'], 6));
        if (!(Number.isInteger(reserved) && reserved > 0 && reserved < 65_536)) throw new MappingError('bad-answer', 'The router opened a port without saying which one.');
        if (reserved !== port) onAttempt(this.#made(want, reserved, { lifetimeSeconds: leaseSeconds || null }));
        return reserved;
      } catch (error) {
        // Some that call themselves version 2 never learnt its new request.
        if (!(error instanceof MappingError) || ![401, 402, 602].includes(error.gatewayCode ?? 0)) throw error;
        return addExactly();
      }
    };
    if (!this.#onlyPermanent) {
      try {
        return { port: await ask(this.#options.leaseSeconds), lifetimeSeconds: this.#options.leaseSeconds };
      } catch (error) {
        if (!(error instanceof MappingError) || error.gatewayCode !== 725) throw await this.#explained(error);
        this.#onlyPermanent = true;
      }
    }
    return { port: await ask(0), lifetimeSeconds: null };
  }

  // "Action failed" is all that a router says whose line has no address of its own: then that is the reason to tell.
  async #explained(error: unknown): Promise<unknown> {
    if (!(error instanceof MappingError) || error.gatewayCode !== 501) return error;
    const address = await this.externalAddress().catch(() => undefined);
    if (address === undefined || (address !== null && isPublicAddress(address))) return error;
    return new MappingError('no-address', address === null
      ? 'The router has no address on the internet of its own (your provider shares one among customers, or the line is down), so it cannot open a port. (UPnP 501)'
      : `The router itself is behind another router or the shared address of your provider: its address ${address} is not on the internet. (UPnP 501)`, 501);
  }

  // "Added" is only a word: what counts is that the router lists it, for us.
  async #confirm(want: WantedPort, port: number, askedSeconds: number | null): Promise<MadeMapping> {
    const entry = await this.#lookUp(port, want.protocol);
    if (!this.#canLookUp) return this.#made(want, port, { lifetimeSeconds: askedSeconds });
    if (!entry) throw new MappingError('vanished', 'The router said that it opened the port, but does not list it. Restart the router, or open the port by hand.');
    if (!this.#isSame(entry, want)) throw new MappingError('stolen', 'The router gave the port to another device at the same moment.');
    const lifetimeSeconds = entry.leaseSeconds > 0 ? Math.min(entry.leaseSeconds, askedSeconds ?? entry.leaseSeconds) : askedSeconds;
    return this.#made(want, port, { lifetimeSeconds, confirmedBy: 'listed' });
  }

  /** The router's entry for a port; null when there is none. */
  async #lookUp(port: number, protocol: string): Promise<Entry | null> {
    try {
      const args = [['NewRemoteHost', ''], ['NewExternalPort', port], ['NewProtocol', protocol.toUpperCase()]] as const;
      return readEntry(await this.#call('GetSpecificPortMappingEntry', args));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      if (error.code === 'vanished') return null;
      if (error.code !== 'not-supported') {
        // Several routers say 501 or 402 for "no such entry".
        if (error.gatewayCode === 501 || error.gatewayCode === 402) return null;
        throw error;
      }
      return this.#lookUpInList(port, protocol);
    }
  }

  async #lookUpInList(port: number, protocol: string): Promise<Entry | null> {
    for (let index = 0; index < MAX_LIST_ENTRIES; index++) {
      try {
        const answer = await this.#call('GetGenericPortMappingEntry', [['NewPortMappingIndex', index]]);
        if (Number(textAt(answer, ['NewExternalPort'])) === port && textAt(answer, ['NewProtocol'])?.toLowerCase() === protocol) return readEntry(answer);
      } catch (error) {
        if (!(error instanceof MappingError) || error.code === 'unreachable') throw error;
        if (index === 0 && error.code === 'not-supported') this.#canLookUp = false;
        return null;
      }
    }
    return null;
  }

  #isSame(entry: Entry, mapping: { internalPort: number }): boolean {
    return entry.enabled && entry.client === this.localAddress && entry.port === mapping.internalPort;
  }

  #made(want: WantedPort, externalPort: number, more: Partial<MadeMapping>): MadeMapping {
    return {
      method: this.method, protocol: want.protocol, internalAddress: this.localAddress, internalPort: want.internalPort, externalPort,
      externalAddress: null, lifetimeSeconds: null, confirmedBy: null, isOurs: true, handle: null, generation: 0, ...more,
    };
  }

  #call(action: string, args: readonly (readonly [string, string | number])[]): Promise<XmlNode> {
    const { service: { type, control }, timeoutMs, call = callSoap } = this.#options;
    const target = { serviceType: type, host: control.host, port: control.port, path: control.path, localAddress: this.localAddress, timeoutMs };
    // One after another: the small servers in routers lose requests that come at the same time.
    const answer = this.#queue.then(() => call(target, action, args));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }
}

// Routers cut descriptions.
function isDescribedAs({ description }: Entry, wanted: string): boolean {
  return description !== '' && wanted.startsWith(description);
}

function readEntry(answer: XmlNode): Entry | null {
  const client = textAt(answer, ['NewInternalClient'], 60);
  const port = Number(textAt(answer, ['NewInternalPort'], 6) || Number.NaN);
  if (!client || !Number.isInteger(port)) return null;
  const leaseSeconds = Number(textAt(answer, ['NewLeaseDuration'], 12) ?? 0);
  return {
    client, port, description: textAt(answer, ['NewPortMappingDescription']) ?? '',
    leaseSeconds: Number.isFinite(leaseSeconds) && leaseSeconds > 0 ? leaseSeconds : 0,
    enabled: !/^(0|false|no)$/i.test(textAt(answer, ['NewEnabled']) ?? '1'),
  };
}
