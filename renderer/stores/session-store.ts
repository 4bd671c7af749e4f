// How the way to host and core is, what the host can do, and the settings; holds state only.
import { create } from 'zustand';
import type { Integration, Output, ProgramUpdate, Settings } from '../../contract/index.ts';
import type { LinkState } from '../bridge/bridge.ts';

export type HostInfo = Output<'host.info'>;
export interface SessionState {
  link: LinkState;
  core: 'starting' | 'up' | 'down';
  /** Why the core is down, where it said so. */
  coreMessage: string | null;
  host: HostInfo | null;
  settings: Settings | null;
  /** How the program sits in the system, once asked. */
  integration: Integration | null;
  /** What the host knows of a newer version of the program, once asked or told. */
  programUpdate: ProgramUpdate | null;
}

export const useSession = create<SessionState>()(() => ({
  link: 'connecting', core: 'up', coreMessage: null, host: null, settings: null, integration: null, programUpdate: null,
}));

const nothingCan: HostInfo['can'] = { pickFolder: false, pickTorrent: false, openFolder: false, typeFolder: false, trash: false, playFile: false, openFile: false, openRouterPage: false, openSignInPage: false, saveReport: false, integrate: false };
/** What this host can do; nothing before it said so, so that nothing is shown that cannot work. */
export const useCan = (): HostInfo['can'] => useSession((state) => state.host?.can ?? nothingCan);
