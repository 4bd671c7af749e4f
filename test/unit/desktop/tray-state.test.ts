// What the tray says of a library.
import { describe, expect, it } from 'vitest';
import type { PackageSummary } from '../../../contract/index.ts';
import { trayView } from '../../../main/desktop/tray-state.ts';
import { stateOf, summaryOf } from '../../support/fake-world.ts';

const of = (kind: PackageSummary['state']['kind'], reason: PackageSummary['state']['reason'], change: Partial<PackageSummary> = {}): PackageSummary => ({
  ...summaryOf(1, { name: 'x', size: 100, done: 0.5, state: stateOf(kind, reason) }), ...change,
});
const view = (...packages: PackageSummary[]) => trayView({ packages, totals: { downloadBytesPerSecond: 5, uploadBytesPerSecond: 7, turtleActive: false }, turtleOn: false });

describe('the tray', () => {
  it.each<[PackageSummary[], string]>([
    [[], 'idle'],
    [[of('complete', 'goal-reached')], 'idle'],
    [[of('paused', 'by-user')], 'paused'],
    [[of('paused', 'held-battery')], 'paused'],
    [[of('seeding', 'sharing'), of('paused', 'by-user')], 'seeding'],
    [[of('seeding', 'sharing'), of('downloading', 'going')], 'downloading'],
    [[of('queued', 'waiting-for-slot')], 'downloading'],
    [[of('downloading', 'going'), of('problem', 'disk-full')], 'problem'],
  ])('%#: is %s', (packages, state) => expect(view(...packages).state).toBe(state));

  it('adds up what is being fetched, and lists the three newest, newest first', () => {
    const packages = [1, 2, 3, 4].map((number) => of('downloading', 'going', { id: `p${number}`, name: `P${number}`, addedAt: number, bytesWanted: 100, bytesDone: number * 10, completedAt: null }));
    expect(view(...packages)).toMatchObject({ progress: 0.25, fetching: 4, newest: [{ id: 'p4', progress: 0.4, complete: false }, { id: 'p3' }, { id: 'p2' }], downloadBytesPerSecond: 5, uploadBytesPerSecond: 7 });
  });

  it('knows what pausing and resuming all would touch', () => {
    const { running, paused } = view(of('downloading', 'going', { id: 'a', paused: false }), of('paused', 'by-user', { id: 'b', paused: true }));
    expect([running, paused]).toEqual([['a'], ['b']]);
  });

  it('has nothing to say before the core does', () => {
    expect(trayView({ packages: [], totals: null, turtleOn: true })).toMatchObject({ state: 'idle', progress: null, downloadBytesPerSecond: 0, turtleOn: true, newest: [] });
  });
});
