// A laptop that is not here: battery, mains, sleep and a metered line, through exactly what is used of the system.
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../contract/index.ts';
import { isMetered } from '../../../main/desktop/metered-line.ts';
import { Power } from '../../../main/desktop/power.ts';
import type { PowerSystem } from '../../../main/desktop/power.ts';
import { standIn } from '../../support/stand-ins.ts';
import { settings, stateOf, summaryOf } from '../../support/fake-world.ts';

class Laptop {
  onBattery = false;
  metered = false;
  blocks = new Set<number>();
  told: unknown[] = [];
  readonly #listeners = new Map<string, () => void>();
  #timer = (): void => {};
  #coreListener = (_payload: { state: 'starting' | 'up' | 'down'; error: null }): void => {};
  readonly system: PowerSystem = {
    monitor: { isOnBatteryPower: () => this.onBattery, on: (event, listener) => this.#listeners.set(event, listener) },
    blocker: { start: () => { this.blocks.add(1); return 1; }, stop: (id) => this.blocks.delete(id) },
    isMetered: async () => this.metered,
    every: (_ms, act) => { this.#timer = act; return () => (this.#timer = () => {}); },
  };
  readonly core = {
    request: async (name: string, input: unknown) => { this.told.push([name, input]); return { ok: true as const, value: undefined }; },
    on: (_name: string, listener: never) => { this.#coreListener = listener; return () => {}; },
  };

  async happens(event: 'on-battery' | 'on-ac' | 'resume' | 'minute' | 'core-up'): Promise<unknown[]> {
    this.told = [];
    if (event === 'minute') this.#timer();
    else if (event === 'core-up') this.#coreListener({ state: 'up', error: null });
    else this.#listeners.get(event)!();
    await new Promise((resolve) => setImmediate(resolve));
    return this.told;
  }
}

const told = (metered: boolean, onBattery: boolean) => [['session.setConditions', { metered, onBattery }]];
const snapshot = (kind: 'downloading' | 'seeding', keepAwake = true): Pick<Snapshot, 'packages' | 'settings'> => ({
  packages: [summaryOf(1, { name: 'x', size: 10, done: 0.5, state: stateOf(kind, 'going') })], settings: { ...settings, desktop: { ...settings.desktop, keepAwake } },
});

standIn('battery, mains, sleep and wake-up (powerMonitor, powerSaveBlocker)');
standIn('metered lines of NetworkManager and Windows');

describe('power', () => {
  it('tells the core when it changes, after a sleep too, and a core that is new', async () => {
    const laptop = new Laptop();
    const power = new Power(laptop.core as never, laptop.system);
    laptop.onBattery = true;
    expect(await laptop.happens('on-battery')).toEqual(told(false, true));
    expect(await laptop.happens('minute')).toEqual([]);
    laptop.metered = true;
    expect(await laptop.happens('minute')).toEqual(told(true, true));
    laptop.onBattery = false;
    expect(await laptop.happens('resume')).toEqual(told(true, false));
    expect(await laptop.happens('core-up')).toEqual(told(true, false));
    power.close();
    laptop.metered = false;
    expect(await laptop.happens('minute')).toEqual([]);
  });

  it('keeps awake while something is fetched on mains, and only then', async () => {
    const laptop = new Laptop();
    const power = new Power(laptop.core as never, laptop.system);
    power.update(snapshot('downloading'));
    expect(laptop.blocks.size).toBe(1);
    power.update(snapshot('seeding'));
    expect(laptop.blocks.size).toBe(0);
    power.update(snapshot('downloading', false));
    expect(laptop.blocks.size).toBe(0);
    power.update(snapshot('downloading'));
    laptop.onBattery = true;
    await laptop.happens('on-battery');
    expect(laptop.blocks.size).toBe(0);
    power.update(snapshot('downloading'));
    expect(laptop.blocks.size).toBe(0);
    laptop.onBattery = false;
    await laptop.happens('on-ac');
    power.update(snapshot('downloading'));
    power.close();
    expect(laptop.blocks.size).toBe(0);
  });
});

it.each<[string, string | null, boolean]>([
  ['linux', '(<uint32 1>,)\n', true], ['linux', '(<uint32 3>,)\n', true], ['linux', '(<uint32 4>,)\n', false], ['linux', '(<uint32 0>,)', false], ['linux', null, false], ['linux', 'nonsense', false],
  ['win32', '2\r\n', true], ['win32', '1\r\n', false], ['win32', null, false], ['darwin', null, false],
])('on %s, where the system says %j, the line is paid by volume: %s', async (platform, answer, metered) => {
  expect(await isMetered(platform, async () => answer)).toBe(metered);
});
