// The tray: keeps the icon, the tooltip and the menu in step with the core, and passes on what is chosen there.
import { Menu, nativeImage, Tray } from 'electron';
import type { MenuItemConstructorOptions, NativeImage } from 'electron';
import type { Snapshot } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';
import { trayMenu, trayTooltip } from './tray-menu.ts';
import type { TrayAction, TrayItem } from './tray-menu.ts';
import { accent, alarm, template, trayPicture } from './tray-picture.ts';
import type { TrayState } from './tray-picture.ts';
import { trayView } from './tray-state.ts';

export interface TrayHost {
  openWindow(): void;
  openAdd(): void;
  showPackage(id: string): void;
  quit(): void;
}

/** Steps in which the icon fills; finer ones cannot be seen. */
const STEPS = 16;
const SIDES = process.platform === 'win32' ? [16, 24, 32] : [22, 44];
const UPDATE_EVERY_MS = 1000;

/** What a tray lacks on a system without one is no error: the window is all there is then. */
export class AppTray {
  readonly #tray: Tray;
  readonly #core: CoreSupervisor;
  readonly #host: TrayHost;
  readonly #stopListening: () => void;
  #shown = { icon: '', tooltip: '', menu: '' };
  #timer: NodeJS.Timeout | null = null;
  #snapshot: Snapshot | null = null;

  constructor(core: CoreSupervisor, host: TrayHost) {
    this.#core = core;
    this.#host = host;
    this.#tray = new Tray(picture('idle', 0));
    this.#tray.on('click', () => host.openWindow());
    this.#stopListening = core.onAny((name) => {
      if (name === 'packages.changed' || name === 'settings.changed' || name === 'core.state') this.#updateSoon();
    });
    this.#show();
    this.#updateSoon();
  }

  close(): void {
    this.#stopListening();
    if (this.#timer) clearTimeout(this.#timer);
    this.#tray.destroy();
  }

  /** Once a second is enough for an icon, and a menu that is open must not be exchanged all the time. */
  #updateSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#core.snapshot().then((snapshot) => {
        if (this.#tray.isDestroyed()) return;
        this.#snapshot = snapshot ?? this.#snapshot;
        this.#show();
      });
    }, this.#snapshot ? UPDATE_EVERY_MS : 0);
  }

  #show(): void {
    const view = trayView({ packages: this.#snapshot?.packages ?? [], totals: this.#snapshot?.totals ?? null, turtleOn: this.#snapshot?.settings.turtle.on ?? false });
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
      case 'turtle': {
        const turtle = this.#snapshot?.settings.turtle;
        if (turtle) void this.#core.request('settings.update', { turtle: { ...turtle, on: !turtle.on } });
      }
    }
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
