// The rates that hold at the moment: the settings', lower by the clock, on a line that costs or on battery, and while round trips are long.
import type { Conditions, Settings } from '../../contract/index.ts';
import type { Engine } from '../engine/engine.ts';
import { limitsNow } from '../engine/limit-schedule.ts';
import type { LatencyWatch } from '../services/latency-watch.ts';
import { lowerLimit } from '../services/latency-watch.ts';
import type { Consequence } from '../services/line-conditions.ts';
import { consequenceOf } from '../services/line-conditions.ts';

export class LineLimits {
  readonly #settings: () => Settings;
  readonly #engine: Pick<Engine, 'setLimits'>;
  readonly #guard: () => LatencyWatch['limits'];
  #conditions: Conditions = { metered: false, onBattery: false };
  #turtleActive = false;
  #downBytesPerSecond: number | null = null;

  /** @param guard what the latency guard allows; asked when limits are applied */
  constructor(settings: () => Settings, engine: Pick<Engine, 'setLimits'>, guard: () => LatencyWatch['limits']) {
    this.#settings = settings;
    this.#engine = engine;
    this.#guard = guard;
  }

  /** Why nothing may run at the moment; null: it may. */
  get held(): Consequence['held'] {
    return this.#consequence.held;
  }

  /** Whether the lower limits held when they were applied last. */
  get turtleActive(): boolean {
    return this.#turtleActive;
  }

  /** The limit that a person set and that held last, whatever the latency guard says. */
  get downBytesPerSecond(): number | null {
    return this.#downBytesPerSecond;
  }

  get #consequence(): Consequence {
    return consequenceOf(this.#conditions, this.#settings());
  }

  /** Applies what follows from it. @returns whether anything is different from before */
  setConditions(now: Conditions): boolean {
    if (now.metered === this.#conditions.metered && now.onBattery === this.#conditions.onBattery) return false;
    this.#conditions = now;
    this.apply();
    return true;
  }

  apply(): void {
    const { turtle, downBytesPerSecond, upBytesPerSecond } = this.#settings();
    const { limited } = this.#consequence;
    const now = limitsNow({ downBytesPerSecond, upBytesPerSecond }, { ...turtle, on: turtle.on || limited }, new Date());
    this.#turtleActive = now.turtleActive;
    this.#downBytesPerSecond = now.downBytesPerSecond;
    const { downloadBytesPerSecond, uploadBytesPerSecond } = this.#guard();
    this.#engine.setLimits(lowerLimit(now.downBytesPerSecond, downloadBytesPerSecond), lowerLimit(now.upBytesPerSecond, uploadBytesPerSecond));
  }
}
