// What can be done to packages, as the context menu of a row and as the menu behind its button.
import { ContextMenu, DropdownMenu } from 'radix-ui';
import { Fragment, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { PackageId, PackageSummary } from '../../../contract/index.ts';
import * as act from '../../actions/packages.ts';
import { openDialog, showDetail } from '../../actions/view.ts';
import { usePackages } from '../../stores/packages-store.ts';
import { useCan, type HostInfo } from '../../stores/session-store.ts';
import { useView } from '../../stores/view-store.ts';
import styles from './package-menu.module.css';

interface Entry { key: string; run: () => void; group: number; danger?: boolean; keys?: string; checked?: boolean }

/** The entries for these packages on this host; what cannot work is left out. */
function entriesFor(all: PackageSummary[], can: HostInfo['can']): Entry[] {
  const ids = all.map((one) => one.id);
  const [first] = all;
  if (!first) return [];
  const single = all.length === 1;
  const entries: (Entry | false)[] = [
    all.some((one) => one.paused) && { key: 'resume', group: 0, run: () => void act.resume(ids), keys: 'Space' },
    all.some((one) => !one.paused) && { key: 'pause', group: 0, run: () => void act.pause(ids), keys: 'Space' },
    single && { key: 'details', group: 0, run: () => showDetail(first.id), keys: 'Enter' },
    single && can.openFolder && { key: 'openFolder', group: 1, run: () => void act.openFolder(first.id) },
    single && { key: 'copyMagnet', group: 1, run: () => void act.copyMagnet(first.id) },
    { key: 'announce', group: 2, run: () => void act.announce(ids), keys: 'F5' },
    all.every((one) => one.hasMetadata) && { key: 'recheck', group: 2, run: () => void act.recheck(ids) },
    single && first.state.kind !== 'seeding' && first.state.kind !== 'complete' && {
      key: 'inOrder', group: 2, checked: first.order === 'sequential',
      run: () => void act.setOrder({ id: first.id, order: first.order === 'sequential' ? 'rarest' : 'sequential' }),
    },
    single && first.state.kind === 'queued' && { key: 'front', group: 2, run: () => void act.moveToFront(first.id) },
    single && (can.pickFolder || can.typeFolder) && {
      key: 'move', group: 2, run: () => (can.pickFolder ? void act.pickAndMove(first.id) : openDialog({ kind: 'move', id: first.id })),
    },
    { key: 'remove', group: 3, run: () => act.removeKeepingFiles(ids), keys: 'Delete' },
    can.trash && { key: 'trash', group: 3, danger: true, run: () => openDialog({ kind: 'remove', ids }), keys: 'Shift+Delete' },
  ];
  return entries.filter((entry) => entry !== false);
}

type Parts = Pick<typeof ContextMenu, 'Item' | 'CheckboxItem' | 'ItemIndicator' | 'Separator'>;

function Entries({ parts, ids }: { parts: Parts; ids: PackageId[] }) {
  const { t } = useTranslation();
  const can = useCan();
  const byId = usePackages((state) => state.byId);
  const all = ids.flatMap((id) => byId.get(id) ?? []);
  const entries = entriesFor(all, can);
  return entries.map((entry, index) => {
    const inside = (
      <>
        <span className={styles.name}>{t(`menu.${entry.key}`)}</span>
        {entry.keys && <span className={styles.keys} aria-hidden="true">{entry.keys}</span>}
      </>
    );
    return (
      <Fragment key={entry.key}>
        {index > 0 && entries[index - 1]?.group !== entry.group && <parts.Separator className={styles.line} />}
        {entry.checked === undefined ? (
          <parts.Item className={entry.danger ? `${styles.item} ${styles.danger}` : styles.item} onSelect={entry.run}>{inside}</parts.Item>
        ) : (
          <parts.CheckboxItem className={styles.item} checked={entry.checked} onSelect={entry.run}>
            {inside}
            <parts.ItemIndicator><span className={styles.keys}>✓</span></parts.ItemIndicator>
          </parts.CheckboxItem>
        )}
      </Fragment>
    );
  });
}

/** Menus are put into the main landmark, so that nothing is outside of one. */
const inMain = (): HTMLElement | null => document.querySelector('main');

/** The packages that a menu of this row is about: the whole selection when the row is part of it. */
function useTargets(id: PackageId): PackageId[] {
  const selected = useView((state) => state.selected);
  return selected.has(id) ? [...selected] : [id];
}

/** The context menu of whatever row was asked last. */
export function RowContextMenu({ id, children }: { id: PackageId | null; children: ReactNode }) {
  const targets = useTargets(id ?? '');
  return (
    <ContextMenu.Root modal={false}>
      <ContextMenu.Trigger asChild disabled={id === null}>{children}</ContextMenu.Trigger>
      <ContextMenu.Portal container={inMain()}>
        <ContextMenu.Content className={styles.menu} collisionPadding={8}><Entries parts={ContextMenu} ids={targets} /></ContextMenu.Content>
      </ContextMenu.Portal>
    </ContextMenu.Root>
  );
}

/** The same menu behind a button. */
export function PackageMenuButton({ id, children }: { id: PackageId; children: ReactNode }) {
  const targets = useTargets(id);
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{children}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={inMain()}>
        <DropdownMenu.Content className={styles.menu} align="end" collisionPadding={8}><Entries parts={DropdownMenu as unknown as Parts} ids={targets} /></DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
