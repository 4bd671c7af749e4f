// `flashswarm seed` for event packages: the layers whose files are there, each shared as the torrent that it is.
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { CoreOptions, PackageSummary } from '../../contract/index.ts';
import { diskPaths, encodeTorrentFile, magnetOf } from '../metainfo/metainfo.ts';
import { fingerprint } from '../package/fingerprint.ts';
import { openPackage } from '../package/open-package.ts';
import type { EventPackage } from '../package/package-types.ts';
import { CliError } from './exit-codes.ts';
import { formatBytes, printable } from './format.ts';
import { outcome } from './get-command.ts';
import type { Report } from './report.ts';
import { Session, stateFolder } from './session.ts';
import type { TrustOption } from './trust-option.ts';
import { namesPublisher } from './trust-option.ts';

type Layer = EventPackage['layers'][number];
interface Shared { layer: Layer; id: string }

export interface SeedOrder {
  bytes: Uint8Array;
  /** The folder with the package's folder in it, or that folder itself. */
  data: string;
  trust: TrustOption | null;
  trackers: string[];
  /** Where the state is kept; one for each folder and package unless told. */
  dataDir: string | null;
  core: CoreOptions;
}

/**
 * Shares until the signal. No list of trusted keys is asked or written: nothing is taken here that was not in the seeder's hands before, and
 * fans check the signature themselves.
 * @throws {CliError} {PackageError} `incomplete` when no layer is there
 */
export async function seedPackage(order: SeedOrder, report: Report, signal: AbortSignal, started: (session: Session) => void): Promise<never> {
  const pkg = openPackage(order.bytes, { allowPrivate: order.core.allowPrivate, ...(order.trust?.kind === 'file' ? { key: order.trust.key } : {}) });
  const { hex, words } = fingerprint(pkg.key);
  if (order.trust && !namesPublisher(order.trust, { fingerprint: hex, words })) {
    throw new CliError('wrong-key', 'This package is signed with another key than the one that --trust names.');
  }
  const folder = await parentFolder(order.data, pkg.folderName);
  const found = await Promise.all(pkg.layers.map(async (layer) => ({ layer, missing: await firstMissing(folder, layer) })));
  const present = found.filter(({ missing }) => missing === null).map(({ layer }) => layer);
  const absent = new Map(found.flatMap(({ layer, missing }) => (missing === null ? [] : [[layer, missing] as const])));
  if (present.length === 0) throw nothingThere(pkg, folder, [...absent.values()][0]!);

  const dataDir = resolve(order.dataDir ?? await stateFolder('seed', folder, pkg.digest));
  const session = await Session.start({ ...order.core, dataDir, downloadDir: folder }, signal, (line) => process.stderr.write(`${line}\n`));
  started(session);
  const shared: Shared[] = [];
  for (const layer of present) {
    const id = await addLayer(session, layer, pkg, order, folder, report);
    if (id === null) absent.set(layer, 'its files differ from what was signed');
    else shared.push({ layer, id });
  }
  if (shared.length === 0) throw nothingThere(pkg, folder, [...absent.values()][0]!);
  await session.ask('packages.resume', { ids: shared.map(({ id }) => id) });
  for (const { id } of shared) await session.follow(id, outcome);
  const { totals } = await session.ask('session.snapshot', {});
  sayShared(report, pkg, order.trackers, shared, absent, { folder, port: totals.listenPort, print: hex });

  const ids = new Set(shared.map(({ id }) => id));
  return session.watch<never>((packages, changed) => {
    const ours = [...packages.values()].filter(({ id }) => ids.has(id));
    for (const summary of ours) if (changed.has(summary.id)) outcome(summary);
    if (report.json) for (const summary of ours) report.progress(summary);
    else if (ours[0]) report.progress(together(pkg.manifest.package.title, ours));
    return undefined;
  });
}

/** @returns the folder that contains the package's folder */
export async function parentFolder(data: string, folderName: string): Promise<string> {
  const folder = resolve(data);
  const below = await stat(join(folder, folderName)).catch(() => null);
  return !below?.isDirectory() && basename(folder) === folderName ? dirname(folder) : folder;
}

