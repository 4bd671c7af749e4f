// Ed25519 keys as OpenSSL writes them: PKCS#8 and SubjectPublicKeyInfo (RFC 8410), as PEM or DER, under a password (PBES2, RFC 8018) or without one.
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { decodeCanonicalBase64 } from './canonical-base64.ts';
import { integerTag, readDer, sequenceTag } from './der.ts';
import { isUsablePublicKey, keyPairFromSeed, publicKeyBytes, seedBytes } from './ed25519.ts';
import { keyIdBytes } from './minisign-public-key.ts';
import type { PublicKeyFile } from './minisign-public-key.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { PackageError } from './package-error.ts';
import { openPbes2 } from './pbes2.ts';

const plainPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');

const damaged = (what: string) => new PackageError('bad-key', `This is not ${what} of OpenSSL, or it is damaged. Make it with "openssl genpkey -algorithm ed25519".`);

export interface OpensslFile { kind: 'plain' | 'encrypted' | 'public'; der: Buffer }

/** What of OpenSSL's a file holds; null when it is nothing of the kind. @throws PackageError `bad-key` for PEM files of other kinds */
export function readOpensslFile(bytes: Uint8Array): OpensslFile | null {
  const buffer = Buffer.from(bytes);
  if (buffer[0] === sequenceTag) {
    const der = buffer;
    if (der.length === publicPrefix.length + publicKeyBytes && der.subarray(0, publicPrefix.length).equals(publicPrefix)) return { kind: 'public', der };
    const first = readDer(der, sequenceTag)?.content[0];
    if (first === integerTag) return { kind: 'plain', der };
    return first === sequenceTag ? { kind: 'encrypted', der } : null;
  }
  const pem = /-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/.exec(buffer.toString('latin1'));
  if (pem === null) return null;
  const label = pem[1]!;
  const kind = { 'PRIVATE KEY': 'plain', 'ENCRYPTED PRIVATE KEY': 'encrypted', 'PUBLIC KEY': 'public' }[label] as OpensslFile['kind'] | undefined;
  if (kind === undefined) {
    throw new PackageError('bad-key', `A file with "${label}" cannot be used. Keys of minisign, signify and OpenSSL (Ed25519) can.`);
  }
  const der = decodeCanonicalBase64(pem[2]!.replaceAll(/\s/g, ''));
  if (der === null) throw damaged('a key');
  return { kind, der: Buffer.from(der) };
}

/** The secret key of a PKCS#8 file. @throws PackageError `bad-key` or `bad-password` */
export async function opensslSecretKey(file: OpensslFile, password: string | null): Promise<SecretKey> {
  if (file.kind === 'public') throw new PackageError('bad-key', 'This is a public key. Choose the secret key.');
  const der = file.kind === 'encrypted' ? await openPbes2(file.der, password) : file.der;
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (error) {
    if (file.kind === 'plain') throw damaged('a secret key');
    throw new PackageError('bad-password', 'The password of this secret key is wrong, or the file is damaged. Check the spelling and try again.', { cause: error });
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new PackageError('bad-key', `This is a secret key of another kind (${key.asymmetricKeyType ?? 'unknown'}). Packages are signed with Ed25519.`);
  }
  const plain = key.export({ format: 'der', type: 'pkcs8' });
  if (plain.length !== plainPrefix.length + seedBytes || !plain.subarray(0, plainPrefix.length).equals(plainPrefix)) throw damaged('a secret key');
  const pair = keyPairFromSeed(new Uint8Array(plain.subarray(plainPrefix.length)));
  return { keyId: opensslKeyId(pair.publicKey), ...pair };
}

/** The public key of a SubjectPublicKeyInfo file. @throws PackageError `bad-key` */
export function opensslPublicKey(file: OpensslFile): PublicKeyFile {
  if (file.kind !== 'public') throw new PackageError('bad-key', 'This is a secret key, which is to be shown to nobody. Choose the public key.');
  if (file.der.length !== publicPrefix.length + publicKeyBytes || !file.der.subarray(0, publicPrefix.length).equals(publicPrefix)) {
    throw damaged('an Ed25519 public key');
  }
  const key = new Uint8Array(file.der.subarray(publicPrefix.length));
  if (!isUsablePublicKey(key)) throw new PackageError('bad-key', 'This public key is none that can be trusted: signatures for it could be made by anybody.');
  return { keyId: opensslKeyId(key), key, comment: '' };
}

/** OpenSSL's keys have no id; theirs is the first 8 bytes of the BLAKE2b-512 of the 32-byte public key, so that everybody who converts one gets the same. */
function opensslKeyId(publicKey: Uint8Array): Uint8Array {
  return blake2b(publicKey).slice(0, keyIdBytes);
}
