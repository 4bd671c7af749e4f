// The course of a package's figures in at most 1,300 steps, whose length doubles as it gets long; bytes stay exact whatever is joined.
import type { FiguresPoint } from '../../contract/index.ts';

/** What was seen in a stretch of time: bytes in it, and how things were at its end. */
export interface Sample {
  /** Its end, epoch milliseconds, and how long it lasted. */
  at: number; ms: number;
  people: number; server: number; upload: number; // bytes
  connected: number; complete: number; helping: number; joined: number; left: number; rarestCopies: number; meanCopies: number; done: number;
}

/** In a file: the fields of a step in this order. */
const columns = ['at', 'ms', 'people', 'server', 'upload', 'connected', 'complete', 'helping', 'joined', 'left', 'rarestCopies', 'meanCopies', 'done'] as const satisfies readonly (keyof Sample)[];

const FIRST_STEP_MS = 1000;
const MAX_STEPS = 1300;
/** After so many steps without a sample the line is drawn at rest in between. */
const GAP_STEPS = 3;

export class FiguresHistory {
  #stepMs = FIRST_STEP_MS;
  /** Steps that are over; `at` is their beginning. */
  #steps: Sample[] = [];
  #open: Sample | null = null;

  get stepMs(): number {
    return this.#stepMs;
  }

  add(sample: Sample): void {
    const at = this.#stepOf(sample.at - sample.ms / 2);
    if (this.#open && this.#open.at >= at) return join(this.#open, sample); // the clock may have been set back
    this.close();
    const last = this.#steps.at(-1);
    if (last && at <= last.at) return join(last, sample);
    if (last && at - last.at > GAP_STEPS * this.#stepMs) {
      this.#steps.push(atRest(last, last.at + this.#stepMs), atRest(last, at - this.#stepMs));
      this.#fold();
    }
    this.#open = { ...sample, at: this.#stepOf(sample.at - sample.ms / 2) };
  }

  /** Nothing moves any more: the step that was growing is over. */
  close(): void {
    if (!this.#open) return;
    this.#steps.push(this.#open);
    this.#open = null;
    this.#fold();
  }

  /** @param since only those that begin behind this time */
  points(since = -1): FiguresPoint[] {
    const { length } = this.#steps;
    let from = length;
    while (from > 0 && this.#steps[from - 1]!.at > since) from--;
    return this.#steps.slice(from).map(pointOf);
  }

  /** For a file; the step that grows is in it too. */
  toJSON(): { stepMs: number; steps: number[][] } {
    const steps = this.#open ? [...this.#steps, this.#open] : this.#steps;
    return { stepMs: this.#stepMs, steps: steps.map((step) => columns.map((name) => rounded(step[name]))) };
  }

  /** @param kept what `toJSON` gave, its shape checked; rows that make no sense are left out */
  static from(kept: { stepMs: number; steps: number[][] }): FiguresHistory {
    const history = new FiguresHistory();
    history.#stepMs = kept.stepMs;
    for (const row of kept.steps) {
      const step = Object.fromEntries(columns.map((name, column) => [name, Math.max(0, row[column] ?? 0)])) as unknown as Sample;
      if (row.length === columns.length && row.every(Number.isFinite) && step.at > (history.#steps.at(-1)?.at ?? -1)) history.#steps.push(step);
    }
    history.#fold();
    return history;
  }

  #stepOf(at: number): number {
    return Math.max(0, Math.floor(at / this.#stepMs) * this.#stepMs);
  }

  #fold(): void {
    while (this.#steps.length > MAX_STEPS - 2) {
      this.#stepMs *= 2;
      const steps: Sample[] = [];
      for (const step of this.#steps) {
        const at = this.#stepOf(step.at);
        const last = steps.at(-1);
        if (last?.at === at) join(last, step);
        else steps.push({ ...step, at });
      }
      this.#steps = steps;
    }
  }
}

/** Adds a later stretch to a step. Of the rarest piece the lowest is kept, because that is what a crowd waits for. */
function join(step: Sample, later: Sample): void {
  for (const name of ['ms', 'people', 'server', 'upload', 'joined', 'left'] as const) step[name] += later[name];
  step.rarestCopies = Math.min(step.rarestCopies, later.rarestCopies);
  for (const name of ['connected', 'complete', 'helping', 'meanCopies', 'done'] as const) step[name] = later[name];
}

function atRest(like: Sample, at: number): Sample {
  return { at, ms: 1, people: 0, server: 0, upload: 0, connected: 0, complete: 0, helping: 0, joined: 0, left: 0, rarestCopies: 0, meanCopies: 0, done: like.done };
}

/** Rates of a stretch. */
export function pointOf(step: Sample): FiguresPoint {
  const seconds = Math.max(0.001, step.ms / 1000);
  return {
    at: Math.round(step.at), people: Math.round(step.people / seconds), server: Math.round(step.server / seconds), upload: Math.round(step.upload / seconds),
    connected: step.connected, complete: step.complete, helping: step.helping, joined: step.joined, left: step.left,
    rarestCopies: step.rarestCopies, meanCopies: rounded(step.meanCopies), done: Math.min(1, rounded(step.done)),
  };
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
