// Reads the files that a command is given, none larger than it can be.
import { open } from 'node:fs/promises';
import { MAX_PACKAGE_BYTES } from '../package/open-package.ts';
import { CliError } from './exit-codes.ts';

/** @throws {CliError} `not-found`, `unreadable`, `too-large` */
export async function readBounded(path: string, maxBytes: number, what: string): Promise<Uint8Array> {
  const fail = (error: NodeJS.ErrnoException): never => {
    if (error.code === 'ENOENT') throw new CliError('not-found', `There is no file ${path}`);
    throw new CliError('unreadable', error.code === 'EISDIR' ? `${path} is a folder, not ${what}.` : `${path} cannot be read (${error.code ?? 'unknown'}).`);
  };
  const file = await open(path, 'r').catch(fail);
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new CliError('too-large', `${path} is too large for ${what}.`);
    const bytes = new Uint8Array(maxBytes + 1);
    let length = 0;
    for (let read = 1; read > 0 && length <= maxBytes; length += read) read = (await file.read(bytes, length, bytes.length - length, null)).bytesRead;
    if (length > maxBytes) throw new CliError('too-large', `${path} is too large for ${what}.`);
    return bytes.slice(0, length);
  } catch (error) {
    return error instanceof CliError ? Promise.reject(error) : fail(error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

/** The bytes of an event package or of a manifest. @throws {CliError} */
export const readPackageFile = (path: string): Promise<Uint8Array> => readBounded(path, MAX_PACKAGE_BYTES, 'an event package');
