// The one way out for http(s): checks the address, every redirect, the size, the time, and who is really being asked.
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { PassThrough } from 'node:stream';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { GateError, toGateError } from './gate-error.ts';
import { pinnedLookup, refusePrivateLiteral } from './pinned-lookup.ts';
import type { MayAsk, Resolve } from './pinned-lookup.ts';
import { isPublicAddress } from './address-rules.ts';
import { conditionalHeaders, freshness, headerOf, retryAfterSeconds } from './cache-headers.ts';
import type { Conditional, Freshness } from './cache-headers.ts';

export { GateError } from './gate-error.ts';
export type { GateErrorCode } from './gate-error.ts';
export type { Conditional } from './cache-headers.ts';

export interface GateOptions {
  /** Lets requests go to the user's own machine and network; `gate.allowPrivate` changes it later. */
  allowPrivate: boolean;
  /** `Flashswarm/<version>` */
  userAgent: string;
  /** How names become addresses; the system's way unless told. */
  resolve?: Resolve;
  /** Which addresses may be asked while private ones may not; those of the public internet unless told. */
  mayAsk?: MayAsk;
}

export interface FetchOptions {
  /** Bytes of body, after decompression. */
  maxBytes?: number;
  /** For everything together, milliseconds. */
  timeoutMs?: number;
  maxRedirects?: number;
  /** Media types for the Accept header. */
  accept?: string;
  allowPrivate?: boolean;
  /** Refuses plain http for the address and for every redirect, private networks or not. */
  httpsOnly?: boolean;
  signal?: AbortSignal | undefined;
}

export interface DocumentOptions extends FetchOptions {
  /** What the copy at hand was sent with; when it is still the newest, the answer has status 304 and no body. */
  conditional?: Conditional | undefined;
}

export interface FetchedBytes extends Freshness { body: Uint8Array; status: number; url: string; contentType: string | null }

/** `timeoutMs` is for the headers, redirects included. */
export interface StreamOptions extends Omit<FetchOptions, 'maxBytes' | 'accept'> {
  /** Bytes of the whole document; an answer that says otherwise is refused. */
  total?: number;
  /** Without a byte of the body, while it is being read; milliseconds. */
  idleTimeoutMs?: number;
}

const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_HEADERS_TIMEOUT_MS = 20_000;
const DEFAULT_MAX_REDIRECTS = 5;
const MAX_URL_CHARACTERS = 8192;
/** What is left of a refused answer is read to its end when it is no longer than this, so that the connection can be used again. */
const MAX_REST_BYTES = 16 * 1024;

type Answer = Dispatcher.ResponseData;

export class OutboundGate {
  readonly #options: GateOptions;
  readonly #agents = new Map<string, Agent>();
  /** Whether requests that begin from now on may go to the user's own machine and network. */
  allowPrivate: boolean;

  constructor(options: GateOptions) {
    this.#options = options;
    this.allowPrivate = options.allowPrivate;
  }

