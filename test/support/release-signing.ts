// A release engineer for tests: a key of their own, descriptions of versions as electron-builder writes them, and signatures as minisign makes them.
import { createHash, randomBytes } from 'node:crypto';
import { dump } from 'js-yaml';
import { randomKeyPair } from '../../main/package/ed25519.ts';
import { encodePublicKey } from '../../main/package/minisign-public-key.ts';
import type { SecretKey } from '../../main/package/minisign-secret-key.ts';
import { signMessage } from '../../main/package/minisign-signature.ts';

export interface ReleaseKey { secret: SecretKey; publicKey: string }

export function makeReleaseKey(): ReleaseKey {
  const secret = { ...randomKeyPair(), keyId: new Uint8Array(randomBytes(8)) } as SecretKey;
  return { secret, publicKey: encodePublicKey({ keyId: secret.keyId, key: secret.publicKey }) };
}

export const sha512Of = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('base64');

/** `latest.yml` of these files, by the library that electron-builder writes it with. */
export function describeRelease(version: string, files: Record<string, Uint8Array>, releaseDate = '2026-11-01T10:00:00.000Z'): Buffer {
  const entries = Object.entries(files).map(([url, bytes]) => ({ url, sha512: sha512Of(bytes), size: bytes.length, ...(url.endsWith('.AppImage') && { blockMapSize: 1234 }) }));
  return Buffer.from(dump({ version, files: entries, path: entries[0]!.url, sha512: entries[0]!.sha512, releaseDate }, { lineWidth: 8000, noRefs: true }));
}

/** As `minisign -S -m NAME` does it by itself. @param signedAt epoch ms */
export function signRelease(bytes: Uint8Array, name: string, { secret }: ReleaseKey, signedAt = Date.now()): string {
  return signMessage(bytes, secret, { trusted: `timestamp:${Math.floor(signedAt / 1000)}\tfile:${name}\thashed` });
}
