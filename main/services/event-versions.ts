// Newer versions of event packages: found at the publisher's address, fetched beside the one in use, put in its place when they are whole.
import { EventEmitter } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings, UpdateState } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { diskPaths } from '../metainfo/disk-paths.ts';
import { parseStatements } from '../package/key-statement.ts';
import type { EventPackage, ManifestLayer } from '../package/package-types.ts';
import type { EventFiles } from './event-files.ts';
import type { EventOpening, OpenedEvent } from './event-opening.ts';
import { termsDigest } from './event-opening.ts';
import { layerRecordOf } from './event-packages.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { LayerSource } from './layer-opener.ts';
import type { Library } from './library.ts';
import { layerSources, withRequired } from './library.ts';
import type { PackageEntry } from './package-entry.ts';
import type { PackageFetcher } from './package-fetcher.ts';
import { statementsUrl } from './package-fetcher.ts';
import { planUpdate } from './reuse-sources.ts';
import { carryOutReuse } from './reuse-data.ts';
import { openedPaths } from './sealed-outputs.ts';
import { toContractError } from './source-resolver.ts';
import type { TrustStore } from './trust-store.ts';
import { PollState, UpdatePoller } from './update-poller.ts';
import { putInPlace, stagingFolderOf } from './version-files.ts';

export interface EventVersionsOptions {
  library: Library;
  trust: TrustStore;
  opening: EventOpening;
  files: EventFiles;
  fetcher: PackageFetcher;
  settings(): Settings;
  trash(paths: string[]): Promise<void>;
  log(line: string): void;
}

const statementsEveryMs = 10 * 60_000;

export class EventVersions extends EventEmitter<{ replaced: [PackageEntry] }> {
  readonly #o: EventVersionsOptions;
  readonly #poller: UpdatePoller;
  readonly #statementsAt = new Map<string, number>();
  /** What the newer version that is being fetched costs and spares, by package. */
  readonly #plans = new Map<string, { version: number; fetchBytes: number; reusedBytes: number }>();
  readonly #problems = new Map<string, string>();
  /** Packages whose files are being put in place, or whose layers are being changed. */
  readonly #changing = new Map<string, Promise<void>>();

