// Fetches a verified version with electron-updater and has it installed when the program ends.
import type { AppUpdater } from 'electron-updater';
import type { VerifiedUpdate } from '../../../contract/index.ts';
import { ContractError } from '../../../contract/index.ts';
import type { Installation } from './installation.ts';
import { verifiedProvider } from './verified-provider.ts';
import { fetchFile } from './web-get.ts';
import type { WebGet } from './web-get.ts';

export interface Installer {
  /** After it the version is installed at the program's end. @param onProgress gets a share 0..1 */
  fetch(update: VerifiedUpdate, onProgress: (share: number) => void): Promise<void>;
  /** Installs now and starts the new version; the core has to be at its end before. */
  restart(): void;
}

/** What electron-updater uses of its `AppAdapter`, so that it also runs where there is no Electron. */
export interface AppSurface {
  version: string; name: string; isPackaged: boolean; appUpdateConfigPath: string; userDataPath: string; baseCachePath: string;
  whenReady(): Promise<void>; relaunch(): void; quit(): void; onQuit(handler: (exitCode: number) => void): void;
}

export interface InstallerOptions {
  installation: Exclude<Installation, 'by-hand'>;
  feed: URL;
  get: WebGet;
  log(line: string): void;
  /** Only where there is no Electron to ask. */
  app?: AppSurface;
}

/** The class of electron-updater for this kind of installation; loaded when it is needed first, because it is large. */
async function openUpdater(installation: InstallerOptions['installation'], app: AppSurface | undefined): Promise<AppUpdater> {
  const { AppImageUpdater, MacUpdater, NsisUpdater } = await import('electron-updater');
  switch (installation) {
    case 'app-image': return new AppImageUpdater(null, app);
    case 'windows-installer': return new NsisUpdater(null, app);
    case 'mac-app': return new MacUpdater(null as never, app);
  }
}

export async function openInstaller({ installation, feed, get, log, app }: InstallerOptions): Promise<Installer> {
  const updater = await openUpdater(installation, app);
  updater.autoDownload = false;
  updater.autoInstallOnAppQuit = true;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  updater.disableDifferentialDownload = true; // block maps are not signed
  updater.logger = { info() {}, warn: log, error: log };
  // In place of its own, which takes any number of bytes and follows redirects out of https.
  let wanted = { sha512: '', size: 0, onProgress: (_bytes: number): void => {} };
  const only = (address: URL, file: string, { sha512 }: { sha512?: string }) => {
    if (sha512 !== wanted.sha512) throw new Error('Only what was verified is fetched.');
    return fetchFile(get, address, file, wanted);
  };
  const nothingElse = (): never => {
    throw new Error('Only what was verified is fetched.');
  };
  Object.assign(updater, { httpExecutor: { download: only, request: nothingElse, downloadToBuffer: nothingElse, createRequest: nothingElse } });

  return {
    async fetch(update, onProgress) {
      updater.setFeedURL({ provider: 'custom', updateProvider: verifiedProvider(update, feed) });
      const found = await updater.checkForUpdates();
      if (!found?.isUpdateAvailable || found.updateInfo.version !== update.version) throw new ContractError('not-here', 'This copy of Flashswarm cannot replace itself. Get the new version by hand.');
      const one = pickFile(update, installation, process.arch);
      if (!one) throw new ContractError('not-found', 'There is no package of the new version for this system.');
      wanted = { ...one, onProgress: (bytes) => onProgress(bytes / one.size) };
      await updater.downloadUpdate();
    },
    restart: () => updater.quitAndInstall(true, true),
  };
}

const endings = { 'app-image': '.appimage', 'windows-installer': '.exe', 'mac-app': '.zip' } as const;

/** The same file that electron-updater will choose: were it another, the hash that it asks for would not be the one wanted here. */
export function pickFile({ files }: VerifiedUpdate, installation: InstallerOptions['installation'], arch: string): VerifiedUpdate['files'][number] | null {
  let fit = files.filter(({ url }) => url.toLowerCase().endsWith(endings[installation]));
  if (installation === 'mac-app') {
    const arm = fit.filter(({ url }) => url.includes('arm64'));
    fit = arch === 'arm64' && arm.length > 0 ? arm : fit.filter((file) => !arm.includes(file));
  }
  return fit.find(({ url }) => url.includes(arch)) ?? fit[0] ?? null;
}
