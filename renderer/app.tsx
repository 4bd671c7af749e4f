// The window: sidebar, the page that is open, detail, and whatever dialog or banner is due.
import { Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { SwarmBarPatterns } from './components/swarm-bar.tsx';
import { NARROW, useMedia } from './components/use-size.ts';
import { ConnectivityBanner } from './features/connectivity/connectivity-banner.tsx';
import { Library } from './features/library/library.tsx';
import { Sidebar } from './features/library/sidebar.tsx';
import { AddDialog, ConnectivityPage, CreatePage, Detail, loadTheRest, MoveDialog, PlayerDialog, PublishersPage, RemoveDialog, SettingsDialog, ShortcutsDialog } from './features/later.ts';
import { Announcer } from './features/shell/announcer.tsx';
import { NoticeBar, NoTokenPage, PasteBanner, ProgramBanner, StateBanner } from './features/shell/banners.tsx';
import { useWindowGestures } from './features/shell/window-keys.ts';
import { useSession } from './stores/session-store.ts';
import { useView } from './stores/view-store.ts';
import styles from './features/shell/shell.module.css';

/** Puts theme and density where the style sheets look for them. */
function useLook(): void {
  const theme = useSession((state) => state.settings?.theme ?? 'system');
  const density = useSession((state) => state.settings?.density ?? 'comfortable');
  const systemIsDark = useMedia('(prefers-color-scheme: dark)');
  useEffect(() => {
    document.documentElement.dataset.theme = theme === 'system' ? (systemIsDark ? 'dark' : 'light') : theme;
    document.documentElement.dataset.density = density;
  }, [theme, density, systemIsDark]);
}

function Dialogs() {
  const dialog = useView((state) => state.dialog);
  switch (dialog.kind) {
    case 'none': return null;
    case 'add': return <AddDialog offer={dialog.offer} />;
    case 'settings': return <SettingsDialog section={dialog.section} />;
    case 'shortcuts': return <ShortcutsDialog />;
    case 'remove': return <RemoveDialog ids={dialog.ids} />;
    case 'move': return <MoveDialog id={dialog.id} />;
    case 'player': return <PlayerDialog id={dialog.id} index={dialog.index} />;
  }
}

export function App() {
  const { t } = useTranslation();
  useLook();
  useEffect(loadTheRest, []);
  const dragging = useWindowGestures();
  const link = useSession((state) => state.link);
  const stale = useSession((state) => state.link === 'lost' || state.core !== 'up');
  const detail = useView((state) => state.detail);
  const page = useView((state) => state.page);
  const narrow = useMedia(NARROW);
  if (link === 'no-token') return <NoTokenPage />;
  return (
    <>
      <SwarmBarPatterns />
      <div className={styles.app} data-stale={stale}>
        <Sidebar />
        <main className={styles.main}>
          <StateBanner />
          <ProgramBanner />
          <PasteBanner />
          {page === 'library' && <ConnectivityBanner />}
          {page === 'library' && !(narrow && detail) && <Library />}
          <Suspense>
            {page === 'connectivity' && <ConnectivityPage />}
            {page === 'publishers' && <PublishersPage />}
            {page === 'create' && <CreatePage />}
            {page === 'library' && detail && <Detail id={detail} page={narrow} />}
          </Suspense>
        </main>
      </div>
      <NoticeBar />
      <Announcer />
      <Suspense><Dialogs /></Suspense>
      {dragging && <div className={styles.drop}>{t('drop.here')}</div>}
    </>
  );
}
