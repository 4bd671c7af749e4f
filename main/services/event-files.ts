// Keeps the signed manifests of the event packages, one file a version, exactly as they arrived.
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { openPackage } from '../package/open-package.ts';
import type { EventPackage } from '../package/package-types.ts';

export class EventFiles {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** On the disk when it resolves. */
  async keep(id: string, version: number, bytes: Uint8Array): Promise<void> {
    await writeFileAtomic(this.#path(id, version), bytes);
  }

  bytes(id: string, version: number): Promise<Uint8Array> {
    return readFile(this.#path(id, version));
  }

  /**
   * Reads one again and verifies it again.
   * @param key 32 bytes as 64 hex digits, the one that it was accepted with
   * @throws Error when it is gone, damaged, or another one than was kept
   */
  async read(id: string, version: number, key: string): Promise<EventPackage> {
    // What was accepted under the rules of then (a private address that was allowed) is not judged anew at each start.
    const event = openPackage(await this.bytes(id, version), { key: Buffer.from(key, 'hex'), allowPrivate: true });
    if (event.manifest.package.id !== id || event.manifest.package.version !== version) throw new Error('The package file that was kept is another one.');
    return event;
  }

  /** Forgets all versions but those. */
  async forget(id: string, except: readonly number[] = []): Promise<void> {
    const folder = join(this.#dataDir, 'packages', id);
    const keep = new Set(except.map((version) => `${version}.evpack`));
    const names = await readdir(folder).catch(() => []);
    for (const name of names) if (!keep.has(name)) await rm(join(folder, name), { force: true });
    if (!keep.size) await rm(folder, { recursive: true, force: true });
  }

  #path(id: string, version: number): string {
    return join(this.#dataDir, 'packages', id, `${version}.evpack`);
  }
}
