// The HTTP server of the headless host: login by token, the interface, its web socket, REST; every request is checked first.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { toFailure } from '../../contract/index.ts';
import type { Access } from './access.ts';
import type { Media } from './media.ts';
import type { MetricsPage } from './metrics.ts';
import { isMetricsPath } from './metrics.ts';
import { isMediaPath } from './media.ts';
import type { Rest } from './rest.ts';
import { statusOfFile } from './rest.ts';
import type { Sockets } from './socket.ts';
import { securityHeaders, serveFile } from './static-files.ts';

export interface ServerParts {
  access: Access;
  sockets: Sockets;
  rest: Rest;
  media: Media;
  metrics: MetricsPage;
  /** The built interface. */
  interfaceFolder: string;
}

const page = (title: string, text: string) =>
  `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><h1>${title}</h1><p>${text}</p></html>\n`;

/** One sentence for a person in a browser, or an error of the REST face for a program. */
function refuse(response: ServerResponse, status: number, message: string, asJson: boolean): void {
  const body = asJson ? JSON.stringify({ error: { code: status === 404 ? 'not-found' : 'forbidden', message } }) : page('Flashswarm', message);
  response.writeHead(status, {
    'Content-Type': asJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="Flashswarm"' } : {}),
    // What was refused may still be sending; its body is not read.
    'Connection': 'close',
  });
  response.end(body);
}

async function answer(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(securityHeaders)) response.setHeader(name, value);
  const method = request.method ?? 'GET';
  let url: URL;
  try {
    if (!request.url?.startsWith('/') || request.url.length > 8_000) throw new Error();
    url = new URL(`http://host${request.url}`); // not relative to a base: `//x` would name another host
  } catch {
    return refuse(response, 400, 'This address is not understood.', false);
  }
  const isApi = url.pathname.startsWith('/api/');
  if (!parts.access.isOurHost(request.headers.host)) {
    return refuse(response, 421, 'This is not the address that Flashswarm is at. Use the one that it printed.', isApi);
  }
  if (url.pathname === '/healthz' && (method === 'GET' || method === 'HEAD')) {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(method === 'HEAD' ? undefined : 'ok\n');
    return;
  }
  const given = url.searchParams.get('token');
  if (given !== null && !isApi && (method === 'GET' || method === 'HEAD')) {
    if (!parts.access.hasToken(given)) return refuse(response, 401, 'The token in this address is wrong. Open the address that Flashswarm printed last.', false);
    // The token leaves the address bar and the history at once.
    response.writeHead(303, { 'Location': '/', 'Set-Cookie': parts.access.loginCookie(), 'Cache-Control': 'no-store', 'Content-Length': 0 });
    response.end();
    return;
  }
  const isScrape = isMetricsPath(url.pathname) && (method === 'GET' || method === 'HEAD');
  if (isScrape && parts.metrics.isOpenTo(request)) return parts.metrics.answer(method === 'HEAD', response);
  const verdict = parts.access.check({ method, headers: request.headers });
  if (!verdict.ok) return refuse(response, verdict.status, verdict.message, isApi);
  if (isScrape) return parts.metrics.answer(method === 'HEAD', response);
  if (isApi) return parts.rest.answer(method, url, request, response);
  if (method !== 'GET' && method !== 'HEAD') return refuse(response, 405, 'This cannot be done here.', false);
  if (isMediaPath(url.pathname)) {
    return parts.media.answer(url.pathname, request, response).catch((error: unknown) => {
      if (response.headersSent) throw error;
      const { code, message } = toFailure(error);
      refuse(response, statusOfFile(code), message, false);
    });
  }
  if (await serveFile(parts.interfaceFolder, url.pathname, method === 'HEAD', response)) return;
  if (url.pathname === '/') return refuse(response, 503, 'The interface is not built. Run: npm run build', false);
  return refuse(response, 404, 'There is nothing here.', false);
}

export function createHostServer(parts: ServerParts): Server {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 120_000, headersTimeout: 20_000 }, (request, response) => {
    answer(parts, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Something went wrong inside Flashswarm.', request.url?.startsWith('/api/') ?? false);
    });
  });
  server.maxConnections = 1_000;
  server.on('upgrade', (request, connection, head) => {
    connection.on('error', () => connection.destroy());
    const verdict = parts.access.check({ method: 'GET', headers: request.headers }, true);
    const known = request.url === '/ws';
    if (verdict.ok && known) return parts.sockets.accept(request, connection, head);
    const status = verdict.ok ? '404 Not Found' : verdict.status === 401 ? '401 Unauthorized' : verdict.status === 403 ? '403 Forbidden' : '421 Misdirected Request';
    connection.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return server;
}
