// Hashes pieces off the main loop, a bounded number at a time for all torrents together.
import { webcrypto } from 'node:crypto';

const MAX_AT_ONCE = 3;

let running = 0;
const queue: (() => void)[] = [];

/** Runs `task` when one of the few places is free: reading and hashing must not take the whole disk or memory. */
export async function inHashingPlace<T>(task: () => Promise<T>): Promise<T> {
  if (running >= MAX_AT_ONCE) await new Promise<void>(resolve => queue.push(resolve));
  else running++;
  try {
    return await task();
  } finally {
    const next = queue.shift();
    if (next) next();
    else running--;
  }
}

/** Whether the bytes have this SHA-1 (20 bytes). Computed in the thread pool. */
export async function hasSha1(data: Uint8Array, expected: Uint8Array): Promise<boolean> {
  const digest = await webcrypto.subtle.digest('SHA-1', data as Uint8Array<ArrayBuffer>);
  return Buffer.from(digest).equals(expected);
}
