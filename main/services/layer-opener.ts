// Opens the layers of packages in the engine: where their files are, what they may use, and what the publisher signed of each file.
import { openChunkStore } from '../engine/chunk-store.ts';
import type { Engine, Torrent } from '../engine/engine.ts';
import { RateLimit } from '../engine/rate-limit.ts';
import type { Metainfo } from '../metainfo/metainfo.ts';
import type { EventPackage, ManifestLayer } from '../package/package-types.ts';
import { LayerEntry } from './layer-entry.ts';
import { resumePath } from './metadata-files.ts';
import type { PackageEntry } from './package-entry.ts';
import type { LayerRecord, PackageRecord } from './package-record.ts';

export interface LayerSource {
  record: LayerRecord;
  metainfo: Metainfo | null;
  /** null for a plain torrent. */
  manifest: ManifestLayer | null;
  /** The torrent of a preview, taken over with what it knows already. */
  torrent?: Torrent | null;
  /** Where its bytes come from, when that is not where the package's do. */
  sources?: Pick<PackageRecord, 'trackers' | 'webSeeds' | 'peers'>;
  /** Puts what is known elsewhere on the disk into the layer's files, before they are looked at. Tried again when it failed. */
  prepare?(signal: AbortSignal, report: (done: number) => void): Promise<void>;
}

/** The layers of a kept version with their torrents. */
export const layerSources = (records: PackageRecord['layers'], event: EventPackage): LayerSource[] => records.flatMap((record) => {
  const found = event.layers.find(({ metainfo }) => metainfo.infoHash === record.infoHash);
  return found ? [{ record, metainfo: found.metainfo, manifest: found.layer }] : [];
});

export class LayerOpener {
  readonly #engine: Engine;
  readonly #dataDir: string;
  /** The limits of a package hold for its layers together. */
  readonly #limits = new WeakMap<PackageEntry, { down: RateLimit; up: RateLimit }>();

  constructor(engine: Engine, dataDir: string) {
    this.#engine = engine;
    this.#dataDir = dataDir;
  }

  /** Adds the layer's torrent to the engine, paused: the library's steering decides. */
  open(entry: PackageEntry, { record, metainfo, manifest, torrent, prepare, sources = entry.record }: LayerSource): LayerEntry {
    const limits = this.#limitsOf(entry);
    const abort = new AbortController();
    let prepared: Promise<void> | null = null;
    const prepareOnce = (): Promise<void> => {
      prepared ??= (prepare?.(abort.signal, (progress) => (layer.work = { kind: 'checking', progress })) ?? Promise.resolve()).catch((error: unknown) => {
        prepared = null;
        throw error;
      }).finally(() => (layer.work = null));
      return prepared;
    };
    const layer: LayerEntry = new LayerEntry(record, torrent ?? this.#engine.add({
      infoHash: record.infoHash,
      name: record.title,
      ...(metainfo ? { metainfo } : {}),
      trackers: sources.trackers,
      webSeeds: sources.webSeeds,
      peers: sources.peers,
      openStore: async (known) => {
        await prepareOnce();
        return this.openStore(entry, layer, known);
      },
      paused: true,
      order: entry.record.order,
      downloadBytesPerSecond: entry.record.downBytesPerSecond,
      uploadBytesPerSecond: entry.record.upBytesPerSecond,
      limits,
      uploadSlots: entry.record.uploadSlots,
      counters: record.counters,
      ...(manifest && metainfo ? { fileSha256: sha256ByFile(metainfo, manifest), fileStates: statesOf(record, metainfo) } : {}),
    }), manifest);
    layer.stopPreparing = async () => {
      abort.abort();
      await prepared?.catch(() => undefined);
    };
    return layer;
  }

  openStore(entry: PackageEntry, layer: LayerEntry, metainfo: Metainfo) {
    return openChunkStore(metainfo, {
      folder: layer.record.stagingFolder ?? entry.record.folder,
      resumeFile: resumePath(this.#dataDir, layer.record.infoHash),
      filePriorities: layer.priorities(metainfo),
    });
  }

  #limitsOf(entry: PackageEntry): { down: RateLimit; up: RateLimit } {
    let limits = this.#limits.get(entry);
    if (!limits) {
      const now = (): number => performance.now();
      limits = { down: new RateLimit(entry.record.downBytesPerSecond, now), up: new RateLimit(entry.record.upBytesPerSecond, now) };
      this.#limits.set(entry, limits);
    }
    return limits;
  }
}

/** The signed SHA-256 of each file of a torrent; null for padding. */
export function sha256ByFile(metainfo: Metainfo, manifest: ManifestLayer): (string | null)[] {
  let next = 0;
  return metainfo.files.map((file) => (file.padding ? null : manifest.files[next++]?.sha256 ?? null));
}

const statesOf = (record: LayerRecord, metainfo: Metainfo): Uint8Array =>
  Uint8Array.from(metainfo.files, (_, index) => Number(record.checked[index] ?? 0));
