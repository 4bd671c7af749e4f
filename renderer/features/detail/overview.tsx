// The overview of a package: its swarm bar in large, what came from where, and the plain facts.
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageDetail, PackageSummary } from '../../../contract/index.ts';
import { copyMagnet } from '../../actions/packages.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { SwarmBar } from '../../components/swarm-bar.tsx';
import { formatAbout, formatBytes, formatDate, formatRate, formatRatio } from '../../format.ts';
import { PackageSentence } from '../library/package-sentence.tsx';
import { useProgressText } from '../library/package-row.tsx';
import { KeyFacts } from '../trust/key-facts.tsx';
import { SignatureLine } from '../trust/signature-badge.tsx';
import { TrustWarnings } from '../trust/trust-warnings.tsx';
import { Layers } from './layers.tsx';
import { PackageOptions } from './package-options.tsx';
import styles from './detail.module.css';

/** One fact; left out when there is nothing to say. */
function Fact({ name, children }: { name: string; children: ReactNode }) {
  if (children === null || children === '') return null;
  return <div><dt>{name}</dt><dd className="selectable">{children}</dd></div>;
}

function Legend({ one }: { one: PackageSummary }) {
  const { t } = useTranslation();
  const layers = [['people', one.fromPeople], ['server', one.fromServer], ['local', one.fromLocal]] as const;
  return (
    <div className={styles.legend}>
      {layers.filter(([layer, bytes]) => bytes > 0 || layer === 'people').map(([layer, bytes]) => (
        <span key={layer}><span className={styles.swatch} data-layer={layer} />{t(`bar.${layer}`)} <b>{formatBytes(bytes)}</b></span>
      ))}
      {one.bar.copies.length > 0 && <span><span className={styles.swatch} data-layer="copies" />{t('bar.copies')}</span>}
    </div>
  );
}

export function Overview({ one, detail }: { one: PackageSummary; detail: PackageDetail | null }) {
  const { t } = useTranslation();
  const { short, rest } = useProgressText(one);
  const files = t('add.files', { count: one.fileCount });
  const remaining = one.state.kind === 'downloading' ? formatAbout(one.etaSeconds) : '';
  return (
    <>
      <div className={styles.lead}><PackageSentence one={one} inDetail /><span className={styles.leadShare}>{short}{rest}</span></div>
      <p className={styles.signature}><SignatureLine one={one} /></p>
      <SwarmBar facts={one} name={one.name} tall />
      <Legend one={one} />
      {one.event && <Layers one={one} event={one.event} />}
      <div className={styles.columns}>
        <div className={styles.group}>
          <h3>{t('overview.transfer')}</h3>
          <dl className={styles.facts}>
            <Fact name={t('overview.received')}>
              {formatBytes(one.fromPeople + one.fromServer)}{one.downloadBytesPerSecond >= 1000 ? `, ${formatRate(one.downloadBytesPerSecond)}` : ''}
            </Fact>
            <Fact name={t('overview.given')}>
              {formatBytes(one.uploadedBytes)}{one.uploadBytesPerSecond >= 1000 ? `, ${formatRate(one.uploadBytesPerSecond)}` : ''}
            </Fact>
            <Fact name={t('overview.ratio')}>{formatRatio(one.ratio)}</Fact>
            <Fact name={t('overview.remaining')}>{remaining}</Fact>
            <Fact name={t('overview.people')}>{t('overview.peopleValue', one.peers)}</Fact>
            <Fact name={t('overview.wasted')}>{detail && detail.wastedBytes > 0 ? formatBytes(detail.wastedBytes) : null}</Fact>
          </dl>
        </div>
        <div className={styles.group}>
          <h3>{t('overview.about')}</h3>
          <dl className={styles.facts}>
            <Fact name={t('overview.size')}>
              {!one.hasMetadata ? null : one.bytesWanted < one.bytesTotal
                ? t('overview.sizeChosen', { wanted: formatBytes(one.bytesWanted), size: formatBytes(one.bytesTotal), files })
                : t('overview.sizeValue', { size: formatBytes(one.bytesTotal), files })}
            </Fact>
            <Fact name={t('overview.folder')}>{one.folder}</Fact>
            <Fact name={t('overview.added')}>{formatDate(one.addedAt)}</Fact>
            <Fact name={t('overview.completed')}>{one.completedAt === null ? null : formatDate(one.completedAt)}</Fact>
            <Fact name={t('overview.version')}>{one.event ? String(one.event.version) : null}</Fact>
            <Fact name={t('overview.private')}>{detail?.private ? t('overview.privateYes') : null}</Fact>
            <Fact name={t('overview.comment')}>{detail?.comment ?? null}</Fact>
            <Fact name={t('overview.createdBy')}>{detail?.createdBy ?? null}</Fact>
            <Fact name={t('overview.webSeeds')}>{detail && detail.webSeeds.length > 0 ? detail.webSeeds.join('\n') : null}</Fact>
            <Fact name={t('overview.infoHash')}>
              <span className={styles.mono}>{one.infoHash}</span> <Button tone="link" small onClick={() => void copyMagnet(one.id)}>{t('overview.copy')}</Button>
            </Fact>
          </dl>
        </div>
        <PackageOptions one={one} />
      </div>
      {one.event && (
        <div className={styles.trust}>
          <TrustWarnings warnings={one.event.warnings} expiresAt={one.event.expiresAt} issuedAt={one.event.issuedAt} name={one.event.publisher.name} />
          <Disclosure summary={t('trust.section')}><KeyFacts publisher={one.event.publisher} signed={one.event} /></Disclosure>
        </div>
      )}
    </>
  );
}
