// One web server as a source: asks it for runs of pieces, hands their bytes on as they stream in, and judges how it behaves.
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { StreamRange } from './engine-types.ts';
import type { BlockServer, ServerRun } from './server-run.ts';
import { SpeedMeter } from './speed-meter.ts';
import { fileUrl, partsOf } from './web-seed-address.ts';
import type { FilePart } from './web-seed-address.ts';
import { MAX_REFUSALS, MAX_REFUSALS_IN_A_ROW, judgeFailure, waitAfterFailure, waitAfterRefusal } from './web-seed-patience.ts';
import { RangeCount } from './web-seed-ranges.ts';
import { WebSeedTrust } from './web-seed-trust.ts';

export interface WebSeedHost {
  readonly metainfo: Metainfo;
  readonly streamRange: StreamRange;
  /** Milliseconds. */
  readonly now: () => number;
  /** 0..1 */
  readonly random: () => number;
  /** What the server is to send next, null for nothing now; see `ServerDownloads.take`. */
  take(server: BlockServer, maxBytes: number, has: (piece: number) => boolean, near: number): ServerRun | null;
  /** A run is over, however it ended. */
  end(run: ServerRun): void;
  /** What is half here of this server is worth nothing. @returns how many pieces lost something */
  discardFrom(server: BlockServer): number;
  /** Milliseconds until more may come; Infinity: nothing may. */
  waitMs(): number;
  onBytes(bytes: number): void;
  /** It has begun to fail. */
  onTrouble?(server: BlockServer, reason: string): void;
  /** It gives what it should again. */
  onRecovered?(server: BlockServer): void;
}

/** A request is to last about so long: few requests, and no piece held for long by a server that grows slow. */
const RUN_SECONDS = 2;
const MAX_RUN_BYTES = 16 * 1024 * 1024;
/** Progress is at least so many bytes in so long; a slower server is as good as none. */
const PROGRESS_BYTES = 4096;
const STALL_MS = 20_000;
/** A request that brought so much before it broke was of use. */
const USEFUL_BYTES = 64 * 1024;
const ZEROS = new Uint8Array(256 * 1024);

/** One run being fetched. */
interface Fetch {
  readonly run: ServerRun;
  readonly abort: AbortController;
  bytes: number;
  sinceProgress: number;
  progressAtMs: number;
  /** Our own limit holds it back. */
  waiting: boolean;
  /** Ended by us: what becomes of the request says nothing about the server. */
  over: boolean;
}

export class WebSeedServer implements BlockServer {
  readonly url: string;
  readonly connection: { readonly host: string };
  readonly down: SpeedMeter;
  readonly #host: WebSeedHost;
  readonly #fetches = new Set<Fetch>();
  readonly #ranges = new RangeCount();
  readonly #trust = new WebSeedTrust();
  readonly #refused = new Map<number, { count: number; untilMs: number }>();
  /** By piece: 1 where a file of it is refused at the moment; null while none is. */
  #lacking: Uint8Array | null = null;
  #running = false;
  #failures = 0;
  #refusalsInARow = 0;
  /** Runs that are over, but for the check of their last piece. */
  #checking = 0;
  #nextAtMs = 0;
  #near = -1;
  #gaveUp: string | null = null;
  #inTrouble = false;

  constructor(url: string, host: WebSeedHost) {
    this.url = url;
    this.connection = { host: url };
    this.#host = host;
    this.down = new SpeedMeter(host.now);
  }

  get activeRanges(): number {
    return this.#fetches.size;
  }

  /** Why it is not asked any more, or null. */
  get gaveUp(): string | null {
    return this.#gaveUp;
  }

  start(): void {
    this.#running = true;
    this.#askMore();
  }

  /** What it may be asked for has changed. */
  wake(): void {
    this.#askMore();
  }

