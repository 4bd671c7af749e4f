// The sidebar: filters with counts above, speeds, slow mode and settings below.
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { changeTurtle } from '../../actions/settings.ts';
import { openSettings, setFilter, showPage } from '../../actions/view.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import { formatBytes, formatRate } from '../../format.ts';
import { usePackages } from '../../stores/packages-store.ts';
import { useSession } from '../../stores/session-store.ts';
import { filters, useView, type Filter } from '../../stores/view-store.ts';
import { ReachButton } from '../connectivity/reach-button.tsx';
import { countFilters } from './filters.ts';
import logo from '../../../assets/icon.svg';
import styles from './sidebar.module.css';

const icons: Record<Filter, IconName> = { all: 'all', getting: 'down', sharing: 'up', done: 'done', problem: 'problem' };

function Filters() {
  const { t } = useTranslation();
  const byId = usePackages((state) => state.byId);
  const hidden = usePackages((state) => state.hidden);
  const current = useView((state) => (state.page === 'library' ? state.filter : null));
  const counts = useMemo(() => countFilters([...byId.values()].filter((one) => !hidden.has(one.id))), [byId, hidden]);
  return (
    <nav aria-label={t('filter.label')} className={styles.filters}>
      {filters.map((filter) => (
        <button
          key={filter} type="button" className={styles.filter} aria-current={current === filter ? 'true' : undefined} data-filter={filter}
          data-some={counts[filter] > 0} title={t(`filter.${filter}`)} onClick={() => setFilter(filter)}
        >
          <Icon name={icons[filter]} />
          <span className={styles.word}>{t(`filter.${filter}`)}</span>
          <span className={styles.count}>{counts[filter]}</span>
        </button>
      ))}
    </nav>
  );
}

const pages = [['publishers', 'key'], ['create', 'package']] as const;

function Pages() {
  const { t } = useTranslation();
  const current = useView((state) => state.page);
  return (
    <nav aria-label={t('page.label')} className={`${styles.filters} ${styles.pages}`}>
      {pages.map(([page, icon]) => (
        <button
          key={page} type="button" className={styles.filter} aria-current={current === page ? 'page' : undefined} title={t(`page.${page}`)}
          onClick={() => showPage(page)}
        >
          <Icon name={icon} />
          <span className={styles.word}>{t(`page.${page}`)}</span>
        </button>
      ))}
    </nav>
  );
}

function Foot() {
  const { t } = useTranslation();
  const totals = usePackages((state) => state.totals);
  const turtle = useSession((state) => state.settings?.turtle);
  if (!totals || !turtle) return null;
  const bySchedule = totals.turtleActive && !turtle.on;
  return (
    <div className={styles.foot}>
      <ReachButton className={styles.filter} wordClassName={styles.word} />
      <div className={styles.totals}>
        <span title={t('sidebar.down')}><Icon name="down" size={12} /><span className="visually-hidden">{t('sidebar.down')} </span>{formatRate(totals.downloadBytesPerSecond)}</span>
        <span title={t('sidebar.up')}><Icon name="up" size={12} /><span className="visually-hidden">{t('sidebar.up')} </span>{formatRate(totals.uploadBytesPerSecond)}</span>
        <span className={styles.soft}>{t('sidebar.connected', { count: totals.connected })}</span>
        {totals.freeBytes !== null && <span className={styles.soft}>{t('sidebar.free', { size: formatBytes(totals.freeBytes) })}</span>}
      </div>
      <button
        type="button" className={styles.filter} aria-pressed={totals.turtleActive} title={t('sidebar.slow')}
        onClick={() => void changeTurtle({ on: !turtle.on })}
      >
        <Icon name="slow" />
        <span className={styles.word}>{t(bySchedule ? 'sidebar.slowBySchedule' : totals.turtleActive ? 'sidebar.slowOn' : 'sidebar.slow')}</span>
      </button>
      <button type="button" className={styles.filter} title={t('sidebar.settings')} onClick={() => openSettings()}>
        <Icon name="settings" />
        <span className={styles.word}>{t('sidebar.settings')}</span>
      </button>
    </div>
  );
}

export function Sidebar() {
  const { t } = useTranslation();
  return (
    <aside className={styles.sidebar} aria-label={t('app.name')}>
      <h1 className={styles.brand}><img src={logo} alt="" width="24" height="24" /><span className={styles.word}>{t('app.name')}</span></h1>
      <Filters />
      <Pages />
      <Foot />
    </aside>
  );
}
