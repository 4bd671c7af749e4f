// Life without a window: what closing it means, what the core last said, and an end in order.
import { EventEmitter } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { app } from 'electron';
import type { Snapshot } from '../../contract/index.ts';
import type { CoreSupervisor } from '../core/supervisor.ts';
import type { AppWindow } from './app-window.ts';
import type { Notifier } from './notifier.ts';
import { hasTray } from './tray-presence.ts';
import type { AppTray } from './tray.ts';

const LOOK_EVERY_MS = 500;

export class Background extends EventEmitter<{ snapshot: [Snapshot] }> {
  readonly #core: CoreSupervisor;
  readonly #window: AppWindow;
  readonly #notifier: Notifier;
  #tray: AppTray | null = null;
  #newest: Snapshot | null = null;
  #timer: NodeJS.Timeout | null = null;
  #isStopped = false;
  #isQuitting = false;
  #end = (): void => app.quit();

  constructor(core: CoreSupervisor, window: AppWindow, notifier: Notifier) {
    super();
    this.#core = core;
    this.#window = window;
    this.#notifier = notifier;
    app.on('window-all-closed', () => this.#allClosed());
    app.on('before-quit', (event) => this.#quit(event));
    core.onAny((name) => {
      if (name === 'packages.changed' || name === 'settings.changed' || name === 'core.state') this.#lookSoon();
    });
  }

  /** What the core last said; null before it said anything. */
  get newest(): Snapshot | null {
    return this.#newest;
  }

  get isQuitting(): boolean {
    return this.#isQuitting;
  }

  /** @param tray closed at the end */
  start(tray: AppTray): void {
    this.#tray = tray;
  }

  /** Quits in order; when the core is at its end, this is done in place of leaving at once. */
  quitThen(act: () => void): void {
    this.#end = act;
    app.quit();
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.#core.snapshot().then((snapshot) => {
        if (!snapshot || this.#isQuitting) return;
        this.#newest = snapshot;
        this.emit('snapshot', snapshot);
      });
    }, LOOK_EVERY_MS);
  }

  /** Before the core has said anything the usual holds: sharing goes on. */
  #allClosed(): void {
    if (this.#isQuitting) return;
    const settings = this.#newest?.settings;
    if (settings && !settings.desktop.closeToTray) return app.quit();
    this.#tellOnce();
  }

  #tellOnce(): void {
    const mark = path.join(app.getPath('userData'), 'told-of-tray');
    if (existsSync(mark)) return;
    try {
      writeFileSync(mark, '');
    } catch {
      // It is said once more the next time: better than never.
    }
    void hasTray().then((there) => this.#notifier.tellOfTray(there));
  }

  /** The core writes what it knows first; it is ended when that takes too long. */
  #quit(event: Electron.Event): void {
    if (this.#isStopped) return;
    event.preventDefault();
    if (this.#isQuitting) return;
    this.#isQuitting = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#window.hide();
    this.#tray?.close();
    void this.#core.stop().finally(() => {
      this.#isStopped = true;
      this.#end();
    });
  }
}
