// What is wrong or unwise about a folder that is to become a package, said before anything long is done.
import { diskPaths } from '../metainfo/metainfo.ts';
import { safeName } from '../metainfo/safe-name.ts';
import type { Assignment } from './layer-globs.ts';
import { alignedSize, MAX_PADDING_SHARE } from './layer-torrent.ts';
import { PackageError } from './package-error.ts';

/** An error: clients would refuse it. A warning: it works, and people will have less of it. */
export interface Lint { level: 'warning' | 'error'; message: string; path?: string }

/** A package that would be refused: `lints` has every reason. */
export class PackageLintError extends PackageError {
  readonly lints: Lint[];
  constructor(lints: Lint[]) {
    const errors = lints.filter(({ level }) => level === 'error');
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    super('bad-package', `${errors[0]?.message ?? 'This cannot become a package.'}${more}`, errors[0]?.path === undefined ? {} : { where: errors[0].path });
    this.lints = lints;
  }
}

const MAX_OF_A_KIND = 20;
const MAX_PATH_DEPTH = 40;
/** As disk-paths.ts has it. */
const MAX_PATH_BYTES = 900;
const MANY_PIECES = 20_000;
const TINY_PIECE_BYTES = 64 * 1024;
const WORTH_A_WORD_BYTES = 1024 * 1024;

export const error = (message: string, path?: string): Lint => ({ level: 'error', message, ...(path === undefined ? {} : { path }) });
export const warning = (message: string, path?: string): Lint => ({ level: 'warning', message, ...(path === undefined ? {} : { path }) });

/** The first few, and how many more there are. */
function few(lints: Lint[], what: string): Lint[] {
  if (lints.length <= MAX_OF_A_KIND) return lints;
  return [...lints.slice(0, MAX_OF_A_KIND), { level: lints[0]!.level, message: `${(lints.length - MAX_OF_A_KIND).toLocaleString('en')} more ${what}.` }];
}

/** Names that not every disk keeps as they are. @param paths all files of the package as they will arrive, '/' between the parts */
export function lintNames(folderName: string, paths: readonly string[]): Lint[] {
  const files = paths.map((path) => ({ path: path.split('/'), length: 0, offset: 0, padding: false }));
  const kept = diskPaths({ name: folderName, files, multiFile: true });
  const found = paths.flatMap((path, index) => {
    const parts = files[index]!.path;
    if (parts[0] === '.pad' || parts.at(-1)!.startsWith('_____padding_file_')) {
      return [error(`"${path}" has a name that torrents keep for filling between files. Rename it.`, path)];
    }
    if (parts.length > MAX_PATH_DEPTH) return [error(`"${path}" is nested too deep: ${MAX_PATH_DEPTH} folders are the most.`, path)];
    if (kept[index] === `${folderName}/${path}`) return [];
    const unsafe = parts.find((part) => safeName(part) !== part);
    if (unsafe !== undefined) return [error(`"${path}": ${whyUnsafe(unsafe)} Rename it.`, path)];
    if (Buffer.byteLength(`${folderName}/${path}`) > MAX_PATH_BYTES) return [error(`"${path}" is too long for some disks: shorten the names of its folders.`, path)];
    return [error(`"${path}" and another name are one on Windows and macOS, where upper and lower case do not count. Rename one of them.`, path)];
  });
  return few(found, 'names cannot be used');
}

function whyUnsafe(name: string): string {
  if (/[. ]$/.test(name)) return `Windows takes the ${name.endsWith('.') ? 'dot' : 'space'} off the end of the name "${name}".`;
  if (Buffer.byteLength(name) > 255) return 'A name of it is longer than 255 bytes.';
  if (/[\\:*?"<>|]/.test(name)) return `The name "${name}" has a character that Windows does not allow.`;
  if (safeName(name).length === name.length + 1) return `"${name}" is a name that Windows keeps for devices.`;
  return 'A name of it has characters that cannot be seen, or that turn text around.';
}

/** What layers have of the folder. How they belong together is checked with the manifest. */
export function lintLayers(layers: readonly { id: string; required: boolean; segment?: number | undefined }[], files: readonly { path: string; length: number }[], assignment: Assignment): Lint[] {
  const lints: Lint[] = [];
  if (layers.length === 0) lints.push(error('A package needs a layer.'));
  for (const [index, { id }] of layers.entries()) {
    const own = assignment.byLayer[index]!;
    if (own.length === 0) lints.push(error(`Layer "${id}": no file matches.`));
    else if (own.every((file) => files[file]!.length === 0)) lints.push(error(`Layer "${id}" has only empty files, which no torrent can carry alone.`));
  }
  if (layers.length > 0 && !layers.some(({ required, segment }) => required || segment !== undefined)) lints.push(warning('No layer is required: nothing says what people need first.'));
  const names = (numbers: number[]) => numbers.map((layer) => `"${layers[layer]!.id}"`).join(' and ');
  lints.push(...few(assignment.contested.map(({ file, layers: wanting }) => (
    error(`"${files[file]!.path}" is in the layers ${names(wanting)}. A file can be in one.`, files[file]!.path)
  )), 'files are in more than one layer'));
  lints.push(...few(assignment.left.map((file) => warning(`"${files[file]!.path}" matches no layer and stays out.`, files[file]!.path)), 'files match no layer'));
  return lints;
}

/** How the files of one layer fit its pieces. */
export function lintPieces(id: string, lengths: readonly number[], pieceLength: number): Lint[] {
  const { pieces, paddingBytes, paddingShare } = alignedSize(lengths, pieceLength);
  const lints: Lint[] = [];
  const bytes = lengths.reduce((sum, length) => sum + length, 0);
  if (paddingShare > MAX_PADDING_SHARE && paddingBytes > WORTH_A_WORD_BYTES) {
    const share = `${Math.round(paddingShare * 100)} %`;
    lints.push(warning(`Layer "${id}": ${share} of its torrent is filling, because it has many small files (nobody downloads the filling, but it is hashed). Put them in an archive.`));
  }
  if (pieces > MANY_PIECES) {
    lints.push(warning(`Layer "${id}" has ${pieces.toLocaleString('en')} pieces, which makes its description large and slow to spread. Choose larger pieces.`));
  } else if (pieceLength < TINY_PIECE_BYTES && bytes / pieceLength > 4096) {
    lints.push(warning(`Layer "${id}" has pieces of ${pieceLength / 1024} KiB, which is little for its size. Choose larger ones.`));
  }
  return lints;
}

/** What a package lacks that most should have. */
export function lintReach(options: { trackers: readonly unknown[]; webSeeds: readonly string[]; expiresAt?: number | undefined }): Lint[] {
  const lints: Lint[] = [];
  if (options.expiresAt === undefined) lints.push(warning('The package never expires: whoever copies it can hand it out as the newest for ever. Say until when it holds.'));
  if (options.trackers.length === 0 && options.webSeeds.length === 0) {
    lints.push(warning('There is no tracker and no web seed: people find one another through the DHT alone, which is slow at the start.'));
  }
  return lints;
}
