// One line at the end of `flashswarm get` when people and servers both gave: how much servers had to give, and how soon the first piece was here.
import type { PackageFigures } from '../../contract/index.ts';
import type { Session } from './session.ts';

/** Null when people alone or servers alone gave: then there is nothing to compare. */
export function sourcesLine({ bytes, originShare, firstPieceMs }: Pick<PackageFigures, 'bytes' | 'originShare' | 'firstPieceMs'>): string | null {
  if (bytes.people === 0 || bytes.server === 0 || originShare === null) return null;
  const percent = originShare * 100;
  const share = percent < 1 ? 'less than 1 %' : percent > 99 ? 'more than 99 %' : `${Math.round(percent)} %`;
  return `Servers gave ${share} of it, people the rest${firstPieceMs === null ? '' : `; the first piece was here after ${(firstPieceMs / 1000).toFixed(1)} s`}.`;
}

/** For the end of `get`: for programs, and the lines for people, none or one. */
export async function sourcesOf(session: Session, id: string): Promise<{ figures: { originShare: number | null; firstPieceMs: number | null }; lines: string[] }> {
  const { bytes, originShare, firstPieceMs } = await session.ask('packages.figures', { id });
  const line = sourcesLine({ bytes, originShare, firstPieceMs });
  return { figures: { originShare, firstPieceMs }, lines: line === null ? [] : [line] };
}
