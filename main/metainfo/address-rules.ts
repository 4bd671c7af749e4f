// Says which kind of address one is, so that nothing a stranger names can reach into the user's own network.
import { BlockList, isIP, isIPv6 } from 'node:net';

export type AddressClass = 'public' | 'loopback' | 'private' | 'link-local' | 'shared' | 'multicast' | 'reserved';

type Rule = readonly [network: string, prefix: number, kind: Exclude<AddressClass, 'public'>];

// IANA's special-purpose registries (RFC 6890 and its successors).
const IPV4: readonly Rule[] = [
  ['0.0.0.0', 8, 'reserved'], ['10.0.0.0', 8, 'private'], ['100.64.0.0', 10, 'shared'], ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link-local'], ['172.16.0.0', 12, 'private'], ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'reserved'], ['192.88.99.0', 24, 'reserved'], ['192.168.0.0', 16, 'private'],
  ['198.18.0.0', 15, 'reserved'], ['198.51.100.0', 24, 'reserved'], ['203.0.113.0', 24, 'reserved'],
  ['224.0.0.0', 4, 'multicast'], ['240.0.0.0', 4, 'reserved'],
];
const IPV6: readonly Rule[] = [
  ['::', 128, 'reserved'], ['::1', 128, 'loopback'], ['100::', 64, 'reserved'], ['2001::', 23, 'reserved'],
  ['2001:db8::', 32, 'reserved'], ['3fff::', 20, 'reserved'], ['5f00::', 16, 'reserved'], ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link-local'], ['fec0::', 10, 'private'], ['ff00::', 8, 'multicast'],
];

const lists = [...IPV4, ...IPV6].map(([network, prefix, kind]) => {
  const list = new BlockList();
  list.addSubnet(network, prefix, isIPv6(network) ? 'ipv6' : 'ipv4');
  return { list, kind, family: isIPv6(network) ? 6 : 4 };
});

/** The class of an IP address; what is no address at all is 'reserved'. */
export function addressClass(address: string): AddressClass {
  const plain = address.replace(/%.*$/, '').replace(/^\[(.*)\]$/, '$1');
  const family = isIP(plain);
  if (family === 0) return 'reserved';
  if (family === 6) {
    const inner = innerIpv4(plain);
    if (inner) return addressClass(inner);
  }
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const rule = lists.find(entry => entry.family === family && entry.list.check(plain, type));
  if (rule) return rule.kind;
  // Only 2000::/3 has ever been given out.
  return family === 6 && !/^[23][0-9a-f]{3}:/i.test(plain) ? 'reserved' : 'public';
}

export function isPublicAddress(address: string): boolean {
  return addressClass(address) === 'public';
}

/** IPv4 in IPv6 clothes is IPv4. */
export function plainHost(host: string): string {
  return host.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Tells whether an address is one of these, however it is spelled: zones are passed over, IPv4 within IPv6 is that IPv4. What is no address is none of them. */
export function addressList(addresses: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  const read = (address: string) => {
    const plain = address.replace(/%.*$/, '');
    const family = isIP(plain);
    return family === 0 ? null : [plain, family === 4 ? 'ipv4' : 'ipv6'] as const;
  };
  for (const address of addresses) {
    const own = read(address);
    if (own) list.addAddress(...own);
  }
  return (address) => {
    const asked = read(address);
    return asked !== null && list.check(...asked);
  };
}

// Addresses that carry an IPv4 address inside lead to that one: mapped, compatible, NAT64 (RFC 6052, 8215), 6to4,
// Teredo's relatives.
function innerIpv4(address: string): string | null {
  const groups = expand(address);
  if (!groups) return null;
  const last = `${groups[6]! >> 8}.${groups[6]! & 255}.${groups[7]! >> 8}.${groups[7]! & 255}`;
  const zeros = (count: number): boolean => groups.slice(0, count).every(group => group === 0);
  if (zeros(5) && groups[5] === 0xffff) return last;
  if (zeros(4) && groups[4] === 0xffff && groups[5] === 0) return last;
  if (zeros(6) && (groups[6] !== 0 || groups[7]! > 1)) return last;
  if (groups[0] === 0x64 && groups[1] === 0xff9b) return last;
  if (groups[0] === 0x2002) return `${groups[1]! >> 8}.${groups[1]! & 255}.${groups[2]! >> 8}.${groups[2]! & 255}`;
  return null;
}

function expand(address: string): number[] | null {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const text = dotted
    ? `${dotted[1]}${((Number(dotted[2]) << 8) | Number(dotted[3])).toString(16)}:${((Number(dotted[4]) << 8) | Number(dotted[5])).toString(16)}`
    : address;
  const [head = '', tail] = text.split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = 8 - first.length - rest.length;
  if (missing < 0) return null;
  const groups = [...first, ...Array<string>(missing).fill('0'), ...rest].map(group => Number.parseInt(group, 16));
  return groups.length === 8 && groups.every(Number.isInteger) ? groups : null;
}
