// Reads `flashswarm:` links: `flashswarm:open?url=<https address of an .evpack>&key=<fingerprint>` and nothing else.
import { MetainfoError } from '../metainfo/metainfo-error.ts';

export interface FlashswarmLink {
  /** https, without credentials and fragment. Who is asked is checked again when it is fetched. */
  url: string;
  /** Of the key that must have signed the package: 40 hex digits, lower case; null when the link names none. */
  fingerprint: string | null;
}

const MAX_CHARACTERS = 8192;
const MAX_URL_CHARACTERS = 2048;
const MAX_KEY_CHARACTERS = 128;

/**
 * A link that a web page or another program handed over. Unknown parameters are refused: a link that asks for something we do not
 * know (a check, say) must not be opened as though it had not asked.
 * @throws {MetainfoError} `bad-link`
 */
export function parseFlashswarmLink(text: string): FlashswarmLink {
  if (text.length > MAX_CHARACTERS) throw bad('This link is far too long.');
  const link = text.trim();
  const query = /^flashswarm:open\?(.*)$/is.exec(link)?.[1];
  if (query === undefined) throw bad('This Flashswarm link asks for nothing that is known here. It must begin with "flashswarm:open?url=".');
  let url: string | null = null;
  let fingerprint: string | null = null;
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    const value = decoded(pair.slice(name.length + 1));
    if (name === 'url') {
      if (url !== null) throw bad('This link names two addresses. Ask whoever gave it to you for the right one.');
      url = checkedAddress(value);
    } else if (name === 'key') {
      if (fingerprint !== null) throw bad('This link names two keys. Ask whoever gave it to you for the right one.');
      fingerprint = checkedFingerprint(value);
    } else {
      throw bad('This link has parts that are not known here. An "&" inside its address must be written as "%26".');
    }
  }
  if (url === null) throw bad('This link names no package: its address is missing.');
  return { url, fingerprint };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad('This link is damaged: a "%" in it is not followed by two hex digits that make a character.');
  }
}

function checkedAddress(value: string): string {
  if (value.length > MAX_URL_CHARACTERS) throw bad('The address in this link is far too long.');
  // URL would drop tabs and line breaks silently, and so show another address than it opens.
  if (/[\x00-\x20\x7f]/.test(value) || !URL.canParse(value)) throw bad('The address in this link cannot be read.');
  const url = new URL(value);
  if (url.protocol !== 'https:') throw bad('The address in this link is not a secure one. It must begin with "https:".');
  if (url.username !== '' || url.password !== '') throw bad('The address in this link has a user name or a password in it, which is not safe.');
  url.hash = '';
  return url.href;
}

function checkedFingerprint(value: string): string {
  const digits = value.length > MAX_KEY_CHARACTERS ? '' : value.replace(/[\s:+._-]/g, '').toLowerCase();
  if (!/^[0-9a-f]{40}$/.test(digits)) throw bad('The fingerprint in this link is incomplete: it has 40 hex digits. Copy the link again.');
  return digits;
}

function bad(message: string): MetainfoError {
  return new MetainfoError('bad-link', message);
}
