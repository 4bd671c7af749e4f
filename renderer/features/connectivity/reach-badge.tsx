// How others reach this computer: an icon and a word, never a colour alone.
import { useTranslation } from 'react-i18next';
import type { Reach } from '../../../contract/index.ts';
import { Icon, type IconName } from '../../components/icon.tsx';
import styles from './connectivity.module.css';

export const reachIcons: Record<Reach, IconName> = { open: 'reach-open', moderate: 'reach-moderate', strict: 'reach-strict', blocked: 'reach-blocked', unknown: 'reach-unknown' };

export function ReachBadge({ reach }: { reach: Reach }) {
  const { t } = useTranslation();
  return <span className={styles.badge} data-reach={reach}><Icon name={reachIcons[reach]} />{t(`connectivity.reach.${reach}`)}</span>;
}
