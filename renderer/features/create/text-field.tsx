// A labelled field of the form with its hint and, after the first try, what is wrong with it.
import { useId, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { changeDraft } from '../../actions/creation.ts';
import { inputClass } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { problemsOf, type Draft, type Field } from '../../creation-draft.ts';
import { useCreation } from '../../stores/creation-store.ts';
import styles from './create.module.css';

/** What is wrong with a field, in words, from the first try on; what the core said counts at once. */
export function useProblem(): (field: Field) => string | null {
  const { t } = useTranslation();
  const { draft, tried, refused } = useCreation();
  const problems = tried ? problemsOf(draft) : {};
  return (field) => refused[field] ?? (problems[field] ? t(problems[field]) : null);
}

interface Ids { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }

export function Labelled({ label, hint, problem, children, wide }: { label: string; hint?: string | undefined; problem: string | null; children: (ids: Ids) => ReactNode; wide?: boolean | undefined }) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  return (
    <div className={wide ? `${styles.field} ${styles.wide}` : styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': problem !== null, 'aria-describedby': described || undefined })}
      {hint && <div id={`${id}-hint`} className={styles.hint}>{hint}</div>}
      {problem && <div id={`${id}-problem`} className={styles.problem}><Icon name="problem" size={14} />{problem}</div>}
    </div>
  );
}

type TextName = { [K in keyof Draft]: Draft[K] extends string ? K : never }[keyof Draft];

interface TextFieldProps { name: TextName; hint?: string; wide?: boolean; lines?: number; type?: 'text' | 'password' | 'datetime-local'; placeholder?: string; maxLength?: number }

export function TextField({ name, hint, wide, lines, type = 'text', placeholder, maxLength }: TextFieldProps) {
  const { t } = useTranslation();
  const value = useCreation((state) => state.draft[name]);
  const problem = useProblem()(name as Field);
  const common = { className: inputClass, value, placeholder, maxLength, spellCheck: false, autoComplete: 'off' };
  return (
    <Labelled label={t(`create.${name}`)} hint={hint} wide={wide ?? lines !== undefined} problem={problem}>
      {(ids) => (lines
        ? <textarea {...ids} {...common} rows={lines} onChange={(event) => changeDraft({ [name]: event.target.value })} />
        : <input {...ids} {...common} type={type} onChange={(event) => changeDraft({ [name]: event.target.value })} />)}
    </Labelled>
  );
}
