// Thresholds raise the server's part and lower it again: each for its own cause, never twice within a cool-down.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COOL_DOWN_MS, DeliveryControl } from '../../../main/engine/delivery-control.ts';
import type { ControlLook } from '../../../main/engine/delivery-control.ts';

const well: Omit<ControlLook, 'nowMs'> = { working: true, firstPieceWaitMs: null, rareShare: 0, idleMs: 0 };

function run(control: DeliveryControl, fromMs: number, toMs: number, look: (ms: number) => Partial<ControlLook>): void {
  for (let nowMs = fromMs; nowMs <= toMs; nowMs += 1000) control.look({ ...well, nowMs, ...look(nowMs) });
}

describe('more of the server', () => {
  it('is asked for when the first piece is slow, and no more when it is here', () => {
    const control = new DeliveryControl(() => 5_000_000);
    run(control, 0, 7000, (ms) => ({ firstPieceWaitMs: ms }));
    expect(control.figures()).toEqual({ action: 'none', reason: null, since: null });
    run(control, 8000, 20_000, (ms) => ({ firstPieceWaitMs: ms }));
    expect(control.figures()).toEqual({ action: 'more-server', reason: 'slow-first-piece', since: 5_000_000 });
    run(control, 21_000, 24_000, () => ({}));
    expect(control.figures().action).toBe('none');
  });

  it('is asked for when nothing comes, and when pieces stay rare, not for a moment of either', () => {
    const stalled = new DeliveryControl(() => 1);
    run(stalled, 0, 4000, (ms) => ({ idleMs: ms }));
    expect(stalled.figures().reason).toBe('stall');
    const rare = new DeliveryControl(() => 1);
    run(rare, 0, 9000, () => ({ rareShare: 0.3 }));
    run(rare, 10_000, 10_000, () => ({ rareShare: 0.05 }));
    run(rare, 11_000, 20_000, () => ({ rareShare: 0.3 }));
    expect(rare.figures().reason).toBe(null);
    run(rare, 21_000, 22_000, () => ({ rareShare: 0.3 }));
    expect(rare.figures().reason).toBe('rare-pieces');
    // Fewer, but not gone: it stays, for longer than the cool-down.
    run(rare, 23_000, 60_000, () => ({ rareShare: 0.05 }));
    expect(rare.figures().action).toBe('more-server');
    run(rare, 61_000, 62_000, () => ({ rareShare: 0.01 }));
    expect(rare.figures().action).toBe('none');
  });

  it('is not asked for by a download that is over or held', () => {
    const control = new DeliveryControl(() => 1);
    run(control, 0, 60_000, (ms) => ({ working: false, idleMs: ms, firstPieceWaitMs: ms, rareShare: 1 }));
    expect(control.moreServer).toBe(false);
  });

  it('changes at most once in a cool-down, whatever comes in', () => {
    const look = fc.record({
      afterMs: fc.integer({ min: 1, max: 6000 }), working: fc.boolean(), firstPieceWaitMs: fc.option(fc.nat(60_000)), rareShare: fc.double({ min: 0, max: 1, noNaN: true }), idleMs: fc.nat(60_000),
    });
    fc.assert(fc.property(fc.array(look, { minLength: 20, maxLength: 200 }), (looks) => {
      const control = new DeliveryControl(() => 1);
      let [nowMs, lastChangeMs, before] = [0, -Infinity, control.figures().reason];
      for (const { afterMs, ...rest } of looks) {
        nowMs += afterMs;
        control.look({ nowMs, ...rest });
        const { reason, action } = control.figures();
        expect(action === 'none').toBe(reason === null);
        if (reason === before) continue;
        expect(nowMs - lastChangeMs).toBeGreaterThanOrEqual(COOL_DOWN_MS);
        lastChangeMs = nowMs;
        before = reason;
      }
    }));
  });
});