  constructor(options: EventVersionsOptions) {
    super();
    this.#o = options;
    this.#poller = new UpdatePoller({
      fetch: async (id, url, conditional, signal) => {
        await this.#fetchStatements(id, url, signal);
        return options.fetcher.fetchPackage(url, { ...conditional, signal });
      },
      found: (id, bytes) => this.#found(id, bytes),
      changed: (id) => {
        const entry = options.library.find(id);
        if (entry?.record.event) entry.record.event.updates = this.#poller.state(id);
        options.library.emit('changed', id);
      },
      now: Date.now,
      random: Math.random,
      setTimer: (callback, ms) => {
        const timer = setTimeout(callback, ms);
        timer.unref();
        return () => clearTimeout(timer);
      },
    });
    options.library.on('removed', (id) => {
      this.#poller.unwatch(id);
      this.#plans.delete(id);
      this.#problems.delete(id);
    });
  }

  async close(): Promise<void> {
    await this.#poller.close();
    await Promise.allSettled(this.#changing.values());
  }

  /** Asks for newer versions from now on, where the publisher names an address. */
  watch(entry: PackageEntry): void {
    const { event, record } = entry;
    const url = event?.manifest.update?.url;
    if (!event || !record.event || !url) return this.#poller.unwatch(record.id);
    const isLive = event.manifest.layers.some((layer) => layer.segment !== undefined);
    const kept = PollState.safeParse(record.event.updates);
    this.#poller.watch(record.id, {
      url, segmentSeconds: isLive ? event.manifest.event?.segmentSeconds ?? null : null, startsAt: event.startsAt, state: kept.success ? kept.data : null, paused: record.paused,
    });
  }

  /** Resolves when the publisher has answered. @throws {ContractError} with what stood in the way */
  async checkNow(id: string): Promise<void> {
    const entry = this.#o.library.get(id);
    if (!entry.event?.manifest.update) throw new ContractError('not-here', 'The publisher of this package names no address for newer versions.');
    await this.#poller.checkNow(id).catch((error: unknown) => {
      throw toContractError(error);
    });
  }

  /** The newer version that was found and waits. @throws {ContractError} `not-found` */
  async openFound(id: string): Promise<OpenedEvent> {
    const found = this.#o.library.get(id).record.event?.found;
    if (!found) throw new ContractError('not-found', 'There is no newer version of this package.');
    return this.#o.opening.open(await this.#o.files.bytes(id, found.version), { id });
  }

  /** Fetches the version that was found. @throws {ContractError} `not-accepted` where its terms are new */
  async takeFound(id: string): Promise<void> {
    const entry = this.#o.library.get(id);
    const opened = await this.openFound(id);
    const { terms } = opened.pkg.manifest;
    if (terms !== undefined && entry.record.event!.acceptedTerms !== termsDigest(terms)) {
      throw new ContractError('not-accepted', 'The publisher changed the terms. Read and accept them first.');
    }
    if (opened.judgement.expired) throw new ContractError('expired', 'The newer version has expired as well. Ask its publisher.');
    await this.take(entry, opened, this.#chosen(entry, opened.pkg.manifest.layers));
  }

  updateState(entry: PackageEntry): UpdateState | null {
    const { event, record } = entry;
    const plan = this.#plans.get(record.id);
    if (!event?.manifest.update && !entry.next.length) return null;
    const poll = this.#poller.state(record.id);
    const fetched = entry.next.reduce((sum, layer) => sum + arrived(layer), 0);
    const common = { checkedAt: poll?.checkedAt ?? null, nextCheckAt: poll?.nextCheckAt ?? null };
    if (entry.next.length) {
      return {
        ...common, state: 'getting', version: record.next?.version ?? null, message: null,
        fetchBytes: plan?.fetchBytes ?? entry.next.reduce((sum, layer) => sum + layer.missingBytes, fetched), fetchedBytes: fetched, reusedBytes: plan?.reusedBytes ?? null,
      };
    }
    const problem = this.#problems.get(record.id) ?? this.#poller.problem(record.id)?.message ?? null;
    const found = record.event?.found;
    if (found) {
      return { ...common, state: 'available', version: found.version, message: problem, fetchBytes: plan?.fetchBytes ?? null, fetchedBytes: null, reusedBytes: plan?.reusedBytes ?? null };
    }
    const state = this.#poller.isChecking(record.id) ? 'checking' : problem ? 'failed' : 'current';
    return { ...common, state, version: null, fetchBytes: null, fetchedBytes: null, reusedBytes: null, message: problem };
  }

  /**
   * Goes over to another version: at once where it only adds to the one in use, otherwise beside it until all of it is whole.
   * The caller has accepted it and kept its file. @param chosen ids of the layers that are wanted
   */
  take(entry: PackageEntry, opened: OpenedEvent, chosen: ReadonlySet<string>): Promise<void> {
    return this.#alone(entry, async () => {
      const { pkg } = opened;
      const { record } = entry;
      refuseChangedTorrents(entry, pkg);
      this.#problems.delete(record.id);
      const plan = planUpdate(this.#o.library, pkg, entry, chosen);
      await this.#dropNext(entry);
      const kept = new Set(pkg.layers.map(({ metainfo }) => metainfo.infoHash));
      const here = new Set(entry.layers.map((layer) => layer.record.infoHash));
      const fresh = pkg.layers.filter(({ metainfo }) => !here.has(metainfo.infoHash));
      const staged = entry.layers.some((layer) => !kept.has(layer.record.infoHash));
      const staging = staged ? stagingFolderOf(record.folder, record.id, pkg.manifest.package.version) : null;
      const sources = fresh.map(({ layer, metainfo }): LayerSource => {
        const reuse = plan.layers.get(metainfo.infoHash);
        const source = { record: layerRecordOf(layer, metainfo.infoHash, chosen.has(layer.id), staging), metainfo, manifest: layer };
        return reuse && reuse.reusedBytes > 0 ? { ...source, prepare: async () => void (await carryOutReuse(reuse, staging ?? record.folder, {})) } : source;
      });
      record.event!.found = null;
      record.event!.leftOut = pkg.manifest.layers.filter((layer) => !chosen.has(layer.id)).map((layer) => layer.id);
      if (staged) {
        this.#plans.set(record.id, { version: pkg.manifest.package.version, fetchBytes: plan.fetchBytes, reusedBytes: plan.reusedBytes });
        record.next = { version: pkg.manifest.package.version, digest: pkg.digest, key: hex(pkg.key), layers: sources.map((source) => source.record) };
        entry.nextEvent = pkg;
        this.#o.library.openLayers(entry, sources, true);
        this.#o.library.steer();
        await this.#o.library.saved();
        if (!sources.length) await this.#replace(entry);
        return;
      }
      this.#plans.delete(record.id);
      const before = record.event!.version;
      this.#become(entry, pkg);
      record.layers.push(...sources.map((source) => source.record));
      if (fresh.length) record.event!.lastUpdate = { fromVersion: before, fetchedBytes: plan.fetchBytes, reusedBytes: plan.reusedBytes, at: Date.now() };
      this.#o.library.openLayers(entry, sources);
      describeAnew(entry, pkg, chosen);
      this.#o.library.steer();
      await this.#o.library.saved();
      this.#o.library.touch(record.id);
      this.emit('replaced', entry);
    });
  }

  /** Looks whether a version that is being fetched is whole, or contradicts itself. */
  async advance(entry: PackageEntry): Promise<void> {
    if (!entry.next.length || this.#changing.has(entry.record.id)) return;
    if (entry.next.some((layer) => layer.refused)) {
      await this.#alone(entry, async () => {
        this.#problems.set(entry.record.id, 'A part of the newer version is not what its publisher signed. It was not taken; what you have stays.');
        await this.#dropNext(entry);
        await this.#o.library.saved();
      });
      return;
    }
    if (entry.next.every((layer) => !layer.record.chosen || layer.verified)) await this.#alone(entry, () => this.#replace(entry));
  }

  async #replace(entry: PackageEntry): Promise<void> {
    const pkg = entry.nextEvent;
    const { record } = entry;
    if (!pkg || !record.next) return;
    entry.ownWork = { kind: 'moving', progress: 0 };
    this.#o.library.steer();
    try {
      const fromVersion = record.event!.version;
      const freshHashes = new Set(entry.next.map((layer) => layer.record.infoHash));
      const keptHashes = new Set(pkg.layers.map(({ metainfo }) => metainfo.infoHash));
      const gone = entry.layers.filter((layer) => !keptHashes.has(layer.record.infoHash));
      const kept = entry.layers.filter((layer) => keptHashes.has(layer.record.infoHash));
      const fetchedBytes = entry.next.reduce((sum, layer) => sum + arrived(layer), 0);
      const reusedBytes = entry.next.reduce((sum, layer) => sum + layer.bytesBySource()[1]!, 0) + kept.reduce((sum, layer) => sum + layer.torrent.stats().bytesDone, 0);
      const remove = await this.#oldPaths(entry, gone, pkg);
      const byHash = new Map([...kept, ...entry.next].map((layer) => [layer.record.infoHash, layer.record]));
      await this.#o.library.closeLayers(entry, gone, true);
      await this.#o.library.closeLayers(entry, [...entry.next], false);
      record.layers = pkg.layers.flatMap(({ metainfo }) => byHash.get(metainfo.infoHash) ?? []);
      this.#become(entry, pkg);
      Object.assign(record.event!, { replacing: { remove }, lastUpdate: { fromVersion, fetchedBytes, reusedBytes, at: Date.now() } });
      record.next = null;
      entry.nextEvent = null;
      await this.#o.library.saved(); // from here on the next start goes on with it
      await putInPlace(record, pkg);
      record.event!.replacing = null;
      this.#plans.delete(record.id);
      const fresh = record.layers.filter((layer) => freshHashes.has(layer.infoHash));
      this.#o.library.openLayers(entry, layerSources(fresh, pkg));
      describeAnew(entry, pkg, null);
      await this.#o.library.saved();
      await this.#o.files.forget(record.id, [record.event!.version]);
    } catch (error) {
      this.#o.log(`The newer version of ${record.name} could not be put in place: ${String(error)}`);
      entry.ownProblem = { code: 'not-writable', message: `The newer version is here, but its files could not be put in place: ${(error as Error).message}` };
    } finally {
      entry.ownWork = null;
      this.#o.library.steer();
      this.#o.library.touch(record.id);
    }
    this.emit('replaced', entry);
  }

  /** Files that only the old version had, below the folder. What a person changed goes to the trash first, and is lost in no case. */
  async #oldPaths(entry: PackageEntry, gone: LayerEntry[], pkg: EventPackage): Promise<string[]> {
    const folded = (path: string): string => path.normalize('NFC').toLowerCase();
    const names = new Set(pkg.layers.flatMap(({ metainfo }) => diskPaths(metainfo)).map((path) => (path === null ? '' : folded(path))));
    const old = gone.flatMap((layer) => {
      const { metainfo } = layer;
      if (!metainfo) return [];
      const paths = layer.paths(metainfo);
      return [...metainfo.files.map((file, index) => ({ path: paths[index] ?? null, length: file.length })), ...openedPaths(layer)];
    });
    const remove: string[] = [];
    const changed: string[] = [];
    for (const { path, length } of old) {
      if (path === null) continue;
      const info = await stat(join(entry.record.folder, path)).catch(() => null);
      if (!info) continue;
      const isChanged = info.size !== length || info.mtimeMs > (entry.record.completedAt ?? Date.now()) + 2_000;
      if (isChanged) changed.push(join(entry.record.folder, path));
      else if (!names.has(folded(path))) remove.push(path);
    }
    if (changed.length) await this.#o.trash(changed).catch((error: unknown) => {
      throw new Error(`files that you changed could not be moved to the trash (${(error as Error).message})`);
    });
    return remove;
  }

  /** Lets go of a version that was being fetched; what is in use stays. */
  async #dropNext(entry: PackageEntry): Promise<void> {
    if (!entry.next.length && !entry.record.next) return;
    const paths: string[] = [];
    for (const layer of entry.next) if (layer.record.stagingFolder) paths.push(layer.record.stagingFolder);
    await this.#o.library.closeLayers(entry, [...entry.next], true);
    entry.record.next = null;
    entry.nextEvent = null;
    this.#plans.delete(entry.record.id);
    // Only copies and what arrived for this version are in there.
    await Promise.all([...new Set(paths)].map((path) => rm(path, { recursive: true, force: true })));
    this.#o.library.steer();
  }

  #become(entry: PackageEntry, pkg: EventPackage): void {
    const { manifest } = pkg;
    entry.event = pkg;
    entry.record.name = manifest.package.title;
    Object.assign(entry.record.event!, { version: manifest.package.version, digest: pkg.digest, key: hex(pkg.key) });
    if (manifest.terms !== undefined) entry.record.event!.acceptedTerms = termsDigest(manifest.terms);
    const known = new Set(entry.record.trackers.flat());
    const fresh = (manifest.sources?.trackers ?? []).map((tier) => tier.filter((url) => !known.has(url))).filter((tier) => tier.length);
    if (fresh.length) this.#o.library.addTrackers(entry.record.id, fresh);
    for (const url of manifest.sources?.webSeeds ?? []) this.#o.library.addWebSeed(entry.record.id, url);
  }

  async #found(id: string, bytes: Uint8Array): Promise<void> {
    const { library, opening, trust, files, settings } = this.#o;
    const entry = library.find(id);
    if (!entry?.record.event) return;
    const opened = opening.open(bytes, { id });
    const { pkg, judgement } = opened;
    if (pkg.digest === entry.record.event.digest || pkg.digest === entry.record.next?.digest) return;
    if (judgement.verdict.kind !== 'trusted') throw new ContractError('not-trusted', 'The newer version is signed with a key that nobody has trusted yet. Open the package again from its publisher.');
    if (judgement.expired) throw new ContractError('expired', 'What the publisher offers has expired. Ask its publisher for a new one.');
    trust.accept(pkg);
    await files.keep(id, pkg.manifest.package.version, bytes);
    const chosen = this.#chosen(entry, pkg.manifest.layers);
    const plan = planUpdate(library, pkg, entry, chosen);
    this.#plans.set(id, { version: pkg.manifest.package.version, fetchBytes: plan.fetchBytes, reusedBytes: plan.reusedBytes });
    entry.record.event.found = { version: pkg.manifest.package.version, digest: pkg.digest, key: hex(pkg.key) };
    await library.saved();
    const isLive = pkg.manifest.layers.some((layer) => layer.segment !== undefined);
    const { terms } = pkg.manifest;
    const termsAreNew = terms !== undefined && entry.record.event.acceptedTerms !== termsDigest(terms);
    if ((isLive || settings().updates === 'take') && !termsAreNew) await this.take(entry, opened, chosen);
    library.touch(id);
  }

  async #fetchStatements(id: string, url: string, signal: AbortSignal): Promise<void> {
    if (Date.now() - (this.#statementsAt.get(id) ?? 0) < statementsEveryMs) return;
    this.#statementsAt.set(id, Date.now());
    try {
      const bytes = await this.#o.fetcher.fetchStatements(statementsUrl(url), signal);
      if (bytes) this.#o.trust.apply(parseStatements(Buffer.from(bytes).toString('utf8')));
    } catch (error) {
      this.#o.log(`The publisher's statements about keys could not be read: ${toContractError(error).message}`);
    }
  }

  #chosen(entry: PackageEntry, layers: readonly ManifestLayer[]): Set<string> {
    const leftOut = new Set(entry.record.event?.leftOut ?? []);
    return withRequired(layers, layers.map((layer) => layer.id).filter((id) => !leftOut.has(id)));
  }

  /** One change of a package's layers at a time. */
  async #alone(entry: PackageEntry, change: () => Promise<void>): Promise<void> {
    const { id } = entry.record;
    while (this.#changing.has(id)) await this.#changing.get(id)!.catch(() => undefined);
    if (this.#o.library.find(id) !== entry) return;
    const work = change().finally(() => this.#changing.delete(id));
    this.#changing.set(id, work);
    await work;
    // What became whole meanwhile was told while nobody could act on it.
    await this.advance(entry);
  }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Bytes of a layer that came over the net. */
const arrived = (layer: LayerEntry): number => {
  const from = layer.bytesBySource();
  return from[2]! + from[3]!;
};

/** A published torrent never changes, and neither does what is signed of its files. */
function refuseChangedTorrents(entry: PackageEntry, pkg: EventPackage): void {
  for (const { layer, metainfo } of pkg.layers) {
    const here = entry.layers.find((other) => other.record.infoHash === metainfo.infoHash);
    const signed = here?.manifest?.files.map((file) => file.sha256).join();
    if (signed !== undefined && signed !== layer.files.map((file) => file.sha256).join()) {
      throw new ContractError('inconsistent', `The newer version signs other contents for the same files ("${layer.title}"). It was not taken; tell its publisher.`);
    }
  }
}

/** Titles, order and needs of the layers as the version in use describes them. @param chosen null: as they are */
function describeAnew(entry: PackageEntry, pkg: EventPackage, chosen: ReadonlySet<string> | null): void {
  const place = new Map(pkg.layers.map(({ metainfo }, index) => [metainfo.infoHash, index]));
  for (const layer of entry.layers) {
    const found = pkg.layers[place.get(layer.record.infoHash) ?? -1];
    if (!found) continue;
    const { id, title, required, requires, order, segment } = found.layer;
    Object.assign(layer.record, { id, title, required, requires, order, segment: segment ?? null });
    if (chosen) layer.record.chosen = chosen.has(id);
    layer.manifest = found.layer;
  }
  const inOrder = (one: { infoHash: string }, other: { infoHash: string }): number => (place.get(one.infoHash) ?? 0) - (place.get(other.infoHash) ?? 0);
  entry.layers.sort((one, other) => inOrder(one.record, other.record));
  entry.record.layers.sort(inOrder);
}
