// What may be said about time when the system's clock is itself in doubt: whether a package has expired, and whether the clock is behind.
import type { TrustWarning } from './trust-types.ts';

/** How far two honest clocks may lie apart. */
export const clockToleranceMs = 10 * 60_000;
const expiresSoonMs = 3 * 86_400_000;
/** A package that lives for an hour is not "soon to expire" from its first minute on. */
const expiresSoonShare = 0.1;

export interface ClockEvidence {
  /** The system's clock, epoch ms. */
  systemAt: number;
  /** A time that has surely passed, whoever was believed (see `TrustStore.accept`). */
  passedAt: number;
  /** The newest time at which this package's own key has signed something that was accepted. */
  signerAt: number;
}

/**
 * A clock set back must not bring an expired package to life again, so expiry is judged by the newest time known. A publisher's own
 * times count in full for his packages alone: one who signs with the year 2099 must not make everybody else's look expired.
 */
export function judgeTime(pkg: { issuedAt: number; expiresAt: number | null }, evidence: ClockEvidence): { expired: boolean; warnings: TrustWarning[] } {
  const newestKnownAt = Math.max(evidence.passedAt, evidence.signerAt);
  const nowAt = Math.max(evidence.systemAt, newestKnownAt);
  const warnings: TrustWarning[] = [];
  const expired = pkg.expiresAt !== null && nowAt >= pkg.expiresAt;
  if (expired) warnings.push('expired');
  else if (pkg.expiresAt !== null) {
    const soonMs = Math.min(expiresSoonMs, (pkg.expiresAt - pkg.issuedAt) * expiresSoonShare);
    if (pkg.expiresAt - nowAt <= soonMs) warnings.push('expires-soon');
  }
  if (Math.max(newestKnownAt, pkg.issuedAt) > evidence.systemAt + clockToleranceMs) warnings.push('clock-behind');
  return { expired, warnings };
}
