// The web seeds of one torrent (BEP 19): which servers there are, when each is looked after, and what they show as.
import type { PeerInfo } from './engine-types.ts';
import { WebSeedServer } from './web-seed-server.ts';
import type { WebSeedHost } from './web-seed-server.ts';

export { fileUrl } from './web-seed-address.ts';
export type { WebSeedHost } from './web-seed-server.ts';

const MAX_SEEDS = 20;

export class WebSeeds {
  readonly #host: WebSeedHost;
  readonly #servers: WebSeedServer[] = [];
  #running = false;

  constructor(host: WebSeedHost) {
    this.#host = host;
  }

  add(url: string): void {
    if (!/^https?:\/\//i.test(url) || this.#servers.length >= MAX_SEEDS || this.#servers.some((server) => server.url === url)) return;
    const server = new WebSeedServer(url, this.#host);
    this.#servers.push(server);
    if (this.#running) server.start();
  }

  get isEmpty(): boolean {
    return this.#servers.length === 0;
  }

  start(): void {
    this.#running = true;
    for (const server of this.#servers) server.start();
  }

  /** Breaks everything off; what arrived of each piece stays with its taker. No failure of any server. */
  stop(): void {
    this.#running = false;
    for (const server of this.#servers) server.stop();
  }

  /** What they may be asked for has changed. */
  wake(): void {
    if (this.#running) for (const server of this.#servers) server.wake();
  }

  /** Once a second. */
  tick(): void {
    if (!this.#running) return;
    for (const server of this.#servers) server.tick();
  }

  /** Those among the hosts that are servers of ours sent wrong blocks among those of others. */
  ban(hosts: readonly string[]): void {
    for (const server of this.#servers) if (hosts.includes(server.connection.host)) server.giveUp('sent wrong data');
  }

  peers(): PeerInfo[] {
    return this.#servers.map((server) => ({
      id: `http:${server.url}`, address: server.url, client: 'Web server', transport: 'http', incoming: false,
      encrypted: server.url.startsWith('https:'), flags: server.activeRanges > 0 ? 'D' : 'd', progress: 1,
      downloadBytesPerSecond: server.down.bytesPerSecond, uploadBytesPerSecond: 0, receivedBytes: server.down.total, sentBytes: 0,
      choked: server.activeRanges === 0, interested: false, source: 'web seed',
    }));
  }
}
