// Reads the files that a command is given, none larger than it can be.
import { open } from 'node:fs/promises';
import { MAX_PACKAGE_BYTES } from '../package/open-package.ts';
import { CliError } from './exit-codes.ts';

/** @throws {CliError} `not-found`, `unreadable`, `too-large` */
export async function readBounded(path: string, maxBytes: number, what: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, what, error);
  });
  try {
    const bytes = new Uint8Array(maxBytes + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read) read = (await file.read(bytes, length, bytes.length - length, null)).bytesRead;
    if (length > maxBytes) throw new CliError('too-large', `${path} is too large for ${what}.`);
    return bytes.slice(0, length);
  } catch (error) {
    throw error instanceof CliError ? error : unreadable(path, what, error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, what: string, error: NodeJS.ErrnoException): CliError {
  if (error.code === 'ENOENT') return new CliError('not-found', `There is no file ${path}`);
  return new CliError('unreadable', error.code === 'EISDIR' ? `${path} is a folder, not ${what}.` : `${path} cannot be read (${error.code ?? 'unknown'}).`);
}

/** The bytes of an event package or of a manifest. @throws {CliError} */
export const readPackageFile = (path: string): Promise<Uint8Array> => readBounded(path, MAX_PACKAGE_BYTES, 'an event package');
