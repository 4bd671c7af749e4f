// When sharing ends: never, at a ratio, after a time; for one package also "as in the settings".
import { useTranslation } from 'react-i18next';
import type { SeedingGoal } from '../../../contract/index.ts';
import { inputClass, NumberBox } from '../../components/field.tsx';

type Kind = SeedingGoal['kind'] | 'settings';
const initial: Record<SeedingGoal['kind'], SeedingGoal> = {
  none: { kind: 'none' }, ratio: { kind: 'ratio', ratio: 2 }, time: { kind: 'time', minutes: 24 * 60 },
};

interface GoalBoxProps {
  id: string;
  'aria-describedby'?: string;
  value: SeedingGoal | null;
  onChange: (goal: SeedingGoal) => void;
  /** Given where "as in the settings" can be chosen. */
  onInherit?: () => void;
}

export function GoalBox({ value: goal, onChange, onInherit, ...ids }: GoalBoxProps) {
  const { t } = useTranslation();
  const kinds: Kind[] = onInherit ? ['settings', 'none', 'ratio', 'time'] : ['none', 'ratio', 'time'];
  return (
    <>
      <select
        {...ids} className={inputClass} value={goal?.kind ?? 'settings'}
        onChange={(event) => {
          const kind = event.target.value as Kind;
          if (kind === 'settings') onInherit?.();
          else onChange(initial[kind]);
        }}
      >
        {kinds.map((kind) => <option key={kind} value={kind}>{t(`settings.goals.${kind}`)}</option>)}
      </select>
      {goal?.kind === 'ratio' && (
        <NumberBox aria-label={t('settings.ratio')} value={goal.ratio} min={0} max={1000} step={0.1} onCommit={(ratio) => ratio !== null && onChange({ kind: 'ratio', ratio })} />
      )}
      {goal?.kind === 'time' && (
        <NumberBox
          aria-label={t('settings.minutes')} value={Math.round(goal.minutes / 6) / 10} min={0} max={8760} step={0.1} unit="h"
          onCommit={(hours) => hours !== null && onChange({ kind: 'time', minutes: Math.round(hours * 60) })}
        />
      )}
    </>
  );
}
