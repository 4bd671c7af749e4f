// One publisher: how it came to be trusted, what its key signed, and the ways to forget or revoke that key.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PublisherEntry } from '../../../contract/index.ts';
import { forgetPublisher, revokePublisher } from '../../actions/publishers.ts';
import { goToPackage } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatDay, formatSince } from '../../format.ts';
import { usePackages } from '../../stores/packages-store.ts';
import { KeyFacts } from '../trust/key-facts.tsx';
import styles from './publishers.module.css';

const icons: Record<PublisherEntry['state'], IconName> = { trusted: 'signed', revoked: 'refused', succeeded: 'key' };

/** How the key stands, as a sentence. */
function useStanding(one: PublisherEntry, all: readonly PublisherEntry[]): string {
  const { t } = useTranslation();
  const now = useNow(false);
  if (one.state === 'revoked') return t(one.revokedBy === 'user' ? 'publishers.revokedByYou' : 'publishers.revokedByPublisher', { day: one.revokedAt === null ? '' : formatDay(one.revokedAt) });
  if (one.state === 'succeeded') return t('publishers.succeeded', { key: all.find((other) => other.fingerprint === one.succeededBy)?.keyId ?? one.succeededBy?.slice(0, 16) ?? '' });
  return t(`publishers.origin.${one.origin}`, { since: formatSince(one.since, now) });
}

function Packages({ one }: { one: PublisherEntry }) {
  const { t } = useTranslation();
  const byId = usePackages((state) => state.byId);
  if (one.packages.length === 0) return <p className={styles.soft}>{t('publishers.nothingSigned')}</p>;
  return (
    <ul className={styles.signed} aria-label={t('publishers.signed')}>
      {one.packages.map((each) => (
        <li key={each.id}>
          <Icon name="package" size={14} />
          <span>{t('publishers.package', { title: each.title, version: each.version, day: formatDay(each.lastSignedAt) })}</span>
          {byId.has(each.id) && <Button tone="link" small aria-label={t('publishers.showOf', { title: each.title })} onClick={() => goToPackage(each.id)}>{t('publishers.show')}</Button>}
        </li>
      ))}
    </ul>
  );
}

export function PublisherCard({ one, all }: { one: PublisherEntry; all: readonly PublisherEntry[] }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const standing = useStanding(one, all);
  const name = one.name || one.keyId;
  return (
    <li className={styles.card} aria-label={name}>
      <div className={styles.head}>
        <h3 className={styles.name}>{name}</h3>
        <span className={styles.state} data-state={one.state}><Icon name={icons[one.state]} size={14} />{t(`publishers.state.${one.state}`)}</span>
      </div>
      <p className={styles.soft}>{standing}</p>
      <Packages one={one} />
      <Disclosure summary={t('publishers.key')}><KeyFacts publisher={one} /></Disclosure>
      {asking ? (
        <div className={styles.question} role="group" aria-label={t('publishers.revokeTitle', { name })}>
          <p><Icon name="problem" /><span>{t('publishers.revokeMeaning', { name })}</span></p>
          <div className={styles.buttons}>
            <Button small tone="danger" autoFocus onClick={() => { setAsking(false); void revokePublisher(one.fingerprint); }}>{t('publishers.revokeYes')}</Button>
            <Button small tone="quiet" onClick={() => setAsking(false)}>{t('publishers.revokeNo')}</Button>
          </div>
        </div>
      ) : (
        <div className={styles.buttons}>
          <Button small title={t('publishers.forgetHint')} aria-label={t('publishers.forgetOf', { name })} onClick={() => void forgetPublisher(one.fingerprint)}>{t('publishers.forget')}</Button>
          {one.state !== 'revoked' && <Button small aria-label={t('publishers.revokeTitle', { name })} onClick={() => setAsking(true)}>{t('publishers.revoke')}</Button>}
        </div>
      )}
    </li>
  );
}
