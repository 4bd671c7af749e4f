// Which files of a folder belong to which layer of a package that is being made: the first layer whose pattern matches has the file.

/** Wildcards within one name, in time O(pattern x name) whatever the pattern. */
function matchesName(pattern: string, name: string): boolean {
  let reached: boolean[] = [true, ...Array.from(name, () => false)];
  const letters = [...name];
  for (const sign of pattern) {
    const next: boolean[] = [sign === '*' && reached[0] === true];
    letters.forEach((letter, at) => {
      next.push(sign === '*' ? reached[at + 1] === true || next[at] === true : reached[at] === true && (sign === '?' || sign === letter));
    });
    reached = next;
  }
  return reached[letters.length] === true;
}

/** The same over the parts of a path, where `**` stands for any number of them. */
function matchesParts(pattern: readonly string[], parts: readonly string[]): boolean {
  let reached: boolean[] = [true, ...parts.map(() => false)];
  for (const expected of pattern) {
    const any = expected === '**';
    const next: boolean[] = [any && reached[0] === true];
    parts.forEach((part, at) => {
      next.push(any ? reached[at + 1] === true || next[at] === true : reached[at] === true && matchesName(expected, part));
    });
    reached = next;
  }
  return reached[parts.length] === true;
}

/** Whether a pattern (`*` and `?` within a name, `**` across folders) means this path below the folder; without a slash it is about the file's name. */
export function matchesPattern(pattern: string, path: string): boolean {
  if (pattern === '' || pattern.length > 1000) return false;
  if (pattern === '**' || pattern === path) return true;
  const parts = path.split('/');
  if (!pattern.includes('/')) return matchesName(pattern, parts.at(-1) ?? '');
  return matchesParts(pattern.replace(/^\.?\//, '').split('/'), parts);
}

export interface Share { files: number; bytes: number }

/** What each pattern gets, in order, and what none does. */
export function divide(files: readonly { path: string; length: number }[], patterns: readonly string[]): { layers: Share[]; left: Share & { paths: string[] } } {
  const layers = patterns.map(() => ({ files: 0, bytes: 0 }));
  const left = { files: 0, bytes: 0, paths: [] as string[] };
  for (const { path, length } of files) {
    const share = layers[patterns.findIndex((pattern) => matchesPattern(pattern, path))] ?? left;
    share.files += 1;
    share.bytes += length;
    if (share === left) left.paths.push(path);
  }
  return { layers, left };
}

/** The folders at the top, each of which could be a layer. */
export const topFolders = (files: readonly { path: string }[]): string[] =>
  [...new Set(files.filter(({ path }) => path.includes('/')).map(({ path }) => path.slice(0, path.indexOf('/'))))];
