// The few figures that say how well it went.
import { useTranslation } from 'react-i18next';
import type { PackageFigures } from '../../../contract/index.ts';
import { formatBytes, formatElapsed, formatNumber } from '../../format.ts';
import { sharePercent } from './crowd-words.ts';
import styles from './event.module.css';

/** A short time with a decimal, not less than 0.1 s; longer ones as they are written elsewhere. */
const shortTime = (milliseconds: number): string => (milliseconds < 9950 ? `${formatNumber(Math.max(0.1, milliseconds / 1000), 1)} s` : formatElapsed(milliseconds));

export function EventFacts({ figures }: { figures: PackageFigures }) {
  const { t } = useTranslation();
  const { firstPieceMs, originShare, bytes, churnPerMinute } = figures;
  const facts: [string, string | null][] = [
    ['firstPiece', firstPieceMs === null ? null : t('crowd.facts.firstPieceValue', { time: shortTime(firstPieceMs) })],
    ['share', originShare === null ? null : t('crowd.facts.shareValue', { percent: sharePercent(originShare), size: formatBytes(bytes.server) })],
    ['churn', t('crowd.facts.churnValue', { count: Math.round(churnPerMinute) })],
    ['given', formatBytes(bytes.uploaded)],
    ['wasted', bytes.wasted > 0 ? formatBytes(bytes.wasted) : null],
  ];
  return (
    <dl className={styles.facts} aria-label={t('crowd.facts.label')}>
      {facts.map(([name, value]) => value !== null && <div key={name}><dt>{t(`crowd.facts.${name}`)}</dt><dd className="selectable">{value}</dd></div>)}
    </dl>
  );
}
