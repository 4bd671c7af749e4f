// The event packages of the library: taken with the person's consent, kept signed, brought to newer versions, opened at their start.
import type { EventInfo, Parsed } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { EventPackage, ManifestLayer } from '../package/package-types.ts';
import { checkSpace } from './check-space.ts';
import type { EventFiles } from './event-files.ts';
import type { EventOpening, OpenedEvent } from './event-opening.ts';
import { publisherOf, termsDigest } from './event-opening.ts';
import type { EventVersions } from './event-versions.ts';
import type { LayerSource } from './layer-opener.ts';
import { withRequired } from './library.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';
import { noCounters } from './package-record.ts';
import type { LayerRecord, PackageRecord } from './package-record.ts';
import { carryOutReuse } from './reuse-data.ts';
import { oldFiles, planLayer } from './reuse-sources.ts';
import type { SealedLayers } from './sealed-layers.ts';
import type { TrustStore } from './trust-store.ts';
import type { TrustWarning } from './trust-types.ts';

type AddInput = Parsed<'packages.add'>;

export interface EventPackagesOptions {
  library: Library;
  trust: TrustStore;
  opening: EventOpening;
  files: EventFiles;
  versions: EventVersions;
  sealed: SealedLayers;
  extraPeers: string[];
  log(line: string): void;
}

const lookAgainMs = 60_000;

export class EventPackages {
  readonly #o: EventPackagesOptions;
  readonly #warnings = new WeakMap<PackageEntry, TrustWarning[]>();
  readonly #starts = new Map<string, NodeJS.Timeout>();
  readonly #timer: NodeJS.Timeout;
  readonly #onTrust = (): void => this.#lookAtAll();

