// The list of keys, on `?`.
import { useTranslation } from 'react-i18next';
import { closeDialog } from '../../actions/view.ts';
import { Dialog } from '../../components/dialog.tsx';
import { useCan } from '../../stores/session-store.ts';
import styles from './shell.module.css';

const isMac = /mac/i.test(navigator.platform);
const mod = isMac ? '⌘' : 'Ctrl';

export function ShortcutsDialog() {
  const { t } = useTranslation();
  const can = useCan();
  const keys: [string, string[]][] = [
    ['openFile', [mod, 'O']], ['openLink', [mod, 'U']], ['search', [mod, 'F']], ['settings', [mod, ',']], ['move', ['↑', '↓', 'Home', 'End']],
    ['toggle', ['Space']], ['detail', ['Enter']], ['remove', ['Delete']], ...(can.trash ? [['removeFiles', ['Shift', 'Delete']] as [string, string[]]] : []),
    ['all', [mod, 'A']], ['announce', ['F5']], ['close2', ['Esc']], ['help', ['?']],
  ];
  return (
    <Dialog title={t('shortcuts.title')} description={t('shortcuts.description')} size="narrow" textOnly onClose={closeDialog}>
      <dl className={styles.keys}>
        {keys.map(([name, combination]) => (
          <div key={name}>
            <dt>{t(`shortcuts.${name}`)}</dt>
            <dd>{combination.map((key) => <kbd key={key}>{key}</kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
