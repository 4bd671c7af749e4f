// Moves the window's own view: filter, search, selection, detail and dialogs.
import type { PackageId } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';
import { useDetail } from '../stores/detail-store.ts';
import { useView, type DetailTab, type DialogState, type Filter, type Page, type SettingsSection } from '../stores/view-store.ts';

/** Shows another page; what the library shows stays as it was. */
export const showPage = (page: Page): void => useView.setState({ page });
export const setFilter = (filter: Filter): void => useView.setState({ filter, page: 'library' });
export const setSearch = (search: string): void => useView.setState({ search });
export const setTab = (tab: DetailTab): void => useView.setState({ tab });

/** Asks for the detail of a package and for its changes; null: for none. */
export async function watchDetail(id: PackageId | null): Promise<void> {
  if (useDetail.getState().detail?.id !== id) useDetail.setState({ detail: null });
  void ask('packages.watch', { id });
  if (id === null) return;
  const detail = await ask('packages.detail', { id });
  if (detail.ok && useView.getState().detail === id) useDetail.setState({ detail: detail.value });
}

/** Opens the detail of a package, or closes it with null. */
export function showDetail(id: PackageId | null, tab?: DetailTab): void {
  const before = useView.getState().detail;
  useView.setState(tab ? { detail: id, tab } : { detail: id });
  if (before !== id) void watchDetail(id);
}

/** Selects one row alone; an open detail follows. */
export function selectOnly(id: PackageId): void {
  useView.setState({ selected: new Set([id]), active: id, anchor: id });
  if (useView.getState().detail) showDetail(id);
}

/** Adds a row to the selection or takes it out. */
export function toggleSelected(id: PackageId): void {
  useView.setState((view) => {
    const selected = new Set(view.selected);
    if (!selected.delete(id)) selected.add(id);
    return { selected, active: id, anchor: id };
  });
}

/** Selects from the anchor to this row, in the order shown. */
export function selectRange(id: PackageId, shown: readonly PackageId[]): void {
  useView.setState((view) => {
    const to = shown.indexOf(id);
    const from = view.anchor ? shown.indexOf(view.anchor) : to;
    const [low, high] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    return { selected: new Set(shown.slice(low, high + 1)), active: id };
  });
}

export const selectAll = (shown: readonly PackageId[]): void => useView.setState({ selected: new Set(shown) });
export const selectNone = (): void => useView.setState({ selected: new Set() });

/** Shows a package in the library, whatever page is open. */
export function goToPackage(id: PackageId, tab: DetailTab = 'overview'): void {
  useView.setState({ page: 'library', filter: 'all', search: '' });
  selectOnly(id);
  showDetail(id, tab);
}

export const openDialog = (dialog: DialogState): void => useView.setState({ dialog });
export const openSettings = (section: SettingsSection = 'general'): void => openDialog({ kind: 'settings', section });

/** Closes the dialog; an offer that waited comes next. */
export function closeDialog(): void {
  useView.setState((view) => {
    const [next, ...rest] = view.offers;
    return next ? { dialog: { kind: 'add', offer: next }, offers: rest } : { dialog: { kind: 'none' } };
  });
}
