// Patterns that choose files: `*` and `?` within a name, `**` across folders, `{a,b}` for either; and which layer each file goes to.

const MAX_PATTERN_CHARACTERS = 1_000;
const MAX_ALTERNATIVES = 500;

/** Wildcards within one string, in time O(pattern x text) whatever the pattern: no backtracking. */
export function matchesName(pattern: string, text: string): boolean {
  const letters = [...text];
  let reached: boolean[] = [true, ...letters.map(() => false)];
  for (const sign of pattern) {
    const next: boolean[] = [sign === '*' && reached[0]!];
    for (let at = 1; at <= letters.length; at += 1) {
      next[at] = sign === '*' ? reached[at]! || next[at - 1]! : reached[at - 1]! && (sign === '?' || sign === letters[at - 1]);
    }
    reached = next;
  }
  return reached[letters.length]!;
}

/** The same over the parts of a path, where `**` stands for any number of them. */
export function matchesParts(pattern: string[], parts: string[]): boolean {
  let reached: boolean[] = [true, ...parts.map(() => false)];
  for (const expected of pattern) {
    const any = expected === '**';
    const next: boolean[] = [any && reached[0]!];
    for (let at = 1; at <= parts.length; at += 1) {
      next[at] = any ? reached[at]! || next[at - 1]! : reached[at - 1]! && matchesName(expected, parts[at - 1]!);
    }
    reached = next;
  }
  return reached[parts.length]!;
}

/** A pattern that was read once and can be asked about any path. */
export type PathTest = (path: string) => boolean;

/**
 * Reads a pattern over whole paths below a folder, `/` between their parts. One without wildcards names a file, or a folder with all
 * that is in it; so does one that ends with `/`. A path that is spelled just like the pattern always matches.
 * @returns null when the pattern is empty, far too long or has far too many alternatives
 */
export function readPattern(pattern: string): PathTest | null {
  if (pattern === '' || pattern.length > MAX_PATTERN_CHARACTERS) return null;
  const alternatives = expandBraces(pattern.replace(/^(\.?\/)+/, ''));
  if (!alternatives) return null;
  const tests = alternatives.map((text): PathTest => {
    const literal = !/[*?]/.test(text);
    const parts = text.replace(/\/+$/, '').split('/').filter((part) => part !== '' && part !== '.');
    if (parts.length === 0) parts.push('**');
    else if (!literal && text.endsWith('/')) parts.push('**');
    if (!literal || parts[0] === '**') return (path) => matchesParts(parts, path.split('/'));
    const whole = parts.join('/');
    return (path) => path === whole || path.startsWith(`${whole}/`);
  });
  return (path) => path === pattern || tests.some((test) => test(path));
}

/** `a{b,c}d` gives `abd` and `acd`; braces may be nested. Null when there would be too many. */
export function expandBraces(pattern: string): string[] | null {
  const done: string[] = [];
  const open = [pattern];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const group = innermostGroup(text);
    if (!group) {
      done.push(text);
    } else {
      for (const choice of group.choices.reverse()) open.push(text.slice(0, group.start) + choice + text.slice(group.end));
    }
    if (done.length + open.length > MAX_ALTERNATIVES) return null;
  }
  return done;
}

// A pair of braces without a comma between them is part of a name.
function innermostGroup(text: string): { start: number; end: number; choices: string[] } | null {
  for (const match of text.matchAll(/\{([^{}]*)\}/g)) {
    if (match[1]!.includes(',')) return { start: match.index, end: match.index + match[0].length, choices: match[1]!.split(',') };
  }
  return null;
}

export interface Assignment {
  /** For each pattern the numbers of its files, ascending. */
  byLayer: number[][];
  /** Files that no layer wants. */
  left: number[];
  /** Files that more than one layer wants. */
  contested: { file: number; layers: number[] }[];
}

/** Which layer each path goes to. @param tests one for each layer */
export function assignToLayers(paths: readonly string[], tests: readonly PathTest[]): Assignment {
  const result: Assignment = { byLayer: tests.map(() => []), left: [], contested: [] };
  paths.forEach((path, file) => {
    const layers = tests.flatMap((test, layer) => (test(path) ? [layer] : []));
    if (layers.length === 0) result.left.push(file);
    if (layers.length > 1) result.contested.push({ file, layers });
    for (const layer of layers) result.byLayer[layer]!.push(file);
  });
  return result;
}
