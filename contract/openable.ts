// What may be opened from outside the window, whichever way it comes: from a command line, the system, or a drop. There is no third outcome.

/** A link for the core, which reads it strictly once more; or why not, in a sentence for people. */
export type LinkReading = { kind: 'link'; link: string } | { kind: 'refused'; message: string };

const MAX_LINK_CHARACTERS = 100_000;
const MAX_LABEL_CHARACTERS = 120;
/** Printable ASCII without quote, angle brackets, backslash and blank: a browser writes those in another way. */
const LINK = /^(?:magnet:\?|flashswarm:open\?)[!#-;=?-[\]-~]+$/i;
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/** Said of a file with any other name. */
export const otherFile = 'Flashswarm opens .torrent and .evpack files.';

/** Said of words that are no link at all. */
const noLink = 'Flashswarm opens magnet and flashswarm links, and .torrent and .evpack files. This is none of them.';

export const isOpenableName = (name: string): boolean => /\.(torrent|evpack)$/i.test(name);

/** @returns null for what is no link: the name or the `file:` address of a file, or just words */
export function readLink(text: string): LinkReading | null {
  const refuse = (message: string): LinkReading => ({ kind: 'refused', message });
  if (text.length > MAX_LINK_CHARACTERS) return refuse('This link is far too long. It was not opened.');
  if (/^(magnet|flashswarm):/i.test(text)) {
    if (/^flashswarm:(?!open\?)/i.test(text)) return refuse('This Flashswarm link asks for something that is not known here. It was not opened.');
    if (!LINK.test(text)) return refuse('This link holds characters that no link may hold. Ask whoever gave it to you for it once more.');
    return { kind: 'link', link: text };
  }
  // A drive letter looks like a scheme of one letter, which SCHEME leaves alone.
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'file') return null;
  if (scheme === 'http' || scheme === 'https') return refuse('Addresses of web pages are not opened this way. Paste it into "Add" if it leads to a torrent or an event package.');
  return refuse(`Flashswarm opens magnet and flashswarm links, not "${scheme.slice(0, 20)}:".`);
}

/** What is dropped or pasted in words: a link, or why not. `words` may be a `text/uri-list`; only its first link is looked at. */
export function readDroppedWords(words: string): LinkReading & { label: string } {
  const text = words.split('\n').find((line) => line.trim() && !line.startsWith('#'))?.trim() ?? '';
  return { ...(readLink(text) ?? { kind: 'refused', message: noLink }), label: labelOf(text) };
}

/** Text from a stranger as people may see it: on one line, without what hides text or turns it around. */
export const shownText = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu, ' ');

/** What was asked for, to show to people: short, without what turns or hides text. */
export function labelOf(text: string): string {
  const shown = shownText(text.slice(0, MAX_LABEL_CHARACTERS));
  return text.length > MAX_LABEL_CHARACTERS ? `${shown}…` : shown;
}
