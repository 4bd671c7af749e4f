// What the window's page is made with: nothing of Node, a sandboxed process, a world of its own for the preload.
import type { WebPreferences } from 'electron';

/**
 * Most of these are what Electron does anyway; named so that no later default and no oversight changes them.
 * @param preload path of the preload's bundle @param isPackaged developers alone may look inside
 */
export const windowPreferences = (preload: string, isPackaged: boolean): WebPreferences => ({
  preload,
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  safeDialogs: true,
  spellcheck: false, // its dictionaries would come from somebody's server
  devTools: !isPackaged,
});
