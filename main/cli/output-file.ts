// Writes the files that a command makes: whole or not at all, and never over what is somebody else's.
import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { CliError } from './exit-codes.ts';

/**
 * An older file of the same kind may be replaced; anything else under that name is somebody's and stays.
 * @param isOurs whether content is of this kind; throwing means it is not
 * @throws {CliError} `not-writable`
 */
export async function checkTarget(file: string, kind: string, maxBytes: number, isOurs: (bytes: Uint8Array) => boolean): Promise<void> {
  const info = await stat(file).catch(() => null);
  if (!info) return;
  const replaceable = info.isFile() && info.size <= maxBytes && await readFile(file).then((bytes) => bytes.length === 0 || isOurs(bytes)).catch(() => false);
  if (!replaceable) throw new CliError('not-writable', `${file} is there already and is not a ${kind}. Choose another name with --out.`);
}

/** Replaces the file when everything is written. @throws {CliError} `not-writable` */
export async function writeWhole(file: string, bytes: Uint8Array | string): Promise<void> {
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`;
  try {
    await writeFile(draft, bytes, { flag: 'wx' });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw notWritable(file, error);
  }
}

/** A new file for its owner's eyes; one that is there already stays as it is. @throws {CliError} `not-writable` */
export async function writeSecret(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new CliError('not-writable', `${file} is there already. Keys are never written over: choose another name.`);
    throw notWritable(file, error);
  }
}

function notWritable(file: string, error: unknown): CliError {
  return new CliError('not-writable', `${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`);
}
