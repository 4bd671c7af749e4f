// What the tray shows: its icon, its tooltip and its menu, derived from what the core last said.
import type { PackageSummary, Totals } from '../../contract/index.ts';
import type { TrayState } from './tray-picture.ts';

export interface TrayInput {
  packages: readonly PackageSummary[];
  totals: Pick<Totals, 'downloadBytesPerSecond' | 'uploadBytesPerSecond' | 'turtleActive'> | null;
  /** The alternative limits were switched on by hand. */
  turtleOn: boolean;
}

export interface TrayView {
  state: TrayState;
  /** 0..1 of everything that is being fetched; null while nothing is. */
  progress: number | null;
  downloadBytesPerSecond: number;
  uploadBytesPerSecond: number;
  fetching: number;
  sharing: number;
  problems: number;
  /** What "Pause all" would stop. */
  running: string[];
  /** What "Resume all" would start again. */
  paused: string[];
  turtleOn: boolean;
  /** The newest downloads, newest first; progress null while nobody knows how much there is. */
  newest: { id: string; name: string; progress: number | null; complete: boolean }[];
}

const NEWEST = 3;
const FETCHING = new Set<PackageSummary['state']['kind']>(['metadata', 'downloading', 'no-source', 'queued']);
const HARMLESS = new Set<PackageSummary['state']['reason']>(['by-user', 'held-metered', 'held-battery', 'expired']);

export function trayView({ packages, totals, turtleOn }: TrayInput): TrayView {
  const kinds = (...wanted: PackageSummary['state']['kind'][]) => packages.filter(({ state }) => wanted.includes(state.kind));
  const fetching = packages.filter(({ state }) => FETCHING.has(state.kind));
  const sharing = kinds('seeding');
  const problems = kinds('problem');
  const paused = packages.filter(({ state }) => state.kind === 'paused' && HARMLESS.has(state.reason));
  const wanted = fetching.reduce((sum, one) => sum + one.bytesWanted, 0);
  const done = fetching.reduce((sum, one) => sum + one.bytesDone, 0);
  return {
    state: problems.length > 0 ? 'problem' : fetching.length > 0 ? 'downloading' : sharing.length > 0 ? 'seeding' : paused.length > 0 ? 'paused' : 'idle',
    progress: fetching.length > 0 && wanted > 0 ? Math.min(1, done / wanted) : null,
    downloadBytesPerSecond: totals?.downloadBytesPerSecond ?? 0,
    uploadBytesPerSecond: totals?.uploadBytesPerSecond ?? 0,
    fetching: fetching.length, sharing: sharing.length, problems: problems.length,
    running: packages.filter((one) => !one.paused).map(({ id }) => id),
    paused: packages.filter((one) => one.paused).map(({ id }) => id),
    turtleOn,
    newest: [...packages].sort((a, b) => b.addedAt - a.addedAt).slice(0, NEWEST).map((one) => ({
      id: one.id, name: one.name, progress: one.bytesWanted > 0 ? Math.min(1, one.bytesDone / one.bytesWanted) : null, complete: one.completedAt !== null,
    })),
  };
}
