// Asks for a folder by its path, where the host has no folder dialog, and moves the files of a package there.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageId } from '../../../contract/index.ts';
import { typeFolder } from '../../actions/folders.ts';
import { moveFiles } from '../../actions/packages.ts';
import { closeDialog } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { inputClass } from '../../components/field.tsx';
import { usePackages } from '../../stores/packages-store.ts';
import styles from '../add/add-dialog.module.css';

export function MoveDialog({ id }: { id: PackageId }) {
  const { t } = useTranslation();
  const one = usePackages((state) => state.byId.get(id));
  const [path, setPath] = useState(one?.folder ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const move = async (): Promise<void> => {
    const folder = await typeFolder(path.trim());
    if (!folder.ok) return setProblem(folder.error.message);
    closeDialog();
    await moveFiles(id, folder.value.handle);
  };
  return (
    <Dialog
      title={t('move.title')} description={t('move.description', { name: one?.name ?? '' })} describe onClose={closeDialog}
      foot={
        <>
          <Button tone="quiet" onClick={closeDialog}>{t('move.cancel')}</Button>
          <Button tone="primary" disabled={path.trim() === ''} onClick={() => void move()}>{t('move.confirm')}</Button>
        </>
      }
    >
      <form className={styles.link} onSubmit={(event) => { event.preventDefault(); void move(); }}>
        <input
          className={`${inputClass} ${styles.grow}`} aria-label={t('move.path')} value={path} spellCheck={false} aria-invalid={problem !== null}
          onChange={(event) => setPath(event.target.value)}
        />
      </form>
      {problem && <p role="alert" className={styles.problem}>{problem}</p>}
    </Dialog>
  );
}
