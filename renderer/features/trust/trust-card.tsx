// The trust card of a package that is about to be opened: who signed it; for a key seen for the first time, the one question.
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { EventPreview } from '../../../contract/index.ts';
import { CheckBox } from '../../components/field.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { Icon } from '../../components/icon.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatSince } from '../../format.ts';
import { usePreview } from '../../stores/preview-store.ts';
import { KeyFacts, KeyWords } from './key-facts.tsx';
import { TrustWarnings } from './trust-warnings.tsx';
import styles from './trust.module.css';

function FirstUse({ event }: { event: EventPreview }) {
  const { t } = useTranslation();
  const trust = usePreview((state) => state.trust);
  const id = useId();
  const { name } = event.publisher;
  return (
    <>
      <p className={styles.lead}><Icon name="key" /><span><b>{t('trust.firstClaim', { name })}</b> {t('trust.firstSeen')}</span></p>
      <TrustWarnings warnings={event.warnings} expiresAt={event.expiresAt} issuedAt={event.issuedAt} name={name} />
      <p>{t('trust.compare', { name })}</p>
      <KeyWords words={event.publisher.words} />
      <label className={styles.choice}>
        <CheckBox checked={trust} aria-describedby={id} onChange={(on) => usePreview.setState({ trust: on, addFailure: null })} />
        <span className={styles.choiceWord}>{t('trust.choose', { name })}</span>
      </label>
      <p id={id} className={styles.small}>{t('trust.meaning')}</p>
    </>
  );
}

export function TrustCard({ event }: { event: EventPreview }) {
  const { t } = useTranslation();
  const now = useNow(false);
  const { name } = event.publisher;
  const first = event.trust === 'first-use';
  return (
    <section className={styles.card} data-trust={event.trust} aria-label={t('trust.label')}>
      {first ? <FirstUse event={event} /> : (
        <p className={styles.lead}>
          <Icon name="signed" />
          <span><b>{t('trust.signedBy', { name })}</b>{event.trustedSince !== null && ` ${t('trust.trustedSince', { since: formatSince(event.trustedSince, now) })}`}</span>
        </p>
      )}
      {!first && <TrustWarnings warnings={event.warnings} expiresAt={event.expiresAt} issuedAt={event.issuedAt} name={name} />}
      <Disclosure summary={t('trust.details')}><KeyFacts publisher={event.publisher} signed={event} words={!first} /></Disclosure>
    </section>
  );
}
