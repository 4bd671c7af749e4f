// Lets code that was written for real time run in virtual time: timers, clocks and chance are the simulation's while it runs.
import type { EventQueue, Scheduled } from './event-queue.ts';

/** Immediates queued in one go: between two of them Node runs all promises that are due, which is what an event's end means here. */
const BATCH = 512;
/** Any date will do; it must be the same in every run. */
const EPOCH_MS = Date.UTC(2026, 0, 1);

/** A generator of 0..1 that repeats itself for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class VirtualTimer {
  readonly #queue: EventQueue;
  readonly #run: () => void;
  readonly #everyMs: number | null;
  #entry: Scheduled;

  constructor(queue: EventQueue, run: () => void, ms: number, repeat: boolean) {
    this.#queue = queue;
    this.#run = run;
    this.#everyMs = repeat ? Math.max(1, ms) : null;
    this.#entry = queue.in(Math.max(1, ms || 0), () => this.#fire());
  }

  #fire(): void {
    if (this.#everyMs !== null) this.#entry = this.#queue.in(this.#everyMs, () => this.#fire());
    this.#run();
  }

  clear(): void {
    this.#queue.cancel(this.#entry);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

/**
 * Runs what `begin` sets up until `isOver`, or until nothing more can happen, or until the limit of virtual time.
 * Everything that asks for the time, sets a timer or draws lots through the globals gets virtual ones until the promise settles, so one
 * simulation at a time runs in a process. Promises that wait for nothing outside settle within the event that settled them.
 * @returns the number of events
 */
export async function runVirtually(
  queue: EventQueue, random: () => number, begin: () => void, isOver: () => boolean, limitMs: number,
): Promise<number> {
  const real = {
    setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, setInterval: globalThis.setInterval, clearInterval: globalThis.clearInterval,
    setImmediate: globalThis.setImmediate, dateNow: Date.now, performanceNow: performance.now, random: Math.random,
  };
  const timer = (repeat: boolean) => (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => new VirtualTimer(queue, () => run(...args), ms, repeat);
  const clear = (given: unknown): void => {
    if (given instanceof VirtualTimer) given.clear();
    else if (given !== undefined && given !== null) real.clearTimeout(given as NodeJS.Timeout);
  };
  Object.assign(globalThis, { setTimeout: timer(false), setInterval: timer(true), clearTimeout: clear, clearInterval: clear });
  Date.now = () => EPOCH_MS + Math.floor(queue.nowMs);
  performance.now = () => queue.nowMs;
  Math.random = random;
  let events = 0;
  try {
    begin();
    await new Promise<void>((resolve, reject) => {
      let stopped = false;
      const one = (): void => {
        if (stopped) return;
        try {
          if (!isOver() && queue.nowMs < limitMs && queue.step()) {
            events++;
            return;
          }
          stopped = true;
          resolve();
        } catch (error) {
          stopped = true;
          reject(error as Error);
        }
      };
      const batch = (): void => {
        for (let i = 0; i < BATCH; i++) real.setImmediate(one);
        if (!stopped) real.setImmediate(batch);
      };
      batch();
    });
  } finally {
    Object.assign(globalThis, { setTimeout: real.setTimeout, setInterval: real.setInterval, clearTimeout: real.clearTimeout, clearInterval: real.clearInterval });
    Date.now = real.dateNow;
    performance.now = real.performanceNow;
    Math.random = real.random;
  }
  return events;
}
