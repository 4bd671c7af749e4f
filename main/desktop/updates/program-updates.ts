// Joins the watch for newer versions with this Electron: its network, its end, its notifications.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { app } from 'electron';
import type { Answer, ProgramUpdate, Settings, VerifiedUpdate } from '../../../contract/index.ts';
import { requests } from '../../../contract/index.ts';
import type { CoreSupervisor } from '../../core/supervisor.ts';
import { openInBrowser } from '../system-browser.ts';
import { electronGet } from './electron-get.ts';
import { downloadPage, feedAddress, feedOf } from './feed.ts';
import { openInstaller } from './installer.ts';
import { installationOf, metadataName } from './installation.ts';
import { ProgramUpdateWatch } from './program-update-watch.ts';

/** Where macOS hands over to its own updater, which ends the program by itself, this is how long that may take. */
const macPatienceMs = 60_000;

export interface ProgramUpdatesHost {
  settings(): Settings | null;
  /** Ends the program in order and calls this in place of the last `app.quit()`. */
  quitThen(act: () => void): void;
  changed(update: ProgramUpdate): void;
}

/** @returns a watch that is started */
export function watchProgramUpdates(core: CoreSupervisor, host: ProgramUpdatesHost): ProgramUpdateWatch {
  const feed = app.isPackaged ? feedOf(feedAddress) : null;
  const installation = installationOf(process.platform, process.env['APPIMAGE'], existsSync(path.join(path.dirname(process.execPath), `Uninstall ${app.name}.exe`)));
  const log = (line: string): void => console.error(line);
  const watch = new ProgramUpdateWatch({
    feed, metadataName: metadataName(process.platform, process.arch), get: electronGet, log, now: Date.now, random: Math.random,
    verify: async (input): Promise<Answer<VerifiedUpdate>> => {
      const answer = await core.request('updates.verify', input);
      return answer.ok ? { ok: true, value: requests['updates.verify'].output.parse(answer.value) } : answer;
    },
    openInstaller: installation === 'by-hand' || feed === null ? null : () => openInstaller({ installation, feed, get: electronGet, log }),
    mayLook: () => host.settings()?.desktop.update === 'ask',
    openDownloadPage: () => void openInBrowser(downloadPage, 'There is no page to get Flashswarm from yet.').catch((error: unknown) => log(String(error))),
    quitThen: (act) => host.quitThen(() => {
      // The new version starts before this one is quite gone, and must not hand its arguments to it.
      app.releaseSingleInstanceLock();
      try {
        act();
      } finally {
        setTimeout(() => app.quit(), process.platform === 'darwin' ? macPatienceMs : 0);
      }
    }),
    changed: (update) => host.changed(update),
    after: (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
  });
  app.once('will-quit', () => watch.close());
  watch.start();
  return watch;
}
