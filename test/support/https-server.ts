// A publisher's web server for tests: https on loopback with an authority of its own, files, ETags, ranges, and bad manners on demand.
import { createHash } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { makeCertificates } from './certificates.ts';
import { makeTempFolder } from './temp-folder.ts';

/** What a path answers with: bytes (with ETag, Last-Modified, 304 and ranges), or one of the manners below, or a function. */
export type Served =
  | { bytes: Uint8Array; /** null: none */ etag?: string | null; lastModified?: string; cacheControl?: string; ranges?: boolean }
  | { redirect: string }
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Sends for ever, as fast as it is taken. */
  | 'endless'
  /** Sends one byte every so many ms, for ever. */
  | { dripEveryMs: number }
  /** Takes the request and never answers. */
  | 'silent'
  | ((request: IncomingMessage, response: ServerResponse) => void);

export interface LoggedRequest { path: string; status: number; headers: IncomingHttpHeaders; /** Of body, as far as it was written. */ bytes: number; at: number }

export class HttpsServer {
  /** PEM file of the authority: `NODE_EXTRA_CA_CERTS` of whoever shall trust this server. */
  readonly caFile: string;
  readonly caCertificate: string;
  /** Every request, in the order of arrival. */
  readonly requests: LoggedRequest[] = [];
  readonly #folder: string;
  readonly #server: Server;
  readonly #served = new Map<string, Served>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor() {
    const { authority, certificate, key } = makeCertificates(['localhost'], ['127.0.0.1']);
    this.#folder = makeTempFolder('https');
    this.caCertificate = authority;
    this.caFile = path.join(this.#folder, 'authority.pem');
    writeFileSync(this.caFile, authority);
    this.#server = createServer({ cert: certificate, key }, (request, response) => this.#answer(request, response));
    this.#server.on('tlsClientError', () => undefined); // clients that do not trust it break off: that is what they are tested for
  }

  /** Listens on a free port of 127.0.0.1; the caller closes it. */
  static async start(): Promise<HttpsServer> {
    const server = new HttpsServer();
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(0, '127.0.0.1', resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `https://127.0.0.1:PORT/path` */
  url(at: string): string {
    return `https://127.0.0.1:${this.port}${at.startsWith('/') ? at : `/${at}`}`;
  }

  /** Serves this at a path from now on; null takes it away (404). */
  serve(at: string, what: Served | null): string {
    const key = at.startsWith('/') ? at : `/${at}`;
    if (what === null) this.#served.delete(key);
    else this.#served.set(key, what);
    return this.url(key);
  }

  /** Bytes of body sent from a path, or from all of them. */
  bytesServed(at?: string): number {
    return this.requests.filter((one) => at === undefined || one.path === at).reduce((sum, one) => sum + one.bytes, 0);
  }

  requestsFor(at: string): LoggedRequest[] {
    return this.requests.filter((one) => one.path === at);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const at = decodeURIComponent(new URL(request.url ?? '/', 'https://x').pathname);
    const log: LoggedRequest = { path: at, status: 0, headers: request.headers, bytes: 0, at: Date.now() };
    this.requests.push(log);
    response.on('error', () => undefined); // the client may break off
    const writeHead = response.writeHead.bind(response);
    response.writeHead = ((status: number, ...more: unknown[]) => {
      log.status = status;
      return (writeHead as (...all: unknown[]) => ServerResponse)(status, ...more);
    }) as ServerResponse['writeHead'];
    const served = this.#served.get(at);
    if (served === undefined) response.writeHead(404).end('not here');
    else if (typeof served === 'function') served(request, response);
    else if (served === 'endless') this.#endless(response, log);
    else if (served === 'silent') return;
    else if ('dripEveryMs' in served) this.#drip(response, served.dripEveryMs, log);
    else if ('redirect' in served) response.writeHead(302, { location: served.redirect }).end();
    else if ('status' in served) response.writeHead(served.status, served.headers ?? {}).end(served.body ?? '');
    else sendFile(request, response, served, log);
  }

  #endless(response: ServerResponse, log: LoggedRequest): void {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    response.writeHead(200);
    const more = (): void => {
      while (!response.destroyed) {
        log.bytes += chunk.length;
        if (!response.write(chunk)) return void response.once('drain', more);
      }
    };
    more();
  }

  #drip(response: ServerResponse, everyMs: number, log: LoggedRequest): void {
    response.writeHead(200);
    const timer = setInterval(() => {
      log.bytes += 1;
      response.write('x');
    }, everyMs);
    this.#timers.add(timer);
    response.once('close', () => {
      clearInterval(timer);
      this.#timers.delete(timer);
    });
  }
}

/** Starts one that ends with the running test. */
export async function httpsServer(): Promise<HttpsServer> {
  const server = await HttpsServer.start();
  onTestFinished(() => server.close());
  return server;
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: Extract<Served, { bytes: Uint8Array }>, log: LoggedRequest): void {
  const etag = file.etag === undefined ? `"${createHash('sha256').update(file.bytes).digest('hex').slice(0, 16)}"` : file.etag;
  const headers: Record<string, string> = {
    'content-type': 'application/octet-stream',
    ...(etag !== null && { etag }), ...(file.lastModified && { 'last-modified': file.lastModified }),
    ...(file.cacheControl && { 'cache-control': file.cacheControl }), ...(file.ranges !== false && { 'accept-ranges': 'bytes' }),
  };
  const known = request.headers['if-none-match'];
  const since = request.headers['if-modified-since'];
  const unchanged = known !== undefined ? known === etag : since !== undefined && since === file.lastModified;
  if (unchanged) return void response.writeHead(304, headers).end();
  const range = file.ranges === false ? null : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = Math.min(range?.[2] ? Number(range[2]) : Infinity, file.bytes.length - 1);
  if (range && (start > end || start >= file.bytes.length)) {
    return void response.writeHead(416, { ...headers, 'content-range': `bytes */${file.bytes.length}` }).end();
  }
  const body = file.bytes.subarray(start, end + 1);
  if (range) response.writeHead(206, { ...headers, 'content-length': String(body.length), 'content-range': `bytes ${start}-${end}/${file.bytes.length}` });
  else response.writeHead(200, { ...headers, 'content-length': String(body.length) });
  if (request.method === 'HEAD') return void response.end();
  log.bytes = body.length;
  response.end(body);
}
