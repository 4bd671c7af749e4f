// The package that is being made: the form and, once it began, how far it is; holds state only.
import { create } from 'zustand';
import type { Creation, Output } from '../../contract/index.ts';
import { emptyDraft, type Draft, type Problems } from '../creation-draft.ts';

export type NewKey = Output<'create.newKey'>;

export interface CreationState {
  draft: Draft;
  /** The id was typed by hand and no longer follows the title. */
  ownId: boolean;
  scanning: boolean;
  /** Why the folder could not be read. */
  scanFailure: string | null;
  /** The fields' problems are shown from the first try on. */
  tried: boolean;
  /** What the core said against a field, in its own words. */
  refused: Problems;
  /** The key that was just made. */
  newKey: NewKey | null;
  starting: boolean;
  creation: Creation | null;
  failure: string | null;
}

export const emptyCreation: CreationState = {
  draft: emptyDraft, ownId: false, scanning: false, scanFailure: null, tried: false, refused: {}, newKey: null, starting: false, creation: null, failure: null,
};
export const useCreation = create<CreationState>()(() => emptyCreation);
