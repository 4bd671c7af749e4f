// Opens an event package: verifies what arrived, then reads it, then checks it. Nothing is parsed that was not signed.
import { createHash } from 'node:crypto';
import { isUsablePublicKey } from './ed25519.ts';
import { parseStatements } from './key-statement.ts';
import { checkManifest } from './manifest-checks.ts';
import { refuseManifest } from './manifest-refusal.ts';
import { MAX_MANIFEST_BYTES, readManifest } from './manifest-schema.ts';
import { keyIdText } from './minisign-public-key.ts';
import { signatureHolds } from './minisign-signature.ts';
import { PackageError } from './package-error.ts';
import { MAX_HEADER_BYTES, readHeader } from './package-header.ts';
import type { PackageHeader } from './package-header.ts';
import type { EventPackage, KeyStatement, Manifest } from './package-types.ts';
import { parseStrictJson } from './strict-json.ts';

export { readHeader, trustedCommentFor } from './package-header.ts';

export interface OpenPackageOptions {
  /** The key that it must be signed with, 32 bytes. */
  key?: Uint8Array;
  /** Semantic version of this client, for `minimumClient`. */
  clientVersion?: string;
  /** Whether hosts in the user's own network may be named. */
  allowPrivate?: boolean;
  /** Tried by their id (8 bytes) when the package carries no key. */
  knownKeys?: { keyId: Uint8Array; key: Uint8Array }[];
}

/** A package larger than this is refused unread, bytes. */
export const MAX_PACKAGE_BYTES = MAX_MANIFEST_BYTES + MAX_HEADER_BYTES;

/**
 * The package in `bytes`, verified over exactly those bytes. Whether its key is to be trusted, and whether the package is too old, is not decided here.
 * Throws PackageError: `too-large`, `not-a-package`, `bad-key`, `key-needed`, `bad-signature`, then `needs-newer-client`, `bad-package`.
 */
export function openPackage(bytes: Uint8Array, options: OpenPackageOptions = {}): EventPackage {
  if (bytes.byteLength > MAX_PACKAGE_BYTES) throw tooLarge();
  const header = readHeader(bytes);
  if (header.manifestBytes.byteLength > MAX_MANIFEST_BYTES) throw tooLarge();
  const key = verifiedKey(header, options);
  const manifest = readManifest(parseStrictJson(header.manifestBytes), options.clientVersion);
  const checked = checkManifest(manifest, { allowPrivate: options.allowPrivate ?? false });
  return {
    ...checked,
    manifest,
    key: Uint8Array.from(key),
    keyId: Uint8Array.from(header.signature.keyId),
    keySource: header.embeddedKey ? 'embedded' : 'given',
    trustedComment: header.signature.trustedComment,
    digest: createHash('sha256').update(header.manifestBytes).digest('hex'),
    statements: statementsOf(manifest),
  };
}

function verifiedKey({ signature, embeddedKey, manifestBytes }: PackageHeader, options: OpenPackageOptions): Uint8Array {
  if (options.key && embeddedKey && !Buffer.from(options.key).equals(embeddedKey)) {
    throw badSignature('This package is signed with another key than the one it must be signed with. Somebody else made it, or the publisher changed the key: ask the publisher.');
  }
  const given = options.key ?? embeddedKey;
  const candidates = given ? [given] : (options.knownKeys ?? []).filter(({ keyId }) => Buffer.from(keyId).equals(signature.keyId)).map(({ key }) => key);
  if (candidates.length === 0) {
    throw new PackageError('key-needed', `This package does not carry the key ${keyIdText(signature.keyId)} that it is signed with. Get the publisher's .pub file and open the package with it.`, { where: 'signature' });
  }
  const usable = candidates.filter((key) => isUsablePublicKey(key));
  if (usable.length === 0) throw new PackageError('bad-key', 'The key of this package is none that can be trusted: signatures for it could be made by anybody. Ask the publisher for another.', { where: 'signature' });
  const key = usable.find((candidate) => signatureHolds(signature, manifestBytes, candidate));
  if (!key) throw badSignature('The signature of this package does not hold: the file was damaged or tampered with, or somebody else signed it. Get it again from its publisher.');
  return key;
}

function statementsOf({ publisher }: Manifest): KeyStatement[] {
  return (publisher.statements ?? []).flatMap((text, index) => {
    try {
      return parseStatements(text);
    } catch (error) {
      if (!(error instanceof PackageError)) throw error;
      throw refuseManifest(`publisher.statements[${index}]`, `A statement about keys in this package is not in order. ${error.message}`, error);
    }
  });
}

function badSignature(message: string): PackageError {
  return new PackageError('bad-signature', message, { where: 'signature' });
}

function tooLarge(): PackageError {
  return new PackageError('too-large', 'This file is larger than 8 MiB, which no event package is. Ask the publisher for a smaller one.', { where: 'size' });
}
