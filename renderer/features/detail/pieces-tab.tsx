// The map of pieces: one small square each, in the hue of where it came from.
import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageDetail, PackageSummary } from '../../../contract/index.ts';
import { useSize } from '../../components/use-size.ts';
import { formatBinary, formatNumber } from '../../format.ts';
import { mapOf } from './piece-map.ts';
import styles from './detail.module.css';

export function PiecesTab({ one, detail }: { one: PackageSummary; detail: PackageDetail }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const { sources, copies, count, length } = detail.pieces;
  const map = useMemo(() => mapOf(sources, width), [sources, width]);
  const here = sources.length - (sources.match(/0/g)?.length ?? 0);
  const counts = useMemo(() => ({ people: sources.split('2').length - 1, server: sources.split('3').length - 1, local: sources.split('1').length - 1 }), [sources]);
  const rarest = copies.length > 0 ? Math.min(...copies) : null;
  return (
    <div ref={box}>
      {!one.hasMetadata ? <p className={styles.soft}>{t('detail.noMetadata')}</p> : (
        <>
          <p>
            {t('pieces.count', { count, number: formatNumber(count), size: formatBinary(length) })}
            {rarest !== null && <span className={styles.soft}>, {t('pieces.rarest', { count: Math.floor(rarest) })}</span>}
          </p>
          <div className={styles.legend}>
            {(['people', 'server', 'local'] as const).filter((layer) => counts[layer] > 0).map((layer) => (
              <span key={layer}><span className={styles.swatch} data-layer={layer} />{t(`bar.${layer}`)}</span>
            ))}
            {here < sources.length && <span><span className={styles.swatch} />{t('bar.missing')}</span>}
          </div>
          {width > 0 && (
            <svg
              className={styles.map} width={map.width} height={map.height} viewBox={`0 0 ${map.width} ${map.height}`} role="img"
              aria-label={t('pieces.label', { percent: formatNumber(here), pieces: formatNumber(sources.length) })}
            >
              <path className={styles.missing} d={map.missing} />
              <path className={styles.local} d={map.local} />
              <path className={styles.people} d={map.people} />
              <path className={styles.server} d={map.server} />
            </svg>
          )}
        </>
      )}
    </div>
  );
}
