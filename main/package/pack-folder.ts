// Makes a package's manifest and torrents from a folder: planned, checked, read once, described.
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Metainfo } from '../metainfo/metainfo.ts';
import { magnetOf } from '../metainfo/metainfo.ts';
import type { FilesToHash } from './hash-files.ts';
import { hashFiles } from './hash-files.ts';
import { layerTorrent } from './layer-torrent.ts';
import { MAX_MANIFEST_BYTES } from './manifest-schema.ts';
import { manifestOf, trackerTiers, webSeedFolders } from './pack-manifest.ts';
import type { PackedManifest, PackOptions } from './pack-options.ts';
import type { Lint } from './package-lints.ts';
import { error, PackageLintError, warning } from './package-lints.ts';
import type { LayerEncryption, ManifestFile, ManifestLayer } from './package-types.ts';
import type { PackagePlan, PlannedLayer } from './plan-package.ts';
import { below, planPackage } from './plan-package.ts';
import { sealLayer } from './seal-layer.ts';

export { PackageLintError } from './package-lints.ts';
export type { Lint } from './package-lints.ts';
export type { LayerOptions, PackedManifest, PackOptions } from './pack-options.ts';
export { signPackage } from './sign-package.ts';

/** A layer's part of the manifest that comes from its files. */
interface Content { torrent: Uint8Array; metainfo: Metainfo; files: ManifestFile[]; encryption?: LayerEncryption | undefined; kept: boolean }

/** What would be warned of and refused, without reading a file. @throws {PackageError} {MetainfoError} for a folder that cannot be listed */
export async function lintFolder(folder: string, options: PackOptions): Promise<Lint[]> {
  return (await planPackage(folder, options)).lints;
}

/**
 * Reads a folder into the manifest of a package and one torrent for each layer. Nothing is signed (see `signPackage`), and nothing written but
 * the files of sealed layers.
 * @throws {PackageLintError} with everything that clients would refuse {PackageError} `stopped`, `unreadable` {MetainfoError} `file-changed`, `unreadable`
 */
export async function packFolder(folder: string, given: PackOptions): Promise<PackedManifest> {
  const options = { ...given, issuedAt: given.issuedAt ?? Date.now() };
  const plan = await planPackage(folder, options);
  refuseErrors(plan.lints);
  const progress = new Progress(plan, options);
  const contents = plan.layers.map((layer) => (options.quick && isUntouched(layer, options) ? keptContent(layer) : null));
  const unread = plan.layers.filter((_, index) => contents[index] === null);
  const hashed = await hashFiles(unread.map(({ files, pieceLength }) => ({ files: files.map(toRead), pieceLength })), progress.hashing);
  const contentKeys: PackedManifest['contentKeys'] = [];
  for (const [at, layer] of unread.entries()) {
    const found = layer.files.map(({ path, length }, index) => ({ path, length, sha256: hashed[at]!.sha256[index]! }));
    let content: Content;
    if (await isKept(layer, found, resolve(options.sealedFolder ?? folder))) content = keptContent(layer);
    else if (!layer.options.encrypt) content = newContent(plan, layer, found, hashed[at]!.pieces, options);
    else {
      const { key, ...sealed } = await sealedContent(plan, layer, found, resolve(options.sealedFolder ?? folder), options, progress);
      content = sealed;
      contentKeys.push({ layerId: layer.options.id, keyUrl: layer.options.encrypt.keyUrl, key });
    }
    contents[plan.layers.indexOf(layer)] = content;
  }
  progress.end();
  return describe(plan, contents as Content[], contentKeys, options);
}

function describe(plan: PackagePlan, contents: Content[], contentKeys: PackedManifest['contentKeys'], options: PackOptions): PackedManifest {
  const lints = [...plan.lints];
  const layers = plan.layers.map(({ options: layer, before }, index): ManifestLayer => {
    const { torrent, files, encryption, kept } = contents[index]!;
    if (before && !kept && layer.segment !== undefined) lints.push(warning(`Segment ${layer.segment} was published with other files before. People fetch it again.`));
    return {
      id: layer.id, title: layer.title || layer.id, required: layer.required, requires: layer.requires ?? [], order: layer.order ?? index,
      torrent: Buffer.from(torrent).toString('base64'), files,
      ...(layer.segment === undefined ? {} : { segment: layer.segment }), ...(encryption ? { encryption } : {}),
    };
  });
  const manifestBytes = Buffer.from(`${JSON.stringify(manifestOf(options, layers), null, 2)}\n`);
  if (manifestBytes.length > MAX_MANIFEST_BYTES) {
    const size = `${(manifestBytes.length / 1024 ** 2).toFixed(1)} MiB`;
    refuseErrors([...lints, error(`The package itself would have ${size}; clients take 8 MiB. Choose larger pieces, or put small files into archives.`)]);
  }
  const sources = { trackers: trackerTiers(options).flat(), webSeeds: webSeedFolders(options), peers: options.seeders ?? [] };
  return {
    manifestBytes: Uint8Array.from(manifestBytes),
    torrents: contents.map(({ torrent }, index) => ({ layerId: layers[index]!.id, fileName: `${options.id}.${layers[index]!.id}.torrent`, bytes: torrent })),
    lints,
    magnets: contents.map(({ metainfo: { infoHash, name } }) => magnetOf({ infoHash, name, ...sources })),
    totalBytes: layers.reduce((sum, { files }) => sum + files.reduce((bytes, { length }) => bytes + length, 0), 0),
    pieceCount: contents.reduce((sum, { metainfo }) => sum + metainfo.pieceCount, 0),
    keptLayers: layers.filter((_, index) => contents[index]!.kept).map(({ id }) => id),
    contentKeys,
  };
}

