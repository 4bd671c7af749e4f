// The event packages of the library: taken with the person's consent, kept signed, brought to newer versions, opened at their start.
import type { EventInfo, Parsed } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { ManifestLayer } from '../package/package-types.ts';
import { checkSpace } from './check-space.ts';
import type { EventFiles } from './event-files.ts';
import type { EventOpening, OpenedEvent } from './event-opening.ts';
import { publisherOf, termsDigest } from './event-opening.ts';
import type { EventVersions } from './event-versions.ts';
import type { LayerSource } from './layer-opener.ts';
import { withRequired } from './layer-turns.ts';
import type { Library } from './library.ts';
import { setLayers } from './package-choices.ts';
import type { PackageEntry } from './package-entry.ts';
import { recordOf } from './event-record.ts';
import { reuseFirst } from './reuse-sources.ts';
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
  /** The last change of each package: one after another, so that a second click or a removal under way never meets the first. */
  readonly #changing = new Map<string, Promise<unknown>>();

  constructor(options: EventPackagesOptions) {
    this.#o = options;
    const { library, trust, versions, sealed } = options;
    for (const entry of library.entries()) {
      this.#begin(entry);
      // What became whole before anybody listened.
      void versions.advance(entry);
    }
    trust.on('changed', this.#onTrust);
    library.on('removed', (id) => {
      clearTimeout(this.#starts.get(id));
      this.#starts.delete(id);
      void this.#oneAtATime(id, () => (library.find(id) ? Promise.resolve() : options.files.forget(id))).catch((error: unknown) => options.log(`The package file of ${id} could not be removed: ${String(error)}`));
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
  add(opened: OpenedEvent, input: AddInput, folder: string): Promise<{ id: string; merged: boolean }> {
    return this.#oneAtATime(opened.pkg.manifest.package.id, () => this.#add(opened, input, folder));
  }

  async #add(opened: OpenedEvent, input: AddInput, folder: string): Promise<{ id: string; merged: boolean }> {
    const { library, versions } = this.#o;
    const { pkg, judgement } = opened;
    const { id } = pkg.manifest.package;
    const here = library.find(id);
    if (here && here.record.event?.digest === pkg.digest) {
      for (const peer of [...(pkg.manifest.sources?.seeders ?? []), ...(input.peers ?? [])]) for (const { torrent } of here.allLayers) torrent.addPeer(peer);
      if (input.layers) this.setLayers(id, input.layers);
      return { id, merged: true };
    }
    this.#checkConsent(opened, input, here ?? null);
    if (judgement.expired) throw new ContractError('expired', 'This package has expired: its publisher wants nobody to start with it any more. Get the newest one.');
    const chosen = chosenLayers(pkg.manifest.layers, input.layers ?? null, here?.record.event?.leftOut ?? []);

    if (here) {
      versions.checkFits(here, pkg);
      await this.#accept(opened);
      // A newer version that is being fetched already has them in its list of who to ask.
      for (const peer of input.peers ?? []) if (!here.record.peers.includes(peer)) here.record.peers.push(peer);
      await versions.take(here, opened, chosen);
      if (pkg.manifest.terms !== undefined) here.record.event!.acceptedTerms = termsDigest(pkg.manifest.terms);
      library.touch(id);
      return { id, merged: true };
    }

    for (const { metainfo } of pkg.layers) {
      const other = library.findByInfoHash(metainfo.infoHash);
      if (other) throw new ContractError('refused', `A part of this package is in your library already, as "${other.record.name}". Remove that first (its files may stay), then open the package again.`);
    }
    const wanted = pkg.layers.filter(({ layer }) => chosen.has(layer.id));
    await checkSpace(folder, wanted.map(({ metainfo, layer }) => ({ metainfo, moreBytes: layer.encryption?.files.reduce((sum, file) => sum + file.length, 0) ?? 0 })), input.paused ?? false);
    await this.#accept(opened);
    const record = recordOf(pkg, input, folder, chosen, this.#o.extraPeers);
    const sources = pkg.layers.map(({ layer, metainfo }, index): LayerSource => {
      const source = { record: record.layers[index]!, metainfo, manifest: layer };
      return source.record.chosen ? { ...source, ...reuseFirst(library, source, folder) } : source;
    });
    const entry = await library.add(record, sources, pkg);
    this.#begin(entry);
    return { id, merged: false };
  }

  async #accept({ pkg, judgement, bytes }: OpenedEvent): Promise<void> {
    const { trust, files } = this.#o;
    if (judgement.verdict.kind === 'first-use') trust.pin(pkg);
    trust.accept(pkg);
    await files.keep(pkg.manifest.package.id, pkg.manifest.package.version, bytes);
  }

  /** @throws {ContractError} `bad-request` for a layer that there is not */
  setLayers(id: string, layers: readonly string[]): void {
    setLayers(this.#o.library, id, layers);
    this.#goOn(this.#o.library.get(id));
  }

  setPaused(id: string, paused: boolean): void {
    const { library, versions } = this.#o;
    library.setPaused(id, paused);
    const entry = library.get(id);
    versions.watch(entry);
    if (!paused) this.#goOn(entry);
  }

  /** What waited for a person, or for a problem to be gone. */
  #goOn(entry: PackageEntry): void {
    void this.#o.versions.advance(entry);
    for (const layer of entry.layers) this.#o.sealed.consider(entry, layer);
  }

  async #oneAtATime<T>(id: string, change: () => Promise<T>): Promise<T> {
    const before = this.#changing.get(id);
    const mine = (async () => {
      await before?.catch(() => undefined);
      return change();
    })();
    this.#changing.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.#changing.get(id) === mine) this.#changing.delete(id);
    }
  }

  /** What trust, time and updates say of a package; null for a plain torrent. */
  info(entry: PackageEntry): EventInfo | null {
    const { event: pkg, record } = entry;
    if (!pkg || !record.event) return null;
    const { manifest } = pkg;
    return {
      version: manifest.package.version, publisher: publisherOf(pkg), summary: manifest.package.summary ?? null,
      trust: entry.standing.revoked ? 'revoked' : 'trusted', trustedSince: this.#o.trust.knownSince(pkg.key), warnings: this.#warnings.get(entry) ?? [],
      issuedAt: pkg.issuedAt, expiresAt: pkg.expiresAt, expired: entry.expired,
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
    const { trust, versions, library } = this.#o;
    const { verdict, expired, warnings } = trust.judge(entry.event);
    const revoked = verdict.kind === 'refused' && verdict.code === 'key-revoked';
    const revokedByUser = revoked && trust.publishers().some(({ key, revokedBy }) => revokedBy === 'user' && Buffer.from(key).equals(entry.event!.key));
    const next = entry.nextEvent && trust.judge(entry.nextEvent);
    const standing = { revoked, revokedByUser, expired, nextExpired: next?.expired ?? false };
    if (next?.verdict.kind === 'refused' && next.verdict.code === 'key-revoked') void versions.giveUp(entry, next.verdict.message).catch((error: unknown) => this.#o.log(String(error)));
    const changed = JSON.stringify([standing, warnings]) !== JSON.stringify([entry.standing, this.#warnings.get(entry) ?? []]);
    this.#warnings.set(entry, warnings);
    if (!changed) return;
    entry.standing = standing;
    if (revokedByUser) versions.watch(entry);
    library.steer();
    library.touch(entry.record.id);
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
