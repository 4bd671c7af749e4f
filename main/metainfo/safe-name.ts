// Turns one component of a torrent's path into a file name that Windows, macOS and Linux all accept and show as it is.
import { createHash } from 'node:crypto';

const MAX_NAME_BYTES = 255;
const MAX_EXTENSION_BYTES = 20;

// Separators, what Windows forbids, control characters, marks that turn text around or make line ends, lone surrogates.
const FORBIDDEN =
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]|\p{Surrogate}/gu;
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?=\s*(?:\.|$))/i;

/** A safe name; the same input always gives the same name. Different inputs may give one name: see `diskPaths`. */
export function safeName(component: string): string {
  const name = component
    .replace(FORBIDDEN, '_')
    .replace(/[. ]+$/, run => '_'.repeat(Math.min(run.length, 8)))
    .replace(RESERVED, '$1_');
  return fitName(name === '' ? '_' : name);
}

/** The name, shortened to 255 bytes with a hash of the whole where it is longer; the extension stays. */
export function fitName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const { stem, extension } = split(name);
  return cut(stem, MAX_NAME_BYTES - Buffer.byteLength(extension) - hash.length - 1) + `~${hash}${extension}`;
}

/** `a.txt` and 2 give `a (2).txt`, never longer than a name may be. */
export function withNumber(name: string, number: number): string {
  const { stem, extension } = split(name);
  const mark = ` (${number})`;
  return cut(stem, MAX_NAME_BYTES - Buffer.byteLength(extension) - mark.length) + mark + extension;
}

function split(name: string): { stem: string; extension: string } {
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || Buffer.byteLength(name.slice(dot)) > MAX_EXTENSION_BYTES) return { stem: name, extension: '' };
  return { stem: name.slice(0, dot), extension: name.slice(dot) };
}

// Whole characters only: half of one would be another name on the disk.
function cut(text: string, maxBytes: number): string {
  let bytes = 0;
  let result = '';
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    result += character;
  }
  return result.replace(/[. ]+$/, '');
}
