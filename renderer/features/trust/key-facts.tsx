// A key to compare: its fingerprint as words and as hex, its id, and what its holder says of a package.
import { useTranslation } from 'react-i18next';
import type { Publisher } from '../../../contract/index.ts';
import { formatDate, groupHex } from '../../format.ts';
import styles from './trust.module.css';

/** The fingerprint as numbered words, to read aloud and to compare. */
export function KeyWords({ words }: { words: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <ol className={`${styles.words} selectable`} aria-label={t('trust.words')}>
      {words.map((word, index) => <li key={`${index}-${word}`}><span className={styles.number}>{index + 1}</span>{word}</li>)}
    </ol>
  );
}

export interface SignedFacts { version: number; issuedAt: number; expiresAt: number | null; expired: boolean }

interface KeyFactsProps {
  publisher: Publisher;
  /** What was signed, where it is about one package. */
  signed?: SignedFacts;
  /** Left out where the words stand above already. */
  words?: boolean;
}

export function KeyFacts({ publisher, signed, words = true }: KeyFactsProps) {
  const { t } = useTranslation();
  return (
    <dl className={styles.facts}>
      {words && <div><dt>{t('trust.words')}</dt><dd><KeyWords words={publisher.words} /></dd></div>}
      <div><dt>{t('trust.fingerprint')}</dt><dd className={`${styles.mono} selectable`}>{groupHex(publisher.fingerprint)}</dd></div>
      <div><dt>{t('trust.keyId')}</dt><dd className={`${styles.mono} selectable`}>{publisher.keyId}</dd></div>
      {signed && <div><dt>{t('trust.version')}</dt><dd>{signed.version}</dd></div>}
      {signed && <div><dt>{t('trust.issued')}</dt><dd>{formatDate(signed.issuedAt)}</dd></div>}
      {signed && (
        <div>
          <dt>{t(signed.expired ? 'trust.wasValidUntil' : 'trust.validUntil')}</dt>
          <dd>{signed.expiresAt === null ? t('trust.noEnd') : formatDate(signed.expiresAt)}</dd>
        </div>
      )}
      {publisher.homepage && <div><dt>{t('trust.homepage')}</dt><dd className="selectable">{publisher.homepage}</dd></div>}
    </dl>
  );
}
