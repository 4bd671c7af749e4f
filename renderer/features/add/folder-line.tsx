// Where files go: a visible line with a way to change it, where the host has one.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { pickFolder, typeFolder, type ChosenFolder } from '../../actions/folders.ts';
import { Button } from '../../components/button.tsx';
import { inputClass } from '../../components/field.tsx';
import { useCan } from '../../stores/session-store.ts';
import styles from './add-dialog.module.css';

export function FolderLine({ path, onChosen }: { path: string; onChosen: (folder: ChosenFolder) => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);

  const pick = async (): Promise<void> => {
    const picked = await pickFolder();
    if (!picked.ok) setProblem(picked.error.message);
    else if (picked.value) onChosen(picked.value);
  };
  const use = async (): Promise<void> => {
    const folder = await typeFolder((typed ?? '').trim());
    if (!folder.ok) return setProblem(folder.error.message);
    setProblem(null);
    setTyped(null);
    onChosen(folder.value);
  };

  return (
    <>
      {typed === null ? (
        <div className={styles.folder}>
          <span className={`${styles.path} selectable`} title={path}>{path}</span>
          {can.pickFolder && <Button small onClick={() => void pick()}>{t('add.change')}</Button>}
          {!can.pickFolder && can.typeFolder && <Button small onClick={() => setTyped(path)}>{t('add.change')}</Button>}
        </div>
      ) : (
        <form className={styles.folder} onSubmit={(event) => { event.preventDefault(); void use(); }}>
          <input
            className={`${inputClass} ${styles.grow}`} aria-label={t('add.folderPath')} value={typed} spellCheck={false} autoFocus
            aria-invalid={problem !== null} onChange={(event) => setTyped(event.target.value)}
          />
          <Button small type="submit">{t('add.use')}</Button>
          <Button small tone="quiet" onClick={() => { setTyped(null); setProblem(null); }}>{t('add.cancel')}</Button>
        </form>
      )}
      {problem && <p role="alert" className={styles.problem}>{problem}</p>}
    </>
  );
}
