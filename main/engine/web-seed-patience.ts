// How long to leave a web server alone that errs, and when to leave it alone for good.

/** What a failed request says about the server. */
export type Failure =
  /** It does not have this file, does not give it out, or has another one: asking again soon is of no use. */
  | 'refused'
  /** It or the way to it is overloaded or broken at the moment. */
  | 'broken';

/** A file that was refused so often is not asked for any more. */
export const MAX_REFUSALS = 3;
/** A server that refused so often, with nothing given in between, is not asked any more. */
export const MAX_REFUSALS_IN_A_ROW = 8;

const FIRST_WAIT_MS = 2000;
const MAX_WAIT_MS = 10 * 60_000;
const FIRST_REFUSAL_MS = 10_000;
const MAX_REFUSAL_MS = 60 * 60_000;
const REFUSING_CODES = new Set(['bad-range', 'bad-redirect', 'bad-scheme', 'private-address']);
const PASSING_STATUS = new Set([408, 421, 425, 429]);

/** @param error as whatever fetches rejects: `code`, `status` and `retryAfterSeconds` are looked at where they are */
export function judgeFailure(error: unknown): { failure: Failure; retryAfterMs: number | null } {
  const { code, status, retryAfterSeconds } = (typeof error === 'object' && error !== null ? error : {}) as Record<string, unknown>;
  const refused = REFUSING_CODES.has(code as string)
    || (typeof status === 'number' && status >= 400 && status < 500 && !PASSING_STATUS.has(status));
  const seconds = typeof retryAfterSeconds === 'number' && retryAfterSeconds > 0 ? retryAfterSeconds : null;
  return { failure: refused ? 'refused' : 'broken', retryAfterMs: seconds === null ? null : seconds * 1000 };
}

/**
 * Milliseconds until a server that failed is asked again: doubling, and not at the same moment as everybody else who got the same answer.
 * @param failures in a row before this one @param random 0..1 @param retryAfterMs what the server asks for: never less than that
 */
export function waitAfterFailure(failures: number, random: number, retryAfterMs: number | null): number {
  const wait = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 20)) * (0.5 + random);
  if (retryAfterMs === null) return wait;
  return Math.max(wait, retryAfterMs + random * Math.max(1000, retryAfterMs / 2));
}

/** Milliseconds until a file that was refused is asked for again. @param refusals of this file before this one */
export function waitAfterRefusal(refusals: number, random: number, retryAfterMs: number | null): number {
  return Math.max(retryAfterMs ?? 0, Math.min(MAX_REFUSAL_MS, FIRST_REFUSAL_MS * 4 ** Math.min(refusals, 20)) * (0.5 + random));
}
