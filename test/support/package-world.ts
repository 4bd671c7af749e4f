// A publisher for whole journeys: packs versions of a game from folders, serves them over https, and has libtorrent seed each layer.
import { randomBytes, randomFillSync } from 'node:crypto';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { randomKeyPair } from '../../main/package/ed25519.ts';
import { makeRevocation } from '../../main/package/key-statement.ts';
import type { SecretKey } from '../../main/package/minisign-secret-key.ts';
import { openPackage } from '../../main/package/open-package.ts';
import type { PackOptions } from '../../main/package/pack-folder.ts';
import { packFolder, signPackage } from '../../main/package/pack-folder.ts';
import type { EventPackage } from '../../main/package/package-types.ts';
import type { Libtorrent } from './foreign-libtorrent.ts';
import { startLibtorrent } from './foreign-libtorrent.ts';
import { httpsServer } from './https-server.ts';
import type { HttpsServer } from './https-server.ts';
import type { Payload, PayloadFile } from './payload.ts';
import { arrived, makePayload, mebibyte } from './payload.ts';
import { freePort } from './ports.ts';
import { temporaryFolder } from './processes.ts';
import { makeWav } from './wav.ts';

export const gameTitle = 'Northwind Nights';
export const gameId = 'org.northwind.nights';
export const liveTitle = 'Northwind Live';
const publisherName = 'Northwind Games';
const pieceLength = 64 * 1024;
/** The bytes of `core/engine.bin` that another version has different: 1 MiB on no piece's edge. */
const changedAt = 2 * mebibyte + 12_345;

const gameLayers: PackOptions['layers'] = [
  { id: 'core', title: 'Game', pattern: 'core/**', required: true },
  { id: 'music', title: 'Soundtrack', pattern: 'music/**', required: false, requires: ['core'] },
  { id: 'films', title: 'Films', pattern: 'films/**', required: false },
];

/** How long a part of the live event plays: each has a length of its own, and none ends while it is looked at. */
export const segmentSeconds = (index: number): number => 30 + index;

/** One version as it was published. */
export interface Published {
  version: number;
  bytes: Uint8Array;
  /** The `.evpack` on the disk, beside the folder that it was made from. */
  file: string;
  opened: EventPackage;
  /** The folder that holds the data under the package's name. */
  parent: string;
  payload: Payload;
  /** The `.torrent` of each layer. */
  torrents: Record<string, { file: string; infoHash: string }>;
}

