import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BULK_BYTES_PER_SECOND, SAMPLE_SECONDS, SteadinessMeter } from '../../../main/engine/steadiness-meter.ts';
import { FORGET_AFTER_MS, MAX_NETWORKS, MIN_SAMPLES, TransportChoice } from '../../../main/engine/transport-choice.ts';

const MB = 1_000_000;
function learn(choice: TransportChoice, transport: 'tcp' | 'utp', bytesPerSecond: number, variation: number, times = MIN_SAMPLES): boolean {
  let changed = false;
  for (let i = 0; i < times; i++) changed = choice.record(transport, { bytesPerSecond, variation }) || changed;
  return changed;
}
function at(network = 'home', kept?: unknown, now = () => 1e12): TransportChoice {
  const choice = new TransportChoice(now, kept);
  choice.setNetwork(network);
  return choice;
}

describe('TCP or uTP', () => {
  it('takes TCP until both were measured often enough', () => {
    const choice = at();
    learn(choice, 'utp', 5 * MB, 0.1, 100);
    learn(choice, 'tcp', 1 * MB, 0.9, MIN_SAMPLES - 1);
    expect([choice.preferred, choice.isMeasured]).toEqual(['tcp', false]);
  });

  it.each([
    ['steadier and as fast', [2 * MB, 0.6], [2 * MB, 0.2], 'utp'],
    ['steadier, a little slower', [2 * MB, 0.6], [1.8 * MB, 0.2], 'utp'],
    ['steadier, but half as fast', [2 * MB, 0.6], [1 * MB, 0.2], 'tcp'],
    ['hardly steadier', [2 * MB, 0.3], [2 * MB, 0.28], 'tcp'],
    ['much faster, less steady', [1 * MB, 0.2], [3 * MB, 0.5], 'utp'],
    ['worse in both', [2 * MB, 0.2], [1 * MB, 0.5], 'tcp'],
  ] as const)('chooses rightly where uTP is %s', (_case, tcp, utp, expected) => {
    const choice = at();
    learn(choice, 'tcp', tcp[0], tcp[1]);
    expect(learn(choice, 'utp', utp[0], utp[1])).toBe(true); // it is told once that a choice was made
    expect([choice.preferred, choice.isMeasured]).toEqual([expected, true]);
    expect(learn(choice, 'utp', utp[0], utp[1], 1)).toBe(false);
  });

  it('does not go to and fro between two that are nearly the same', () => {
    const choice = at();
    learn(choice, 'tcp', 2 * MB, 0.3);
    learn(choice, 'utp', 2 * MB, 0.3);
    let changes = 0;
    for (let i = 0; i < 200; i++) {
      if (choice.record(i % 2 ? 'tcp' : 'utp', { bytesPerSecond: 2 * MB, variation: 0.3 + 0.05 * Math.sin(i) })) changes++;
    }
    expect(changes).toBe(0);
  });

  it('follows a line that has changed', () => {
    const choice = at();
    learn(choice, 'tcp', 2 * MB, 0.2);
    learn(choice, 'utp', 2 * MB, 0.6);
    expect(choice.preferred).toBe('tcp');
    learn(choice, 'tcp', 2 * MB, 0.9, 60);
    expect(choice.preferred).toBe('utp');
  });

  it('knows each network on its own, and learns nothing while it knows none', () => {
    const choice = at('home');
    learn(choice, 'tcp', 2 * MB, 0.6);
    learn(choice, 'utp', 2 * MB, 0.2);
    choice.setNetwork('hotel');
    expect([choice.preferred, choice.mean('utp')]).toEqual(['tcp', null]);
    choice.setNetwork('');
    learn(choice, 'tcp', MB, 0.5);
    expect(choice.mean('tcp')).toBeNull();
    choice.setNetwork('home');
    expect(choice.preferred).toBe('utp');
  });

  it('tries the other one now and then, but only where there are people enough', () => {
    const choice = at();
    expect(choice.explores(3, 0)).toBe(false);
    expect(choice.explores(4, 0.1)).toBe(true);
    expect(choice.explores(4, 0.9)).toBe(false);
    learn(choice, 'utp', MB, 0.5);
    expect([choice.explores(4, 0.1), choice.explores(4, 0.01)]).toEqual([false, true]);
    choice.setNetwork('');
    expect(choice.explores(100, 0)).toBe(false);
  });

  it('remembers over a restart, a bounded number of networks for a bounded time', () => {
    let now = 1e12;
    const choice = new TransportChoice(() => now);
    for (let i = 0; i < 60; i++) {
      choice.setNetwork(`net${i}`);
      learn(choice, 'tcp', MB, 0.5);
      learn(choice, 'utp', MB, 0.1);
    }
    const kept = JSON.parse(JSON.stringify(choice)) as { networks: object };
    expect(Object.keys(kept.networks)).toHaveLength(MAX_NETWORKS);
    const again = at('net59', kept, () => now);
    expect([again.preferred, again.isMeasured, again.mean('tcp')?.samples]).toEqual(['utp', true, MIN_SAMPLES]);
    now += FORGET_AFTER_MS + 1;
    expect(at('net59', kept, () => now).isMeasured).toBe(false);
  });

  it('starts with nothing from a file that says nonsense', () => {
    fc.assert(fc.property(fc.jsonValue(), (kept) => {
      expect(at('home', kept).preferred).toBe('tcp');
      at('home', { version: 1, networks: { home: kept } }).explores(9, 0.01);
    }));
  });
});

describe('steadiness of a connection', () => {
  function watch(rates: number[]): ReturnType<SteadinessMeter['look']>[] {
    const meter = new SteadinessMeter();
    let bytes = 0;
    return [0, ...rates].map((rate, second) => meter.look(1000 * second, bytes += rate)).filter((sample) => sample !== null);
  }

  it('is known after enough seconds of bulk', () => {
    const [steady] = watch(Array<number>(SAMPLE_SECONDS).fill(MB));
    expect(steady).toMatchObject({ bytesPerSecond: MB, variation: 0 });
    const [unsteady] = watch(Array.from({ length: SAMPLE_SECONDS }, (_, i) => (i % 2 ? 1.5 * MB : 0.5 * MB)));
    expect(unsteady!.variation).toBeGreaterThan(0.45);
  });

  it('counts a stall of a second or two against it, but not the end of the work', () => {
    const stalls = Array.from({ length: SAMPLE_SECONDS }, (_, i) => (i === 5 || i === 6 ? 0 : MB));
    expect(watch(stalls)[0]!.variation).toBeGreaterThan(0.3);
    expect(watch([...Array<number>(8).fill(MB), ...Array<number>(30).fill(0)])).toEqual([]);
  });

  it('says nothing about connections that carry little', () => {
    expect(watch(Array<number>(100).fill(BULK_BYTES_PER_SECOND / 2))).toEqual([]);
  });
});
