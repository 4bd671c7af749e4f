// Who signed a package, as an icon and a word: beside a name, or as a sentence.
import { useTranslation } from 'react-i18next';
import type { PackageSummary } from '../../../contract/index.ts';
import { Icon } from '../../components/icon.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatSince } from '../../format.ts';
import styles from './trust.module.css';

type Facts = Pick<PackageSummary, 'signature' | 'event'>;

/** The icon and the publisher's name; the icon alone where there is no room, the words then stay for screen readers. */
export function SignatureBadge({ one }: { one: Facts }) {
  const { t } = useTranslation();
  const { event } = one;
  if (!event) {
    return (
      <span className={styles.badge} data-trust="none" title={t('trust.unsigned')}>
        <Icon name="unsigned" size={14} /><span className={styles.badgeWord}>{t('trust.unsignedShort')}</span>
      </span>
    );
  }
  const revoked = event.trust === 'revoked';
  const words = t(revoked ? 'trust.revokedBy' : 'trust.signedBy', { name: event.publisher.name });
  return (
    <span className={styles.badge} data-trust={event.trust} title={words}>
      <Icon name={revoked ? 'refused' : 'signed'} size={14} />
      <span className="visually-hidden">{t(revoked ? 'trust.revokedShort' : 'trust.signedShort')} </span>
      <span className={styles.badgeWord}>{event.publisher.name}</span>
    </span>
  );
}

/** The same as a sentence: who signed it and since when that key is trusted, or that nobody did. */
export function SignatureLine({ one }: { one: Facts }) {
  const { t } = useTranslation();
  const now = useNow(false);
  const { event } = one;
  if (!event) return <span className={styles.line} data-trust="none"><Icon name="unsigned" />{t('trust.unsigned')}</span>;
  const { name } = event.publisher;
  const words = event.trust === 'revoked' ? t('trust.revokedLong', { name })
    : event.trustedSince === null ? t('trust.signedBy', { name })
      : t('trust.signedSince', { name, since: formatSince(event.trustedSince, now) });
  return <span className={styles.line} data-trust={event.trust}><Icon name={event.trust === 'revoked' ? 'refused' : 'signed'} />{words}</span>;
}
