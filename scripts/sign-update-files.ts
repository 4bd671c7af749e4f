// Checks the descriptions of a new version as every copy of the program will, and signs them with the release key.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UpdateMetadataName } from '../contract/index.ts';
import { encodePublicKey } from '../main/package/minisign-public-key.ts';
import type { SecretKey } from '../main/package/minisign-secret-key.ts';
import { signMessage } from '../main/package/minisign-signature.ts';
import { readUpdateMetadata } from '../main/services/update-metadata.ts';
import type { UpdateFile } from '../main/services/update-metadata.ts';

export interface SignOptions {
  secret: SecretKey;
  /** The keys that the program is built with (base64 lines): what another key signs, nobody would install. */
  releaseKeys: readonly string[];
  /** Sign the same descriptions once more, so that they stay fresh; the packages need not be here. */
  again?: boolean;
  /** Epoch ms. */
  now?: number;
}

/**
 * Writes `NAME.minisig` beside each `latest*.yml`; nothing is written when one of them is wrong.
 * @returns the files that were written
 * @throws Error with a sentence
 */
export async function signUpdateFiles(folder: string, { secret, releaseKeys, again = false, now = Date.now() }: SignOptions): Promise<string[]> {
  if (!releaseKeys.includes(encodePublicKey({ keyId: secret.keyId, key: secret.publicKey }))) {
    throw new Error('This is not the release key: the program knows another one (main/core/release-keys.ts), and would refuse what this one signs.');
  }
  const names = (await readdir(folder)).filter((name) => UpdateMetadataName.safeParse(name).success).sort();
  if (names.length === 0) throw new Error(`There is no latest*.yml in ${folder}. "npm run dist" writes them when electron-builder.yml names an address under "publish" (docs/releasing.md).`);
  const signed: [string, string][] = [];
  for (const name of names) {
    const bytes = await readFile(path.join(folder, name));
    const { files } = readUpdateMetadata(bytes);
    if (!again) for (const file of files) await check(folder, name, file);
    signed.push([path.join(folder, `${name}.minisig`), signMessage(bytes, secret, { trusted: `timestamp:${Math.floor(now / 1000)}\tfile:${name}\thashed` })]);
  }
  for (const [file, text] of signed) await writeFile(file, text);
  return signed.map(([file]) => file);
}

async function check(folder: string, name: string, { url, sha512, size }: UpdateFile): Promise<void> {
  const file = path.join(folder, url);
  const found = await stat(file).catch(() => null);
  if (!found) throw new Error(`${name} names ${url}, which is not in ${folder}. Build it, or sign the same description again with --again.`);
  const hash = createHash('sha512');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  if (found.size !== size || hash.digest('base64') !== sha512) throw new Error(`${url} is not the file that ${name} describes. Build both anew.`);
}
