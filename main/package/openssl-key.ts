// Ed25519 keys as OpenSSL writes them: PKCS#8 and SubjectPublicKeyInfo (RFC 8410), as PEM or DER, under a password (PBES2, RFC 8018) or without one.
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { decodeCanonicalBase64 } from './canonical-base64.ts';
import { isUsablePublicKey, keyPairFromSeed, publicKeyBytes, seedBytes } from './ed25519.ts';
import { passwordBytes } from './key-password.ts';
import { keyIdBytes } from './minisign-public-key.ts';
import type { PublicKeyFile } from './minisign-public-key.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { PackageError } from './package-error.ts';

/** About two seconds of PBKDF2; OpenSSL's default is 2,048. */
const maxIterations = 2_000_000;
/** N x r x p; OpenSSL's default is 2^17, and its memory limit of 32 MiB holds on top. */
const maxScryptWork = 2 ** 21;
const plainPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const pbes2 = '2a864886f70d01050d';
const pbkdf2 = '2a864886f70d01050c';
const scryptOid = '2b06010401da47040b';
const sequence = 0x30;
const integer = 0x02;
const octets = 0x04;
const oid = 0x06;

const damaged = (what: string) => new PackageError('bad-key', `This is not ${what} of OpenSSL, or it is damaged. Make it with "openssl genpkey -algorithm ed25519".`);

export interface OpensslFile { kind: 'plain' | 'encrypted' | 'public'; der: Buffer }

/** What of OpenSSL's a file holds; null when it is nothing of the kind. @throws PackageError `bad-key` for PEM files of other kinds */
export function readOpensslFile(bytes: Uint8Array): OpensslFile | null {
  const buffer = Buffer.from(bytes);
  if (buffer[0] === sequence) {
    const der = buffer;
    if (der.length === publicPrefix.length + publicKeyBytes && der.subarray(0, publicPrefix.length).equals(publicPrefix)) return { kind: 'public', der };
    const first = read(der, sequence)?.content[0];
    if (first === integer) return { kind: 'plain', der };
    return first === sequence ? { kind: 'encrypted', der } : null;
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

/** The secret key of a PKCS#8 file. Blocks for what its password costs, two seconds at most. @throws PackageError `bad-key` or `bad-password` */
export function opensslSecretKey(file: OpensslFile, password: string | null): SecretKey {
  if (file.kind === 'public') throw new PackageError('bad-key', 'This is a public key. Choose the secret key.');
  let passphrase: Buffer | undefined;
  if (file.kind === 'encrypted') {
    checkCost(file.der);
    if (password === null) throw new PackageError('bad-password', 'This secret key is protected by a password. Give the password.');
    passphrase = Buffer.from(passwordBytes(password));
  }
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: file.der, format: 'der', type: 'pkcs8', ...(passphrase ? { passphrase } : {}) });
  } catch (error) {
    if (passphrase === undefined) throw damaged('a secret key');
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

/** Refuses encryption other than PBES2, and costs that would stall the program: OpenSSL itself would go on for as long as the file says. */
function checkCost(der: Buffer): void {
  const outer = read(read(der, sequence)?.content, sequence);
  const scheme = read(outer?.content, oid);
  if (outer === null || scheme === null) throw damaged('a secret key');
  const kdf = read(read(scheme.rest, sequence)?.content, sequence);
  const name = read(kdf?.content, oid);
  const cost = read(name?.rest, sequence);
  const salt = read(cost?.content, octets);
  const isPbes2 = scheme.content.toString('hex') === pbes2;
  const kdfName = name?.content.toString('hex');
  if (!isPbes2 || (kdfName !== pbkdf2 && kdfName !== scryptOid)) {
    throw new PackageError('bad-key', 'The encryption of this secret key is too old. Write it anew with "openssl pkcs8 -topk8 -in KEY -out NEWKEY".');
  }
  const first = readNumber(salt?.rest);
  const second = kdfName === scryptOid ? readNumber(first?.rest) : null;
  const third = readNumber(second?.rest);
  const work = kdfName === scryptOid ? (first?.value ?? 0) * (second?.value ?? 0) * (third?.value ?? 0) : first?.value ?? 0;
  if (work === 0) throw damaged('a secret key');
  if (work > (kdfName === scryptOid ? maxScryptWork : maxIterations)) {
    throw new PackageError('bad-key', 'This secret key asks for far more work to open it than is usual. It is damaged, or made to stall the program.');
  }
}

interface Element { content: Buffer; rest: Buffer }

/** The first element of `bytes`, if it is of this tag and in DER's one form (definite, shortest length). */
function read(bytes: Buffer | undefined, tag: number): Element | null {
  if (bytes === undefined || bytes.length < 2 || bytes[0] !== tag) return null;
  let length = bytes[1]!;
  let at = 2;
  if (length >= 0x80) {
    const count = length - 0x80;
    if (count < 1 || count > 2 || bytes.length < 2 + count) return null;
    length = bytes.readUIntBE(2, count);
    at += count;
    if (length < (count === 1 ? 0x80 : 0x100)) return null;
  }
  return bytes.length < at + length ? null : { content: bytes.subarray(at, at + length), rest: bytes.subarray(at + length) };
}

/** A positive integer of at most 47 bits; anything else is none. */
function readNumber(bytes: Buffer | undefined): { value: number; rest: Buffer } | null {
  const element = read(bytes, integer);
  if (element === null || element.content.length < 1 || element.content.length > 6 || element.content[0]! >= 0x80) return null;
  return { value: element.content.readUIntBE(0, element.content.length), rest: element.rest };
}
