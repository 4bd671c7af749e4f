// Keeps what the library was last known to be, so that a window shows it at once while the engine starts.
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import type { PackageSummary } from '../../contract/index.ts';
import { Snapshot } from '../../contract/index.ts';

const MAX_BYTES = 16 * 1024 * 1024;
const MOST_PACKAGES = 100_000;
const WRITE_EVERY_MS = 60_000;
/** A thousand checked at a stretch would hold everything else up for as long as can be felt. */
const AT_ONCE = 100;

const Packages = Snapshot.shape.packages;
const Rest = Snapshot.omit({ packages: true });

export class LastLibrary {
  readonly #file: string;
  #read: Promise<Snapshot | null> | null = null;
  #newest: Snapshot | null = null;
  #written: Snapshot | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param file in the data folder whose library it is */
  constructor(file: string) {
    this.#file = file;
  }

  get isThere(): boolean {
    return existsSync(this.#file);
  }

  /** As it was written last, at rest and older than whatever an engine says; null where nothing that fits is there. */
  read(): Promise<Snapshot | null> {
    this.#read ??= readSnapshot(this.#file);
    return this.#read;
  }

  /** Written within a minute, and at the end. */
  note(snapshot: Snapshot): void {
    this.#newest = snapshot;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#write();
    }, WRITE_EVERY_MS).unref();
  }

  /** The program ends: nothing that takes time can be waited for any more. */
  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
    if (!this.#newest || this.#newest === this.#written) return;
    try {
      writeFileSync(`${this.#file}.new`, JSON.stringify(this.#newest), { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // The next window waits for the engine instead.
    }
  }

  async #write(): Promise<void> {
    const snapshot = this.#newest;
    if (!snapshot) return;
    try {
      await writeFile(`${this.#file}.new`, JSON.stringify(snapshot), { mode: 0o600 });
      await rename(`${this.#file}.new`, this.#file);
      this.#written = snapshot;
    } catch {
      // As above: it is an ease, not a record.
    }
  }
}

async function readSnapshot(file: string): Promise<Snapshot | null> {
  try {
    if ((await stat(file)).size > MAX_BYTES) return null;
    const written = JSON.parse(await readFile(file, 'utf8')) as { packages: unknown };
    const rest = Rest.parse(written);
    if (!Array.isArray(written.packages) || written.packages.length > MOST_PACKAGES) return null;
    const read: PackageSummary[] = [];
    for (let at = 0; at < written.packages.length; at += AT_ONCE) {
      read.push(...Packages.parse(written.packages.slice(at, at + AT_ONCE)));
      await new Promise((resolve) => setImmediate(resolve)); // the window opens meanwhile
    }
    return atRest({ ...rest, packages: read });
  } catch {
    return null;
  }
}

/** Nothing moves while there is no engine. */
function atRest({ packages, totals, settings }: Snapshot): Snapshot {
  return {
    seq: 0, settings,
    packages: packages.map((one) => ({ ...one, downloadBytesPerSecond: 0, uploadBytesPerSecond: 0 })),
    totals: { ...totals, downloadBytesPerSecond: 0, uploadBytesPerSecond: 0, connected: 0, dhtNodes: 0 },
  };
}
