// Serves the built interface as a host would: files, a strict content security policy, and the web socket of the contract.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Fake } from '../support/fake-bridge.ts';

const root = fileURLToPath(new URL('../../dist/renderer', import.meta.url));
const types: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/** A fifth of a second of silence, as a file that every browser plays (WAVE, 8 kHz, 8 bit, one channel). */
const sound = (() => {
  const samples = 1600;
  const file = Buffer.alloc(44 + samples, 128);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + samples, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(8000, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write('data', 36);
  file.writeUInt32LE(samples, 40);
  return file;
})();

export interface InterfaceServer {
  address: string;
  /** Ends every open socket, as a host that is restarted does. */
  dropSockets(): void;
  /** Refuses new sockets for want of a token. */
  refuse(on: boolean): void;
  close(): Promise<void>;
}

export async function serveInterface(fake: Fake): Promise<InterfaceServer> {
  let refusing = false;
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    if (/^\/media\/\d+\.wav$/.test(path)) return void response.writeHead(200, { 'content-type': 'audio/wav', 'content-length': sound.length }).end(sound);
    if (path === '/ws') return void response.writeHead(refusing ? 401 : 426).end();
    const file = join(root, normalize(path === '/' ? '/index.html' : path));
    readFile(file).then(
      (body) => response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy }).end(body),
      () => response.writeHead(404).end(),
    );
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (refusing) return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client));
  });
  sockets.on('connection', (client: WebSocket) => {
    const stop = fake.onAny((event, payload) => client.send(JSON.stringify({ event, payload })));
    client.on('close', stop);
    client.on('message', (data) => {
      const { id, name, input } = JSON.parse(String(data)) as { id: number; name: string; input: unknown };
      void fake.answer(name, input).then((answer) => client.send(JSON.stringify({ id, answer })));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    dropSockets: () => { for (const client of sockets.clients) client.terminate(); },
    refuse: (on) => { refusing = on; },
    async close() {
      for (const client of sockets.clients) client.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
