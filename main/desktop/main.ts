// The desktop host's entry: one instance, one window, the core under supervision. It decides nothing itself.
import path from 'node:path';
import { app, Menu, nativeTheme } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Payload } from '../../contract/index.ts';
import { requests } from '../../contract/index.ts';
import { CoreSupervisor } from '../core/supervisor.ts';
import { registerAppScheme, serveInterface } from './app-scheme.ts';
import { ownArguments, readCommandLine, readHandedOver } from './command-line.ts';
import type { CommandLine, DesktopOptions } from './command-line.ts';
import { forkCore } from './core-process.ts';
import { hostRequests } from './host-requests.ts';
import { routeIpc, sendEvent } from './ipc-router.ts';
import { lockDown } from './lock-down.ts';
import { openMainWindow } from './main-window.ts';
import { DesktopMedia } from './media.ts';
import { readOpenRequest } from './open-request.ts';
import { OpenedLinks } from './opened-links.ts';
import { moveToTrash } from './trash.ts';

function superviseCore(options: DesktopOptions): CoreSupervisor {
  return new CoreSupervisor({
    options: {
      dataDir: options.dataDir ?? path.join(app.getPath('userData'), 'data'),
      downloadDir: options.downloadDir ?? app.getPath('downloads'),
      version: app.getVersion(),
      allowPrivate: options.allowPrivate,
      settings: options.settings,
      peers: [],
    },
    fork: forkCore(),
    trash: moveToTrash,
    log: (line) => console.error(line),
  });
}

/** What the core's state was last said to be: a page that opens later has missed it. */
function watchState(core: CoreSupervisor): () => Payload<'core.state'> {
  let last: Payload<'core.state'> = { state: core.state, error: null };
  core.on('core.state', (now) => (last = now));
  return () => last;
}

/** The window's frame and menus follow the theme that the settings name. */
function followTheme(core: CoreSupervisor): void {
  core.on('settings.changed', ({ theme }) => (nativeTheme.themeSource = theme));
  core.on('core.state', async ({ state }) => {
    if (state !== 'up') return;
    const answer = await core.request('settings.get', {});
    const settings = answer.ok ? requests['settings.get'].output.safeParse(answer.value) : null;
    if (settings?.success) nativeTheme.themeSource = settings.data.theme;
  });
}

function run({ options, requests: asked }: CommandLine): void {
  let window: BrowserWindow | null = null;
  const core = superviseCore(options);
  const links = new OpenedLinks((file) => core.grant(file), (link) => sendEvent(window, 'links.opened', link));
  for (const one of asked) links.open(one);

  const showWindow = (): void => {
    if (window) {
      if (window.isMinimized()) window.restore();
      window.show();
      window.focus();
      return;
    }
    window = openMainWindow();
    window.webContents.on('did-start-loading', () => links.windowReloads());
    window.once('closed', () => {
      window = null;
      links.windowReloads();
    });
  };

  app.on('second-instance', (_event, _argv, _folder, data) => {
    const handed = readHandedOver(data);
    for (const one of handed ? readCommandLine(handed.args, handed.folder).requests : []) links.open(one);
    if (app.isReady()) showWindow();
  });
  // macOS hands links and files over by events, which may come before the app is ready.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    links.open(readOpenRequest(link, '/'));
    if (app.isReady()) showWindow();
  });
  app.on('open-file', (event, file) => {
    event.preventDefault();
    links.open(readOpenRequest(file, '/'));
    if (app.isReady()) showWindow();
  });
  app.on('activate', showWindow);
  app.on('window-all-closed', () => app.quit());

  let isStopped = false;
  app.on('before-quit', (event) => {
    if (isStopped) return;
    event.preventDefault(); // the core writes what it knows first
    window?.hide();
    void core.stop().finally(() => {
      isStopped = true;
      app.quit();
    });
  });

  void app.whenReady().then(() => {
    if (process.platform !== 'darwin') Menu.setApplicationMenu(null);
    lockDown();
    const media = new DesktopMedia(core);
    serveInterface(path.join(__dirname, '../renderer'), (ticket, request) => media.answer(ticket, request));
    const state = watchState(core);
    const pageListens = (): void => {
      links.windowListens();
      sendEvent(window, 'core.state', state());
    };
    routeIpc(core, hostRequests(core, links, media, () => window, pageListens), () => window);
    followTheme(core);
    showWindow();
    core.start().catch((error: Error) => console.error(error.message)); // the interface shows the same sentence
  });
}

registerAppScheme();
const args = ownArguments(process.argv, app.isPackaged);
if (app.requestSingleInstanceLock({ args, folder: process.cwd() })) run(readCommandLine(args, process.cwd()));
else app.quit(); // the first instance has our arguments now
