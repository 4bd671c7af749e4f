// The publishers whose keys are known here: trusted, replaced or revoked, what each signed, and the ways to add or end trust.
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { installPublisher, loadPublishers, loadStatements } from '../../actions/publishers.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { usePublishers } from '../../stores/publishers-store.ts';
import { PublisherCard } from './publisher-card.tsx';
import frame from '../../components/page.module.css';
import styles from './publishers.module.css';

export function PublishersPage() {
  const { t } = useTranslation();
  const { publishers, failure } = usePublishers();
  useEffect(() => void loadPublishers(), []);
  return (
    <section className={frame.page} aria-label={t('page.publishers')}>
      <header className={frame.bar}>
        <h2>{t('page.publishers')}</h2>
        <Button title={t('publishers.loadHint')} onClick={() => void loadStatements()}>{t('publishers.load')}</Button>
        <Button icon="plus" onClick={() => void installPublisher()}>{t('publishers.install')}</Button>
      </header>
      <div className={`${frame.body} ${styles.body}`} tabIndex={0} role="region" aria-label={t('publishers.list')}>
        {failure && <p role="alert" className={styles.problem}><Icon name="problem" />{failure}</p>}
        {!publishers && !failure && <p className={styles.soft}>{t('library.loading')}</p>}
        {publishers?.length === 0 && (
          <div className={styles.empty}>
            <Icon name="key" size={32} />
            <p>{t('publishers.empty')}</p>
          </div>
        )}
        {publishers && publishers.length > 0 && (
          <ul className={styles.cards}>{publishers.map((one) => <PublisherCard key={one.fingerprint} one={one} all={publishers} />)}</ul>
        )}
      </div>
    </section>
  );
}
