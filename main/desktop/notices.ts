// Decides what is worth telling somebody who is not looking: something became ready, stopped, or has a newer version.
import type { PackageSummary, Settings } from '../../contract/index.ts';

export interface Notice { kind: 'ready' | 'core-ready' | 'problem' | 'update'; id: string; name: string; shared: boolean }

interface Known { complete: boolean; coreReady: boolean; problem: boolean; updateVersion: number | null }

/** More at once would bury the screen; what is left out is seen in the window. */
const MAX_AT_ONCE = 3;

export class Notices {
  #known: Map<string, Known> | null = null;

  /** @returns what is new since the last call; nothing the first time, when everything is */
  update(packages: readonly PackageSummary[], wishes: Settings['desktop']['notify']): Notice[] {
    const before = this.#known;
    this.#known = new Map(packages.map((one) => [one.id, knownOf(one)]));
    if (!before) return [];
    return packages.flatMap((one) => newsOf(one, before.get(one.id), this.#known!.get(one.id)!)).filter(({ kind }) => wishes[kind === 'core-ready' ? 'ready' : kind]).slice(0, MAX_AT_ONCE);
  }
}

const knownOf = ({ completedAt, state, event }: PackageSummary): Known => ({
  complete: completedAt !== null, coreReady: event?.coreReady ?? false, problem: state.kind === 'problem',
  updateVersion: event?.update?.state === 'available' ? event.update.version : null,
});

/** A package that was not here before tells of problems alone: one that was complete already is no news. */
function newsOf(one: PackageSummary, before: Known | undefined, now: Known): Notice[] {
  const notice = (kind: Notice['kind']): Notice => ({ kind, id: one.id, name: one.name, shared: one.state.kind === 'seeding' });
  const news: Notice[] = [];
  if (now.problem && !before?.problem) news.push(notice('problem'));
  if (!before) return news;
  if (now.complete && !before.complete) news.push(notice('ready'));
  else if (now.coreReady && !before.coreReady && one.layers.length > 1 && !now.complete) news.push(notice('core-ready'));
  if (now.updateVersion !== null && now.updateVersion !== before.updateVersion) news.push(notice('update'));
  return news;
}
