// One client of a probe server, from its greeting to its end: every request is checked, counted and bounded.
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { plainHost } from '../address-rules.ts';
import type { AddressBudget } from './address-budget.ts';
import { budgetKey } from './address-budget.ts';
import { connectBackTcp, connectBackUdp } from './connect-back.ts';
import { LineSplitter } from './line-splitter.ts';
import { BURST_BYTE, GREETING, PROBE_VERSION, readRequest } from './probe-protocol.ts';
import type { ProbeErrorCode, ProbeRequest } from './probe-protocol.ts';

export interface SessionBudgets {
  connectBack: AddressBudget;
  bytes: AddressBudget;
  echo: AddressBudget;
  /** Takes note of the port and says whether this address may ask about it. */
  mayAskPort(address: string, port: number): boolean;
}

export interface SessionOptions {
  budgets: SessionBudgets;
  /** The address to connect back from, of the client's family; null: the one that it connected to. */
  secondAddress: string | null;
  stunPort: number | null;
  signal: AbortSignal;
  connectedBack?: (outcome: { tcp: string | null; udp: boolean | null }) => void;
}

const GREETING_MS = 5_000;
const SESSION_MS = 60_000;
const IDLE_MS = 20_000;

/** Serves a connection until it ends; never throws. */
export function serveProbe(socket: Socket, options: SessionOptions): void {
  const address = plainAddress(socket.remoteAddress ?? '');
  const own = socket.localAddress === undefined ? null : plainAddress(socket.localAddress);
  const token = randomBytes(16).toString('hex');
  const ended = new AbortController();
  let isGreeted = false;
  let isBusy = false;
  let awaited = 0;

  const end = (): void => void socket.destroy();
  const say = (told: object): void => void (socket.writable && socket.write(`${JSON.stringify(told)}\n`));
  const refuse = (error: ProbeErrorCode): void => {
    say({ error });
    socket.end();
  };
  const greeting = setTimeout(end, GREETING_MS);
  const session = setTimeout(end, SESSION_MS);
  socket.setNoDelay(true).setTimeout(IDLE_MS, end);
  options.signal.addEventListener('abort', end, { once: true });
  socket.on('error', end).on('close', () => {
    clearTimeout(greeting);
    clearTimeout(session);
    options.signal.removeEventListener('abort', end);
    ended.abort();
  });

  const splitter = new LineSplitter({
    tooLong: end,
    burst: (bytes) => say({ did: 'receive', bytes }),
    line: (text) => {
      if (!isGreeted) {
        // A browser or whatever else talks first and is not of ours is not answered: no page can make us do anything.
        if (text !== GREETING) return end();
        isGreeted = true;
        clearTimeout(greeting);
        return say({
          probe: PROBE_VERSION, address, port: socket.remotePort, token, hasSecondAddress: options.secondAddress !== null, stunPort: options.stunPort,
        });
      }
      const asked = readRequest(text);
      if (asked === null || asked.token !== token || isBusy) return refuse('bad-request');
      answer(asked.request);
    },
  });
  socket.on('data', (chunk) => splitter.push(chunk));

  function answer(request: ProbeRequest): void {
    const { budgets } = options;
    switch (request.do) {
      case 'echo':
        return budgets.echo.take(address) ? say({ did: 'echo', word: request.word }) : refuse('too-often');
      case 'receive':
        if (!budgets.bytes.take(address, request.bytes)) return refuse('too-often');
        return splitter.expectBurst(request.bytes);
      case 'send':
        // Held until the client has taken what came before: nothing piles up here.
        if (!budgets.bytes.take(address, request.bytes) || (awaited += request.bytes) > 1_048_576) return refuse('too-often');
        return void socket.write(Buffer.alloc(request.bytes, BURST_BYTE));
      case 'connect-back':
        return void connectBack(request);
    }
  }

  async function connectBack({ tcpPort, udpPort, udpKind, word }: Extract<ProbeRequest, { do: 'connect-back' }>): Promise<void> {
    const { budgets } = options;
    if (!budgets.connectBack.take(address)) return refuse('too-often');
    if ([tcpPort, udpPort].some((port) => port !== null && !budgets.mayAskPort(address, port))) return refuse('not-allowed');
    isBusy = true;
    const from = options.secondAddress ?? own;
    const [tcp, udp] = await Promise.all([
      tcpPort === null ? null : connectBackTcp(address, tcpPort, from, ended.signal),
      udpPort === null ? null : connectBackUdp({ address, port: udpPort, from, kind: udpKind, word }, ended.signal),
    ]);
    isBusy = false;
    options.connectedBack?.({ tcp: tcp?.outcome ?? null, udp: udp?.answered ?? null });
    say({ did: 'connect-back', tcp, udp, fromSecondAddress: options.secondAddress !== null });
  }
}

/** A few ports for each address within ten minutes: enough to look after one program, too few to look through a neighbour's. */
export function rememberPorts({ maxPorts = 4, withinMs = 600_000, maxAddresses = 20_000, now = () => performance.now() } = {}): SessionBudgets['mayAskPort'] {
  const asked = new Map<string, Map<number, number>>();
  return (address, port) => {
    const key = budgetKey(address);
    const ports = asked.get(key) ?? new Map<number, number>();
    for (const [known, at] of ports) if (now() - at > withinMs) ports.delete(known);
    if (!ports.has(port) && ports.size >= maxPorts) return false;
    // The time of the first question stays, so that asking again does not put the end off.
    if (!ports.has(port)) ports.set(port, now());
    asked.delete(key);
    asked.set(key, ports);
    if (asked.size > maxAddresses) asked.delete(asked.keys().next().value!);
    return true;
  };
}

export const plainAddress = (address: string): string => plainHost(address).replace(/%.*$/, '');
