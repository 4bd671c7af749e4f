// The desktop host's entry: one instance, a window that comes and goes, the tray, and the core under supervision. It decides nothing itself.
import path from 'node:path';
import { app, Menu, nativeTheme, powerMonitor, powerSaveBlocker } from 'electron';
import type { Payload, Settings, Snapshot } from '../../contract/index.ts';
import { CoreSupervisor } from '../core/supervisor.ts';
import { userDataFolder } from '../core/user-folders.ts';
import { setAppMenu } from './app-menu.ts';
import { registerAppScheme, serveInterface } from './app-scheme.ts';
import { Background } from './background.ts';
import { handOver, ownArguments, readCommandLine, readHandedOver } from './command-line.ts';
import type { CommandLine, DesktopOptions } from './command-line.ts';
import { forkCore } from './core-process.ts';
import { hostRequests } from './host-requests.ts';
import { routeIpc, sendEvent } from './ipc-router.ts';
import { LastLibrary } from './last-library.ts';
import { lockDown, sandboxEveryPage } from './lock-down.ts';
import { DesktopMedia } from './media.ts';
import { isMetered } from './metered-line.ts';
import { Notifier } from './notifier.ts';
import { readOpenRequest } from './open-request.ts';
import { OpenedLinks } from './opened-links.ts';
import { Power } from './power.ts';
import { SystemIntegration } from './system-integration.ts';
import { showInTaskbar } from './taskbar.ts';
import { moveToTrash } from './trash.ts';
import { trayView } from './tray-state.ts';
import { AppTray } from './tray.ts';
import { watchProgramUpdates } from './updates/program-updates.ts';
import { askSystem } from './ask-system.ts';
import { AppWindow } from './app-window.ts';

/** The first picture is there; what it leads to at once (pages and dialogs are read, the engine starts) goes first. */
const FURNISH_AFTER_MS = 400;
/** A window that never shows its first picture leaves the program with its tray all the same. */
const FURNISH_WITHIN_MS = 3000;
/** A page that is slow to ask does not hold the engine up. */
const CORE_WITHIN_MS = 1000;

/** A profile of its own (`--user-data-dir`, as tests have it) has a library of its own. */
const dataFolder = ({ dataDir }: DesktopOptions): string => (
  dataDir ?? (app.commandLine.hasSwitch('user-data-dir') ? path.join(app.getPath('userData'), 'data') : userDataFolder())
);

