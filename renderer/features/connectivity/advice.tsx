// The steps of the one action: at the router, on this computer, or in the place where one is.
import { useTranslation } from 'react-i18next';
import type { Connectivity } from '../../../contract/index.ts';
import { copyWords, runChecks } from '../../actions/connectivity.ts';
import { Button } from '../../components/button.tsx';
import { useSession } from '../../stores/session-store.ts';
import { RouterAdvice, RouterLine } from './router-advice.tsx';
import { PlaceChoice, PlaceSteps } from './place-advice.tsx';
import { partsFor, placeFor } from './router-guides.ts';
import { valuesOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

const systems: Record<string, string> = { win32: 'windows', darwin: 'mac', linux: 'linux' };

/** Actions with steps of their own in the translation file. */
function OwnSteps({ name, values = {} }: { name: string; values?: Record<string, unknown> }) {
  const { t } = useTranslation();
  const steps = t(`connectivity.steps.${name}`, { returnObjects: true, ...values }) as unknown as string[];
  return <ol className={styles.steps}>{steps.map((step) => <li key={step}>{step}</li>)}</ol>;
}

export function Advice({ report }: { report: Connectivity }) {
  const { t } = useTranslation();
  const platform = useSession((state) => state.host?.platform ?? '');
  const { kind, facts } = report.verdict.action;
  const place = placeFor(kind);
  const { port } = valuesOf(report);
  const mtu = [facts.tcpUpMtu, facts.tcpDownMtu].filter((one) => typeof one === 'number').sort((a, b) => a - b)[0];
  return (
    <section className={styles.advice} aria-label={t('connectivity.stepsTitle')} tabIndex={-1} id="connectivity-steps">
      <h3>{t('connectivity.stepsTitle')}</h3>
      {kind === 'ask-provider' && (
        <div className={styles.letter}>
          <p className="selectable">{t('connectivity.providerMessage')}</p>
          <Button small icon="copy" onClick={() => void copyWords(t('connectivity.providerMessage'))}>{t('connectivity.copy')}</Button>
        </div>
      )}
      {kind === 'allow-in-firewall' && <OwnSteps name={`firewall-${systems[platform] ?? 'linux'}`} values={{ port: port ?? '' }} />}
      {kind === 'lower-mtu' && <><RouterLine report={report} /><OwnSteps name="lower-mtu" values={{ size: mtu ?? 1400 }} /></>}
      {kind === 'set-qos' && <><RouterLine report={report} /><OwnSteps name="set-qos" /></>}
      {place && <PlaceSteps id={place} report={report} />}
      {partsFor(kind).first.length > 0 && <RouterAdvice report={report} kind={kind} />}
      {kind === 'open-ipv6-firewall' && <RouterLine report={report} />}
      {(kind === 'forward-port' || kind === 'turn-on-upnp' || kind === 'use-other-network') && <PlaceChoice report={report} />}
      <div className={styles.buttons}>
        <span className={styles.soft}>{t('connectivity.thenCheck')}</span>
        <Button small icon="check-files" onClick={() => void runChecks()}>{t('connectivity.again')}</Button>
      </div>
    </section>
  );
}
