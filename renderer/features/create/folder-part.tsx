// The folder that becomes a package: chosen in a dialog or typed, and what is in it.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseContent } from '../../actions/creation.ts';
import { pickFolder, typeFolder } from '../../actions/folders.ts';
import { Button } from '../../components/button.tsx';
import { Disclosure } from '../../components/disclosure.tsx';
import { inputClass } from '../../components/field.tsx';
import { FileTree } from '../../components/file-tree.tsx';
import { Icon } from '../../components/icon.tsx';
import { formatBytes, formatNumber } from '../../format.ts';
import { useCreation } from '../../stores/creation-store.ts';
import { useCan } from '../../stores/session-store.ts';
import styles from './create.module.css';

export function FolderPart({ problem }: { problem: string | null }) {
  const { t } = useTranslation();
  const can = useCan();
  const { folder, scan } = useCreation((state) => state.draft);
  const scanning = useCreation((state) => state.scanning);
  const scanFailure = useCreation((state) => state.scanFailure);
  const [typed, setTyped] = useState('');
  const [message, setMessage] = useState<string | null>(null);

  const pick = async (): Promise<void> => {
    const picked = await pickFolder();
    setMessage(picked.ok ? null : picked.error.message);
    if (picked.ok && picked.value) await chooseContent(picked.value);
  };
  const type = async (): Promise<void> => {
    const found = await typeFolder(typed.trim());
    setMessage(found.ok ? null : found.error.message);
    if (found.ok) await chooseContent(found.value);
  };
  const wrong = message ?? scanFailure ?? problem;

  return (
    <section className={styles.part} aria-label={t('create.folder')}>
      <h3>{t('create.folder')}</h3>
      <div className={styles.drop} data-filled={folder !== null}>
        <Icon name="folder" size={20} />
        {folder ? (
          <span className={styles.chosen}>
            <span className={`${styles.path} selectable`} title={folder.path}>{folder.path}</span>
            {scan && <span className={styles.soft}>{t('create.found', { count: scan.fileCount, number: formatNumber(scan.fileCount), size: formatBytes(scan.bytesTotal) })}</span>}
            {scanning && <span role="status" className={styles.soft}>{t('create.scanning')}</span>}
          </span>
        ) : <span className={styles.chosen}>{t(can.pickFolder ? 'create.chooseLead' : 'create.typeLead')}</span>}
        {can.pickFolder && <Button onClick={() => void pick()}>{t(folder ? 'create.chooseOther' : 'create.choose')}</Button>}
        {!can.pickFolder && can.typeFolder && (
          <span className={styles.typed}>
            <input
              className={inputClass} aria-label={t('add.folderPath')} placeholder={t('add.folderPath')} value={typed} spellCheck={false} aria-invalid={wrong !== null}
              aria-describedby={wrong === null ? undefined : 'create-folder-problem'} onChange={(event) => setTyped(event.target.value)}
              onKeyDown={(event) => { if (event.key === 'Enter') { event.preventDefault(); void type(); } }}
            />
            <Button disabled={typed.trim() === ''} onClick={() => void type()}>{t('create.look')}</Button>
          </span>
        )}
      </div>
      {wrong && <p id="create-folder-problem" role="alert" className={styles.problem}><Icon name="problem" size={14} />{wrong}</p>}
      {scan && scan.files.length > 0 && (
        <Disclosure summary={t('create.showFiles')}>
          <div className={styles.tree}>
            <FileTree files={scan.files.map((file, index) => ({ ...file, index }))} label={t('create.fileTree')} />
            {scan.fileCount > scan.files.length && <p className={styles.soft}>{t('create.onlyFirst', { count: scan.files.length, number: formatNumber(scan.files.length) })}</p>}
          </div>
        </Disclosure>
      )}
    </section>
  );
}
