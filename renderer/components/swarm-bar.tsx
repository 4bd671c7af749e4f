// The swarm bar: what is here, layered by where it came from, and below it how many copies of each part are around.
import { memo, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageSummary } from '../../contract/index.ts';
import { formatBytes, formatPercent, shareOf } from '../format.ts';
import { BAR_HEIGHT, shapeOf } from './swarm-bar-shape.ts';
import styles from './swarm-bar.module.css';

type BarFacts = Pick<PackageSummary, 'bar' | 'bytesDone' | 'bytesWanted' | 'fromLocal' | 'fromPeople' | 'fromServer'>;

/** Stripes that tell the server's layer from the others where the system's colours are forced. Rendered once. */
export function SwarmBarPatterns() {
  return (
    <svg width="0" height="0" className="visually-hidden" aria-hidden="true" focusable="false">
      <defs>
        <pattern id="swarm-bar-stripes" width="0.5" height="20" patternUnits="userSpaceOnUse">
          <rect width="0.25" height="20" fill="currentColor" />
        </pattern>
      </defs>
    </svg>
  );
}

export const SwarmBar = memo(function SwarmBar({ facts, name, tall = false }: { facts: BarFacts; name: string; tall?: boolean }) {
  const { t } = useTranslation();
  const shape = useMemo(() => shapeOf(facts.bar), [facts.bar]);
  const share = shareOf(facts.bytesDone, facts.bytesWanted);
  const percent = formatPercent(share);
  const value = facts.bytesDone === 0 ? t('bar.value', { percent }) : t('bar.layers', {
    percent, people: formatBytes(facts.fromPeople), server: formatBytes(facts.fromServer), local: formatBytes(facts.fromLocal),
  });
  const hasCopies = facts.bar.copies.length > 0;
  return (
    <div
      role="progressbar" aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.floor(share * 100)} aria-valuetext={value}
      title={value} className={tall ? `${styles.bar} ${styles.tall}` : styles.bar}
    >
      <svg className={styles.fill} viewBox={`0 0 ${shape.width} ${BAR_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {shape.local && <path className={styles.local} d={shape.local} />}
        {shape.people && <path className={styles.people} d={shape.people} />}
        {shape.server && <path className={styles.server} d={shape.server} />}
      </svg>
      <svg
        className={styles.copies} viewBox={`0 0 ${Math.max(1, facts.bar.copies.length)} ${BAR_HEIGHT}`} preserveAspectRatio="none"
        aria-hidden="true" focusable="false"
      >
        {hasCopies && <path className={styles.scarce} d={shape.scarce} />}
        {hasCopies && <path className={styles.some} d={shape.some} />}
        {hasCopies && <path d={shape.many} />}
      </svg>
    </div>
  );
});
