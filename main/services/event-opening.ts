// Opens event packages for the library: verified, judged by what is known of the key, and described for the person who is to decide.
import { createHash } from 'node:crypto';
import type { EventPreview, Publisher } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { fingerprint, matchesFingerprint } from '../package/fingerprint.ts';
import { keyIdText } from '../package/minisign-public-key.ts';
import { openPackage } from '../package/open-package.ts';
import type { EventPackage } from '../package/package-types.ts';
import type { Library } from './library.ts';
import { withRequired } from './layer-turns.ts';
import { contentLength } from './layer-entry.ts';
import { planUpdate } from './reuse-sources.ts';
import { toContractError } from './source-resolver.ts';
import type { TrustStore } from './trust-store.ts';
import type { Judgement } from './trust-types.ts';

/** A package that may be shown: its signature holds, nothing in it is wrong, and nothing known speaks against its key. */
export interface OpenedEvent { bytes: Uint8Array; pkg: EventPackage; judgement: Judgement }

export interface EventOpeningOptions {
  trust: TrustStore;
  library: Library;
  version: string;
  allowPrivate(): boolean;
}

export class EventOpening {
  readonly #o: EventOpeningOptions;

  constructor(options: EventOpeningOptions) {
    this.#o = options;
  }

  /**
   * @param bytes as they arrived, unverified
   * @param mustBe the fingerprint that a link named, and the package that an update must be of
   * @throws {ContractError} with the check that failed and what it means
   */
  open(bytes: Uint8Array, mustBe: { fingerprint?: string | null; id?: string } = {}): OpenedEvent {
    const { trust, version, allowPrivate } = this.#o;
    let pkg: EventPackage;
    try {
      pkg = openPackage(bytes, { clientVersion: version, allowPrivate: allowPrivate(), knownKeys: trust.knownKeys() });
    } catch (error) {
      throw toContractError(error);
    }
    if (mustBe.fingerprint && !matchesFingerprint(pkg.key, mustBe.fingerprint)) {
      throw new ContractError('wrong-key', 'This package is not signed with the key that the link names. Somebody may have replaced it: ask whoever gave you the link.');
    }
    if (mustBe.id !== undefined && pkg.manifest.package.id !== mustBe.id) {
      throw new ContractError('wrong-key', `The publisher's server sent another package (${pkg.manifest.package.id}) in place of ${mustBe.id}. It was not taken.`);
    }
    // What the publisher says of its keys counts before the key is judged: the package may bring its own succession or end.
    if (pkg.statements.length) trust.apply(pkg.statements);
    const judgement = this.#judge(pkg);
    if (judgement.verdict.kind === 'refused') throw new ContractError(judgement.verdict.code, judgement.verdict.message);
    return { bytes, pkg, judgement };
  }

  /** A newer version may have been found and not taken yet: what is in use is then older, and nobody's replay. */
  #judge(pkg: EventPackage): Judgement {
    const { trust, library } = this.#o;
    const judgement = trust.judge(pkg);
    const { verdict } = judgement;
    if (verdict.kind !== 'refused' || verdict.code !== 'rollback') return judgement;
    const inUse = library.find(pkg.manifest.package.id)?.record.event;
    if (inUse?.digest !== pkg.digest) return judgement;
    return { ...judgement, verdict: { kind: 'trusted', since: trust.knownSince(pkg.key) ?? 0, installed: false } };
  }

  describe({ pkg, judgement }: OpenedEvent): EventPreview {
    const { manifest } = pkg;
    const here = this.#o.library.find(manifest.package.id);
    const have = here?.record.event ?? null;
    const action = !here ? 'new' : have!.digest === pkg.digest ? 'same' : 'update';
    const { verdict } = judgement;
    const leftOut = new Set(have?.leftOut ?? []);
    const chosen = withRequired(manifest.layers, manifest.layers.filter((layer) => !leftOut.has(layer.id)).map((layer) => layer.id));
    const plan = action === 'update' ? planUpdate(this.#o.library, pkg, here!, chosen) : null;
    return {
      packageId: manifest.package.id, title: manifest.package.title, summary: manifest.package.summary ?? null, version: manifest.package.version,
      action, haveVersion: have?.version ?? judgement.highestVersion,
      publisher: publisherOf(pkg), trust: verdict.kind === 'first-use' ? 'first-use' : 'trusted',
      trustedSince: verdict.kind === 'trusted' ? verdict.since : null, warnings: judgement.warnings,
      issuedAt: pkg.issuedAt, expiresAt: pkg.expiresAt, expired: judgement.expired, startsAt: pkg.startsAt,
      terms: manifest.terms === undefined ? null : { text: manifest.terms, digest: termsDigest(manifest.terms) },
      regions: manifest.regions ? { only: manifest.regions.only ?? [], except: manifest.regions.except ?? [] } : null,
      layers: pkg.layers.map(({ layer, metainfo }) => ({
        id: layer.id, title: layer.title, required: layer.required, requires: layer.requires, bytesTotal: contentLength(metainfo), fileCount: layer.files.length,
        segment: layer.segment ?? null, sealed: layer.encryption !== undefined, chosen: chosen.has(layer.id),
      })),
      update: plan && { fetchBytes: plan.fetchBytes, reusedBytes: plan.reusedBytes },
    };
  }
}

/** Who signed, to show beside the name that the package gives. */
export function publisherOf(pkg: EventPackage): Publisher {
  const { hex, words } = fingerprint(pkg.key);
  const { name, homepage } = pkg.manifest.publisher;
  return { name, homepage: homepage ?? null, keyId: keyIdText(pkg.keyId), fingerprint: hex, words };
}

/** By which accepted terms are told from new ones. */
export const termsDigest = (text: string): string => createHash('sha256').update(text).digest('hex');
