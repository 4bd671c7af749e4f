// What the library keeps of an event package that is taken: records of its layers, and where its bytes may come from.
import type { Parsed } from '../../contract/index.ts';
import type { EventPackage, ManifestLayer } from '../package/package-types.ts';
import { termsDigest } from './event-opening.ts';
import { noCounters } from './package-record.ts';
import type { LayerRecord, PackageRecord } from './package-record.ts';
import { freshTiers } from './tracker-tiers.ts';

type AddInput = Parsed<'packages.add'>;

/** A late joiner of a live package begins with so many of the newest segments. */
const newestSegments = 2;
/** A live package whose newest version is older than so many segments has ended: it is fetched from its beginning. */
const silentSegments = 10;
const usualSegmentSeconds = 6;
const shortestSilenceMs = 60_000;

/** The record of a layer as a manifest describes it. */
export function layerRecordOf(layer: ManifestLayer, infoHash: string, chosen: boolean, stagingFolder: string | null = null): LayerRecord {
  return {
    id: layer.id, infoHash, title: layer.title, required: layer.required, requires: layer.requires, order: layer.order, segment: layer.segment ?? null,
    chosen, stagingFolder, priorities: '', selectOnly: null, checked: '', marked: '', opened: false, counters: noCounters(),
  };
}

export function recordOf(pkg: EventPackage, input: AddInput, folder: string, chosen: ReadonlySet<string>, extraPeers: string[]): PackageRecord {
  const { manifest } = pkg;
  const record: PackageRecord = {
    id: manifest.package.id, name: manifest.package.title, addedAt: Date.now(), completedAt: null, folder, paused: input.paused ?? false,
    order: input.order ?? manifest.delivery?.order ?? 'rarest',
    layers: pkg.layers.map(({ layer, metainfo }) => layerRecordOf(layer, metainfo.infoHash, chosen.has(layer.id))),
    event: {
      version: manifest.package.version, digest: pkg.digest, key: Buffer.from(pkg.key).toString('hex'),
      leftOut: manifest.layers.filter((layer) => !chosen.has(layer.id)).map((layer) => layer.id),
      acceptedTerms: manifest.terms === undefined ? null : termsDigest(manifest.terms), updates: null, found: null, lastUpdate: null, replacing: null,
      fromSegment: segmentToBeginWith(pkg, Date.now()),
    },
    next: null,
    ...sourcesOf(pkg, input, extraPeers),
    exactSources: [],
    downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: manifest.delivery?.uploadSlots ?? null, serverBytesPerSecond: null, serverUse: null,
    seedingGoal: null, shareAgain: false, sharedMs: 0,
  };
  applyFileChoice(pkg, record, input);
  return record;
}

/** Where somebody begins who joins a live package that goes on: with its newest segments. null: at its beginning. */
export function segmentToBeginWith({ manifest, issuedAt }: Pick<EventPackage, 'manifest' | 'issuedAt'>, now: number): number | null {
  const segments = manifest.layers.flatMap((layer) => layer.segment ?? []).sort((a, b) => a - b);
  const silenceMs = Math.max(shortestSilenceMs, silentSegments * (manifest.event?.segmentSeconds ?? usualSegmentSeconds) * 1000);
  if (segments.length <= newestSegments || now - issuedAt > silenceMs) return null;
  return segments.at(-newestSegments)!;
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
export function sourcesOf({ manifest }: Pick<EventPackage, 'manifest'>, input: Pick<AddInput, 'trackers' | 'peers'>, extraPeers: string[]): Pick<PackageRecord, 'trackers' | 'webSeeds' | 'peers'> {
  const tiers = [...(manifest.sources?.trackers ?? []), ...(input.trackers ?? []).map((url) => [url])];
  return {
    trackers: freshTiers(tiers),
    webSeeds: [...new Set(manifest.sources?.webSeeds ?? [])],
    peers: [...new Set([...(input.peers ?? []), ...extraPeers])],
  };
}
