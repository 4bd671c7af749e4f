// Opens sealed layers once their publisher has released the key: early copies are useless before.
import { join } from 'node:path';
import { matchesKeyDigest, openSealedFile, parsePublishedKey } from '../package/sealed-file.ts';
import type { LayerEntry } from './layer-entry.ts';
import type { Library } from './library.ts';
import type { PackageEntry } from './package-entry.ts';
import type { PackageFetcher } from './package-fetcher.ts';

export interface SealedLayersOptions {
  library: Library;
  fetcher: PackageFetcher;
  log(line: string): void;
}

/** A crowd asks for the key in the same second: spread over a moment that nobody notices. */
const spreadMs = 1_500;
const firstRetryMs = 2_000;
const maxRetryMs = 60_000;
const waitForWorkMs = 200;

export class SealedLayers {
  readonly #o: SealedLayersOptions;
  readonly #opening = new Set<LayerEntry>();
  readonly #abort = new AbortController();

  constructor(options: SealedLayersOptions) {
    this.#o = options;
  }

  /** Begins to open a layer when it is sealed, complete, and its time has come. */
  consider(entry: PackageEntry, layer: LayerEntry): void {
    if (layer.state !== 'sealed' || this.#opening.has(layer) || !this.#mayOpen(entry, layer)) return;
    if (entry.event?.startsAt && entry.event.startsAt > Date.now()) return;
    this.#opening.add(layer);
    void this.#open(entry, layer).finally(() => this.#opening.delete(layer));
  }

  close(): void {
    this.#abort.abort();
  }

  async #open(entry: PackageEntry, layer: LayerEntry): Promise<void> {
    const { signal } = this.#abort;
    const sealing = layer.manifest!.encryption!;
    let retryMs = firstRetryMs;
    await pause(Math.random() * spreadMs, signal);
    while (!signal.aborted && this.#mayOpen(entry, layer)) {
      try {
        const answer = await this.#o.fetcher.fetchLayerKey(sealing.keyUrl, signal);
        if (answer) {
          const key = parsePublishedKey(answer);
          if (!matchesKeyDigest(key, sealing.keySha256)) throw new Error('the key at its address is not the one that the publisher promised');
          if (!(await this.#openFiles(entry, layer, key, signal))) continue;
          layer.record.opened = true;
          await this.#o.library.saved();
          this.#o.library.emit('layerAdvanced', entry, layer);
          this.#o.library.emit('changed', entry.record.id);
          return;
        }
      } catch (error) {
        if (!signal.aborted) this.#o.log(`${entry.record.name}, part "${layer.record.title}", stays closed: ${String(error)}`);
      }
      await pause(retryMs * (0.75 + Math.random() / 2), signal);
      retryMs = Math.min(maxRetryMs, retryMs * 2);
    }
  }

  /** @returns false when the package was moved or stopped before all were open: the next turn sees how it stands */
  async #openFiles(entry: PackageEntry, layer: LayerEntry, key: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const { algorithm, chunkSize, files } = layer.manifest!.encryption!;
    const total = files.reduce((sum, file) => sum + file.length, 0) || 1;
    let done = 0;
    while (entry.ownWork) await pause(waitForWorkMs, signal); // its files are on their way elsewhere
    if (signal.aborted || !this.#mayOpen(entry, layer)) return false;
    layer.work = { kind: 'checking', progress: 0 };
    try {
      for (const [index, expected] of files.entries()) {
        const root = join(entry.record.folder, layer.metainfo!.name);
        await openSealedFile(join(root, layer.manifest!.files[index]!.path), join(root, expected.path), { algorithm, chunkSize, key, expected, signal });
        done += expected.length;
        layer.work = { kind: 'checking', progress: done / total };
        this.#o.library.emit('changed', entry.record.id);
        if (!this.#mayOpen(entry, layer)) return false;
      }
      return true;
    } finally {
      layer.work = null;
    }
  }

  #mayOpen(entry: PackageEntry, layer: LayerEntry): boolean {
    return this.#o.library.find(entry.record.id) === entry && entry.layers.includes(layer) && !entry.standing.revoked && !entry.record.paused;
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> => new Promise((resolve) => {
  if (signal.aborted) return resolve();
  const timer = setTimeout(resolve, ms);
  timer.unref();
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    resolve();
  }, { once: true });
});
