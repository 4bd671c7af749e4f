// Finds what a newer version can take from files that are here: every file that was compared with what a publisher signed.
import { join } from 'node:path';
import { planReuse } from '../package/diff-package.ts';
import type { OldFile, ReusePlan } from '../package/diff-package.ts';
import type { EventPackage } from '../package/package-types.ts';
import type { LayerSource } from './layer-opener.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';
import { carryOutReuse } from './reuse-data.ts';

export interface UpdatePlan { fetchBytes: number; reusedBytes: number }

/** The verified files of all event packages; those that are gone or changed since are found out when they are copied. */
export function oldFiles(library: Library): OldFile[] {
  const files: OldFile[] = [];
  for (const entry of library.entries()) {
    for (const layer of entry.allLayers) {
      const { metainfo, manifest } = layer;
      if (!metainfo || !manifest) continue;
      layer.keepChecks();
      if (!layer.record.checked.includes('1')) continue;
      const paths = layer.paths(metainfo);
      const folder = layer.record.stagingFolder ?? entry.record.folder;
      let next = 0;
      metainfo.files.forEach((file, fileIndex) => {
        if (file.padding) return;
        const { sha256 } = manifest.files[next++]!;
        const path = paths[fileIndex];
        if (path && layer.record.checked[fileIndex] === '1') {
          files.push({ absolutePath: join(folder, path), length: file.length, sha256, pieces: { metainfo, fileIndex } });
        }
      });
    }
  }
  return files;
}

/** What is to be fetched of a newer version, and what is here of it. @param chosen ids of layers that count */
export function planUpdate(library: Library, pkg: EventPackage, entry: PackageEntry, chosen: ReadonlySet<string>): UpdatePlan {
  const here = new Map(entry.allLayers.map((layer) => [layer.record.infoHash, layer]));
  const old = oldFiles(library);
  const plan: UpdatePlan = { fetchBytes: 0, reusedBytes: 0 };
  for (const one of pkg.layers) {
    if (!chosen.has(one.layer.id)) continue;
    const layer = here.get(one.metainfo.infoHash);
    if (layer) {
      const { bytesDone } = layer.torrent.stats();
      plan.reusedBytes += bytesDone;
      plan.fetchBytes += Math.max(0, layer.contentBytes - bytesDone);
      continue;
    }
    const reuse = planReuse(one, old);
    plan.reusedBytes += reuse.reusedBytes;
    plan.fetchBytes += reuse.fetchBytes;
  }
  return plan;
}

/**
 * Has a layer's files put together from what is here before they are opened. What is there already is left as it is, so that it goes on where
 * an interruption stopped it.
 * @param folder where the layer's files will be
 */
export function reuseFirst(library: Library, { metainfo, manifest }: LayerSource, folder: string): Pick<LayerSource, 'prepare'> {
  if (!metainfo || !manifest) return {};
  return {
    prepare: async (signal, report) => {
      const plan: ReusePlan = planReuse({ layer: manifest, metainfo }, oldFiles(library));
      if (plan.reusedBytes === 0) return;
      let done = 0;
      report(0);
      await carryOutReuse(plan, folder, { signal, onBytes: (bytes) => report(Math.min(1, (done += bytes) / plan.reusedBytes)) });
    },
  };
}
