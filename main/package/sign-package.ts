// Puts a signature before a manifest: what comes out is an event package.
import { signMessage } from './minisign-signature.ts';
import { encodePublicKey } from './minisign-public-key.ts';
import type { SecretKey } from './minisign-secret-key.ts';
import { trustedCommentFor } from './open-package.ts';

/**
 * The bytes of an `.evpack`: the four lines of a minisign signature that carries its key, then the manifest as it is.
 * @param issuedAt epoch ms, now unless told
 */
export function signPackage(manifestBytes: Uint8Array, secret: SecretKey, issuedAt: number = Date.now()): Uint8Array {
  const key = encodePublicKey({ keyId: secret.keyId, key: secret.publicKey });
  const lines = signMessage(manifestBytes, secret, { trusted: trustedCommentFor(key, Math.floor(issuedAt / 1000)) });
  return Buffer.concat([Buffer.from(lines), manifestBytes]);
}
