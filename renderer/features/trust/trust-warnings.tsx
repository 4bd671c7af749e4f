// What is odd about a signature, as inline messages: each an icon and a sentence.
import { useTranslation } from 'react-i18next';
import type { TrustWarning } from '../../../contract/index.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { formatDate, formatMoment } from '../../format.ts';
import { useNow } from '../../components/use-now.ts';
import styles from './trust.module.css';

const icons: Record<TrustWarning, IconName> = { expired: 'problem', 'expires-soon': 'clock', 'clock-behind': 'clock', 'clock-ahead': 'clock', 'known-name': 'problem' };

export function TrustWarnings({ warnings, expiresAt, issuedAt, name }: { warnings: readonly TrustWarning[]; expiresAt: number | null; issuedAt: number; name: string }) {
  const { t } = useTranslation();
  const now = useNow(false);
  if (warnings.length === 0) return null;
  const values = { name, until: expiresAt === null ? '' : formatDate(expiresAt), when: expiresAt === null ? '' : formatMoment(expiresAt, now), issued: formatDate(issuedAt) };
  return (
    <ul className={styles.warnings} aria-label={t('trust.warnings')}>
      {warnings.map((warning) => <li key={warning}><Icon name={icons[warning]} /><span>{t(`trust.warning.${warning}`, values)}</span></li>)}
    </ul>
  );
}
