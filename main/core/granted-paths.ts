// Paths that the host's user chose: interfaces know them by opaque handles alone.
import { isAbsolute } from 'node:path';
import { ContractError } from '../../contract/index.ts';

export class GrantedPaths {
  readonly #paths = new Map<string, string>();
  readonly #downloadFolder: () => string;

  /** @param downloadFolder where things go that were given no folder */
  constructor(downloadFolder: () => string) {
    this.#downloadFolder = downloadFolder;
  }

  grant(handle: string, path: string): void {
    this.#paths.set(handle, path);
  }

  find(handle: string): string | undefined {
    return this.#paths.get(handle);
  }

  /** @param handle undefined: the download folder. @throws {ContractError} `not-found` */
  folderOf(handle: string | undefined): string {
    if (handle === undefined) return this.#downloadFolder();
    const path = this.#paths.get(handle);
    if (!path || !isAbsolute(path)) throw new ContractError('not-found', 'This folder was not chosen here. Choose it again.');
    return path;
  }
}
