// Names the network that the machine is in, so that it is known again, by a name that says nothing to anybody else.
import { createHash } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { findDefaultGateways } from '../net/port-mapping/default-gateway.ts';
import type { DefaultGateways } from '../net/port-mapping/default-gateway.ts';
import { ownNetworks } from '../net/port-mapping/own-networks.ts';
import type { Interfaces, OwnNetwork } from '../net/port-mapping/own-networks.ts';

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

/** The id of the network that the machine is in now; see `networkIdOf`. Never throws; takes at most some seconds. */
export async function currentNetworkId(salt: Uint8Array, interfaces: Interfaces = networkInterfaces): Promise<string> {
  return networkIdOf(await findDefaultGateways(), ownNetworks(interfaces()), salt);
}
