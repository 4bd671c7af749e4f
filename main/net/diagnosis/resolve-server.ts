// Looks up the servers that were configured, for one family of addresses.
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { IpFamily, ServerAddress } from './check-types.ts';

const MAX_NAME_CHARACTERS = 253;

/** The first address of the family; null when there is none or the name cannot be looked up. */
export async function resolveServer({ host, port }: ServerAddress, family: IpFamily): Promise<{ address: string; port: number } | null> {
  if (!(Number.isInteger(port) && port > 0 && port < 65_536) || host.length > MAX_NAME_CHARACTERS) return null;
  const literal = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0) return isIP(literal) === family ? { address: literal, port } : null;
  const found = await lookup(host, { family }).catch(() => null);
  return found ? { address: found.address, port } : null;
}

/** `host`, `host:port`, `[ipv6]:port`, with or without `probe://`, `tcp://`, `udp://`, `stun:` or `turn:` in front; null for what is none. */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | null {
  const match = /^(?:(?:probe|tcp|udp|stun|turn):(?:\/\/)?)?(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::(\d{1,5}))?\/?$/i.exec(text.trim().slice(0, 300));
  const bare = isIP(text.trim()) === 6 ? text.trim() : null;
  const host = bare ?? match?.[1]?.replace(/^\[(.*)\]$/, '$1');
  const port = bare === null && match?.[2] !== undefined ? Number(match[2]) : defaultPort;
  return host === undefined || port < 1 || port > 65_535 ? null : { host, port };
}
