// Keeps a datagram that the DHT libraries choke on from ending the engine: it is dropped, as UDP may drop any.
import type { EventEmitter } from 'node:events';

/**
 * Wraps what listens for datagrams. A reply with, for one, a number for a node id makes k-rpc-socket throw from its listener,
 * past everything but the process's own last resort.
 * @returns how many listeners are guarded
 */
export function guardDatagrams(socket: EventEmitter): number {
  const listeners = socket.listeners('message') as ((...args: unknown[]) => void)[];
  for (const listener of listeners) {
    socket.off('message', listener);
    socket.on('message', (...args: unknown[]) => {
      try {
        listener.apply(socket, args);
      } catch {
        // Whoever sent it is not told: it may have been meant to hurt.
      }
    });
  }
  return listeners.length;
}

/** The datagram socket of a bittorrent-dht client (bittorrent-dht > k-rpc > k-rpc-socket > dgram). @throws Error when there is none */
export function datagramSocketOf(dht: unknown): EventEmitter {
  const socket = (dht as { _rpc?: { socket?: { socket?: EventEmitter } } })._rpc?.socket?.socket;
  if (!socket) throw new Error('The DHT library has changed: its socket is not where it was.');
  return socket;
}
