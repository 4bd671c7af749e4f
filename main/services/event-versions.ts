// Newer versions of event packages: found at the publisher's address, fetched beside the one in use, put in its place when they are whole.
import { EventEmitter } from 'node:events';
import { rm } from 'node:fs/promises';
import type { Settings, UpdateState } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { parseStatements } from '../package/key-statement.ts';
import type { EventPackage, ManifestLayer } from '../package/package-types.ts';
import { checkSpace } from './check-space.ts';
import type { EventFiles } from './event-files.ts';
import type { EventOpening, OpenedEvent } from './event-opening.ts';
import { termsDigest } from './event-opening.ts';
import { layerRecordOf, sourcesOf } from './event-record.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { LayerSource } from './layer-opener.ts';
import { withRequired } from './layer-turns.ts';
import type { Library } from './library.ts';
import { addTrackers, addWebSeed, setLayers } from './package-choices.ts';
import type { PackageEntry } from './package-entry.ts';
import type { PackageFetcher } from './package-fetcher.ts';
import { statementsUrl } from './package-fetcher.ts';
import { planUpdate, reuseFirst } from './reuse-sources.ts';
import { toContractError } from './source-resolver.ts';
import type { TrustStore } from './trust-store.ts';
import { PollState, UpdatePoller } from './update-poller.ts';
import { stagingFolderOf } from './version-files.ts';
import { arrived, swapVersions } from './version-swap.ts';

