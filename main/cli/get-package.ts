// `flashswarm get` for event packages: decided about, taken, followed layer by layer, and reported.
import { resolve } from 'node:path';
import type { EventPreview, Input, Output, PackageSummary, Source } from '../../contract/index.ts';
import { openPackage } from '../package/open-package.ts';
import { CliError } from './exit-codes.ts';
import { formatBytes, formatDuration, printable } from './format.ts';
import { LayerNews } from './layer-news.ts';
import { consent } from './package-consent.ts';
import { packageOutcome } from './package-outcome.ts';
import { layerText, timeText, warningText } from './package-text.ts';
import { previewOf } from './preview.ts';
import type { Report } from './report.ts';
import type { Session } from './session.ts';
import { sourcesOf } from './sources-line.ts';
import type { TrustOption } from './trust-option.ts';
import { namesPublisher } from './trust-option.ts';

export interface PackageOrder {
  source: Source;
  /** Of a package file; null for an address. */
  bytes: Uint8Array | null;
  out: string;
  trust: TrustOption | null;
  /** Optional layers to fetch; null: all, or as they were chosen before. */
  layers: string[] | null;
  acceptTerms: boolean;
  acceptRegion: boolean;
  /** Ask the publisher for the newest version first. */
  update: boolean;
  /** Wait until sealed layers are opened. */
  wait: boolean;
  /** Go on sharing until the signal. */
  seed: boolean;
  /** host:port, dialled for what is taken. */
  peers: string[];
}

/** Ends when every chosen layer is what the publisher signed. @throws {CliError} {ContractError} */
export async function getPackage(session: Session, order: PackageOrder, report: Report, signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  // What was fetched into this folder before keeps still meanwhile.
  const before = await session.ask('session.snapshot', {});
  if (before.packages.length > 0) await session.ask('packages.pause', { ids: before.packages.map(({ id }) => id) });
  const successors = order.trust?.kind === 'file' ? await install(session, order.trust) : new Set<string>();

  let taken = await take(session, order.source, { ...order, successors }, report, signal).catch(async (error: unknown) => {
    // The file is the one of the first time, and a newer version was taken since: that one is what --update is about.
    const here = order.update && (error as { code?: string }).code === 'rollback' ? await newerHere(session, order) : null;
    if (!here) throw error;
    return here;
  });
  if (order.update) taken = await takeNewest(session, taken, { ...order, successors }, report, signal);
  const { id, version } = taken;
  await session.ask('packages.resume', { ids: [id] });
  if (order.peers.length > 0) await session.ask('packages.addPeers', { id, peers: order.peers });

  const news = new LayerNews(report, version);
  const repair = repairOnce(session, id);
  const done = await session.follow(id, (summary) => {
    report.progress(summary);
    news.look(summary);
    return repair(summary) ? undefined : packageOutcome(summary, { version, wait: order.wait });
  });
  await sayDone(session, done, report, startedAt);
  if (order.seed) {
    report.say({ type: 'seeding', id, version }, 'Sharing until Ctrl-C.');
    await session.follow(id, (summary) => {
      report.progress(summary);
      packageOutcome(summary, { version, wait: false });
      return undefined;
    });
  }
  await session.ask('packages.pause', { ids: [id] });
}

/** Trusts the key of the file. @returns fingerprints of the keys that took its place, by statements that are known here */
async function install(session: Session, trust: Extract<TrustOption, { kind: 'file' }>): Promise<Set<string>> {
  await session.ask('publishers.install', { source: { kind: 'bytes', base64: Buffer.from(trust.bytes).toString('base64') } });
  return successorsOf(await session.ask('publishers.list', {}), trust.print);
}

/** @param print of the key to begin with */
export function successorsOf(publishers: Output<'publishers.list'>, print: string): Set<string> {
  const found = new Set<string>();
  const next = (of: string): string | null => publishers.find(({ fingerprint }) => fingerprint === of)?.succeededBy ?? null;
  for (let key = next(print); key !== null && !found.has(key); key = next(key)) found.add(key);
  return found;
}

type Decided = PackageOrder & { successors: Set<string> };
interface Taken { id: string; version: number; updates: boolean }

