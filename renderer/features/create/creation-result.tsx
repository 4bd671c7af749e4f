// How far the making of a package is, and then what came of it: files, magnet link, warnings, or why it failed.
import { useTranslation } from 'react-i18next';
import type { Creation } from '../../../contract/index.ts';
import { backToDraft, cancelCreation, startAnew } from '../../actions/creation.ts';
import { copyLink } from '../../actions/packages.ts';
import { Button } from '../../components/button.tsx';
import { inputClass } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { Meter } from '../../components/meter.tsx';
import { formatOf, formatPercent, shareOf } from '../../format.ts';
import { useCreation } from '../../stores/creation-store.ts';
import styles from './create.module.css';

function Reading({ creation }: { creation: Creation }) {
  const { t } = useTranslation();
  const { title, scan } = useCreation((state) => state.draft);
  const total = creation.totalBytes || (scan?.bytesTotal ?? 0); // not counted yet at the very start
  const share = shareOf(creation.doneBytes, total);
  const value = t('create.progress', { of: formatOf(creation.doneBytes, total), percent: formatPercent(share) });
  return (
    <div className={styles.result}>
      <h3>{t('create.making', { title })}</h3>
      <Meter size="wide" name={t('create.making', { title })} value={value} share={share} />
      <p className={styles.soft}>{value}</p>
      <p className={styles.hint}>{t('create.readingHint')}</p>
      <div className={styles.offers}><Button onClick={cancelCreation}>{t('create.cancel')}</Button></div>
    </div>
  );
}

function Lints({ creation }: { creation: Creation }) {
  const { t } = useTranslation();
  if (creation.lints.length === 0) return null;
  return (
    <section aria-label={t('create.lints')}>
      <h4>{t('create.lints')}</h4>
      <ul className={styles.lints}>
        {creation.lints.map((lint, index) => (
          <li key={index} data-level={lint.level}>
            <Icon name="problem" />
            <span><span className="visually-hidden">{t(`create.level.${lint.level}`)} </span>{lint.message}{lint.path && !lint.message.includes(lint.path) && <span className={`${styles.mono} selectable`}> {lint.path}</span>}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Done({ creation }: { creation: Creation }) {
  const { t } = useTranslation();
  const { title, version } = useCreation((state) => state.draft);
  return (
    <div className={styles.result}>
      <h3 className={styles.madeLead}><Icon name="done" />{t('create.done', { title, version })}</h3>
      <section aria-label={t('create.written')}>
        <h4>{t('create.written')}</h4>
        <ul className={styles.written}>{creation.files.map((file) => <li key={file} className={`${styles.mono} selectable`}>{file}</li>)}</ul>
      </section>
      {creation.magnets.map((magnet, index) => (
        <div key={magnet} className={styles.magnet}>
          <input className={inputClass} readOnly aria-label={t('create.magnet', { number: index + 1 })} value={magnet} onFocus={(event) => event.target.select()} />
          <Button icon="copy" aria-label={t('create.copyNumber', { number: index + 1 })} onClick={() => void copyLink(magnet)}>{t('create.copy')}</Button>
        </div>
      ))}
      <Lints creation={creation} />
      <p className={styles.hint}>{t('create.next')}</p>
      <div className={styles.offers}>
        <Button onClick={() => backToDraft(true)}>{t('create.nextVersion')}</Button>
        <Button onClick={startAnew}>{t('create.another')}</Button>
      </div>
    </div>
  );
}

function Failed({ creation }: { creation: Creation }) {
  const { t } = useTranslation();
  return (
    <div className={styles.result}>
      <h3>{t('create.failed')}</h3>
      <p role="alert" className={styles.problem}><Icon name="problem" />{creation.error?.message}</p>
      <Lints creation={creation} />
      <div className={styles.offers}><Button tone="primary" onClick={() => backToDraft(false)}>{t('create.back')}</Button></div>
    </div>
  );
}

export function CreationResult({ creation }: { creation: Creation }) {
  switch (creation.status) {
    case 'reading': return <Reading creation={creation} />;
    case 'done': return <Done creation={creation} />;
    case 'failed': return <Failed creation={creation} />;
  }
}
