// Reads one thing that somebody asked to open (a link, a file): it is opened, or refused with a sentence; there is no third outcome.
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { shownText } from './shown-text.ts';

/** A link for the core, which reads it strictly once more; the absolute path of a .torrent or .evpack file that is there; or why not. */
export type OpenRequest =
  | { kind: 'link'; link: string }
  | { kind: 'file'; path: string }
  | { kind: 'refused'; label: string; message: string };

const MAX_LINK_CHARACTERS = 100_000;
const MAX_PATH_CHARACTERS = 4096;
const MAX_LABEL_CHARACTERS = 120;
/** Printable ASCII without quote, angle brackets, backslash and blank: a browser writes those in another way. */
const LINK = /^(?:magnet:\?|flashswarm:open\?)[!#-;=?-[\]-~]+$/i;
const SCHEME = /^([a-z][a-z0-9+.-]+):/i;

/**
 * @param text from a command line, the system's events or a drop: hostile until read
 * @param folder where relative paths start
 */
export function readOpenRequest(text: string, folder: string): OpenRequest {
  const refuse = (message: string): OpenRequest => ({ kind: 'refused', label: labelOf(text), message });
  if (text.length > MAX_LINK_CHARACTERS) return refuse('This link is far too long. It was not opened.');
  if (/^(magnet|flashswarm):/i.test(text)) {
    if (/^flashswarm:(?!open\?)/i.test(text)) return refuse('This Flashswarm link asks for something that is not known here. It was not opened.');
    if (!LINK.test(text)) return refuse('This link holds characters that no link may hold. Ask whoever gave it to you for it once more.');
    return { kind: 'link', link: text };
  }
  if (/^file:/i.test(text)) return readFileAddress(text, folder, refuse);
  // A drive letter looks like a scheme of one letter, which SCHEME leaves alone.
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === 'http' || scheme === 'https') return refuse('Addresses of web pages are not opened this way. Paste it into "Add" if it leads to a torrent or an event package.');
  if (scheme !== undefined) return refuse(`Flashswarm opens magnet and flashswarm links, not "${scheme.slice(0, 20)}:".`);
  return readPath(text, folder, refuse);
}

function readFileAddress(text: string, folder: string, refuse: (message: string) => OpenRequest): OpenRequest {
  try {
    const address = new URL(text);
    // Another computer's files: merely looking at them would sign in there with the user's name.
    if (address.host !== '' && address.host !== 'localhost') return refuse('Files of another computer are not opened this way. Copy the file here first.');
    address.host = '';
    return readPath(fileURLToPath(address), folder, refuse);
  } catch {
    return refuse('This is not the address of a file here.');
  }
}

function readPath(text: string, folder: string, refuse: (message: string) => OpenRequest): OpenRequest {
  if (/^[\\/]{2}/.test(text)) return refuse('Files of another computer are not opened this way. Copy the file here first.');
  if (text.startsWith('-')) return refuse('An option is not a file. Nothing was opened.');
  if (text === '' || text.length > MAX_PATH_CHARACTERS || /[\0-\x1f]/.test(text)) return refuse('This is not the name of a file.');
  if (!/\.(torrent|evpack)$/i.test(text)) return refuse('Flashswarm opens .torrent and .evpack files.');
  const file = path.resolve(folder, text);
  if (/^[\\/]{2}/.test(file)) return refuse('Files of another computer are not opened this way. Copy the file here first.');
  if (!isFile(file)) return refuse('This file is not there any more.');
  return { kind: 'file', path: file };
}

function isFile(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false; // a folder on the way that may not be read, a name that the disk cannot hold
  }
}

/** What was asked for, to show to people: short, without what turns or hides text. */
export function labelOf(text: string): string {
  const shown = shownText(text.slice(0, MAX_LABEL_CHARACTERS));
  return text.length > MAX_LABEL_CHARACTERS ? `${shown}…` : shown;
}
