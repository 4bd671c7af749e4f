// A small crowd of our own cores on loopback, each a process: one web server, and everybody who wants the same file at once.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { startNginx, type Nginx } from './nginx.ts';
import { makePayload, type Payload } from './payload.ts';
import { temporaryFolder, testEnvironment } from './processes.ts';
import { TestCore } from './test-core.ts';

export interface CrowdOptions {
  clients: number;
  bytes: number;
  /** What each of them sends at most, and takes from the server at most. */
  upBytesPerSecond: number;
  serverBytesPerSecond: number;
}

export class SmallCrowd {
  readonly payload: Payload;
  readonly infoHash: string;
  /** The `.torrent`, which names the web server. */
  readonly torrent: Uint8Array;
  readonly file: string;
  readonly cores: TestCore[];
  readonly origin: Nginx;
  /** Where its members listen. */
  readonly addresses: string[];

  readonly #serverBytesPerSecond: number;

  private constructor(payload: Payload, infoHash: string, torrent: Uint8Array, cores: TestCore[], origin: Nginx, addresses: string[], serverBytesPerSecond: number) {
    this.payload = payload;
    this.infoHash = infoHash;
    this.torrent = torrent;
    this.cores = cores;
    this.origin = origin;
    this.addresses = addresses;
    this.#serverBytesPerSecond = serverBytesPerSecond;
    this.file = path.join(temporaryFolder('torrent'), 'crowd.torrent');
    writeFileSync(this.file, torrent);
  }

  /** Starts everybody; nobody fetches anything yet. The caller stops them. */
  static async start({ clients, bytes, upBytesPerSecond, serverBytesPerSecond }: CrowdOptions): Promise<SmallCrowd> {
    const payload = makePayload(temporaryFolder('origin'), 'Open evening.bin', bytes);
    const origin = await startNginx(payload.parent);
    const metainfo = await createTorrent(payload.root, { pieceLength: 128 * 1024, webSeeds: [origin.url()] });
    const cores = await Promise.all(Array.from({ length: clients }, () => TestCore.start({ settings: { upBytesPerSecond } }, testEnvironment)));
    const ports = await Promise.all(cores.map((core) => core.port()));
    return new SmallCrowd(payload, metainfo.infoHash, encodeTorrentFile(metainfo), cores, origin, ports.map((port) => `127.0.0.1:${port}`), serverBytesPerSecond);
  }

  get base64(): string {
    return readFileSync(this.file).toString('base64');
  }

  /** Everybody begins, and each knows all the others. @param others further members */
  async begin(others: string[] = []): Promise<void> {
    await Promise.all(this.cores.map(async (core, index) => {
      await core.ask('packages.add', { source: { kind: 'bytes', base64: this.base64 }, paused: true }); // or the server gives it all before it is limited
      await core.ask('packages.setLimits', { id: this.infoHash, serverBytesPerSecond: this.#serverBytesPerSecond });
      await core.ask('packages.resume', { ids: [this.infoHash] });
      await core.ask('packages.addPeers', { id: this.infoHash, peers: [...this.addresses.filter((_, other) => other !== index), ...others] });
    }));
  }

  /** Resolves when every member has everything. */
  async complete(): Promise<void> {
    await Promise.all(this.cores.map((core) => core.until(this.infoHash, (one) => one.completedAt !== null)));
  }

  async stop(): Promise<void> {
    await Promise.all(this.cores.map((core) => core.stop()));
  }
}
