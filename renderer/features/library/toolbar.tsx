// The bar above the list: search and Add.
import { useTranslation } from 'react-i18next';
import { openAdd } from '../../actions/add.ts';
import { setSearch } from '../../actions/view.ts';
import { Button, IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { useView } from '../../stores/view-store.ts';
import styles from './library.module.css';

export function Toolbar() {
  const { t } = useTranslation();
  const search = useView((state) => state.search);
  return (
    <div className={styles.toolbar}>
      <div className={styles.search}>
        <Icon name="search" />
        <input
          id="search" type="text" role="searchbox" aria-label={t('library.search')} placeholder={t('library.search')} value={search} spellCheck={false}
          onChange={(event) => setSearch(event.target.value)} onKeyDown={(event) => event.key === 'Escape' && setSearch('')}
        />
        {search && <IconButton icon="close" label={t('library.clearSearch')} onClick={() => setSearch('')} />}
      </div>
      <Button tone="primary" icon="plus" onClick={openAdd}>{t('library.add')}</Button>
    </div>
  );
}
