// The files that came out of sealed layers: no torrent knows them, so they are moved and removed here.
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LayerEntry } from './layer-entry.ts';
import type { PackageEntry } from './package-entry.ts';

/** Paths below the folder of the package's files, of one layer. */
export function openedPaths(layer: LayerEntry): { path: string; length: number }[] {
  const { manifest, metainfo, record } = layer;
  if (!manifest?.encryption || !metainfo || !record.opened) return [];
  return manifest.encryption.files.map(({ path, length }) => ({ path: `${metainfo.name}/${path}`, length }));
}

async function present(folder: string, layers: LayerEntry[]): Promise<string[]> {
  const found: string[] = [];
  for (const { path, length } of layers.flatMap(openedPaths)) {
    const info = await stat(join(folder, path)).catch(() => null);
    // One of another size was changed by its owner, and is not ours any more.
    if (info?.isFile() && info.size === length) found.push(path);
  }
  return found;
}

export const sealedOutputs = {
  async areHere(folder: string, layer: LayerEntry): Promise<boolean> {
    return (await present(folder, [layer])).length === openedPaths(layer).length;
  },

  /** Moves what was opened; on a failure the caller moves the rest back and these stay findable: they are opened again. */
  async move(entry: PackageEntry, from: string, to: string): Promise<void> {
    for (const path of await present(from, entry.layers)) {
      await mkdir(dirname(join(to, path)), { recursive: true });
      await rename(join(from, path), join(to, path)).catch(async () => {
        // Another disk: opening once more is simpler than copying, and the sealed file is there.
        await rm(join(from, path), { force: true });
        for (const layer of entry.layers) if (openedPaths(layer).some((file) => file.path === path)) layer.record.opened = false;
      });
    }
  },

  /** What belongs to a package, for the trash: its torrents' files, what was opened, and folders that are empty without them. */
  async withFolders(entry: PackageEntry, files: string[], folders: Iterable<string>): Promise<string[]> {
    const opened = await present(entry.record.folder, entry.layers);
    return [...files, ...opened.map((path) => join(entry.record.folder, path)), ...folders];
  },
};
