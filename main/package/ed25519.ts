// Ed25519 (RFC 8032) as packages use it: tweetnacl does the arithmetic, and a strict check comes before every verification.
import nacl from 'tweetnacl';
import { PackageError } from './package-error.ts';

export const publicKeyBytes = 32;
export const secretKeyBytes = 64;
export const seedBytes = 32;
export const signatureBytes = 64;

/** `secretKey` is the seed followed by the public key (64 bytes), as libsodium, minisign and signify store it. */
export interface KeyPair { publicKey: Uint8Array; secretKey: Uint8Array }

const fieldPrime = 2n ** 255n - 19n;
const groupOrder = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
const curveD = 37_095_705_934_669_439_343_138_083_508_754_565_189_542_113_879_843_219_016_388_785_533_085_940_283_555n;
/** The y of a point of order 8; the other one is its negative. */
const orderEightY = 0x05fc_536d_8802_38b1_3933_c6d3_05ac_dfd5_f098_eff2_89f4_c345_b027_b2c2_8f95_e826n;
/** The y coordinates of the eight points whose order divides 8: those of order 2, 4 (twice), 8 (four times), and the neutral one. */
const smallOrderY = new Set([0n, 1n, fieldPrime - 1n, orderEightY, fieldPrime - orderEightY]);
const signBit = 1n << 255n;

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/**
 * Whether 32 bytes are the only encoding of their y and not one of the points of small order. The two points with x = 0, whose sign bit would be a
 * second encoding, are of small order themselves, so that refusing those covers it.
 */
function isStrictPoint(bytes: Uint8Array): boolean {
  const y = littleEndian(bytes) & (signBit - 1n);
  return y < fieldPrime && !smallOrderY.has(y);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let rest = exponent, square = base; rest > 0n; rest >>= 1n, square = square * square % fieldPrime) {
    if (rest & 1n) result = result * square % fieldPrime;
  }
  return result;
}

/** Whether an x exists for y: x^2 = (y^2 - 1) / (d y^2 + 1) must be a square; the product is one exactly when the quotient is. */
function isOnCurve(bytes: Uint8Array): boolean {
  const y = littleEndian(bytes) & (signBit - 1n);
  const square = y * y % fieldPrime;
  const product = (square + fieldPrime - 1n) * (curveD * square % fieldPrime + 1n) % fieldPrime;
  return product === 0n || power(product, (fieldPrime - 1n) / 2n) === 1n;
}

/** Whether these bytes may be trusted as a public key: 32 bytes, a point of the curve in its only encoding, not of small order. */
export function isUsablePublicKey(publicKey: Uint8Array): boolean {
  return publicKey.length === publicKeyBytes && isStrictPoint(publicKey) && isOnCurve(publicKey);
}

/**
 * Whether a detached signature holds. tweetnacl alone would take S >= L (a second valid signature for anybody), keys in a second encoding, and keys of
 * small order (for which one signature holds for many messages); all of those are refused first. Never throws, whatever the bytes.
 */
export function verifyEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== signatureBytes || publicKey.length !== publicKeyBytes) return false;
  const r = signature.subarray(0, 32);
  const s = signature.subarray(32);
  if (littleEndian(s) >= groupOrder || !isStrictPoint(r) || !isStrictPoint(publicKey)) return false;
  return nacl.sign.detached.verify(message, signature, publicKey);
}

/** Signs `message`. Refuses a secret key whose two halves do not belong together: signing with such a one gives the secret away. */
export function signEd25519(message: Uint8Array, secretKey: Uint8Array): Uint8Array {
  if (!isWholeSecretKey(secretKey)) {
    throw new PackageError('bad-key', 'This secret key is damaged: its public half does not belong to it. Use a copy of the key that is whole.');
  }
  return nacl.sign.detached(message, secretKey);
}

/** Whether these are 64 bytes of which the second half is the public key of the first. */
export function isWholeSecretKey(secretKey: Uint8Array): boolean {
  if (secretKey.length !== secretKeyBytes) return false;
  return Buffer.from(keyPairFromSeed(secretKey.subarray(0, seedBytes)).secretKey).equals(secretKey);
}

/** The key pair of a 32-byte seed (RFC 8032's private key). */
export function keyPairFromSeed(seed: Uint8Array): KeyPair {
  return nacl.sign.keyPair.fromSeed(seed);
}

export function randomKeyPair(): KeyPair {
  return nacl.sign.keyPair();
}
