// Denies every page whatever it does not need: navigation, windows, embedded views, permissions, downloads.
import { app, session } from 'electron';
import { appOrigin } from './app-scheme.ts';

const isOurs = (address: string): boolean => address === appOrigin || address.startsWith(`${appOrigin}/`);

/** Has to run before the first window is made. */
export function lockDown(): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event, address) => {
      if (!isOurs(address)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => event.preventDefault());
    contents.on('will-attach-webview', (event) => event.preventDefault());
  });
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.defaultSession.setPermissionCheckHandler(() => false);
  session.defaultSession.on('will-download', (event) => event.preventDefault());
}
