import { describe, expect, it } from 'vitest';
import { DiscoveryPolicy, ENOUGH_PEOPLE, GRACE_MS, WELL_FOR_MS } from '../../../main/engine/discovery-policy.ts';
import type { DiscoveryView } from '../../../main/engine/discovery-policy.ts';
import type { DiscoveryUse } from '../../../main/engine/delivery-spec.ts';

function policyWith(dht: DiscoveryUse, pex: DiscoveryUse = 'off', lsd: DiscoveryUse = 'off') {
  let ms = 0;
  const policy = new DiscoveryPolicy(() => ms);
  policy.setUses({ dht, pex, lsd });
  policy.restart();
  return {
    policy,
    at(time: number, view: Partial<DiscoveryView['trackers']> & { people?: number } = {}) {
      ms = time;
      const { people = 0, ...trackers } = view;
      return policy.decide({ trackers: { total: 1, working: 0, failed: 0, ...trackers }, people });
    },
  };
}

describe('ways of finding people besides the trackers', () => {
  it('uses at once what is on, and never what is off', () => {
    const { at } = policyWith('on', 'off', 'on');
    expect(at(0)).toEqual({ dht: true, pex: false, lsd: true });
    expect(at(10 * GRACE_MS, { failed: 1 })).toEqual({ dht: true, pex: false, lsd: true });
  });

  it('gives the trackers a grace and then helps where they brought too few people', () => {
    const { at } = policyWith('fallback', 'fallback');
    expect(at(GRACE_MS - 1)).toEqual({ dht: false, pex: false, lsd: false });
    expect(at(GRACE_MS)).toEqual({ dht: true, pex: true, lsd: false });
  });

  it('stays away where the trackers brought enough people', () => {
    const { at } = policyWith('fallback');
    expect(at(GRACE_MS, { working: 1, people: ENOUGH_PEOPLE }).dht).toBe(false);
    expect(at(100 * GRACE_MS, { working: 1, people: ENOUGH_PEOPLE }).dht).toBe(false);
    // people leave: it helps from then on
    expect(at(101 * GRACE_MS, { working: 1, people: ENOUGH_PEOPLE - 1 }).dht).toBe(true);
  });

  it('helps at once when every tracker failed, or there is none', () => {
    expect(policyWith('fallback').at(1, { total: 3, failed: 3 }).dht).toBe(true);
    expect(policyWith('fallback').at(1, { total: 3, failed: 2 }).dht).toBe(false);
    expect(policyWith('fallback').at(0, { total: 0 }).dht).toBe(true);
  });

  it('rests again only after the trackers were well for long', () => {
    const { at } = policyWith('fallback');
    const well = { working: 1, people: 2 * ENOUGH_PEOPLE };
    expect(at(1, { failed: 1 }).dht).toBe(true);
    expect(at(1000, well).dht).toBe(true);
    expect(at(WELL_FOR_MS, well).dht).toBe(true);
    expect(at(WELL_FOR_MS + 1, { failed: 1, people: 20 }).dht).toBe(true); // once more without a tracker: counts anew
    expect(at(WELL_FOR_MS + 1000, well).dht).toBe(true);
    expect(at(2 * WELL_FOR_MS + 999, well).dht).toBe(true);
    expect(at(2 * WELL_FOR_MS + 1000, well).dht).toBe(false);
  });

  it('follows a change of mind at once, and starts anew with the torrent', () => {
    const { policy, at } = policyWith('fallback');
    expect(at(GRACE_MS).dht).toBe(true);
    policy.setUses({ dht: 'off', pex: 'on', lsd: 'off' });
    expect(at(GRACE_MS + 1)).toEqual({ dht: false, pex: true, lsd: false });
    policy.setUses({ dht: 'fallback', pex: 'off', lsd: 'off' });
    policy.restart();
    expect(at(GRACE_MS + 2, { working: 1 }).dht).toBe(false);
  });
});
