// Newer versions of the program in the settings: whether they are looked for, what is known, and the next step.
import { useTranslation } from 'react-i18next';
import type { ProgramUpdate, Settings } from '../../../contract/index.ts';
import { checkProgramUpdate, installProgramUpdate } from '../../actions/program-update.ts';
import { changeSettings } from '../../actions/settings.ts';
import { Button } from '../../components/button.tsx';
import { CheckBox, Row } from '../../components/field.tsx';
import { formatPercent } from '../../format.ts';
import { useSession } from '../../stores/session-store.ts';
import styles from './settings.module.css';

/** What the button does next; null: there is nothing to do but wait. */
function nextStep({ state, version, installs }: ProgramUpdate): { label: string; run: () => Promise<void> } | null {
  if (state === 'off' || state === 'checking' || state === 'downloading') return null;
  if (state === 'ready') return { label: 'programRestart', run: installProgramUpdate };
  if (version === null) return { label: 'programCheck', run: checkProgramUpdate };
  return { label: installs ? 'programGet' : 'programPage', run: installProgramUpdate };
}

export function ProgramUpdateRow({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const update = useSession((state) => state.programUpdate);
  if (!update) return null;
  const { desktop } = settings;
  const step = nextStep(update);
  const key = update.state === 'none' && update.checkedAt === null ? 'unknown' : update.state;
  const known = t(`settings.programStates.${key}`, { version: update.version, share: formatPercent(update.progress ?? 0) });
  return (
    <>
      <h3 className={styles.heading}>{t('settings.program')}</h3>
      {update.state !== 'off' && (
        <Row label={t('settings.programLook')} hint={t('settings.programLookHint')}>
          {(ids) => <CheckBox {...ids} checked={desktop.update === 'ask'} onChange={(on) => void changeSettings({ desktop: { ...desktop, update: on ? 'ask' : 'off' } })} />}
        </Row>
      )}
      <Row label={known} {...(update.message !== null && { hint: update.message })}>
        {(ids) => (step ? <Button {...ids} onClick={() => void step.run()}>{t(`settings.${step.label}`)}</Button> : <span {...ids} />)}
      </Row>
    </>
  );
}
