// Snapshot and deltas: subscribed first, asked then, and whatever is older is dropped.
import { describe, expect, it } from 'vitest';
import type { Totals } from '../../../contract/index.ts';
import { emptyPackages, withDelta, withSnapshot } from '../../../renderer/stores/packages-store.ts';
import { stateOf, summaryOf, worldOf } from '../../support/fake-world.ts';

const totals: Totals = worldOf([]).totals;
const one = (name: string) => summaryOf(0, { name, state: stateOf('downloading', 'going'), size: 1e9, done: 0.5 });
const nameOf = (state: typeof emptyPackages): string | undefined => state.byId.get(one('').id)?.name;

describe('the packages as last heard', () => {
  const start = withSnapshot(emptyPackages, { seq: 5, packages: [one('five')], totals });

  it('takes a newer delta', () => {
    const next = withDelta(start, { seq: 6, upserted: [one('six')], removed: [], totals });
    expect([next.seq, nameOf(next)]).toEqual([6, 'six']);
  });
  it('drops a delta that the snapshot holds already', () => {
    expect(withDelta(start, { seq: 5, upserted: [one('again')], removed: [], totals })).toBe(start);
    expect(withDelta(start, { seq: 4, upserted: [one('older')], removed: [], totals })).toBe(start);
  });
  it('drops a snapshot that is older than the deltas', () => {
    const later = withDelta(start, { seq: 9, upserted: [one('nine')], removed: [], totals });
    expect(nameOf(withSnapshot(later, { seq: 7, packages: [one('seven')], totals }))).toBe('nine');
  });
  it('removes, and keeps what did not change as it was, so that nothing renders anew', () => {
    const other = { ...one('other'), id: 'f'.repeat(40) };
    const two = withDelta(start, { seq: 6, upserted: [other], removed: [], totals });
    const left = withDelta(two, { seq: 7, upserted: [], removed: [one('').id], totals });
    expect([...left.byId.keys()]).toEqual([other.id]);
    expect(left.byId.get(other.id)).toBe(other);
    const quiet = withDelta(left, { seq: 8, upserted: [], removed: [], totals });
    expect(quiet.byId).toBe(left.byId);
  });
});
