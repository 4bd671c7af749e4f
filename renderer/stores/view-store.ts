// What this window looks at: filter, search, selection, detail, dialogs and notices; holds state only.
import { create } from 'zustand';
import type { PackageId, Source } from '../../contract/index.ts';

export type Filter = 'all' | 'getting' | 'sharing' | 'done' | 'problem';
export const filters: readonly Filter[] = ['all', 'getting', 'sharing', 'done', 'problem'];
/** What fills the main part of the window. */
export type Page = 'library' | 'connectivity' | 'publishers' | 'create';
export type DetailTab = 'overview' | 'together' | 'files' | 'people' | 'pieces' | 'trackers';
export type SettingsSection = 'general' | 'computer' | 'speed' | 'sharing' | 'network' | 'expert';

/** Something to be opened by the Add dialog: a source with a name for it, or an empty dialog. */
export interface Offer { source: Source | null; label: string }

export type DialogState =
  | { kind: 'none' }
  | { kind: 'add'; offer: Offer }
  | { kind: 'settings'; section: SettingsSection }
  | { kind: 'shortcuts' }
  | { kind: 'remove'; ids: PackageId[] }
  | { kind: 'move'; id: PackageId }
  | { kind: 'player'; id: PackageId; index: number | null };

export interface Notice { id: number; tone: 'info' | 'problem'; text: string; action: { label: string; run: () => void } | null }

export interface ViewState {
  page: Page;
  filter: Filter;
  search: string;
  selected: ReadonlySet<PackageId>;
  /** The row that has the keyboard, and where a range began. */
  active: PackageId | null;
  anchor: PackageId | null;
  detail: PackageId | null;
  tab: DetailTab;
  dialog: DialogState;
  /** Offers that wait for the dialog to be free. */
  offers: Offer[];
  notice: Notice | null;
  /** A link that was pasted outside a text box; offered, never taken by itself. */
  pasted: string | null;
}

export const useView = create<ViewState>()(() => ({
  page: 'library', filter: 'all', search: '', selected: new Set<PackageId>(), active: null, anchor: null, detail: null, tab: 'overview',
  dialog: { kind: 'none' }, offers: [], notice: null, pasted: null,
}));
