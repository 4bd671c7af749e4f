// Checks every path of a package: each is written to the disk as it is, on every system, and no two get into each other's way.
import { diskPaths } from '../metainfo/disk-paths.ts';
import { safeName } from '../metainfo/safe-name.ts';
import { refuseManifest } from './manifest-refusal.ts';
import type { ManifestLayer } from './package-types.ts';
import { quotable } from './shown-text.ts';

/** `field` in the layer, as in "files" or "encryption.files". */
interface Named { path: string; layer: number; field: string; place: number }

/** The folder's name, which every torrent must carry. Throws PackageError `bad-package`. */
export function checkFolderName(names: readonly string[]): string {
  const name = names[0]!;
  const other = names.findIndex((one) => one !== name);
  if (other !== -1) throw refuseManifest(`layers[${other}].torrent`, `The torrents of this package go to two folders, "${quotable(name)}" and "${quotable(names[other]!)}".`);
  if (safeName(name) !== name) throw refuseManifest('layers[0].torrent', `The folder "${quotable(name)}" of this package has a name that not every system can write or show.`);
  return name;
}

/**
 * Files that arrive and files that come out of sealed ones share one folder, so they are placed together, by the rules that make all names on
 * disk: whatever those would change is refused. Throws PackageError `bad-package`.
 */
export function checkPaths(folderName: string, layers: readonly ManifestLayer[]): void {
  const all: Named[] = [];
  for (const [index, layer] of layers.entries()) {
    for (const [place, { path }] of layer.files.entries()) all.push({ path, layer: index, field: 'files', place });
    for (const [place, { path }] of (layer.encryption?.files ?? []).entries()) all.push({ path, layer: index, field: 'encryption.files', place });
  }
  const placed = diskPaths({
    name: folderName, multiFile: true, files: all.map(({ path }) => ({ path: path.split('/'), length: 0, offset: 0, padding: false })),
  });
  const changed = all.findIndex(({ path }, index) => placed[index] !== `${folderName}/${path}`);
  if (changed === -1) return;
  const { path, layer, field, place } = all[changed]!;
  const where = `layers[${layer}].${field}[${place}].path`;
  const isUnsafe = path.split('/').some((component) => safeName(component) !== component);
  throw refuseManifest(where, isUnsafe
    ? `The path "${quotable(path)}" cannot be written as it is on every system: a part of it is empty, reserved, too long, leads out of the folder, ends with a dot or a space, or holds characters that hide or are forbidden.`
    : `The path "${quotable(path)}" is too long, or it clashes with another one of this package: the same but for upper case or accents, or a file where a folder is.`);
}
