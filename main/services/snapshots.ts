// Gathers what changed and sends one delta twice a second, however often things change.
import type { Delta, PackageSummary, Snapshot, Totals } from '../../contract/index.ts';

export interface SnapshotSource {
  summaries(ids: Iterable<string>): PackageSummary[];
  allIds(): string[];
  totals(): Totals;
}

export const deltaEveryMs = 500;

/** Marks, compares and numbers; `seq` grows over restarts of the core too, because it starts from the clock. */
export class Snapshots {
  #seq = Date.now() * 16;
  readonly #dirty = new Set<string>();
  readonly #removed = new Set<string>();
  /** What was told last, by package: only what differs from it is news. */
  readonly #last = new Map<string, string>();
  #lastTotals = '';
  readonly #source: SnapshotSource;
  readonly #send: (delta: Delta) => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(source: SnapshotSource, send: (delta: Delta) => void) {
    this.#source = source;
    this.#send = send;
  }

  start(): void {
    this.#timer = setInterval(() => this.flush(), deltaEveryMs);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  mark(id: string): void {
    this.#dirty.add(id);
  }

  remove(id: string): void {
    this.#dirty.delete(id);
    this.#last.delete(id);
    this.#removed.add(id);
  }

  /** Sends what is new since the last call; nothing when nothing is. */
  flush(): void {
    const upserted: PackageSummary[] = [];
    if (this.#dirty.size) {
      for (const summary of this.#source.summaries(this.#dirty)) {
        // The time in a state runs by itself; it alone is no news.
        const text = JSON.stringify({ ...summary, state: { ...summary.state, sinceMs: 0 } });
        if (this.#last.get(summary.id) === text) continue;
        this.#last.set(summary.id, text);
        this.#removed.delete(summary.id);
        upserted.push(summary);
      }
      this.#dirty.clear();
    }
    const totals = this.#source.totals();
    const totalsText = JSON.stringify({ ...totals, uptimeSeconds: 0 });
    if (!upserted.length && !this.#removed.size && totalsText === this.#lastTotals) return;
    this.#lastTotals = totalsText;
    const removed = [...this.#removed];
    this.#removed.clear();
    this.#seq += 1;
    this.#send({ seq: this.#seq, upserted, removed, totals });
  }

  /** Everything as it is now. Whoever asks learns it before the others do, so every package that is marked from now on is told of again. */
  snapshot(settings: Snapshot['settings']): Snapshot {
    // A package that was shown here at work and is back at what was told last would otherwise stay at work for whoever saw this.
    this.#last.clear();
    this.#lastTotals = '';
    return { seq: this.#seq, packages: this.#source.summaries(this.#source.allIds()), totals: this.#source.totals(), settings };
  }
}
