// Runs one check within its own deadline and turns whatever happens into a result, so that checks can run side by side.
import type { CheckFacts, CheckId, CheckOutcome, CheckResult } from './check-types.ts';

export interface Finding { outcome: CheckOutcome; facts: CheckFacts }

/**
 * Settles within `deadlineMs` whatever `find` does; its signal aborts then, and when `signal` does. A check that ends so is `unknown` with the fact
 * `reason`: `cancelled`, `timeout` or `failed`. Never rejects.
 */
export async function runCheck(id: CheckId, deadlineMs: number, signal: AbortSignal, find: (signal: AbortSignal) => Promise<Finding>): Promise<CheckResult> {
  const startedAt = performance.now();
  const own = new AbortController();
  const inner = AbortSignal.any([signal, own.signal]);
  const timer = setTimeout(() => own.abort(), deadlineMs);
  const unknown = (reason: string): Finding => ({ outcome: 'unknown', facts: { reason } });
  const ended = (): Finding => unknown(signal.aborted ? 'cancelled' : 'timeout');
  try {
    const finding = inner.aborted ? ended() : await Promise.race([
      find(inner).catch(() => (inner.aborted ? ended() : unknown('failed'))),
      new Promise<Finding>((resolve) => inner.addEventListener('abort', () => resolve(ended()), { once: true })),
    ]);
    return { id, ...finding, tookMs: Math.round(performance.now() - startedAt) };
  } finally {
    clearTimeout(timer);
    own.abort(); // whatever a check left running (a socket, a program) ends with it
  }
}

/** Resolves after the time; rejects when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
