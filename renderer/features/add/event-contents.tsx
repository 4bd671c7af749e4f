// An event package in the Add dialog: what it is, who signed it, its layers, when it opens, and what has to be accepted.
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventPreview, Preview } from '../../../contract/index.ts';
import { wantedLayers } from '../../actions/add.ts';
import { CheckBox } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatBytes, formatMoment, formatRegions } from '../../format.ts';
import { usePreview } from '../../stores/preview-store.ts';
import { TrustCard } from '../trust/trust-card.tsx';
import { EventLayers } from './event-layers.tsx';
import styles from './add-dialog.module.css';

/** What opening this does: a new package, an update, or nothing new. */
function Action({ event }: { event: EventPreview }) {
  const { t } = useTranslation();
  if (event.action === 'same') return <p className={styles.notice}><Icon name="done" />{t('event.same')}</p>;
  if (event.action === 'new') return null;
  const values = { version: event.version, have: event.haveVersion ?? '' };
  return (
    <p className={styles.notice}>
      <Icon name="check-files" />
      <span>
        {t('event.update', values)}{' '}
        {event.update && t(event.update.reusedBytes > 0 ? 'event.updateCost' : 'event.updateFetch', { fetch: formatBytes(event.update.fetchBytes), reused: formatBytes(event.update.reusedBytes) })}
      </span>
    </p>
  );
}

function Terms({ text }: { text: string }) {
  const { t } = useTranslation();
  const accepted = usePreview((state) => state.acceptedTerms);
  const id = useId();
  return (
    <div className={styles.block}>
      <h4 id={id}>{t('event.terms')}</h4>
      <div className={`${styles.terms} selectable`} tabIndex={0} role="region" aria-labelledby={id}>{text}</div>
      <label className={styles.choice}>
        <CheckBox checked={accepted} onChange={(on) => usePreview.setState({ acceptedTerms: on, addFailure: null })} />{t('event.acceptTerms')}
      </label>
    </div>
  );
}

function Regions({ regions }: { regions: NonNullable<EventPreview['regions']> }) {
  const { t } = useTranslation();
  const accepted = usePreview((state) => state.acceptedRegion);
  return (
    <section className={styles.block} aria-label={t('event.regions')}>
      {regions.only.length > 0 && <p>{t('event.only', { names: formatRegions(regions.only) })}</p>}
      {regions.except.length > 0 && <p>{t('event.except', { names: formatRegions(regions.except) })}</p>}
      <label className={styles.choice}>
        <CheckBox checked={accepted} onChange={(on) => usePreview.setState({ acceptedRegion: on, addFailure: null })} />{t('event.acceptRegion')}
      </label>
    </section>
  );
}

export function EventContents({ event, files }: { event: EventPreview; files: Preview['files'] }) {
  const { t } = useTranslation();
  const now = useNow(false);
  const state = usePreview();
  const wanted = wantedLayers(state);
  const all = event.layers.reduce((sum, layer) => sum + layer.bytesTotal, 0);
  const chosen = event.layers.reduce((sum, layer) => (wanted.has(layer.id) ? sum + layer.bytesTotal : sum), 0);
  const asks = event.action !== 'same';
  return (
    <>
      <div className={styles.head}>
        <h3 className={`${styles.name} selectable`}>{event.title}</h3>
        <p className={styles.soft}>
          {t('event.version', { version: event.version })}, {t('add.files', { count: files.length })}, {chosen < all ? t('add.chosen', { size: formatBytes(chosen), total: formatBytes(all) }) : formatBytes(all)}
        </p>
        {event.summary && <p className={`${styles.comment} selectable`}>{event.summary}</p>}
      </div>
      <Action event={event} />
      {event.startsAt !== null && event.startsAt > now && (
        <p className={styles.notice}><Icon name="clock" /><span>{t('event.opens', { when: formatMoment(event.startsAt, now) })}{asks && ` ${t('event.getNow')}`}</span></p>
      )}
      <TrustCard event={event} />
      <EventLayers event={event} files={files} wanted={wanted} fixed={!asks} />
      {asks && event.terms && <Terms text={event.terms.text} />}
      {asks && event.regions && <Regions regions={event.regions} />}
    </>
  );
}
