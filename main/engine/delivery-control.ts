// Thresholds that raise the server's part of a download and lower it again, with a cool-down and a gap between the two, so that nothing swings.
import type { ControlFigures } from '../../contract/figures.ts';

export interface ControlLook {
  /** Milliseconds, never going backwards. */
  nowMs: number;
  /** Something is wanted, and may come. */
  working: boolean;
  /** Since the start, while no piece is verified; null: one is. */
  firstPieceWaitMs: number | null;
  /** Of the wanted pieces that are missing here, the part that nobody connected has or is fetching; 0 while nobody is connected. */
  rareShare: number;
  /** Since the last byte from anybody. */
  idleMs: number;
}

type Reason = NonNullable<ControlFigures['reason']>;

export const COOL_DOWN_MS = 15_000;
const SLOW_FIRST_PIECE_MS = 8000;
/** So many rare pieces for so long; fewer than the second figure count as none. */
const RARE = { raise: 0.1, clear: 0.02, forMs: 10_000 };
const STALL = { raiseMs: 4000, clearMs: 1000 };

export class DeliveryControl {
  #reason: Reason | null = null;
  #changedAtMs = -Infinity;
  #since: number | null = null;
  #rareSinceMs: number | null = null;
  readonly #epoch: () => number;

  /** @param epoch milliseconds of the calendar, for what is shown */
  constructor(epoch: () => number) {
    this.#epoch = epoch;
  }

  get moreServer(): boolean {
    return this.#reason !== null;
  }

  figures(): ControlFigures {
    return this.#reason === null
      ? { action: 'none', reason: null, since: this.#since }
      : { action: 'more-server', reason: this.#reason, since: this.#since };
  }

  /** Once a second or more often. @returns whether the action changed */
  look(look: ControlLook): boolean {
    const { nowMs } = look;
    if (look.rareShare < RARE.raise) this.#rareSinceMs = null;
    else this.#rareSinceMs ??= nowMs;
    if (nowMs - this.#changedAtMs < COOL_DOWN_MS) return false;
    const next = this.#reason !== null && this.#holds(this.#reason, look) ? this.#reason : this.#cause(look);
    if (next === this.#reason) return false;
    const changed = (next !== null) !== (this.#reason !== null);
    this.#reason = next;
    this.#changedAtMs = nowMs;
    if (changed) this.#since = this.#epoch();
    return changed;
  }

  #cause({ nowMs, working, firstPieceWaitMs, idleMs }: ControlLook): Reason | null {
    if (!working) return null;
    if (idleMs >= STALL.raiseMs) return 'stall';
    if (firstPieceWaitMs !== null && firstPieceWaitMs >= SLOW_FIRST_PIECE_MS) return 'slow-first-piece';
    if (this.#rareSinceMs !== null && nowMs - this.#rareSinceMs >= RARE.forMs) return 'rare-pieces';
    return null;
  }

  /** A cause that is weaker than what raised it, but not gone. */
  #holds(reason: Reason, { working, firstPieceWaitMs, rareShare, idleMs }: ControlLook): boolean {
    if (!working) return false;
    if (reason === 'stall') return idleMs >= STALL.clearMs;
    return reason === 'slow-first-piece' ? firstPieceWaitMs !== null : rareShare >= RARE.clear;
  }
}
