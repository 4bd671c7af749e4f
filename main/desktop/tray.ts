// The tray: keeps the icon, the tooltip and the menu in step with the core, and passes on what is chosen there.
import { Menu, nativeImage, Tray } from 'electron';
import type { MenuItemConstructorOptions, NativeImage } from 'electron';
import type { CoreSupervisor } from '../core/supervisor.ts';
import { trayMenu, trayTooltip } from './tray-menu.ts';
import type { TrayAction, TrayItem } from './tray-menu.ts';
import { accent, alarm, template, trayPicture } from './tray-picture.ts';
import type { TrayState } from './tray-picture.ts';
import { trayView } from './tray-state.ts';
import type { TrayView } from './tray-state.ts';

export interface TrayHost {
  openWindow(): void;
  openAdd(): void;
  showPackage(id: string): void;
  quit(): void;
}

/** Steps in which the icon fills; finer ones cannot be seen. */
const STEPS = 16;
const SIDES = process.platform === 'win32' ? [16, 24, 32] : [22, 44];

/** What a tray lacks on a system without one is no error: the window is all there is then. */
export class AppTray {
  readonly #tray: Tray;
  readonly #core: CoreSupervisor;
  readonly #host: TrayHost;
  #shown = { icon: '', tooltip: '', menu: '' };

  constructor(core: CoreSupervisor, host: TrayHost) {
    this.#core = core;
    this.#host = host;
    this.#tray = new Tray(picture('idle', 0));
    this.#tray.on('click', () => host.openWindow());
    this.update(trayView({ packages: [], totals: null, turtleOn: false }));
  }

  close(): void {
    this.#tray.destroy();
  }

  /** Only what changed is exchanged: a menu that is open would close. */
  update(view: TrayView): void {
    if (this.#tray.isDestroyed()) return;
    const step = view.progress === null ? 0 : Math.floor(view.progress * STEPS);
    this.#change('icon', `${view.state} ${step}`, () => this.#tray.setImage(picture(view.state, step / STEPS)));
    const tooltip = trayTooltip(view);
    this.#change('tooltip', tooltip, () => this.#tray.setToolTip(tooltip));
    const items = trayMenu(view);
    this.#change('menu', JSON.stringify(items), () => this.#tray.setContextMenu(Menu.buildFromTemplate(items.map((item) => this.#entry(item)))));
  }

  #change(part: 'icon' | 'tooltip' | 'menu', value: string, apply: () => void): void {
    if (this.#shown[part] === value) return;
    this.#shown[part] = value;
    apply();
  }

  #entry(item: TrayItem): MenuItemConstructorOptions {
    if (item === 'line') return { type: 'separator' };
    const { label, action, checked } = item;
    return { label, enabled: action !== null, ...(checked === undefined ? {} : { type: 'checkbox', checked }), click: () => action && this.#run(action) };
  }

  #run(action: TrayAction): void {
    switch (action.do) {
      case 'open': return this.#host.openWindow();
      case 'add': return this.#host.openAdd();
      case 'quit': return this.#host.quit();
      case 'show': return this.#host.showPackage(action.id);
      case 'pause': return void this.#core.request('packages.pause', { ids: action.ids });
      case 'resume': return void this.#core.request('packages.resume', { ids: action.ids });
      case 'turtle': return void this.#switchTurtle();
    }
  }

  async #switchTurtle(): Promise<void> {
    const turtle = (await this.#core.snapshot())?.settings.turtle;
    if (turtle) await this.#core.request('settings.update', { turtle: { ...turtle, on: !turtle.on } });
  }
}

function picture(state: TrayState, progress: number): NativeImage {
  const isMac = process.platform === 'darwin';
  const colour = isMac ? template : state === 'problem' ? alarm : accent;
  const [first, ...others] = SIDES;
  const bitmap = (side: number): Buffer => Buffer.from(trayPicture(state, progress, side, colour));
  const image = nativeImage.createFromBitmap(bitmap(first!), { width: first!, height: first! });
  for (const side of others) image.addRepresentation({ scaleFactor: side / first!, width: side, height: side, buffer: bitmap(side) });
  if (isMac) image.setTemplateImage(true);
  return image;
}
