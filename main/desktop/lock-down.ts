// Locks the program's pages in: what denials.ts denies, in this Electron.
import { app, session } from 'electron';
import { denyTheRest } from './denials.ts';

/** Has to run before the first window is made. */
export function lockDown(): void {
  denyTheRest({ app, session: session.defaultSession }, app.isPackaged);
}
