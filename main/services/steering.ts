// Lets packages and their layers run or pause, as the queue, the order of layers and the seeding goals say, and marks what moves.
import type { Settings } from '../../contract/index.ts';
import { runnable } from '../engine/queue.ts';
import { layersNow } from './layer-turns.ts';
import type { PackageEntry } from './package-entry.ts';

export interface SteeringOptions {
  entries(): Iterable<PackageEntry>;
  settings(): Settings;
  /** Why nothing may run at the moment; null: it may. */
  held(): 'metered' | 'battery' | null;
  /** A package runs, pauses or moves. */
  changed(id: string): void;
}

const idleEveryTicks = 4;

export class Steering {
  readonly #o: SteeringOptions;
  /** Packages in which something moves. */
  readonly #busy = new Set<PackageEntry>();
  #active = false;
  #soon: NodeJS.Immediate | null = null;
  #ticks = 0;
  #sinceAllMs = 0;

  constructor(options: SteeringOptions) {
    this.#o = options;
  }

  /** Nothing runs before this. */
  begin(): void {
    this.#active = true;
    this.now();
  }

  /** What runs goes on, and nothing is decided any more. */
  end(): void {
    this.#active = false;
    if (this.#soon) clearImmediate(this.#soon);
  }

  now(): void {
    if (!this.#active) return;
    const settings = this.#o.settings();
    const entries = [...this.#o.entries()];
    const running = runnable(entries.map((entry) => ({
      id: entry.record.id, position: entry.position, paused: entry.record.paused, complete: entry.complete || entry.heldByExpiry,
      stopped: entry.problem !== null || entry.ownWork !== null || entry.heldByKey, asking: !entry.hasMetadata,
    })), settings.activeDownloads);
    for (const entry of entries) {
      const mayRun = this.#o.held() === null && running.has(entry.record.id);
      if (entry.running !== mayRun) this.#o.changed(entry.record.id);
      entry.setRunning(mayRun);
      const layers = mayRun ? layersNow(entry) : null;
      const serving = mayRun && !entry.goalReached(settings);
      for (const layer of entry.allLayers) {
        if (layers?.has(layer) && !layer.work) {
          layer.torrent.setServing(serving);
          layer.torrent.resume();
        } else {
          layer.torrent.pause();
        }
      }
    }
  }

  /** Many layers become ready in one moment. */
  soon(): void {
    this.#soon ??= setImmediate(() => {
      this.#soon = null;
      this.now();
    });
  }

  /** Something in it moves: it is looked at with every tick until it rests. */
  noteBusy(entry: PackageEntry): void {
    this.#busy.add(entry);
  }

  /** It is no package of ours any more. */
  forget(entry: PackageEntry): void {
    this.#busy.delete(entry);
  }

  /**
   * Counts the time shared towards the goals, and marks what moves. Idle packages are looked at every fourth time alone, so that a
   * hundred of them cost next to nothing; one that gets a connection says so itself.
   */
  tick(elapsedMs: number): void {
    this.#ticks += 1;
    this.#sinceAllMs += elapsedMs;
    const all = this.#ticks % idleEveryTicks === 0;
    for (const entry of all ? this.#o.entries() : this.#busy) {
      const idle = entry.idle;
      if (!idle || this.#busy.has(entry)) this.#o.changed(entry.record.id);
      if (idle) this.#busy.delete(entry);
      else this.#busy.add(entry);
    }
    if (!all) return;
    for (const entry of this.#o.entries()) {
      if (entry.running && entry.complete && !entry.goalReached(this.#o.settings())) entry.record.sharedMs += this.#sinceAllMs;
    }
    this.#sinceAllMs = 0;
    this.now();
  }
}
