// Opens the router's IPv6 firewall with UPnP (WANIPv6FirewallControl 1) and looks each opening up by its number.
import { textAt } from './gateway-xml.ts';
import type { XmlNode } from './gateway-xml.ts';
import { MappingError } from './mapping-types.ts';
import type { MadeMapping, MappingClient, MappingState, WantedPort } from './mapping-types.ts';
import { PROTOCOL_NUMBER } from './pcp-messages.ts';
import type { UpnpService } from './upnp-device.ts';
import { callSoap } from './upnp-soap.ts';

export interface UpnpPinholeClientOptions {
  service: UpnpService;
  /** The own global address, which is opened. */
  localAddress: string;
  /** The router's IPv6 address: routers open only for the address that asks. null: it is asked over IPv4. */
  gatewayIpv6: string | null;
  leaseSeconds: number;
  timeoutMs: number;
  call?: typeof callSoap;
}

const MAX_LEASE_SECONDS = 86_400;

export class UpnpPinholeClient implements MappingClient {
  readonly method = 'upnp-pinhole';
  readonly family = 6;
  readonly generation = 0;
  readonly localAddress: string;
  readonly #options: UpnpPinholeClientOptions;
  #overIpv6: boolean;

  constructor(options: UpnpPinholeClientOptions) {
    this.#options = options;
    this.localAddress = options.localAddress;
    this.#overIpv6 = options.gatewayIpv6 !== null;
  }

  /** Whether the router lets programs open its firewall. @throws MappingError with the reason when it does not */
  async allowed(): Promise<void> {
    const answer = await this.#call('GetFirewallStatus', []);
    const isYes = (name: string): boolean => /^(1|true|yes)$/i.test(textAt(answer, [name]) ?? '1');
    if (!isYes('FirewallEnabled')) throw new MappingError('not-supported', 'The IPv6 firewall of the router is off: nothing has to be opened.', 702);
    if (!isYes('InboundPinholeAllowed')) {
      throw new MappingError('not-allowed', 'The router does not allow programs to make openings in its IPv6 firewall. Allow it in the settings of the router.', 703);
    }
  }

  async open(want: WantedPort, previous: MadeMapping | null, onAttempt: (maybe: MadeMapping) => void): Promise<MadeMapping> {
    const leaseSeconds = Math.min(this.#options.leaseSeconds, MAX_LEASE_SECONDS);
    const made = (handle: string): MadeMapping => ({
      method: 'upnp-pinhole', protocol: want.protocol, internalAddress: this.localAddress, internalPort: want.internalPort, externalPort: want.internalPort,
      externalAddress: this.localAddress, lifetimeSeconds: leaseSeconds, confirmedBy: null, isOurs: true, handle, generation: 0,
    });
    let handle = previous?.handle ?? null;
    if (handle !== null) {
      try {
        await this.#call('UpdatePinhole', [['UniqueID', handle], ['NewLeaseTime', leaseSeconds]]);
      } catch (error) {
        if (!(error instanceof MappingError) || error.code === 'unreachable') throw error;
        handle = null; // gone, or not to be renewed: a new one
      }
    }
    if (handle === null) {
      const answer = await this.#call('AddPinhole', [
        ['RemoteHost', ''], ['RemotePort', 0], ['InternalClient', this.localAddress], ['InternalPort', want.internalPort],
        ['Protocol', PROTOCOL_NUMBER[want.protocol]], ['LeaseTime', leaseSeconds],
      ]);
      handle = textAt(answer, ['UniqueID'], 10);
      if (handle === null || !/^\d+$/.test(handle)) throw new MappingError('bad-answer', 'The router opened its firewall without saying under which number.');
      onAttempt(made(handle));
    }
    const state = await this.check(made(handle));
    if (state !== 'there') throw new MappingError('vanished', 'The router said that it opened its IPv6 firewall, but does not list the opening. Restart it.');
    return { ...made(handle), confirmedBy: 'listed' };
  }

  async check({ handle }: MadeMapping): Promise<MappingState> {
    try {
      await this.#call('GetPinholePackets', [['UniqueID', handle ?? '']]);
      return 'there';
    } catch (error) {
      if (error instanceof MappingError && ['vanished', 'not-allowed'].includes(error.code)) return 'gone';
      throw error;
    }
  }

  async remove({ handle }: MadeMapping): Promise<void> {
    await this.#call('DeletePinhole', [['UniqueID', handle ?? '']]).catch((error: MappingError) => {
      if (error.code !== 'vanished') throw error;
    });
  }

  async #call(action: string, args: readonly (readonly [string, string | number])[]): Promise<XmlNode> {
    const { service: { type, control }, gatewayIpv6, timeoutMs, call = callSoap } = this.#options;
    const target = { serviceType: type, port: control.port, path: control.path, timeoutMs };
    if (this.#overIpv6 && gatewayIpv6 !== null) {
      try {
        return await call({ ...target, host: gatewayIpv6, localAddress: this.localAddress }, action, args);
      } catch (error) {
        if (!(error instanceof MappingError) || error.code !== 'unreachable') throw error;
        this.#overIpv6 = false; // its control address listens on IPv4 alone
      }
    }
    return call({ ...target, host: control.host, localAddress: control.network.address }, action, args);
  }
}
