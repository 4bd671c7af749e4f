// Hands the figures on: as a file in a browser; on the clipboard in the desktop, whose window refuses downloads.
import { useTranslation } from 'react-i18next';
import type { PackageFigures } from '../../../contract/index.ts';
import { copyFigures, saveFigures, type FiguresFormat } from '../../actions/figures.ts';
import { Button } from '../../components/button.tsx';
import { useSession } from '../../stores/session-store.ts';
import styles from './event.module.css';

const formats: readonly FiguresFormat[] = ['json', 'csv'];

export function SaveFigures({ figures: { id, name } }: { figures: PackageFigures }) {
  const { t } = useTranslation();
  const canSave = useSession((state) => state.host?.kind !== 'desktop');
  return (
    <div className={styles.save}>
      <span>{t(canSave ? 'crowd.save' : 'crowd.copy')}</span>
      {formats.map((format) => {
        const shown = format.toUpperCase();
        return canSave
          ? <Button key={format} small icon="down" aria-label={t('crowd.saveAs', { format: shown })} onClick={() => void saveFigures(id, name, format)}>{shown}</Button>
          : <Button key={format} small icon="copy" aria-label={t('crowd.copyAs', { format: shown })} onClick={() => void copyFigures(id, format)}>{shown}</Button>;
      })}
      <span className={styles.soft}>{t('crowd.saveHint')}</span>
    </div>
  );
}
