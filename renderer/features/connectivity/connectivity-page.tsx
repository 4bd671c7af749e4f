// The connectivity page: what it means, the one thing to do, a picture of the way, and all the evidence one level further in.
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cancelChecks, loadConnectivity, runChecks } from '../../actions/connectivity.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { Icon } from '../../components/icon.tsx';
import { useConnectivity } from '../../stores/connectivity-store.ts';
import { Advice } from './advice.tsx';
import { Evidence } from './evidence.tsx';
import { VerdictCard } from './verdict-card.tsx';
import { moveOf } from './verdict-words.ts';
import { WayPicture } from './way-picture.tsx';
import frame from '../../components/page.module.css';
import styles from './connectivity.module.css';

export function ConnectivityPage() {
  const { t } = useTranslation();
  const { report, failure } = useConnectivity();
  const [stepsOf, setStepsOf] = useState<string | null>(null);
  useEffect(() => void loadConnectivity(), []);
  const kind = report?.verdict.action.kind ?? 'none';
  const showsSteps = stepsOf === kind;
  const hasSteps = moveOf(kind) === 'steps' || kind === 'ask-provider';
  const toggle = (): void => {
    setStepsOf(showsSteps ? null : kind);
    if (!showsSteps) requestAnimationFrame(() => document.getElementById('connectivity-steps')?.focus());
  };
  return (
    <section className={frame.page} aria-label={t('page.connectivity')}>
      <header className={frame.bar}>
        <h2>{t('page.connectivity')}</h2>
        {report?.state === 'running' && <Button onClick={() => void cancelChecks()}>{t('connectivity.stop')}</Button>}
        {report?.state === 'done' && <Button icon="check-files" onClick={() => void runChecks()}>{t('connectivity.again')}</Button>}
      </header>
      <div className={`${frame.body} ${styles.body}`} tabIndex={0} role="region" aria-label={t('connectivity.label')}>
        <div className={styles.column}>
          {failure && <p role="alert" className={styles.problem}><Icon name="problem" />{failure}</p>}
          {!report && !failure && <p className={styles.soft}>{t('library.loading')}</p>}
          {report && (
            <>
              <VerdictCard report={report} showsSteps={showsSteps} onSteps={toggle} />
              <WayPicture report={report} />
              {report.hint && (
                <blockquote className={styles.hint}>
                  <p>{report.hint}</p>
                  <footer>{t('connectivity.hintFrom')}</footer>
                </blockquote>
              )}
              {hasSteps && (showsSteps || kind === 'ask-provider') && report.state !== 'never' && <Advice report={report} />}
              <Disclosure summary={t('connectivity.evidence')}><Evidence report={report} /></Disclosure>
            </>
          )}
        </div>
      </div>
    </section>
  );
}
