// Asks a router over http: one address that was checked before, no names, no redirects, bounded in bytes and time.
import { request } from 'node:http';
import { MappingError } from './mapping-types.ts';

export interface GatewayRequest {
  /** An IPv4 or IPv6 address (with its scope), never a name. */
  host: string;
  port: number;
  /** From `/`. */
  path: string;
  /** The own address to ask from. */
  localAddress: string;
  /** A POST with this body; a GET without one. */
  body?: string;
  headers?: Record<string, string>;
  maxBytes: number;
  timeoutMs: number;
}

/** @returns status and body. @throws MappingError when the router is silent, sends too much or leads elsewhere */
export function askGatewayHttp(asked: GatewayRequest): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { host, port, localAddress, body, timeoutMs, maxBytes } = asked;
    const family = host.includes(':') ? 6 : 4;
    const hostHeader = family === 6 ? `[${host.replace(/%.*$/, '')}]:${port}` : `${host}:${port}`;
    const outgoing = request({
      host, port, family, localAddress, path: asked.path, method: body === undefined ? 'GET' : 'POST', agent: false, maxHeaderSize: 8 * 1024,
      // An address needs no look-up; that a name slipped through must not become one.
      lookup: (_name, _options, done) => done(new Error('names are not looked up'), '', 4),
      headers: {
        'host': hostHeader, 'connection': 'close', 'user-agent': 'Flashswarm UPnP/1.1', ...asked.headers,
        ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
      },
    });
    let settled = false;
    const finish = (settle: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(deadline);
      outgoing.destroy();
      settle();
    };
    const fail = (error: MappingError): void => finish(() => reject(error));
    // One deadline for everything: an answer that trickles is no better than none.
    const deadline = setTimeout(() => fail(new MappingError('unreachable', 'The router takes too long to answer. Restart it if this goes on.')), timeoutMs);
    outgoing.on('error', () => fail(new MappingError('unreachable', 'The router does not answer. Check that it is switched on, or restart it.')));
    outgoing.on('response', (incoming) => {
      const status = incoming.statusCode ?? 0;
      if (status >= 300 && status < 400) return fail(new MappingError('bad-answer', 'The router leads to another address, which is not safe to follow.'));
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) fail(new MappingError('bad-answer', 'The router sends more than a router has to say. It was not listened to.'));
        else chunks.push(chunk);
      });
      incoming.on('error', () => fail(new MappingError('bad-answer', 'The router broke off its answer.')));
      // Routers announce lengths that they do not keep: what came until the connection ended is judged by the XML reader.
      incoming.on('close', () => finish(() => resolve({ status, body: Buffer.concat(chunks).toString('utf8') })));
      incoming.on('end', () => finish(() => resolve({ status, body: Buffer.concat(chunks).toString('utf8') })));
    });
    outgoing.end(body);
  });
}
