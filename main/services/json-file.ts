// Reads small JSON files, and decides when the newest state of something is written to one.
import { readFile, rename } from 'node:fs/promises';

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
