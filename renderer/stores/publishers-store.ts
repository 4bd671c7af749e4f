// The publishers whose keys are known here, as last heard; holds state only.
import { create } from 'zustand';
import type { PublisherEntry } from '../../contract/index.ts';

/** Null before the first answer. */
export const usePublishers = create<{ publishers: PublisherEntry[] | null; failure: string | null }>()(() => ({ publishers: null, failure: null }));
