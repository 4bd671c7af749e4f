// Tries to open a TCP connection: whether it opens, and how long the first round trip took.
import { connect } from 'node:net';
import type { Socket } from 'node:net';

export type TcpOutcome = 'connected' | 'refused' | 'timeout' | 'unreachable' | 'cancelled';
export interface TcpTry { outcome: TcpOutcome; rttMs: number | null }

/** Opens and closes a connection. A refusal is an answer too: `rttMs` is there for both. Never rejects. */
export function tryTcp({ host, port, localAddress, family }: { host: string; port: number; localAddress?: string; family?: 4 | 6 }, timeoutMs: number, signal: AbortSignal): Promise<TcpTry> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve({ outcome: 'cancelled', rttMs: null });
    const startedAt = performance.now();
    let socket: Socket | null = null;
    const settle = (outcome: TcpOutcome): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      socket?.destroy();
      resolve({ outcome, rttMs: outcome === 'connected' || outcome === 'refused' ? performance.now() - startedAt : null });
    };
    const abort = (): void => settle('cancelled');
    const timer = setTimeout(() => settle('timeout'), timeoutMs);
    signal.addEventListener('abort', abort, { once: true });
    socket = connect({ host, port, ...(localAddress !== undefined && { localAddress }), ...(family !== undefined && { family }) });
    socket.on('connect', () => settle('connected'));
    socket.on('error', (error: NodeJS.ErrnoException) => settle(
      error.code === 'ECONNREFUSED' ? 'refused' : error.code === 'ETIMEDOUT' ? 'timeout' : 'unreachable',
    ));
  });
}
