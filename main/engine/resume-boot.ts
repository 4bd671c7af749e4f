// Tells whether the operating system was started anew: then its memory of unwritten data is gone.
import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

let known: string | null = null;

/** A text without line breaks that stays the same until the system is started again. */
export function bootIdentity(): string {
  known ??= read();
  return known;
}

function read(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim().slice(0, 64);
  } catch {
    // Elsewhere the time of the start, to ten minutes: an adjusted clock only means that more is hashed.
    return `started-${Math.round((Date.now() / 1000 - uptime()) / 600)}`;
  }
}
