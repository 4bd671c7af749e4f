// Denies every page whatever it does not need: other addresses, navigation, windows, embedded views, permissions, devices, downloads.
import type { Session, WebContents } from 'electron';
import { isOurAddress } from './page-policy.ts';

/** What is used of Electron, so that a test can ask each of these in its place. */
export interface Lockable {
  app: { on(event: 'web-contents-created', listener: (event: unknown, contents: WebContents) => void): unknown };
  session: Pick<Session, 'setPermissionRequestHandler' | 'setPermissionCheckHandler' | 'setDevicePermissionHandler'> & {
    on(event: 'will-download', listener: (event: { preventDefault(): void }) => void): unknown;
    webRequest: Pick<Session['webRequest'], 'onBeforeRequest'>;
  };
}

interface Navigation { preventDefault(): void; url?: string }

/** Chromium's own tools for developers; a packaged program opens none (see window-preferences.ts). */
const isTools = (address: string): boolean => address.startsWith('devtools:');

/** @param isPackaged developers alone may load Chromium's tools */
export function denyTheRest({ app, session }: Lockable, isPackaged: boolean): void {
  app.on('web-contents-created', (_event, contents) => denyContents(contents));
  session.setPermissionRequestHandler((_contents, _permission, answer) => answer(false));
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  // The content security policy says the same; this holds for what no policy governs, and were a page of ours ever served without one.
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !isOurAddress(url) && (isPackaged || !isTools(url)) }));
}

function denyContents(contents: WebContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  const stayOnOurs = (event: Navigation, address: string | undefined): void => {
    if (!isOurAddress(address ?? event.url ?? '')) event.preventDefault();
  };
  contents.on('will-navigate', (event, address: string | undefined) => stayOnOurs(event, address));
  // Frames of a page as well; older runtimes do not know the event, and the policy lets no page have a frame.
  contents.on('will-frame-navigate', (event) => stayOnOurs(event, undefined));
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}