export interface EventVersionsOptions {
  library: Library;
  trust: TrustStore;
  opening: EventOpening;
  files: EventFiles;
  fetcher: PackageFetcher;
  dataDir: string;
  extraPeers: string[];
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
        options.library.touchSoon(id);
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
      this.#statementsAt.delete(id);
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
    if (!event || !record.event || !url || entry.standing.revokedByUser) return this.#poller.unwatch(record.id);
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
    this.#statementsAt.delete(id); // who asks wants to know everything
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
    if (!event?.manifest.update && !record.next) return null;
    const poll = this.#poller.state(record.id);
    const fetched = entry.next.reduce((sum, layer) => sum + arrived(layer), 0);
    const common = { checkedAt: poll?.checkedAt ?? null, nextCheckAt: poll?.nextCheckAt ?? null };
    if (record.next) {
      const known = plan?.version === record.next.version ? plan : null;
      return {
        ...common, state: 'getting', version: record.next.version, message: null,
        fetchBytes: known?.fetchBytes ?? entry.next.reduce((sum, layer) => sum + (layer.record.chosen ? layer.missingBytes : 0), fetched), fetchedBytes: fetched,
        reusedBytes: known?.reusedBytes ?? entry.next.reduce((sum, layer) => sum + layer.bytesBySource()[1]!, 0),
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
      if (record.event!.digest === pkg.digest) return; // taken while this waited
      if (record.next?.digest === pkg.digest) return setLayers(this.#o.library, record.id, [...chosen]);
      this.checkFits(entry, pkg);
      const kept = new Set(pkg.layers.map(({ metainfo }) => metainfo.infoHash));
      const here = new Set(entry.layers.map((layer) => layer.record.infoHash));
      const staged = entry.layers.some((layer) => !kept.has(layer.record.infoHash));
      // Of a newer version that was being fetched: what this one has too goes on.
      const goesOn = staged ? entry.next.filter((layer) => kept.has(layer.record.infoHash)) : [];
      for (const layer of goesOn) here.add(layer.record.infoHash);
      const fresh = pkg.layers.filter(({ metainfo }) => !here.has(metainfo.infoHash));
      const staging = staged ? stagingFolderOf(record.folder, record.id, pkg.manifest.package.version) : null;
      const wanted = fresh.filter(({ layer }) => chosen.has(layer.id));
      await checkSpace(staging ?? record.folder, wanted.map(({ metainfo }) => ({ metainfo })), record.paused || !wanted.length);
      const plan = planUpdate(this.#o.library, pkg, entry, chosen);
      const from = sourcesOf(pkg, { peers: record.peers }, this.#o.extraPeers);
      const sources = fresh.map(({ layer, metainfo }): LayerSource => {
        const source = { record: layerRecordOf(layer, metainfo.infoHash, chosen.has(layer.id), staging), metainfo, manifest: layer, sources: from };
        return { ...source, ...reuseFirst(this.#o.library, source, staging ?? record.folder) };
      });
      await this.#o.library.makeRoom(sources);
      await this.#dropNext(entry, new Set(goesOn));
      this.#problems.delete(record.id);
      this.#plans.set(record.id, { version: pkg.manifest.package.version, ...plan });
      record.event!.found = null;
      record.event!.leftOut = pkg.manifest.layers.filter((layer) => !chosen.has(layer.id)).map((layer) => layer.id);
      if (staged) {
        this.#o.library.openLayers(entry, sources, true);
        describeAnew(goesOn, pkg, chosen);
        inOrderOf(pkg, entry.next);
        entry.nextEvent = pkg;
        this.#o.library.deliver(entry);
        record.next = { version: pkg.manifest.package.version, digest: pkg.digest, key: hex(pkg.key), layers: entry.next.map((layer) => layer.record) };
        this.emit('replaced', entry);
        this.#o.library.steer();
        await this.#o.library.saved();
        return;
      }
      const before = record.event!.version;
      this.#become(entry, pkg);
      entry.event = pkg;
      this.#o.library.openLayers(entry, sources);
      describeAnew(entry.layers, pkg, chosen);
      inOrderOf(pkg, entry.layers);
      record.layers = entry.layers.map((layer) => layer.record);
      if (fresh.length) record.event!.lastUpdate = { fromVersion: before, fetchedBytes: plan.fetchBytes, reusedBytes: plan.reusedBytes, at: Date.now() };
      this.#o.library.steer();
      this.#o.library.touch(record.id);
      await this.#o.library.saved();
      await this.#forgetOldFiles(entry);
      this.emit('replaced', entry);
    });
  }

  /** @throws {ContractError} where a version cannot follow the one in use: nothing of it may be remembered then */
  checkFits(entry: PackageEntry, pkg: EventPackage): void {
    refuseChangedTorrents(entry, pkg);
    for (const { layer, metainfo } of pkg.layers) {
      const other = this.#o.library.findByInfoHash(metainfo.infoHash);
      if (other && other !== entry) throw new ContractError('refused', `A part of the newer version ("${layer.title}") is in your library already, as "${other.record.name}". Remove that first; its files may stay.`);
    }
  }

  /** Looks whether a version that is being fetched is whole, or contradicts itself. Problems are shown, never thrown. */
  async advance(entry: PackageEntry): Promise<void> {
    if (!entry.nextEvent || this.#changing.has(entry.record.id)) return;
    const { refused, whole } = standingOf(entry);
    if (!refused && !whole) return;
    await this.#alone(entry, async () => {
      const now = standingOf(entry); // it may have waited
      if (now.refused) {
        this.#problems.set(entry.record.id, 'A part of the newer version is not what its publisher signed. It was not taken; what you have stays.');
        await this.#dropNext(entry);
        await this.#o.library.saved();
      } else if (now.whole) {
        await this.#replace(entry);
      }
    }).catch((error: unknown) => {
      this.#o.log(`The newer version of ${entry.record.name}: ${String(error)}`);
      entry.ownProblem = { code: 'not-writable', message: `The newer version is here, but it could not take the place of the old one: ${(error as Error).message}` };
      this.#o.library.steer();
      this.#o.library.touch(entry.record.id);
    });
  }

  /** Stops fetching a newer version; what is in use stays. */
  giveUp(entry: PackageEntry, why: string): Promise<void> {
    return this.#alone(entry, async () => {
      this.#problems.set(entry.record.id, why);
      await this.#dropNext(entry);
      this.#o.library.touch(entry.record.id);
    });
  }

  async #replace(entry: PackageEntry): Promise<void> {
    const pkg = entry.nextEvent!;
    await swapVersions(entry, this.#o, () => this.#become(entry, pkg));
    this.#o.library.deliver(entry);
    this.#plans.delete(entry.record.id);
    describeAnew(entry.layers, pkg, null);
    inOrderOf(pkg, entry.layers);
    this.#o.library.steer();
    this.#o.library.touch(entry.record.id);
    await this.#o.library.saved();
    await this.#forgetOldFiles(entry);
    this.emit('replaced', entry);
  }

  async #forgetOldFiles({ record }: PackageEntry): Promise<void> {
    const needed = [record.event!.version, record.next?.version, record.event!.found?.version].filter((version) => version !== undefined);
    await this.#o.files.forget(record.id, needed).catch((error: unknown) => this.#o.log(`Older package files of ${record.name} could not be removed: ${String(error)}`));
  }