  constructor(options: EventPackagesOptions) {
    this.#o = options;
    const { library, trust, versions, sealed } = options;
    for (const entry of library.entries()) this.#begin(entry);
    trust.on('changed', this.#onTrust);
    library.on('removed', (id) => {
      clearTimeout(this.#starts.get(id));
      this.#starts.delete(id);
      void options.files.forget(id).catch((error: unknown) => options.log(`The package file of ${id} could not be removed: ${String(error)}`));
    });
    library.on('layerAdvanced', (entry, layer) => {
      if (!entry.event) return;
      sealed.consider(entry, layer);
      void versions.advance(entry);
    });
    versions.on('replaced', (entry) => this.#begin(entry));
    this.#timer = setInterval(this.#onTrust, lookAgainMs);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
    for (const timer of this.#starts.values()) clearTimeout(timer);
    this.#o.trust.off('changed', this.#onTrust);
  }

  /**
   * Takes a package after the person's decisions: a new one, a newer version, or other layers of one that is here.
   * @throws {ContractError} `not-trusted`, `not-accepted`, `expired`, `no-space`, `not-writable`, and every refusal of trust
   */
  async add(opened: OpenedEvent, input: AddInput, folder: string): Promise<{ id: string; merged: boolean }> {
    const { library, trust, files, versions } = this.#o;
    const { pkg, judgement } = opened;
    const { id } = pkg.manifest.package;
    const here = library.find(id);
    if (here && here.record.event?.digest === pkg.digest) {
      for (const peer of [...(pkg.manifest.sources?.seeders ?? []), ...(input.peers ?? [])]) for (const { torrent } of here.layers) torrent.addPeer(peer);
      if (input.layers) library.setLayers(id, input.layers);
      return { id, merged: true };
    }
    this.#checkConsent(opened, input, here ?? null);
    if (judgement.expired) throw new ContractError('expired', 'This package has expired: its publisher wants nobody to start with it any more. Get the newest one.');
    const chosen = chosenLayers(pkg.manifest.layers, input.layers ?? null, here?.record.event?.leftOut ?? []);

    if (here) {
      if (judgement.verdict.kind === 'first-use') trust.pin(pkg);
      trust.accept(pkg);
      await files.keep(id, pkg.manifest.package.version, opened.bytes);
      if (pkg.manifest.terms !== undefined) here.record.event!.acceptedTerms = termsDigest(pkg.manifest.terms);
      await versions.take(here, opened, chosen);
      return { id, merged: true };
    }

    for (const { metainfo } of pkg.layers) {
      const other = library.findByInfoHash(metainfo.infoHash);
      if (other) throw new ContractError('refused', `A part of this package is in your library already, as "${other.record.name}". Remove that first (its files may stay), then open the package again.`);
    }
    const wanted = pkg.layers.filter(({ layer }) => chosen.has(layer.id));
    await checkSpace(folder, wanted.map(({ metainfo, layer }) => ({ metainfo, moreBytes: layer.encryption?.files.reduce((sum, file) => sum + file.length, 0) ?? 0 })), input.paused ?? false);
    if (judgement.verdict.kind === 'first-use') trust.pin(pkg);
    trust.accept(pkg);
    await files.keep(id, pkg.manifest.package.version, opened.bytes);
    const record = recordOf(pkg, input, folder, chosen, this.#o.extraPeers);
    applyFileChoice(pkg, record, input);
    const entry = await library.add(record, this.#sources(pkg, record), pkg);
    this.#begin(entry);
    return { id, merged: false };
  }

  /** What trust, time and updates say of a package; null for a plain torrent. */
  info(entry: PackageEntry): EventInfo | null {
    const { event: pkg, record } = entry;
    if (!pkg || !record.event) return null;
    const { manifest } = pkg;
    return {
      version: manifest.package.version, publisher: publisherOf(pkg), summary: manifest.package.summary ?? null,
      trust: entry.standing.revoked ? 'revoked' : 'trusted', trustedSince: this.#o.trust.knownSince(pkg.key), warnings: this.#warnings.get(entry) ?? [],
      issuedAt: pkg.issuedAt, expiresAt: pkg.expiresAt, expired: entry.standing.expired,
      startsAt: pkg.startsAt, open: pkg.startsAt === null || pkg.startsAt <= Date.now(),
      coreReady: entry.coreReady, live: manifest.layers.some((layer) => layer.segment !== undefined),
      update: this.#o.versions.updateState(entry),
      lastUpdate: record.event.lastUpdate,
    };
  }

  /** @throws {ContractError} `not-trusted`, `not-accepted` */
  #checkConsent({ pkg, judgement }: OpenedEvent, input: AddInput, here: PackageEntry | null): void {
    const { manifest } = pkg;
    if (judgement.verdict.kind === 'first-use' && !input.trust) {
      throw new ContractError('not-trusted', `${manifest.publisher.name} is not known here. Compare the fingerprint of the key with what the publisher says, then trust it.`);
    }
    const accepted = input.accept?.terms ?? here?.record.event?.acceptedTerms ?? null;
    if (manifest.terms !== undefined && accepted !== termsDigest(manifest.terms)) {
      throw new ContractError('not-accepted', 'The publisher asks you to accept terms first. Open the package, read them and accept them.');
    }
    if (manifest.regions && !here && !input.accept?.region) {
      throw new ContractError('not-accepted', 'The publisher offers this in some regions only. Open the package and confirm that you are in one of them.');
    }
  }

  /** Layers of a new package, each with what can be taken from other packages' files. */
  #sources(pkg: EventPackage, record: PackageRecord): LayerSource[] {
    const old = oldFiles(this.#o.library);
    return pkg.layers.map((one, index): LayerSource => {
      const source = { record: record.layers[index]!, metainfo: one.metainfo, manifest: one.layer };
      if (!old.length || !source.record.chosen) return source;
      const plan = planLayer(one, old);
      return plan.reusedBytes === 0 ? source : { ...source, prepare: async () => void (await carryOutReuse(plan, record.folder, {})) };
    });
  }

  /** Looks after a package from now on: its key, its start, its updates, its sealed layers. */
  #begin(entry: PackageEntry): void {
    const { event, record } = entry;
    if (!event) return;
    this.#look(entry);
    clearTimeout(this.#starts.get(record.id));
    if (event.startsAt !== null) this.#waitForStart(entry, event.startsAt);
    this.#o.versions.watch(entry);
    for (const layer of entry.layers) this.#o.sealed.consider(entry, layer);
  }

  #waitForStart(entry: PackageEntry, startsAt: number): void {
    const inMs = startsAt - Date.now();
    if (inMs <= 0) return;
    const timer = setTimeout(() => {
      if (startsAt > Date.now()) return this.#waitForStart(entry, startsAt);
      this.#o.library.touch(entry.record.id);
      for (const layer of entry.layers) this.#o.sealed.consider(entry, layer);
    }, Math.min(inMs, 24 * 3_600_000));
    timer.unref();
    this.#starts.set(entry.record.id, timer);
  }

  /** What is thought of its key now; a revoked one stops everything. */
  #look(entry: PackageEntry): void {
    if (!entry.event) return;
    const { verdict, expired, warnings } = this.#o.trust.judge(entry.event);
    const revoked = verdict.kind === 'refused' && verdict.code === 'key-revoked';
    const changed = revoked !== entry.standing.revoked || expired !== entry.standing.expired || warnings.join() !== (this.#warnings.get(entry) ?? []).join();
    this.#warnings.set(entry, warnings);
    if (!changed) return;
    entry.standing = { revoked, expired };
    this.#o.library.steer();
    this.#o.library.touch(entry.record.id);
  }

  #lookAtAll(): void {
    for (const entry of this.#o.library.entries()) this.#look(entry);
  }
}

/** @param asked the optional layers that the person chose; null: all but those left out before */
function chosenLayers(layers: readonly ManifestLayer[], asked: readonly string[] | null, leftOut: readonly string[]): Set<string> {
  const known = new Set(layers.map((layer) => layer.id));
  const unknown = asked?.find((id) => !known.has(id));
  if (unknown !== undefined) throw new ContractError('bad-request', `There is no part called "${unknown}" in this package.`);
  return withRequired(layers, asked ?? layers.map((layer) => layer.id).filter((id) => !leftOut.includes(id)));
}

/** The record of a layer as a manifest describes it. */
export function layerRecordOf(layer: ManifestLayer, infoHash: string, chosen: boolean, stagingFolder: string | null = null): LayerRecord {
  return {
    id: layer.id, infoHash, title: layer.title, required: layer.required, requires: layer.requires, order: layer.order, segment: layer.segment ?? null,
    chosen, stagingFolder, priorities: '', selectOnly: null, checked: '', opened: false, counters: noCounters(),
  };
}

function recordOf(pkg: EventPackage, input: AddInput, folder: string, chosen: ReadonlySet<string>, extraPeers: string[]): PackageRecord {
  const { manifest } = pkg;
  return {
    id: manifest.package.id, name: manifest.package.title, addedAt: Date.now(), completedAt: null, folder, paused: input.paused ?? false,
    order: input.order ?? manifest.delivery?.order ?? 'rarest',
    layers: pkg.layers.map(({ layer, metainfo }) => layerRecordOf(layer, metainfo.infoHash, chosen.has(layer.id))),
    event: {
      version: manifest.package.version, digest: pkg.digest, key: Buffer.from(pkg.key).toString('hex'),
      leftOut: manifest.layers.filter((layer) => !chosen.has(layer.id)).map((layer) => layer.id),
      acceptedTerms: manifest.terms === undefined ? null : termsDigest(manifest.terms), updates: null, found: null, lastUpdate: null, replacing: null,
    },
    next: null,
    ...sourcesOf(pkg, input, extraPeers),
    exactSources: [],
    downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: manifest.delivery?.uploadSlots ?? null,
    seedingGoal: null, shareAgain: false, sharedMs: 0,
  };
}

/** Files that were chosen one by one; their numbers run over all layers. */
function applyFileChoice(pkg: EventPackage, record: PackageRecord, input: AddInput): void {
  if (!input.files?.length) return;
  const choice = new Map(input.files.map((file) => [file.index, file.priority]));
  let base = 0;
  for (const [number, { metainfo }] of pkg.layers.entries()) {
    const digits = metainfo.files.map((file, index) => {
      const priority = choice.get(base + index) ?? 'normal';
      return file.padding || priority === 'skip' ? 0 : priority === 'high' ? 2 : 1;
    });
    if (metainfo.files.some((file, index) => !file.padding && digits[index] !== 1)) record.layers[number]!.priorities = digits.join('');
    base += metainfo.files.length;
  }
}

/** Where a package's bytes come from: only what the signed manifest names, and what the person added. */
export function sourcesOf({ manifest, layers }: EventPackage, input: Pick<AddInput, 'trackers' | 'peers'>, extraPeers: string[]) {
  const tiers = [...(manifest.sources?.trackers ?? []), ...layers.flatMap(({ metainfo }) => metainfo.trackers), ...(input.trackers ?? []).map((url) => [url])];
  const seen = new Set<string>();
  return {
    trackers: tiers.map((tier) => tier.filter((url) => !seen.has(url) && seen.add(url))).filter((tier) => tier.length),
    webSeeds: [...new Set(manifest.sources?.webSeeds ?? [])],
    peers: [...(manifest.sources?.seeders ?? []), ...(input.peers ?? []), ...extraPeers],
  };
}
