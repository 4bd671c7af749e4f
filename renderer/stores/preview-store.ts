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
  /** Event packages: the optional layers that were chosen (null: as the preview has them), the key trusted, what was accepted. */
  layers: ReadonlySet<string> | null;
  trust: boolean;
  acceptedTerms: boolean;
  acceptedRegion: boolean;
  adding: boolean;
}

export const emptyPreview: PreviewState = {
  source: null, opening: false, preview: null, failure: null, addFailure: null, folder: null, skipped: new Set(), layers: null,
  trust: false, acceptedTerms: false, acceptedRegion: false, adding: false,
};
export const usePreview = create<PreviewState>()(() => emptyPreview);
