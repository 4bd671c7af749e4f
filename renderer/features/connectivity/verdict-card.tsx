// The first level: what the connection means for downloads, and the one thing to do about it.
import { useTranslation } from 'react-i18next';
import type { Connectivity } from '../../../contract/index.ts';
import { copyWords, openSignInPage, runChecks } from '../../actions/connectivity.ts';
import { openSettings } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useConnectivity } from '../../stores/connectivity-store.ts';
import { useCan, useSession } from '../../stores/session-store.ts';
import { ConsentCard } from './consent-card.tsx';
import { reachIcons } from './reach-badge.tsx';
import { headlineOf, isSpoiled, moveOf, whatOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

interface VerdictCardProps { report: Connectivity; showsSteps: boolean; onSteps: () => void }

/** The sign-in page of a hotel or café: opened in a browser, or named to be opened in one. */
function SignIn({ address }: { address: string | null }) {
  const { t } = useTranslation();
  const inBrowser = useSession((state) => state.host?.kind === 'headless');
  const canOpen = useCan().openSignInPage;
  if (!address || !/^https?:\/\//i.test(address)) return <p>{t('connectivity.signIn.any')}</p>;
  return (
    <>
      {inBrowser
        ? <a className={styles.linkButton} href={address} target="_blank" rel="noreferrer noopener">{t('connectivity.signIn.open')}</a>
        : canOpen ? <Button tone="primary" onClick={() => void openSignInPage()}>{t('connectivity.signIn.open')}</Button>
        : <Button tone="primary" icon="copy" onClick={() => void copyWords(address)}>{t('connectivity.signIn.copy')}</Button>}
      <span className={`${styles.soft} selectable`}>{address}</span>
    </>
  );
}

function OneButton({ report, showsSteps, onSteps }: VerdictCardProps) {
  const { t } = useTranslation();
  const { kind, facts } = report.verdict.action;
  switch (moveOf(kind, facts.reason)) {
    case 'steps': return <Button tone="primary" aria-expanded={showsSteps} onClick={onSteps}>{t(showsSteps ? 'connectivity.hideSteps' : `connectivity.action.${kind}.button`)}</Button>;
    case 'sign-in': return <SignIn address={typeof facts.openUrl === 'string' ? facts.openUrl : null} />;
    case 'copy-message': return <Button tone="primary" icon="copy" onClick={() => void copyWords(t('connectivity.providerMessage'))}>{t(`connectivity.action.${kind}.button`)}</Button>;
    case 'consent': return <Button tone="primary" onClick={() => openSettings('network')}>{t('connectivity.nameServer')}</Button>;
    case 'check': return <Button tone="primary" onClick={() => void runChecks()}>{t(`connectivity.action.${kind}.button`)}</Button>;
    case 'none': return null;
  }
}

export function VerdictCard(props: VerdictCardProps) {
  const { t } = useTranslation();
  const { report } = props;
  const declined = useConnectivity((state) => state.declined);
  const { kind } = report.verdict.action;
  const never = report.state === 'never';
  const settled = report.state === 'done' || report.verdict.reach !== 'unknown';
  const asks = !report.consent && report.servers.length > 0 && (never ? !declined : kind === 'allow-outside-checks' && report.state === 'done');
  return (
    <div className={styles.verdict}>
      <div className={styles.headline} data-reach={report.verdict.reach} data-spoiled={isSpoiled(report.verdict)}>
        <Icon name={isSpoiled(report.verdict) ? 'problem' : reachIcons[report.verdict.reach]} size={28} />
        <p>{t(headlineOf(report))}</p>
      </div>
      {/* Said aloud when a run begins and when it ends, and not for every turn in between. */}
      <div role="status" className="visually-hidden">{report.state === 'running' ? t('connectivity.headline.running') : report.state === 'done' ? t(headlineOf(report)) : ''}</div>
      {report.since && <p className={styles.soft}>{t(`connectivity.since.${report.since}`)}</p>}
      {report.state === 'running' && <p className={styles.soft}>{t('connectivity.stillRunning')}</p>}
      {asks && <ConsentCard servers={report.servers} />}
      {never && !asks && <div className={styles.buttons}><Button tone="primary" onClick={() => void runChecks()}>{t('connectivity.checkNow')}</Button></div>}
      {!never && !asks && settled && (
        <>
          <p className={styles.what}>{t(whatOf(report), { server: report.verdict.action.facts.server })}</p>
          <div className={styles.buttons}><OneButton {...props} /></div>
        </>
      )}
    </div>
  );
}
