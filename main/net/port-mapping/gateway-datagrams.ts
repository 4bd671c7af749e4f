// Asks the gateway by UDP port 5351 and repeats until an answer comes: the carrier of NAT-PMP and PCP.
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { MappingError } from './mapping-types.ts';

export const GATEWAY_PORT = 5351;
const MAX_ANSWER_BYTES = 1_100; // RFC 6887, section 7
/** Datagrams that are no answer are only counted out: more of them than this, and the gateway is not asked any longer. */
const MAX_STRAY = 200;

export interface DatagramRequest<T> {
  gateway: string;
  /** Own address to ask from; the gateway maps for this one. */
  localAddress: string;
  message: Uint8Array;
  /** Returns the answer, or null for what is none. */
  read(datagram: Buffer): T | null;
  /** Milliseconds before each repetition; after the last the gateway counts as silent. */
  schedule: readonly number[];
  signal: AbortSignal;
  setTimer?: (run: () => void, ms: number) => () => void;
  openSocket?: (type: 'udp4' | 'udp6') => Socket;
}

export const systemTimer = (run: () => void, ms: number): (() => void) => {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
};

/** @throws MappingError `unreachable` when nobody answers, at once where the system says that nobody listens there */
export function askGatewayByUdp<T>(asked: DatagramRequest<T>): Promise<T> {
  const { gateway, localAddress, message, read, schedule, signal, setTimer = systemTimer } = asked;
  const type = isIPv6(gateway) ? 'udp6' : 'udp4';
  const socket = (asked.openSocket ?? ((kind) => createSocket({ type: kind })))(type);
  return new Promise((resolve, reject) => {
    let cancel = (): void => undefined;
    let stray = 0;
    let settled = false;
    const settle = (act: () => void): void => {
      if (settled) return;
      settled = true;
      cancel();
      signal.removeEventListener('abort', stop);
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.close();
      act();
    };
    const silent = (): void => settle(() => reject(new MappingError('unreachable', 'The router does not answer. Check that it is switched on, or restart it.')));
    const stop = (): void => settle(() => reject(new MappingError('closed', 'The request was stopped.')));
    const send = (round: number): void => {
      socket.send(message, (error) => {
        if (error) silent();
      });
      cancel = setTimer(() => (round + 1 < schedule.length ? send(round + 1) : silent()), schedule[round]!);
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) return stop();
    // "Connection refused": there is a router, but nobody who maps.
    socket.on('error', silent);
    socket.on('message', (datagram, { address, port }) => {
      // The connected socket lets only the gateway through; this says it once more, whatever the system does.
      const isGateway = port === GATEWAY_PORT && withoutScope(address) === withoutScope(gateway);
      const answer = isGateway && datagram.length <= MAX_ANSWER_BYTES ? read(datagram) : null;
      if (answer !== null) return settle(() => resolve(answer));
      if (++stray > MAX_STRAY) silent();
    });
    socket.bind({ port: 0, address: localAddress, exclusive: true }, () => {
      if (settled) return;
      // What goes wrong here comes as an argument, not as an event: no way to the gateway.
      socket.connect(GATEWAY_PORT, gateway, ((error?: Error) => (error ? silent() : settled || send(0))) as () => void);
    });
  });
}

function withoutScope(address: string): string {
  return address.replace(/%.*$/, '').toLowerCase();
}

/** RFC 6886, section 3.1: 250 ms, doubled each time, at most nine; cut where it would go on for longer than `withinMs`. */
export function natPmpSchedule(withinMs: number): number[] {
  return within(Array.from({ length: 9 }, (_, round) => 250 * 2 ** round), withinMs);
}

/** RFC 6887, section 8.1.1: 3 s, doubled up to 1,024 s, each up to a tenth more or less; cut where it would go on for longer than `withinMs`. */
export function pcpSchedule(withinMs: number, random: () => number): number[] {
  const about = (seconds: number): number => Math.round(seconds * 1000 * (0.9 + random() * 0.2));
  const waits = [about(3)];
  while (waits.reduce((sum, ms) => sum + ms, 0) < withinMs) waits.push(about(Math.min(2 * waits.at(-1)! / 1000, 1024)));
  return within(waits, withinMs);
}

function within(waits: number[], withinMs: number): number[] {
  const kept: number[] = [];
  let sum = 0;
  for (const ms of waits) {
    if (sum >= withinMs) break;
    kept.push(Math.min(ms, withinMs - sum));
    sum += ms;
  }
  return kept;
}
