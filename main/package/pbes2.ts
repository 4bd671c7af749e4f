// Opens a PKCS#8 key under a password (PBES2 of RFC 8018, scrypt of RFC 7914): its cost is looked at first, it works in a thread of its own, and
// every runtime does it alike (the desktop's own crypto library knows less of it than Node's).
import { createDecipheriv, pbkdf2, scrypt } from 'node:crypto';
import { octetsTag, oidTag, readDer, readDerNumber, sequenceTag } from './der.ts';
import { passwordBytes } from './key-password.ts';
import { PackageError } from './package-error.ts';

/** About two seconds; OpenSSL's default is 2,048. */
const maxIterations = 2_000_000;
/** N x r x p, which is 256 MiB at most; OpenSSL's default is 2^17. */
const maxScryptWork = 2 ** 21;
const pbes2 = '2a864886f70d01050d';
const pbkdf2Oid = '2a864886f70d01050c';
const scryptOid = '2b06010401da47040b';
const ivBytes = 16;
const ciphers: Record<string, { name: string; keyBytes: number }> = {
  '608648016503040102': { name: 'aes-128-cbc', keyBytes: 16 },
  '608648016503040116': { name: 'aes-192-cbc', keyBytes: 24 },
  '60864801650304012a': { name: 'aes-256-cbc', keyBytes: 32 },
};
const digests: Record<string, string> = {
  '2a864886f70d0207': 'sha1', '2a864886f70d0208': 'sha224', '2a864886f70d0209': 'sha256', '2a864886f70d020a': 'sha384', '2a864886f70d020b': 'sha512',
};

type Derivation = { kdf: 'pbkdf2'; salt: Buffer; iterations: number; digest: string } | { kdf: 'scrypt'; salt: Buffer; N: number; r: number; p: number };
interface SealedKey { derivation: Derivation; cipher: { name: string; keyBytes: number }; iv: Buffer; sealed: Buffer }

const damaged = () => new PackageError('bad-key', 'This secret key is damaged. Use a copy that is whole.');
const unknownWay = () => new PackageError(
  'bad-key', 'This secret key is encrypted in a way that is too old or not known here. Write it anew with "openssl pkcs8 -topk8 -in KEY -out NEWKEY".',
);

/**
 * The plain PKCS#8 bytes of an EncryptedPrivateKeyInfo; a wrong password is noticed in most cases only: one in 256 gives bytes that are no key.
 * @throws PackageError `bad-key` or `bad-password`
 */
export async function openPbes2(der: Buffer, password: string | null): Promise<Buffer> {
  const { derivation, cipher, iv, sealed } = decode(der);
  if (password === null) throw new PackageError('bad-password', 'This secret key is protected by a password. Give the password.');
  const key = await derive(passwordBytes(password), derivation, cipher.keyBytes);
  const decipher = createDecipheriv(cipher.name, key, iv);
  try {
    return Buffer.concat([decipher.update(sealed), decipher.final()]);
  } catch (error) {
    throw new PackageError('bad-password', 'The password of this secret key is wrong. Check the spelling and try again.', { cause: error });
  }
}

function decode(der: Buffer): SealedKey {
  const info = readDer(der, sequenceTag);
  const algorithm = readDer(info?.content, sequenceTag);
  const sealed = readDer(algorithm?.rest, octetsTag);
  const scheme = readDer(algorithm?.content, oidTag);
  if (info === null || algorithm === null || sealed === null || scheme === null) throw damaged();
  if (scheme.content.toString('hex') !== pbes2) throw unknownWay();
  const kdf = readDer(readDer(scheme.rest, sequenceTag)?.content, sequenceTag);
  const encryption = readDer(kdf?.rest, sequenceTag);
  const cipherOid = readDer(encryption?.content, oidTag);
  const iv = readDer(cipherOid?.rest, octetsTag);
  if (kdf === null || cipherOid === null) throw damaged();
  const cipher = ciphers[cipherOid.content.toString('hex')];
  if (cipher === undefined) throw unknownWay();
  if (iv?.content.length !== ivBytes) throw damaged();
  return { derivation: decodeDerivation(kdf.content, cipher.keyBytes), cipher, iv: iv.content, sealed: sealed.content };
}

function decodeDerivation(bytes: Buffer, keyBytes: number): Derivation {
  const name = readDer(bytes, oidTag);
  const cost = readDer(name?.rest, sequenceTag);
  const salt = readDer(cost?.content, octetsTag);
  const first = readDerNumber(salt?.rest);
  if (name === null || salt === null || first === null || first.value === 0) throw damaged();
  const kdf = name.content.toString('hex');
  if (kdf === pbkdf2Oid) {
    if (first.value > maxIterations) throw tooMuch();
    const prf = readDer(skipKeyLength(first.rest, keyBytes), sequenceTag);
    // SHA-1 is what the standard means by saying nothing.
    const digest = prf === null ? 'sha1' : digests[readDer(prf.content, oidTag)?.content.toString('hex') ?? ''];
    if (digest === undefined) throw unknownWay();
    return { kdf: 'pbkdf2', salt: salt.content, iterations: first.value, digest };
  }
  if (kdf !== scryptOid) throw unknownWay();
  const r = readDerNumber(first.rest);
  const p = readDerNumber(r?.rest);
  if (r === null || p === null || r.value === 0 || p.value === 0 || first.value < 2 || !Number.isInteger(Math.log2(first.value))) throw damaged();
  if (first.value * r.value * p.value > maxScryptWork) throw tooMuch();
  skipKeyLength(p.rest, keyBytes);
  return { kdf: 'scrypt', salt: salt.content, N: first.value, r: r.value, p: p.value };
}

/** What comes after the key's length, which may be said and must then be the cipher's. */
function skipKeyLength(rest: Buffer, keyBytes: number): Buffer {
  const length = readDerNumber(rest);
  if (length === null) return rest;
  if (length.value !== keyBytes) throw damaged();
  return length.rest;
}

function tooMuch(): PackageError {
  return new PackageError('bad-key', 'This secret key asks for far more work to open it than is usual. It is damaged, or made to stall the program.');
}

function derive(password: Uint8Array, derivation: Derivation, keyBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, key: Buffer) => {
      if (error) reject(new PackageError('bad-key', 'There is not enough memory to open this secret key. Close other programs and try again.', { cause: error }));
      else resolve(key);
    };
    try {
      if (derivation.kdf === 'pbkdf2') pbkdf2(password, derivation.salt, derivation.iterations, keyBytes, derivation.digest, done);
      else {
        const { N, r, p } = derivation;
        scrypt(password, derivation.salt, keyBytes, { N, r, p, maxmem: 128 * r * (N + p) + 2 ** 20 }, done);
      }
    } catch {
      reject(damaged()); // parameters that do not go together
    }
  });
}
