// The key that signs: a secret key file with its password, or a new one.
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { chooseKey, makeKey } from '../../actions/creation.ts';
import { pickFolder, typeFolder, type ChosenFolder } from '../../actions/folders.ts';
import { Button } from '../../components/button.tsx';
import { inputClass } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { useCreation, type NewKey } from '../../stores/creation-store.ts';
import { useCan } from '../../stores/session-store.ts';
import { KeyWords } from '../trust/key-facts.tsx';
import { Labelled, TextField, useProblem } from './text-field.tsx';
import styles from './create.module.css';

function NewKeyMade({ made }: { made: NewKey }) {
  const { t } = useTranslation();
  return (
    <div role="status" className={styles.made}>
      <p className={styles.madeLead}><Icon name="done" />{t('create.keyMade')}</p>
      <p className={`${styles.mono} selectable`}>{made.secretFile}</p>
      <p className={`${styles.mono} selectable`}>{made.publicFile}</p>
      <p>{t('create.keepSafe')}</p>
      <p>{t('create.keyWords')}</p>
      <KeyWords words={made.words} />
    </div>
  );
}

/** Where the new key goes: by the host's dialog or by a typed path. */
function useKeyFolder(): { folder: ChosenFolder | null; path: string; setPath: (path: string) => void; pick: () => Promise<void>; resolve: () => Promise<ChosenFolder | string> } {
  const can = useCan();
  const [folder, setFolder] = useState<ChosenFolder | null>(null);
  const [path, setPath] = useState('');
  return {
    folder, path, setPath,
    pick: async () => {
      const picked = await pickFolder();
      if (picked.ok && picked.value) setFolder(picked.value);
    },
    resolve: async () => {
      if (can.pickFolder && folder) return folder;
      const typed = await typeFolder(path.trim());
      return typed.ok ? typed.value : typed.error.message;
    },
  };
}

function MakeKey({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const can = useCan();
  const where = useKeyFolder();
  const [name, setName] = useState('publisher');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [problem, setProblem] = useState<{ field: 'folder' | 'name' | 'again' | null; words: string } | null>(null);
  const [making, setMaking] = useState(false);
  const of = (field: 'folder' | 'name' | 'again'): string | null => (problem?.field === field ? problem.words : null);
  const make = async (): Promise<void> => {
    setProblem(null);
    if (can.pickFolder ? !where.folder : where.path.trim() === '') return setProblem({ field: 'folder', words: t('create.problem.keyFolder') });
    if (!/^[\w-]{1,60}$/.test(name)) return setProblem({ field: 'name', words: t('create.problem.keyName') });
    if (password !== again) return setProblem({ field: 'again', words: t('create.problem.again') });
    setMaking(true);
    const folder = await where.resolve();
    const failure = typeof folder === 'string' ? null : await makeKey({ folder: folder.handle, name, password: password === '' ? null : password });
    setMaking(false);
    if (typeof folder === 'string') setProblem({ field: 'folder', words: folder });
    else if (failure) setProblem({ field: null, words: failure.message });
    else onDone();
  };
  return (
    <div className={styles.makeKey} role="group" aria-label={t('create.newKey')}>
      <div className={styles.grid}>
        <Labelled label={t('create.keyFolder')} problem={of('folder')}>
          {(ids) => (can.pickFolder
            ? <span className={styles.typed}><Button id={ids.id} aria-describedby={ids['aria-describedby']} onClick={() => void where.pick()}>{t('create.choose')}</Button><span className={styles.path} title={where.folder?.path}>{where.folder?.path}</span></span>
            : <input {...ids} className={inputClass} value={where.path} spellCheck={false} placeholder={t('add.folderPath')} onChange={(event) => where.setPath(event.target.value)} />)}
        </Labelled>
        <Labelled label={t('create.keyName')} hint={t('create.keyNameHint', { name })} problem={of('name')}>
          {(ids) => <input {...ids} className={inputClass} value={name} spellCheck={false} maxLength={60} onChange={(event) => setName(event.target.value)} />}
        </Labelled>
        <Labelled label={t('create.newPassword')} hint={t('create.newPasswordHint')} problem={null}>
          {(ids) => <input {...ids} className={inputClass} type="password" autoComplete="new-password" value={password} onChange={(event) => setPassword(event.target.value)} />}
        </Labelled>
        <Labelled label={t('create.again')} problem={of('again')}>
          {(ids) => <input {...ids} className={inputClass} type="password" autoComplete="new-password" value={again} onChange={(event) => setAgain(event.target.value)} />}
        </Labelled>
      </div>
      {problem?.field === null && <p role="alert" className={styles.problem}><Icon name="problem" size={14} />{problem.words}</p>}
      <p className={styles.hint}>{t('create.keepSafeBefore')}</p>
      <div className={styles.offers}>
        <Button disabled={making} onClick={() => void make()}>{t('create.makeKey')}</Button>
        <Button tone="quiet" onClick={onDone}>{t('add.cancel')}</Button>
      </div>
    </div>
  );
}

export function KeyPart() {
  const { t } = useTranslation();
  const keyFile = useCreation((state) => state.draft.keyFile);
  const newKey = useCreation((state) => state.newKey);
  const problem = useProblem()('key');
  const [making, setMaking] = useState(false);
  return (
    <section className={styles.part} aria-label={t('create.key')}>
      <h3>{t('create.key')}</h3>
      <p className={styles.hint}>{t('create.keyHint')}</p>
      {making ? <MakeKey onDone={() => setMaking(false)} /> : (
        <>
          <div className={styles.keyLine}>
            {keyFile && <span className={styles.keyName}><Icon name="key" /><span className={styles.path} title={keyFile.name}>{keyFile.name}</span></span>}
            <Button aria-describedby={problem ? 'create-key-problem' : undefined} onClick={() => void chooseKey()}>{t(keyFile ? 'create.otherKey' : 'create.chooseKey')}</Button>
            <Button onClick={() => setMaking(true)}>{t('create.newKey')}</Button>
          </div>
          {problem && <p id="create-key-problem" role="alert" className={styles.problem}><Icon name="problem" size={14} />{problem}</p>}
          {newKey && <NewKeyMade made={newKey} />}
          {keyFile && !newKey && <div className={styles.grid}><TextField name="password" type="password" hint={t('create.passwordHint')} /></div>}
        </>
      )}
    </section>
  );
}
