// Says once when the core of a package can be used, and when each layer is ready.
import type { Layer, PackageSummary } from '../../contract/index.ts';
import { formatBytes, printable } from './format.ts';
import type { Report } from './report.ts';

export class LayerNews {
  readonly #report: Pick<Report, 'say'>;
  readonly #version: number;
  readonly #told = new Map<string, string>();
  #coreTold = false;
  #first = true;

  /** @param version the one that is being fetched; of an older one that is still in use nothing is said */
  constructor(report: Pick<Report, 'say'>, version: number) {
    this.#report = report;
    this.#version = version;
  }

  look({ event, layers, folder }: PackageSummary): void {
    if (!event || event.version < this.#version) return;
    const chosen = layers.filter((layer) => layer.chosen);
    this.#tell(chosen.filter(({ required }) => required));
    if (event.coreReady && !this.#coreTold) {
      this.#coreTold = true;
      const more = chosen.some(({ state }) => state !== 'ready');
      this.#report.say({ type: 'core-ready', folder }, more ? `Core ready: it can be used now, in ${printable(folder)}` : 'Core ready.');
    }
    // What is of no use without the core is told after it, even where its few bytes were checked sooner.
    const isCoreHere = chosen.every((layer) => !layer.required || isHere(layer));
    if (isCoreHere || this.#first) this.#tell(chosen.filter(({ required }) => !required));
    this.#first = false;
  }

  #tell(layers: readonly Layer[]): void {
    for (const { id, title, state, bytesTotal, infoHash } of layers.filter(isHere)) {
      if (this.#told.get(infoHash) === state) continue;
      this.#told.set(infoHash, state);
      // What was ready before this run is no news.
      if (this.#first) continue;
      const words = state === 'ready' ? 'Ready' : 'Here, but sealed until the publisher releases the key';
      this.#report.say({ type: 'layer', id, state, bytes: bytesTotal }, `${words}: ${printable(title)} (${formatBytes(bytesTotal)})`);
    }
  }
}

/** All of it was fetched and is right, opened or not. */
const isHere = ({ state }: Layer): boolean => state === 'ready' || state === 'sealed';
