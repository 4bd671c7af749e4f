// Public keys in minisign's format (signify's is the same but for the comment): two lines, or the second one alone.
import { decodeCanonicalBase64, encodeBase64 } from './canonical-base64.ts';
import { isFitComment, splitLines, untrustedLineBytes, untrustedPrefix } from './comment-lines.ts';
import { isUsablePublicKey } from './ed25519.ts';
import { PackageError } from './package-error.ts';

/** `keyId`: the 8 bytes by which signatures name their key; `key`: the 32 bytes of the Ed25519 public key; `comment` is empty where there was none. */
export interface PublicKeyFile { keyId: Uint8Array; key: Uint8Array; comment: string }

export const keyIdBytes = 8;
/** "Ed", the key id, the key. */
const encodedBytes = 42;
const maxTextLength = 4096;

const notAKey = 'This is not a public key of minisign or signify. Choose the .pub file that the publisher offers, or paste its second line.';

/** Reads a `.pub` file or its base64 line alone. @throws PackageError `bad-key`, for keys that must not be used as well */
export function parsePublicKey(text: string): PublicKeyFile {
  if (text.length > maxTextLength) throw new PackageError('bad-key', notAKey);
  const lines = splitLines(text, 2) ?? [];
  const comment = lines.length === 2 ? lines[0]! : untrustedPrefix;
  if (lines.length === 0 || !comment.startsWith(untrustedPrefix)) throw new PackageError('bad-key', notAKey);
  if (Buffer.byteLength(comment) > untrustedLineBytes || !isFitComment(comment)) {
    throw new PackageError('bad-key', 'The comment of this public key is too long or holds characters that do not belong in it. Ask the publisher for the key again.');
  }
  const bytes = decodeCanonicalBase64(lines.length === 2 ? lines[1]! : lines[0]!.trim());
  if (bytes?.length !== encodedBytes || bytes[0] !== 0x45 || bytes[1] !== 0x64) throw new PackageError('bad-key', notAKey);
  const key = bytes.slice(2 + keyIdBytes);
  if (!isUsablePublicKey(key)) {
    throw new PackageError('bad-key', 'This public key is none that can be trusted: signatures for it could be made by anybody. Ask the publisher for another.');
  }
  return { keyId: bytes.slice(2, 2 + keyIdBytes), key, comment: comment.slice(untrustedPrefix.length) };
}

/** The base64 line: "Ed", key id, key. This is also what `key=` in a package's trusted comment holds. */
export function encodePublicKey(publicKey: Pick<PublicKeyFile, 'keyId' | 'key'>): string {
  return encodeBase64(Buffer.concat([Buffer.from('Ed'), publicKey.keyId, publicKey.key]));
}

/** The whole `.pub` file. Without a comment it gets the one that minisign writes. */
export function publicKeyFile(publicKey: PublicKeyFile): string {
  return `${untrustedPrefix}${publicKey.comment || `minisign public key ${keyIdText(publicKey.keyId)}`}\n${encodePublicKey(publicKey)}\n`;
}

/** A key id as minisign shows it: the 8 bytes as one little-endian number in 16 upper-case hex digits. */
export function keyIdText(keyId: Uint8Array): string {
  return Buffer.from(keyId).reverse().toString('hex').toUpperCase();
}
