// The packages and totals of the session as last heard; holds state only.
import { create } from 'zustand';
import type { PackageId, PackageSummary, Totals } from '../../contract/index.ts';

type Delta = { seq: number; upserted: PackageSummary[]; removed: PackageId[]; totals: Totals };
type Snapshot = { seq: number; packages: PackageSummary[]; totals: Totals };

export interface PackagesState {
  /** The sequence number of the newest thing heard; -1 before the first snapshot. */
  seq: number;
  byId: ReadonlyMap<PackageId, PackageSummary>;
  totals: Totals | null;
  /** Removed in the interface, not yet at the core: the time in which "Undo" can be chosen. */
  hidden: ReadonlySet<PackageId>;
}

/** When each summary was heard (epoch ms): a time in it, such as `state.sinceMs`, counts from there. */
const heard = new WeakMap<PackageSummary, number>();
export const heardAt = (one: PackageSummary): number => heard.get(one) ?? Date.now();

export const emptyPackages: PackagesState = { seq: -1, byId: new Map(), totals: null, hidden: new Set() };
export const usePackages = create<PackagesState>()(() => emptyPackages);

/** The state after a snapshot; unchanged when the state is newer already. */
export function withSnapshot(state: PackagesState, snapshot: Snapshot): PackagesState {
  if (snapshot.seq < state.seq) return state;
  for (const summary of snapshot.packages) heard.set(summary, Date.now());
  return {
    ...state,
    seq: snapshot.seq,
    byId: new Map(snapshot.packages.map((summary) => [summary.id, summary])),
    totals: snapshot.totals,
  };
}

/** The state after a delta; a delta that is not newer than the state is dropped. */
export function withDelta(state: PackagesState, delta: Delta): PackagesState {
  if (delta.seq <= state.seq) return state;
  if (delta.upserted.length === 0 && delta.removed.length === 0) return { ...state, seq: delta.seq, totals: delta.totals };
  const byId = new Map(state.byId);
  for (const id of delta.removed) byId.delete(id);
  for (const summary of delta.upserted) {
    byId.set(summary.id, summary);
    heard.set(summary, Date.now());
  }
  return { ...state, seq: delta.seq, byId, totals: delta.totals };
}
