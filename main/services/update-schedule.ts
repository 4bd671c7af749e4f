// Decides when a package's update address is asked next: politely, and soon where a start time or a live segment makes it matter.
import { z } from 'zod';

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;

const defaultIntervalMs = 30 * minuteMs;
const shortestIntervalMs = minuteMs;
const longestIntervalMs = 24 * hourMs;
const longestBackOffMs = 6 * hourMs;
const longestLiveBackOffMs = 30 * secondMs;
/** Around an interval, so that a crowd that began together does not stay together. */
const jitterShare = 0.2;
/** Over which everybody who waited for the start asks once. */
const startSpreadMs = 30 * secondMs;
/** Over which what is overdue is asked when the program starts. */
const bootSpreadMs = 2 * minuteMs;
/** A live package without news is asked every 1/60 of its silence: after ten quiet minutes every ten seconds, so that an event that ended is let go. */
const quietShare = 60;
/** No reason to wait is stronger than this; a clock that was set back must not stop the questions for years. */
export const longestWaitMs = longestIntervalMs * (1 + jitterShare);

const instant = z.number().int().nonnegative(); // epoch ms

/** What the caller keeps over restarts, so that a restart asks nothing again at once. */
export const PollState = z.object({
  etag: z.string().max(512).nullable(),
  lastModified: z.string().max(64).nullable(),
  checkedAt: instant.nullable(), // the last answer, good or bad
  nextCheckAt: instant.nullable(),
  failures: z.number().int().nonnegative().max(1_000_000), // since the last good answer
  notBefore: instant.nullable().default(null), // the server asked for this (Retry-After)
  changedAt: instant.nullable().default(null), // other bytes came
  digest: z.string().max(64).nullable().default(null), // of those bytes: SHA-256
});
export type PollState = z.infer<typeof PollState>;

export const noPollState: PollState = {
  etag: null, lastModified: null, checkedAt: null, nextCheckAt: null, failures: 0, notBefore: null, changedAt: null, digest: null,
};

/** What the pace depends on. */
export interface Pace {
  /** Length of a live package's segments while it runs; null for any other and while it is paused. */
  segmentSeconds: number | null;
  /** epoch ms */
  startsAt: number | null;
}

/** Uniform in [0, 1). */
export type Random = () => number;

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);
const jittered = (ms: number, random: Random) => ms * (1 - jitterShare + 2 * jitterShare * random());

/** Live from its start on; before it there is nothing to come. The silence is what was seen of it: up to the last answer. */
function liveIntervalMs(pace: Pace, state: PollState, now: number): number | null {
  if (pace.segmentSeconds === null || (pace.startsAt !== null && now < pace.startsAt)) return null;
  const quietMs = (state.checkedAt ?? 0) - Math.max(state.changedAt ?? Infinity, pace.startsAt ?? 0);
  const half = Math.max(pace.segmentSeconds * secondMs / 2, secondMs);
  return Math.max(half, Math.min(quietMs / quietShare, defaultIntervalMs));
}

// Everybody who waits for the start asks once shortly after it, those of a live package within half a segment.
function startCheckAt(pace: Pace, now: number, random: Random): number {
  if (pace.startsAt === null || pace.startsAt <= now) return Infinity;
  const spread = pace.segmentSeconds === null ? startSpreadMs : Math.min(startSpreadMs, Math.max(pace.segmentSeconds * secondMs / 2, secondMs));
  return pace.startsAt + spread * random();
}

function bounded(at: number, notBefore: number | null, now: number): number {
  return Math.round(clamp(Math.max(at, notBefore ?? 0), now, now + longestWaitMs));
}

/** The state after a good answer. @param maxAgeSeconds of Cache-Control: a publisher's wish between 1 min and 24 h; not for live packages */
export function afterAnswer(state: PollState, pace: Pace, maxAgeSeconds: number | null, now: number, random: Random): PollState {
  const live = liveIntervalMs(pace, { ...state, checkedAt: now }, now);
  // Before max-age is over a cache would send the same again, so it is stretched, never shortened. 0 means "ask me first", not "ask me often".
  const pause = live !== null ? jittered(live, random)
    : maxAgeSeconds ? clamp(maxAgeSeconds * secondMs, shortestIntervalMs, longestIntervalMs) * (1 + jitterShare * random())
      : jittered(defaultIntervalMs, random);
  const at = Math.min(now + pause, startCheckAt(pace, now, random));
  return { ...state, checkedAt: now, failures: 0, notBefore: null, nextCheckAt: bounded(at, null, now) };
}

/** The state after no answer or a bad one: the usual pause first, twice as long with each failure after it. */
export function afterFailure(state: PollState, pace: Pace, retryAfterSeconds: number | null, now: number, random: Random): PollState {
  const live = liveIntervalMs(pace, state, now);
  const usual = live ?? defaultIntervalMs;
  const longest = Math.max(usual, live === null ? longestBackOffMs : longestLiveBackOffMs);
  const pause = jittered(Math.min(usual * 2 ** Math.min(state.failures, 30), longest), random);
  const at = Math.min(now + pause, startCheckAt(pace, now, random));
  // Those who were told to come back at one moment come back over the minutes after it.
  const notBefore = retryAfterSeconds === null ? null : Math.round(now + clamp(retryAfterSeconds, 0, 86_400) * secondMs * (1 + jitterShare * random()));
  return { ...state, checkedAt: now, failures: Math.min(state.failures + 1, 1_000_000), notBefore, nextCheckAt: bounded(at, notBefore, now) };
}

/** When to ask first: as it was planned; what is overdue or new, spread out. */
export function firstCheckAt(state: PollState, pace: Pace, now: number, random: Random): number {
  const live = liveIntervalMs(pace, state, now);
  const spread = (live ?? bootSpreadMs) * random();
  const planned = state.nextCheckAt === null || state.nextCheckAt <= now ? now + spread : state.nextCheckAt;
  // A package that has become live since, by its start or by going on, does not wait for the long pause of before.
  const soon = live === null ? Infinity : now + (state.failures > 0 ? jittered(Math.max(live, longestLiveBackOffMs), random) : spread);
  return bounded(Math.min(planned, soon, startCheckAt(pace, now, random)), state.notBefore, now);
}
