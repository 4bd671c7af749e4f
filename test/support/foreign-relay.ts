// A slow line in front of a peer: a TCP relay that lets so many bytes a second through.
// Clients' own limiters are no substitute: they let bursts of many MiB pass.
import { readFileSync } from 'node:fs';
import net from 'node:net';

export interface Relay {
  /** What to dial instead of the peer. */
  readonly address: string;
  /** Bytes handed to those who dialled, protocol overhead included. */
  readonly deliveredBytes: number;
  /** Of these, what whoever dialled has not read: on a busy machine it may lie in the system's buffers for long. null: nobody is connected. */
  unreadBytes(): number | null;
  /** Nothing is let through any more. */
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

const tickMs = 10;

/** Relays to `target` (host:port), `bytesPerSecond` from it for all connections together, and keeps almost nothing in hand. */
export async function startRelay(target: string, bytesPerSecond: number): Promise<Relay> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(target)!;
  const pairs = new Set<{ near: net.Socket; far: net.Socket }>();
  let delivered = 0;
  let budget = 0;
  let paused = false;
  const server = net.createServer({ noDelay: true }, (near) => {
    const far = net.connect({ host, port: Number(port), noDelay: true });
    const pair = { near, far };
    pairs.add(pair);
    const end = () => {
      near.destroy();
      far.destroy();
      pairs.delete(pair);
    };
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.on('data', (chunk) => far.write(chunk)); // requests are small
  });
  const timer = setInterval(() => {
    if (paused) return;
    budget = Math.min(budget + (bytesPerSecond * tickMs) / 1000, bytesPerSecond / 10);
    for (const { near, far } of pairs) {
      // Paused mode: what is not read stays in the peer's socket and slows it down.
      while (budget > 0 && !near.writableNeedDrain) {
        const chunk = far.read(Math.min(far.readableLength, Math.ceil(budget))) as Buffer | null;
        if (!chunk || chunk.length === 0) break;
        near.write(chunk);
        budget -= chunk.length;
        delivered += chunk.length;
      }
    }
  }, tickMs);
  await new Promise<void>((resolve) => server.listen({ port: 0, host: '127.0.0.1' }, resolve));
  return {
    address: `127.0.0.1:${(server.address() as net.AddressInfo).port}`,
    get deliveredBytes() {
      return delivered;
    },
    unreadBytes() {
      let unread = pairs.size > 0 ? 0 : null;
      for (const { near } of pairs) unread! += near.writableLength + queuedBetween(near.localPort, near.remotePort);
      return unread;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
    },
    async close() {
      clearInterval(timer);
      for (const { near, far } of pairs) {
        near.destroy();
        far.destroy();
      }
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Bytes under way from one port of this machine to another: what the one side has to send yet, and what the other has to read (proc(5), net/tcp). */
function queuedBetween(from: number | undefined, to: number | undefined): number {
  const hex = (port: number | undefined): string => (port ?? 0).toString(16).toUpperCase().padStart(4, '0');
  let bytes = 0;
  for (const line of readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1)) {
    const [, local = '', remote = '', , queues = ''] = line.trim().split(/\s+/);
    const [toSend = '0', toRead = '0'] = queues.split(':');
    const [own, other] = [local.slice(-4), remote.slice(-4)];
    if (own === hex(from) && other === hex(to)) bytes += Number.parseInt(toSend, 16);
    if (own === hex(to) && other === hex(from)) bytes += Number.parseInt(toRead, 16);
  }
  return bytes;
}