/** What of a layer is not there, in words; null when every file has its length. */
async function firstMissing(folder: string, { metainfo }: Layer): Promise<string | null> {
  for (const [index, path] of diskPaths(metainfo).entries()) {
    if (path === null) continue;
    const info = await stat(join(folder, path)).catch(() => null);
    if (!info?.isFile()) return `${path} is not there`;
    if (info.size !== metainfo.files[index]!.length) return `${path} has another size`;
  }
  return null;
}

/** Adds a layer and makes sure of its files. @returns null when they are others than was signed */
async function addLayer(session: Session, { layer, metainfo }: Layer, pkg: EventPackage, { trackers }: SeedOrder, folder: string, report: Report): Promise<string | null> {
  const { id, merged } = await session.ask('packages.add', {
    source: { kind: 'bytes', base64: Buffer.from(encodeTorrentFile(metainfo)).toString('base64') },
    folder: session.grant(folder), trackers: [...new Set([...(pkg.manifest.sources?.trackers ?? []).flat(), ...trackers])], paused: true,
  });
  const known = (await session.ask('session.snapshot', {})).packages.find((one) => one.id === id);
  if (merged && known && resolve(known.folder) !== folder) {
    throw new CliError('in-use', `"${printable(layer.id)}" is in the data folder's list already, with its files in ${known.folder}. Name that folder, or another --data-dir.`);
  }
  // Resume data that fits the files spares reading them again.
  const sure = merged && known !== undefined && known.state.kind !== 'problem' && known.bytesTotal > 0 && known.bytesDone === known.bytesTotal;
  if (!sure) await session.ask('packages.recheck', { ids: [id] });
  const checked = await session.follow(id, (summary) => {
    report.progress(summary);
    if (summary.state.kind === 'problem') outcome(summary);
    return summary.hasMetadata && summary.state.kind !== 'checking' ? summary : undefined;
  });
  if (checked.bytesDone === checked.bytesWanted) return id;
  await session.ask('packages.remove', { ids: [id], data: 'keep' });
  return null;
}

function nothingThere(pkg: EventPackage, folder: string, example: string): CliError {
  return new CliError('incomplete', `No layer of "${printable(pkg.manifest.package.title)}" is whole in ${folder}: ${printable(example)}. Name the folder that contains "${printable(pkg.folderName)}" with --data.`);
}

function sayShared(report: Report, pkg: EventPackage, more: string[], shared: Shared[], absent: ReadonlyMap<Layer, string>, where: { folder: string; port: number; print: string }): void {
  const { id, title, version } = pkg.manifest.package;
  const layers = shared.map(({ layer: { layer, metainfo } }) => {
    const trackers = [...new Set([...(pkg.manifest.sources?.trackers ?? []).flat(), ...metainfo.trackers.flat(), ...more])];
    const webSeeds = [...new Set([...(pkg.manifest.sources?.webSeeds ?? []), ...metainfo.webSeeds])];
    return { id: layer.id, infoHash: metainfo.infoHash, bytes: metainfo.length, magnet: magnetOf({ infoHash: metainfo.infoHash, name: metainfo.name, trackers, webSeeds }) };
  });
  const missing = [...absent].map(([{ layer }, why]) => ({ id: layer.id, required: layer.required, why }));
  report.say({ type: 'seeding', id, title, version, fingerprint: where.print, port: where.port, folder: where.folder, layers, missing }, [
    `Sharing ${printable(title)}, version ${version} (${formatBytes(layers.reduce((sum, { bytes }) => sum + bytes, 0))} in ${layers.length} ${layers.length === 1 ? 'layer' : 'layers'}) on port ${where.port} until Ctrl-C.`,
    ...layers.flatMap((layer) => [`${printable(layer.id)}: ${formatBytes(layer.bytes)}`, layer.magnet]),
    ...missing.map(({ id: name, why }) => `Not shared: ${printable(name)}, ${printable(why)}.`),
  ].join('\n'));
}

/** All layers as one line of the display. */
function together(name: string, [first, ...others]: PackageSummary[]): PackageSummary {
  const sum = { ...first!, name, peers: { ...first!.peers } };
  for (const { uploadedBytes, uploadBytesPerSecond, peers } of others) {
    sum.uploadedBytes += uploadedBytes;
    sum.uploadBytesPerSecond += uploadBytesPerSecond;
    sum.peers.connected += peers.connected;
    sum.peers.receiving += peers.receiving;
  }
  return sum;
}