  stop(): void {
    this.#running = false;
    for (const fetch of [...this.#fetches]) this.#finish(fetch);
  }

  /** Ends it for good. */
  giveUp(reason: string): void {
    this.#gaveUp ??= reason;
    this.#troubled(reason);
    for (const fetch of [...this.#fetches]) this.#finish(fetch);
    this.#host.discardFrom(this);
  }

  /** Once a second. */
  tick(): void {
    const now = this.#host.now();
    for (const fetch of [...this.#fetches]) {
      if (fetch.waiting) fetch.progressAtMs = now;
      else if (!fetch.run.isNeeded) this.#finish(fetch);
      else if (now - fetch.progressAtMs > STALL_MS) {
        this.#finish(fetch);
        this.#failed(fetch, { code: 'timeout' });
      }
    }
    const busy = this.#fetches.size >= this.#ranges.limit && ![...this.#fetches].some(({ waiting }) => waiting);
    this.#ranges.measure(now, busy, this.down.bytesPerSecond);
    this.#askMore();
  }

  get isProven(): boolean {
    return this.#trust.isProven;
  }

  get mayShare(): number {
    return this.#trust.mayShare;
  }

  onChecked(right: boolean, alone: boolean): void {
    if (right) return this.#trust.pieceRight();
    for (const fetch of [...this.#fetches]) this.#finish(fetch);
    if (this.#trust.pieceWrong(1 + this.#host.discardFrom(this), alone, this.#host.now())) this.giveUp('sent wrong data');
    else this.#rest(null);
  }

  onCleared(): void {
    this.#trust.cleared();
    this.#askMore();
  }

  #askMore(): void {
    while (this.#running && this.#gaveUp === null && this.#fetches.size < this.#allowed && this.#host.now() >= Math.max(this.#nextAtMs, this.#trust.doubtedUntilMs)) {
      this.#findLacking();
      const lacking = this.#lacking;
      const run = this.#host.take(this, this.#runBytes, (piece) => lacking?.[piece] !== 1, this.#near);
      if (!run) return;
      this.#near = run.pieces.at(-1)!.index + 1;
      void this.#fetch(run);
    }
  }

  /** One request finds out whether a server is good, and whether it is back. */
  get #allowed(): number {
    // Until it is proven, a server is asked for no more before it is known what it gave.
    if (!this.#trust.isProven && this.#checking > 0) return 0;
    return this.#trust.hasGivenRight && this.#failures === 0 ? this.#ranges.limit : 1;
  }

  get #runBytes(): number {
    if (!this.#trust.hasGivenRight) return 1;
    return Math.min(MAX_RUN_BYTES, (this.down.bytesPerSecond * RUN_SECONDS) / this.#allowed);
  }

  async #fetch(run: ServerRun): Promise<void> {
    const fetch: Fetch = {
      run, abort: new AbortController(), bytes: 0, sinceProgress: 0, progressAtMs: this.#host.now(), waiting: false, over: false,
    };
    this.#fetches.add(fetch);
    let part: FilePart | undefined;
    try {
      for (part of partsOf(this.#host.metainfo, run.from, run.to)) {
        if (fetch.over) return;
        if (part.padding) await this.#fillUp(fetch, part.to - part.from);
        else await this.#fetchPart(fetch, part);
      }
      if (fetch.over) return;
      this.#failures = 0;
      this.#refusalsInARow = 0;
      if (this.#inTrouble && this.#gaveUp === null) this.#host.onRecovered?.(this);
      this.#inTrouble &&= this.#gaveUp !== null;
      this.#finish(fetch, false);
    } catch (error) {
      if (fetch.over) return;
      this.#finish(fetch);
      this.#failed(fetch, error, part);
    } finally {
      this.#askMore();
    }
  }

  async #fetchPart(fetch: Fetch, part: FilePart): Promise<void> {
    const { metainfo, streamRange, now } = this.#host;
    const { path, length } = metainfo.files[part.file]!;
    const askedAtMs = now();
    let first = true;
    const onBytes = (bytes: Uint8Array): void | Promise<void> => {
      if (first) this.#ranges.answered(now() - askedAtMs);
      first = false;
      return this.#take(fetch, bytes);
    };
    await streamRange(fileUrl(this.url, metainfo, path), part.from, part.to - 1, onBytes, { total: length, signal: fetch.abort.signal });
    this.#refused.delete(part.file);
  }

  #take(fetch: Fetch, bytes: Uint8Array): void | Promise<void> {
    if (fetch.over) return undefined;
    this.down.add(bytes.length);
    this.#host.onBytes(bytes.length);
    fetch.bytes += bytes.length;
    fetch.sinceProgress += bytes.length;
    if (fetch.sinceProgress >= PROGRESS_BYTES) {
      fetch.sinceProgress = 0;
      fetch.progressAtMs = this.#host.now();
    }
    const before = fetch.run.lastUsefulAt;
    const checked = fetch.run.write(bytes);
    if (checked) return checked.then(() => this.#goOn(fetch, before));
    return this.#goOn(fetch, before);
  }

  /** After some bytes: stops when the rest is of no use, and waits for our own limit. */
  #goOn(fetch: Fetch, usefulBefore: number): void | Promise<void> {
    if (fetch.over) return undefined;
    // Others brought these bytes, or nobody wants them any more: then perhaps nothing of the rest is wanted.
    if (fetch.run.lastUsefulAt === usefulBefore && !fetch.run.isNeeded) return this.#finish(fetch);
    return this.#host.waitMs() > 0 ? this.#waitForLimit(fetch) : undefined;
  }

  async #waitForLimit(fetch: Fetch): Promise<void> {
    fetch.waiting = true;
    for (let wait = this.#host.waitMs(); wait > 0 && !fetch.over; wait = this.#host.waitMs()) {
      if (wait === Infinity) return this.#finish(fetch);
      await new Promise((resolve) => setTimeout(resolve, Math.min(wait, 500)));
    }
    fetch.waiting = false;
    fetch.progressAtMs = this.#host.now();
  }

  /** Pad files are zeros that are never asked for. */
  async #fillUp(fetch: Fetch, length: number): Promise<void> {
    for (let left = length; left > 0 && !fetch.over; left -= ZEROS.length) {
      await fetch.run.write(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
    }
  }

  /** Takes a fetch off, whether it came to its end or not. */
  #finish(fetch: Fetch, abort = true): void {
    if (fetch.over) return;
    fetch.over = true;
    this.#fetches.delete(fetch);
    if (abort) fetch.abort.abort();
    const { check } = fetch.run;
    if (check) {
      this.#checking++;
      void check.finally(() => {
        this.#checking--;
        this.#askMore();
      });
    }
    // What was of no use to anybody once would be asked for again at once, and again.
    if (fetch.bytes > 0 && fetch.run.lastUsefulAt === fetch.run.from) this.#nextAtMs = Math.max(this.#nextAtMs, this.#host.now() + 1000);
    this.#host.end(fetch.run);
  }

  #failed(fetch: Fetch, error: unknown, part?: FilePart): void {
    const { failure, retryAfterMs } = judgeFailure(error);
    this.#troubled(wordsFor(error));
    this.#ranges.failed(this.#host.now());
    if (failure === 'refused' && part) return this.#wasRefused(part.file, retryAfterMs);
    if (fetch.bytes >= USEFUL_BYTES) this.#failures = 0;
    this.#rest(retryAfterMs);
  }

  #troubled(reason: string): void {
    if (this.#inTrouble) return;
    this.#inTrouble = true;
    this.#host.onTrouble?.(this, reason);
  }

  #rest(retryAfterMs: number | null): void {
    const wait = waitAfterFailure(this.#failures++, this.#host.random(), retryAfterMs);
    this.#nextAtMs = Math.max(this.#nextAtMs, this.#host.now() + wait);
  }

  #wasRefused(file: number, retryAfterMs: number | null): void {
    const now = this.#host.now();
    const count = this.#refused.get(file)?.count ?? 0;
    const wait = waitAfterRefusal(count, this.#host.random(), retryAfterMs);
    this.#refused.set(file, { count: count + 1, untilMs: count + 1 >= MAX_REFUSALS ? Infinity : now + wait });
    this.#refusalsInARow++;
    const { files } = this.#host.metainfo;
    const everyFile = this.#refused.size >= files.length - files.filter(({ padding, length }) => padding || length === 0).length;
    if (this.#refusalsInARow >= MAX_REFUSALS_IN_A_ROW || (everyFile && [...this.#refused.values()].every(({ untilMs }) => untilMs === Infinity))) {
      this.#gaveUp = 'has none of the files';
      return;
    }
    // Where there are other files they may be asked for, but not as fast as a server can refuse.
    this.#rest(null);
  }

  /** Finds the pieces that lie in files which are refused at the moment. */
  #findLacking(): void {
    this.#lacking = null;
    if (this.#refused.size === 0) return;
    const { files, pieceLength, pieceCount } = this.#host.metainfo;
    const now = this.#host.now();
    for (const [number, { untilMs }] of this.#refused) {
      if (now >= untilMs) continue;
      const { offset, length } = files[number]!;
      this.#lacking ??= new Uint8Array(pieceCount);
      this.#lacking.fill(1, Math.floor(offset / pieceLength), Math.floor((offset + length - 1) / pieceLength) + 1);
    }
  }
}

/** A status or a code, for people who look closer; never more of what a server said. */
function wordsFor(error: unknown): string {
  const { code, status } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  // A range that is not the one asked for comes with a status as well, and that status is not what is wrong.
  if (typeof status === 'number' && (code === undefined || code === 'bad-status')) return `answered ${status}`;
  return typeof code === 'string' && /^[\w-]{1,40}$/.test(code) ? code : 'cannot be reached';
}
