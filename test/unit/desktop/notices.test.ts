// What a person who does not look at the window is told.
import { describe, expect, it } from 'vitest';
import type { PackageSummary } from '../../../contract/index.ts';
import { Notices } from '../../../main/desktop/notices.ts';
import { eventOf } from '../../support/fake-events.ts';
import { stateOf, summaryOf } from '../../support/fake-world.ts';

const all = { ready: true, problem: true, update: true };
const one = (change: Partial<PackageSummary> = {}): PackageSummary => ({ ...summaryOf(1, { name: 'Match', size: 1000, done: 0.5, state: stateOf('downloading', 'going') }), id: 'a', completedAt: null, ...change });
const told = (notices: Notices, ...packages: PackageSummary[]) => notices.update(packages, all).map(({ kind, id }) => `${kind} ${id}`);

describe('notices', () => {
  it('tell nothing of what was so before anybody looked', () => {
    expect(told(new Notices(), one({ completedAt: 5 }), one({ id: 'b', state: stateOf('problem', 'disk-full') }))).toEqual([]);
  });

  it('tell once that a package is ready', () => {
    const notices = new Notices();
    told(notices, one());
    expect(told(notices, one({ completedAt: 5 }))).toEqual(['ready a']);
    expect(told(notices, one({ completedAt: 5 }))).toEqual([]);
  });

  it('tell of a problem each time it comes, and of one in a package that is new', () => {
    const notices = new Notices();
    const stopped = one({ state: stateOf('problem', 'disk-full') });
    told(notices, one());
    expect(told(notices, stopped)).toEqual(['problem a']);
    expect(told(notices, stopped)).toEqual([]);
    told(notices, one());
    expect(told(notices, stopped, one({ id: 'b', state: stateOf('problem', 'internal') }))).toEqual(['problem a', 'problem b']);
  });

  it('tell when the core of a package can be used, and of each newer version once', () => {
    const notices = new Notices();
    const layers = [{}, {}] as never;
    const event = (change: object) => one({ layers, event: { ...eventOf(), coreReady: false, update: null, ...change } });
    const update = { state: 'available' as const, version: 7, fetchBytes: 1, fetchedBytes: 0, reusedBytes: 0, checkedAt: 1, nextCheckAt: 2, message: null };
    told(notices, event({}));
    expect(told(notices, event({ coreReady: true }))).toEqual(['core-ready a']);
    expect(told(notices, event({ coreReady: true, update }))).toEqual(['update a']);
    expect(told(notices, event({ coreReady: true, update }))).toEqual([]);
    expect(told(notices, event({ coreReady: true, update: { ...update, version: 8 } }))).toEqual(['update a']);
  });

  it('say nothing of what was switched off, and never more than three things at once', () => {
    const notices = new Notices();
    const many = Array.from({ length: 9 }, (_, index) => one({ id: `p${index}` }));
    notices.update(many, all);
    expect(notices.update(many.map((each) => ({ ...each, completedAt: 1 })), { ...all, ready: false })).toEqual([]);
    expect(notices.update(many.map((each) => ({ ...each, completedAt: 1, state: stateOf('problem', 'internal') })), all)).toHaveLength(3);
  });
});
