// The preview in the Add dialog, as last heard; holds state only.
import { create } from 'zustand';
import type { Preview, Source } from '../../contract/index.ts';

export interface PreviewState {
  source: Source | null;
  /** Asked for and not answered yet. */
  opening: boolean;
  preview: Preview | null;
  /** What went wrong, in a sentence of the core. */
  failure: Preview['error'];
  /** Why it could not be added; what was found stays on screen, so that it can be tried otherwise. */
  addFailure: Preview['error'];
  /** Folder chosen in the dialog; null: the one of the settings. */
  folder: { handle: string; path: string; freeBytes: number | null } | null;
  /** Files left out by hand. */
  skipped: ReadonlySet<number>;
  adding: boolean;
}

export const emptyPreview: PreviewState = {
  source: null, opening: false, preview: null, failure: null, addFailure: null, folder: null, skipped: new Set(), adding: false,
};
export const usePreview = create<PreviewState>()(() => emptyPreview);