/** Looks at the source, decides, and adds it; nothing is fetched yet. */
async function take(session: Session, source: Source, order: Decided, report: Report, signal: AbortSignal): Promise<Taken> {
  const folder = session.grant(order.out);
  const preview = await previewOf(session, source, folder);
  const { event, previewId } = preview;
  if (!event) throw new CliError('not-a-package', 'This is no event package but a torrent: open it without the options of packages.');
  if (order.trust?.kind === 'file' && order.successors.size === 0 && event.trust === 'trusted') {
    // The package itself may have brought the statement by which its key took the other's place.
    for (const key of successorsOf(await session.ask('publishers.list', {}), order.trust.print)) order.successors.add(key);
  }
  sayPackage(report, event);
  await checkFolder(session, event, order.out);
  const decided = await consent(event, order, report, signal);
  const input: Input<'packages.add'> = { previewId, folder, paused: order.update && event.action === 'new', ...decided };
  if (order.layers) input.layers = order.layers;
  const { id } = await session.ask('packages.add', input).catch((error: unknown) => {
    if ((error as { code?: string }).code !== 'not-accepted' || !event.terms) throw error;
    throw new CliError('not-accepted', 'The publisher asks you to accept terms first. Read them, then say the same command with --accept-terms.', {
      details: { terms: event.terms.text },
    });
  });
  const { packages } = await session.ask('session.snapshot', {});
  return { id, version: event.version, updates: packages.find((one) => one.id === id)?.event?.update != null };
}

/** The package of an older file, when it is here already, in this folder and by the key that is asked for. */
async function newerHere(session: Session, { bytes, out, trust }: PackageOrder): Promise<Taken | null> {
  if (!bytes) return null;
  const { id } = openPackage(bytes, { allowPrivate: true, ...(trust?.kind === 'file' ? { key: trust.key } : {}) }).manifest.package;
  const { packages } = await session.ask('session.snapshot', {});
  const here = packages.find((one) => one.id === id);
  if (!here?.event || resolve(here.folder) !== out || (trust && !namesPublisher(trust, here.event.publisher))) return null;
  return { id, version: here.event.version, updates: here.event.update !== null };
}

async function takeNewest(session: Session, taken: Taken, order: Decided, report: Report, signal: AbortSignal): Promise<Taken> {
  if (!taken.updates) {
    report.say({ type: 'note', code: 'no-update-address' }, 'The publisher names no address for newer versions: this one is taken.');
    return taken;
  }
  await session.ask('packages.checkUpdate', { id: taken.id });
  const { packages } = await session.ask('session.snapshot', {});
  const event = packages.find(({ id }) => id === taken.id)?.event;
  const state = event?.update;
  // A live package goes on to the newer version by itself.
  if (state?.state === 'getting') return { ...taken, version: state.version ?? taken.version };
  if (state?.state !== 'available') return { ...taken, version: event?.version ?? taken.version };
  return take(session, { kind: 'update', id: taken.id }, order, report, signal);
}

async function checkFolder(session: Session, { action, packageId }: EventPreview, out: string): Promise<void> {
  if (action === 'new') return;
  const { packages } = await session.ask('session.snapshot', {});
  const here = packages.find(({ id }) => id === packageId);
  if (!here || resolve(here.folder) === out) return;
  throw new CliError('in-use', `This package is in the data folder's list already, with its files in ${here.folder}. Name that folder with --out, or another --data-dir.`);
}

const repairable = new Set(['files-missing', 'file-changed']);

/** Files that were removed or changed since the last run are looked at and fetched again; once, so that a disk that lies ends it. */
function repairOnce(session: Session, id: string): (summary: PackageSummary) => boolean {
  let state: 'unused' | 'going' | 'used' = 'unused';
  return ({ state: { kind, reason } }) => {
    if (state === 'going') return true;
    if (state === 'used' || kind !== 'problem' || !repairable.has(reason)) return false;
    state = 'going';
    void session.ask('packages.recheck', { ids: [id] }).then(() => session.ask('packages.resume', { ids: [id] })).catch(() => undefined).finally(() => (state = 'used'));
    return true;
  };
}

