// The cipher of sealed files: a key of its own for every file, and chunks that open only in their place (STREAM).
//
//   sealed file = header, chunk 0, chunk 1, ... last chunk
//   header      = "evpack/1 sealed\n" (16 bytes), salt (32 random bytes)
//   chunk       = ciphertext, tag (16 bytes)
//
// Every chunk holds `chunkSize` plain bytes; the last one holds 1 to `chunkSize`, or none in a file that is empty.
// File key: HKDF-SHA-256 (RFC 5869) of the published key with the salt and info "evpack/1 sealed ALGORITHM CHUNKSIZE".
// Nonce: the chunk's number, big-endian, then one byte: 1 for the last chunk, else 0; 12 bytes for aes-256-gcm (NIST SP
// 800-38D), 24 for xchacha20-poly1305 (draft-irtf-cfrg-xchacha). No additional data. So a chunk of another place or another
// file does not open, and an end that was cut off or put on is seen (Hoang, Reyhanitabar, Rogaway, Vizar: STREAM, 2015).
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { hchacha, xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { LayerEncryption } from './package-types.ts';

export type SealAlgorithm = LayerEncryption['algorithm'];

export const HEADER_BYTES = 48;
export const TAG_BYTES = 16;
export const KEY_BYTES = 32;
const MAGIC = Buffer.from('evpack/1 sealed\n', 'latin1');
const MIN_CHUNK_BYTES = 4096;
const MAX_CHUNK_BYTES = 1024 * 1024;

/** Bytes of the sealed file that `plainLength` bytes become. @throws RangeError for impossible numbers */
export function sealedLength(plainLength: number, chunkSize: number): number {
  if (!Number.isSafeInteger(plainLength) || plainLength < 0) throw new RangeError(`No file has ${plainLength} bytes.`);
  if (!isChunkSize(chunkSize)) throw new RangeError('A chunk of a sealed file has 4 KiB to 1 MiB.');
  return HEADER_BYTES + plainLength + TAG_BYTES * Math.max(1, Math.ceil(plainLength / chunkSize));
}

/** Whole bytes, 4 KiB to 1 MiB. */
export function isChunkSize(chunkSize: number): boolean {
  return Number.isSafeInteger(chunkSize) && chunkSize >= MIN_CHUNK_BYTES && chunkSize <= MAX_CHUNK_BYTES;
}

/** @param salt 32 bytes */
export function sealedHeader(salt: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, salt], HEADER_BYTES);
}

/** The salt of a header of 48 bytes; null when it is not the header of a sealed file. */
export function saltOfHeader(header: Uint8Array): Uint8Array | null {
  return header.length === HEADER_BYTES && MAGIC.equals(header.subarray(0, MAGIC.length)) ? header.subarray(MAGIC.length) : null;
}

export interface ChunkCipher {
  /** Writes ciphertext and tag to `sealed`, which has 16 bytes more than `plain`. */
  seal(chunk: number, last: boolean, plain: Uint8Array, sealed: Uint8Array): void;
  /** Writes the plain bytes to `plain`, which has 16 bytes fewer than `sealed`. @returns false, with nothing to be used, when they are not what was sealed */
  open(chunk: number, last: boolean, sealed: Uint8Array, plain: Uint8Array): boolean;
}

/**
 * The cipher of one file. @throws RangeError when the key has not 32 bytes, or for an impossible chunk size
 * @param portable without the system's ChaCha20-Poly1305, which Electron lacks; the bytes are the same
 */
export function chunkCipher(
  { algorithm, key, chunkSize }: { algorithm: SealAlgorithm; key: Uint8Array; chunkSize: number }, salt: Uint8Array, portable = !systemHasChaCha(),
): ChunkCipher {
  if (key.length !== KEY_BYTES) throw new RangeError('The key of a sealed layer has 32 bytes.');
  if (!isChunkSize(chunkSize)) throw new RangeError('A chunk of a sealed file has 4 KiB to 1 MiB.');
  const fileKey = hkdf(sha256, key, salt, Buffer.from(`evpack/1 sealed ${algorithm} ${chunkSize}`, 'latin1'), KEY_BYTES);
  if (algorithm === 'aes-256-gcm') return systemCipher('aes-256-gcm', fileKey);
  return portable ? portableXChaCha(fileKey) : systemCipher('chacha20-poly1305', withoutLongNonce(fileKey));
}

function nonceOf(chunk: number, last: boolean, length: number): Uint8Array {
  const nonce = Buffer.alloc(length);
  nonce.writeBigUInt64BE(BigInt(chunk), length - 9);
  nonce[length - 1] = last ? 1 : 0;
  return nonce;
}

// XChaCha20 is ChaCha20 under a key made of the first 16 bytes of the nonce. Here those are always 0 (no file has 2^56
// chunks), so that this key is made once a file, and the system's ChaCha20, eight times as fast, does the rest.
function withoutLongNonce(fileKey: Uint8Array): Uint8Array {
  const words = (bytes: Uint8Array): Uint32Array => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Uint32Array.from({ length: bytes.length / 4 }, (_, index) => view.getUint32(index * 4, true));
  };
  const subkey = new Uint32Array(8);
  hchacha(words(Buffer.from('expand 32-byte k', 'latin1')), words(fileKey), new Uint32Array(4), subkey);
  const bytes = new Uint8Array(KEY_BYTES);
  subkey.forEach((word, index) => new DataView(bytes.buffer).setUint32(index * 4, word, true));
  return bytes;
}

// What is left of XChaCha20's nonce are 4 zeros and its last 8 bytes: the same 12 bytes as the number and the flag give here.
function systemCipher(name: 'aes-256-gcm' | 'chacha20-poly1305', key: Uint8Array): ChunkCipher {
  const options = { authTagLength: TAG_BYTES };
  return {
    seal(chunk, last, plain, sealed) {
      const cipher = createCipheriv(name as 'aes-256-gcm', key, nonceOf(chunk, last, 12), options);
      sealed.set(cipher.update(plain));
      cipher.final();
      sealed.set(cipher.getAuthTag(), plain.length);
    },
    open(chunk, last, sealed, plain) {
      const decipher = createDecipheriv(name as 'aes-256-gcm', key, nonceOf(chunk, last, 12), options);
      decipher.setAuthTag(sealed.subarray(plain.length));
      plain.set(decipher.update(sealed.subarray(0, plain.length)));
      try {
        decipher.final();
        return true;
      } catch {
        return false;
      }
    },
  };
}

function portableXChaCha(key: Uint8Array): ChunkCipher {
  return {
    seal(chunk, last, plain, sealed) {
      xchacha20poly1305(key, nonceOf(chunk, last, 24)).encrypt(plain, sealed);
    },
    open(chunk, last, sealed, plain) {
      try {
        xchacha20poly1305(key, nonceOf(chunk, last, 24)).decrypt(sealed, plain);
        return true;
      } catch {
        return false;
      }
    },
  };
}

let hasChaCha: boolean | null = null;

function systemHasChaCha(): boolean {
  if (hasChaCha !== null) return hasChaCha;
  try {
    createCipheriv('chacha20-poly1305', new Uint8Array(KEY_BYTES), new Uint8Array(12), { authTagLength: TAG_BYTES });
    hasChaCha = true;
  } catch {
    hasChaCha = false;
  }
  return hasChaCha;
}
