// The detail of one package: a pane of adjustable height below the list, or a page of its own in a narrow window.
import { Tabs } from 'radix-ui';
import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageId } from '../../../contract/index.ts';
import { setTab, showDetail } from '../../actions/view.ts';
import { IconButton } from '../../components/button.tsx';
import { useDetail } from '../../stores/detail-store.ts';
import { usePackages } from '../../stores/packages-store.ts';
import { useView, type DetailTab } from '../../stores/view-store.ts';
import { EventTab } from '../event/event-tab.tsx';
import { FilesTab } from './files-tab.tsx';
import { Overview } from './overview.tsx';
import { PeopleTab } from './people-tab.tsx';
import { PiecesTab } from './pieces-tab.tsx';
import { TrackersTab } from './trackers-tab.tsx';
import styles from './detail.module.css';

const tabs: readonly DetailTab[] = ['overview', 'together', 'files', 'people', 'pieces', 'trackers'];
const MIN_HEIGHT = 160;
const STEP = 24;
let keptHeight = 320;

/** Room that stays for the list above. */
const maxHeight = (): number => Math.max(MIN_HEIGHT, window.innerHeight - 240);

function Splitter({ height, onHeight }: { height: number; onHeight: (height: number) => void }) {
  const { t } = useTranslation();
  const from = useRef<{ y: number; height: number } | null>(null);
  const set = (wanted: number): void => onHeight(Math.min(maxHeight(), Math.max(MIN_HEIGHT, wanted)));
  const keyDown = (event: KeyboardEvent): void => {
    const by = { ArrowUp: STEP, ArrowDown: -STEP, PageUp: STEP * 5, PageDown: -STEP * 5 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    set(height + by);
  };
  return (
    <div
      role="separator" aria-orientation="horizontal" aria-label={t('detail.resize')} aria-valuenow={height} aria-valuemin={MIN_HEIGHT}
      aria-valuemax={maxHeight()} tabIndex={0} className={styles.splitter} onKeyDown={keyDown}
      onPointerDown={(event: PointerEvent<HTMLDivElement>) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { y: event.clientY, height };
      }}
      onPointerMove={(event) => { if (from.current) set(from.current.height + from.current.y - event.clientY); }}
      onPointerUp={() => { from.current = null; }}
    />
  );
}

export function Detail({ id, page }: { id: PackageId; page: boolean }) {
  const { t } = useTranslation();
  const one = usePackages((state) => state.byId.get(id));
  const detail = useDetail((state) => (state.detail?.id === id ? state.detail : null));
  const tab = useView((state) => state.tab);
  const [height, setHeight] = useState(keptHeight);
  const pane = useRef<HTMLElement>(null);
  const back = useRef<HTMLButtonElement>(null);
  useEffect(() => { keptHeight = height; }, [height]);
  useEffect(() => { if (page) back.current?.focus(); }, [page, id]);
  useEffect(() => { if (pane.current) pane.current.style.height = page ? '' : `${Math.min(height, maxHeight())}px`; }, [height, page]);
  if (!one) return null;
  const close = (): void => {
    showDetail(null);
    requestAnimationFrame(() => document.getElementById(`row-${id}`)?.focus());
  };

  return (
    <>
      {!page && <Splitter height={height} onHeight={setHeight} />}
      <section ref={pane} className={page ? styles.page : styles.pane} aria-label={t('detail.label', { name: one.name })}>
        <Tabs.Root value={tab} onValueChange={(value) => setTab(value as DetailTab)} className={styles.root}>
          <div className={styles.head}>
            {page && <IconButton ref={back} icon="back" label={t('detail.back')} onClick={close} />}
            <h2 className={page ? styles.title : 'visually-hidden'}>{one.name}</h2>
            <Tabs.List className={styles.tabs} aria-label={t('detail.tabs.label')}>
              {tabs.map((name) => <Tabs.Trigger key={name} value={name} className={styles.tab}>{t(`detail.tabs.${name}`)}</Tabs.Trigger>)}
            </Tabs.List>
            {!page && <IconButton icon="close" label={t('detail.close')} onClick={close} className={styles.close} />}
          </div>
          {tabs.map((name) => (
            <Tabs.Content key={name} value={name} className={styles.content}>
              {name === 'overview' && <Overview one={one} detail={detail} />}
              {name === 'together' && <EventTab one={one} detail={detail} />}
              {name !== 'overview' && name !== 'together' && !detail && <p className={styles.soft}>{t('detail.loading')}</p>}
              {name === 'files' && detail && <FilesTab one={one} detail={detail} />}
              {name === 'people' && detail && <PeopleTab id={id} detail={detail} />}
              {name === 'pieces' && detail && <PiecesTab one={one} detail={detail} />}
              {name === 'trackers' && detail && <TrackersTab id={id} detail={detail} />}
            </Tabs.Content>
          ))}
        </Tabs.Root>
      </section>
    </>
  );
}
