// Turns points that were measured into the lines of the plots: calmed, stacked, and in a window of time that seldom changes.
import type { FiguresPoint } from '../../../contract/index.ts';

/** Figures are the mean of so much time up to their moment, so that they do not jitter; what was drawn once stays as it is. */
export const CALM_MS = 5000;

/** The trailing mean over so many values; before there are as many, over those that there are. */
export function calmed(values: readonly number[], steps: number): number[] {
  const result: number[] = [];
  let sum = 0;
  for (const [index, value] of values.entries()) {
    sum += value;
    if (index >= steps) sum -= values[index - steps] ?? 0;
    result.push(Math.max(0, sum) / Math.min(index + 1, steps));
  }
  return result;
}

/** The lines of a package over time; rates in bytes per second, `at` in epoch ms. */
export interface Lines { at: number[]; people: number[]; server: number[]; received: number[]; given: number[]; connected: number[]; helping: number[] }

export function linesOf(points: readonly FiguresPoint[], stepMs: number): Lines {
  const steps = Math.max(1, Math.round(CALM_MS / stepMs));
  const line = (of: (point: FiguresPoint) => number): number[] => calmed(points.map(of), steps);
  const [people, server] = [line((point) => point.people), line((point) => point.server)];
  return {
    at: points.map((point) => point.at), people, server, received: people.map((value, index) => value + (server[index] ?? 0)), given: line((point) => point.upload),
    connected: line((point) => point.connected), helping: line((point) => point.helping),
  };
}

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
