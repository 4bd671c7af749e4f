// The empty library: three ways in, and one sentence on sharing.
import { useTranslation } from 'react-i18next';
import { openAdd } from '../../actions/add.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { openTorrentFile } from '../shell/open-torrent-file.ts';
import logo from '../../../assets/icon.svg';
import styles from './library.module.css';

function Way({ icon, title, hint, onClick }: { icon: IconName; title: string; hint: string; onClick?: () => void }) {
  const inside = (
    <>
      <span className={styles.wayIcon}><Icon name={icon} size={20} /></span>
      <span><span className={styles.wayTitle}>{title}</span><span className={styles.wayHint}>{hint}</span></span>
    </>
  );
  return onClick ? <button type="button" className={styles.way} onClick={onClick}>{inside}</button> : <div className={styles.way}>{inside}</div>;
}

export function EmptyLibrary() {
  const { t } = useTranslation();
  return (
    <div className={styles.empty}>
      <div className={styles.emptyInner}>
        <img src={logo} alt="" width="72" height="72" />
        <h2>{t('empty.title')}</h2>
        <p>{t('empty.lead')}</p>
        <div className={styles.ways}>
          <Way icon="link" title={t('empty.paste')} hint={t('empty.pasteHint')} onClick={openAdd} />
          <Way icon="file" title={t('empty.open')} hint={t('empty.openHint')} onClick={openTorrentFile} />
          <Way icon="drop" title={t('empty.drop')} hint={t('empty.dropHint')} />
        </div>
        <p className={styles.sharing}>{t('empty.sharing')}</p>
      </div>
    </div>
  );
}
