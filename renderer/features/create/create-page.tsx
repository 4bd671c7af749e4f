// Making an event package: folder, what it is, layers, key, and the rest behind "More"; then how far it is, and what came of it.
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { startCreation } from '../../actions/creation.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { Icon } from '../../components/icon.tsx';
import { moreFields, problemsOf } from '../../creation-draft.ts';
import { useCreation } from '../../stores/creation-store.ts';
import { AboutFields, MoreFields } from './about-fields.tsx';
import { CreationResult } from './creation-result.tsx';
import { FolderPart } from './folder-part.tsx';
import { KeyPart } from './key-part.tsx';
import { LayersPart } from './layers-part.tsx';
import { useProblem } from './text-field.tsx';
import frame from '../../components/page.module.css';
import styles from './create.module.css';

function Form() {
  const { t } = useTranslation();
  const state = useCreation();
  const problems = problemsOf(state.draft);
  const count = Object.keys(problems).length;
  const hidden = state.tried && moreFields.some((name) => problems[name]);
  const problemOf = useProblem();
  const form = useRef<HTMLFormElement>(null);
  return (
    <form
      ref={form} noValidate className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        void startCreation().then(() => requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()));
      }}
    >
      <p className={styles.soft}>{t('create.lead')}</p>
      <FolderPart problem={problemOf('folder')} />
      <AboutFields />
      <LayersPart />
      <KeyPart />
      <Disclosure className={styles.more} summary={t('create.more')} open={hidden || undefined}><MoreFields /></Disclosure>
      <div className={styles.foot}>
        {state.failure && <p role="alert" className={styles.problem}><Icon name="problem" />{state.failure}</p>}
        {state.tried && count > 0 && <p role="alert" className={styles.problem}><Icon name="problem" />{t('create.toFix', { count })}</p>}
        <Button type="submit" tone="primary" disabled={state.starting || state.scanning}>{t('create.make')}</Button>
      </div>
    </form>
  );
}

export function CreatePage() {
  const { t } = useTranslation();
  const creation = useCreation((state) => state.creation);
  return (
    <section className={frame.page} aria-label={t('page.create')}>
      <header className={frame.bar}><h2>{t('page.create')}</h2></header>
      <div className={`${frame.body} ${styles.body}`} tabIndex={0} role="region" aria-label={t('create.region')}>
        {creation ? <CreationResult creation={creation} /> : <Form />}
      </div>
    </section>
  );
}
