// The state of the way to others, small, for the sidebar; opens its page.
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { loadConnectivity, openConnectivity } from '../../actions/connectivity.ts';
import { Icon } from '../../components/icon.tsx';
import { useConnectivity } from '../../stores/connectivity-store.ts';
import { useSession } from '../../stores/session-store.ts';
import { useView } from '../../stores/view-store.ts';
import { reachIcons } from './reach-badge.tsx';

export function ReachButton({ className, wordClassName }: { className: string | undefined; wordClassName: string | undefined }) {
  const { t } = useTranslation();
  const link = useSession((state) => state.link);
  const core = useSession((state) => state.core);
  const reach = useConnectivity((state) => state.report?.verdict.reach ?? 'unknown');
  const run = useConnectivity((state) => state.report?.state ?? 'never');
  const current = useView((state) => state.page === 'connectivity');
  // Asked for again after every gap, as a restarted core has forgotten the run.
  useEffect(() => {
    if (link === 'open' && core === 'up') void loadConnectivity();
  }, [link, core]);
  const word = t(reach === 'unknown' && run !== 'never' ? `connectivity.sidebar.${run}` : `connectivity.sidebar.${reach}`);
  return (
    <button type="button" className={className} aria-current={current ? 'page' : undefined} title={t('connectivity.sidebar.hint', { state: word })} data-reach={reach} onClick={openConnectivity}>
      <Icon name={reachIcons[reach]} />
      <span className={wordClassName}>{word}</span>
    </button>
  );
}
