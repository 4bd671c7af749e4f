// Which files of a folder belong to which layer of a package that is being made, by the same patterns as the core reads.
// A file can be in one layer. `**` alone means what all the other layers leave, for which the core gets a pattern that says so.

const MAX_PATTERN_CHARACTERS = 1000;
const MAX_ALTERNATIVES = 200;

/** The pattern of a layer that takes what the others leave. */
export const REST = '**';

/** Wildcards over a list of things, in time O(pattern x list) whatever the pattern: `any` stands for any number of them. */
function matchesList(pattern: readonly string[], list: readonly string[], any: string, same: (expected: string, found: string) => boolean): boolean {
  let reached: boolean[] = [true, ...list.map(() => false)];
  for (const expected of pattern) {
    const isAny = expected === any;
    const next: boolean[] = [isAny && reached[0] === true];
    list.forEach((found, at) => next.push(isAny ? reached[at + 1] === true || next[at] === true : reached[at] === true && same(expected, found)));
    reached = next;
  }
  return reached[list.length] === true;
}

const matchesName = (pattern: string, name: string): boolean => matchesList([...pattern], [...name], '*', (sign, letter) => sign === '?' || sign === letter);
const matchesParts = (pattern: readonly string[], parts: readonly string[]): boolean => matchesList(pattern, parts, '**', matchesName);

/** `a{b,c}d` gives `abd` and `acd`; null when there would be too many. */
function alternativesOf(pattern: string): string[] | null {
  const done: string[] = [];
  const open = [pattern];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const group = [...text.matchAll(/\{([^{}]*)\}/g)].find((match) => match[1]?.includes(','));
    if (group) for (const choice of (group[1] ?? '').split(',').reverse()) open.push(text.slice(0, group.index) + choice + text.slice(group.index + group[0].length));
    else done.push(text);
    if (done.length + open.length > 2 * MAX_ALTERNATIVES) return null;
  }
  return done;
}

/** Reads a pattern over whole paths: `*` and `?` within a name, `**` across folders, `{a,b}` for either; a name alone is a file or a whole folder. */
export function readPattern(pattern: string): (path: string) => boolean {
  const alternatives = pattern === '' || pattern.length > MAX_PATTERN_CHARACTERS ? null : alternativesOf(pattern.replace(/^(\.?\/)+/, ''));
  const tests = (alternatives ?? []).map((text) => {
    const literal = !/[*?]/.test(text);
    const parts = text.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.length === 0 || (!literal && text.endsWith('/'))) parts.push('**');
    if (!literal || parts[0] === '**') return (path: string) => matchesParts(parts, path.split('/'));
    const whole = parts.join('/');
    return (path: string) => path === whole || path.startsWith(`${whole}/`);
  });
  return (path) => path === pattern || tests.some((test) => test(path));
}

export interface Share { files: number; bytes: number; paths: string[] }
export interface Division { layers: Share[]; /** In no layer. */ left: Share; /** In more than one. */ contested: Share }

interface SizedFile { path: string; length: number }

/** What each layer gets, what none does, and what more than one would. */
export function divide(files: readonly SizedFile[], patterns: readonly string[]): Division {
  const none = (): Share => ({ files: 0, bytes: 0, paths: [] });
  const give = (share: Share, file: SizedFile): void => {
    share.files += 1;
    share.bytes += file.length;
    share.paths.push(file.path);
  };
  const rest = patterns.indexOf(REST);
  const tests = patterns.map((pattern, at) => (at === rest ? () => false : readPattern(pattern)));
  const division: Division = { layers: patterns.map(none), left: none(), contested: none() };
  for (const file of files) {
    const wanting = tests.flatMap((test, at) => (test(file.path) ? [at] : []));
    if (wanting.length === 0) give(division.layers[rest] ?? division.left, file);
    for (const at of wanting) give(division.layers[at] ?? division.left, file);
    if (wanting.length > 1) give(division.contested, file);
  }
  return division;
}

/** Characters that mean something in a pattern stand as "any one character"; what that lets in besides is looked for afterwards. */
const escaped = (path: string): string => path.replace(/[*?{},]/g, '?');

/** The fewest folders and files that are all of `wanted` and nothing else of `all`. */
function coverOf(all: readonly string[], wanted: ReadonlySet<string>, prefix: string): string[] {
  const names = new Map<string, string[]>();
  for (const path of all) {
    const end = path.indexOf('/', prefix.length);
    const name = end < 0 ? path : path.slice(0, end + 1);
    const below = names.get(name);
    if (below) below.push(path);
    else names.set(name, [path]);
  }
  return [...names].flatMap(([name, below]) => {
    const some = below.filter((path) => wanted.has(path)).length;
    if (some === 0) return [];
    if (!name.endsWith('/')) return [escaped(name)];
    return some === below.length ? [`${escaped(name)}**`] : coverOf(below, wanted, name);
  });
}

/**
 * A pattern for exactly these paths among all; null where there is none of a length that the core reads.
 * @param all every path of the folder
 */
export function patternFor(all: readonly string[], wanted: readonly string[]): string | null {
  const cover = coverOf(all, new Set(wanted), '');
  const pattern = cover.length === 1 ? cover[0] ?? '' : `{${cover.join(',')}}`;
  if (cover.length === 0 || cover.length > MAX_ALTERNATIVES || pattern.length > MAX_PATTERN_CHARACTERS) return null;
  const test = readPattern(pattern);
  return all.filter(test).length === wanted.length ? pattern : null;
}

/** The folders at the top, each of which could be a layer. */
export const topFolders = (files: readonly { path: string }[]): string[] =>
  [...new Set(files.filter(({ path }) => path.includes('/')).map(({ path }) => path.slice(0, path.indexOf('/'))))];
