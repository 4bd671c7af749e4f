// What is known of the way between this computer and others, as last heard, and what was put aside here; holds state only.
import { create } from 'zustand';
import type { Connectivity } from '../../contract/index.ts';

export interface ConnectivityState {
  /** Null before the first answer. */
  report: Connectivity | null;
  failure: string | null;
  /** The question about servers outside was answered with "not now". */
  declined: boolean;
  /** Verdicts whose banner was closed; see `verdictKey`. */
  dismissed: readonly string[];
}

export const useConnectivity = create<ConnectivityState>()(() => ({ report: null, failure: null, declined: false, dismissed: [] }));
