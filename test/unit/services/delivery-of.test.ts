// How a package is delivered: what its manifest, the user and the settings say together.
import { describe, expect, it } from 'vitest';
import { deliveryOf } from '../../../main/services/delivery-of.ts';
import type { Manifest } from '../../../main/package/package-types.ts';

const settings = { dht: true, pex: true, lsd: true };
const choice = { serverBytesPerSecond: null, serverUse: null, addedAt: 1_700_000_000_000 };
const manifest = (more: Partial<Manifest>): Manifest => ({ ...more }) as Manifest;

describe('the gentle beginning of a package', () => {
  it('begins when the event does, or once when the package was added, not with each of its layers', () => {
    const crowd = { expectedAudience: 5000 } as Manifest['event'];
    expect(deliveryOf(manifest({ event: crowd }), choice, settings).smoothing).toEqual({ minutes: 30, startShare: 0.1, audience: 5000, eventStartsAt: choice.addedAt });
    expect(deliveryOf(manifest({ delivery: { smoothing: { minutes: 5, startShare: 0.2 } } as Manifest['delivery'] }), choice, settings).smoothing).toEqual({ minutes: 5, startShare: 0.2, audience: null, eventStartsAt: choice.addedAt });
    const event = { startsAt: '2026-05-01T18:00:00Z', expectedAudience: 5000 } as Manifest['event'];
    expect(deliveryOf(manifest({ event }), choice, settings).smoothing).toMatchObject({ audience: 5000, eventStartsAt: Date.UTC(2026, 4, 1, 18) });
  });

  it('is the publisher\'s to leave out, and no plain torrent has one', () => {
    expect(deliveryOf(manifest({ delivery: { smoothing: { minutes: 0 } } as Manifest['delivery'] }), choice, settings).smoothing).toBeNull();
    expect(deliveryOf(null, choice, settings).smoothing).toBeNull();
    // No crowd is expected: nobody waits.
    expect(deliveryOf(manifest({}), choice, settings).smoothing).toBeNull();
    expect(deliveryOf(manifest({ event: { expectedAudience: 3 } as Manifest['event'] }), choice, settings).smoothing).toBeNull();
  });
});

describe('the server', () => {
  it('is used as the user says, else as the package says, else at the start and for rescue', () => {
    const cdn = (use: 'always' | 'off' | null, said?: 'always' | 'off') => (
      deliveryOf(manifest({ delivery: { cdn: said } as Manifest['delivery'] }), { ...choice, serverUse: use }, settings).cdn
    );
    expect([cdn(null), cdn(null, 'always'), cdn('off', 'always'), cdn('always', 'off')]).toEqual(['start-and-rescue', 'always', 'off', 'always']);
    expect(deliveryOf(null, { ...choice, serverBytesPerSecond: 1000 }, settings).originBytesPerSecond).toBe(1000);
  });
});

it('what the settings switch off stays off whatever a package says', () => {
  const sources = { dht: 'on', pex: 'on', lsd: 'on' } as Manifest['sources'];
  expect(deliveryOf(manifest({ sources }), choice, { dht: false, pex: false, lsd: false })).toMatchObject({ dht: 'off', pex: 'off', lsd: 'off' });
});
