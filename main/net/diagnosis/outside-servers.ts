// Tells servers that stand outside from those in the own network or on this machine: only the former can say anything about the outside.
import { isIP } from 'node:net';
import { addressClass, addressList } from '../address-rules.ts';
import type { IpFamily, ServerAddress } from './check-types.ts';
import { resolveServer } from './resolve-server.ts';

/** `named`: as it was configured; `at`: where it was found, so that no later answer of the DNS can lead elsewhere. */
export interface FoundServer { named: ServerAddress; at: ServerAddress }

export interface SortedServers {
  /** At a public address that is none of our own. */
  outside: FoundServer[];
  /** On this machine, in its network, or where the internet has no addresses at all: they prove nothing. */
  inside: FoundServer[];
  /** Names that led to no address of the family in time. */
  unresolved: ServerAddress[];
}

export interface SortOptions {
  /** Addresses of this machine, and those that its router has outside. */
  ownAddresses: readonly string[];
  timeoutMs?: number;
  resolve?: typeof resolveServer;
}

// One answer of the DNS that got lost is asked for again well within this on most systems; the first verdict cannot wait for more.
const RESOLVE_MS = 4_000;

/**
 * Looks the servers up, side by side, and sorts them; the order stays. Literal addresses of the other family are left out. Settles within `timeoutMs`
 * (default 4,000) and never rejects.
 */
export async function sortServers(servers: readonly ServerAddress[], family: IpFamily, options: SortOptions): Promise<SortedServers> {
  const { ownAddresses, timeoutMs = RESOLVE_MS, resolve = resolveServer } = options;
  const asked = servers.filter((server) => canBeAsked(server, family));
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((settle) => (timer = setTimeout(() => settle(null), timeoutMs)));
  const places = await Promise.all(asked.map((server) => Promise.race([resolve(server, family).catch(() => null), late])));
  clearTimeout(timer);
  const sorted: SortedServers = { outside: [], inside: [], unresolved: [] };
  const isOwn = addressList(ownAddresses);
  for (const [i, named] of asked.entries()) {
    const place = places[i];
    if (!place) sorted.unresolved.push(named);
    else sorted[addressClass(place.address) === 'public' && !isOwn(place.address) ? 'outside' : 'inside'].push({ named, at: { host: place.address, port: place.port } });
  }
  return sorted;
}

/** A name, or an address of that family. */
export const canBeAsked = ({ host }: ServerAddress, family: IpFamily): boolean => isIP(host) === 0 || isIP(host) === family;

/** As people write it: `host:port`, `[ipv6]:port`. */
export const serverText = ({ host, port }: ServerAddress): string => (isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);
