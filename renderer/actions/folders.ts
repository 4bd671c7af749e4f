// Asks the host for a folder: by its dialog, or by a typed path where it has none.
import type { Answer } from '../../contract/index.ts';
import { ask } from '../bridge/bridge.ts';

export interface ChosenFolder { handle: string; path: string }

/** The host's folder dialog; null when it was closed. */
export const pickFolder = (): Promise<Answer<ChosenFolder | null>> => ask('host.pickFolder', {});
/** A folder by its path; the host allows only what its operator allows. */
export const typeFolder = (path: string): Promise<Answer<ChosenFolder>> => ask('host.typeFolder', { path });
