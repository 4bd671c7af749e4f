// Decides whether a server may be asked now, for which pieces and how much: an origin byte is spent only where it brings the crowd forward.
import type { DeliverySpec } from './delivery-spec.ts';

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
   * `any`: fresh ones first, then whatever is not being fetched by a neighbour. `all`: even that.
   */
  use: 'none' | 'rare' | 'fresh' | 'any' | 'all';
  /** A request is to last about so long. */
  runSeconds: number;
  /** A piece whose owner needs longer may be helped with when nothing else is left. */
  helpAfterMs: number;
}

/** Nothing from anybody for so long is a stall. */
const STALL_MS = 3000;
/** People carry it when they bring about as much as the server would, and no longer when they bring so much less. */
const CARRY_SHARE = 0.95;
const BACK_SHARE = 0.8;
/** They are behind when that was so for this long: speeds waver, and what is new takes a moment to spread through a crowd. */
const BEHIND_MS = { alone: 500, crowd: 2500 };
/** With others at work few pieces are held at a time, so that they spread early. */
const RUN_SECONDS = { alone: 2, crowd: 0.5 };
const HELP_AFTER_MS = { server: 2000, people: 4000 };
/** Beside people, a piece is late when it needs so many times as long as all that is left. */
const LATE = 3;

/** Its only memory is who carries the download, so that it does not turn with every waver. */
export class SourcePolicy {
  #handedOver = false;
  #behindSinceMs: number | null = null;

  /** People carry the download; the server is for what they do not have. */
  get handedOver(): boolean {
    return this.#handedOver;
  }

  decide(figures: SourceFigures): SourceDecision {
    const { cdn, people, crowd } = figures;
    this.#compare(figures);
    const runSeconds = crowd > 0 ? RUN_SECONDS.crowd : RUN_SECONDS.alone;
    const decision = (use: SourceDecision['use'], helpAfterMs = HELP_AFTER_MS.server): SourceDecision => ({ use, runSeconds, helpAfterMs });
    if (cdn === 'off') return decision('none');
    if (figures.idleMs > STALL_MS) return decision('all');
    if (cdn === 'always') return decision('any');
    if (people === 0) return decision(crowd > 0 ? 'fresh' : 'all');
    if (figures.moreServer) return decision('any');
    const lateMs = Math.max(HELP_AFTER_MS.people, (LATE * 1000 * figures.bytesLeft) / Math.max(1, figures.peopleBytesPerSecond));
    if (this.#handedOver) return decision(crowd > 0 && figures.hungry ? 'fresh' : 'rare', lateMs);
    if (figures.gentle && crowd > 0 && !figures.hungry) return decision('fresh', lateMs);
    if (crowd === 0) return decision('any');
    return decision(this.#isBehind(figures) ? 'any' : 'fresh', lateMs);
  }

  #compare(figures: SourceFigures): void {
    const { nowMs, people, crowd, peopleBytesPerSecond, serverBytesPerSecond } = figures;
    // Its own part of what is new to a crowd each client takes from the server anyway: people need to bring no more than the rest.
    const toBring = crowd > 0 ? (serverBytesPerSecond * crowd) / (crowd + 1) : serverBytesPerSecond;
    if (people === 0 || peopleBytesPerSecond < toBring * BACK_SHARE) {
      this.#behindSinceMs ??= nowMs;
      if (this.#isBehind(figures)) this.#handedOver = false;
    } else {
      this.#behindSinceMs = null;
      if (toBring > 0 && peopleBytesPerSecond >= toBring * CARRY_SHARE) this.#handedOver = true;
    }
  }

  #isBehind({ nowMs, crowd }: SourceFigures): boolean {
    return this.#behindSinceMs !== null && nowMs - this.#behindSinceMs >= (crowd > 0 ? BEHIND_MS.crowd : BEHIND_MS.alone);
  }
}
