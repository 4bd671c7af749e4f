// What stands above everything: the engine is down, the connection is lost, a pasted link is offered; and the notice below.
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { closeNotice } from '../../actions/notices.ts';
import { offer } from '../../actions/add.ts';
import { installProgramUpdate } from '../../actions/program-update.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useSession } from '../../stores/session-store.ts';
import { useView } from '../../stores/view-store.ts';
import styles from './shell.module.css';

/** How long an engine that starts with the window is not worth a word, which would push everything down and up again. */
const PATIENCE_MS = 800;

function usePatience(): boolean {
  const [patient, setPatient] = useState(true);
  useEffect(() => {
    const timer = setTimeout(() => setPatient(false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return patient;
}

export function StateBanner() {
  const { t } = useTranslation();
  const link = useSession((state) => state.link);
  const core = useSession((state) => state.core);
  const message = useSession((state) => state.coreMessage);
  const patient = usePatience();
  const key = link === 'lost' ? 'banner.lost' : core === 'down' ? 'banner.coreDown' : core === 'starting' && !patient ? 'banner.coreStarting' : null;
  return (
    <div role="status">
      {key && <p className={styles.banner}><Icon name="problem" /><span>{key === 'banner.coreDown' && message ? message : t(key)}</span></p>}
    </div>
  );
}

/** A newer version of the program waits for the restart. */
export function ProgramBanner() {
  const { t } = useTranslation();
  const update = useSession((state) => state.programUpdate);
  if (update?.state !== 'ready') return null;
  const text = t('banner.programReady', { version: update.version });
  return (
    <div className={styles.offer} role="region" aria-label={text}>
      <span>{text}</span>
      <Button tone="primary" small onClick={() => void installProgramUpdate()}>{t('banner.programRestart')}</Button>
    </div>
  );
}

export function PasteBanner() {
  const { t } = useTranslation();
  const pasted = useView((state) => state.pasted);
  if (pasted === null) return null;
  const done = (): void => useView.setState({ pasted: null });
  return (
    <div className={styles.offer} role="region" aria-label={t('paste.offer')}>
      <span>{t('paste.offer')}</span>
      <span className={styles.pasted} title={pasted}>{pasted}</span>
      <Button tone="primary" small autoFocus onClick={() => offer({ source: { kind: 'link', link: pasted }, label: pasted })}>{t('paste.open')}</Button>
      <Button small onClick={done}>{t('paste.no')}</Button>
    </div>
  );
}

export function NoticeBar() {
  const { t } = useTranslation();
  const notice = useView((state) => state.notice);
  return (
    <div role={notice?.tone === 'problem' ? 'alert' : 'status'} className={styles.noticeArea}>
      {notice && (
        <div className={styles.notice} data-tone={notice.tone}>
          {notice.tone === 'problem' && <Icon name="problem" />}
          <span>{notice.text}</span>
          {notice.action && <Button small onClick={notice.action.run}>{notice.action.label}</Button>}
          <IconButton icon="close" label={t('notice.close')} onClick={closeNotice} />
        </div>
      )}
    </div>
  );
}

/** The calm page where the host refuses us for want of its token. */
export function NoTokenPage() {
  const { t } = useTranslation();
  return (
    <main className={styles.page}>
      <h1>{t('banner.noTokenTitle')}</h1>
      <p>{t('banner.noToken')}</p>
    </main>
  );
}
