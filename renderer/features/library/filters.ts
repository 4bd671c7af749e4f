// Which packages a filter and a search show, and in which order.
import type { PackageId, PackageSummary } from '../../../contract/index.ts';
import type { Filter } from '../../stores/view-store.ts';

const isDone = (one: PackageSummary): boolean => one.hasMetadata && one.bytesWanted > 0 && one.bytesDone >= one.bytesWanted;

/** Whether a package belongs under a filter. */
export function matches(one: PackageSummary, filter: Filter): boolean {
  switch (filter) {
    case 'all': return true;
    case 'problem': return one.state.kind === 'problem';
    case 'sharing': return one.state.kind === 'seeding';
    case 'done': return isDone(one);
    case 'getting': return !isDone(one) && one.state.kind !== 'problem' && one.state.reason !== 'not-selected';
  }
}

/** How many packages each filter shows. */
export function countFilters(all: Iterable<PackageSummary>): Record<Filter, number> {
  const counts: Record<Filter, number> = { all: 0, getting: 0, sharing: 0, done: 0, problem: 0 };
  for (const one of all) {
    for (const filter of Object.keys(counts) as Filter[]) if (matches(one, filter)) counts[filter]++;
  }
  return counts;
}

/** The ids to show, newest first: an order in which rows do not jump. Each word of the search must be in the name. */
export function idsToShow(all: ReadonlyMap<PackageId, PackageSummary>, filter: Filter, search: string, hidden: ReadonlySet<PackageId>): PackageId[] {
  const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return [...all.values()]
    .filter((one) => !hidden.has(one.id) && matches(one, filter))
    .filter((one) => {
      const name = one.name.toLocaleLowerCase();
      return words.every((word) => name.includes(word) || one.infoHash.startsWith(word));
    })
    .sort((a, b) => b.addedAt - a.addedAt || (a.id < b.id ? -1 : 1))
    .map((one) => one.id);
}
