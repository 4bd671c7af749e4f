// Keys that publishers already have: of minisign, signify and OpenSSL, told apart by what is in the file.
import { isSignifySecretKey, parseSignifySecretKey } from './signify-secret-key.ts';
import { parsePublicKey } from './minisign-public-key.ts';
import type { PublicKeyFile } from './minisign-public-key.ts';
import { parseSecretKey } from './minisign-secret-key.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { opensslPublicKey, opensslSecretKey, readOpensslFile } from './openssl-key.ts';
import { PackageError } from './package-error.ts';

const maxFileBytes = 16_384;

/**
 * Reads a secret key of minisign, signify (whose key number stays as the key id) or OpenSSL (PKCS#8, PEM or DER; its key id is the first 8 bytes of the
 * BLAKE2b-512 of the public key). `password` is null when there is none. @throws PackageError `bad-key` or `bad-password`
 */
export async function importSecretKey(bytes: Uint8Array, password: string | null): Promise<SecretKey> {
  const text = textOf(bytes, 'secret');
  const openssl = readOpensslFile(bytes);
  if (openssl !== null) return opensslSecretKey(openssl, password);
  return isSignifySecretKey(text) ? parseSignifySecretKey(text, password) : parseSecretKey(text, password);
}

/** Reads a public key of minisign, signify or OpenSSL (PEM or DER). @throws PackageError `bad-key` */
export function importPublicKey(bytes: Uint8Array): PublicKeyFile {
  const text = textOf(bytes, 'public');
  const openssl = readOpensslFile(bytes);
  return openssl === null ? parsePublicKey(text) : opensslPublicKey(openssl);
}

function textOf(bytes: Uint8Array, kind: string): string {
  if (bytes.length > maxFileBytes) throw new PackageError('bad-key', `This file is too large for a ${kind} key. Choose another.`);
  return Buffer.from(bytes).toString('utf8');
}
