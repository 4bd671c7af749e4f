// The rates that hold: the lowest of what the settings, the line and the latency guard allow.
import { expect, it } from 'vitest';
import type { Settings } from '../../../contract/index.ts';
import { LineLimits } from '../../../main/core/line-limits.ts';
import { defaultSettings } from '../../../main/services/settings.ts';

function line(more: Partial<Settings>, guard = { downloadBytesPerSecond: null as number | null, uploadBytesPerSecond: null as number | null }) {
  const applied: (number | null)[][] = [];
  const settings = { ...defaultSettings('/downloads'), ...more };
  return { applied, limits: new LineLimits(() => settings, { setLimits: (down, up) => applied.push([down, up]) }, () => guard) };
}

it('holds the lower limits on a metered line where the settings say so, and the others again without it', () => {
  const { limits, applied } = line({ onMetered: 'limit', downBytesPerSecond: 5_000_000 });
  limits.apply();
  expect(limits.setConditions({ metered: true, onBattery: false })).toBe(true);
  expect(limits.turtleActive).toBe(true);
  expect(limits.held).toBeNull();
  limits.setConditions({ metered: false, onBattery: false });
  expect(applied).toEqual([[5_000_000, null], [1_000_000, 200_000], [5_000_000, null]]);
  expect(limits.turtleActive).toBe(false);
});

it('holds everything up on a metered line where the settings say so', () => {
  const { limits } = line({ onMetered: 'pause' });
  limits.setConditions({ metered: true, onBattery: false });
  expect(limits.held).toBe('metered');
});

it('does nothing when the conditions are as they were', () => {
  const { limits, applied } = line({});
  expect(limits.setConditions({ metered: false, onBattery: false })).toBe(false);
  expect(applied).toEqual([]);
});

it('goes as low as the latency guard says, and tells a person their own limit all the same', () => {
  const { limits, applied } = line({ downBytesPerSecond: 5_000_000, upBytesPerSecond: 300_000 }, { downloadBytesPerSecond: 2_000_000, uploadBytesPerSecond: 400_000 });
  limits.apply();
  expect(applied).toEqual([[2_000_000, 300_000]]);
  expect(limits.downBytesPerSecond).toBe(5_000_000);
});
