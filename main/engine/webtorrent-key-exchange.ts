// Diffie-Hellman for encrypted handshakes (MSE): the library's own checks the prime anew for every connection, 100 ms each.
import { randomBytes } from 'node:crypto';

/** The prime and generator of Message Stream Encryption; fixed, so that checking them is of no use. */
const PRIME = BigInt('0xffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563');
const GENERATOR = 2n;
const KEY_BYTES = 96;
/** As much as the specification asks for, and all that the cipher behind it is worth. */
const SECRET_BYTES = 20;

export class MseKeyExchange {
  readonly #secret = BigInt(`0x${randomBytes(SECRET_BYTES).toString('hex')}`);

  generateKeys(): Buffer {
    return toBytes(power(GENERATOR, this.#secret));
  }

  /** @throws Error for a key that would make the secret known to everybody */
  computeSecret(publicKey: Uint8Array): Buffer {
    const key = BigInt(`0x${Buffer.from(publicKey).toString('hex')}`);
    if (key <= 1n || key >= PRIME - 1n) throw new Error('a useless public key');
    return toBytes(power(key, this.#secret));
  }
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(KEY_BYTES * 2, '0'), 'hex');
}
