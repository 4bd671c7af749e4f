// Finds keys that a publisher is about to hand out by mistake.
import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Lint } from './package-lints.ts';
import { error, warning } from './package-lints.ts';

const MAX_KEY_BYTES = 16_384;
const HEAD_BYTES = 128;
const NAMES = /\.(key|sec|secret|pem|p8|contentkey)$/i;

/**
 * Looks into small files that are called like keys. @param files those that a layer has @param secretFiles paths that may be in no layer, whatever is in them
 */
export async function lintSecrets(files: readonly { path: string; absolute: string; length: number }[], secretFiles: readonly string[]): Promise<Lint[]> {
  const never = new Set(secretFiles.map((path) => resolve(path)));
  const lints: Lint[] = [];
  for (const { path, absolute, length } of files) {
    if (never.has(absolute)) lints.push(error(`"${path}" is the secret key that signs this package, and everybody would get it. Move it out of the folder.`, path));
    else if (length <= MAX_KEY_BYTES && NAMES.test(path)) lints.push(...lintHead(path, await head(absolute)));
  }
  return lints;
}

function lintHead(path: string, text: string): Lint[] {
  if (/^untrusted comment: .*secret key/.test(text)) return [error(`"${path}" is a secret key, and everybody would get it. Move it out of the folder.`, path)];
  if (/\.contentkey$/i.test(path) && /^[0-9a-f]{64}\s*$/.test(text)) return [error(`"${path}" is the key of a sealed layer, and everybody would get it. Move it out of the folder.`, path)];
  return text.includes('PRIVATE KEY-----') ? [warning(`"${path}" is a private key, and everybody gets it. Is that meant?`, path)] : [];
}

// A file that cannot be read is told about by what reads all of them.
async function head(path: string): Promise<string> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return '';
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}
