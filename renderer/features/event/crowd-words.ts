// What goes on in the crowd of a package, in one or two plain sentences.
import type { Incident, PackageFigures, PackageSummary } from '../../../contract/index.ts';
import { formatElapsed, formatPercent } from '../../format.ts';

export interface Words { key: string; values: Record<string, string | number> }
const words = (key: string, values: Words['values'] = {}): Words => ({ key: `crowd.${key}`, values });

type Facts = Pick<PackageSummary, 'completedAt' | 'peers'>;

/** Whether anything at all was measured yet. */
export const isMeasured = (figures: PackageFigures): boolean => figures.bytes.people + figures.bytes.server + figures.bytes.uploaded > 0
  || figures.history.points.some((point) => point.connected + point.people + point.server + point.upload > 0);

/** A share as a whole percentage that is neither 0 nor 100 unless it is exactly that. */
export const sharePercent = (share: number): string => (share >= 1 ? formatPercent(1) : share <= 0 ? formatPercent(0) : formatPercent(Math.min(0.99, Math.max(0.01, Math.round(share * 100) / 100 + 1e-9))));

function fromWhere(share: number | null): Words[] {
  if (share === null) return [];
  if (share === 0) return [words('allPeople')];
  return [share >= 1 ? words('allServer') : words('fromServer', { percent: sharePercent(share) })];
}

/** How it went, once everything is here. */
function afterwards(figures: PackageFigures, facts: Facts): Words[] {
  const { startedAt, completedAt } = figures;
  const took = startedAt !== null && completedAt !== null && completedAt > startedAt ? [words('took', { time: formatElapsed(completedAt - startedAt) })] : [words('complete')];
  const { receiving } = facts.peers;
  return [...took, ...fromWhere(figures.originShare), ...receiving > 0 ? [words('youHelp', { count: receiving })] : []];
}

/**
 * The sentences above the plots.
 * @param helping people who send to us now, calmed
 * @param server what servers send to us now, calmed, in bytes per second
 */
export function crowdSentences(figures: PackageFigures, facts: Facts, helping: number, server: number): Words[] {
  if (facts.completedAt !== null) return afterwards(figures, facts);
  const { connected } = figures.now;
  const count = Math.round(helping);
  const who = count > 0 ? words('help', { count }) : server > 0 ? words('serverAlone') : connected > 0 ? words('nobodySends', { count: connected }) : words('nobody');
  return [who, ...fromWhere(figures.originShare)];
}

/** What happened, in words; what is known of it beyond that comes after a colon. */
export const incidentWords = (incident: Incident): Words => words(`incident.${incident.kind}`, {});
