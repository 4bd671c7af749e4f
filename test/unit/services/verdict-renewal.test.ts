// When a verdict is renewed without anybody asking.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VerdictRenewal } from '../../../main/services/verdict-renewal.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world(isWanted = true) {
  const state = { isWanted, isRunning: false, runs: 0, told: 0 };
  const renewal = new VerdictRenewal({
    isWanted: () => state.isWanted, isRunning: () => state.isRunning, changed: () => state.told++,
    run: () => {
      state.runs++;
      renewal.began();
    },
  });
  return { state, renewal };
}

describe('a verdict', () => {
  it('is marked at once and renewed when the network has settled', () => {
    const { state, renewal } = world();
    renewal.note('network');
    expect([renewal.reason, state.told, state.runs]).toEqual(['network', 1, 0]);
    vi.advanceTimersByTime(4_000);
    renewal.note('network');
    vi.advanceTimersByTime(4_900);
    expect(state.runs).toBe(0);
    vi.advanceTimersByTime(100);
    expect([state.runs, renewal.reason]).toEqual([1, null]);
  });

  it('is renewed once in three minutes, however often the network changes, and after the last change', () => {
    const { state, renewal } = world();
    for (let second = 0; second < 600; second++) {
      if (second < 500) renewal.note(second % 2 ? 'network' : 'resumed');
      vi.advanceTimersByTime(1_000);
    }
    expect(state.runs).toBeGreaterThanOrEqual(1);
    expect(state.runs).toBeLessThanOrEqual(3);
    expect(renewal.reason).toBeNull();
  });

  it('that nobody asked for is not made', () => {
    const { state, renewal } = world(false);
    renewal.note('network');
    vi.advanceTimersByTime(600_000);
    expect([state.runs, state.told, renewal.reason]).toEqual([0, 0, null]);
  });

  it('that is being made is heard out, then made anew', () => {
    const { state, renewal } = world();
    renewal.began();
    state.isRunning = true;
    renewal.note('network');
    vi.advanceTimersByTime(200_000);
    expect(state.runs).toBe(0);
    state.isRunning = false;
    vi.advanceTimersByTime(10_000);
    expect(state.runs).toBe(1);
  });

  it('is left alone after the end', () => {
    const { state, renewal } = world();
    renewal.note('resumed');
    renewal.close();
    vi.advanceTimersByTime(600_000);
    expect(state.runs).toBe(0);
  });
});
