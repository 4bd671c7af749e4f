// BLAKE2b-512 (RFC 7693) of bytes in memory: by the system's library where it has it, which takes 2 ms for what takes 30 in JavaScript.
import { createHash, getHashes } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';

// Electron's library has no BLAKE2b of this length.
const isNative = getHashes().includes('blake2b512');

/** 64 bytes. */
export function blake2b512(bytes: Uint8Array): Uint8Array {
  return isNative ? createHash('blake2b512').update(bytes).digest() : blake2b(bytes);
}
