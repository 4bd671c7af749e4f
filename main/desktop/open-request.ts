// Reads one thing that somebody asked to open (a link, a file): it is opened, or refused with a sentence; there is no third outcome.
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isOpenableName, labelOf, otherFile, readLink } from '../../contract/openable.ts';

/** A link for the core, which reads it strictly once more; the absolute path of a .torrent or .evpack file that is there; or why not. */
export type OpenRequest =
  | { kind: 'link'; link: string }
  | { kind: 'file'; path: string }
  | { kind: 'refused'; label: string; message: string };

const MAX_PATH_CHARACTERS = 4096;

/**
 * @param text from a command line, the system's events or a drop: hostile until read
 * @param folder where relative paths start
 */
export function readOpenRequest(text: string, folder: string): OpenRequest {
  const refuse = (message: string): OpenRequest => ({ kind: 'refused', label: labelOf(text), message });
  const link = readLink(text);
  if (link) return link.kind === 'link' ? link : refuse(link.message);
  if (/^file:/i.test(text)) return readFileAddress(text, folder, refuse);
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
  if (!isOpenableName(text)) return refuse(otherFile);
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
