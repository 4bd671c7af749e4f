// Signatures: every vector of Wycheproof, and what tweetnacl alone would take although it must not be taken.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { isUsablePublicKey, keyPairFromSeed, randomKeyPair, signEd25519, verifyEd25519 } from '../../../main/package/ed25519.ts';
import { PackageError } from '../../../main/package/package-error.ts';
import { flipBit } from '../../support/flip-bit.ts';

interface Vectors {
  numberOfTests: number;
  testGroups: { publicKey: { pk: string }; tests: { tcId: number; comment: string; msg: string; sig: string; result: string; flags: string[] }[] }[];
}

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'));
const seedOf = (number: number) => new Uint8Array(32).fill(number);
const mod = (value: bigint, by: bigint) => ((value % by) + by) % by;
const toNumber = (from: Uint8Array) => BigInt(`0x${Buffer.from(from).reverse().toString('hex')}`);
const toBytes = (value: bigint) => new Uint8Array(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
const join = (...parts: Uint8Array[]) => new Uint8Array(Buffer.concat(parts));
const challenge = (r: Uint8Array, a: Uint8Array, message: Uint8Array) => mod(toNumber(createHash('sha512').update(r).update(a).update(message).digest()), L);
const secretScalar = (seed: Uint8Array) => {
  const half = createHash('sha512').update(seed).digest().subarray(0, 32);
  half[0]! &= 248;
  half[31] = (half[31]! & 127) | 64;
  return toNumber(half);
};

// A second, slow implementation of the curve for making what no honest signer makes.
type Point = readonly [x: bigint, y: bigint];
const pow = (base: bigint, exponent: bigint): bigint => {
  let result = 1n;
  for (let rest = exponent, square = mod(base, P); rest > 0n; rest >>= 1n, square = square * square % P) if (rest & 1n) result = result * square % P;
  return result;
};
const invert = (value: bigint) => pow(value, P - 2n);
const D = mod(-121665n * invert(121666n), P);
const add = ([x1, y1]: Point, [x2, y2]: Point): Point => {
  const product = mod(D * x1 * x2 * y1 * y2, P);
  return [mod((x1 * y2 + x2 * y1) * invert(1n + product), P), mod((y1 * y2 + x1 * x2) * invert(mod(1n - product, P)), P)];
};
const times = (point: Point, by: bigint): Point => {
  let result: Point = [0n, 1n];
  for (let rest = by, double = point; rest > 0n; rest >>= 1n, double = add(double, double)) if (rest & 1n) result = add(result, double);
  return result;
};
const encode = ([x, y]: Point) => toBytes(y | (x & 1n) << 255n);
const decode = (from: Uint8Array): Point => {
  const sign = toNumber(from) >> 255n;
  const y = mod(toNumber(from) & (2n ** 255n - 1n), P);
  const square = mod((y * y - 1n) * invert(mod(D * y * y + 1n, P)), P);
  let x = pow(square, (P + 3n) / 8n);
  if (mod(x * x - square, P) !== 0n) x = mod(x * pow(2n, (P - 1n) / 4n), P);
  expect(mod(x * x - square, P)).toBe(0n);
  return [(x & 1n) === sign ? x : mod(-x, P), y];
};

/** Every encoding of the eight points: eight of one form, and six that name one of them in a second form. */
const smallOrder = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];
const smallOrderAgain = [
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

describe('the vectors of Wycheproof', () => {
  const vectors = JSON.parse(readFileSync(new URL('../../support/wycheproof-ed25519.json', import.meta.url), 'utf8')) as Vectors;
  const all = vectors.testGroups.flatMap((group) => group.tests.map((test) => ({ ...test, key: group.publicKey.pk })));

  it('are all there, and each says whether it is to be taken', () => {
    expect([all.length, all.filter((one) => one.result === 'valid').length, all.filter((one) => one.result === 'invalid').length]).toEqual([151, 88, 63]);
    expect(vectors.numberOfTests).toBe(151);
  });

  it('come out right, every one', () => {
    const wrong = all.filter((one) => verifyEd25519(bytes(one.sig), bytes(one.msg), bytes(one.key)) !== (one.result === 'valid'));
    expect(wrong.map((one) => `${one.tcId} ${one.comment} ${one.flags.join()}`)).toEqual([]);
    expect(new Set(all.map((one) => one.key)).size).toBeGreaterThan(20);
    expect(all.every((one) => isUsablePublicKey(bytes(one.key)))).toBe(true);
  });
});

describe('a signature that somebody else made out of a good one', () => {
  it('is refused when S has the order of the group added to it, which tweetnacl takes', () => {
    for (let number = 1; number <= 8; number++) {
      const { publicKey, secretKey } = keyPairFromSeed(seedOf(number));
      const message = Buffer.from('a manifest');
      const good = signEd25519(message, secretKey);
      expect(verifyEd25519(good, message, publicKey)).toBe(true);
      const changed = join(good.subarray(0, 32), toBytes(toNumber(good.subarray(32)) + L));
      expect(nacl.sign.detached.verify(message, changed, publicKey)).toBe(true);
      expect(verifyEd25519(changed, message, publicKey)).toBe(false);
    }
  });

  it('is refused for S equal to the order, and for every further multiple that fits', () => {
    const { publicKey, secretKey } = keyPairFromSeed(seedOf(1));
    const message = Buffer.from('a manifest');
    const good = signEd25519(message, secretKey);
    const s = toNumber(good.subarray(32));
    for (let multiple = 1n; s + multiple * L < 2n ** 256n; multiple++) {
      expect(verifyEd25519(join(good.subarray(0, 32), toBytes(s + multiple * L)), message, publicKey)).toBe(false);
    }
    expect(verifyEd25519(join(good.subarray(0, 32), toBytes(L)), message, publicKey)).toBe(false);
  });
});

describe('points of small order', () => {
  it.each([...smallOrder, ...smallOrderAgain])('%s is no public key: for it a signature can be made without any secret, and tweetnacl takes that', (hex) => {
    const key = bytes(hex);
    expect(encode(times(decode(key), 8n))).toEqual(bytes(smallOrder[0]!));
    expect(isUsablePublicKey(key)).toBe(false);
    const r = keyPairFromSeed(seedOf(9)).publicKey;
    const signature = join(r, toBytes(mod(secretScalar(seedOf(9)), L)));
    let forged: Uint8Array | null = null;
    for (let number = 0; forged === null && number < 400; number++) {
      const message = Buffer.from(`made up ${number}`);
      // what the point is multiplied with must be a multiple of its order
      if (challenge(r, key, message) % 8n === 0n) forged = message;
    }
    expect(nacl.sign.detached.verify(forged!, signature, key)).toBe(true);
    expect(verifyEd25519(signature, forged!, key)).toBe(false);
  });

  it.each(smallOrder)('%s is refused as R, which tweetnacl takes', (hex) => {
    const r = bytes(hex);
    const scalar = mod(secretScalar(seedOf(3)), L);
    const torsion = decode(r);
    const neutral = bytes(smallOrder[0]!);
    // A = aB + T, R = -hT: holds for S = h a
    const honest = decode(keyPairFromSeed(seedOf(3)).publicKey);
    const key = encode(add(honest, torsion));
    let made: { message: Uint8Array; signature: Uint8Array } | null = null;
    for (let number = 0; made === null && number < 400; number++) {
      const message = Buffer.from(`made up ${number}`);
      const h = challenge(r, key, message);
      if (Buffer.from(encode(times(torsion, mod(h + 1n, 8n)))).equals(neutral)) made = { message, signature: join(r, toBytes(mod(h * scalar, L))) };
    }
    expect(nacl.sign.detached.verify(made!.message, made!.signature, key)).toBe(true);
    expect(verifyEd25519(made!.signature, made!.message, key)).toBe(false);
  });

  it.each(smallOrderAgain)('%s is refused as R', (hex) => {
    const { publicKey, secretKey } = keyPairFromSeed(seedOf(1));
    const good = signEd25519(Buffer.from('x'), secretKey);
    expect(verifyEd25519(join(bytes(hex), good.subarray(32)), Buffer.from('x'), publicKey)).toBe(false);
  });
});

describe('a second encoding of a point', () => {
  // y + p fits into 255 bits for y < 19 alone; of those, these are on the curve. Nobody knows a secret to any, so that none can be signed with.
  const low = Array.from({ length: 19 }, (_, y) => BigInt(y)).filter((y) => y > 1n && isUsablePublicKey(toBytes(y)));

  it('is no public key and no R, with either sign', () => {
    expect(low.length).toBeGreaterThan(4);
    const { publicKey, secretKey } = keyPairFromSeed(seedOf(1));
    const good = signEd25519(Buffer.from('x'), secretKey);
    for (const y of low) {
      for (const sign of [0n, 1n << 255n]) {
        expect(isUsablePublicKey(toBytes(y | sign))).toBe(true);
        const again = toBytes((y + P) | sign);
        expect(isUsablePublicKey(again)).toBe(false);
        expect(verifyEd25519(good, Buffer.from('x'), again)).toBe(false);
        expect(verifyEd25519(join(again, good.subarray(32)), Buffer.from('x'), publicKey)).toBe(false);
      }
    }
  });
});

describe('public keys', () => {
  it('are 32 bytes on the curve', () => {
    expect(isUsablePublicKey(randomKeyPair().publicKey)).toBe(true);
    for (const length of [0, 31, 33, 64]) expect(isUsablePublicKey(new Uint8Array(length).fill(9))).toBe(false);
    // about half of all y have no x
    const off = Array.from({ length: 64 }, (_, y) => BigInt(y) + 2n).filter((y) => !isUsablePublicKey(toBytes(y)));
    expect(off.length).toBeGreaterThan(16);
    for (const y of off) expect(pow(mod((y * y - 1n) * invert(D * y * y + 1n), P), (P - 1n) / 2n)).toBe(P - 1n);
  });
});

describe('signing', () => {
  it('makes what verifies, for any seed and message, and a flipped bit anywhere never does', () => {
    fc.assert(fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat(511), fc.nat(255), fc.nat(),
      (seed, message, signatureBit, keyBit, messageBit) => {
        const { publicKey, secretKey } = keyPairFromSeed(seed);
        const signature = signEd25519(message, secretKey);
        expect(verifyEd25519(signature, message, publicKey)).toBe(true);
        expect(isUsablePublicKey(publicKey)).toBe(true);
        expect(verifyEd25519(flipBit(signature, signatureBit), message, publicKey)).toBe(false);
        expect(verifyEd25519(signature, message, flipBit(publicKey, keyBit))).toBe(false);
        expect(verifyEd25519(signature, flipBit(message, messageBit), publicKey)).toBe(false);
      },
    ), { numRuns: 60 });
  });

  it('never holds for a flipped bit, from the first of a signature to the last', () => {
    const { publicKey, secretKey } = keyPairFromSeed(seedOf(5));
    const message = Buffer.from('a manifest');
    const signature = signEd25519(message, secretKey);
    for (const bit of [...Array.from({ length: 103 }, (_, index) => index * 5), 511]) expect(verifyEd25519(flipBit(signature, bit), message, publicKey)).toBe(false);
  });

  it('refuses a secret key whose public half is another, which would give the secret away', () => {
    const secretKey = join(seedOf(1), keyPairFromSeed(seedOf(2)).publicKey);
    expect(() => signEd25519(Buffer.from('x'), secretKey)).toThrow(PackageError);
    expect(() => signEd25519(Buffer.from('x'), secretKey.subarray(0, 63))).toThrow(PackageError);
  });
});

it('says no to any bytes and never throws', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 70 }), fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ maxLength: 40 }), (signature, message, key) => {
    expect(verifyEd25519(signature, message, key)).toBe(false);
    isUsablePublicKey(key);
  }), { numRuns: 300 });
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 32, maxLength: 32 }),
    (signature, message, key) => void expect(verifyEd25519(signature, message, key)).toBe(false),
  ), { numRuns: 300 });
});
