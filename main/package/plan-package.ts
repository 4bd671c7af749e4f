// Decides what a package will be made of, and says what is wrong with it, before any file is read.
import { join, resolve } from 'node:path';
import { stat } from 'node:fs/promises';
import { listFiles } from '../metainfo/list-files.ts';
import { isUsablePieceLength } from '../metainfo/piece-length.ts';
import { safeName } from '../metainfo/safe-name.ts';
import { assignToLayers, readPattern } from './layer-globs.ts';
import { chooseLayerPieceLength, torrentOrder } from './layer-torrent.ts';
import { parseStatements } from './key-statement.ts';
import { checkLayers, SEALED_SUFFIX } from './manifest-layers.ts';
import { readManifest } from './manifest-schema.ts';
import { checkSources } from './manifest-sources.ts';
import type { LayerOptions, PackOptions } from './pack-options.ts';
import { manifestOf } from './pack-manifest.ts';
import { PackageError } from './package-error.ts';
import type { Lint } from './package-lints.ts';
import { error, lintLayers, lintNames, lintPieces, lintReach, warning } from './package-lints.ts';
import type { EventPackage, ManifestLayer } from './package-types.ts';
import { SEAL_CHUNK_BYTES, sealedPath } from './seal-layer.ts';
import { lintSecrets } from './secret-lints.ts';
import { sealedLength } from './sealed-file.ts';

/** A file of the publisher's folder; `path` is relative to it, '/' between the parts. */
export interface SourceFile { path: string; absolute: string; length: number; mtimeMs: number; ctimeMs: number }

export interface PlannedLayer {
  options: LayerOptions;
  /** In the order of the torrent. */
  files: SourceFile[];
  /** What arrives, in the same order: the files themselves, or what they are sealed into. */
  arriving: { path: string; length: number }[];
  pieceLength: number;
  /** The layer of the version before. */
  before: EventPackage['layers'][number] | undefined;
}

export interface PackagePlan {
  /** The package's folder below a fan's download folder. */
  folderName: string;
  layers: PlannedLayer[];
  lints: Lint[];
}

/**
 * Lists the folder, gives its files to layers and checks everything that needs no reading.
 * @throws {PackageError} `unreadable` {MetainfoError} for a folder that cannot be listed; whatever else is wrong is among the lints
 */
export async function planPackage(folder: string, options: PackOptions): Promise<PackagePlan> {
  const root = resolve(folder);
  const top = await stat(root).catch(() => null);
  if (!top?.isDirectory()) throw new PackageError('unreadable', top ? `${root} is a file. A package is made from a folder.` : `There is no folder ${root}`);
  const lints: Lint[] = [];
  const listed = await listFiles(root, (path) => lints.push(warning(`"${path}" is a link or a device and stays out.`, path)));
  const all = listed.map(({ absolute, path, length, mtimeMs, ctimeMs }): SourceFile => ({ path: path.join('/'), absolute, length, mtimeMs, ctimeMs }));

  const tests = options.layers.map(({ id, pattern }) => {
    const test = readPattern(pattern);
    if (!test) lints.push(error(`Layer "${id}": the pattern "${pattern.slice(0, 100)}" is empty, too long, or has too many alternatives.`));
    return test ?? (() => false);
  });
  const files = withoutOwnSeals(all, (path) => options.layers.some((layer, index) => layer.encrypt && tests[index]!(path)));
  const assignment = assignToLayers(files.map(({ path }) => path), tests);
  lints.push(...lintLayers(options.layers, files, assignment));

  const folderName = options.name ?? options.previous?.folderName ?? folderNameOf(options.title);
  if (safeName(folderName) !== folderName) lints.push(error(`"${folderName}" cannot be the name of a folder on every disk. Choose another name.`));
  if (options.pieceLength !== undefined && !isUsablePieceLength(options.pieceLength)) lints.push(error('The piece size must be a power of two from 16 KiB to 64 MiB.'));
  const layers = options.layers.map((layer, index) => planLayer(layer, assignment.byLayer[index]!.map((file) => files[file]!), folderName, options));
  // What arrives and what comes out of seals share one folder.
  const paths = new Set(layers.flatMap(({ files: own, arriving }) => [...arriving, ...own].map(({ path }) => path)));
  lints.push(...lintNames(folderName, [...paths]));
  lints.push(...await lintSecrets(layers.flatMap(({ files: own }) => own), options.secretFiles ?? []));
  for (const { options: { id }, arriving, pieceLength } of layers) lints.push(...lintPieces(id, arriving.map(({ length }) => length), pieceLength));
  lints.push(...lintReach({ trackers: options.trackers ?? [], webSeeds: options.webSeeds ?? [], expiresAt: options.expiresAt }));
  lints.push(...lintFields(options), ...lintPrevious(options, folderName));
  return { folderName, layers, lints };
}

