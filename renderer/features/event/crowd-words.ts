// What goes on in the crowd of a package, in one or two plain sentences.
import type { Incident, PackageFigures, PackageSummary } from '../../../contract/index.ts';
import { formatElapsed, formatPercent } from '../../format.ts';
import type { Reading } from './plot-data.ts';

export interface Words { key: string; values: Record<string, string | number> }
const words = (key: string, values: Words['values'] = {}): Words => ({ key: `crowd.${key}`, values });

type Facts = Pick<PackageSummary, 'completedAt' | 'peers' | 'state'>;

/** Whether anything at all was measured yet. */
export const isMeasured = (figures: PackageFigures): boolean => figures.bytes.people + figures.bytes.server + figures.bytes.uploaded > 0
  || figures.history.points.some((point) => point.connected + point.people + point.server + point.upload > 0);

/** A share as a whole percentage that is neither 0 nor 100 unless it is exactly that. */
export const sharePercent = (share: number): string => (share <= 0 || share >= 1 ? formatPercent(share) : `${Math.min(99, Math.max(1, Math.round(share * 100)))} %`);

function fromWhere(share: number | null): Words[] {
  if (share === null) return [];
  if (share === 0) return [words('allPeople')];
  return [share >= 1 ? words('allServer') : words('fromServer', { percent: sharePercent(share) })];
}

/** How it went, once everything is here. */
function afterwards(figures: PackageFigures, receiving: number): Words[] {
  const { startedAt, completedAt, originShare } = figures;
  // What was here before took no time.
  const took = originShare !== null && startedAt !== null && completedAt !== null && completedAt > startedAt ? [words('took', { time: formatElapsed(Math.max(1000, completedAt - startedAt)) })] : [words('complete')];
  return [...took, ...fromWhere(originShare), ...receiving > 0 ? [words('youHelp', { count: receiving })] : []];
}

/**
 * The sentences above the plots.
 * @param newest what is measured now, calmed; null while the engine is away: nothing is said of now then
 */
export function crowdSentences(figures: PackageFigures, facts: Facts, newest: Reading | null): Words[] {
  if (facts.completedAt !== null) return afterwards(figures, newest ? facts.peers.receiving : 0);
  // Whatever stands in its way has a sentence of its own.
  if (!newest || (facts.state.kind !== 'downloading' && facts.state.kind !== 'no-source')) return fromWhere(figures.originShare);
  const [helping, connected] = [Math.round(newest.helping), Math.round(newest.connected)];
  const who = helping > 0 ? words('help', { count: helping }) : newest.server > 0 ? words('serverAlone') : connected > 0 ? words('nobodySends', { count: connected }) : words('nobody');
  const saidAlready = who.key === 'crowd.serverAlone' && figures.originShare !== null && figures.originShare >= 1;
  return saidAlready ? [who] : [who, ...fromWhere(figures.originShare)];
}

const reasons: readonly string[] = ['slow-first-piece', 'rare-pieces', 'stall'] satisfies NonNullable<PackageFigures['control']['reason']>[];

/** What is known beyond what happened: the key of its words, or words as they came; null where there is nothing to add. */
export function incidentDetail({ kind, detail }: Incident): { key: string } | { words: string } | null {
  if (detail === null || kind === 'peer-banned') return null; // the sentence says it all
  if ((kind === 'more-server' || kind === 'less-server') && reasons.includes(detail)) return kind === 'more-server' ? { key: `crowd.reason.${detail}` } : null;
  return { words: detail };
}
