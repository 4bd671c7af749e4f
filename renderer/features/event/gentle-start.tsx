// The gentle start as what it is: why it is slow now, until when, and how far it is.
import { useTranslation } from 'react-i18next';
import type { SmoothingFigures } from '../../../contract/index.ts';
import { Meter } from '../../components/meter.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatPercent, formatRate } from '../../format.ts';
import styles from './event.module.css';

export function GentleStart({ smoothing }: { smoothing: SmoothingFigures }) {
  const { t } = useTranslation();
  const now = useNow(true);
  const { share, endsAt, allowedBytesPerSecond } = smoothing;
  const percent = formatPercent(share);
  return (
    <div className={styles.gentle}>
      <p>{t('sentence.smoothingUntil', { count: Math.max(1, Math.ceil((endsAt - now) / 60_000)) })}</p>
      <Meter name={t('crowd.gentle')} value={t('crowd.gentleValue', { percent })} share={share} size="wide" />
      <p className={styles.soft}>
        {allowedBytesPerSecond === null ? t('crowd.gentleHint', { percent }) : t('crowd.gentleHintRate', { percent, rate: formatRate(allowedBytesPerSecond) })}
      </p>
    </div>
  );
}
