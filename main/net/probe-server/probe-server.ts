// The probe server: tells clients whether they can be reached from outside, how large packets pass, and how long a round trip takes.
import { createServer, isIP, isIPv6 } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { AddressBudget } from './address-budget.ts';
import { plainAddress, rememberPorts, serveProbe } from './probe-session.ts';
import type { SessionBudgets } from './probe-session.ts';
import { startStunResponder } from './stun-responder.ts';

export interface ProbeServerOptions {
  /** TCP, and UDP for STUN; 0 takes a free one. */
  port: number;
  /** Own addresses to listen on; all of them unless told. */
  bind?: string[];
  /** Further own addresses, at most one of each family, to connect back from and to answer STUN from; each needs an address of its family in `bind`. */
  secondAddresses?: string[];
  connectedBack?: (outcome: { tcp: string | null; udp: boolean | null }) => void;
}

export interface ProbeServer {
  port: number;
  /** Addresses that are listened on. */
  addresses: string[];
  /** Connections that are open. */
  readonly connections: number;
  /** Ends every connection; resolves when nothing is left. */
  close(): Promise<void>;
}

const MAX_CONNECTIONS = 1_000;
const MAX_CONNECTIONS_OF_ADDRESS = 64;

/** @throws Error when an address or port cannot be had, or second addresses have no first one */
export async function startProbeServer(options: ProbeServerOptions): Promise<ProbeServer> {
  const bind = options.bind?.length ? options.bind : ['0.0.0.0', '::'];
  const seconds = options.secondAddresses ?? [];
  const firstOf = (family: number): string | undefined => bind.find((address) => isIP(address) === family && address !== '0.0.0.0' && address !== '::');
  for (const second of seconds) {
    if (!firstOf(isIP(second))) throw new Error(`A second address needs a first one of its kind: name the server's own address that belongs to ${second}.`);
  }
  const ended = new AbortController();
  const budgets: SessionBudgets = {
    connectBack: new AddressBudget({ burst: 8, perSecond: 1 / 15 }), bytes: new AddressBudget({ burst: 4 * 1024 ** 2, perSecond: 65_536 }),
    echo: new AddressBudget({ burst: 400, perSecond: 40 }), mayAskPort: rememberPorts(),
  };
  const connections = new AddressBudget({ burst: 160, perSecond: 2 });
  const stunBudget = new AddressBudget({ burst: 80, perSecond: 20 });
  const open = new Map<string, number>();
  let total = 0;
  const servers: Server[] = [];
  const closers: (() => Promise<void>)[] = [];
  let port = options.port;
  let stunPort: number | null = null;

  const close = async (): Promise<void> => {
    ended.abort();
    await Promise.all([
      ...servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))), ...closers.map((one) => one()),
    ]);
  };
  const listen = async (address: string): Promise<void> => {
    const server = createServer({ pauseOnConnect: false }, (socket) => {
      const client = plainAddress(socket.remoteAddress ?? '');
      const held = open.get(client) ?? 0;
      if (client === '' || total >= MAX_CONNECTIONS || held >= MAX_CONNECTIONS_OF_ADDRESS || !connections.take(client)) return void socket.destroy();
      total++;
      open.set(client, held + 1);
      socket.once('close', () => {
        total--;
        const left = (open.get(client) ?? 1) - 1;
        if (left > 0) open.set(client, left);
        else open.delete(client);
      });
      const secondAddress = seconds.find((second) => isIP(second) === isIP(client)) ?? null;
      serveProbe(socket, { budgets, secondAddress, stunPort, signal: ended.signal, ...(options.connectedBack && { connectedBack: options.connectedBack }) });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: address, port, ipv6Only: isIPv6(address), backlog: 256 }, () => {
        server.off('error', reject);
        server.on('error', () => {}); // too many open files, say: the next connection may do
        resolve();
      });
    });
    servers.push(server);
    port = (server.address() as AddressInfo).port;
  };

  const listened: string[] = [];
  try {
    for (const address of bind) {
      const isOptional = !options.bind?.length && address === '::'; // a machine without IPv6 serves IPv4 alone
      await listen(address).then(() => listened.push(address), (error: NodeJS.ErrnoException) => {
        if (!isOptional || (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL')) throw error;
      });
    }
    for (const address of listened) {
      const second = firstOf(isIP(address)) === address ? seconds.find((one) => isIP(one) === isIP(address)) : undefined;
      const places = second === undefined ? [{ address, port }]
        : [{ address, port }, { address, port: port + 1 }, { address: second, port }, { address: second, port: port + 1 }];
      const responder = await startStunResponder({ places, budget: stunBudget });
      closers.push(() => responder.close());
    }
    stunPort = port;
  } catch (error) {
    await close();
    throw error;
  }
  return { port, addresses: listened, get connections() { return total; }, close };
}
