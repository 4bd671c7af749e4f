// Asking a router over http: bounded in bytes and time, and never led elsewhere.
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { askGatewayHttp } from '../../../../main/net/port-mapping/gateway-http.ts';

const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise<void>((resolve) => {
  (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  server.close(() => resolve());
}))));

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const serve = (listener: RequestListener): Promise<number> => listen(createServer(listener));
const ask = (port: number, more: object = {}) => askGatewayHttp({ host: '127.0.0.1', port, path: '/x', localAddress: '127.0.0.1', maxBytes: 10_000, timeoutMs: 2_000, ...more });

it('gets the answer, with its status, by GET and POST', async () => {
  const port = await serve((request, response) => {
    request.setEncoding('utf8').on('data', () => undefined).on('end', () => response.writeHead(request.method === 'POST' ? 500 : 200).end(`${request.method} ${request.url} ${request.headers.host}`));
  });
  expect(await ask(port)).toEqual({ status: 200, body: `GET /x 127.0.0.1:${port}` });
  expect(await ask(port, { body: 'ü' })).toMatchObject({ status: 500, body: expect.stringContaining('POST') });
});

it('follows no redirect', async () => {
  let asked = 0;
  const port = await serve((_request, response) => {
    asked++;
    response.writeHead(302, { location: '/elsewhere' }).end();
  });
  await expect(ask(port)).rejects.toMatchObject({ code: 'bad-answer' });
  expect(asked).toBe(1);
});

it('stops at the limit of bytes, and hangs up', async () => {
  let hungUp = false;
  const port = await serve((_request, response) => {
    const timer = setInterval(() => response.write('x'.repeat(5_000)), 1);
    response.on('close', () => {
      clearInterval(timer);
      hungUp = true;
    });
  });
  await expect(ask(port)).rejects.toMatchObject({ code: 'bad-answer' });
  await expect.poll(() => hungUp).toBe(true);
});

it('stops at the limit of time, for all of the answer together', async () => {
  const port = await serve((_request, response) => {
    const timer = setInterval(() => response.write(' '), 10);
    response.on('close', () => clearInterval(timer));
  });
  await expect(ask(port, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'unreachable' });
});

it.each(['nonsense\r\n\r\n', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}\r\n`, 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nabc'])('survives a server that speaks no http (%#)', async (said) => {
  const port = await listen(createTcpServer((socket) => {
    socket.on('error', () => undefined).resume();
    socket.end(said);
  }));
  await expect(ask(port)).rejects.toMatchObject({ name: 'MappingError' });
});

it('says that nobody answers, and never looks up a name', async () => {
  await expect(ask(1)).rejects.toMatchObject({ code: 'unreachable' });
  await expect(ask(80, { host: 'localhost' })).rejects.toMatchObject({ code: 'unreachable' });
});
