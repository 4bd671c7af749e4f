// One package in the list: name, swarm bar and speed above; sentence with its action, share and time left below.
import { memo, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageId, PackageSummary } from '../../../contract/index.ts';
import { pause, resume } from '../../actions/packages.ts';
import { selectOnly, selectRange, showDetail, toggleSelected } from '../../actions/view.ts';
import { IconButton } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { SwarmBar } from '../../components/swarm-bar.tsx';
import { formatAbout, formatBytes, formatPercent, formatRate, shareOf } from '../../format.ts';
import { iconOf } from '../../sentences.ts';
import { usePackages } from '../../stores/packages-store.ts';
import { useView } from '../../stores/view-store.ts';
import { SignatureBadge } from '../trust/signature-badge.tsx';
import { PackageMenuButton } from './package-menu.tsx';
import { PackageSentence } from './package-sentence.tsx';
import styles from './package-row.module.css';

/** The short text under the bar. */
export function useProgressText(one: PackageSummary): { short: string; rest: string } {
  const { t } = useTranslation();
  if (!one.hasMetadata) return { short: '', rest: t('library.unknownSize') };
  const share = shareOf(one.bytesDone, one.bytesWanted);
  const size = formatBytes(one.bytesWanted);
  if (share >= 1) return { short: size, rest: '' };
  const eta = one.state.kind === 'downloading' ? formatAbout(one.etaSeconds) : '';
  return { short: formatPercent(share), rest: eta ? t('library.eta', { eta }) : t('library.percent', { size }) };
}

function Speed({ one }: { one: PackageSummary }) {
  const getting = one.state.kind === 'downloading';
  return (
    <>
      <span className={styles.rate}>{getting && <><Icon name="down" size={12} />{formatRate(one.downloadBytesPerSecond)}</>}</span>
      <span className={`${styles.rate} ${styles.soft}`}>
        {one.uploadBytesPerSecond >= 1000 && <><Icon name="up" size={12} />{formatRate(one.uploadBytesPerSecond)}</>}
      </span>
    </>
  );
}

interface RowProps { id: PackageId; index: number; top: number; reachable: boolean; shown: readonly PackageId[] }

export const PackageRow = memo(function PackageRow({ id, index, top, reachable, shown }: RowProps) {
  const { t } = useTranslation();
  const one = usePackages((state) => state.byId.get(id));
  const selected = useView((state) => state.selected.has(id));
  if (!one) return null;
  const click = (event: MouseEvent): void => {
    if (event.shiftKey) selectRange(id, shown);
    else if (event.ctrlKey || event.metaKey) toggleSelected(id);
    else selectOnly(id);
  };
  const inner = reachable ? 0 : -1;
  return (
    <div
      role="row" id={`row-${id}`} data-id={id} aria-rowindex={index + 1} aria-selected={selected} tabIndex={inner} className={styles.row}
      ref={(element) => { if (element) element.style.top = `${top}px`; }} onClick={click}
      onDoubleClick={() => showDetail(id)}
    >
      <div role="gridcell" className={styles.cells}>
        <span className={styles.icon} data-kind={one.state.kind} title={t(`state.${one.state.kind}`)}><Icon name={iconOf(one.state.kind)} /><span className="visually-hidden">{t(`state.${one.state.kind}`)}</span></span>
        <span className={styles.title}><span className={styles.name} title={one.name}>{one.name}</span><SignatureBadge one={one} /></span>
        <PackageSentence one={one} tabIndex={inner} />
        <div className={styles.bar}><SwarmBar facts={one} name={one.name} /></div>
        <ProgressText one={one} />
        <Speed one={one} />
        <span className={styles.buttons} onClick={(event) => event.stopPropagation()} onDoubleClick={(event) => event.stopPropagation()}>
          <IconButton
            className={styles.toggle} tabIndex={inner} icon={one.paused ? 'play' : 'pause'} label={t(one.paused ? 'library.resume' : 'library.pause', { name: one.name })}
            onClick={() => void (one.paused ? resume([id]) : pause([id]))}
          />
          <PackageMenuButton id={id}><IconButton tabIndex={inner} icon="more" label={t('library.more', { name: one.name })} /></PackageMenuButton>
        </span>
      </div>
    </div>
  );
});

function ProgressText({ one }: { one: PackageSummary }) {
  const { short, rest } = useProgressText(one);
  return <span className={styles.progress}>{short}{rest && <span className={styles.rest}>{rest}</span>}</span>;
}
