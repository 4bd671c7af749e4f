// Which files a pattern of `get --files` means: `*` and `?` within a name, `**` across folders.
import { matchesName, matchesParts } from '../package/layer-globs.ts';

const maxPatternCharacters = 1_000;

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
