// Finds again, at the start, what was kept of a package: its torrents, its signed manifests, and what an interrupted update still has to do.
import type { EventPackage } from '../package/package-types.ts';
import { sourcesOf } from './event-record.ts';
import { layerSources } from './layer-opener.ts';
import type { LayerSource } from './layer-opener.ts';
import type { Library } from './library.ts';
import type { MetadataFiles } from './metadata-files.ts';
import type { PackageRecord } from './package-record.ts';
import { reuseFirst } from './reuse-sources.ts';
import { putInPlaceOnce } from './version-files.ts';

export interface KeptPackage {
  sources: LayerSource[];
  event: EventPackage | null;
  /** The newer version that was being fetched. */
  next: { event: EventPackage; sources: LayerSource[] } | null;
}

export interface KeptPackageOptions {
  library: Library;
  metadata: MetadataFiles;
  readEvent(id: string, version: number, key: string): Promise<EventPackage>;
  log(line: string): void;
}

/**
 * A newer version whose manifest is lost is forgotten in the record too: it is fetched again.
 * @throws Error when the signed manifest of the version in use is not there or does not hold any more
 */
export async function readKept(record: PackageRecord, { library, metadata, readEvent, log }: KeptPackageOptions): Promise<KeptPackage> {
  if (!record.event) {
    const [layer] = record.layers;
    return { sources: [{ record: layer!, metainfo: await metadata.read(layer!.infoHash), manifest: null }], event: null, next: null };
  }
  const event = await readEvent(record.id, record.event.version, record.event.key);
  let sources = layerSources(record.layers, event);
  if (record.event.replacing) {
    // Interrupted: finished before any of its files is opened.
    const finish = putInPlaceOnce(record, event, () => library.saved());
    sources = sources.map((source) => ({ ...source, prepare: finish }));
  }
  if (!record.next) return { sources, event, next: null };
  const { version, key, layers } = record.next;
  let next: EventPackage;
  try {
    next = await readEvent(record.id, version, key);
  } catch (error) {
    log(`The newer version of ${record.name} is fetched again: ${String(error)}`);
    record.next = null;
    return { sources, event, next: null };
  }
  const from = sourcesOf(next, { peers: record.peers }, []);
  return {
    sources, event,
    next: { event: next, sources: layerSources(layers, next).map((source) => ({ ...source, sources: from, ...reuseFirst(library, source, source.record.stagingFolder ?? record.folder) })) },
  };
}
