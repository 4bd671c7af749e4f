// Progress on the window's button in the taskbar, or on the dock's icon.
import { app } from 'electron';
import type { BrowserWindow } from 'electron';
import type { TrayView } from './tray-state.ts';

const NONE = -1;

export function showInTaskbar(window: BrowserWindow | null, view: TrayView): void {
  if (window && !window.isDestroyed()) {
    if (view.progress === null) window.setProgressBar(NONE);
    else window.setProgressBar(view.progress, { mode: view.state === 'problem' ? 'error' : 'normal' });
  }
  // Windows has no badge; there the button's colour tells of a problem.
  if (process.platform !== 'win32') app.setBadgeCount(view.fetching);
}
