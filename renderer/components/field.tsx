// Rows of a form: a label with a hint on the left, a control on the right; and number boxes that send when they are left.
import { useEffect, useId, useState, type ReactNode } from 'react';
import styles from './field.module.css';

export const inputClass = styles.input ?? '';

/** A labelled row. `children` gets the ids that tie its control to the label and the hint. */
export function Row({ label, hint, children }: { label: string; hint?: string; children: (ids: { id: string; 'aria-describedby'?: string }) => ReactNode }) {
  const id = useId();
  const ids = hint ? { id, 'aria-describedby': `${id}-hint` } : { id };
  return (
    <div className={styles.row}>
      <div className={styles.label}>
        <label htmlFor={id}>{label}</label>
        {hint && <div id={`${id}-hint`} className={styles.hint}>{hint}</div>}
      </div>
      <div className={styles.control}>{children(ids)}</div>
    </div>
  );
}

interface NumberBoxProps {
  id?: string;
  'aria-label'?: string;
  'aria-describedby'?: string;
  value: number | null;
  min: number;
  max: number;
  step?: number;
  placeholder?: string;
  unit?: string;
  /** Called when the box is left or Enter is pressed, with a number in range; null only where empty means something. */
  onCommit: (value: number | null) => void;
  mayBeEmpty?: boolean;
}

export function NumberBox({ value, min, max, step = 1, placeholder, unit, onCommit, mayBeEmpty = false, ...ids }: NumberBoxProps) {
  const shown = value === null ? '' : String(value);
  const [typed, setTyped] = useState(shown);
  useEffect(() => setTyped(shown), [shown]);
  const commit = (): void => {
    if (typed === shown) return;
    const number = Number(typed);
    if (typed.trim() === '' || !Number.isFinite(number)) {
      if (mayBeEmpty && typed.trim() === '') onCommit(null);
      else setTyped(shown);
      return;
    }
    const kept = Math.min(max, Math.max(min, step >= 1 ? Math.round(number) : number));
    setTyped(String(kept));
    onCommit(kept);
  };
  return (
    <>
      <input
        {...ids} className={`${styles.input} ${styles.number}`} type="number" inputMode="decimal" min={min} max={max} step={step >= 1 ? step : 'any'}
        placeholder={placeholder} value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
      {unit && <span className={styles.unit}>{unit}</span>}
    </>
  );
}

/** A limit in megabytes a second; empty: none. */
export function RateBox({ value, onCommit, ...rest }: { id?: string; 'aria-label'?: string; value: number | null; placeholder: string; unit: string; onCommit: (bytesPerSecond: number | null) => void }) {
  return (
    <NumberBox
      {...rest} value={value === null ? null : Math.round(value / 10_000) / 100} min={0.01} max={100_000} step={0.1} mayBeEmpty
      onCommit={(megabytes) => onCommit(megabytes === null ? null : Math.max(1024, Math.round(megabytes * 1_000_000)))}
    />
  );
}

/** A check box in a target that is large enough. */
export function CheckBox({ checked, mixed = false, onChange, ...ids }: { id?: string; 'aria-label'?: string; 'aria-describedby'?: string | undefined; disabled?: boolean; checked: boolean; mixed?: boolean; onChange: (checked: boolean) => void }) {
  return (
    <span className={styles.check}>
      <input
        {...ids} type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)}
        ref={(element) => { if (element) element.indeterminate = mixed; }}
      />
    </span>
  );
}
