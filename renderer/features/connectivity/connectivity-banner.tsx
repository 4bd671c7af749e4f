// Says in the library that something can be done about the connection; closed once, it stays away for this verdict.
import { useTranslation } from 'react-i18next';
import { dismissVerdict, openConnectivity, verdictKey } from '../../actions/connectivity.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useConnectivity } from '../../stores/connectivity-store.ts';
import { canBeImproved, headlineOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

export function ConnectivityBanner() {
  const { t } = useTranslation();
  const { report, dismissed } = useConnectivity();
  if (!report || !canBeImproved(report) || dismissed.includes(verdictKey(report.verdict))) return null;
  return (
    <div className={styles.banner} role="region" aria-label={t('connectivity.banner')}>
      <Icon name="problem" />
      <span>{t(headlineOf(report))}</span>
      <Button small tone="primary" onClick={openConnectivity}>{t('connectivity.fix')}</Button>
      <IconButton icon="close" label={t('connectivity.dismiss')} onClick={() => dismissVerdict(report.verdict)} />
    </div>
  );
}
