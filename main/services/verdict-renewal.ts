// Decides when a verdict on the network is renewed by itself: soon after the network changed, and never more often than every few minutes.
import type { NetworkChange } from '../net/network-change.ts';

/** A network that has just come up changes a few times more: addresses, then routes. */
const SETTLE_MS = 5_000;
const BETWEEN_RUNS_MS = 3 * 60_000;

export interface RenewalOptions {
  /** There is a verdict to renew: somebody asked for one since the start. */
  isWanted(): boolean;
  isRunning(): boolean;
  run(): void;
  /** The reason came or went. */
  changed(): void;
  now?: () => number;
  settleMs?: number;
  betweenRunsMs?: number;
}

export class VerdictRenewal {
  readonly #o: Required<RenewalOptions>;
  #reason: NetworkChange | null = null;
  #startedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: RenewalOptions) {
    this.#o = { now: Date.now, settleMs: SETTLE_MS, betweenRunsMs: BETWEEN_RUNS_MS, ...options };
  }

  /** Why the verdict is about to be renewed, or holds no longer; null: it does. */
  get reason(): NetworkChange | null {
    return this.#reason;
  }

  /** What was learned until now may be of another network. */
  note(change: NetworkChange): void {
    if (!this.#o.isWanted()) return;
    this.#reason = change;
    this.#schedule();
    this.#o.changed();
  }

  /** Call whenever a run begins, whoever asked for it: it learns of the network as it is now. */
  began(): void {
    this.#startedAt = this.#o.now();
    this.#reason = null;
    this.#cancel();
  }

  close(): void {
    this.#cancel();
  }

  #schedule(): void {
    this.#cancel();
    const earliest = this.#startedAt + this.#o.betweenRunsMs - this.#o.now();
    this.#timer = setTimeout(() => this.#due(), Math.max(this.#o.settleMs, earliest));
    this.#timer.unref();
  }

  #due(): void {
    this.#timer = null;
    if (this.#reason === null) return;
    // A run that began before the change is heard out.
    if (this.#o.isRunning()) return this.#schedule();
    this.#o.run();
  }

  #cancel(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
