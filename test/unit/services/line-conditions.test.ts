// What a connection that is paid by volume, and a battery, do to packages.
import { expect, it } from 'vitest';
import { consequenceOf } from '../../../main/services/line-conditions.ts';

it.each([
  [{ metered: false, onBattery: false }, { onMetered: 'pause', onBattery: 'pause' }, { held: null, limited: false }],
  [{ metered: true, onBattery: false }, { onMetered: 'pause', onBattery: 'go-on' }, { held: 'metered', limited: false }],
  [{ metered: true, onBattery: true }, { onMetered: 'pause', onBattery: 'pause' }, { held: 'metered', limited: false }],
  [{ metered: true, onBattery: true }, { onMetered: 'limit', onBattery: 'pause' }, { held: 'battery', limited: true }],
  [{ metered: false, onBattery: true }, { onMetered: 'pause', onBattery: 'limit' }, { held: null, limited: true }],
  [{ metered: true, onBattery: true }, { onMetered: 'go-on', onBattery: 'go-on' }, { held: null, limited: false }],
] as const)('%j with %j', (conditions, wishes, consequence) => {
  expect(consequenceOf(conditions, wishes)).toEqual(consequence);
});
