// What counts as too long a round trip under load.

const LEAST_EXTRA_MS = 60;

/** Under load a round trip may take twice as long as at rest; where that is very short, 60 ms more: nobody notices less. */
export function latencyBoundMs(idleMs: number): number {
  return Math.max(2 * idleMs, idleMs + LEAST_EXTRA_MS);
}

export function isBloated(idleMs: number, loadedMs: number): boolean {
  return loadedMs > latencyBoundMs(idleMs);
}

/** NaN for none. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param part 0 to 1 */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * part;
  const below = sorted[Math.floor(at)]!;
  return sorted.length === 0 ? Number.NaN : below + (sorted[Math.ceil(at)]! - below) * (at - Math.floor(at));
}
