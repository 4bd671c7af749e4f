// The second level: what happened, the trackers' answers, how the ways of transport compare, and the plots as a table.
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageFigures } from '../../../contract/index.ts';
import { Disclosure } from '../../components/disclosure.tsx';
import { formatClock, formatNumber, formatPercent, formatRate } from '../../format.ts';
import { incidentDetail } from './crowd-words.ts';
import { spread, type Lines } from './plot-data.ts';
import styles from './event.module.css';

const INCIDENTS = 100;
const ROWS = 40;

function Incidents({ incidents }: Pick<PackageFigures, 'incidents'>) {
  const { t } = useTranslation();
  const newest = incidents.slice(-INCIDENTS).reverse();
  if (newest.length === 0) return <p className={styles.soft}>{t('crowd.incidentsNone')}</p>;
  return (
    <>
      {newest.length < incidents.length && <p className={styles.soft}>{t('crowd.incidentsMore', { shown: newest.length, count: incidents.length })}</p>}
      <ol className={styles.incidents}>
        {newest.map((incident, index) => {
          const what = t(`crowd.incident.${incident.kind}`);
          const more = incidentDetail(incident);
          return (
            <li key={`${incident.at} ${incident.kind} ${newest.length - index}`}>
              <time dateTime={new Date(incident.at).toISOString()}>{formatClock(incident.at, true)}</time>
              <span className="selectable">{more === null ? what : t('crowd.incidentDetail', { what, detail: 'key' in more ? t(more.key) : more.words })}</span>
            </li>
          );
        })}
      </ol>
    </>
  );
}

function Table({ label, head, rows }: { label: string; head: readonly string[]; rows: readonly (readonly string[])[] }) {
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={styles.table}>
        <thead><tr>{head.map((name) => <th key={name} scope="col">{name}</th>)}</tr></thead>
        <tbody>{rows.map(([first = '', ...rest]) => <tr key={first}><th scope="row">{first}</th>{rest.map((cell, index) => <td key={head[index + 1]}>{cell}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return <div className={styles.part}><h4>{title}</h4>{children}</div>;
}

function Details({ trackers, transport, skew }: Pick<PackageFigures, 'trackers' | 'transport' | 'skew'>) {
  const { t } = useTranslation();
  const ms = (value: number | null): string => (value === null ? t('crowd.none') : t('crowd.ms', { ms: formatNumber(Math.round(value)) }));
  const ways = (['tcp', 'utp'] as const).map((way) => {
    const name = { tcp: 'TCP', utp: 'uTP' }[way];
    const seen = transport[way];
    return seen ? [name, formatRate(seen.bytesPerSecond), formatPercent(Math.min(1, seen.variation)), t('crowd.times', { count: seen.samples })] : [name, t('crowd.none'), '', ''];
  });
  return (
    <>
      <Part title={t('crowd.trackers')}>
        {trackers.length === 0 ? <p className={styles.soft}>{t('crowd.noTrackers')}</p> : (
          <Table
            label={t('crowd.trackers')} head={[t('crowd.tracker'), t('crowd.answer'), t('crowd.median'), t('crowd.answers'), t('crowd.failures')]}
            rows={trackers.map((one) => [one.host, ms(one.answerMs), ms(one.medianAnswerMs), formatNumber(one.answers), formatNumber(one.failures)])}
          />
        )}
      </Part>
      {skew !== null && <p className={styles.part}>{t('crowd.skew', { percent: formatPercent(skew) })}</p>}
      <Part title={t('crowd.transport')}>
        <p>{t('crowd.preferred', { way: transport.preferred === 'tcp' ? 'TCP' : 'uTP', why: t(`crowd.decided.${transport.decidedBy}`) })}</p>
        <Table label={t('crowd.transport')} head={[t('crowd.way'), t('crowd.speedOf'), t('crowd.variation'), t('crowd.samples')]} rows={ways} />
      </Part>
    </>
  );
}

function Values({ figures, lines }: { figures: PackageFigures; lines: Lines }) {
  const { t } = useTranslation();
  const { points } = figures.history;
  const count = (value: number | undefined): string => formatNumber(Math.round(value ?? 0));
  return (
    <Table
      label={t('crowd.table')}
      head={[t('crowd.time'), t('crowd.fromPeople'), t('crowd.fromServers'), t('crowd.given'), t('crowd.connected'), t('crowd.helping'), t('crowd.rarestCopies')]}
      rows={spread(points.length, ROWS).reverse().map((index) => [
        formatClock(lines.at[index] ?? 0, true), formatRate(lines.people[index] ?? 0), formatRate(lines.server[index] ?? 0), formatRate(lines.given[index] ?? 0),
        count(lines.connected[index]), count(lines.helping[index]), count(points[index]?.rarestCopies),
      ])}
    />
  );
}

/** Drawn while it is open alone: what is behind it changes each second. */
function Level({ summary, content }: { summary: string; content: () => ReactNode }) {
  const [open, setOpen] = useState(false);
  return <Disclosure summary={summary} onToggle={setOpen}>{open && content()}</Disclosure>;
}

export function MoreFigures({ figures, lines }: { figures: PackageFigures; lines: Lines }) {
  const { t } = useTranslation();
  return (
    <div className={styles.more}>
      <Level summary={t('crowd.incidents', { count: figures.incidents.length })} content={() => <Incidents incidents={figures.incidents} />} />
      <Level summary={t('crowd.details')} content={() => <Details trackers={figures.trackers} transport={figures.transport} skew={figures.skew} />} />
      <Level summary={t('crowd.table')} content={() => <Values figures={figures} lines={lines} />} />
    </div>
  );
}
