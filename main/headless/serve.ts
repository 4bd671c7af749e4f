// Runs the headless host: the core under supervision, and the server for interface, web socket and REST.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CoreOptions } from '../../contract/index.ts';
import { forkNodeCore } from '../core/fork-node.ts';
import { CoreSupervisor } from '../core/supervisor.ts';
import { Access } from './access.ts';
import { checkBeside } from './allowed-folders.ts';
import { hostHandlers, pendingFrom } from './host-requests.ts';
import { Hub } from './hub.ts';
import { Media } from './media.ts';
import { MetricsPage } from './metrics.ts';
import { Rest } from './rest.ts';
import { createHostServer } from './server.ts';
import { Sockets } from './socket.ts';
import { loadToken } from './token.ts';
import { canTrash, moveToTrash } from './trash.ts';

export interface ServeOptions {
  core: CoreOptions;
  /** Where to listen; 127.0.0.1 unless the operator says otherwise. */
  host: string;
  port: number;
  /** When the port is taken: take any other instead of failing (nobody asked for this one). */
  anyPortWhenTaken: boolean;
  tokenFile?: string;
  /** Programs on this machine may read /metrics without the token. */
  metricsOpen?: boolean;
  allowDirs: string[];
  /** Links, torrents and event packages from the command line, for the first window. */
  named: string[];
  log(line: string): void;
  /** For tests: another core, another interface. */
  coreEntry?: string;
  interfaceFolder?: string;
}

export interface Serving {
  /** Complete, token included; can be opened any time. */
  address: string;
  port: number;
  token: string;
  corePid(): number | undefined;
  /** Orderly stop of server and core; the core is ended after the deadline. */
  close(deadlineMs?: number): Promise<void>;
}

/** The built interface beside this bundle (dist/headless, dist/cli) or below the sources. */
function findInterface(): string {
  for (const relative of ['../renderer', '../../dist/renderer']) {
    const folder = fileURLToPath(new URL(relative, import.meta.url));
    if (existsSync(`${folder}/index.html`)) return folder;
  }
  return fileURLToPath(new URL('../renderer', import.meta.url));
}

async function listen(server: Server, o: ServeOptions): Promise<number> {
  const attempt = (port: number) => new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: o.host, port, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  try {
    await attempt(o.port).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' && o.anyPortWhenTaken) return attempt(0);
      throw error;
    });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') throw new Error(`Port ${o.port} is in use by another program. Choose another one with --port, or 0 for any free one.`);
    if (code === 'EACCES') throw new Error(`Port ${o.port} may not be used by this user. Choose one above 1023 with --port.`);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') throw new Error(`This machine has no address ${o.host}. Choose another one with --host.`);
    throw new Error(`The server cannot listen on ${o.host}, port ${o.port} (${code ?? 'unknown'}).`);
  }
  return (server.address() as AddressInfo).port;
}

/**
 * Starts everything. Resolves when the address can be opened.
 * @throws Error with one sentence: port in use, data folder in use, no token
 */
export async function serve(o: ServeOptions): Promise<Serving> {
  const token = await loadToken(o.core.dataDir, o.tokenFile);
  const supervisor = new CoreSupervisor({
    options: o.core,
    fork: forkNodeCore(o.coreEntry),
    trash: (paths) => moveToTrash(paths),
    log: o.log,
  });
  const media = new Media((name, input) => supervisor.request(name, input));
  const roots = [o.core.downloadDir, ...o.allowDirs].map((folder) => resolve(folder));
  const typed = new Map<string, string>();
  const handlers = hostHandlers({
    version: o.core.version,
    roots,
    canTrash: canTrash(),
    grant: (path) => {
      const handle = supervisor.grant(path);
      typed.set(handle, path);
      return handle;
    },
    pending: await pendingFrom(o.named, (path) => supervisor.grant(path)),
    mediaUrl: (file) => media.url(file),
  });
  const hub = new Hub(supervisor, handlers, async (name, input) => {
    const folder = name === 'create.start' ? typed.get(String((input as { folder?: unknown } | null)?.folder)) : undefined;
    if (folder !== undefined) await checkBeside(folder, roots);
  });
  const sockets = new Sockets(hub);
  const rest = new Rest({ request: (name, input) => hub.request(name, input), version: o.core.version });
  const metrics = new MetricsPage({ open: o.metricsOpen ?? false, request: (name, input) => supervisor.request(name, input) });
  // The port is part of the access rules and known only after listening; nobody is answered before.
  let access = new Access({ token, boundHost: o.host, port: o.port });
  const server = createHostServer({ get access() { return access; }, sockets, rest, media, metrics, interfaceFolder: o.interfaceFolder ?? findInterface() });

  const closeServer = () => new Promise<void>((done) => {
    sockets.close();
    hub.close();
    server.close(() => done());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
  let port: number;
  try {
    port = await listen(server, o);
  } catch (error) {
    sockets.close();
    hub.close();
    throw error;
  }
  access = new Access({ token, boundHost: o.host, port });
  try {
    await supervisor.start();
  } catch (error) {
    await Promise.all([closeServer(), supervisor.stop(1_000)]);
    throw error;
  }
  const shown = o.host === '0.0.0.0' ? '127.0.0.1' : o.host === '::' ? '[::1]' : isIP(o.host) === 6 ? `[${o.host}]` : o.host;
  return {
    address: `http://${shown}:${port}/?token=${token}`,
    port,
    token,
    corePid: () => supervisor.pid,
    close: async (deadlineMs = 8_000) => {
      await Promise.all([closeServer(), supervisor.stop(deadlineMs)]);
    },
  };
}
