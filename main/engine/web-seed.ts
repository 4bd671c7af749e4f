// Web seeds (BEP 19): whole pieces by exact byte ranges, bounded, checked, and backing off when a server errs.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { FetchRange, PeerInfo } from './engine-types.ts';
import { SpeedMeter } from './speed-meter.ts';

export interface WebSeedHost {
  readonly metainfo: Metainfo;
  readonly fetchRange: FetchRange;
  readonly now: () => number;
  /** A piece for this server to fetch, or -1. */
  take(): number;
  /** @returns false when the piece was wrong */
  deliver(piece: number, data: Uint8Array): Promise<boolean>;
  giveBack(piece: number): void;
  onBytes(bytes: number): void;
  peersServe(): boolean;
}

const MAX_SEEDS = 20;
const PARALLEL = 2;
const FIRST_BACK_OFF_MS = 2000;
const MAX_BACK_OFF_MS = 10 * 60 * 1000;
/** A server that gave so many wrong pieces is asked no more. */
const MAX_BAD_PIECES = 2;
const TIMEOUT_MS = 60_000;

interface Seed {
  url: string; active: number; failures: number; badPieces: number; nextAtMs: number; received: SpeedMeter; abort: AbortController;
}

export class WebSeeds {
  readonly #host: WebSeedHost;
  readonly #seeds: Seed[] = [];
  #running = false;

  constructor(host: WebSeedHost) {
    this.#host = host;
  }

  add(url: string): void {
    if (!/^https?:\/\//i.test(url) || this.#seeds.length >= MAX_SEEDS || this.#seeds.some((seed) => seed.url === url)) return;
    this.#seeds.push({
      url, active: 0, failures: 0, badPieces: 0, nextAtMs: 0, received: new SpeedMeter(this.#host.now), abort: new AbortController(),
    });
    this.tick();
  }

  start(): void {
    this.#running = true;
    this.tick();
  }

  stop(): void {
    this.#running = false;
    for (const seed of this.#seeds) {
      seed.abort.abort();
      seed.abort = new AbortController();
    }
  }

  tick(): void {
    if (!this.#running) return;
    for (const seed of this.#seeds) {
      while (seed.active < PARALLEL && seed.badPieces < MAX_BAD_PIECES && this.#host.now() >= seed.nextAtMs) {
        // After a failure one request finds out whether the server is back.
        if (seed.failures > 0 && seed.active > 0) break;
        const piece = this.#host.take();
        if (piece < 0) return;
        void this.#fetch(seed, piece);
      }
    }
  }

  peers(): PeerInfo[] {
    return this.#seeds.map((seed) => ({
      id: `http:${seed.url}`, address: seed.url, client: 'Web server', transport: 'http', incoming: false,
      encrypted: seed.url.startsWith('https:'), flags: seed.active > 0 ? 'D' : 'd', progress: 1,
      downloadBytesPerSecond: seed.received.bytesPerSecond, uploadBytesPerSecond: 0, receivedBytes: seed.received.total, sentBytes: 0,
      choked: seed.active === 0, interested: false, source: 'web seed',
    }));
  }

  async #fetch(seed: Seed, piece: number): Promise<void> {
    seed.active++;
    const { abort } = seed;
    const timeout = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const data = await this.#fetchPiece(seed, piece, abort.signal);
      if (await this.#host.deliver(piece, data)) seed.failures = 0;
      else {
        seed.badPieces++;
        this.#backOff(seed);
      }
    } catch {
      this.#host.giveBack(piece);
      if (abort.signal.aborted && this.#running && seed.abort === abort) seed.abort = new AbortController();
      this.#backOff(seed);
    } finally {
      clearTimeout(timeout);
      seed.active--;
      this.tick();
    }
  }

  async #fetchPiece(seed: Seed, piece: number, signal: AbortSignal): Promise<Uint8Array> {
    const { metainfo } = this.#host;
    const start = piece * metainfo.pieceLength;
    const end = Math.min(start + metainfo.pieceLength, metainfo.length);
    const data = new Uint8Array(end - start);
    for (const file of metainfo.files) {
      const from = Math.max(start, file.offset);
      const to = Math.min(end, file.offset + file.length);
      if (from >= to || file.padding) continue;
      const bytes = await this.#fetchFileRange(seed, fileUrl(seed.url, metainfo, file.path), from - file.offset, to - file.offset - 1, file.length, signal);
      data.set(bytes, from - start);
    }
    return data;
  }

  /** Anything but exactly the range that was asked for is an error. */
  async #fetchFileRange(seed: Seed, url: string, from: number, to: number, total: number, signal: AbortSignal): Promise<Uint8Array> {
    const length = to - from + 1;
    const answer = await this.#host.fetchRange(url, from, to, { maxBytes: length, signal });
    seed.received.add(answer.body.length);
    this.#host.onBytes(answer.body.length);
    const whole = answer.status === 200 && from === 0 && length === total;
    const exact = answer.status === 206 && rangeMatches(answer.contentRange, from, to, total);
    if ((!whole && !exact) || answer.body.length !== length) throw new Error('The server did not send the range that was asked for.');
    return answer.body;
  }

  #backOff(seed: Seed): void {
    seed.nextAtMs = this.#host.now() + Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(seed.failures++, 10));
  }
}

function rangeMatches(header: string | null, from: number, to: number, total: number): boolean {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header ?? '');
  return match !== null && Number(match[1]) === from && Number(match[2]) === to && (match[3] === '*' || Number(match[3]) === total);
}

/** BEP 19: an address that ends in a slash is a folder; a torrent of several files always is. */
export function fileUrl(base: string, metainfo: Pick<Metainfo, 'name' | 'multiFile'>, path: readonly string[]): string {
  const encoded = path.map(encodeURIComponent).join('/');
  if (!metainfo.multiFile) return base.endsWith('/') ? base + encoded : base;
  const folder = base.endsWith('/') ? base : `${base}/`;
  return `${folder}${encodeURIComponent(metainfo.name)}/${encoded}`;
}