function superviseCore(options: DesktopOptions): CoreSupervisor {
  return new CoreSupervisor({
    options: {
      dataDir: dataFolder(options),
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

/** All packages that are in one of the two states, at once. */
async function forAll(core: CoreSupervisor, what: 'packages.pause' | 'packages.resume'): Promise<void> {
  const ids = (await core.snapshot())?.packages.filter(({ paused }) => paused === (what === 'packages.resume')).map(({ id }) => id) ?? [];
  if (ids.length > 0) await core.request(what, { ids });
}

function integration(): SystemIntegration {
  const home = app.getPath('home');
  return new SystemIntegration({
    platform: process.platform, app, ask: askSystem,
    // An AppImage runs from a mount that is gone at the next start.
    command: [process.env['APPIMAGE'] ?? process.execPath, ...(app.isPackaged ? [] : [app.getAppPath()])],
    configFolder: process.env['XDG_CONFIG_HOME'] || path.join(home, '.config'), dataFolder: process.env['XDG_DATA_HOME'] || path.join(home, '.local/share'),
  });
}

/** What stands around the window. */
interface Furniture { tray: AppTray; power: Power }

/** Menus, tray and the watch over power: none of them is waited for by the window's first picture. */
function furnished(core: CoreSupervisor, window: AppWindow): Furniture {
  const quit = (): void => app.quit();
  setAppMenu({ ask: (wish) => window.ask(wish), pauseAll: () => void forAll(core, 'packages.pause'), resumeAll: () => void forAll(core, 'packages.resume'), quit });
  const tray = new AppTray(core, {
    openWindow: () => window.show(), openAdd: () => window.ask({ do: 'add' }), showPackage: (id) => window.ask({ do: 'show', id }), quit,
  });
  const power = new Power(core, {
    monitor: powerMonitor, blocker: powerSaveBlocker, isMetered: () => isMetered(process.platform),
    every: (ms, act) => {
      const timer = setInterval(act, ms);
      return () => clearInterval(timer);
    },
  });
  app.once('will-quit', () => power.close());
  return { tray, power };
}

function run({ options, requests: asked }: CommandLine): void {
  const core = superviseCore(options);
  const last = new LastLibrary(path.join(dataFolder(options), 'last-library.json'));
  app.once('will-quit', () => last.close());
  const window = new AppWindow();
  const links = new OpenedLinks((file) => core.grant(file), (link) => sendEvent(window.current, 'links.opened', link));
  window.on('reloads', () => links.windowReloads());
  const open = (texts: string[], folder: string): void => {
    for (const one of texts) links.open(readOpenRequest(one, folder));
    if (app.isReady()) window.show();
  };
  for (const one of asked) links.open(one);

  app.on('second-instance', (_event, _argv, _folder, data) => {
    const handed = readHandedOver(data);
    const line = handed && readCommandLine(handed.args, handed.folder);
    for (const one of line?.requests ?? []) links.open(one);
    if (app.isReady() && !(line?.options.hidden && line.requests.length === 0)) window.show();
  });
  // macOS hands links and files over by events, which may come before the app is ready.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    open([link], '/');
  });
  app.on('open-file', (event, file) => {
    event.preventDefault();
    open([file], '/');
  });
  app.on('activate', () => window.show());

  const notifier = new Notifier(() => window.isInFront, (id) => window.ask({ do: 'show', id }));
  const background = new Background(core, window, notifier);

  void app.whenReady().then(() => {
    lockDown();
    const media = new DesktopMedia(core);
    serveInterface(path.join(__dirname, '../renderer'), (ticket, request) => media.answer(ticket, request));
    const state = watchState(core);
    const pageListens = (): void => {
      links.windowListens();
      sendEvent(window.current, 'core.state', state());
      window.pageListens();
    };
    let settings: Settings | null = null;
    const updates = watchProgramUpdates(core, {
      settings: () => settings, quitThen: (act) => background.quitThen(act),
      changed: (update) => {
        sendEvent(window.current, 'host.updateChanged', update);
        if (settings?.desktop.notify.update) notifier.tellOfProgram(update);
      },
    });
    routeIpc(core, hostRequests(core, last, links, media, integration(), updates, () => window.current, pageListens), () => window.current);
    let isCoreAsked = false;
    const startCore = (): void => {
      if (isCoreAsked || background.isQuitting) return;
      isCoreAsked = true;
      core.start().catch((error: Error) => console.error(error.message)); // the interface shows the same sentence
    };
    let furniture: Furniture | null = null;
    const heard = (snapshot: Snapshot): void => {
      ({ settings } = snapshot);
      nativeTheme.themeSource = snapshot.settings.theme; // the window's frame and the menus follow
      notifier.update(snapshot);
      const view = trayView({ packages: snapshot.packages, totals: snapshot.totals, turtleOn: snapshot.settings.turtle.on });
      furniture?.power.update(snapshot);
      furniture?.tray.update(view);
      showInTaskbar(window.current, view);
      last.note(snapshot);
    };
    background.on('snapshot', heard);
    const furnish = (): void => {
      if (furniture || background.isQuitting) return;
      furniture = furnished(core, window);
      background.start(furniture.tray);
      if (background.newest) heard(background.newest);
    };
    const showsWindow = !options.hidden || asked.length > 0;
    if (showsWindow) {
      window.once('painted', () => setTimeout(furnish, FURNISH_AFTER_MS));
      setTimeout(furnish, FURNISH_WITHIN_MS);
      window.show();
    } else {
      furnish();
    }
    // A window that has something to show goes first where processors are few; nobody else is made to wait.
    if (showsWindow && asked.length === 0 && last.isThere) {
      window.once('painted', startCore);
      setTimeout(startCore, CORE_WITHIN_MS);
      void last.read();
    } else {
      startCore();
    }
  });
}

sandboxEveryPage();
registerAppScheme();
Menu.setApplicationMenu(null); // or Electron makes one of its own, which ours replaces a moment later
const args = ownArguments(process.argv, app.isPackaged);
// An update has put this AppImage in place and only wants to see that it starts; the old program waits for it, and still holds the lock.
if (process.env['APPIMAGE_EXIT_AFTER_INSTALL']) app.exit(0);
else if (app.requestSingleInstanceLock(handOver(args, process.cwd()))) run(readCommandLine(args, process.cwd()));
else app.quit(); // the first instance has our arguments now
