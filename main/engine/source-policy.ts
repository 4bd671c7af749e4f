// Decides whether a server may be asked now, for which pieces and how much: an origin byte is spent only where it brings the crowd forward.
import type { DeliverySpec } from './delivery-spec.ts';
import { HttpSchedule } from './http-schedule.ts';

export interface SourceFigures {
  cdn: DeliverySpec['cdn'];
  /** The thresholds ask for more (delivery-control.ts). */
  moreServer: boolean;
  /** Milliseconds, never going backwards. */
  nowMs: number;
  /** People connected who have something that is wanted. */
  people: number;
  /** Others fetch the same now, or may soon: people connected who do not have everything. */
  crowd: number;
  /** Most of the people have nothing to send us at the moment: what is new to the crowd is what is short. */
  hungry: boolean;
  peopleBytesPerSecond: number;
  /** What servers would give us if everybody connected asked them at once; 0: not known yet. */
  serverBytesPerSecond: number;
  /** From people and servers together, ever. */
  receivedBytes: number;
  /** The beginning is gentle (smoothing.ts): nothing is asked for that people can bring, also where a server would be quicker. */
  gentle: boolean;
  /** What is wanted and missing. */
  bytesLeft: number;
  /** Since the last byte from anybody, while something was wanted and allowed. */
  idleMs: number;
}

export interface SourceDecision {
  /**
   * `rare`: pieces that nobody connected has. `fresh`: pieces that are new to the crowd, because a seed that has them has not sent them yet.
   * `any`: fresh ones first, then whatever is not being fetched by a neighbour. `all`: after these even that.
   */
  use: 'none' | 'rare' | 'fresh' | 'any' | 'all';
  /** A piece whose owner needs longer may be helped with when nothing else is left. */
  helpAfterMs: number;
  /** Where there is nothing to ask for, it is decided again after so long. */
  againMs: number;
}

/** Nothing from anybody for so long is a stall. */
const STALL_MS = 3000;
const HELP_AFTER_MS = { server: 2000, people: 4000 };
/** Beside people, a piece is late when it needs so many times as long as all that is left, */
const LATE = 3;
/** or when HTTP alone would have everything before; asking twice for what comes sooner than this brings nothing. */
const LEAST_HELP_AFTER_MS = 50;

/** Where people could turn out slow, or a claim be given up, it is looked again before the next second. */
const AGAIN_MS = { least: 50, most: 250 };

/** Its only memory is how HTTP alone would have done by now. */
export class SourcePolicy {
  readonly #schedule = new HttpSchedule();

  decide(figures: SourceFigures): SourceDecision {
    const { cdn, people, crowd, bytesLeft } = figures;
    this.#schedule.look(figures.nowMs, figures.receivedBytes, figures.serverBytesPerSecond, figures.peopleBytesPerSecond);
    const { isBehind } = this.#schedule;
    const againMs = Math.max(AGAIN_MS.least, Math.min(AGAIN_MS.most, this.#schedule.inHandMs));
    const decision = (use: SourceDecision['use'], helpAfterMs = HELP_AFTER_MS.server): SourceDecision => ({ use, helpAfterMs, againMs });
    if (cdn === 'off') return decision('none');
    if (figures.idleMs > STALL_MS) return decision('all');
    if (cdn === 'always') return decision('any');
    if (people === 0) return decision(crowd > 0 ? 'fresh' : 'all');
    if (figures.moreServer || (crowd === 0 && figures.serverBytesPerSecond === 0)) return decision('any');
    const lateMs = Math.max(HELP_AFTER_MS.people, (LATE * 1000 * bytesLeft) / Math.max(1, figures.peopleBytesPerSecond));
    if (figures.gentle && crowd > 0) return decision(figures.hungry && isBehind ? 'any' : 'fresh', lateMs);
    const helpAfterMs = Math.max(LEAST_HELP_AFTER_MS, Math.min(lateMs, this.#schedule.leftMs(bytesLeft) ?? Infinity));
    if (isBehind) return decision('all', helpAfterMs);
    return decision(crowd > 0 ? 'fresh' : 'rare', helpAfterMs);
  }
}
