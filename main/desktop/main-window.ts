// The one window: sandboxed, isolated, shown when its first picture is there.
import path from 'node:path';
import { app, BrowserWindow, nativeImage, nativeTheme } from 'electron';
import { appOrigin } from './page-policy.ts';
import { programIcon } from './program-icon.ts';
import { minimum, rememberBounds, restoreBounds } from './window-bounds.ts';
import { windowPreferences } from './window-preferences.ts';

/** The interface's own backgrounds, so that nothing flashes before it is drawn. */
const background = (): string => nativeTheme.shouldUseDarkColors ? '#191b20' : '#ffffff';

export function openMainWindow(): BrowserWindow {
  const { isMaximized, ...bounds } = restoreBounds();
  const window = new BrowserWindow({
    ...bounds,
    ...minimum,
    show: false,
    title: 'Flashswarm',
    backgroundColor: background(),
    autoHideMenuBar: true,
    webPreferences: windowPreferences(path.join(__dirname, '../preload/preload.cjs'), app.isPackaged),
  });
  rememberBounds(window);
  window.once('ready-to-show', () => {
    if (isMaximized) window.maximize();
    window.show();
    const icon = programIcon(); // read now: the first picture does not wait for it
    if (icon) window.setIcon(nativeImage.createFromPath(icon));
  });
  void window.loadURL(`${appOrigin}/index.html`).catch((error: unknown) => {
    if (!window.isDestroyed()) console.error('The interface does not load:', error);
  });
  return window;
}
