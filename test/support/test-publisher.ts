// A publisher for tests: signs versions of a package, serves them over https, and seeds their bytes from a core of its own.
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { PackageSummary } from '../../contract/index.ts';
import { HttpsServer } from './https-server.ts';
import { makeEvpack } from './make-evpack.ts';
import type { EvpackInput, MadeEvpack } from './make-evpack.ts';
import { TestCore } from './test-core.ts';

export const updatePath = '/event.evpack';

/** Random bytes, other ones each time. */
export const content = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes));

export class TestPublisher {
  readonly server: HttpsServer;
  readonly #seeds: TestCore[] = [];
  readonly #clients: TestCore[] = [];

  private constructor(server: HttpsServer) {
    this.server = server;
  }

  static async start(): Promise<TestPublisher> {
    return new TestPublisher(await HttpsServer.start());
  }

  get environment(): Record<string, string> {
    return { NODE_EXTRA_CA_CERTS: this.server.caFile };
  }

  get updateUrl(): string {
    return this.server.url(updatePath);
  }

  /** A signed version; with the address for updates, and seeders, unless told otherwise. */
  make(input: EvpackInput, seeders: string[] = []): MadeEvpack {
    return makeEvpack({
      issued: new Date().toISOString(), ...input,
      manifest: { update: { url: this.updateUrl }, ...(seeders.length && { sources: { seeders } }), ...input.manifest },
    });
  }

  /** Serves a version at the address for updates. */
  offer(made: MadeEvpack): void {
    this.server.serve(updatePath, { bytes: made.bytes });
  }

  /**
   * A core that shares the bytes of all layers (plain torrents of its own list, so that it is told nothing of packages).
   * @param change what is written to the disk in place of a layer's files: by layer id
   */
  async seed(made: MadeEvpack, settings: Record<string, unknown> = {}): Promise<Seed> {
    const core = await TestCore.start({ settings });
    this.#seeds.push(core);
    const seed = new Seed(core, `127.0.0.1:${await core.port()}`);
    await seed.share(made);
    return seed;
  }

  async client(settings: Record<string, unknown> = {}, more: Partial<TestCore['options']> = {}): Promise<TestCore> {
    const core = await TestCore.start({ ...more, settings }, this.environment);
    this.#clients.push(core);
    return core;
  }

  /** Ends clients and seeds; the server stays. @returns how often a core ended that nobody had told to */
  async endCores(): Promise<number> {
    const all = [...this.#clients.splice(0), ...this.#seeds.splice(0)];
    for (const core of all) await core.stop();
    this.server.serve(updatePath, null);
    return all.reduce((sum, core) => sum + core.falls, 0);
  }

  async close(): Promise<void> {
    await this.endCores();
    await this.server.close();
  }
}

export class Seed {
  readonly core: TestCore;
  readonly address: string;

  constructor(core: TestCore, address: string) {
    this.core = core;
    this.address = address;
  }

  /** Writes the layers' files and shares them; those that are shared already stay. */
  async share(made: MadeEvpack): Promise<void> {
    const known = new Set((await this.core.ask('session.snapshot', {})).packages.map(({ id }) => id));
    const source = join(this.core.folder, `source-${made.manifest.package.version}`);
    for (const { payload } of made.layers) {
      for (const [path, bytes] of payload) {
        const file = join(source, made.folderName, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, bytes);
      }
    }
    const folder = this.core.supervisor.grant(source);
    const fresh = made.layers.filter(({ metainfo }) => !known.has(metainfo.infoHash));
    for (const { torrent } of fresh) await this.core.ask('packages.add', { source: { kind: 'bytes', base64: Buffer.from(torrent).toString('base64') }, folder });
    for (const { metainfo } of fresh) await this.core.until(metainfo.infoHash, (p) => p.state.kind === 'seeding');
  }

  /** Bytes of blocks that it handed out, of these torrents or of all. */
  async sent(made?: MadeEvpack): Promise<number> {
    const hashes = made && new Set(made.layers.map(({ metainfo }) => metainfo.infoHash));
    const { packages } = await this.core.ask('session.snapshot', {});
    return packages.filter(({ infoHash }) => !hashes || hashes.has(infoHash)).reduce((sum, one) => sum + one.uploadedBytes, 0);
  }
}

export const asSource = (made: MadeEvpack | Uint8Array) => ({ kind: 'bytes' as const, base64: Buffer.from(made instanceof Uint8Array ? made : made.bytes).toString('base64') });

/** Adds a package as somebody who has looked at it and trusts it. */
export async function take(core: TestCore, made: MadeEvpack, more: Parameters<typeof core.ask<'packages.add'>>[1] = {}): Promise<string> {
  return (await core.ask('packages.add', { source: asSource(made), trust: true, ...more })).id;
}

export const everythingReady = (p: PackageSummary): boolean => p.layers.every((layer) => !layer.chosen || layer.state === 'ready');
export const ofVersion = (version: number) => (p: PackageSummary): boolean => p.event?.version === version && everythingReady(p);

/** Paths below a folder, staging and all, with their bytes. */
export function tree(folder: string): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  const visit = (at: string): void => {
    for (const name of existsSync(at) ? readdirSync(at) : []) {
      const path = join(at, name);
      if (statSync(path).isDirectory()) visit(path);
      else found.set(relative(folder, path), readFileSync(path));
    }
  };
  visit(folder);
  return found;
}

/** What the folder of downloads should hold. @param layers ids; all unless told */
export function expected(made: MadeEvpack, layers?: string[]): Map<string, Buffer> {
  return new Map(made.layers.filter(({ id }) => !layers || layers.includes(id))
    .flatMap(({ payload }) => [...payload].map(([path, bytes]): [string, Buffer] => [`${made.folderName}/${path}`, Buffer.from(bytes)])));
}

/** Only names and whether the bytes are the same, so that a failure can be read. */
export function difference(found: Map<string, Buffer>, wanted: Map<string, Buffer>): string[] {
  const all = new Set([...found.keys(), ...wanted.keys()]);
  return [...all].sort().flatMap((path) => {
    const [is, should] = [found.get(path), wanted.get(path)];
    if (!is) return `${path} is missing`;
    if (!should) return `${path} is too much`;
    return is.equals(should) ? [] : `${path} is another one`;
  });
}
