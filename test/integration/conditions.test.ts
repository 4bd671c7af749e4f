// A line that is paid by volume, and a battery: what a real core does when its host tells of them.
import { describe, expect, it } from 'vitest';
import { TestCore } from '../support/test-core.ts';
import { leaveNothingBehind, until } from '../support/processes.ts';

const magnet = `magnet:?xt=urn:btih:${'5'.repeat(40)}`;

describe('conditions', () => {
  leaveNothingBehind();

  it('holds everything on a metered line, goes on at the lower limits on battery, and forgets both when they end', async () => {
    const core = await TestCore.start({ settings: { onMetered: 'pause', onBattery: 'limit', dht: false, portMapping: false } });
    try {
      const { id } = await core.ask('packages.add', { source: { kind: 'link', link: magnet } });
      const reason = async () => (await core.ask('session.snapshot', {})).packages.find((one) => one.id === id)!.state.reason;
      const turtle = async () => (await core.ask('session.snapshot', {})).totals.turtleActive;
      await until('it asks', async () => await reason() === 'asking');
      await core.ask('session.setConditions', { metered: true, onBattery: false });
      expect([await reason(), await turtle()]).toEqual(['held-metered', false]);
      await core.ask('session.setConditions', { metered: false, onBattery: true });
      expect([await reason(), await turtle()]).toEqual(['asking', true]);
      await core.ask('settings.update', { onBattery: 'pause' });
      expect([await reason(), await turtle()]).toEqual(['held-battery', false]);
      await core.ask('session.setConditions', { metered: false, onBattery: false });
      expect([await reason(), await turtle()]).toEqual(['asking', false]);
    } finally {
      await core.stop();
    }
  });
});
