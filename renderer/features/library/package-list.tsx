// The list of packages: a grid with one roving tab stop that renders only the rows in view.
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageId } from '../../../contract/index.ts';
import { announce, removeKeepingFiles, togglePaused } from '../../actions/packages.ts';
import { openDialog, selectAll, selectNone, selectOnly, selectRange, showDetail, toggleSelected } from '../../actions/view.ts';
import { useSize } from '../../components/use-size.ts';
import { useCan, useSession } from '../../stores/session-store.ts';
import { useView } from '../../stores/view-store.ts';
import { RowContextMenu } from './package-menu.tsx';
import { PackageRow } from './package-row.tsx';
import styles from './library.module.css';

const OVERSCAN = 6;
const rowHeights = { comfortable: 56, compact: 32 };

export function PackageList({ shown }: { shown: readonly PackageId[] }) {
  const { t } = useTranslation();
  const can = useCan();
  const active = useView((state) => state.active);
  const density = useSession((state) => state.settings?.density ?? 'comfortable');
  const rowHeight = rowHeights[density];
  const scroller = useRef<HTMLDivElement>(null);
  const { height } = useSize(scroller);
  const [scrollTop, setScrollTop] = useState(0);
  const [menuFor, setMenuFor] = useState<PackageId | null>(null);

  const activeIndex = active === null ? -1 : shown.indexOf(active);
  const stop = activeIndex >= 0 ? activeIndex : 0;
  const rows = useMemo(() => {
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - OVERSCAN);
    const last = Math.min(shown.length, Math.ceil((scrollTop + Math.max(height, rowHeight)) / rowHeight) + OVERSCAN);
    const indexes = Array.from({ length: Math.max(0, last - first) }, (_, offset) => first + offset);
    if (stop < shown.length && (stop < first || stop >= last)) indexes.push(stop); // the tab stop stays
    return indexes;
  }, [scrollTop, height, rowHeight, shown.length, stop]);

  // The keyboard's row comes into view and, when the list has the focus, gets it.
  useEffect(() => {
    const box = scroller.current;
    if (!box || activeIndex < 0) return;
    const top = activeIndex * rowHeight;
    if (top < box.scrollTop) box.scrollTop = top;
    else if (top + rowHeight > box.scrollTop + box.clientHeight) box.scrollTop = top + rowHeight - box.clientHeight;
    if (box.contains(document.activeElement) && document.activeElement?.getAttribute('role') === 'row') {
      document.getElementById(`row-${shown[activeIndex]}`)?.focus({ preventScroll: true });
    }
  }, [activeIndex, rowHeight, shown, height]);

  const goTo = (index: number, event: KeyboardEvent): void => {
    const id = shown[Math.min(shown.length - 1, Math.max(0, index))];
    if (id === undefined) return;
    event.preventDefault();
    if (event.shiftKey) selectRange(id, shown);
    else if (event.ctrlKey || event.metaKey) useView.setState({ active: id });
    else selectOnly(id);
  };

  const keyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if ((event.target as HTMLElement).getAttribute('role') !== 'row') return; // a button inside a row
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const { selected } = useView.getState();
    const here = shown[stop];
    const chosen = selected.size > 0 ? [...selected] : here ? [here] : [];
    switch (event.key) {
      case 'ArrowDown': return goTo(activeIndex + 1, event);
      case 'ArrowUp': return goTo(stop - 1, event);
      case 'PageDown': return goTo(stop + page, event);
      case 'PageUp': return goTo(stop - page, event);
      case 'Home': return goTo(0, event);
      case 'End': return goTo(shown.length - 1, event);
      case 'Escape': return selectNone();
      case ' ': {
        event.preventDefault();
        if (event.ctrlKey && here) toggleSelected(here);
        else if (chosen.length > 0) void togglePaused(chosen);
        return;
      }
      case 'Enter': {
        event.preventDefault(); // or the key would press the button that gets the focus
        if (!here) return;
        if (selected.size === 0) selectOnly(here);
        return showDetail(here);
      }
      case 'F5': {
        event.preventDefault();
        if (chosen.length > 0) void announce(chosen);
        return;
      }
      case 'Delete': case 'Backspace': {
        if (event.shiftKey && can.trash) openDialog({ kind: 'remove', ids: chosen });
        else if (event.key === 'Delete') removeKeepingFiles(chosen);
        return;
      }
      case 'a': case 'A': {
        if (!event.ctrlKey && !event.metaKey) return;
        event.preventDefault();
        return selectAll(shown);
      }
    }
  };

  const rowOf = (event: MouseEvent): PackageId | null =>
    (event.target as HTMLElement).closest<HTMLElement>('[data-id]')?.dataset.id ?? null;

  return (
    <RowContextMenu id={menuFor}>
      <div
        ref={scroller} role="grid" aria-label={t('library.label')} aria-multiselectable="true" aria-rowcount={shown.length} className={styles.list}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)} onKeyDown={keyDown}
        onContextMenuCapture={(event) => {
          const id = rowOf(event);
          setMenuFor(id);
          if (id && !useView.getState().selected.has(id)) selectOnly(id);
        }}
      >
        <div role="presentation" className={styles.rows} ref={(element) => { if (element) element.style.height = `${shown.length * rowHeight}px`; }}>
          {rows.map((index) => {
            const id = shown[index] as PackageId;
            return <PackageRow key={id} id={id} index={index} top={index * rowHeight} reachable={index === stop} shown={shown} />;
          })}
        </div>
      </div>
    </RowContextMenu>
  );
}
