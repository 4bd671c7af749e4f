// Reads one answer to a UPnP search and says whether it names a router that may be asked.
import { isIPv4 } from 'node:net';
import { networkOfNeighbour } from './own-networks.ts';
import type { OwnNetwork } from './own-networks.ts';

export interface SsdpLocation { host: string; port: number; path: string; network: OwnNetwork }

const MAX_ANSWER_BYTES = 2_048;
const MAX_LINES = 40;
const WANTED = /^urn:schemas-upnp-org:(device:InternetGatewayDevice|service:WAN(IP|PPP)Connection):[12]$/i;

/**
 * The description's address; null for whatever is no answer of a router on the own network. The description must be on the host that answered
 * (or on the default gateway), by plain http, as an IPv4 address of one of our own private networks: no answer can lead us anywhere else.
 */
export function readSsdpAnswer(datagram: Uint8Array, from: string, networks: OwnNetwork[], defaultGateway: string | null): SsdpLocation | null {
  if (datagram.length > MAX_ANSWER_BYTES) return null;
  const [status = '', ...lines] = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.length).toString('latin1').split(/\r?\n/, MAX_LINES);
  if (!/^HTTP\/1\.[01] 200\b/.test(status)) return null;
  const header = (name: string): string | null => {
    const line = lines.find((one) => one.slice(0, name.length + 1).toLowerCase() === `${name}:`);
    return line?.slice(name.length + 1).trim() ?? null;
  };
  if (!WANTED.test(header('st') ?? '')) return null;
  const location = header('location');
  return location === null ? null : readGatewayUrl(location, [from, defaultGateway], networks);
}

/** Takes apart an address that a router named; null unless its host is one of `hosts` and a private neighbour. */
export function readGatewayUrl(text: string, hosts: (string | null)[], networks: OwnNetwork[], base?: string): SsdpLocation | null {
  if (text.length > 1_024 || !URL.canParse(text, base)) return null;
  const url = new URL(text, base);
  if (url.protocol !== 'http:' || url.username !== '' || url.password !== '' || !isIPv4(url.hostname) || !hosts.includes(url.hostname)) return null;
  const network = networkOfNeighbour(networks, url.hostname);
  if (!network) return null;
  return { host: url.hostname, port: url.port === '' ? 80 : Number(url.port), path: url.pathname + url.search, network };
}