function sayPackage(report: Report, event: EventPreview): void {
  const { packageId: id, title, version, action, haveVersion, publisher, trust, warnings, layers, startsAt, expiresAt, update } = event;
  const what = action === 'update' ? `, version ${version} in place of ${haveVersion}` : action === 'same' ? `, version ${version}, which is here already` : `, version ${version}`;
  report.say({
    type: 'package', id, title, version, action, haveVersion, trust, warnings, startsAt, expiresAt, update,
    publisher: { name: publisher.name, fingerprint: publisher.fingerprint, words: publisher.words }, layers,
  }, [
    `${printable(title)}${what}, by ${printable(publisher.name)}`,
    ...layers.filter(({ segment }) => segment === null).map((layer) => `  ${layerText(layer)}`),
    ...(update ? [`  ${formatBytes(update.fetchBytes)} to fetch, ${formatBytes(update.reusedBytes)} are here already`] : []),
    ...warnings.filter((warning) => warning !== 'known-name' || trust === 'trusted').map(warningText),
  ].join('\n'));
}

async function sayDone(session: Session, s: PackageSummary, report: Report, startedAt: number): Promise<void> {
  const event = s.event!;
  const seconds = (Date.now() - startedAt) / 1000;
  const chosen = s.layers.filter((layer) => layer.chosen);
  const ids = new Set(chosen.map(({ id }) => id));
  const detail = await session.ask('packages.detail', { id: s.id });
  const files = detail.files.filter((file) => ids.has(file.layer) && file.priority !== 'skip').map(({ layer, path, length, check }) => ({ layer, path, length, signedHash: check === 'right' }));
  const right = files.every(({ signedHash }) => signedHash);
  if (!right) throw new CliError('internal', 'Some files could not be compared with what the publisher signed. Say the same command again.');
  const update = event.lastUpdate && event.lastUpdate.at >= startedAt ? event.lastUpdate : null;
  const sealed = chosen.filter(({ state }) => state === 'sealed').map(({ id }) => id);
  const { fromPeople, fromServer, fromLocal } = s;
  const where = ([[fromPeople, 'from people'], [fromServer, 'from servers'], [fromLocal, 'here before']] as const)
    .filter(([bytes]) => bytes > 0).map(([bytes, text]) => `${formatBytes(bytes)} ${text}`).join(', ');
  const { figures, lines } = await sourcesOf(session, s.id);
  const text = [
    `${printable(s.name)}, version ${event.version}, is complete: ${formatBytes(s.bytesWanted)} in ${formatDuration(seconds)}${where ? ` (${where})` : ''}.`,
    ...chosen.filter(({ segment }) => segment === null).map((layer) => `  ${printable(layer.id)}: ${layer.fileCount} ${layer.fileCount === 1 ? 'file' : 'files'}, ${formatBytes(layer.bytesTotal)}${layer.state === 'sealed' ? ', sealed' : ''}`),
    ...lines,
    `Every file (${files.length}) has the SHA-256 that the publisher signed.`,
    ...(update ? [`Updated from version ${update.fromVersion}: ${formatBytes(update.fetchedBytes)} fetched, ${formatBytes(update.reusedBytes)} were here already.`] : []),
    ...(event.startsAt !== null && !event.open ? [`It opens at ${timeText(event.startsAt)}.`] : []),
    ...(sealed.length > 0 ? [`Sealed until the publisher releases the key: ${sealed.map(printable).join(', ')}. The same command with --wait waits for it.`] : []),
  ];
  report.say({
    type: 'done', id: s.id, name: s.name, version: event.version, publisher: { name: event.publisher.name, fingerprint: event.publisher.fingerprint }, folder: s.folder,
    bytes: s.bytesWanted, seconds, fromPeople, fromServer, fromLocal, ...figures,
    layers: s.layers.map(({ id, title, state, chosen: wanted, required, bytesTotal, fileCount, infoHash }) => ({ id, title, state, chosen: wanted, required, bytes: bytesTotal, files: fileCount, infoHash })),
    files, everyFileAsSigned: right, update: update && { fromVersion: update.fromVersion, fetchedBytes: update.fetchedBytes, reusedBytes: update.reusedBytes },
    startsAt: event.startsAt, open: event.open, sealed,
  }, text.join('\n'));
}
