// How near real crowds come to the bound: measured, dated, and the place to change when it is measured again.

/** So many clients came to so many times the bound when their last was complete. */
export interface Measurement { clients: number; lastOverBound: number; source: 'real links' | 'simulated' }

/**
 * 2026-11-21, this version: 64 MiB in pieces of 256 KiB, one seed, every uplink 5 MB/s, all at once. Real links: `npm run bench:crowd`;
 * simulated: `npm run bench:simulator -- --clients 200 --links 50 --delay 30`. Measure again with these when a policy changes.
 */
export const MEASURED: readonly Measurement[] = [
  { clients: 8, lastOverBound: 1.05, source: 'real links' },
  { clients: 16, lastOverBound: 1.12, source: 'real links' },
  { clients: 200, lastOverBound: 1.28, source: 'simulated' },
];

/** Part of what the bound allows that a crowd of this size reaches: the figure of the next larger crowd that was measured, or of the largest. */
export function measuredEfficiency(audience: number): { efficiency: number; measurement: Measurement } {
  const measurement = MEASURED.find(({ clients }) => audience <= clients) ?? MEASURED.at(-1)!;
  return { efficiency: 1 / measurement.lastOverBound, measurement };
}
