// Reads and replaces small JSON files so that a crash leaves the old or the new content, never half of one.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The parsed content, or undefined when there is no such file or it is not JSON (it is then kept beside as `.broken`). */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    await rename(path, `${path}.broken`);
    return undefined;
  }
}

/** Replaces a file with the given bytes: written beside it, synced, renamed. */
export async function writeFileAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Saves the newest state of something some time after it changed; never two writes at once, none lost. */
export class DelayedSave {
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();
  readonly #write: () => Promise<void>;
  readonly #delayMs: number;
  readonly #onError: (error: unknown) => void;

  constructor(write: () => Promise<void>, delayMs: number, onError: (error: unknown) => void) {
    this.#write = write;
    this.#delayMs = delayMs;
    this.#onError = onError;
  }

  /** Something changed. */
  touch(): void {
    this.#timer ??= setTimeout(() => void this.now(), this.#delayMs);
  }

  /** Writes at once, after a write under way. A failure is reported, not thrown. */
  now(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#running = this.#running.then(this.#write).catch(this.#onError);
    return this.#running;
  }

  async close(): Promise<void> {
    if (this.#timer) await this.now();
    await this.#running;
  }
}
