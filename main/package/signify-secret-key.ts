// Secret keys of OpenBSD's signify: under a password (bcrypt_pbkdf) or without one.
import { createHash } from 'node:crypto';
import bcrypt from 'bcrypt-pbkdf';
import { decodeCanonicalBase64 } from './canonical-base64.ts';
import { isFitComment, splitLines, untrustedLineBytes, untrustedPrefix } from './comment-lines.ts';
import { isWholeSecretKey, publicKeyBytes, secretKeyBytes, seedBytes } from './ed25519.ts';
import { passwordBytes } from './key-password.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { PackageError } from './package-error.ts';

// struct enckey: "Ed", "BK", rounds (4, big-endian), salt (16), checksum (8), key number (8), secret key (64, XORed with the derived bytes)
const encodedBytes = 104;
const roundsAt = 4;
const saltAt = 8;
const checksumAt = 24;
const keyNumberAt = 32;
const secretAt = 40;
const maxTextLength = 4096;
/** signify's default is 42, which is about half a second here. */
const maxRounds = 256;

/** The bytes of what looks like a secret key of signify; null for anything else. */
function decode(text: string): Buffer | null {
  const lines = text.length > maxTextLength ? null : splitLines(text, 2);
  if (lines?.length !== 2 || !lines[0]!.startsWith(untrustedPrefix)) return null;
  if (Buffer.byteLength(lines[0]!) > untrustedLineBytes || !isFitComment(lines[0]!)) return null;
  const bytes = decodeCanonicalBase64(lines[1]!);
  return bytes?.length === encodedBytes && Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('EdBK')) ? Buffer.from(bytes) : null;
}

export function isSignifySecretKey(text: string): boolean {
  return decode(text) !== null;
}

/** signify's key number stays as the key id. Blocks for the rounds that the file asks for. @throws PackageError `bad-key` or `bad-password` */
export function parseSignifySecretKey(text: string, password: string | null): SecretKey {
  const damaged = new PackageError('bad-key', 'This is not a secret key of signify, or it is damaged. Choose the .sec file.');
  const bytes = decode(text);
  if (bytes === null) throw damaged;
  const rounds = bytes.readUInt32BE(roundsAt);
  const secretKey = new Uint8Array(bytes.subarray(secretAt));
  if (rounds > 0) {
    if (rounds > maxRounds) {
      throw new PackageError('bad-key', `This secret key asks for ${rounds} rounds to open it, and ${maxRounds} at most are done. It is damaged, or made to stall the program.`);
    }
    if (password === null) throw new PackageError('bad-password', 'This secret key is protected by a password. Give the password.');
    const wanted = passwordBytes(password);
    const stream = new Uint8Array(secretKeyBytes);
    // It refuses an empty password, which signify does not give either.
    if (bcrypt.pbkdf(wanted, wanted.length, bytes.subarray(saltAt, checksumAt), checksumAt - saltAt, stream, stream.length, rounds) !== 0) throw wrongPassword();
    for (let index = 0; index < secretKeyBytes; index++) secretKey[index]! ^= stream[index]!;
  }
  const checksum = createHash('sha512').update(secretKey).digest().subarray(0, keyNumberAt - checksumAt);
  if (!checksum.equals(bytes.subarray(checksumAt, keyNumberAt))) throw rounds > 0 ? wrongPassword() : damaged;
  if (!isWholeSecretKey(secretKey)) throw damaged;
  return { keyId: new Uint8Array(bytes.subarray(keyNumberAt, secretAt)), secretKey, publicKey: secretKey.slice(seedBytes, seedBytes + publicKeyBytes) };
}

const wrongPassword = () => new PackageError('bad-password', 'The password of this secret key is wrong. Check the spelling and try again.');
