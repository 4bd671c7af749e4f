// The settings: a page for each subject, each change sent as it is made.
import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../contract/index.ts';
import { changeSettings, changeTurtle } from '../../actions/settings.ts';
import { closeDialog } from '../../actions/view.ts';
import { Dialog } from '../../components/dialog.tsx';
import { CheckBox, inputClass, NumberBox, RateBox, Row } from '../../components/field.tsx';
import { clockToMinutes, minutesToClock } from '../../format.ts';
import { useSession } from '../../stores/session-store.ts';
import { usePackages } from '../../stores/packages-store.ts';
import type { SettingsSection } from '../../stores/view-store.ts';
import { NetworkSettings } from '../connectivity/network-settings.tsx';
import { FolderLine } from '../add/folder-line.tsx';
import { DesktopSettings } from './desktop-settings.tsx';
import { GoalBox } from './goal-box.tsx';
import styles from './settings.module.css';

const sections: readonly SettingsSection[] = ['general', 'computer', 'speed', 'sharing', 'network', 'expert'];

function General({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  return (
    <>
      <div className={styles.folder}>
        <div>{t('settings.folder')}</div>
        <FolderLine path={settings.downloadFolder} onChosen={(folder) => void changeSettings({ downloadFolder: folder.handle })} />
        <div className={styles.hint}>{t('settings.folderHint')}</div>
      </div>
      <Row label={t('settings.updates')} hint={t('settings.updatesHint')}>
        {(ids) => (
          <select {...ids} className={inputClass} value={settings.updates} onChange={(event) => void changeSettings({ updates: event.target.value as Settings['updates'] })}>
            {(['offer', 'take'] as const).map((kind) => <option key={kind} value={kind}>{t(`settings.updateKinds.${kind}`)}</option>)}
          </select>
        )}
      </Row>
      <Row label={t('settings.theme')}>
        {(ids) => (
          <select {...ids} className={inputClass} value={settings.theme} onChange={(event) => void changeSettings({ theme: event.target.value as Settings['theme'] })}>
            {(['system', 'light', 'dark'] as const).map((theme) => <option key={theme} value={theme}>{t(`settings.themes.${theme}`)}</option>)}
          </select>
        )}
      </Row>
      <Row label={t('settings.density')}>
        {(ids) => (
          <select {...ids} className={inputClass} value={settings.density} onChange={(event) => void changeSettings({ density: event.target.value as Settings['density'] })}>
            {(['comfortable', 'compact'] as const).map((density) => <option key={density} value={density}>{t(`settings.densities.${density}`)}</option>)}
          </select>
        )}
      </Row>
    </>
  );
}

function Schedule({ schedule }: { schedule: Settings['turtle']['schedule'] }) {
  const { t } = useTranslation();
  const words = (key: string): string[] => t(key, { returnObjects: true }) as unknown as string[];
  const change = (part: Partial<typeof schedule>): void => void changeTurtle({ schedule: { ...schedule, ...part } });
  const clock = (label: string, minutes: number, onMinutes: (minutes: number) => void) => (
    <label className={styles.clock}>
      {label}
      <input
        type="time" className={inputClass} value={minutesToClock(minutes)}
        onChange={(event) => {
          const typed = clockToMinutes(event.target.value);
          if (typed !== null) onMinutes(typed);
        }}
      />
    </label>
  );
  return (
    <>
      <Row label={t('settings.schedule')}>{(ids) => <CheckBox {...ids} checked={schedule.on} onChange={(on) => change({ on })} />}</Row>
      {schedule.on && (
        <div className={styles.schedule}>
          {clock(t('settings.from'), schedule.fromMinute, (fromMinute) => change({ fromMinute }))}
          {clock(t('settings.to'), schedule.toMinute, (toMinute) => change({ toMinute }))}
          <div role="group" aria-label={t('settings.days')} className={styles.days}>
            {[1, 2, 3, 4, 5, 6, 0].map((day) => {
              const on = schedule.days.includes(day);
              return (
                <button
                  key={day} type="button" className={styles.day} aria-pressed={on} title={words('settings.day')[day]}
                  onClick={() => change({ days: on ? schedule.days.filter((one) => one !== day) : [...schedule.days, day].sort() })}
                >
                  {words('settings.dayShort')[day]}
                </button>
              );
            })}
          </div>
        </div>
      )}
    </>
  );
}

function Speed({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const rate = { placeholder: t('settings.noLimit'), unit: t('settings.rateUnit') };
  return (
    <>
      <Row label={t('settings.down')}>{(ids) => <RateBox {...ids} {...rate} value={settings.downBytesPerSecond} onCommit={(value) => void changeSettings({ downBytesPerSecond: value })} />}</Row>
      <Row label={t('settings.up')}>{(ids) => <RateBox {...ids} {...rate} value={settings.upBytesPerSecond} onCommit={(value) => void changeSettings({ upBytesPerSecond: value })} />}</Row>
      <p className={styles.hint}>{t('settings.limitsHint')}</p>
      <h3 className={styles.heading}>{t('settings.slow')}</h3>
      <p className={styles.hint}>{t('settings.slowHint')}</p>
      <Row label={t('settings.slowOn')}>{(ids) => <CheckBox {...ids} checked={settings.turtle.on} onChange={(on) => void changeTurtle({ on })} />}</Row>
      <Row label={t('settings.down')}>{(ids) => <RateBox {...ids} {...rate} value={settings.turtle.downBytesPerSecond} onCommit={(value) => void changeTurtle({ downBytesPerSecond: value })} />}</Row>
      <Row label={t('settings.up')}>{(ids) => <RateBox {...ids} {...rate} value={settings.turtle.upBytesPerSecond} onCommit={(value) => void changeTurtle({ upBytesPerSecond: value })} />}</Row>
      <Schedule schedule={settings.turtle.schedule} />
      <h3 className={styles.heading}>{t('settings.power')}</h3>
      {(['onMetered', 'onBattery'] as const).map((name) => (
        <Row key={name} label={t(`settings.${name}`)}>
          {(ids) => (
            <select {...ids} className={inputClass} value={settings[name]} onChange={(event) => void changeSettings({ [name]: event.target.value })}>
              {(['go-on', 'limit', 'pause'] as const).map((wish) => <option key={wish} value={wish}>{t(`settings.wishes.${wish}`)}</option>)}
            </select>
          )}
        </Row>
      ))}
    </>
  );
}

function Sharing({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  return (
    <>
      <Row label={t('settings.goal')}>{(ids) => <GoalBox {...ids} value={settings.seedingGoal} onChange={(seedingGoal) => void changeSettings({ seedingGoal })} />}</Row>
      <Row label={t('settings.active')} hint={t('settings.activeHint')}>
        {(ids) => <NumberBox {...ids} value={settings.activeDownloads} min={1} max={1000} onCommit={(value) => value !== null && void changeSettings({ activeDownloads: value })} />}
      </Row>
      <Row label={t('settings.slots')} hint={t('settings.slotsHint')}>
        {(ids) => (
          <NumberBox {...ids} value={settings.uploadSlots} min={0} max={1000} mayBeEmpty placeholder={t('settings.automatic')} onCommit={(value) => void changeSettings({ uploadSlots: value })} />
        )}
      </Row>
    </>
  );
}

function Expert({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const listening = usePackages((state) => state.totals?.listenPort ?? 0);
  return (
    <>
      <p className={styles.hint}>{t('settings.expertHint')}</p>
      <Row label={t('settings.port')} hint={listening > 0 ? `${t('settings.portHint')} ${t('settings.listening', { port: listening })}` : t('settings.portHint')}>
        {(ids) => <NumberBox {...ids} value={settings.listenPort} min={0} max={65_535} onCommit={(value) => value !== null && void changeSettings({ listenPort: value })} />}
      </Row>
      <Row label={t('settings.connections')}>
        {(ids) => <NumberBox {...ids} value={settings.maxConnections} min={2} max={5000} onCommit={(value) => value !== null && void changeSettings({ maxConnections: value })} />}
      </Row>
      <h3 className={styles.heading}>{t('settings.find')}</h3>
      {(['dht', 'pex', 'lsd', 'utp'] as const).map((name) => (
        <Row key={name} label={t(`settings.${name}`)} hint={t(`settings.${name}Hint`)}>
          {(ids) => <CheckBox {...ids} checked={settings[name]} onChange={(on) => void changeSettings({ [name]: on })} />}
        </Row>
      ))}
      <h3 className={styles.heading}>{t('settings.addresses')}</h3>
      <Row label={t('settings.allowPrivate')} hint={t('settings.allowPrivateHint')}>
        {(ids) => <CheckBox {...ids} checked={settings.allowPrivate} onChange={(allowPrivate) => void changeSettings({ allowPrivate })} />}
      </Row>
    </>
  );
}

export function SettingsDialog({ section }: { section: SettingsSection }) {
  const { t } = useTranslation();
  const settings = useSession((state) => state.settings);
  const integrates = useSession((state) => state.host?.can.integrate === true);
  const [shown, setShown] = useState(section);
  return (
    <Dialog title={t('settings.title')} description={t('settings.description')} onClose={closeDialog} size="wide">
      {settings && (
        <Tabs.Root value={shown} onValueChange={(value) => setShown(value as SettingsSection)} orientation="vertical" className={styles.root}>
          <Tabs.List className={styles.tabs} aria-label={t('settings.title')}>
            {sections.filter((name) => integrates || name !== 'computer').map((name) => <Tabs.Trigger key={name} value={name} className={styles.tab}>{t(`settings.sections.${name}`)}</Tabs.Trigger>)}
          </Tabs.List>
          <Tabs.Content value="general" className={styles.content}><General settings={settings} /></Tabs.Content>
          {integrates && <Tabs.Content value="computer" className={styles.content}><DesktopSettings settings={settings} /></Tabs.Content>}
          <Tabs.Content value="speed" className={styles.content}><Speed settings={settings} /></Tabs.Content>
          <Tabs.Content value="sharing" className={styles.content}><Sharing settings={settings} /></Tabs.Content>
          <Tabs.Content value="network" className={styles.content}><NetworkSettings settings={settings} /></Tabs.Content>
          <Tabs.Content value="expert" className={styles.content}><Expert settings={settings} /></Tabs.Content>
        </Tabs.Root>
      )}
    </Dialog>
  );
}
