// What can be set for one package alone: limits, order, and when sharing ends.
import { useTranslation } from 'react-i18next';
import type { PackageSummary, ServerUse } from '../../../contract/index.ts';
import { setGoal, setLimits, setOrder, setServerUse } from '../../actions/packages.ts';
import { Disclosure } from '../../components/disclosure.tsx';
import { CheckBox, inputClass, RateBox, Row } from '../../components/field.tsx';
import { GoalBox } from '../settings/goal-box.tsx';
import styles from './detail.module.css';

const uses: readonly ServerUse[] = ['start-and-rescue', 'always', 'off'];

export function PackageOptions({ one }: { one: PackageSummary }) {
  const { t } = useTranslation();
  const rate = { placeholder: t('settings.noLimit'), unit: t('settings.rateUnit') };
  return (
    <div className={styles.group}>
      <h3>{t('overview.limits')}</h3>
      <Row label={t('overview.downLimit')}>
        {(ids) => <RateBox {...ids} {...rate} value={one.limits.downBytesPerSecond} onCommit={(downBytesPerSecond) => void setLimits({ id: one.id, downBytesPerSecond })} />}
      </Row>
      <Row label={t('overview.upLimit')}>
        {(ids) => <RateBox {...ids} {...rate} value={one.limits.upBytesPerSecond} onCommit={(upBytesPerSecond) => void setLimits({ id: one.id, upBytesPerSecond })} />}
      </Row>
      <Row label={t('overview.goal')}>
        {(ids) => (
          <GoalBox
            {...ids} value={one.seedingGoal} onChange={(goal) => void setGoal({ id: one.id, goal })}
            onInherit={() => void setGoal({ id: one.id, goal: null })}
          />
        )}
      </Row>
      <Row label={t('overview.inOrder')}>
        {(ids) => <CheckBox {...ids} checked={one.order === 'sequential'} onChange={(on) => void setOrder({ id: one.id, order: on ? 'sequential' : 'rarest' })} />}
      </Row>
      <Disclosure summary={t('overview.server')}>
        <p className={styles.soft}>{t('overview.serverUseHint')}</p>
        <Row label={t('overview.serverUse')}>
          {(ids) => (
            <select {...ids} className={inputClass} value={one.serverUse ?? ''} onChange={(event) => void setServerUse(one.id, event.target.value === '' ? null : event.target.value as ServerUse)}>
              <option value="">{t(one.event ? 'overview.serverUses.publisher' : 'overview.serverUses.usual')}</option>
              {uses.map((use) => <option key={use} value={use}>{t(`overview.serverUses.${use}`)}</option>)}
            </select>
          )}
        </Row>
        <Row label={t('overview.serverLimit')}>
          {(ids) => <RateBox {...ids} {...rate} value={one.limits.serverBytesPerSecond} onCommit={(serverBytesPerSecond) => void setLimits({ id: one.id, serverBytesPerSecond })} />}
        </Row>
      </Disclosure>
    </div>
  );
}