/** A folder's name from a title: safe on every disk, not hidden. */
export function folderNameOf(title: string): string {
  return safeName(title.normalize('NFC').replace(/^[\s.]+/, '').replace(/[\s.]+$/, ''));
}

function planLayer(options: LayerOptions, own: SourceFile[], folderName: string, pack: PackOptions): PlannedLayer {
  const before = pack.previous?.folderName === folderName ? pack.previous.layers.find(({ layer }) => layer.id === options.id) : undefined;
  const arrivesAs = ({ path, length }: SourceFile) => (
    options.encrypt ? { path: sealedPath(path), length: sealedLength(length, SEAL_CHUNK_BYTES) } : { path, length }
  );
  const ordered = torrentOrder(own.map((file) => ({ ...arrivesAs(file), file })));
  const arriving = ordered.map(({ path, length }) => ({ path, length }));
  const pieceLength = pack.pieceLength ?? chooseLayerPieceLength(arriving.map(({ length }) => length), before?.metainfo.pieceLength);
  return { options, files: ordered.map(({ file }) => file), arriving, pieceLength, before };
}

/** What an earlier run sealed beside the plain files is no file of the publisher's. */
function withoutOwnSeals(files: SourceFile[], isSealed: (path: string) => boolean): SourceFile[] {
  const paths = new Set(files.map(({ path }) => path));
  return files.filter(({ path }) => {
    const plain = path.endsWith(SEALED_SUFFIX) ? path.slice(0, -SEALED_SUFFIX.length) : null;
    return plain === null || !paths.has(plain) || !isSealed(plain);
  });
}

/** The fields that no file has a part in, as a client will check them. */
function lintFields(options: PackOptions): Lint[] {
  const lints: Lint[] = [];
  const { expiresAt, startsAt } = options;
  if (expiresAt !== undefined && expiresAt <= (options.issuedAt ?? Date.now())) lints.push(error('The package would have expired before it is issued.'));
  if (expiresAt !== undefined && startsAt !== undefined && startsAt >= expiresAt) lints.push(error('The package would expire before its event starts.'));
  if (options.layers.length === 0) return lints;
  try {
    // As it will be read: through JSON, without what is not said.
    const manifest = readManifest(JSON.parse(JSON.stringify(manifestOf(options, options.layers.map(standIn)))));
    checkLayers(manifest.layers);
    checkSources(manifest, { allowPrivate: options.allowPrivate ?? false });
    for (const text of options.statements ?? []) parseStatements(text);
  } catch (problem) {
    if (!(problem instanceof PackageError)) throw problem;
    lints.push(error(problem.message.replace(/ Ask the publisher for [^.]*\.$/, '')));
  }
  return lints;
}

/** A layer as the manifest will have it, with one file that stands for those that were not read yet. */
function standIn(layer: LayerOptions, index: number): ManifestLayer {
  const file = { path: 'x', length: 1, sha256: '0'.repeat(64) };
  const sealed = { path: sealedPath(file.path), length: sealedLength(file.length, SEAL_CHUNK_BYTES), sha256: file.sha256 };
  return {
    id: layer.id, title: layer.title ?? layer.id, required: layer.required, requires: layer.requires ?? [], order: layer.order ?? index, torrent: 'x',
    files: [layer.encrypt ? sealed : file], segment: layer.segment,
    encryption: layer.encrypt && { ...layer.encrypt, chunkSize: SEAL_CHUNK_BYTES, keySha256: file.sha256, files: [file] },
  };
}

function lintPrevious({ id, version, previous }: PackOptions, folderName: string): Lint[] {
  if (!previous) return [];
  const { package: before } = previous.manifest;
  const lints: Lint[] = [];
  if (before.id !== id) lints.push(error(`The version before is of another package: "${before.id}".`));
  else if (version <= before.version) lints.push(error(`The version before is ${before.version}, so this one must be higher than that. Clients refuse what is not newer.`));
  if (previous.folderName !== folderName) lints.push(warning(`The folder was called "${previous.folderName}" before, so nothing of it is kept.`));
  return lints;
}

/** Where a file of the folder is. */
export const below = (folder: string, path: string): string => join(folder, ...path.split('/'));
