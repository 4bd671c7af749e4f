// The guard at work: it measures, sets limits, wakes up for a transfer, and leaves no limit behind.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runLatencyGuard } from '../../../../main/net/diagnosis/latency-controller.ts';
import type { GuardLimits } from '../../../../main/net/diagnosis/latency-guard.ts';

it('holds a transfer back while the line bloats, and takes every limit back when it is stopped', async () => {
  const stop = new AbortController();
  const limits: GuardLimits[] = [];
  let isBusy = false;
  let closed = 0;
  let measured = 0;
  const meter = { target: 'probe' as const, measure: async () => (measured++, isBusy ? 400 : 20), close: () => void closed++ };
  const running = runLatencyGuard({
    meters: [meter], busyIntervalMs: 30, restIntervalMs: 60_000,
    traffic: () => ({ downloadBytesPerSecond: isBusy ? 2_000_000 : 0, uploadBytesPerSecond: 0 }), apply: (one) => limits.push(one),
  }, stop.signal);
  await sleep(600);
  expect(measured).toBe(1); // at rest hardly anything is sent
  isBusy = true;
  const end = Date.now() + 15_000;
  while (limits.length === 0 && Date.now() < end) await sleep(20);
  expect(limits[0]!.downloadBytesPerSecond).toBeGreaterThan(100_000);
  expect(limits[0]!.downloadBytesPerSecond).toBeLessThan(2_000_000);
  expect(limits[0]!.uploadBytesPerSecond).toBeNull();
  stop.abort();
  await running;
  expect(limits.at(-1)).toEqual({ downloadBytesPerSecond: null, uploadBytesPerSecond: null });
  expect(closed).toBe(1);
});

it('sets nothing and ends at once where nothing can be measured', async () => {
  const stop = new AbortController();
  const limits: GuardLimits[] = [];
  const meter = { target: 'gateway' as const, measure: () => Promise.reject(new Error('gone')), close: () => {} };
  const running = runLatencyGuard({
    meters: [meter], traffic: () => ({ downloadBytesPerSecond: 5_000_000, uploadBytesPerSecond: 5_000_000 }), apply: (one) => limits.push(one),
  }, stop.signal);
  await sleep(700);
  stop.abort();
  await running;
  expect(limits).toEqual([]);
});
