// Opens a finished, verified file with the system's program; one that may run something only after a question that names it.
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import path from 'node:path';
import type { Output } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import type { FileRisk } from './file-risk.ts';
import { fileRisk, HEAD_BYTES, shownName } from './file-risk.ts';

interface PackageFile { id: string; index: number }
type Complete = Output<'packages.file'>;

export interface OpeningParts {
  /** Where it is, as the core says now. @throws {ContractError} while it is not complete */
  find(file: PackageFile): Promise<Complete>;
  /** Asks by a dialog of the system whose default is "no". */
  confirm(question: { name: string; risk: Exclude<FileRisk, 'quiet'> }): Promise<boolean>;
  /** @returns what went wrong; empty: nothing */
  openPath(place: string): Promise<string>;
}

export class FileOpener {
  readonly #parts: OpeningParts;
  #asking = false;

  constructor(parts: OpeningParts) {
    this.#parts = parts;
  }

  /** @returns false when the person did not want it after all @throws {ContractError} `not-found`, `not-here`, `forbidden`, `internal` */
  async open(file: PackageFile): Promise<{ opened: boolean }> {
    const found = await this.#parts.find(file);
    const risk = await look(found);
    if (risk !== 'quiet') {
      if (!(await this.#ask(found.path, risk))) return { opened: false };
      // A question may stand for hours: it has to be the same, finished file still.
      const now = await this.#parts.find(file);
      if (now.path !== found.path || now.length !== found.length) throw new ContractError('not-here', `"${path.basename(found.path)}" was replaced meanwhile. Open it once more.`);
      await look(now);
    }
    const problem = await this.#parts.openPath(found.path);
    if (problem) throw new ContractError('internal', `The system could not open it: ${problem}`);
    return { opened: true };
  }

  /** One question at a time: nobody is worn down by a hundred of them. */
  async #ask(place: string, risk: Exclude<FileRisk, 'quiet'>): Promise<boolean> {
    if (this.#asking) throw new ContractError('forbidden', 'Answer the question about the other file first.');
    this.#asking = true;
    try {
      return await this.#parts.confirm({ name: shownName(place), risk });
    } finally {
      this.#asking = false;
    }
  }
}

/** @throws {ContractError} when it is not the regular file that was verified */
async function look({ path: place, length }: Complete): Promise<FileRisk> {
  const name = path.basename(place);
  const info = await lstat(place).catch(() => null);
  if (!info) throw new ContractError('not-found', `"${name}" is not on the disk any more. Check the package, and it is fetched again.`);
  if (!info.isFile()) throw new ContractError('forbidden', `"${name}" leads to another place or is no file, so it is not opened from here.`);
  if (info.size !== length) throw new ContractError('not-here', `"${name}" was changed on the disk. Check the package, and it is fetched again.`);
  const file = await open(place, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)).catch(() => {
    throw new ContractError('unreadable', `"${name}" cannot be read.`);
  });
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return fileRisk({ name: place, head: head.subarray(0, bytesRead), mode: process.platform === 'win32' ? 0 : info.mode });
  } finally {
    await file.close();
  }
}
