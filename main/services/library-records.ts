// The list of packages in DATA/library.json: read once at the start, and written again some time after it changed.
import { join } from 'node:path';
import { writeFileAtomic } from '../engine/atomic-file.ts';
import { DelayedSave, readJson } from './json-file.ts';
import { LibraryFile, PackageRecord } from './package-record.ts';

const saveDelayMs = 2_000;

export class LibraryRecords {
  readonly #path: string;
  readonly #current: () => PackageRecord[];
  readonly #log: (line: string) => void;
  readonly #save: DelayedSave;
  /** Records that could not be restored (yet), as they were: kept for a later start. */
  readonly #unread = new Set<{ id?: unknown }>();

  /** @param current the records of the packages that are open, in queue order */
  constructor(dataDir: string, current: () => PackageRecord[], log: (line: string) => void) {
    this.#path = join(dataDir, 'library.json');
    this.#current = current;
    this.#log = log;
    this.#save = new DelayedSave(() => this.#write(), saveDelayMs, (error) => log(`The list of packages could not be saved: ${String(error)}`));
  }

  /** Has each package restored that was saved, one after another. One that cannot be read or restored is left out and kept as it is. */
  async restore(open: (record: PackageRecord) => Promise<void>): Promise<void> {
    const file = LibraryFile.safeParse(await readJson(this.#path));
    const packages = file.success ? file.data.packages : [];
    // What is saved meanwhile must not lack those that have not had their turn.
    for (const raw of packages) if (typeof raw === 'object' && raw !== null) this.#unread.add(raw);
    for (const raw of packages) {
      const record = PackageRecord.safeParse(raw);
      try {
        if (!record.success) throw new Error(record.error.message.slice(0, 200));
        await open(record.data);
        this.#unread.delete(raw as object);
      } catch (error) {
        this.#log(`A package could not be restored: ${String(error)}`);
      }
    }
  }

  /** Saved within seconds. */
  touch(): void {
    this.#save.touch();
  }

  /** Saved when it resolves; a failure is logged, not thrown. */
  now(): Promise<void> {
    return this.#save.now();
  }

  async close(): Promise<void> {
    await this.#save.now();
    await this.#save.close();
  }

  async #write(): Promise<void> {
    const open = this.#current();
    const ids = new Set(open.map(({ id }) => id));
    const packages = [...open, ...[...this.#unread].filter(({ id }) => !ids.has(String(id)))];
    await writeFileAtomic(this.#path, `${JSON.stringify({ version: 1, packages })}\n`);
  }
}
