// Signatures in minisign's format: the four lines that a package starts with, or a `.minisig` file.
import { blake2b512 } from './blake2b.ts';
import { decodeCanonicalBase64, encodeBase64 } from './canonical-base64.ts';
import { isFitComment, splitLines, trustedLineBytes, trustedPrefix, untrustedLineBytes, untrustedPrefix } from './comment-lines.ts';
import { signatureBytes, signEd25519, verifyEd25519 } from './ed25519.ts';
import { keyIdBytes } from './minisign-public-key.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { PackageError } from './package-error.ts';

/** `ED` signs the BLAKE2b-512 of the message, the older `Ed` the message itself. The global signature covers the signature and the trusted comment. */
export interface SignatureBox {
  algorithm: 'ED' | 'Ed';
  /** 8 bytes. */
  keyId: Uint8Array;
  /** 64 bytes. */
  signature: Uint8Array;
  untrustedComment: string;
  trustedComment: string;
  /** 64 bytes. */
  globalSignature: Uint8Array;
}

/** More than four lines of the greatest length can have. */
const maxTextLength = 16_384;

const refuse = (what: string) => new PackageError('not-a-package', `${what} A package begins with the four lines of a minisign signature; get it again from its publisher.`);

/** Reads exactly four lines, the last with or without its end. @throws PackageError `not-a-package` */
export function parseSignature(text: string): SignatureBox {
  const lines = text.length > maxTextLength ? null : splitLines(text, 4);
  if (lines?.length !== 4) throw refuse('The signature is not made of four lines.');
  const [untrusted, first, trusted, second] = lines as [string, string, string, string];
  if (!untrusted.startsWith(untrustedPrefix) || !trusted.startsWith(trustedPrefix)) throw refuse('The comments of the signature are missing.');
  checkComment(untrusted, untrustedLineBytes);
  checkComment(trusted, trustedLineBytes);
  const box = decodeCanonicalBase64(first);
  const globalSignature = decodeCanonicalBase64(second);
  if (box?.length !== 2 + keyIdBytes + signatureBytes || globalSignature?.length !== signatureBytes) throw refuse('The signature is damaged.');
  const algorithm = String.fromCharCode(box[0]!, box[1]!);
  if (algorithm !== 'ED' && algorithm !== 'Ed') throw refuse('The signature is of a kind that is not known.');
  return {
    algorithm,
    keyId: box.slice(2, 2 + keyIdBytes),
    signature: box.slice(2 + keyIdBytes),
    untrustedComment: untrusted.slice(untrustedPrefix.length),
    trustedComment: trusted.slice(trustedPrefix.length),
    globalSignature,
  };
}

/**
 * Whether the signature over `message` and the global signature over it and the trusted comment both hold for `key` (32 bytes).
 * The key id is not looked at: it is no secret and proves nothing.
 */
export function signatureHolds(box: SignatureBox, message: Uint8Array, key: Uint8Array): boolean {
  const signed = box.algorithm === 'ED' ? blake2b512(message) : message;
  // The cheaper one first: it covers 64 bytes and a comment.
  return verifyEd25519(box.globalSignature, globallySigned(box.signature, box.trustedComment), key) && verifyEd25519(box.signature, signed, key);
}

/** Signs as stock minisign does by default (prehashed). @returns the four lines, each with its end @throws PackageError for comments that nobody could read */
export function signMessage(message: Uint8Array, secret: SecretKey, comments: { untrusted?: string; trusted: string }): string {
  const untrusted = `${untrustedPrefix}${comments.untrusted ?? 'signature from a Flashswarm secret key'}`;
  const trusted = `${trustedPrefix}${comments.trusted}`;
  checkComment(untrusted, untrustedLineBytes);
  checkComment(trusted, trustedLineBytes);
  const signature = signEd25519(blake2b512(message), secret.secretKey);
  const global = signEd25519(globallySigned(signature, comments.trusted), secret.secretKey);
  return `${untrusted}\n${encodeBase64(Buffer.concat([Buffer.from('ED'), secret.keyId, signature]))}\n${trusted}\n${encodeBase64(global)}\n`;
}

function globallySigned(signature: Uint8Array, trustedComment: string): Uint8Array {
  return Buffer.concat([signature, Buffer.from(trustedComment, 'utf8')]);
}

function checkComment(line: string, maxBytes: number): void {
  if (Buffer.byteLength(line) > maxBytes) throw refuse('A comment of the signature is too long.');
  if (!isFitComment(line)) throw refuse('A comment of the signature holds characters that do not belong in it.');
}
