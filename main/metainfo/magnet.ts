// Reads magnet links: BEP 9, with peers (x.pe), web seeds (ws), exact sources (xs) and chosen files (so, BEP 53).
import { MetainfoError, v2OnlyError } from './metainfo-error.ts';
import { checkedPeerAddress, checkedTrackers, checkedUrl, checkedWebSeeds } from './source-addresses.ts';

export interface Magnet {
  /** 40 hex digits, lower case. */
  infoHash: string;
  name?: string;
  /** Without tiers: in a magnet link every tracker is as good as the next. */
  trackers: string[];
  /** host:port */
  peers: string[];
  webSeeds: string[];
  exactSources: string[];
  /** Numbers of the files to fetch, ascending; absent means all. */
  selectOnly?: number[];
}

const MAX_CHARACTERS = 64 * 1024;
const MAX_PARAMETERS = 1000;
const MAX_PEERS = 200;
const MAX_EXACT_SOURCES = 20;
const MAX_FILE_NUMBER = 100_000;
const MAX_NAME_CHARACTERS = 1024;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Throws MetainfoError `bad-link`, or `v2-only` for links that have only a btmh hash. */
export function parseMagnet(uri: string): Magnet {
  const link = uri.trim();
  if (link.length > MAX_CHARACTERS) throw bad('This magnet link is far too long.');
  if (!/^magnet:\?/i.test(link)) throw bad('This is not a magnet link.');
  const values = parameters(link.slice(link.indexOf('?') + 1));
  const topics = values.get('xt') ?? [];
  const infoHash = topics.map(btihHash).find(hash => hash !== null);
  if (!infoHash) {
    if (topics.some(topic => /^urn:btmh:/i.test(topic))) throw v2OnlyError();
    throw bad('This magnet link names no torrent: its hash is missing or incomplete.');
  }
  const sources = (values.get('xs') ?? []).map(url => checkedUrl(url, ['http:', 'https:'])).filter(url => url !== null);
  const peers = (values.get('x.pe') ?? []).map(checkedPeerAddress).filter(peer => peer !== null);
  const magnet: Magnet = {
    infoHash,
    trackers: checkedTrackers(values.get('tr') ?? []).flat(),
    peers: [...new Set(peers)].slice(0, MAX_PEERS),
    webSeeds: checkedWebSeeds([...(values.get('ws') ?? [])]),
    exactSources: [...new Set(sources)].slice(0, MAX_EXACT_SOURCES),
  };
  const name = values.get('dn')?.[0]?.slice(0, MAX_NAME_CHARACTERS);
  if (name) magnet.name = name;
  const selectOnly = fileNumbers(values.get('so') ?? []);
  if (selectOnly.length > 0) magnet.selectOnly = selectOnly;
  return magnet;
}

/** A magnet link for a torrent, in the form that every client reads. */
export function magnetOf(
  torrent: { infoHash: string; name?: string | null; trackers?: string[]; webSeeds?: string[]; peers?: string[] },
): string {
  const parts = [`xt=urn:btih:${torrent.infoHash}`];
  if (torrent.name) parts.push(`dn=${encodeURIComponent(torrent.name.slice(0, MAX_NAME_CHARACTERS).replace(/\p{Surrogate}/gu, '_'))}`);
  for (const url of torrent.trackers ?? []) parts.push(`tr=${encodeURIComponent(url)}`);
  for (const url of torrent.webSeeds ?? []) parts.push(`ws=${encodeURIComponent(url)}`);
  for (const peer of torrent.peers ?? []) parts.push(`x.pe=${encodeURIComponent(peer)}`);
  return `magnet:?${parts.join('&')}`;
}

// `tr.1` and `tr` are the same parameter: magnet links number what comes more than once. `x.pe` is a name of its own.
function parameters(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const pair of query.replaceAll('&amp;', '&').split('&').slice(0, MAX_PARAMETERS)) {
    const equals = pair.indexOf('=');
    if (equals < 1) continue;
    const key = pair.slice(0, equals).toLowerCase().replace(/\.\d+$/, '');
    const value = decoded(pair.slice(equals + 1));
    if (value === null || value === '') continue;
    const list = values.get(key);
    if (list) list.push(value);
    else values.set(key, [value]);
  }
  return values;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return null;
  }
}

function btihHash(topic: string): string | null {
  const hash = /^urn:btih:([0-9a-z]+)$/i.exec(topic)?.[1]?.toLowerCase();
  if (!hash) return null;
  if (/^[0-9a-f]{40}$/.test(hash)) return hash;
  return /^[a-z2-7]{32}$/.test(hash) ? base32ToHex(hash) : null;
}

function base32ToHex(text: string): string {
  let bits = 0n;
  for (const letter of text) bits = (bits << 5n) | BigInt(BASE32.indexOf(letter));
  return bits.toString(16).padStart(40, '0');
}

function fileNumbers(lists: string[]): number[] {
  const numbers = new Set<number>();
  for (const part of lists.join(',').split(',').slice(0, MAX_FILE_NUMBER)) {
    const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim());
    if (!match) continue;
    const first = Number(match[1]);
    const last = Math.min(Number(match[2] ?? match[1]), MAX_FILE_NUMBER - 1);
    for (let number = first; number <= last && numbers.size < MAX_FILE_NUMBER; number++) numbers.add(number);
  }
  return [...numbers].sort((a, b) => a - b);
}

function bad(message: string): MetainfoError {
  return new MetainfoError('bad-link', message);
}
