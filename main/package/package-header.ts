// Takes a package apart without believing any of it: the four lines of its signature, the key they carry, and the bytes they sign.
import { PackageError } from './package-error.ts';
import { keyIdText, parsePublicKey } from './minisign-public-key.ts';
import { parseSignature } from './minisign-signature.ts';
import type { SignatureBox } from './minisign-signature.ts';

export interface PackageHeader {
  signature: SignatureBox;
  /** 32 bytes, as `key=` in the trusted comment; null where there is none. Proven only by the signature. */
  embeddedKey: Uint8Array | null;
  /** A view of the bytes that were given. */
  manifestBytes: Uint8Array;
}

/** Four lines of the greatest length that minisign writes are shorter. */
export const MAX_HEADER_BYTES = 16 * 1024;
const LINE_END = 0x0a;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Throws PackageError: `not-a-package`, `bad-key` for a key that must not be used, `bad-signature` when key and signature do not belong together or there is no signature. */
export function readHeader(bytes: Uint8Array): PackageHeader {
  refuseOtherFiles(bytes);
  let end = 0;
  for (let line = 0; line < 4; line += 1) {
    const at = bytes.subarray(0, MAX_HEADER_BYTES).indexOf(LINE_END, end);
    if (at === -1) throw notAPackage('It does not begin with the four lines of a signature, or it was cut off.');
    end = at + 1;
  }
  let text: string;
  try {
    text = decoder.decode(bytes.subarray(0, end));
  } catch (cause) {
    throw notAPackage('Its first lines are no text.', cause);
  }
  const signature = parseSignature(text);
  return { signature, embeddedKey: embeddedKeyOf(signature), manifestBytes: bytes.subarray(end) };
}

/** The key that the trusted comment of a signature carries as `key=`; null without one. Throws as `readHeader` does. */
export function embeddedKeyOf(signature: SignatureBox): Uint8Array | null {
  const tokens = signature.trustedComment.split(/[ \t]+/).filter((token) => token.startsWith('key='));
  if (tokens.length === 0) return null;
  if (tokens.length > 1) throw new PackageError('bad-signature', 'This package carries more than one key, so it cannot be said who signed it. Get it again from its publisher.', { where: 'trusted comment' });
  const { keyId, key } = parsePublicKey(tokens[0]!.slice('key='.length));
  if (!Buffer.from(keyId).equals(signature.keyId)) {
    throw new PackageError('bad-signature', (
      `This package carries the key ${keyIdText(keyId)}, but its signature was made with the key ${keyIdText(signature.keyId)}. It was tampered with or put together wrongly. Get it again from its publisher.`
    ), { where: 'trusted comment' });
  }
  return key;
}

/**
 * The trusted comment that carries the public key, for `signMessage` or `minisign -t`.
 * @param publicKeyBase64 the second line of a `.pub` file @param fileName spaces in it become underscores
 */
export function trustedCommentFor(publicKeyBase64: string, timestampSeconds: number, fileName?: string): string {
  const file = fileName === undefined ? '' : ` file:${fileName.replace(/[\s\p{C}]+/gu, '_').slice(0, 200)}`;
  return `timestamp:${Math.floor(timestampSeconds)}${file} key=${publicKeyBase64}`;
}

// What people really hand over instead, each with a sentence that helps.
function refuseOtherFiles(bytes: Uint8Array): void {
  if (bytes.byteLength === 0) throw notAPackage('It is empty.');
  const start = Buffer.from(bytes.subarray(0, 256)).toString('utf8').replace(/^\uFEFF/, '').trimStart();
  if (start.startsWith('{')) {
    throw new PackageError('bad-signature', 'Nobody signed this package: it is a bare manifest, and anybody could have written it. Ask the publisher for the signed one.', { where: 'signature' });
  }
  if (start.startsWith('<')) throw notAPackage('It is a web page: the link leads to a page about the package, or the site wants you to sign in.');
  if (/^d\d+:/.test(start)) throw notAPackage('It is a torrent. Open it as one.');
}

function notAPackage(problem: string, cause?: unknown): PackageError {
  return new PackageError('not-a-package', `This file is not an event package. ${problem}`, { where: 'header', cause });
}
