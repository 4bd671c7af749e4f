// Secret keys in minisign's format, under a password (scrypt) or without one.
import { randomBytes, scrypt } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { decodeCanonicalBase64, encodeBase64 } from './canonical-base64.ts';
import { isFitComment, splitLines, untrustedLineBytes, untrustedPrefix } from './comment-lines.ts';
import { isWholeSecretKey, publicKeyBytes, secretKeyBytes, seedBytes } from './ed25519.ts';
import { passwordBytes } from './key-password.ts';
import { keyIdBytes } from './minisign-public-key.ts';
import { PackageError } from './package-error.ts';

/** `keyId`: 8 bytes; `secretKey`: 64 bytes (seed and public key); `publicKey`: 32 bytes. */
export interface SecretKey { keyId: Uint8Array; secretKey: Uint8Array; publicKey: Uint8Array }

// struct: "Ed", kdf (2), "B2", salt (32), operations (8), memory (8), then the part that is encrypted: key id (8), secret key (64), checksum (32)
const saltAt = 6;
const operationsAt = 38;
const memoryAt = 46;
const sealedAt = 54;
const sealedBytes = keyIdBytes + secretKeyBytes + 32;
const encodedBytes = sealedAt + sealedBytes;
const maxTextLength = 4096;
/** What minisign asks for (libsodium's "sensitive"): 1 GiB and some seconds. Nothing writes more, so more is refused. */
const stockOperations = 2 ** 25;
const stockMemory = 2 ** 30;
const signatureKind = Buffer.from('Ed');
const scryptKind = Buffer.from('Sc');
const noKdf = Buffer.alloc(2);
const checksumKind = Buffer.from('B2');

const damaged = () => new PackageError('bad-key', 'This is not a secret key of minisign, or it is damaged. Choose the .key file that was made with the public key.');

/** Whether a password is needed to read this secret key. @throws PackageError `bad-key` when it is none */
export function isEncrypted(text: string): boolean {
  return decode(text).subarray(2, 4).equals(scryptKind);
}

/**
 * Reads a secret key. With a password this takes 1 GiB of memory and some seconds in a thread of its own, as minisign means it to.
 * A password for a key without one is not looked at. @throws PackageError `bad-key` or `bad-password`
 */
export async function parseSecretKey(text: string, password: string | null): Promise<SecretKey> {
  const bytes = decode(text);
  const encrypted = bytes.subarray(2, 4).equals(scryptKind);
  const sealed = Buffer.from(bytes.subarray(sealedAt));
  if (encrypted) {
    if (password === null) throw new PackageError('bad-password', 'This secret key is protected by a password. Give the password.');
    const operations = Number(bytes.readBigUInt64LE(operationsAt));
    const memory = Number(bytes.readBigUInt64LE(memoryAt));
    const stream = await keyStream(passwordBytes(password), bytes.subarray(saltAt, operationsAt), operations, memory);
    for (let index = 0; index < sealedBytes; index++) sealed[index]! ^= stream[index]!;
  }
  const secretKey = new Uint8Array(sealed.subarray(keyIdBytes, keyIdBytes + secretKeyBytes));
  const keyId = new Uint8Array(sealed.subarray(0, keyIdBytes));
  const found = sealed.subarray(keyIdBytes + secretKeyBytes);
  // minisign up to 0.11 leaves the checksum of a key without a password empty.
  if (!found.equals(checksum(keyId, secretKey)) && (encrypted || found.some((byte) => byte !== 0))) {
    if (!encrypted) throw damaged();
    throw new PackageError('bad-password', 'The password of this secret key is wrong. Check the spelling and try again.');
  }
  if (!isWholeSecretKey(secretKey)) throw damaged();
  return { keyId, secretKey, publicKey: secretKey.slice(seedBytes, seedBytes + publicKeyBytes) };
}

/** Writes a secret key that stock minisign signs with. Encrypting costs what reading costs. @throws PackageError `bad-password` for an empty or over-long one */
export async function encodeSecretKey(key: SecretKey, password: string | null): Promise<string> {
  return encode(key, password, stockOperations, stockMemory);
}

