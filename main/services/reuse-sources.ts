// Finds what a newer version can take from files that are here: every file that was compared with what a publisher signed.
import { join } from 'node:path';
import { planReuse } from '../package/diff-package.ts';
import type { OldFile, ReusePlan } from '../package/diff-package.ts';
import type { EventPackage } from '../package/package-types.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';

type PackageLayer = EventPackage['layers'][number];

export interface UpdatePlan { fetchBytes: number; reusedBytes: number; layers: Map<string, ReusePlan> }

/** The verified files of all event packages. */
export function oldFiles(library: Library): OldFile[] {
  const files: OldFile[] = [];
  for (const entry of library.entries()) {
    if (!entry.event) continue;
    for (const layer of entry.layers) {
      const { metainfo, manifest } = layer;
      if (!metainfo || !manifest || !layer.torrent.store) continue;
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

/** What is to be fetched of the layers that a newer version brings, and what is here of all of it. @param chosen ids of layers that count */
export function planUpdate(library: Library, pkg: EventPackage, entry: PackageEntry, chosen: ReadonlySet<string>): UpdatePlan {
  const kept = new Map(entry.layers.map((layer) => [layer.record.infoHash, layer]));
  const old = oldFiles(library);
  const plan: UpdatePlan = { fetchBytes: 0, reusedBytes: 0, layers: new Map() };
  for (const one of pkg.layers) {
    if (!chosen.has(one.layer.id)) continue;
    const here = kept.get(one.metainfo.infoHash);
    if (here) {
      const { bytesDone } = here.torrent.stats();
      plan.reusedBytes += Math.min(bytesDone, one.metainfo.length);
      plan.fetchBytes += Math.max(0, one.metainfo.length - bytesDone);
      continue;
    }
    const reuse = planLayer(one, old);
    plan.layers.set(one.metainfo.infoHash, reuse);
    plan.reusedBytes += reuse.reusedBytes;
    plan.fetchBytes += reuse.fetchBytes;
  }
  return plan;
}

export const planLayer = (one: PackageLayer, old: OldFile[]): ReusePlan => planReuse(one, old);
