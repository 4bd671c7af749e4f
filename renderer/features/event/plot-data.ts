// Turns points that were measured into the lines of the plots: calmed, stacked, and in a window of time that seldom changes.
import type { FiguresPoint, PackageFigures } from '../../../contract/index.ts';

/** Figures are the mean of so much time up to their moment, so that they do not jitter; what was drawn once stays as it is. */
export const CALM_MS = 5000;

/** More steps than this without a point: nothing moved, and no mean reaches over it. */
const GAP_STEPS = 3;
/** The newest reading comes from the last point while that is younger than this; else from what is now. */
const FRESH_MS = 2500;

/**
 * The trailing mean of each value over `CALM_MS`. At the edges of a time without points values stay as they are: a pause is not a slow decline.
 * @param at epoch ms of each value, rising
 */
export function calmed(values: readonly number[], at: readonly number[], stepMs: number): number[] {
  const steps = Math.max(1, Math.round(CALM_MS / stepMs));
  const isGap = (index: number): boolean => index > 0 && index < at.length && (at[index] ?? 0) - (at[index - 1] ?? 0) > GAP_STEPS * stepMs;
  const result: number[] = [];
  let [sum, from] = [0, 0];
  for (const [index, value] of values.entries()) {
    if (isGap(index)) [sum, from] = [0, index];
    sum += value;
    if (index - from >= steps) sum -= values[from++] ?? 0;
    result.push(isGap(index + 1) ? value : Math.max(0, sum) / (index - from + 1));
  }
  return result;
}

/** What is drawn of a package; rates in bytes per second. */
export interface Reading { people: number; server: number; given: number; connected: number; helping: number }
/** The lines over time, `at` in epoch ms, and what counts as now. */
export type Lines = { [name in keyof Reading | 'received']: number[] } & { at: number[]; newest: Reading };

export function linesOf({ history: { points, stepMs }, now }: Pick<PackageFigures, 'history' | 'now'>): Lines {
  const at = points.map((point) => point.at);
  const line = (of: (point: FiguresPoint) => number): number[] => calmed(points.map(of), at, stepMs);
  const [people, server, given] = [line((point) => point.people), line((point) => point.server), line((point) => point.upload)];
  const [connected, helping] = [line((point) => point.connected), line((point) => point.helping)];
  const last = at.length - 1;
  const isFresh = last >= 0 && now.at - (at[last] ?? 0) <= FRESH_MS;
  return {
    at, people, server, received: people.map((value, index) => value + (server[index] ?? 0)), given, connected, helping,
    newest: isFresh
      ? { people: people[last] ?? 0, server: server[last] ?? 0, given: given[last] ?? 0, connected: connected[last] ?? 0, helping: helping[last] ?? 0 }
      : { people: now.people, server: now.server, given: now.upload, connected: now.connected, helping: now.helping },
  };
}

/** What is read: at an index, or the newest. */
export const readingAt = (lines: Lines, index: number | null): Reading => (index === null ? lines.newest : {
  people: lines.people[index] ?? 0, server: lines.server[index] ?? 0, given: lines.given[index] ?? 0, connected: lines.connected[index] ?? 0, helping: lines.helping[index] ?? 0,
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const spans = [
  MINUTE, 2 * MINUTE, 3 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR, 1.5 * HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR,
  DAY, 2 * DAY, 3 * DAY, 5 * DAY, 7 * DAY, 10 * DAY, 14 * DAY, 21 * DAY, 30 * DAY,
];

/** The time that a plot shows, epoch ms: from the first point, and longer than needed, so that it stands still for a while. */
export function windowOf(at: readonly number[]): { from: number; to: number } {
  const from = at[0] ?? 0;
  const taken = (at.at(-1) ?? from) - from;
  const span = spans.find((one) => one >= taken) ?? Math.ceil(taken / (30 * DAY)) * 30 * DAY;
  return { from, to: from + span };
}

const stepsUp = [1, 2, 4, 6, 8, 10] as const;

/** The end of an axis: at least `least`, round, and with a round half. */
export function roundUp(value: number, least: number): number {
  const wanted = Math.max(value, least);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = stepsUp.find((one) => one * power >= wanted * (1 - 1e-9)) ?? 10;
  return step * power;
}

export const largest = (...lines: readonly (readonly number[])[]): number => lines.reduce((all, line) => line.reduce((most, value) => Math.max(most, value), all), 0);

/** Evenly spread indexes of a list, the last one always among them. */
export function spread(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, index) => index);
  return Array.from({ length: most }, (_, index) => Math.round((index * (length - 1)) / (most - 1)));
}
