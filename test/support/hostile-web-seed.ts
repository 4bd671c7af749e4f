// A web server with bad manners, one for each kind of broken web seed, on loopback.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface HostileRequest { range: string; atMs: number; /** Of body, as far as they were given to the connection. */ bytes: number; connection: number }
type Respond = (to: { request: IncomingMessage; response: ServerResponse; from: number; end: number; send: (bytes: Uint8Array) => boolean; nth: number }) => void;

export class HostileWebSeed {
  readonly requests: HostileRequest[] = [];
  readonly #server: Server;
  readonly #connections = new Map<unknown, number>();

  constructor(respond: Respond) {
    this.#server = createServer((request, response) => {
      const { socket } = request;
      if (!this.#connections.has(socket)) this.#connections.set(socket, this.#connections.size + 1);
      const log: HostileRequest = { range: request.headers.range ?? '', atMs: Date.now(), bytes: 0, connection: this.#connections.get(socket)! };
      this.requests.push(log);
      response.on('error', () => undefined);
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(log.range) ?? ['', '0', '0'];
      const send = (bytes: Uint8Array): boolean => {
        log.bytes += bytes.length;
        return response.write(bytes);
      };
      respond({ request, response, from: Number(from), end: Number(to) + 1, send, nth: this.requests.length });
    });
  }

  /** Bytes of body over all requests. */
  get bytes(): number {
    return this.requests.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

/** Ends with the running test. */
export async function hostileWebSeed(respond: Respond): Promise<HostileWebSeed> {
  const server = await new HostileWebSeed(respond).listen();
  onTestFinished(() => server.close());
  return server;
}

function endlessly(response: ServerResponse, send: (bytes: Uint8Array) => boolean): void {
  const more = (): void => {
    while (!response.destroyed) if (!send(Buffer.alloc(65_536, 'x'))) return void response.once('drain', more);
  };
  more();
}

const part = (from: number, end: number, total: number): Record<string, string> => (
  { 'content-range': `bytes ${from}-${end - 1}/${total}`, 'content-length': String(end - from) }
);

/** The manners, by name. @param file what a good server would send @param inside an address that nobody may be led to */
export function manners(file: Buffer, inside: string): Record<string, Respond> {
  const total = file.length;
  const wrong = (bytes: Buffer): Buffer => {
    const copy = Buffer.from(bytes);
    for (let at = 0; at < copy.length; at += 1000) copy[at]! ^= 0xff;
    return copy;
  };
  const every = (response: ServerResponse, ms: number, act: () => void): void => {
    const timer = setInterval(act, ms);
    response.once('close', () => clearInterval(timer));
  };
  return {
    'sends wrong data': ({ response, from, end, send }) => {
      response.writeHead(206, part(from, end, total));
      send(wrong(file.subarray(from, end)));
      response.end();
    },
    'sends right data at first and wrong data later': ({ response, from, end, send, nth }) => {
      response.writeHead(206, part(from, end, total));
      send(nth <= 2 ? file.subarray(from, end) : wrong(file.subarray(from, end)));
      response.end();
    },
    'is overloaded (503)': ({ response }) => void response.writeHead(503).end('busy'),
    'sends the whole file for a part (200)': ({ response, send }) => {
      response.writeHead(200, { 'content-length': String(total) });
      send(file);
      response.end();
    },
    'sends a body without an end': ({ response, from, end, send }) => {
      response.writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${total}` });
      endlessly(response, send);
    },
    'sends a 200 without an end': ({ response, send }) => {
      response.writeHead(200);
      endlessly(response, send);
    },
    'announces more than was asked for': ({ response, from, end, send }) => {
      response.writeHead(206, { ...part(from, end, total), 'content-length': '900000000000' });
      endlessly(response, send);
    },
    'sends a byte at a time': ({ response, from, end, send }) => {
      response.writeHead(206, part(from, end, total));
      let at = from;
      every(response, 50, () => void (at < end && send(file.subarray(at, ++at))));
    },
    'never answers': () => undefined,
    'stops in the middle': ({ response, from, end, send }) => {
      response.writeHead(206, part(from, end, total));
      send(file.subarray(from, Math.min(end, from + 20_000)));
    },
    'breaks off in the middle': ({ response, from, end }) => {
      response.writeHead(206, part(from, end, total));
      response.write(file.subarray(from, Math.min(end, from + 20_000)), () => response.destroy());
    },
    'redirects to a private address': ({ response }) => void response.writeHead(302, { location: inside }).end(),
    'redirects to itself for ever': ({ request, response }) => void response.writeHead(302, { location: request.url! }).end(),
    'has another file of that name': ({ response, from, end, send }) => {
      response.writeHead(206, part(from, end, total + 1));
      send(file.subarray(from, end));
      response.end();
    },
    'sends another part': ({ response, end, send }) => {
      response.writeHead(206, part(0, Math.min(end, 100), total));
      send(file.subarray(0, 100));
      response.end();
    },
    'compresses what may not be': ({ response, from, end, send }) => {
      response.writeHead(206, { ...part(from, end, total), 'content-encoding': 'gzip' });
      send(file.subarray(from, end));
      response.end();
    },
    'has nothing any more (404)': ({ response }) => void response.writeHead(404).end('gone'),
  };
}
