// What the desktop host itself answers: dialogs, the file browser, what it can do.
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { app, dialog, shell } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Handlers, HostRequestName, Parsed } from '../../contract/index.ts';
import { ContractError, requests } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';
import type { LastLibrary } from './last-library.ts';
import type { DesktopMedia } from './media.ts';
import { findFile } from '../media/file-answer.ts';
import { FileOpener } from './open-file.ts';
import { appOrigin } from './page-policy.ts';
import { openInBrowser } from './system-browser.ts';
import type { ProgramUpdateWatch } from './updates/program-update-watch.ts';
import type { OpenedLinks } from './opened-links.ts';
import type { SystemIntegration } from './system-integration.ts';
import { word } from './words.ts';

/** What the dialog for a key or statements shows; keys of other tools are taken as well. */
const smallFiles: Record<Parsed<'host.pickFile'>['purpose'], { title: string; name: string; extensions: string[] }> = {
  'secret-key': { title: 'Choose your secret key', name: 'Secret keys', extensions: ['key', 'sec', 'pem'] },
  'public-key': { title: "Choose a publisher's key", name: 'Public keys', extensions: ['pub'] },
  'statements': { title: "Choose a publisher's statements", name: 'Statements about keys', extensions: ['keys'] },
};
const everything = { name: 'All files', extensions: ['*'] };

/**
 * @param window the window that a dialog belongs to
 * @param pageListens called when a page asked for the first thing it asks for, after it subscribed to events
 */
export function hostRequests(
  core: CoreSupervisor, last: LastLibrary, links: OpenedLinks, media: DesktopMedia, integration: SystemIntegration, updates: ProgramUpdateWatch, window: () => BrowserWindow | null, pageListens: () => void,
): Handlers<HostRequestName> {
  const choose = async (options: Electron.OpenDialogOptions): Promise<string | null> => {
    const parent = window();
    const { canceled, filePaths } = await (parent ? dialog.showOpenDialog(parent, options) : dialog.showOpenDialog(options));
    return canceled ? null : filePaths[0] ?? null;
  };
  const connectivity = async () => {
    const answer = await core.request('connectivity.get', {});
    if (!answer.ok) throw new ContractError(answer.error.code, answer.error.message);
    return requests['connectivity.get'].output.parse(answer.value);
  };
  const opener = new FileOpener({
    find: (file) => findFile((name, input) => core.request(name, input), file),
    openPath: (place) => shell.openPath(place),
    confirm: async ({ name, risk }) => {
      const options: Electron.MessageBoxOptions = {
        type: 'warning', title: word('openFile.title'), message: word('openFile.question', { name }), detail: `${word(`openFile.${risk}`)}\n\n${word('openFile.can')}`,
        buttons: [word('openFile.cancel'), word('openFile.open')], defaultId: 0, cancelId: 0, noLink: true,
      };
      const parent = window();
      const { response } = await (parent ? dialog.showMessageBox(parent, options) : dialog.showMessageBox(options));
      return response === 1;
    },
  });
  return {
    'host.info': () => {
      pageListens();
      return {
        kind: 'desktop',
        version: app.getVersion(),
        platform: process.platform,
        can: { pickFolder: true, pickTorrent: true, openFolder: true, typeFolder: false, trash: true, playFile: true, openFile: true, openRouterPage: true, openSignInPage: true, saveReport: true, integrate: true },
        pending: links.pending,
      };
    },
    'host.lastKnown': async () => {
      const known = await last.read();
      return core.state === 'up' ? null : known;
    },
    'host.takePending': () => links.take(),
    'host.pickFolder': async () => {
      const folder = await choose({ title: 'Choose a folder', properties: ['openDirectory', 'createDirectory'] });
      return folder === null ? null : { handle: core.grant(folder), path: folder };
    },
    'host.typeFolder': () => {
      throw new ContractError('not-here', 'Choose the folder in the dialog instead.');
    },
    'host.pickTorrent': async () => {
      const file = await choose({
        title: 'Open a torrent or an event package', properties: ['openFile'],
        filters: [
          { name: 'Torrents and event packages', extensions: ['torrent', 'evpack'] },
          { name: 'Event packages', extensions: ['evpack'] }, { name: 'Torrents', extensions: ['torrent'] },
        ],
      });
      return file === null ? null : { handle: core.grant(file), name: path.basename(file) };
    },
    'host.pickFile': async ({ purpose }) => {
      const { title, ...filter } = smallFiles[purpose];
      const file = await choose({ title, properties: ['openFile'], filters: [filter, everything] });
      return file === null ? null : { handle: core.grant(file), name: path.basename(file) };
    },
    'host.mediaUrl': (file) => media.url(file, appOrigin),
    'host.playFile': (file) => media.play(file),
    'host.openFile': (file) => opener.open(file),
    'host.openSignInPage': async () => {
      const { checks } = await connectivity();
      const page = checks.find(({ id }) => id === 'captive-portal')?.facts['openUrl'];
      await openInBrowser(page, 'No sign-in page was found in this network. Open any page in your browser: the network then shows it.');
    },
    'host.saveReport': async ({ format }) => {
      const answer = await core.request('connectivity.export', { format });
      if (!answer.ok) throw new ContractError(answer.error.code, answer.error.message);
      const { text } = requests['connectivity.export'].output.parse(answer.value);
      const extension = format === 'json' ? 'json' : 'txt';
      const options = {
        title: 'Save the report', defaultPath: path.join(app.getPath('documents'), `flashswarm-connectivity.${extension}`),
        filters: [{ name: format === 'json' ? 'JSON' : 'Text', extensions: [extension] }],
      };
      const parent = window();
      const { canceled, filePath } = await (parent ? dialog.showSaveDialog(parent, options) : dialog.showSaveDialog(options));
      if (canceled || !filePath) return { saved: false };
      await writeFile(filePath, text).catch((error: NodeJS.ErrnoException) => {
        throw new ContractError('not-writable', `The report could not be saved there (${error.code ?? 'unknown'}): ${filePath}`);
      });
      return { saved: true };
    },
    'host.openRouterPage': async () => {
      const { gateway } = await connectivity();
      // The core offers nothing but an address of the router itself.
      await openInBrowser(gateway?.pageUrl, 'No router was found in this network.');
    },
    'host.update': () => updates.state,
    'host.checkProgramUpdate': () => updates.check(),
    'host.installProgramUpdate': () => updates.install(),
    'host.integration': () => integration.state(),
    'host.setIntegration': async ({ startsAtLogin, opens }) => {
      if (startsAtLogin !== undefined) await integration.setStartsAtLogin(startsAtLogin);
      if (opens) await integration.open(opens);
      return integration.state();
    },
    'host.openFolder': async ({ id }) => {
      const answer = await core.request('session.snapshot', {});
      if (!answer.ok) throw new ContractError(answer.error.code, answer.error.message);
      const found = requests['session.snapshot'].output.parse(answer.value).packages.find((one) => one.id === id);
      if (!found) throw new ContractError('not-found', 'This package is not in the library any more.');
      const inside = path.join(found.folder, path.basename(found.name));
      if (path.dirname(inside) === path.normalize(found.folder) && (await stat(inside).catch(() => null))) return shell.showItemInFolder(inside);
      // Opening anything but a folder would start the program that belongs to it.
      if (!(await stat(found.folder).catch(() => null))?.isDirectory()) throw new ContractError('not-found', 'Its folder is not there any more.');
      const problem = await shell.openPath(found.folder);
      if (problem) throw new ContractError('internal', problem);
    },
  };
}
