// Which addresses of trackers, web seeds, peers and exact sources are taken from torrents and magnet links.

const MAX_TIERS = 100;
const MAX_TRACKERS = 200;
const MAX_WEB_SEEDS = 100;
const MAX_URL_CHARACTERS = 2048;

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array && value.length <= MAX_URL_CHARACTERS * 4 ? Buffer.from(value).toString('utf8') : '';
}

/** The address without surrounding space when it parses and has one of the schemes, else null. */
export function checkedUrl(value: unknown, schemes: readonly string[]): string | null {
  const url = asText(value).trim();
  if (url === '' || url.length > MAX_URL_CHARACTERS || !URL.canParse(url)) return null;
  const parsed = new URL(url);
  return schemes.includes(parsed.protocol) && parsed.hostname !== '' ? url : null;
}

const TRACKER_SCHEMES = ['http:', 'https:', 'udp:', 'ws:', 'wss:'];
const WEB_SCHEMES = ['http:', 'https:'];

/** Tiers of trackers (BEP 12): unknown schemes, repetitions and whatever is too many are left out. */
export function checkedTrackers(tiers: readonly unknown[]): string[][] {
  const seen = new Set<string>();
  const result: string[][] = [];
  for (const tier of tiers.slice(0, MAX_TIERS)) {
    const urls: string[] = [];
    for (const entry of (Array.isArray(tier) ? tier : [tier]).slice(0, MAX_TRACKERS)) {
      const url = checkedUrl(entry, TRACKER_SCHEMES);
      if (!url || seen.has(url) || seen.size >= MAX_TRACKERS) continue;
      seen.add(url);
      urls.push(url);
    }
    if (urls.length > 0) result.push(urls);
  }
  return result;
}

/** Web seeds (BEP 19): one address or a list of them. */
export function checkedWebSeeds(value: unknown): string[] {
  const entries = Array.isArray(value) ? value.slice(0, MAX_WEB_SEEDS) : [value];
  const urls = entries.map(entry => checkedUrl(entry, WEB_SCHEMES)).filter(url => url !== null);
  return [...new Set(urls)];
}

/** `host:port` or `[v6]:port` with a port that can be dialled, else null. */
export function checkedPeerAddress(value: string): string | null {
  const match = /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):(\d{1,5})$/.exec(value.trim());
  if (!match) return null;
  const port = Number(match[2]);
  return port >= 1 && port <= 65535 ? `${match[1]}:${port}` : null;
}
