// The question before servers outside are asked, once: which they are and what they learn.
import { useTranslation } from 'react-i18next';
import type { Connectivity } from '../../../contract/index.ts';
import { answerConsent } from '../../actions/connectivity.ts';
import { openSettings } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import styles from './connectivity.module.css';

/** Which servers are asked, and what for. */
export function ServerList({ servers }: { servers: Connectivity['servers'] }) {
  const { t } = useTranslation();
  return (
    <ul className={styles.servers} aria-label={t('connectivity.consent.servers')}>
      {servers.map(({ kind, address, from }) => (
        <li key={`${kind} ${address}`}>
          <span className="selectable">{address}</span>
          <span className={styles.soft}>{t(`connectivity.consent.for.${kind}`)}{from === 'package' && ` ${t('connectivity.consent.fromPackage')}`}</span>
        </li>
      ))}
    </ul>
  );
}

export function ConsentCard({ servers }: { servers: Connectivity['servers'] }) {
  const { t } = useTranslation();
  return (
    <section className={styles.consent} aria-label={t('connectivity.consent.label')}>
      <h3>{t('connectivity.consent.title')}</h3>
      <p>{t('connectivity.consent.why')}</p>
      <ServerList servers={servers} />
      <p>{t('connectivity.consent.learn')}</p>
      <div className={styles.buttons}>
        <Button tone="primary" onClick={() => void answerConsent(true)}>{t('connectivity.consent.allow')}</Button>
        <Button onClick={() => void answerConsent(false)}>{t('connectivity.consent.notNow')}</Button>
        <Button tone="link" onClick={() => openSettings('network')}>{t('connectivity.consent.change')}</Button>
      </div>
      <p className={styles.soft}>{t('connectivity.consent.later')}</p>
    </section>
  );
}
