// The options that every command which starts a core understands, and what they mean to the core.
import { resolve } from 'node:path';
import type { CoreOptions } from '../../contract/index.ts';

/** A command line that cannot be understood: one sentence for the person who typed it. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

/** For `parseArgs` of node:util. */
export const commonOptions = {
  'peer': { type: 'string', multiple: true },
  'listen': { type: 'string' },
  'limit-down': { type: 'string' },
  'limit-up': { type: 'string' },
  'no-dht': { type: 'boolean' },
  'no-port-mapping': { type: 'boolean' },
  'transport': { type: 'string' },
  'allow-private': { type: 'boolean' },
  'data-dir': { type: 'string' },
  'help': { type: 'boolean', short: 'h' },
} as const;

export const commonHelp = `  --peer HOST:PORT    connect to this peer as well (may be repeated)
  --listen PORT       take connections on this port (0: any free one)
  --limit-down RATE   receive no faster than this, e.g. 500K, 2M, 1.5MB/s
  --limit-up RATE     send no faster than this
  --no-dht            do not use the DHT
  --no-port-mapping   do not ask the router to open ports
  --transport KIND    auto (TCP, then uTP), tcp or utp
  --allow-private     web addresses may be in private networks
  --data-dir DIR      keep the session here`;

export interface CommonValues {
  'peer'?: string[]; 'listen'?: string; 'limit-down'?: string; 'limit-up'?: string; 'no-dht'?: boolean; 'no-port-mapping'?: boolean; 'transport'?: string; 'allow-private'?: boolean; 'data-dir'?: string;
}

const units: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 1024, mi: 1024 ** 2, gi: 1024 ** 3 };

/**
 * Bytes per second from what people write: `500K`, `2M`, `1.5MB/s`, `800KiB/s`, `100000`.
 * K, M, G count in thousands, Ki, Mi, Gi in 1024s.
 * @throws {UsageError} when it is no rate, below 1 KiB/s (the protocol would stall) or above 100 GB/s
 */
export function parseRate(text: string, option: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s*([kmg]i?)?(?:b)?(?:\/s|ps)?$/i.exec(text.trim());
  const rate = match ? Math.round(Number(match[1]) * units[(match[2] ?? '').toLowerCase()]!) : NaN;
  if (!Number.isFinite(rate)) throw new UsageError(`${option} wants a rate such as 500K, 2M or 1.5MB/s, not "${text}".`);
  if (rate < 1024 || rate > 1e11) throw new UsageError(`${option} wants a rate between 1.1K and 100G, not "${text}".`);
  return rate;
}

/** @throws {UsageError} */
export function parsePort(text: string, option: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new UsageError(`${option} wants a port from 0 to 65535, not "${text}".`);
  return port;
}

/** Checks `host:port`, `[v6]:port`. @throws {UsageError} */
export function parsePeer(text: string): string {
  const match = /^(\[[0-9a-fA-F:.%a-z]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (!match || port < 1 || port > 65_535) throw new UsageError(`--peer wants HOST:PORT, for example 192.0.2.7:6881, not "${text}".`);
  return text;
}

function parseTransport(text: string): 'auto' | 'tcp' | 'utp' {
  if (text === 'auto' || text === 'tcp' || text === 'utp') return text;
  throw new UsageError(`--transport wants auto, tcp or utp, not "${text}".`);
}

/**
 * How the core is to run. What the command line says goes before the settings and is not stored.
 * @throws {UsageError}
 */
export function coreOptions(values: CommonValues, folders: { dataDir: string; downloadDir: string }, version: string): CoreOptions {
  const settings: Record<string, unknown> = {};
  if (values.listen !== undefined) settings.listenPort = parsePort(values.listen, '--listen');
  if (values['limit-down'] !== undefined) settings.downBytesPerSecond = parseRate(values['limit-down'], '--limit-down');
  if (values['limit-up'] !== undefined) settings.upBytesPerSecond = parseRate(values['limit-up'], '--limit-up');
  if (values['no-dht']) settings.dht = false;
  if (values['no-port-mapping']) settings.portMapping = false;
  return {
    dataDir: resolve(folders.dataDir),
    downloadDir: resolve(folders.downloadDir),
    version,
    allowPrivate: values['allow-private'] ?? false,
    settings,
    peers: (values.peer ?? []).map(parsePeer),
    ...(values.transport === undefined ? {} : { transport: parseTransport(values.transport) }),
  };
}
