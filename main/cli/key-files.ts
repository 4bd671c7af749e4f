// Secret and public keys from the files that the command line names.
import type { PublicKeyFile } from '../package/minisign-public-key.ts';
import { importPublicKey, importSecretKey } from '../package/imported-key.ts';
import type { SecretKey } from '../package/minisign-secret-key.ts';
import { PackageError } from '../package/package-error.ts';
import { fingerprint, formatFingerprint } from '../package/fingerprint.ts';
import { readBounded } from './input-file.ts';
import { askPassword } from './password.ts';

const maxKeyFileBytes = 16_384;

/** A secret key of minisign, signify or OpenSSL; asks for its password when it has one. @throws {CliError} {PackageError} */
export async function readSecretKey(path: string): Promise<SecretKey> {
  const bytes = await readBounded(path, maxKeyFileBytes, 'a key');
  try {
    return await importSecretKey(bytes, null);
  } catch (error) {
    if (!(error instanceof PackageError) || error.code !== 'bad-password') throw error;
  }
  return importSecretKey(bytes, await askPassword(`Password of ${path}: `));
}

/** A public key of minisign, signify or OpenSSL. @throws {CliError} {PackageError} */
export async function readPublicKey(path: string): Promise<PublicKeyFile> {
  return importPublicKey(await readBounded(path, maxKeyFileBytes, 'a key'));
}

/** A key as people compare it: two lines. */
export function fingerprintText(key: Uint8Array): string {
  const { hex, words } = fingerprint(key);
  return `Fingerprint  ${formatFingerprint(hex)}\nin words     ${words.join(' ')}`;
}
