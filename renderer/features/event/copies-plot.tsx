// How often each piece is around among the people connected, from the first to the last, the rarest marked.
import { useId, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useSize } from '../../components/use-size.ts';
import { formatNumber } from '../../format.ts';
import { COPIES_HEIGHT, copiesShape, type CopiesShape } from './copies-shape.ts';
import { FigureFrame, type Value } from './figure-frame.tsx';
import { roundUp } from './plot-data.ts';
import styles from './event.module.css';

const topOf = (most: number): number => roundUp(most, 4);

function useWords(shape: CopiesShape | null): { values: Value[]; summary: string } {
  const { t } = useTranslation();
  if (!shape) return { values: [], summary: t('crowd.copiesNobody') };
  const { fewest, most, rarest } = shape;
  if (most === 0) return { values: [{ mark: 'copies', name: t('crowd.most'), value: '0' }], summary: t('crowd.copiesNone') };
  if (fewest === most) return { values: [{ mark: 'copies', name: t('crowd.average'), value: formatNumber(most) }], summary: t('crowd.copiesEven', { count: most }) };
  const pieces = t('crowd.copiesRarest', { count: rarest, number: formatNumber(rarest) });
  const mean = formatNumber(shape.mean, shape.mean < 10 ? 1 : 0);
  return {
    values: [
      { mark: 'rarest', name: t('crowd.rarest'), value: t('crowd.rarestValue', { copies: formatNumber(fewest), pieces }) }, { mark: 'copies', name: t('crowd.average'), value: mean },
    ],
    summary: t('crowd.copiesSummary', { count: fewest, pieces, mean, most: formatNumber(most) }),
  };
}

export function CopiesPlot({ copies, connected }: { copies: readonly number[]; connected: number }) {
  const { t } = useTranslation();
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const shape = useMemo(() => (connected > 0 ? copiesShape(copies, width, topOf) : null), [copies, connected, width]);
  const { values, summary } = useWords(shape);
  return (
    <FigureFrame id={id} title={t('crowd.copies')} values={values} summary={summary}>
      <div className={styles.copies}>
        <div className={styles.copiesAxis} aria-hidden="true">{shape && <><span>{shape.top}</span><span>{shape.top / 2}</span><span>0</span></>}</div>
        <div ref={box} className={styles.copiesBox} role="img" aria-label={t('crowd.copiesLabel')} aria-describedby={`${id}-summary`}>
          {shape ? (
            <>
              <svg className={styles.bars} viewBox={`0 0 ${shape.bars} ${COPIES_HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
                <path className={styles.usual} d={shape.usual} /><path className={styles.rare} d={shape.rare} />
              </svg>
              <svg className={styles.marks} viewBox={`0 0 ${shape.bars} 1`} preserveAspectRatio="none" aria-hidden="true" focusable="false"><path className={styles.rare} d={shape.marks} /></svg>
            </>
          ) : <p className={styles.soft}>{t('crowd.copiesNobody')}</p>}
        </div>
      </div>
    </FigureFrame>
  );
}
