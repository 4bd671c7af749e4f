// What was measured of the one package on screen, with its whole history, as last heard; holds state only.
import { create } from 'zustand';
import type { PackageFigures } from '../../contract/index.ts';

export interface FiguresState {
  figures: PackageFigures | null;
  /** Why there are none, as the core said it. */
  failure: string | null;
}

export const useFigures = create<FiguresState>()(() => ({ figures: null, failure: null }));
