// The networks that this machine is part of: which addresses are its neighbours, and whether anything changed.
import { createSocket } from 'node:dgram';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { addressClass } from '../address-rules.ts';

export type Interfaces = () => NodeJS.Dict<NetworkInterfaceInfo[]>;

export interface OwnNetwork { name: string; address: string; prefixLength: number; family: 4 | 6; contains(address: string): boolean }

const MAX_NETWORKS = 32;

/** Every network of this machine but the loopback, at most 32. */
export function ownNetworks(interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): OwnNetwork[] {
  const found: OwnNetwork[] = [];
  for (const [name, entries] of Object.entries(interfaces)) {
    for (const { address, cidr, internal } of entries ?? []) {
      const family = isIPv4(address) ? 4 : isIPv6(address) ? 6 : null;
      const prefixLength = Number(cidr?.split('/')[1] ?? (family === 4 ? 32 : 128));
      if (internal || family === null || found.length >= MAX_NETWORKS || !(prefixLength > 0)) continue;
      found.push({ name, address, prefixLength, family, contains: subnet(address, prefixLength, family) });
    }
  }
  return found;
}

function subnet(address: string, prefixLength: number, family: 4 | 6): (other: string) => boolean {
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, prefixLength, type);
  return (other) => (family === 4 ? isIPv4(other) : isIPv6(other)) && list.check(other, type);
}

/** IPv4 networks with a private address: the only ones where a home router can be asked. */
export function privateNetworks(networks: OwnNetwork[]): OwnNetwork[] {
  return networks.filter(({ family, address }) => family === 4 && ['private', 'link-local', 'shared'].includes(addressClass(address)));
}

/** Whether a router has to translate for this machine: it has an IPv4 address, and none that the internet reaches. */
export function isBehindNat(networks: OwnNetwork[]): boolean {
  const classes = networks.filter(({ family }) => family === 4).map(({ address }) => addressClass(address));
  return classes.some((kind) => kind === 'private' || kind === 'shared') && !classes.includes('public');
}

/** The network that a neighbour is in; undefined for addresses that are no private neighbour, or our own. */
export function networkOfNeighbour(networks: OwnNetwork[], address: string): OwnNetwork | undefined {
  if (networks.some((network) => network.address === address)) return undefined;
  if (!['private', 'link-local', 'shared'].includes(addressClass(address))) return undefined;
  return privateNetworks(networks).find((network) => network.contains(address));
}

/** Changes when an interface comes, goes or gets another address. */
export function networkFingerprint(networks: OwnNetwork[]): string {
  // A link-local IPv6 address says nothing about where the machine is.
  return networks.filter(({ address }) => !/^fe80:/i.test(address)).map(({ name, address, prefixLength }) => `${name} ${address}/${prefixLength}`).sort().join('\n');
}

/**
 * The address that the system would use towards `destination`; null when there is no way there.
 * Nothing is sent: a UDP socket is connected, which only looks at the routes.
 */
export function sourceAddressFor(destination: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(destination) ? 'udp6' : 'udp4');
    const done = (address: string | null): void => {
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      resolve(address);
    };
    socket.once('error', () => done(null));
    // Without a way there the callback has the error.
    socket.connect(9, destination, ((error?: Error) => done(error ? null : socket.address().address)) as () => void);
  });
}

/** The global IPv6 address that others see of this machine; null without IPv6. */
export async function ownGlobalIpv6(networks: OwnNetwork[], find: typeof sourceAddressFor = sourceAddressFor): Promise<string | null> {
  if (!networks.some(({ family, address }) => family === 6 && isGlobalIpv6(address))) return null;
  const address = await find('2000::1');
  return address !== null && isGlobalIpv6(address) ? address : null;
}

// Documentation's 2001:db8::/32 is no public address, but where it is in use it is routed like one.
function isGlobalIpv6(address: string): boolean {
  return isIPv6(address) && /^[23][0-9a-f]{3}:/i.test(address);
}
