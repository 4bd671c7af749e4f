// Reads the description of a new version (`latest.yml`) in exactly the shape that electron-builder writes; anything else is refused.
import { ContractError } from '../../contract/index.ts';
import { isSemanticVersion } from '../package/client-version.ts';
import { decodeCanonicalBase64 } from '../package/canonical-base64.ts';
import { parseRfc3339 } from '../package/rfc3339.ts';

export const maxMetadataBytes = 256 * 1024;
const maxFiles = 32;
const maxFileBytes = 4 * 1024 ** 3;
const sha512Bytes = 64;

/** `url`: a name beside the description, `sha512`: base64, `size`: bytes. */
export interface UpdateFile { url: string; sha512: string; size: number }
/** `releasedAt`: epoch ms. */
export interface UpdateMetadata { version: string; files: UpdateFile[]; releasedAt: number }

const refuse = (what: string) => new ContractError('inconsistent', `The description of the new version is not in the form that is known (${what}). Get the new version by hand from where you got this one.`);

/** Lower and upper letters, digits and a few signs, no dot in front: a name that is no path, no address and no option anywhere. */
const fileName = /^[A-Za-z0-9][A-Za-z0-9._ -]{0,198}[A-Za-z0-9]$/;

/**
 * The subset is fixed line by line (`version`, `files` with `url`, `sha512`, `size` and perhaps `blockMapSize`, then `path`, `sha512`, `releaseDate`), so that
 * no reader of YAML can understand the same bytes in another way.
 * @param bytes as they were signed
 * @throws ContractError `inconsistent`
 */
export function readUpdateMetadata(bytes: Uint8Array): UpdateMetadata {
  if (bytes.length > maxMetadataBytes) throw refuse('it is too long');
  if (bytes.some((byte) => byte !== 0x0a && (byte < 0x20 || byte > 0x7e))) throw refuse('it holds characters that do not belong in it');
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  if (lines.pop() !== '') throw refuse('its end is missing');
  let at = 0;
  const field = (prefix: string): string => {
    const line = lines[at++];
    if (!line?.startsWith(prefix)) throw refuse(`"${prefix.replace(/^[ -]+/, '').replace(/: $/, '')}" is not where it belongs`);
    return scalar(line.slice(prefix.length));
  };
  const version = field('version: ');
  if (!isSemanticVersion(version)) throw refuse('its version is none');
  if (lines[at++] !== 'files:') throw refuse('"files" is not where it belongs');
  const files: UpdateFile[] = [];
  while (lines[at]?.startsWith('  - ')) {
    if (files.length === maxFiles) throw refuse('it names too many files');
    const url = field('  - url: ');
    if (!fileName.test(url) || files.some((file) => file.url.toLowerCase() === url.toLowerCase())) throw refuse('the name of a file');
    const sha512 = hash(field('    sha512: '));
    const size = count(field('    size: '));
    if (lines[at]?.startsWith('    blockMapSize: ')) count(field('    blockMapSize: '));
    files.push({ url, sha512, size });
  }
  const [path, sha512] = [field('path: '), hash(field('sha512: '))];
  if (!files.some((file) => file.url === path && file.sha512 === sha512)) throw refuse('its first file is not among its files');
  const releasedAt = parseRfc3339(field('releaseDate: '));
  if (releasedAt === null) throw refuse('its date is none');
  if (at !== lines.length) throw refuse('there is more than belongs in it');
  return { version, files, releasedAt };
}

/** A plain or single-quoted word without anything that YAML would read into it. */
function scalar(text: string): string {
  const quoted = /^'([^']*)'$/.exec(text);
  if (quoted) return quoted[1]!;
  if (!/^[A-Za-z0-9+/][A-Za-z0-9+/=._ -]*$/.test(text) || text.endsWith(' ')) throw refuse('a value that is not plain');
  return text;
}

function hash(text: string): string {
  if (decodeCanonicalBase64(text)?.length !== sha512Bytes) throw refuse('a hash that is none');
  return text;
}

function count(text: string): number {
  const value = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > maxFileBytes) throw refuse('a size that is none');
  return value;
}
