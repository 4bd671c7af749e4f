// The second level: the four paths, the checks, what the router lets through, own addresses, servers, and the report to hand on.
import { useTranslation } from 'react-i18next';
import type { Connectivity, PortMapping } from '../../../contract/index.ts';
import { copyReport, saveReport } from '../../actions/connectivity.ts';
import { openSettings } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatDate, formatMoment } from '../../format.ts';
import { useSession } from '../../stores/session-store.ts';
import { CheckList } from './check-list.tsx';
import { ServerList } from './consent-card.tsx';
import { ReachBadge } from './reach-badge.tsx';
import { comparison } from './verdict-words.ts';
import styles from './connectivity.module.css';

function Comparison({ report: { before, verdict, state } }: { report: Connectivity }) {
  const { t } = useTranslation();
  const now = useNow(false);
  if (!before || state !== 'done') return null;
  const by = comparison(before.verdict.reach, verdict.reach);
  return (
    <p className={styles.comparison}>
      <span>{t('connectivity.before', { when: formatMoment(before.finishedAt, now) })} <ReachBadge reach={before.verdict.reach} /></span>
      <span>{t('connectivity.now')} <ReachBadge reach={verdict.reach} /></span>
      {by && <span className={styles.soft}>{t(`connectivity.compared.${by}`)}</span>}
    </p>
  );
}

function Paths({ paths }: { paths: Connectivity['verdict']['paths'] }) {
  const { t } = useTranslation();
  const cell = (transport: 'tcp' | 'udp', family: 4 | 6) => {
    const path = paths.find((one) => one.transport === transport && one.family === family);
    return (
      <td key={family}>
        <ReachBadge reach={path?.reach ?? 'unknown'} />
        {path && path.because.length > 0 && <div className={styles.soft}>{t('connectivity.because', { checks: path.because.map((id) => t(`connectivity.check.${id}.title`)).join(', ') })}</div>}
      </td>
    );
  };
  return (
    <div className={styles.scroll} role="region" aria-label={t('connectivity.paths')} tabIndex={0}>
      <table className={styles.table}>
        <thead><tr><td /><th scope="col">IPv4</th><th scope="col">IPv6</th></tr></thead>
        <tbody>{(['tcp', 'udp'] as const).map((transport) => <tr key={transport}><th scope="row">{transport.toUpperCase()}</th>{cell(transport, 4)}{cell(transport, 6)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function Mappings({ mappings }: { mappings: readonly PortMapping[] }) {
  const { t } = useTranslation();
  const asked = useSession((state) => state.settings?.portMapping ?? true);
  if (mappings.length === 0) return <p className={styles.soft}>{t(asked ? 'connectivity.mapping.none' : 'connectivity.mapping.off')}</p>;
  return (
    <div className={styles.scroll} role="region" aria-label={t('connectivity.mapping.title')} tabIndex={0}>
      <table className={styles.table}>
        <thead><tr>{['protocol', 'inside', 'outside', 'method', 'state', 'expires'].map((column) => <th key={column} scope="col">{t(`connectivity.mapping.${column}`)}</th>)}</tr></thead>
        <tbody className="selectable">
          {mappings.map((one) => (
            <tr key={`${one.protocol} ${one.method} ${one.internalPort} ${one.externalAddress}`}>
              <td>{one.protocol.toUpperCase()}</td><td>{one.internalPort}</td><td>{one.externalPort ?? '–'}</td><td>{one.method ? t(`connectivity.mapping.methods.${one.method}`, { defaultValue: one.method }) : '–'}</td>
              <td>{one.error ?? t(one.confirmed ? 'connectivity.mapping.confirmed' : 'connectivity.mapping.unconfirmed')}</td>
              <td>{one.expiresAt === null ? '–' : formatDate(one.expiresAt)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Evidence({ report }: { report: Connectivity }) {
  const { t } = useTranslation();
  // A window saves by a dialog of its host, or as browsers do.
  const canSave = useSession((state) => state.host?.kind === 'headless' || state.host?.can.saveReport === true);
  return (
    <div className={styles.evidence}>
      <Comparison report={report} />
      <h3>{t('connectivity.paths')}</h3>
      <Paths paths={report.verdict.paths} />
      <h3>{t('connectivity.checks')}</h3>
      <CheckList checks={report.checks} />
      <h3>{t('connectivity.mapping.title')}</h3>
      <Mappings mappings={report.mappings} />
      <h3>{t('connectivity.own')}</h3>
      <dl className={`${styles.facts} selectable`}>
        <div><dt>{t('connectivity.addresses')}</dt><dd>{report.ownAddresses.length > 0 ? report.ownAddresses.map((one) => <div key={one}>{one}</div>) : t('connectivity.fact.notKnown')}</dd></div>
        <div><dt>{t('connectivity.port')}</dt><dd>{report.listenPort || t('connectivity.fact.notKnown')}</dd></div>
        {report.finishedAt !== null && <div><dt>{t('connectivity.finished')}</dt><dd>{formatDate(report.finishedAt)}</dd></div>}
      </dl>
      <h3>{t('connectivity.consent.heading')}</h3>
      <p>{t(report.servers.length === 0 ? 'connectivity.consent.noneNamed' : report.consent ? 'connectivity.consent.allowed' : 'connectivity.consent.notAllowed')}</p>
      {report.servers.length > 0 && <ServerList servers={report.servers} />}
      <div className={styles.buttons}><Button onClick={() => openSettings('network')}>{t('connectivity.consent.change')}</Button></div>
      <h3>{t('connectivity.report')}</h3>
      <p className={styles.soft}>{t('connectivity.reportHint')}</p>
      <div className={styles.buttons}>
        <Button icon="copy" onClick={() => void copyReport('text')}>{t('connectivity.copyText')}</Button>
        {canSave ? <Button icon="down" onClick={() => void saveReport()}>{t('connectivity.saveJson')}</Button> : <Button icon="copy" onClick={() => void copyReport('json')}>{t('connectivity.copyJson')}</Button>}
      </div>
    </div>
  );
}
