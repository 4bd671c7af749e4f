// What the package says of itself: title, id, version and publisher; and behind "More" everything that most packages go without.
import { useTranslation } from 'react-i18next';
import { changeDraft } from '../../actions/creation.ts';
import { NumberBox } from '../../components/field.tsx';
import { useCreation } from '../../stores/creation-store.ts';
import { Labelled, TextField } from './text-field.tsx';
import styles from './create.module.css';

export function AboutFields() {
  const { t } = useTranslation();
  const version = useCreation((state) => state.draft.version);
  return (
    <section className={styles.part} aria-label={t('create.about')}>
      <h3>{t('create.about')}</h3>
      <div className={styles.grid}>
        <TextField name="title" maxLength={200} />
        <TextField name="publisher" maxLength={200} hint={t('create.publisherHint')} />
        <TextField name="id" maxLength={120} hint={t('create.idHint')} />
        <Labelled label={t('create.version')} hint={t('create.versionHint')} problem={null}>
          {({ id, 'aria-describedby': described }) => (
            <span><NumberBox id={id} aria-describedby={described ?? ''} value={version} min={1} max={1e9} onCommit={(value) => value !== null && changeDraft({ version: value })} /></span>
          )}
        </Labelled>
      </div>
    </section>
  );
}

export function MoreFields() {
  const { t } = useTranslation();
  return (
    <div className={styles.grid}>
      <TextField name="summary" lines={2} maxLength={2000} />
      <TextField name="homepage" maxLength={2000} placeholder="https://" />
      <TextField name="updateUrl" maxLength={2000} placeholder="https://" hint={t('create.updateUrlHint')} />
      <TextField name="startsAt" type="datetime-local" hint={t('create.startsAtHint')} />
      <TextField name="expiresAt" type="datetime-local" hint={t('create.expiresAtHint')} />
      <TextField name="trackers" lines={2} hint={t('create.oneALine')} />
      <TextField name="webSeeds" lines={2} hint={t('create.webSeedsHint')} />
      <TextField name="terms" lines={4} maxLength={65_536} hint={t('create.termsHint')} />
    </div>
  );
}
