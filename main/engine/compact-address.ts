// Addresses as trackers, the DHT and peers write them in bytes: 4 or 16 for the host, 2 for the port (BEP 5, 7, 11, 23).
import { isIPv4, isIPv6 } from 'node:net';

/** @returns `host:port` as our tables know it, IPv6 in its shortest form and in brackets; null for port 0 */
export function readCompact(bytes: Uint8Array): string | null {
  const port = bytes[bytes.length - 2]! << 8 | bytes[bytes.length - 1]!;
  if (port === 0) return null;
  if (bytes.length === 6) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}:${port}`;
  const groups = Array.from({ length: 8 }, (_, i) => (bytes[2 * i]! << 8 | bytes[2 * i + 1]!).toString(16));
  if (groups.slice(0, 5).every((group) => group === '0') && groups[5] === 'ffff') return `${[...bytes.subarray(12, 16)].join('.')}:${port}`;
  return `${new URL(`http://[${groups.join(':')}]/`).hostname}:${port}`;
}

/** All whole addresses in `bytes`, at most `limit`; those with port 0 are left out. */
export function readCompactList(bytes: Uint8Array, family: 4 | 6, limit: number): string[] {
  const size = family === 4 ? 6 : 18;
  const found: string[] = [];
  for (let at = 0; at + size <= bytes.length && found.length < limit; at += size) {
    const address = readCompact(bytes.subarray(at, at + size));
    if (address !== null) found.push(address);
  }
  return found;
}

/** @param address `host:port`. @returns 6 or 18 bytes; null for what is no literal address */
export function writeCompact(address: string): Buffer | null {
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  if (!(Number.isInteger(port) && port > 0 && port < 65536)) return null;
  const bytes = isIPv4(host) ? host.split('.').map(Number) : isIPv6(host) && !host.includes('%') ? ipv6Bytes(host) : null;
  return bytes && Buffer.from([...bytes, port >> 8, port & 255]);
}

/** An address as a reader of bare host bytes gets it (BEP 10 yourip, BEP 24 external ip). @returns null for any other length */
export function readHost(bytes: Uint8Array): string | null {
  if (bytes.length !== 4 && bytes.length !== 16) return null;
  const address = readCompact(Uint8Array.from([...bytes, 0, 1]))!;
  return address.slice(0, -2).replace(/^\[(.*)\]$/, '$1');
}

function ipv6Bytes(host: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(host);
  const hex = (high: string, low: string): string => (Number(high) << 8 | Number(low)).toString(16);
  const text = dotted ? `${dotted[1]}${hex(dotted[2]!, dotted[3]!)}:${hex(dotted[4]!, dotted[5]!)}` : host;
  const [head = '', tail] = text.split('::');
  const first = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...first, ...Array<string>(8 - first.length - rest.length).fill('0'), ...rest].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
