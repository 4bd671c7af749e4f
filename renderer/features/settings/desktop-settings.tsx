// Settings that only an installed desktop program has: the tray, notifications, starting at login, what opens links and files.
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Integration, Settings } from '../../../contract/index.ts';
import { changeIntegration, changeSettings, loadIntegration } from '../../actions/settings.ts';
import { Button } from '../../components/button.tsx';
import { CheckBox, Row } from '../../components/field.tsx';
import { useSession } from '../../stores/session-store.ts';
import { ProgramUpdateRow } from './program-update-row.tsx';
import styles from './settings.module.css';

const notices = ['ready', 'problem', 'update'] as const;
const kinds = ['magnet', 'flashswarm', 'torrent', 'evpack'] as const satisfies (keyof Integration['opens'])[];

export function DesktopSettings({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const integration = useSession((state) => state.integration);
  const { desktop } = settings;
  useEffect(() => {
    void loadIntegration();
  }, []);
  return (
    <>
      <Row label={t('settings.closeToTray')} hint={t('settings.closeToTrayHint')}>
        {(ids) => <CheckBox {...ids} checked={desktop.closeToTray} onChange={(closeToTray) => void changeSettings({ desktop: { ...desktop, closeToTray } })} />}
      </Row>
      {integration && (
        <Row label={t('settings.startsAtLogin')} hint={t('settings.startsAtLoginHint')}>
          {(ids) => <CheckBox {...ids} checked={integration.startsAtLogin} onChange={(startsAtLogin) => void changeIntegration({ startsAtLogin })} />}
        </Row>
      )}
      <Row label={t('settings.keepAwake')}>
        {(ids) => <CheckBox {...ids} checked={desktop.keepAwake} onChange={(keepAwake) => void changeSettings({ desktop: { ...desktop, keepAwake } })} />}
      </Row>
      <h3 className={styles.heading}>{t('settings.notify')}</h3>
      {notices.map((name) => (
        <Row key={name} label={t(`settings.notices.${name}`)}>
          {(ids) => <CheckBox {...ids} checked={desktop.notify[name]} onChange={(on) => void changeSettings({ desktop: { ...desktop, notify: { ...desktop.notify, [name]: on } } })} />}
        </Row>
      ))}
      {integration && (
        <>
          <h3 className={styles.heading}>{t('settings.opens')}</h3>
          {kinds.map((kind) => (
            <Row key={kind} label={t(`settings.kinds.${kind}`)} hint={t(`settings.openers.${integration.opens[kind]}`)}>
              {(ids) => (integration.opens[kind] === 'us'
                ? <span {...ids} className={styles.hint}>{t('settings.isDefault')}</span>
                : <Button {...ids} onClick={() => void changeIntegration({ opens: [kind] })}>{t('settings.makeDefault')}</Button>)}
            </Row>
          ))}
        </>
      )}
      <ProgramUpdateRow settings={settings} />
    </>
  );
}
