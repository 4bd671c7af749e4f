// Maps the paths that a torrent names to paths that are safe on every disk: the only place where disk names are made.
import type { Metainfo } from './metainfo.ts';
import { fitName, safeName, withNumber } from './safe-name.ts';
import { createHash } from 'node:crypto';

const MAX_PATH_BYTES = 900;

/**
 * For each file its path below the download folder, components joined by '/'; null for pad files, which are never
 * written. The same on every platform and every run. No path is absolute, contains `..`, or occurs twice, not even on a
 * disk that ignores case or Unicode forms.
 */
export function diskPaths(metainfo: Pick<Metainfo, 'name' | 'files' | 'multiFile'>): (string | null)[] {
  const root = safeName(metainfo.name);
  if (!metainfo.multiFile) return [root];
  const taken = new Taken();
  const safeNames = new Map<string, string>(); // of folders, which come again and again
  const safeFolder = (component: string): string => {
    const name = safeNames.get(component) ?? safeName(component);
    safeNames.set(component, name);
    return name;
  };
  return metainfo.files.map(file => {
    if (file.padding) return null;
    const last = file.path.length - 1;
    const names = file.path.map((component, index) => (index < last ? safeFolder(component) : safeName(component)));
    if (Buffer.byteLength([root, ...names].join('/')) > MAX_PATH_BYTES) {
      const hash = createHash('sha256').update(file.path.join('\0')).digest('hex').slice(0, 16);
      names.splice(0, names.length, fitName(`${hash} ${names[names.length - 1]}`));
    }
    return `${root}/${taken.place(names)}`;
  });
}

/** Disks of Windows and macOS hold these to be one name. */
function foldedName(name: string): string {
  // Most names; the same answer, sooner.
  if (/^[ -~]*$/.test(name)) return name.toLowerCase();
  return name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

// What the files before have used: folders are shared, everything else gets a number.
class Taken {
  readonly #folders = new Map<string, string>();
  readonly #files = new Set<string>();
  readonly #placed = new Map<string, { key: string; path: string }>();
  readonly #nextNumber = new Map<string, number>();

  place(names: string[]): string {
    const folder = this.#folder(names.slice(0, -1));
    const disk = this.#free(folder.key, names[names.length - 1]!);
    this.#files.add(`${folder.key}/${foldedName(disk)}`);
    return folder.path + disk;
  }

  // Files come in runs of one folder, and a folder that was placed stays where it is.
  #folder(names: string[]): { key: string; path: string } {
    const joined = names.join('/');
    const before = this.#placed.get(joined);
    if (before) return before;
    let parentKey = '';
    let path = '';
    for (const name of names) {
      const wish = `${parentKey}/${foldedName(name)}`;
      const known = this.#folders.get(wish);
      const disk = known ?? this.#free(parentKey, name);
      // Under the wished key too, so that the next file of this folder finds the folder and not the file in its way.
      this.#folders.set(wish, disk);
      parentKey = `${parentKey}/${foldedName(disk)}`;
      this.#folders.set(parentKey, disk);
      path += `${disk}/`;
    }
    const folder = { key: parentKey, path };
    this.#placed.set(joined, folder);
    return folder;
  }

  #free(parentKey: string, name: string): string {
    const wish = `${parentKey}/${foldedName(name)}`;
    let candidate = name;
    let number = this.#nextNumber.get(wish) ?? 2;
    for (;;) {
      const key = `${parentKey}/${foldedName(candidate)}`;
      if (!this.#files.has(key) && !this.#folders.has(key)) break;
      candidate = withNumber(name, number++);
    }
    this.#nextNumber.set(wish, number);
    return candidate;
  }
}
