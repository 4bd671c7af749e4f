// The secret that opens the headless host: 256 random bits, kept so that its address survives a restart.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const wellFormed = /^[A-Za-z0-9_-]{32,256}$/;

/** Whether two secrets are the same, in a time that tells nothing about where they differ. */
export function sameSecret(given: string, secret: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}

/**
 * The token in `file`, or in the data folder when no file is named; made on the first start, readable by its owner alone.
 * @throws Error with a sentence when a named file holds something that is no token
 */
export async function loadToken(dataDir: string, file?: string): Promise<string> {
  const path = file ?? join(dataDir, 'access-token');
  const stored = await readFile(path, 'utf8').then((text) => text.trim(), (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw new Error(`The token file cannot be read (${error.code}): ${path}`);
  });
  if (stored !== null && wellFormed.test(stored)) {
    await chmod(path, 0o600).catch(() => {}); // an operator's file may be somebody else's
    return stored;
  }
  if (stored !== null && file !== undefined) {
    throw new Error(`The token in ${file} is no good: it takes 32 to 256 letters, digits, - or _. Remove the file to get a new one.`);
  }
  const token = randomBytes(32).toString('base64url');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    await writeFile(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw new Error(`The token cannot be written to ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
  }
  return token;
}
