// The servers that help two computers behind routers to meet: STUN and TURN addresses (RFC 7064, 7065) with what is needed to use them.
import { isIP } from 'node:net';

/** A relay as a package or the settings name it: the address knows nothing of who may use it. */
export interface RelayServer { url: string; username: string | null; credential: string | null }

export interface IceServer {
  kind: 'stun' | 'turn';
  host: string;
  port: number;
  /** How the server itself is reached; what it relays is UDP always. */
  transport: 'udp' | 'tcp' | 'tls';
  username: string | null;
  credential: string | null;
}

const ADDRESS = /^(stuns?|turns?):(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/;
const DEFAULT_PORT = 3478;
const DEFAULT_TLS_PORT = 5349;

/** Reads `turn:host:port?transport=udp`; null for what is no such address. */
export function parseIceServer({ url, username, credential }: RelayServer): IceServer | null {
  const match = url.length <= 300 ? ADDRESS.exec(url) : null;
  if (!match) return null;
  const isTls = match[1]!.endsWith('s');
  const port = Number(match[3] ?? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT));
  const host = match[2]!.replace(/^\[(.*)\]$/, '$1');
  if (port < 1 || port > 65_535 || (match[2]!.startsWith('[') && isIP(host) !== 6)) return null;
  const kind = match[1]!.startsWith('stun') ? 'stun' : 'turn';
  return { kind, host, port, transport: isTls ? 'tls' : match[4] === 'tcp' ? 'tcp' : 'udp', username, credential };
}

/** What people read: `relay.example:3478`. */
export function shownServer({ host, port }: Pick<IceServer, 'host' | 'port'>): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
