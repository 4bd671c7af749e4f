// The real opentracker on loopback, with an allow-list, and a look at what it knows.
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, waitForPort } from './ports.ts';
import { startProgram, temporaryFolder, until } from './processes.ts';
import type { Program } from './processes.ts';

export interface Scrape { seeds: number; leeches: number }

export class Opentracker {
  readonly program: Program;
  readonly port: number;
  readonly #folder: string;

  constructor(program: Program, port: number, folder: string) {
    this.program = program;
    this.port = port;
    this.#folder = folder;
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.port}/announce`;
  }

  get udpUrl(): string {
    return `udp://127.0.0.1:${this.port}/announce`;
  }

  /** Puts these info hashes, and only these, on its allow-list. */
  async allow(...infoHashes: string[]): Promise<void> {
    writeFileSync(path.join(this.#folder, 'allowed.txt'), infoHashes.map((hash) => `${hash}\n`).join(''));
    this.program.signal('SIGHUP');
    // It re-reads the list when it comes to it; an announce before that would be refused. A scrape does not ask the list,
    // so a probe announces a peer that leaves again at once.
    for (const infoHash of infoHashes) {
      await until(`opentracker allows ${infoHash}`, async () => {
        const figures = 'port=9&uploaded=0&downloaded=0&left=1&compact=1&event=stopped';
        const query = `info_hash=${percent(infoHash)}&peer_id=-XX0000-abcdefghijkl&${figures}`;
        const answer = Buffer.from(await (await fetch(`${this.httpUrl}?${query}`)).arrayBuffer()).toString('latin1');
        return !answer.includes('failure reason');
      }, { withinMs: 10_000, everyMs: 30 });
    }
  }

  /** What it counts for a torrent. */
  async scrape(infoHash: string): Promise<Scrape> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/scrape?info_hash=${percent(infoHash)}`);
    const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
    const number = (key: string) => Number(new RegExp(`${key}i(\\d+)e`).exec(text)?.[1] ?? 0);
    return { seeds: number('8:complete'), leeches: number('10:incomplete') };
  }

  /** A leech that announces before the seed is counted gets an empty list and does not ask again for a quarter of an hour. */
  async waitForSeeds(infoHash: string, count = 1): Promise<void> {
    await until(`opentracker counts ${count} seed(s)`, async () => (await this.scrape(infoHash)).seeds >= count, { withinMs: 30_000 });
  }
}

const percent = (infoHash: string) => infoHash.replaceAll(/../g, '%$&');

export async function startOpentracker(): Promise<Opentracker> {
  const folder = temporaryFolder('opentracker');
  chmodSync(folder, 0o755); // started as root it becomes "nobody" and changes its root to this folder
  const port = await freePort();
  writeFileSync(path.join(folder, 'allowed.txt'), '');
  const configuration = path.join(folder, 'opentracker.conf');
  writeFileSync(configuration, [
    `listen.tcp_udp 127.0.0.1:${port}`, `tracker.rootdir ${folder}`, 'tracker.user nobody', 'access.whitelist allowed.txt', '',
  ].join('\n'));
  const program = await startProgram('opentracker', 'opentracker', ['-f', configuration], { cwd: folder, graceMs: 2_000 });
  await waitForPort(port, '127.0.0.1', 10_000, () => program.ended);
  return new Opentracker(program, port, folder);
}
