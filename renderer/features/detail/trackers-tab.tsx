// The trackers of a package: add, remove, ask again, and what each said last.
import { useTranslation } from 'react-i18next';
import type { PackageDetail, PackageId, TrackerEntry } from '../../../contract/index.ts';
import { addTrackers, announce, removeTracker } from '../../actions/packages.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatCountdown, formatNumber } from '../../format.ts';
import { AddLine } from './add-line.tsx';
import styles from './detail.module.css';

const split = (text: string): string[] => text.split(/\s+/).filter(Boolean);

function Next({ tracker, now }: { tracker: TrackerEntry; now: number }) {
  const { t } = useTranslation();
  if (tracker.nextAnnounceAt === null || tracker.nextAnnounceAt <= now) return null;
  return <>{t('trackers.nextIn', { time: formatCountdown(tracker.nextAnnounceAt - now) })}</>;
}

export function TrackersTab({ id, detail }: { id: PackageId; detail: PackageDetail }) {
  const { t } = useTranslation();
  const now = useNow(detail.trackers.length > 0);
  const number = (value: number | null): string => (value === null ? '-' : formatNumber(value));
  return (
    <>
      <div className={styles.bar}>
        <AddLine label={t('trackers.addLabel')} button={t('trackers.add')} onAdd={(text) => addTrackers(id, split(text))} />
        {detail.trackers.length > 0 && <Button onClick={() => void announce([id])}>{t('trackers.again')}</Button>}
      </div>
      {detail.trackers.length === 0 ? <p className={styles.soft}>{t('trackers.none')}</p> : (
        <div className={styles.scroll} tabIndex={0} role="region" aria-label={t('trackers.label')}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('trackers.address')}</th><th scope="col">{t('trackers.state')}</th>
                <th scope="col" className={styles.number}>{t('trackers.people')}</th><th scope="col">{t('trackers.next')}</th>
                <th scope="col"><span className="visually-hidden">{t('trackers.removeShort')}</span></th>
              </tr>
            </thead>
            <tbody>
              {detail.trackers.map((tracker) => (
                <tr key={tracker.url}>
                  <td className={`${styles.grow} selectable`} title={tracker.url}>{tracker.url}</td>
                  <td title={tracker.message ?? undefined}>
                    {t(`trackers.${tracker.state}`)}
                    {tracker.state === 'working' && tracker.answerMs !== null && <span className={styles.soft}> {t('trackers.answer', { ms: Math.round(tracker.answerMs) })}</span>}
                    {tracker.message && <div className={`${styles.soft} ${styles.message}`}>{tracker.message}</div>}
                  </td>
                  <td className={styles.number}>{number(tracker.seeders)} / {number(tracker.leechers)}</td>
                  <td><Next tracker={tracker} now={now} /></td>
                  <td><IconButton icon="close" label={t('trackers.remove', { url: tracker.url })} onClick={() => void removeTracker(id, tracker.url)} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
