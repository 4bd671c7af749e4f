// When fetching a package is at its end.
import { describe, expect, it } from 'vitest';
import { packageOutcome } from '../../../main/cli/package-outcome.ts';
import { eventInfo, eventSummary, layer, updating } from './package-parts.ts';

const wanted = { version: 2, wait: false };

describe('fetching a package', () => {
  it('is done when every chosen layer is what the publisher signed', () => {
    const done = eventSummary({ layers: [layer(), layer({ id: 'extra', chosen: false, state: 'left-out' })] });
    expect(packageOutcome(done, wanted)).toBe(done);
    for (const state of ['waiting', 'getting', 'checking'] as const) expect(packageOutcome(eventSummary({ layers: [layer({ state })] }), wanted), state).toBeUndefined();
    expect(packageOutcome(eventSummary({ bytesDone: 999 }), wanted)).toBeUndefined();
    expect(packageOutcome(eventSummary({}, { kind: 'paused', reason: 'by-user' }), wanted)).toBeUndefined();
  });

  it('is done with sealed layers unless they are waited for', () => {
    const sealed = eventSummary({ layers: [layer({ state: 'sealed' })] }, { reason: 'sealed' });
    expect(packageOutcome(sealed, wanted)).toBe(sealed);
    expect(packageOutcome(sealed, { ...wanted, wait: true })).toBeUndefined();
  });

  it('is not done with the older version that stays in use meanwhile', () => {
    expect(packageOutcome(eventSummary({ event: eventInfo({ version: 1, update: updating }) }), wanted)).toBeUndefined();
    expect(packageOutcome(eventSummary({ event: eventInfo({ version: 1 }) }, { kind: 'moving', reason: 'moving' }), wanted)).toBeUndefined();
    expect(() => packageOutcome(eventSummary({ event: eventInfo({ version: 1 }) }), wanted)).toThrow(expect.objectContaining({ code: 'inconsistent' }));
    const failed = { ...updating!, state: 'failed' as const, message: 'A part is wrong.' };
    expect(() => packageOutcome(eventSummary({ event: eventInfo({ version: 1, update: failed }) }), wanted)).toThrow('A part is wrong.');
  });

  it('ends with what stands in the way, each with its code', () => {
    for (const [kind, reason, code] of [
      ['problem', 'key-revoked', 'key-revoked'], ['problem', 'layer-refused', 'inconsistent'], ['paused', 'expired', 'expired'], ['problem', 'disk-full', 'no-space'],
      ['problem', 'files-missing', 'files-missing'], ['problem', 'internal', 'internal'],
    ] as const) {
      expect(() => packageOutcome(eventSummary({}, { kind, reason }), wanted), reason).toThrow(expect.objectContaining({ code, message: expect.stringMatching(/^\S.{10,}\.$/) }));
    }
  });
});
