// The settings of the way to others: help from the router, yielding to the household, and which servers may be asked.
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../contract/index.ts';
import { changeServers, setConsent } from '../../actions/connectivity.ts';
import { changeSettings } from '../../actions/settings.ts';
import { Button } from '../../components/button.tsx';
import { CheckBox, inputClass, Row } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { isServerAddress, mostServers, parseServerLines, type ServerKind } from './server-lines.ts';
import styles from './network-settings.module.css';

function ServerLines({ kind, list }: { kind: ServerKind; list: readonly string[] }) {
  const { t } = useTranslation();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<{ key: string; line: string } | null>(null);
  const commit = async (): Promise<void> => {
    if (typed === null) return;
    const parsed = parseServerLines(kind, typed);
    setProblem(parsed.ok ? null : parsed);
    if (parsed.ok && await changeServers({ [kind]: parsed.list })) setTyped(null);
  };
  return (
    <div className={styles.lines}>
      <label htmlFor={id}>{t(`connectivity.servers.${kind}`)}</label>
      <textarea
        id={id} className={inputClass} rows={2} spellCheck={false} autoComplete="off" value={typed ?? list.join('\n')} aria-invalid={problem !== null}
        aria-describedby={`${id}-hint${problem ? ` ${id}-problem` : ''}`} onChange={(event) => setTyped(event.target.value)} onBlur={() => void commit()}
      />
      <div id={`${id}-hint`} className={styles.soft}>{t(`connectivity.servers.${kind}Hint`)}</div>
      {problem && <div id={`${id}-problem`} role="alert" className={styles.problem}><Icon name="problem" size={14} />{t(problem.key, { line: problem.line })}</div>}
    </div>
  );
}

type Turn = Settings['diagnosis']['servers']['turn'][number];
const noTurn: Turn = { address: '', username: '', password: '' };

function TurnServers({ list }: { list: readonly Turn[] }) {
  const { t } = useTranslation();
  const [added, setAdded] = useState<Turn>(noTurn);
  const [wrong, setWrong] = useState(false);
  const problem = useId();
  const add = async (): Promise<void> => {
    const address = added.address.trim();
    const isRight = address !== '' && isServerAddress(address);
    setWrong(!isRight);
    if (isRight && await changeServers({ turn: [...list, { ...added, address }] })) setAdded(noTurn);
  };
  const field = (name: keyof Turn, type: 'text' | 'password' = 'text') => (
    <label className={styles.turnField}>
      {t(`connectivity.servers.turnFields.${name}`)}
      <input
        type={type} className={inputClass} maxLength={name === 'address' ? 300 : 200} autoComplete="off" spellCheck={false} value={added[name]}
        aria-invalid={name === 'address' && wrong} aria-describedby={name === 'address' && wrong ? problem : undefined}
        onChange={(event) => setAdded({ ...added, [name]: event.target.value })}
      />
    </label>
  );
  return (
    <div className={styles.lines} role="group" aria-label={t('connectivity.servers.turn')}>
      <div>{t('connectivity.servers.turn')}</div>
      <div className={styles.soft}>{t('connectivity.servers.turnHint')}</div>
      <ul className={styles.turns}>
        {list.map((one, index) => (
          <li key={`${one.address} ${one.username}`}>
            <span className="selectable">{one.address}{one.username && `, ${one.username}`}</span>
            <Button small aria-label={t('connectivity.servers.removeOf', { address: one.address })} onClick={() => void changeServers({ turn: list.filter((_, at) => at !== index) })}>{t('connectivity.servers.remove')}</Button>
          </li>
        ))}
      </ul>
      {list.length < mostServers.turn && (
        <div className={styles.turn}>
          {field('address')}{field('username')}{field('password', 'password')}
          <Button onClick={() => void add()}>{t('connectivity.servers.add')}</Button>
        </div>
      )}
      {wrong && <div id={problem} role="alert" className={styles.problem}><Icon name="problem" size={14} />{t('connectivity.servers.wrong.address', { line: added.address })}</div>}
    </div>
  );
}

export function NetworkSettings({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const { consent, servers } = settings.diagnosis;
  return (
    <>
      <Row label={t('connectivity.settings.portMapping')} hint={t('connectivity.settings.portMappingHint')}>
        {(ids) => <CheckBox {...ids} checked={settings.portMapping} onChange={(portMapping) => void changeSettings({ portMapping })} />}
      </Row>
      <Row label={t('connectivity.settings.latencyGuard')} hint={t('connectivity.settings.latencyGuardHint')}>
        {(ids) => <CheckBox {...ids} checked={settings.latencyGuard} onChange={(latencyGuard) => void changeSettings({ latencyGuard })} />}
      </Row>
      <Row label={t('connectivity.settings.consent')} hint={t('connectivity.settings.consentHint')}>
        {(ids) => <CheckBox {...ids} checked={consent} onChange={(on) => void setConsent(on)} />}
      </Row>
      <h3 className={styles.settingsHeading}>{t('connectivity.servers.title')}</h3>
      <p className={styles.soft}>{t('connectivity.servers.hint')}</p>
      {(['stun', 'probe', 'portal'] as const).map((kind) => <ServerLines key={kind} kind={kind} list={servers[kind]} />)}
      <TurnServers list={servers.turn} />
    </>
  );
}
