// How the program sits in the system: whether it starts at login, and whether links and files are opened by it; looked at and changed on request.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { App } from 'electron';
import type { Integration } from '../../contract/index.ts';
import { ContractError } from '../../contract/index.ts';
import { desktopEntryText } from './desktop-entry.ts';
import type { Ask } from './ask-system.ts';

type Opened = keyof Integration['opens'];

/** What is used of Electron and of the system around, so that the others' systems can be tested here. */
export interface IntegrationSystem {
  platform: string;
  app: Pick<App, 'getLoginItemSettings' | 'setLoginItemSettings' | 'isDefaultProtocolClient' | 'setAsDefaultProtocolClient'>;
  ask: Ask;
  /** The program and the arguments that start this installation again. */
  command: readonly string[];
  /** Linux: `$XDG_CONFIG_HOME` and `$XDG_DATA_HOME`, or what stands for them. */
  configFolder: string;
  dataFolder: string;
}

const TYPES: Record<Opened, string> = {
  magnet: 'x-scheme-handler/magnet', flashswarm: 'x-scheme-handler/flashswarm', torrent: 'application/x-bittorrent', evpack: 'application/x-flashswarm-evpack',
};
const SCHEMES = ['magnet', 'flashswarm'] as const;
const isScheme = (what: Opened): what is (typeof SCHEMES)[number] => (SCHEMES as readonly string[]).includes(what);
const ENTRY = 'flashswarm.desktop';

export class SystemIntegration {
  readonly #s: IntegrationSystem;

  constructor(system: IntegrationSystem) {
    this.#s = system;
  }

  async state(): Promise<Integration> {
    const [startsAtLogin, magnet, flashswarm, torrent, evpack] = await Promise.all([
      this.#startsAtLogin(), this.#opener('magnet'), this.#opener('flashswarm'), this.#opener('torrent'), this.#opener('evpack'),
    ]);
    return { startsAtLogin, opens: { magnet, flashswarm, torrent, evpack } };
  }

  async setStartsAtLogin(on: boolean): Promise<void> {
    const { platform, app, command } = this.#s;
    if (platform !== 'linux') return app.setLoginItemSettings({ openAtLogin: on, args: ['--hidden'] });
    if (!on) return rm(this.#autostartFile, { force: true });
    await mkdir(path.dirname(this.#autostartFile), { recursive: true });
    await writeFile(this.#autostartFile, desktopEntryText({ name: 'Flashswarm', command: [...command, '--hidden'], takesFiles: false, mimeTypes: [], hidden: false }));
  }

  /** @throws ContractError with what the user can do where the system lets no program decide */
  async open(what: readonly Opened[]): Promise<void> {
    const { platform, app } = this.#s;
    if (platform === 'linux') return this.#openOnLinux(what);
    for (const scheme of what.filter(isScheme)) app.setAsDefaultProtocolClient(scheme);
    if (what.every(isScheme)) return;
    throw new ContractError('not-here', platform === 'win32'
      ? 'Windows lets no program choose that. Open Settings, Apps, Default apps, Flashswarm, and choose it for .torrent and .evpack.'
      : 'macOS lets no program choose that. Choose "Get info" on a .torrent file, then Flashswarm under "Open with", then "Change all".');
  }

  get #autostartFile(): string {
    return path.join(this.#s.configFolder, 'autostart', ENTRY);
  }

  async #startsAtLogin(): Promise<boolean> {
    if (this.#s.platform !== 'linux') return this.#s.app.getLoginItemSettings({ args: ['--hidden'] }).openAtLogin;
    const text = await readFile(this.#autostartFile, 'utf8').catch(() => '');
    return text !== '' && !/^(Hidden=true|X-GNOME-Autostart-enabled=false)$/m.test(text);
  }

  async #opener(what: Opened): Promise<Integration['opens'][Opened]> {
    const { platform, app, ask } = this.#s;
    if (platform !== 'linux') return !isScheme(what) ? 'unknown' : app.isDefaultProtocolClient(what) ? 'us' : 'another';
    const answer = await ask('xdg-mime', ['query', 'default', TYPES[what]]);
    if (answer === null) return 'unknown';
    const entry = answer.trim();
    return entry === '' ? 'nobody' : entry === ENTRY ? 'us' : 'another';
  }

  async #openOnLinux(what: readonly Opened[]): Promise<void> {
    const { ask, command, dataFolder } = this.#s;
    const folder = path.join(dataFolder, 'applications');
    const types = what.map((one) => TYPES[one]);
    const before = /^MimeType=(.*)$/m.exec(await readFile(path.join(folder, ENTRY), 'utf8').catch(() => ''))?.[1]?.split(';') ?? [];
    const all = Object.values(TYPES).filter((type) => types.includes(type) || before.includes(type));
    // What the package of a distribution installed is as good; an entry of the user's own comes before it and knows where this one lies.
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, ENTRY), desktopEntryText({ name: 'Flashswarm', command, takesFiles: true, mimeTypes: all, hidden: false }));
    await ask('update-desktop-database', [folder]);
    if ((await ask('xdg-mime', ['default', ENTRY, ...types])) === null) {
      throw new ContractError('not-here', 'This desktop lets no program choose that. Choose Flashswarm in its settings, under default applications.');
    }
  }
}
