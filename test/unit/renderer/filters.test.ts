// The filters, their counts, the search, and an order in which rows do not jump.
import { describe, expect, it } from 'vitest';
import type { PackageState } from '../../../contract/index.ts';
import { countFilters, idsToShow, matches } from '../../../renderer/features/library/filters.ts';
import { filters } from '../../../renderer/stores/view-store.ts';
import { sketches, stateOf, summaryOf } from '../../support/fake-world.ts';

const all = sketches.map((sketch, index) => summaryOf(index, sketch));
const byId = new Map(all.map((one) => [one.id, one]));
const none = new Set<string>();
const filtersOf = (state: PackageState, done: number): string[] => {
  const one = summaryOf(1, { name: 'x', state, size: 1e9, done });
  return filters.filter((filter) => matches(one, filter));
};

describe('filters', () => {
  it.each<[PackageState['kind'], PackageState['reason'], number, string[]]>([
    ['downloading', 'going', 0.5, ['all', 'getting']], ['metadata', 'asking', 0, ['all', 'getting']], ['paused', 'by-user', 0.5, ['all', 'getting']],
    ['seeding', 'sharing', 1, ['all', 'sharing', 'done']], ['complete', 'goal-reached', 1, ['all', 'done']], ['paused', 'by-user', 1, ['all', 'done']],
    ['problem', 'disk-full', 0.5, ['all', 'problem']], ['problem', 'file-changed', 1, ['all', 'done', 'problem']],
  ])('puts %s (%s, %d) where it belongs', (kind, reason, done, expected) => expect(filtersOf(stateOf(kind, reason), done)).toEqual(expected));

  it('counts what each shows', () => {
    const counts = countFilters(all);
    for (const filter of filters) expect(idsToShow(byId, filter, '', none)).toHaveLength(counts[filter]);
  });
});

describe('what is shown', () => {
  it('has the newest first, whatever order it was heard in', () => {
    const shuffled = new Map(all.toReversed().map((one) => [one.id, one]));
    expect(idsToShow(shuffled, 'all', '', none)).toEqual(idsToShow(byId, 'all', '', none));
    expect(idsToShow(byId, 'all', '', none)[0]).toBe(all[0]?.id);
  });
  it('finds each word of the search anywhere in the name, in any case, or the start of the info hash', () => {
    expect(idsToShow(byId, 'all', 'movies BLENDER', none)).toEqual([all[9]?.id]);
    expect(idsToShow(byId, 'all', all[2]?.infoHash.slice(0, 12) ?? '', none)).toEqual([all[2]?.id]);
    expect(idsToShow(byId, 'all', 'nothing of the kind', none)).toEqual([]);
  });
  it('leaves out what is being removed', () => {
    expect(idsToShow(byId, 'all', '', new Set([all[0]?.id ?? '']))).toHaveLength(all.length - 1);
  });
});
