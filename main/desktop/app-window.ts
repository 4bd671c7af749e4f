// The one window, which comes and goes while the program stays: shown, brought to the front, told what to show.
import { EventEmitter } from 'node:events';
import type { BrowserWindow } from 'electron';
import type { Payload } from '../../contract/index.ts';
import { sendEvent } from './ipc-router.ts';
import { openMainWindow } from './main-window.ts';

type Asked = Payload<'window.asked'>;

export class AppWindow extends EventEmitter<{ reloads: []; closed: []; painted: [] }> {
  #window: BrowserWindow | null = null;
  #listens = false;
  /** What the page is to show once it listens: the newest alone. */
  #waiting: Asked | null = null;

  get current(): BrowserWindow | null {
    return this.#window;
  }

  get isInFront(): boolean {
    return this.#window !== null && this.#window.isVisible() && !this.#window.isMinimized() && this.#window.isFocused();
  }

  /** Opens it, or brings it to the front. */
  show(): void {
    const window = this.#window ?? this.#open();
    if (window.isMinimized()) window.restore();
    if (this.#listens) window.show(); // a new one shows itself with its first picture
    window.focus();
  }

  /** Opens it and has it show something. */
  ask(asked: Asked): void {
    if (this.#listens) sendEvent(this.#window, 'window.asked', asked);
    else this.#waiting = asked;
    this.show();
  }

  /** The page asked for the first thing it asks for, after it subscribed to events. */
  pageListens(): void {
    this.#listens = true;
    if (this.#waiting) sendEvent(this.#window, 'window.asked', this.#waiting);
    this.#waiting = null;
  }

  hide(): void {
    this.#window?.hide();
  }

  #open(): BrowserWindow {
    const window = openMainWindow();
    this.#window = window;
    window.webContents.on('did-start-loading', () => this.#stopsListening());
    window.once('ready-to-show', () => this.emit('painted'));
    window.once('closed', () => {
      this.#window = null;
      this.#stopsListening();
      this.emit('closed');
    });
    return window;
  }

  #stopsListening(): void {
    this.#listens = false;
    this.emit('reloads');
  }
}
