// The evidence: every check with its sentence, its outcome, how long it took and what was measured.
import { useTranslation } from 'react-i18next';
import type { Check } from '../../../contract/index.ts';
import { cancelChecks } from '../../actions/connectivity.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import { formatDate, formatNumber } from '../../format.ts';
import { text } from '../../i18n.ts';
import { sentencesOf } from './verdict-words.ts';
import styles from './connectivity.module.css';

type Sign = Check['outcome'] | 'running' | 'waiting';
const icons: Record<Sign, IconName> = { ok: 'done', problem: 'close', warning: 'problem', unknown: 'reach-unknown', 'not-applicable': 'none', running: 'clock', waiting: 'clock' };
const signOf = ({ state, outcome }: Check): Sign => (state === 'running' || state === 'waiting' ? state : state === 'done' ? outcome : 'not-applicable');

/** A fact as words: units from its name, moments as dates. */
function factWords(name: string, value: string | number | boolean | null): string {
  if (value === null || value === '') return text('connectivity.fact.notKnown');
  if (typeof value === 'boolean') return text(value ? 'connectivity.fact.yes' : 'connectivity.fact.no');
  if (typeof value === 'string') return value;
  if (name.endsWith('At')) return formatDate(value);
  if (name.endsWith('Ms')) return text('connectivity.fact.ms', { value: formatNumber(value, value < 10 ? 1 : 0) });
  return name.endsWith('Mtu') ? text('connectivity.fact.bytes', { value }) : String(value);
}

function CheckRow({ check }: { check: Check }) {
  const { t } = useTranslation();
  const sign = signOf(check);
  const facts = Object.entries(check.facts);
  const title = t(`connectivity.check.${check.id}.title`);
  return (
    <li className={styles.check}>
      <span className={styles.sign} data-outcome={sign}><Icon name={icons[sign]} /></span>
      <div className={styles.checkWords}>
        <h4>
          {title}
          <span className={styles.outcome}>{t(`connectivity.outcome.${check.state === 'done' ? check.outcome : check.state}`)}{check.tookMs !== null && `, ${t('connectivity.took', { seconds: formatNumber(check.tookMs / 1000, 1) })}`}</span>
        </h4>
        <p>{t(sentencesOf(check))}</p>
        {facts.length > 0 && (
          <Disclosure summary={<>{t('connectivity.facts')}<span className="visually-hidden"> {title}</span></>}>
            <dl className={`${styles.facts} selectable`}>
              {facts.map(([name, value]) => <div key={name}><dt>{t(`connectivity.fact.${name}`, { defaultValue: name })}</dt><dd>{factWords(name, value)}</dd></div>)}
              {check.startedAt !== null && <div><dt>{t('connectivity.fact.startedAt')}</dt><dd>{formatDate(check.startedAt)}</dd></div>}
            </dl>
          </Disclosure>
        )}
      </div>
      {check.state === 'running' && <Button small aria-label={t('connectivity.cancelOf', { title })} onClick={() => void cancelChecks(check.id)}>{t('connectivity.cancel')}</Button>}
    </li>
  );
}

export function CheckList({ checks }: { checks: readonly Check[] }) {
  return <ul className={styles.checks}>{checks.map((check) => <CheckRow key={check.id} check={check} />)}</ul>;
}
