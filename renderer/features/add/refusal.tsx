// Why an event package was refused: a title of its own for each reason, the core's sentence, and what can be done.
import { useTranslation } from 'react-i18next';
import type { Preview } from '../../../contract/index.ts';
import { installKeyAndLook } from '../../actions/add.ts';
import { pickFile } from '../../actions/pick-file.ts';
import { Button } from '../../components/button.tsx';
import { Icon, type IconName } from '../../components/icon.tsx';
import styles from './add-dialog.module.css';

const icons: Record<string, IconName> = {
  rollback: 'back', 'bad-signature': 'refused', 'key-revoked': 'refused', 'wrong-key': 'key', expired: 'clock', 'bad-package': 'problem', 'needs-newer-client': 'up',
  'key-needed': 'key', 'not-a-package': 'file',
};

/** Whether this reason has a title of its own. */
export const isRefusal = (code: string | undefined): boolean => code !== undefined && Object.hasOwn(icons, code);

export function Refusal({ error, id }: { error: NonNullable<Preview['error']>; id: string }) {
  const { t } = useTranslation();
  const choose = async (): Promise<void> => {
    const file = await pickFile('public-key');
    if (file) await installKeyAndLook(file.source);
  };
  return (
    <section id={id} role="alert" className={styles.refusal}>
      <Icon name={icons[error.code] ?? 'problem'} size={20} />
      <div>
        <h3>{t(`refusal.${error.code}`)}</h3>
        <p>{error.message}</p>
        {error.code === 'key-needed' && <Button icon="key" onClick={() => void choose()}>{t('refusal.choosePub')}</Button>}
      </div>
    </section>
  );
}