function newContent(plan: PackagePlan, { pieceLength }: PlannedLayer, files: ManifestFile[], pieces: Uint8Array, options: PackOptions): Content {
  const about = { trackers: trackerTiers(options), webSeeds: webSeedFolders(options), creationDate: Math.floor((options.issuedAt ?? Date.now()) / 1000) };
  const { metainfo, bytes } = layerTorrent(plan.folderName, files, pieceLength, pieces, about);
  return { torrent: bytes, metainfo, files, kept: false };
}

async function sealedContent(
  plan: PackagePlan, layer: PlannedLayer, plain: ManifestFile[], folder: string, options: PackOptions, progress: Progress,
): Promise<Content & { key: Uint8Array }> {
  const files = plain.map((file, index) => ({ ...file, absolute: layer.files[index]!.absolute }));
  const { encryption, key, sealed } = await sealLayer(files, folder, layer.options.encrypt!, progress.hashing);
  const written = await Promise.all(sealed.map(async ({ absolute, length }) => ({ absolute, length, mtimeMs: (await stat(absolute)).mtimeMs })));
  const [hashed] = await hashFiles([{ files: written, pieceLength: layer.pieceLength }], progress.hashing);
  const arriving = layer.arriving.map(({ path, length }, index) => ({ path, length, sha256: hashed!.sha256[index]! }));
  return { ...newContent(plan, layer, arriving, hashed!.pieces, options), encryption, key };
}

const toRead = ({ absolute, length, mtimeMs }: PlannedLayer['files'][number]): FilesToHash['files'][number] => ({ absolute, length, mtimeMs });

/** The files behind what arrived before: of a sealed layer the plain ones. */
const plainFilesOf = ({ files, encryption }: ManifestLayer): ManifestFile[] => encryption?.files ?? files;

function sameSeal(layer: PlannedLayer): boolean {
  const { encrypt } = layer.options;
  const encryption = layer.before?.layer.encryption;
  return encrypt?.algorithm === encryption?.algorithm && encrypt?.keyUrl === encryption?.keyUrl;
}

/** Whether the layer of the version before has these very files, and what it was sealed into is still there to be given. */
async function isKept(layer: PlannedLayer, found: ManifestFile[], sealedFolder: string): Promise<boolean> {
  if (!layer.before || !sameSeal(layer)) return false;
  const before = new Map(plainFilesOf(layer.before.layer).map((file) => [file.path, file]));
  if (before.size !== found.length) return false;
  if (!found.every(({ path, length, sha256 }) => before.get(path)?.length === length && before.get(path)?.sha256 === sha256)) return false;
  if (!layer.options.encrypt) return true;
  const there = await Promise.all(layer.before.layer.files.map(async ({ path, length }) => (await stat(below(sealedFolder, path)).catch(() => null))?.size === length));
  return there.every(Boolean);
}

/** Whether names, sizes and times say that nothing was touched since the version before. A changed file has a later `ctime`, whatever its `mtime` says. */
function isUntouched(layer: PlannedLayer, { previous }: PackOptions): boolean {
  if (!layer.before || !previous || !sameSeal(layer) || layer.options.encrypt || previous.issuedAt > Date.now()) return false;
  const before = new Map(layer.before.layer.files.map((file) => [file.path, file.length]));
  return before.size === layer.files.length && layer.files.every(({ path, length, mtimeMs, ctimeMs }) => (
    before.get(path) === length && Math.max(mtimeMs, ctimeMs) < previous.issuedAt
  ));
}

function keptContent({ before }: PlannedLayer): Content {
  const { layer, metainfo } = before!;
  return { torrent: Buffer.from(layer.torrent, 'base64'), metainfo, files: layer.files, encryption: layer.encryption, kept: true };
}

function refuseErrors(lints: Lint[]): void {
  if (lints.some(({ level }) => level === 'error')) throw new PackageLintError(lints);
}

/** Bytes read, of all that will be: sealing reads the plain file again, and then what it wrote. */
class Progress {
  readonly #total: number;
  readonly #options: PackOptions;
  #done = 0;

  constructor({ layers }: PackagePlan, options: PackOptions) {
    this.#options = options;
    const bytes = (files: { length: number }[]) => files.reduce((sum, { length }) => sum + length, 0);
    this.#total = layers.reduce((sum, layer) => sum + bytes(layer.files) + (layer.options.encrypt ? bytes(layer.files) + bytes(layer.arriving) : 0), 0);
  }

  get hashing(): { signal?: AbortSignal | undefined; onBytes(count: number): void } {
    return {
      signal: this.#options.signal,
      onBytes: (count) => {
        this.#done = Math.min(this.#done + count, this.#total);
        this.#options.onProgress?.(this.#done, this.#total);
      },
    };
  }

  end(): void {
    this.#options.onProgress?.(this.#total, this.#total);
  }
}