  /** Lets go of a version that was being fetched, but for the layers in `except`; what is in use stays. */
  async #dropNext(entry: PackageEntry, except: ReadonlySet<LayerEntry> = new Set()): Promise<void> {
    if (!entry.next.length && !entry.record.next) return;
    const dropped = entry.next.filter((layer) => !except.has(layer));
    await this.#o.library.closeTorrents(dropped, true);
    entry.next = [...except];
    entry.record.next = null;
    entry.nextEvent = null;
    this.#plans.delete(entry.record.id);
    // Only copies and what arrived for this version are in there.
    const inUse = new Set(entry.next.map((layer) => layer.record.stagingFolder));
    for (const folder of new Set(dropped.map((layer) => layer.record.stagingFolder))) {
      if (folder !== null && !inUse.has(folder)) await rm(folder, { recursive: true, force: true }).catch((error: unknown) => this.#o.log(`${folder} could not be removed: ${String(error)}`));
    }
    this.#o.library.steer();
  }

  #become(entry: PackageEntry, pkg: EventPackage): void {
    const { manifest } = pkg;
    const { record } = entry;
    record.name = manifest.package.title;
    Object.assign(record.event!, { version: manifest.package.version, digest: pkg.digest, key: hex(pkg.key) });
    if (manifest.terms !== undefined) record.event!.acceptedTerms = termsDigest(manifest.terms);
    addTrackers(this.#o.library, record.id, manifest.sources?.trackers ?? []);
    for (const url of manifest.sources?.webSeeds ?? []) addWebSeed(this.#o.library, record.id, url);
    record.webSeeds = [...new Set(manifest.sources?.webSeeds ?? [])]; // those that are not named any more are left at the next start
  }

  async #found(id: string, bytes: Uint8Array): Promise<void> {
    const { library, opening, trust, files, settings } = this.#o;
    const entry = library.find(id);
    if (!entry?.record.event) return;
    const opened = opening.open(bytes, { id });
    const { pkg, judgement } = opened;
    if (pkg.digest === entry.record.event.digest || pkg.digest === entry.record.next?.digest) return;
    this.checkFits(entry, pkg);
    if (judgement.verdict.kind !== 'trusted') throw new ContractError('not-trusted', 'The newer version is signed with a key that nobody has trusted yet. Open the package again from its publisher.');
    if (judgement.expired) throw new ContractError('expired', 'What the publisher offers has expired. Ask its publisher for a new one.');
    trust.accept(pkg);
    await files.keep(id, pkg.manifest.package.version, bytes);
    const chosen = this.#chosen(entry, pkg.manifest.layers);
    const plan = planUpdate(library, pkg, entry, chosen);
    if (!entry.record.next) this.#plans.set(id, { version: pkg.manifest.package.version, ...plan });
    this.#problems.delete(id);
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

function standingOf(entry: PackageEntry): { refused: boolean; whole: boolean } {
  return { refused: entry.next.some((layer) => layer.refused), whole: entry.nextEvent !== null && entry.next.every((layer) => !layer.record.chosen || layer.verified) };
}

/** A published torrent never changes, and neither does what is signed of its files. */
function refuseChangedTorrents(entry: PackageEntry, pkg: EventPackage): void {
  for (const { layer, metainfo } of pkg.layers) {
    const here = entry.allLayers.find((other) => other.record.infoHash === metainfo.infoHash);
    const signed = here?.manifest?.files.map((file) => file.sha256).join();
    if (signed !== undefined && signed !== layer.files.map((file) => file.sha256).join()) {
      throw new ContractError('inconsistent', `The newer version signs other contents for the same files ("${layer.title}"). It was not taken; tell its publisher.`);
    }
  }
}

/** Titles, order and needs of layers as a version describes them. @param chosen null: as they are */
function describeAnew(layers: readonly LayerEntry[], pkg: EventPackage, chosen: ReadonlySet<string> | null): void {
  const described = new Map(pkg.layers.map(({ layer, metainfo }) => [metainfo.infoHash, layer]));
  for (const layer of layers) {
    const found = described.get(layer.record.infoHash);
    if (!found) continue;
    const { id, title, required, requires, order, segment } = found;
    Object.assign(layer.record, { id, title, required, requires, order, segment: segment ?? null });
    if (chosen) layer.record.chosen = chosen.has(id);
    layer.manifest = found;
  }
}

function inOrderOf(pkg: EventPackage, layers: LayerEntry[]): void {
  const place = new Map(pkg.layers.map(({ metainfo }, index) => [metainfo.infoHash, index]));
  layers.sort((one, other) => (place.get(one.record.infoHash) ?? 0) - (place.get(other.record.infoHash) ?? 0));
}
