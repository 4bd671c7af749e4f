// The web socket of the interface: requests {id, name, input} -> {id, answer}, events {event, payload}.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { WebSocket, WebSocketServer } from 'ws';
import type { Client, Hub } from './hub.ts';

/** A torrent of the contract's greatest size in base64, and its envelope. */
export const maxMessageBytes = 48 * 1024 * 1024 + 64 * 1024;
const maxWaitingBytes = 16 * 1024 * 1024; // a client that reads too slowly is dropped; it comes back and asks for a snapshot
const maxClients = 64;
const maxOpenRequests = 256;
const heartbeatMs = 20_000;

const Message = z.object({ id: z.union([z.number(), z.string().max(100)]), name: z.string().max(100), input: z.unknown() });

export class Sockets {
  readonly #server = new WebSocketServer({ noServer: true, maxPayload: maxMessageBytes, perMessageDeflate: false, clientTracking: true });
  readonly #hub: Hub;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #heartbeat: NodeJS.Timeout;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#heartbeat = setInterval(() => {
      for (const socket of this.#server.clients) {
        if (!this.#alive.delete(socket)) socket.terminate();
        else socket.ping();
      }
    }, heartbeatMs);
    this.#heartbeat.unref();
  }

  /** Takes over a connection whose Host, Origin and token were checked. */
  accept(request: IncomingMessage, connection: Duplex, head: Buffer): void {
    if (this.#server.clients.size >= maxClients) {
      connection.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    this.#server.handleUpgrade(request, connection, head, (socket) => this.#serve(socket));
  }

  close(): void {
    clearInterval(this.#heartbeat);
    for (const socket of this.#server.clients) socket.close(1001);
    setTimeout(() => {
      for (const socket of this.#server.clients) socket.terminate();
    }, 500).unref();
    this.#server.close();
  }

  #serve(socket: WebSocket): void {
    let openRequests = 0;
    const send = (message: unknown) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      if (socket.bufferedAmount > maxWaitingBytes) return socket.terminate();
      socket.send(JSON.stringify(message));
    };
    const client: Client = { send: (event, payload) => send({ event, payload }) };
    this.#alive.add(socket);
    socket.on('pong', () => this.#alive.add(socket));
    socket.on('error', () => socket.terminate());
    socket.on('close', () => this.#hub.leave(client));
    socket.on('message', (data, isBinary) => {
      this.#alive.add(socket);
      const message = isBinary ? null : parse(data.toString());
      // Whoever does not speak the protocol is no window of ours.
      if (!message) return socket.close(1007, 'not understood');
      if (openRequests >= maxOpenRequests) return socket.close(1008, 'too many requests at once');
      openRequests += 1;
      void this.#hub.request(message.name, message.input, client).then((answer) => {
        openRequests -= 1;
        send({ id: message.id, answer });
      });
    });
    this.#hub.join(client);
  }
}

function parse(text: string): z.infer<typeof Message> | null {
  try {
    const parsed = Message.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
