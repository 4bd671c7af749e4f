// Sharing ends when the goal that the user chose is reached, and not before.
import { describe, expect, it } from 'vitest';
import { goalReached, ratio } from '../../../main/engine/seeding-goals.ts';

describe('seeding goals', () => {
  it('never ends without a goal', () => {
    expect(goalReached({ kind: 'none' }, { uploadedBytes: 1e12, baseBytes: 1, sharedMs: 1e12 })).toBe(false);
  });
  it('ends at the ratio', () => {
    expect(goalReached({ kind: 'ratio', ratio: 2 }, { uploadedBytes: 199, baseBytes: 100, sharedMs: 0 })).toBe(false);
    expect(goalReached({ kind: 'ratio', ratio: 2 }, { uploadedBytes: 200, baseBytes: 100, sharedMs: 0 })).toBe(true);
  });
  it('does not end at a ratio of nothing', () => {
    expect(ratio({ uploadedBytes: 5, baseBytes: 0 })).toBe(0);
    expect(goalReached({ kind: 'ratio', ratio: 0.5 }, { uploadedBytes: 5, baseBytes: 0, sharedMs: 0 })).toBe(false);
  });
  it('ends after the time', () => {
    expect(goalReached({ kind: 'time', minutes: 1 }, { uploadedBytes: 0, baseBytes: 0, sharedMs: 59_999 })).toBe(false);
    expect(goalReached({ kind: 'time', minutes: 1 }, { uploadedBytes: 0, baseBytes: 0, sharedMs: 60_000 })).toBe(true);
  });
});
