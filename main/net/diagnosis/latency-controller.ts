// Runs the latency guard: measures while something is transferred, gives its limits to whoever transfers, and takes them back at the end.
import { LatencyGuard } from './latency-guard.ts';
import type { GuardDecision, GuardLimits, Traffic } from './latency-guard.ts';
import type { RoundTripMeter } from './latency.ts';
import { pause } from './run-check.ts';

export interface LatencyControllerOptions {
  /** What to measure with (`openMeters`); a meter that is not there cannot say that a line bloats. */
  meters: RoundTripMeter[];
  /** Rates of bulk transfer since the last call. */
  traffic: () => Traffic;
  /** Called with changed limits alone, and with none at the end. */
  apply: (limits: GuardLimits) => void;
  /** Each decision, for advice and for the interface. */
  decided?: (decision: GuardDecision) => void;
  /** At rest a round trip is measured this often only, so that the time at rest is known when a transfer begins. Milliseconds. */
  restIntervalMs?: number;
  busyIntervalMs?: number;
}

const TICK_MS = 250;
const REST_INTERVAL_MS = 10_000;
const BUSY_INTERVAL_MS = 200;

/** Runs until the signal aborts, then resolves with every limit taken back. Never rejects. */
export async function runLatencyGuard(options: LatencyControllerOptions, signal: AbortSignal): Promise<void> {
  const { meters, traffic, apply, decided, restIntervalMs = REST_INTERVAL_MS, busyIntervalMs = BUSY_INTERVAL_MS } = options;
  const guard = new LatencyGuard();
  let limits: GuardLimits = { downloadBytesPerSecond: null, uploadBytesPerSecond: null };
  let isResting = true;
  // Resolves when a transfer begins, so that nobody sleeps through its first seconds.
  let wake = new AbortController();

  const measure = async (meter: RoundTripMeter): Promise<void> => {
    while (!signal.aborted) {
      const startedAt = performance.now();
      const rttMs = await meter.measure(signal).catch(() => null);
      if (signal.aborted) return;
      guard.addSample(meter.target, rttMs, performance.now());
      const interval = isResting ? restIntervalMs : busyIntervalMs;
      await pause(Math.max(20, interval - (performance.now() - startedAt)), AbortSignal.any([signal, wake.signal])).catch(() => {});
    }
  };
  const tick = async (): Promise<void> => {
    for (;;) {
      await pause(TICK_MS, signal);
      const decision = guard.tick(traffic(), performance.now());
      const asleep = wake;
      if (isResting && decision.state !== 'resting') wake = new AbortController();
      isResting = decision.state === 'resting';
      if (asleep !== wake) asleep.abort();
      if (decision.downloadBytesPerSecond !== limits.downloadBytesPerSecond || decision.uploadBytesPerSecond !== limits.uploadBytesPerSecond) {
        limits = { downloadBytesPerSecond: decision.downloadBytesPerSecond, uploadBytesPerSecond: decision.uploadBytesPerSecond };
        apply(limits);
      }
      decided?.(decision);
    }
  };
  await Promise.all([...meters.map(measure), tick().catch(() => {})]);
  if (limits.downloadBytesPerSecond !== null || limits.uploadBytesPerSecond !== null) apply({ downloadBytesPerSecond: null, uploadBytesPerSecond: null });
  for (const meter of meters) meter.close();
}