  /** Fetches a whole document. Throws GateError; any status but 2xx is one, 304 aside when `conditional` asks for it. */
  async fetchBytes(url: string, options: DocumentOptions = {}): Promise<FetchedBytes> {
    const conditional = conditionalHeaders(options.conditional);
    const headers: Record<string, string> = { 'accept': options.accept ?? '*/*', 'accept-encoding': 'gzip, deflate, br', ...conditional };
    return this.#fetch(url, headers, options, async (answer, finalUrl) => {
      const about = { status: answer.statusCode, url: finalUrl.href, contentType: headerOf(answer.headers, 'content-type'), ...freshness(answer.headers) };
      if (answer.statusCode === 304 && Object.keys(conditional).length > 0) return { body: new Uint8Array(), ...about };
      if (answer.statusCode < 200 || answer.statusCode > 299) throw badStatus(answer, finalUrl);
      return { body: await readBounded(answer, options.maxBytes ?? DEFAULT_MAX_BYTES, finalUrl), ...about };
    });
  }

  /**
   * Fetches bytes `start` to `end` (both included) of a document and hands them on as they come; never more of them. An
   * answer with status 206 has exactly that range; one with 200 has the whole document and is taken only when that is what
   * was asked for. Anything else is cut off before its body is read. Throws GateError; what came until then was handed on.
   * @param onBytes may be asked to wait for: nothing more is read meanwhile
   */
  async streamRange(
    url: string, start: number, end: number, onBytes: (bytes: Uint8Array) => void | Promise<void>, options: StreamOptions = {},
  ): Promise<void> {
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start)) {
      throw new GateError('bad-range', 'Not a range of bytes.');
    }
    const { total } = options;
    const length = end - start + 1;
    const headers = { 'accept-encoding': 'identity', 'range': `bytes=${start}-${end}` };
    await this.#fetch(url, headers, { timeoutMs: DEFAULT_HEADERS_TIMEOUT_MS, ...options }, async (answer, finalUrl, stopClock) => {
      // From here on the time without a byte counts, not the time for all of them: a large range may take long.
      stopClock();
      const encoding = headerOf(answer.headers, 'content-encoding');
      const announced = headerOf(answer.headers, 'content-length');
      if (answer.statusCode !== 200 && answer.statusCode !== 206) throw badStatus(answer, finalUrl);
      const exact = answer.statusCode === 206
        ? rangeMatches(headerOf(answer.headers, 'content-range'), start, end, total) && (announced === null || announced === String(length))
        : start === 0 && (total ?? length) === length && announced === String(length);
      if (!exact || (encoding !== null && encoding !== 'identity')) {
        throw new GateError('bad-range', `${finalUrl.host} does not send the parts of files that it is asked for.`, { status: answer.statusCode });
      }
      let left = length;
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        const wanted = chunk.length > left ? chunk.subarray(0, left) : chunk;
        left -= wanted.length;
        const handled = wanted.length > 0 ? onBytes(wanted) : undefined;
        if (handled) await handled;
        if (wanted !== chunk) throw tooLarge(finalUrl);
        // Without an announced length the end may never come.
        if (left === 0 && announced === null) break;
      }
      if (left > 0) throw new GateError('unreachable', `${finalUrl.host} sent less than was asked for.`);
      await connectionFree();
    }, true);
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map(agent => agent.destroy()));
    this.#agents.clear();
  }

  /** @param bulk large transfers have connections of their own: documents do not wait behind them */
  async #fetch<T>(
    address: string, headers: Record<string, string>, options: FetchOptions & { idleTimeoutMs?: number },
    use: (answer: Answer, url: URL, stopClock: () => void) => Promise<T>, bulk = false,
  ): Promise<T> {
    const allowPrivate = options.allowPrivate ?? this.allowPrivate;
    const clock = new AbortController();
    const timer = setTimeout(() => clock.abort(new DOMException('too slow', 'TimeoutError')), options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, clock.signal]) : clock.signal;
    try {
      let url = checkedUrl(address);
      let askedAgain = false;
      for (let redirects = 0; ;) {
        let answer: Answer | undefined;
        try {
          if (options.httpsOnly && url.protocol !== 'https:') {
            throw new GateError('bad-scheme', `${url.host}: this must be a secure address, one that begins with https.`);
          }
          refusePrivateLiteral(url.hostname, this.#mayAsk(allowPrivate));
          answer = await request(url, {
            dispatcher: this.#agent(allowPrivate, bulk), method: 'GET', signal,
            headers: { ...headers, 'user-agent': this.#options.userAgent },
            ...(options.idleTimeoutMs !== undefined && { bodyTimeout: options.idleTimeoutMs }),
          });
          if (!isRedirect(answer.statusCode)) return await use(answer, url, () => clearTimeout(timer));
          url = redirectTarget(answer, url);
          await dropRest(answer);
          if (redirects++ >= (options.maxRedirects ?? DEFAULT_MAX_REDIRECTS)) {
            throw new GateError('bad-redirect', 'This address leads from one to the next without an end.');
          }
        } catch (error) {
          if (answer || askedAgain || !mayHaveBeenKept(error)) throw toGateError(error, url.host, options.signal);
          askedAgain = true;
        } finally {
          if (answer) void dropRest(answer);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #mayAsk(allowPrivate: boolean): MayAsk {
    return allowPrivate ? () => true : this.#options.mayAsk ?? isPublicAddress;
  }

  // The address that was checked is the one connected to: the agent's own lookup does both.
  #agent(allowPrivate: boolean, bulk: boolean): Agent {
    const key = `${allowPrivate} ${bulk}`;
    const known = this.#agents.get(key);
    if (known) return known;
    const agent = new Agent({
      connect: { lookup: pinnedLookup(this.#mayAsk(allowPrivate), this.#options.resolve), timeout: 10_000, autoSelectFamily: true },
      headersTimeout: 30_000, bodyTimeout: 30_000, keepAliveTimeout: 10_000, keepAliveMaxTimeout: 30_000,
      maxHeaderSize: 32 * 1024, connections: bulk ? 16 : 8,
    });
    this.#agents.set(key, agent);
    return agent;
  }
}

function checkedUrl(address: string): URL {
  if (address.length > MAX_URL_CHARACTERS || !URL.canParse(address)) throw new GateError('bad-scheme', 'This is not a web address.');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new GateError('bad-scheme', `Addresses that begin with "${url.protocol.slice(0, 30)}" cannot be opened here, only http and https.`);
  }
  // undici would drop them silently; and a link has no business to sign the user in anywhere.
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

function rangeMatches(header: string | null, start: number, end: number, total: number | undefined): boolean {
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/i.exec(header ?? '');
  if (match === null || Number(match[1]) !== start || Number(match[2]) !== end) return false;
  return total === undefined || match[3] === '*' || Number(match[3]) === total;
}

// What is left of the body is of no use; a short one is read all the same, a long one ends with its connection.
async function dropRest({ body, headers }: Answer): Promise<void> {
  body.on('error', () => undefined);
  const rest = Number(headerOf(headers, 'content-length') ?? Infinity);
  if (rest > MAX_REST_BYTES || body.bodyUsed || body.destroyed) return void body.destroy();
  await body.dump({ limit: MAX_REST_BYTES }).catch(() => undefined);
  await connectionFree();
}

/** undici gives a connection free one turn after the end of the answer; whoever asks before that gets another one. */
function connectionFree(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * A server ends a kept connection whenever it likes, also just as it is used again. That says nothing about the server, and a GET without an answer may
 * be asked once more (RFC 9112, 9.3.1).
 */
function mayHaveBeenKept(error: unknown): boolean {
  const { code, syscall, socket } = error as { code?: unknown; syscall?: unknown; socket?: { bytesRead?: unknown } };
  return code === 'UND_ERR_SOCKET' ? Number(socket?.bytesRead) > 0 : (code === 'ECONNRESET' || code === 'EPIPE') && (syscall === 'read' || syscall === 'write');
}

function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

function redirectTarget(answer: Answer, from: URL): URL {
  const location = headerOf(answer.headers, 'location');
  if (!location || !URL.canParse(location, from.href)) throw new GateError('bad-redirect', `${from.host} leads to an address that cannot be read.`);
  const target = new URL(location, from);
  if (target.protocol !== 'http:' && target.protocol !== 'https:') {
    throw new GateError('bad-redirect', `${from.host} leads away from the web, which is not safe.`);
  }
  if (from.protocol === 'https:' && target.protocol === 'http:') {
    throw new GateError('bad-redirect', `${from.host} leads from a secure to an insecure address. Flashswarm does not follow.`);
  }
  return checkedUrl(target.href);
}

function badStatus(answer: Answer, url: URL): GateError {
  const status = answer.statusCode;
  const what = status === 404 || status === 410 ? 'There is nothing at this address any more.'
    : status === 401 || status === 403 ? 'The server does not let you have this. You may have to sign in with a browser.'
      : status >= 500 || status === 429 ? 'The server is overloaded or broken at the moment. Try again later.'
        : 'The server does not give this out.';
  return new GateError('bad-status', `${url.host}: ${what} (${status})`, { status, retryAfterSeconds: retryAfterSeconds(answer.headers) });
}

function tooLarge(url: URL): GateError {
  return new GateError('too-large', `What ${url.host} sends is larger than it may be.`);
}

// Counts after decompression, so that a small answer cannot unfold into a huge one.
async function readBounded(answer: Answer, maxBytes: number, url: URL): Promise<Uint8Array> {
  if (Number(headerOf(answer.headers, 'content-length')) > maxBytes) throw tooLarge(url);
  const chunks: Buffer[] = [];
  let bytes = 0;
  await pipeline(answer.body as Readable, decompressor(headerOf(answer.headers, 'content-encoding'), url), async source => {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxBytes) throw tooLarge(url);
      chunks.push(chunk);
    }
  });
  return Buffer.concat(chunks, bytes);
}

function decompressor(encoding: string | null, url: URL): Duplex {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case '':
    case 'identity':
      return new PassThrough();
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new GateError('unreachable', `${url.host} sends its answer in a form that cannot be read.`);
  }
}
