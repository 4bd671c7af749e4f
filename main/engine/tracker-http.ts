// Announces to a tracker over http(s) (BEP 3, 7, 23, 24): the address that is asked, and what its answer says.
import { isIP } from 'node:net';
import { decodeBounded } from 'bencode';
import { readCompactList, readHost } from './compact-address.ts';

export interface AnnounceQuery {
  infoHash: string; // 40 hex digits
  peerId: string; // 40 hex digits
  port: number;
  uploaded: number; downloaded: number; left: number;
  wanted: number;
  key: string;
  event: 'started' | 'completed' | 'stopped' | null;
  trackerId: string | null;
}

export interface AnnounceAnswer {
  intervalSeconds: number | null;
  seeders: number | null;
  leechers: number | null;
  /** `host:port`, literal addresses alone. */
  peers: string[];
  trackerId: string | null;
  /** As the tracker sees us (BEP 24). */
  ownAddress: string | null;
}

/** A tracker that sends more peers than were asked for is not believed further. */
export const MAX_PEERS_PER_ANSWER = 200;
export const MAX_ANSWER_BYTES = 256 * 1024;
const MAX_TEXT = 200;

export function announceUrl(url: string, query: AnnounceQuery): string {
  const { infoHash, peerId, port, uploaded, downloaded, left, wanted, key, event, trackerId } = query;
  const fields = [
    `info_hash=${percent(infoHash)}`, `peer_id=${percent(peerId)}`, `port=${port}`, `uploaded=${uploaded}`, `downloaded=${downloaded}`, `left=${left}`,
    'compact=1', `numwant=${wanted}`, `key=${key}`, 'supportcrypto=1',
    ...(event ? [`event=${event}`] : []), ...(trackerId === null ? [] : [`trackerid=${encodeURIComponent(trackerId)}`]),
  ].join('&');
  const [page = url] = url.split('#');
  return `${page}${page.includes('?') ? '&' : '?'}${fields}`;
}

/** @throws Error with the tracker's own words when it refuses, or a sentence when its answer cannot be read */
export function parseAnnounceAnswer(body: Uint8Array): AnnounceAnswer {
  let said: unknown;
  try {
    said = decodeBounded(body, { maxBytes: MAX_ANSWER_BYTES, maxDepth: 6, maxElements: 8_000 }).value;
  } catch {
    throw new Error('The tracker sends something that is no answer of a tracker.');
  }
  if (typeof said !== 'object' || said === null || Array.isArray(said) || said instanceof Uint8Array) throw new Error('The tracker sends something that is no answer of a tracker.');
  const fields = said as Record<string, unknown>;
  const failure = text(fields['failure reason']);
  if (failure !== null) throw new Error(failure === '' ? 'The tracker refuses and does not say why.' : failure);
  const intervals = [count(fields.interval), count(fields['min interval'])].filter((seconds) => seconds !== null);
  const external = fields['external ip'];
  return {
    intervalSeconds: intervals.length > 0 ? Math.max(...intervals) : null,
    seeders: count(fields.complete), leechers: count(fields.incomplete),
    peers: [...peersOf(fields.peers, 4), ...peersOf(fields.peers6, 6)].slice(0, MAX_PEERS_PER_ANSWER),
    trackerId: text(fields['tracker id']),
    ownAddress: external instanceof Uint8Array ? readHost(external) : null,
  };
}

function peersOf(value: unknown, family: 4 | 6): string[] {
  if (value instanceof Uint8Array) return readCompactList(value, family, MAX_PEERS_PER_ANSWER);
  if (!Array.isArray(value)) return [];
  return value.slice(0, MAX_PEERS_PER_ANSWER).flatMap((peer: unknown) => {
    const { ip, port } = (typeof peer === 'object' && peer !== null ? peer : {}) as { ip?: unknown; port?: unknown };
    const host = text(ip) ?? '';
    const number = count(port) ?? 0;
    if (isIP(host) === 0 || !(number > 0 && number < 65536)) return [];
    return host.includes(':') ? `[${host}]:${number}` : `${host}:${number}`;
  });
}

function percent(hex: string): string {
  return hex.replaceAll(/../g, '%$&');
}

function text(value: unknown): string | null {
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8').replace(/[\0-\x1f\x7f]/g, ' ').slice(0, MAX_TEXT) : null;
}

function count(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
