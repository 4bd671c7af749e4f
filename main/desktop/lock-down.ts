// Locks the program's pages in: what denials.ts denies, in this Electron.
import { app, session } from 'electron';
import { denyTheRest } from './denials.ts';

/**
 * Whatever a window says. Has to run before the app is ready. Chromium cannot build its sandbox for root, who starts it with a switch
 * that says so: this would take the switch back, and no page would start at all.
 */
export function sandboxEveryPage(): void {
  if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
}

/** Has to run before the first window is made. */
export function lockDown(): void {
  denyTheRest({ app, session: session.defaultSession }, app.isPackaged);
}
