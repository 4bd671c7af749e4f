// Joins what is known of a package with the newest figures, which bring only the points since those before.
import type { PackageFigures } from '../contract/index.ts';

/** As many points as the contract lets a history have. */
const MOST_POINTS = 1300;
/** So many steps without a point mean that something was missed on the way. */
const GAP_STEPS = 3;

/**
 * The figures with the whole history after news of them.
 * @param known with a whole history, of the same package
 * @param news with the newest points alone
 * @returns null where they do not join, because the step changed or points were missed: the whole has to be asked for again
 */
export function withNews(known: PackageFigures, news: PackageFigures): PackageFigures | null {
  const { stepMs, points } = known.history;
  if (news.history.stepMs !== stepMs) return null;
  const last = points.at(-1);
  const newer = last ? news.history.points.filter((point) => point.at > last.at) : news.history.points;
  const [next] = newer;
  if (last && next && next.at - last.at > stepMs * GAP_STEPS) return null;
  return { ...news, history: { stepMs, points: newer.length === 0 ? points : [...points, ...newer].slice(-MOST_POINTS) } };
}