/** The files of some layers that a folder of downloads should hold. */
export function filesOf({ opened }: Published, layers: string[]): PayloadFile[] {
  return opened.manifest.layers.filter(({ id }) => layers.includes(id)).flatMap(({ files }) => files).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What is there of some layers, in the shape of `filesOf`. */
export const filesIn = (published: Published, layers: string[], downloads: string): Promise<PayloadFile[]> =>
  arrived({ ...published.payload, files: filesOf(published, layers) }, downloads);

export class PackageWorld {
  readonly server: HttpsServer;
  readonly folder = temporaryFolder('publisher');
  readonly secret: SecretKey = { keyId: randomBytes(8), ...randomKeyPair() };
  /** Where the seed of each layer listens, by "VERSION LAYER": the manifest names it before there is a torrent. */
  readonly #ports = new Map<string, number>();

  private constructor(server: HttpsServer) {
    this.server = server;
  }

  /** Ends with the running test. */
  static async start(): Promise<PackageWorld> {
    return new PackageWorld(await httpsServer());
  }

  /** For whoever runs a core that is to believe this publisher's server. */
  get environment(): Record<string, string> {
    return { NODE_EXTRA_CA_CERTS: this.server.caFile };
  }

  /** The first version of the game. */
  async game(): Promise<Published> {
    const parent = path.join(this.folder, 'v1');
    const payload = makePayload(parent, gameTitle, {
      'core/engine.bin': 5 * mebibyte + 777, 'core/levels/one.pak': 2 * mebibyte + 1, 'core/read me.txt': 2_345,
      'music/strings.bin': mebibyte + 4_321, 'films/opening.bin': 2 * mebibyte,
    });
    writeFileSync(path.join(payload.root, 'music/theme.wav'), makeWav(8));
    return this.#publish(payload, { ...await this.#gameOptions(1), terms: 'Play it, share it, do not sell it.' }, 'nights-1.evpack');
  }

  /** A version in which 1 MiB of one file is another. */
  async nextGame(before: Published, version = before.version + 1): Promise<Published> {
    const parent = path.join(this.folder, `v${version}`);
    cpSync(before.parent, parent, { recursive: true, filter: (source) => !/\.(evpack|torrent)$/.test(source) });
    const payload = { ...before.payload, parent, root: path.join(parent, gameTitle) };
    const file = openSync(path.join(payload.root, 'core/engine.bin'), 'r+');
    writeSync(file, randomFillSync(Buffer.alloc(mebibyte)), 0, mebibyte, changedAt);
    closeSync(file);
    return this.#publish(payload, { ...await this.#gameOptions(version), terms: before.opened.manifest.terms, previous: before.opened }, `nights-${version}.evpack`);
  }

  /** Another package of the same publisher, which nobody seeds. */
  otherPackage(): Promise<Published> {
    const payload = makePayload(path.join(this.folder, 'other'), 'Northwind Mornings', { 'a.bin': 50_000 });
    return this.#publish(payload, {
      id: 'org.northwind.mornings', title: 'Northwind Mornings', version: 1, publisherName, layers: [{ id: 'all', pattern: '**', required: true }],
    }, 'mornings.evpack');
  }

  /** A live event with an opening and so many segments of sound, whose server has them all. */
  async live(segments: number, before: Published | null = null): Promise<Published> {
    const version = (before?.version ?? 0) + 1;
    const root = path.join(this.folder, 'live', liveTitle);
    mkdirSync(path.join(root, 'live'), { recursive: true });
    if (!before) writeFileSync(path.join(root, 'welcome.txt'), 'It begins soon.');
    const names = Array.from({ length: segments }, (_, index) => `live/${String(index + 1).padStart(4, '0')}.wav`);
    for (const name of names.slice(before ? before.opened.layers.length - 1 : 0)) writeFileSync(path.join(root, name), makeWav(segmentSeconds(names.indexOf(name))));
    const payload: Payload = { parent: path.dirname(root), name: liveTitle, root, files: [], length: 0 };
    const published = await this.#publish(payload, {
      id: 'org.northwind.live', title: liveTitle, version, publisherName, segmentSeconds: 2, previous: before?.opened,
      updateUrl: this.server.url('/live.evpack'), webSeeds: [this.server.url('/files/')],
      layers: [
        { id: 'opening', title: 'Opening', pattern: 'welcome.txt', required: true },
        ...names.map((name, index) => ({ id: `part-${index + 1}`, title: `Part ${index + 1}`, pattern: name, required: false, segment: index + 1 })),
      ],
    }, `live-${version}.evpack`);
    for (const { path: name } of published.opened.manifest.layers.flatMap((layer) => layer.files)) {
      this.server.serve(`/files/${liveTitle}/${name}`, { bytes: readFileSync(path.join(root, name)) });
    }
    return published;
  }

  /** Puts a package at the address for newer versions. */
  offer({ bytes, opened }: Published): void {
    this.server.serve(new URL(opened.manifest.update!.url).pathname, { bytes });
  }

  /** What a `.keys` file says when the publisher ends its key. */
  revocation(): string {
    return makeRevocation(this.secret, { issuedAt: Date.now(), reason: 'The key was stolen.' });
  }

  /** Puts statements about its keys beside that address. */
  offerStatements(text: string): void {
    this.server.serve('/nights.evpack.keys', { bytes: Buffer.from(text) });
  }

  /** A real peer that has one layer of one version. */
  async seed(published: Published, layer: string, uploadBytesPerSecond = 0): Promise<Libtorrent> {
    const torrent = published.torrents[layer]!;
    return startLibtorrent({
      role: 'seed', folder: published.parent, torrent, infoHash: torrent.infoHash, uploadBytesPerSecond, port: this.#ports.get(`${published.version} ${layer}`)!,
    });
  }

  async #gameOptions(version: number): Promise<PackOptions> {
    for (const { id } of gameLayers) if (!this.#ports.has(`${version} ${id}`)) this.#ports.set(`${version} ${id}`, await freePort());
    return {
      id: gameId, title: gameTitle, version, publisherName, summary: 'A game for long evenings.', layers: gameLayers, pieceLength,
      updateUrl: this.server.url('/nights.evpack'), seeders: [...this.#ports.values()].map((port) => `127.0.0.1:${port}`),
    };
  }

  async #publish(payload: Payload, options: PackOptions, name: string): Promise<Published> {
    const packed = await packFolder(payload.root, { ...options, allowPrivate: true });
    const bytes = signPackage(packed.manifestBytes, this.secret);
    const opened = openPackage(bytes, { allowPrivate: true });
    const file = path.join(this.folder, name);
    writeFileSync(file, bytes);
    const torrents = Object.fromEntries(packed.torrents.map(({ layerId, bytes: torrent, fileName }, index) => {
      const at = path.join(payload.parent, fileName);
      writeFileSync(at, torrent);
      return [layerId, { file: at, infoHash: opened.layers[index]!.metainfo.infoHash }];
    }));
    return { version: options.version, bytes, file, opened, parent: payload.parent, payload, torrents };
  }
}

/** The package with one letter of its manifest another, as somebody on the way would change it. */
export function tampered(bytes: Uint8Array): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  return Buffer.from(text.replace('A game for long evenings.', 'A game for wrong evenings'), 'latin1');
}
