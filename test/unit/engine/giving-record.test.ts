import { describe, expect, it } from 'vitest';
import { GivingRecord } from '../../../main/engine/giving-record.ts';

function after(seconds: number, each: (second: number) => { totalBytes: number; couldGive?: boolean; served?: boolean }): GivingRecord {
  const record = new GivingRecord(0);
  for (let second = 1; second <= seconds; second++) record.note(second * 1000, { couldGive: true, served: true, ...each(second) });
  return record;
}

describe('what a peer gave', () => {
  it('is measured over 20 seconds: a client that serves us every other round counts', () => {
    expect(after(60, (second) => ({ totalBytes: 1000 * second })).bytesPerSecond).toBe(1000);
    const everyOther = after(60, (second) => ({ totalBytes: 2000 * (10 * Math.floor(second / 20) + Math.min(10, second % 20)) }));
    expect(everyOther.bytesPerSecond).toBe(1000);
    expect(everyOther.freeloads).toBe(false);
  });
});

describe('a freeloader', () => {
  it('is who gives nothing although it could, for as long as we serve it', () => {
    expect(after(19, () => ({ totalBytes: 0 })).freeloads).toBe(false);
    expect(after(20, () => ({ totalBytes: 0 })).freeloads).toBe(true);
  });

  it('is nobody who has nothing for us, and nobody whom we do not serve', () => {
    expect(after(100, () => ({ totalBytes: 0, couldGive: false })).freeloads).toBe(false);
    expect(after(100, () => ({ totalBytes: 0, served: false })).freeloads).toBe(false);
  });

  it('is forgiven with the first block', () => {
    expect(after(101, (second) => ({ totalBytes: second > 100 ? 16384 : 0 })).freeloads).toBe(false);
  });
});
