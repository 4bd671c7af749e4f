// The library: toolbar, and the list, or what is said when there is nothing to list.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { setFilter, setSearch } from '../../actions/view.ts';
import { Button } from '../../components/button.tsx';
import { usePackages } from '../../stores/packages-store.ts';
import { useView } from '../../stores/view-store.ts';
import { EmptyLibrary } from './empty-library.tsx';
import { idsToShow } from './filters.ts';
import { PackageList } from './package-list.tsx';
import { Toolbar } from './toolbar.tsx';
import styles from './library.module.css';

/** The ids in view; the same array while they stay the same, so that rows need not render anew. */
function useShown(): readonly string[] {
  const byId = usePackages((state) => state.byId);
  const hidden = usePackages((state) => state.hidden);
  const filter = useView((state) => state.filter);
  const search = useView((state) => state.search);
  const key = useMemo(() => idsToShow(byId, filter, search, hidden).join(' '), [byId, filter, search, hidden]);
  return useMemo(() => (key ? key.split(' ') : []), [key]);
}

export function Library() {
  const { t } = useTranslation();
  const shown = useShown();
  const total = usePackages((state) => state.byId.size - [...state.hidden].filter((id) => state.byId.has(id)).length);
  const loaded = usePackages((state) => state.seq >= 0);
  return (
    <section className={styles.library} aria-label={t('library.label')}>
      <Toolbar />
      {!loaded && <p className={styles.nothing}>{t('library.loading')}</p>}
      {loaded && total === 0 && <EmptyLibrary />}
      {loaded && total > 0 && shown.length === 0 && (
        <div className={styles.nothing}>
          <p>{t('library.nothingFound')}</p>
          <Button onClick={() => { setFilter('all'); setSearch(''); }}>{t('library.showAll')}</Button>
        </div>
      )}
      {shown.length > 0 && <PackageList shown={shown} />}
    </section>
  );
}
