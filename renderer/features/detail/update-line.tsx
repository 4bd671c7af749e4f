// What is known of newer versions of a package: the state, the way to check or to get one, and what the last one reused.
import { useTranslation } from 'react-i18next';
import type { EventInfo, PackageId } from '../../../contract/index.ts';
import { checkUpdate, takeUpdate } from '../../actions/packages.ts';
import { Button } from '../../components/button.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatBytes, formatElapsed, formatMoment, formatOf } from '../../format.ts';
import styles from './detail.module.css';

type Update = NonNullable<EventInfo['update']>;
const icons: Record<Update['state'], IconName> = { current: 'done', checking: 'check-files', available: 'down', getting: 'down', failed: 'problem' };

/** The state of the update as a sentence. */
function useUpdateWords(event: EventInfo, update: Update, now: number): string {
  const { t } = useTranslation();
  const version = update.version ?? event.version;
  switch (update.state) {
    case 'current': return update.checkedAt === null ? t('update.notChecked') : t('update.current', { version: event.version, time: formatElapsed(Math.max(0, now - update.checkedAt)) });
    case 'checking': return t('update.checking');
    case 'available':
      if (update.fetchBytes === null) return t('update.available', { version });
      return t(update.reusedBytes ? 'update.availableReused' : 'update.availableFetch', { version, fetch: formatBytes(update.fetchBytes), reused: formatBytes(update.reusedBytes ?? 0) });
    case 'getting': return update.fetchBytes === null ? t('update.getting', { version }) : t('update.gettingOf', { version, done: formatOf(update.fetchedBytes ?? 0, update.fetchBytes) });
    case 'failed': return update.message ?? t('update.failed');
  }
}

export function UpdateLine({ id, event }: { id: PackageId; event: EventInfo }) {
  const { t } = useTranslation();
  const { update, lastUpdate } = event;
  const now = useNow(update?.state === 'current');
  const words = useUpdateWords(event, update ?? { state: 'current', version: null, fetchBytes: null, fetchedBytes: null, reusedBytes: null, checkedAt: null, nextCheckAt: null, message: null }, now);
  return (
    <>
      {update ? (
        <div className={styles.update} data-state={update.state}>
          <Icon name={icons[update.state]} /><span>{words}</span>
          {update.state === 'available' && <Button small tone="primary" onClick={() => void takeUpdate(id)}>{t('update.get', { version: update.version ?? '' })}</Button>}
          {(update.state === 'current' || update.state === 'failed') && <Button small onClick={() => void checkUpdate(id)}>{t('update.check')}</Button>}
        </div>
      ) : <p className={styles.update}><Icon name="check-files" /><span className={styles.last}>{t('update.none')}</span></p>}
      {lastUpdate && (
        <p className={styles.update}>
          <Icon name="clock" />
          <span className={styles.last}>
            {t('update.last', { from: lastUpdate.fromVersion, fetched: formatBytes(lastUpdate.fetchedBytes), reused: formatBytes(lastUpdate.reusedBytes), when: formatMoment(lastUpdate.at, now) })}
          </span>
        </p>
      )}
    </>
  );
}
