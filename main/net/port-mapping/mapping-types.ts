// The words of port mapping: what is wanted, what a gateway made of it, and what every way of asking a gateway can do.
import type { AddressClass } from '../address-rules.ts';

export type MappingTransport = 'tcp' | 'udp';
export type MappingMethod = 'upnp-1' | 'upnp-2' | 'nat-pmp' | 'pcp' | 'pcp-ipv6' | 'upnp-pinhole';
export type IpFamily = 4 | 6;

export interface WantedPort {
  /** The port that the program listens on. */
  internalPort: number;
  protocol: MappingTransport;
  /** What the router shows beside the mapping; it also tells our mappings from those of other programs. */
  description: string;
}

/** A mapping as a gateway gave it. */
export interface MadeMapping {
  method: MappingMethod;
  protocol: MappingTransport;
  internalAddress: string;
  internalPort: number;
  externalPort: number;
  /** As this way of asking named it; null when it named none. */
  externalAddress: string | null;
  /** null: until it is deleted. */
  lifetimeSeconds: number | null;
  /** `listed`: the gateway shows it in its own list; `renewed`: the gateway answered a second request with the same mapping; null: neither. */
  confirmedBy: 'listed' | 'renewed' | null;
  /** False for a mapping that was there already and leads here (made by hand, say): it is used, and never changed or deleted. */
  isOurs: boolean;
  /** What the way of asking needs to find it again: a nonce, a number of a pinhole. */
  handle: string | null;
  /** How often the gateway was seen to start anew when this was made; see `MappingClient.generation`. */
  generation: number;
}

export type MappingState = 'there' | 'gone' | 'stolen';

export type MappingErrorCode =
  | 'unreachable' | 'refused' | 'conflict' | 'no-address' | 'not-allowed' | 'full' | 'not-supported' | 'vanished' | 'stolen' | 'bad-answer' | 'no-gateway' | 'closed';

/** Why a mapping is not there, as a sentence for people. */
export class MappingError extends Error {
  readonly code: MappingErrorCode;
  /** The gateway's own number: of UPnP (718), of PCP (8) or of NAT-PMP (3). */
  readonly gatewayCode: number | null;

  constructor(code: MappingErrorCode, message: string, gatewayCode: number | null = null) {
    super(message);
    this.name = 'MappingError';
    this.code = code;
    this.gatewayCode = gatewayCode;
  }
}

export function toMappingError(error: unknown): MappingError {
  if (error instanceof MappingError) return error;
  return new MappingError('unreachable', 'The router does not answer. Check that it is switched on, or restart it.');
}

/** One way of asking one gateway. Every method throws MappingError and ends within bounded time. */
export interface MappingClient {
  readonly method: MappingMethod;
  readonly family: IpFamily;
  /** The own address that is mapped to. */
  readonly localAddress: string;
  /** Grows when the gateway is seen to have started anew; mappings of an earlier generation are gone. 0 for those that do not tell. */
  readonly generation: number;
  /** Makes the mapping, or renews `previous`. `onAttempt` tells of each mapping that may exist from then on, before the gateway is asked. */
  open(want: WantedPort, previous: MadeMapping | null, onAttempt: (maybe: MadeMapping) => void): Promise<MadeMapping>;
  /** Whether the gateway still has it. */
  check(made: MadeMapping): Promise<MappingState>;
  /** Deletes it where it is ours. */
  remove(made: MadeMapping): Promise<void>;
}

/** What a gateway said its address on the internet is. */
export interface ExternalAddress {
  method: MappingMethod;
  /** null: it has none, or hides it. */
  address: string | null;
  /** Anything but `public` shows a second router or a carrier's NAT in the path. */
  kind: AddressClass | 'none';
}

export interface GatewayInfo {
  address: string;
  manufacturer: string | null;
  model: string | null;
  presentationUrl: string | null;
  /** Such as `IGD 2`, `WANIPConnection 2`, `PCP`, `NAT-PMP`. */
  protocolVersions: string[];
}

export interface MappingLog { (message: string): void }