/** As `encodeSecretKey`, at a cost that the caller names in libsodium's terms (operations, bytes of memory); for tests, and machines with little memory. */
export async function encode(key: SecretKey, password: string | null, operations: number, memory: number): Promise<string> {
  if (!isWholeSecretKey(key.secretKey) || key.keyId.length !== keyIdBytes) throw damaged();
  const sealed = Buffer.concat([key.keyId, key.secretKey, checksum(key.keyId, key.secretKey)]);
  const header = Buffer.alloc(sealedAt);
  Buffer.concat([signatureKind, password === null ? noKdf : scryptKind, checksumKind]).copy(header);
  if (password !== null) {
    if (password === '') throw new PackageError('bad-password', 'The password is empty. Choose one, or make the key without a password.');
    const salt = randomBytes(operationsAt - saltAt);
    salt.copy(header, saltAt);
    header.writeBigUInt64LE(BigInt(operations), operationsAt);
    header.writeBigUInt64LE(BigInt(memory), memoryAt);
    const stream = await keyStream(passwordBytes(password), salt, operations, memory);
    for (let index = 0; index < sealedBytes; index++) sealed[index]! ^= stream[index]!;
  }
  return `${untrustedPrefix}minisign ${password === null ? '' : 'encrypted '}secret key\n${encodeBase64(Buffer.concat([header, sealed]))}\n`;
}

function decode(text: string): Buffer {
  const lines = text.length > maxTextLength ? null : splitLines(text, 2);
  if (lines?.length !== 2 || !lines[0]!.startsWith(untrustedPrefix)) throw damaged();
  if (Buffer.byteLength(lines[0]!) > untrustedLineBytes || !isFitComment(lines[0]!)) throw damaged();
  const bytes = decodeCanonicalBase64(lines[1]!);
  if (bytes?.length !== encodedBytes) throw damaged();
  const buffer = Buffer.from(bytes);
  const kdf = buffer.subarray(2, 4);
  const isKnown = buffer.subarray(0, 2).equals(signatureKind) && (kdf.equals(scryptKind) || kdf.equals(noKdf)) && buffer.subarray(4, 6).equals(checksumKind);
  if (!isKnown) throw damaged();
  return buffer;
}

function checksum(keyId: Uint8Array, secretKey: Uint8Array): Uint8Array {
  return blake2b(Buffer.concat([signatureKind, keyId, secretKey]), { dkLen: 32 });
}

/**
 * The bytes that the sealed part is XORed with: scrypt with the parameters that libsodium (crypto_pwhash_scryptsalsa208sha256) derives from its two limits.
 * Asynchronous: it works in a thread of its own.
 */
function keyStream(password: Uint8Array, salt: Uint8Array, operations: number, memory: number): Promise<Buffer> {
  const { N, r, p } = scryptCost(operations, memory);
  const neededBytes = 128 * r * (N + p);
  if (operations > stockOperations || memory > stockMemory || neededBytes > stockMemory + 128 * r * 1024) {
    throw new PackageError('bad-key', 'This secret key asks for more memory or work than minisign ever does. It is damaged, or made to stall the program.');
  }
  return new Promise((resolve, reject) => {
    // OpenSSL counts some kilobytes more than the two tables.
    scrypt(password, salt, sealedBytes, { N, r, p, maxmem: neededBytes + 2 ** 20 }, (error, key) => {
      if (error) reject(new PackageError('bad-key', 'There is not enough memory to open this secret key: 1 GiB is needed. Close other programs and try again.', { cause: error }));
      else resolve(key);
    });
  });
}

function scryptCost(operations: number, memory: number): { N: number; r: number; p: number } {
  const r = 8;
  const work = Math.max(operations, 32_768);
  const greatest = work < memory / 32 ? work / (r * 4) : memory / (r * 128);
  let exponent = 1;
  while (exponent < 62 && 2 ** exponent <= greatest / 2) exponent += 1;
  const N = 2 ** exponent;
  return { N, r, p: work < memory / 32 ? 1 : Math.max(1, Math.floor(Math.min(work / 4 / N, 0x3fff_ffff) / r)) };
}
