// When WebRTC is used at all: as the last resort, and no longer than needed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_OFFERS, MAX_WEBRTC_PEERS, WebrtcPolicy } from '../../../main/engine/webrtc-policy.ts';
import type { WebrtcSituation } from '../../../main/engine/webrtc-policy.ts';

const quiet: WebrtcSituation = { wants: true, directPeers: 0, webrtcPeers: 0, pending: 0, directBytes: 0, relayedBytes: 0 };

function policy(): { policy: WebrtcPolicy; run(seconds: number, each: (second: number) => Partial<WebrtcSituation>): void } {
  let nowMs = 0;
  const made = new WebrtcPolicy(() => nowMs);
  made.start();
  return {
    policy: made,
    run: (seconds, each) => {
      for (let second = 1; second <= seconds; second++) {
        nowMs += 1000;
        made.observe({ ...quiet, ...each(second) });
      }
    },
  };
}

describe('offers', () => {
  it('are made after the grace time when nothing comes in', () => {
    const { policy: made, run } = policy();
    run(19, () => ({}));
    expect(made.offers()).toBe(0);
    run(1, () => ({}));
    expect(made.offers()).toBeGreaterThan(0);
  });

  it('are never made while direct connections carry', () => {
    const { policy: made, run } = policy();
    for (let minute = 0; minute < 5; minute++) {
      run(60, (second) => ({ directPeers: 1, directBytes: (minute * 60 + second) * 50_000 }));
      expect(made.offers()).toBe(0);
    }
  });

  it('are made soon after a single direct connection has dried up, late while there are several', () => {
    const one = policy();
    one.run(60, (second) => ({ directPeers: 1, directBytes: second * 1_000_000 }));
    one.run(21, () => ({ directPeers: 1, directBytes: 60_000_000 }));
    expect(one.policy.offers()).toBeGreaterThan(0);
    const several = policy();
    several.run(60, (second) => ({ directPeers: 5, directBytes: second * 1_000_000 }));
    several.run(21, () => ({ directPeers: 5, directBytes: 60_000_000 }));
    expect(several.policy.offers()).toBe(0);
    several.run(41, () => ({ directPeers: 5, directBytes: 60_000_000 }));
    expect(several.policy.offers()).toBeGreaterThan(0);
  });

  it('are never made by whoever has everything', () => {
    const { policy: made, run } = policy();
    run(600, () => ({ wants: false }));
    expect(made.offers()).toBe(0);
  });

  it('wait longer each time nobody answers, up to ten minutes, and not for an offer that is out', () => {
    const { policy: made, run } = policy();
    const at: number[] = [];
    for (let second = 0; second < 4000; second++) {
      run(1, () => ({}));
      if (made.offers() === 0) continue;
      at.push(second);
      made.offered();
    }
    const gaps = at.slice(1).map((time, index) => time - at[index]!);
    expect(gaps.slice(0, 5)).toEqual([30, 60, 120, 240, 480]);
    expect(Math.max(...gaps)).toBe(600);
    run(700, () => ({ pending: 1 }));
    expect(made.offers()).toBe(0);
  });

  it('are made again at once when the last connection broke', () => {
    const { policy: made, run } = policy();
    run(20, () => ({}));
    made.offered();
    run(5, () => ({ webrtcPeers: 4 }));
    expect(made.offers()).toBe(0);
    run(1, () => ({}));
    expect(made.offers()).toBeGreaterThan(0);
  });

  it('stay within the bounds whatever happens', () => {
    fc.assert(fc.property(fc.array(fc.record({
      wants: fc.boolean(), directPeers: fc.nat(8), webrtcPeers: fc.nat(MAX_WEBRTC_PEERS), pending: fc.nat(3), more: fc.nat(500_000), relayed: fc.nat(500_000), offered: fc.boolean(),
    }), { maxLength: 300 }), (steps) => {
      const { policy: made, run } = policy();
      let directBytes = 0;
      let relayedBytes = 0;
      for (const { more, relayed, offered, ...situation } of steps) {
        directBytes += more;
        relayedBytes += relayed;
        run(1, () => ({ ...situation, directBytes, relayedBytes }));
        const offers = made.offers();
        expect(offers).toBeGreaterThanOrEqual(0);
        expect(offers).toBeLessThanOrEqual(MAX_OFFERS);
        if (!situation.wants || situation.pending > 0) expect(offers).toBe(0);
        if (offered && offers > 0) {
          made.offered();
          expect(made.offers()).toBe(0);
        }
      }
    }));
  });
});

describe('answers', () => {
  it('are given to so many strangers and no more', () => {
    const { policy: made, run } = policy();
    run(1, () => ({ webrtcPeers: MAX_WEBRTC_PEERS - 1, pending: 1 }));
    expect(made.mayAnswer()).toBe(false);
    run(1, () => ({}));
    expect(Array.from({ length: 100 }, () => made.mayAnswer()).filter(Boolean)).toHaveLength(20);
    run(61, () => ({}));
    expect(made.mayAnswer()).toBe(true);
  });
});

describe('relays', () => {
  it('are let go once direct connections have carried no less for a minute', () => {
    const { policy: made, run } = policy();
    run(30, (second) => ({ webrtcPeers: 1, relayedBytes: second * 100_000 }));
    run(59, (second) => ({ webrtcPeers: 1, directPeers: 1, relayedBytes: 3_000_000, directBytes: second * 100_000 }));
    expect(made.mayReleaseRelays()).toBe(true);
  });

  it('stay while they bring more than the direct ways', () => {
    const { policy: made, run } = policy();
    run(120, (second) => ({ webrtcPeers: 1, directPeers: 1, relayedBytes: second * 200_000, directBytes: second * 100_000 }));
    expect(made.mayReleaseRelays()).toBe(false);
  });

  it('that refuse the password are left alone for an hour, silent ones for five minutes, and other servers are a new beginning', () => {
    const { policy: made, run } = policy();
    made.relayFailed('a:1', 'wrong-password');
    made.relayFailed('b:1', 'no-answer');
    run(299, () => ({}));
    expect([made.mayUseRelay('a:1'), made.mayUseRelay('b:1'), made.mayUseRelay('c:1')]).toEqual([false, false, true]);
    run(1, () => ({}));
    expect([made.mayUseRelay('a:1'), made.mayUseRelay('b:1')]).toEqual([false, true]);
    made.serversChanged();
    expect(made.mayUseRelay('a:1')).toBe(true);
  });
});
