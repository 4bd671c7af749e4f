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
export interface FetchedRange { body: Uint8Array; status: number; url: string; contentRange: string | null }

const DEFAULT_MAX_BYTES = 32 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_REDIRECTS = 5;
const MAX_URL_CHARACTERS = 8192;

type Answer = Dispatcher.ResponseData;

export class OutboundGate {
  readonly #options: GateOptions;
  readonly #agents = new Map<boolean, Agent>();
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
   * Fetches bytes `start` to `end` (both included) of a document. An answer with status 206 has exactly that range; one
   * with 200 has the whole document and is taken only when that is what was asked for, else it is cut off before its
   * body is read.
   */
  async fetchRange(url: string, start: number, end: number, options: FetchOptions = {}): Promise<FetchedRange> {
    if (!(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start)) {
      throw new GateError('bad-range', 'Not a range of bytes.');
    }
    const length = end - start + 1;
    const headers = { 'accept-encoding': 'identity', 'range': `bytes=${start}-${end}` };
    return this.#fetch(url, headers, options, async (answer, finalUrl) => {
      const contentRange = headerOf(answer.headers, 'content-range');
      const encoding = headerOf(answer.headers, 'content-encoding');
      if (answer.statusCode !== 200 && answer.statusCode !== 206) throw badStatus(answer, finalUrl);
      const exact = answer.statusCode === 206
        ? new RegExp(`^bytes ${start}-${end}/(\\d+|\\*)$`).test(contentRange ?? '')
        : start === 0 && headerOf(answer.headers, 'content-length') === String(length);
      if (!exact || (encoding !== null && encoding !== 'identity')) {
        throw new GateError('bad-range', `${finalUrl.host} does not send parts of files.`, { status: answer.statusCode });
      }
      const body = await readBounded(answer, Math.min(length, options.maxBytes ?? length), finalUrl);
      if (body.length !== length) throw new GateError('bad-range', `${finalUrl.host} sent less than was asked for.`);
      return { body, status: answer.statusCode, url: finalUrl.href, contentRange };
    });
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map(agent => agent.destroy()));
    this.#agents.clear();
  }

  async #fetch<T>(
    address: string, headers: Record<string, string>, options: FetchOptions, use: (answer: Answer, url: URL) => Promise<T>,
  ): Promise<T> {
    const allowPrivate = options.allowPrivate ?? this.allowPrivate;
    const deadline = AbortSignal.timeout(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
    let url = checkedUrl(address);
    for (let redirects = 0; ; redirects++) {
      let answer: Answer | undefined;
      try {
        if (options.httpsOnly && url.protocol !== 'https:') {
          throw new GateError('bad-scheme', `${url.host}: this must be a secure address, one that begins with https.`);
        }
        refusePrivateLiteral(url.hostname, this.#mayAsk(allowPrivate));
        answer = await request(url, {
          dispatcher: this.#agent(allowPrivate), method: 'GET', signal,
          headers: { ...headers, 'user-agent': this.#options.userAgent },
        });
        if (!isRedirect(answer.statusCode)) return await use(answer, url);
        url = redirectTarget(answer, url);
        if (redirects >= (options.maxRedirects ?? DEFAULT_MAX_REDIRECTS)) {
          throw new GateError('bad-redirect', 'This address leads from one to the next without an end.');
        }
      } catch (error) {
        throw toGateError(error, url.host, options.signal);
      } finally {
        // What is left of the body is of no use; without this the connection would go on receiving it.
        answer?.body.on('error', () => undefined).destroy();
      }
    }
  }

  #mayAsk(allowPrivate: boolean): MayAsk {
    return allowPrivate ? () => true : this.#options.mayAsk ?? isPublicAddress;
  }

  // The address that was checked is the one connected to: the agent's own lookup does both.
  #agent(allowPrivate: boolean): Agent {
    const known = this.#agents.get(allowPrivate);
    if (known) return known;
    const agent = new Agent({
      connect: { lookup: pinnedLookup(this.#mayAsk(allowPrivate), this.#options.resolve), timeout: 10_000, autoSelectFamily: true },
      headersTimeout: 30_000, bodyTimeout: 30_000, keepAliveTimeout: 10_000, keepAliveMaxTimeout: 30_000,
      maxHeaderSize: 32 * 1024, connections: 8,
    });
    this.#agents.set(allowPrivate, agent);
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
