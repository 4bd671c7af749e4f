// Which files a pattern of `get --files` means: `*` and `?` within a name, `**` across folders.

const maxPatternCharacters = 1_000;

/** Wildcards within one string, in time O(pattern x text) whatever the pattern: no backtracking. */
function matchesName(pattern: string, text: string): boolean {
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
function matchesParts(pattern: string[], parts: string[]): boolean {
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

/**
 * Whether a pattern means this file. Without a slash it is about the file's name alone; with one about its path, with or without the
 * torrent's own folder in front.
 * @param path relative path with `/` or `\`, as it is on disk
 */
export function matchesPattern(pattern: string, path: string): boolean {
  if (pattern.length > maxPatternCharacters) return false;
  const parts = path.split(/[\\/]/);
  if (pattern === path) return true;
  if (!pattern.includes('/')) return matchesName(pattern, parts.at(-1)!);
  const expected = pattern.replace(/^\.?\//, '').split('/');
  return matchesParts(expected, parts) || (parts.length > 1 && matchesParts(expected, parts.slice(1)));
}
