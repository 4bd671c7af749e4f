// Shows notices through the system's notifications; a click opens the window at what they tell of.
import { nativeImage, Notification } from 'electron';
import type { ProgramUpdate, Snapshot } from '../../contract/index.ts';
import { shownText } from '../../contract/openable.ts';
import { Notices } from './notices.ts';
import type { Notice } from './notices.ts';
import { programIcon } from './program-icon.ts';
import { word } from './words.ts';

const MAX_NAME_CHARACTERS = 60;
/** Some show it as large as it is. */
const ICON_SIDE = 48;

export class Notifier {
  readonly #notices = new Notices();
  readonly #isWatched: () => boolean;
  readonly #show: (id: string) => void;
  /** Held until they are gone: one that is collected does not hear its click. */
  readonly #open = new Set<Notification>();
  #toldOfProgram = '';

  /** @param isWatched the window is in front: what it shows need not be told @param show opens the window at a package */
  constructor(isWatched: () => boolean, show: (id: string) => void) {
    this.#isWatched = isWatched;
    this.#show = show;
  }

  update({ packages, settings }: Snapshot): void {
    for (const notice of this.#notices.update(packages, settings.desktop.notify)) if (!this.#isWatched()) this.#tell(notice);
  }

  /** The first time the window is closed and everything goes on. */
  tellOfTray(hasTray: boolean): void {
    this.#display(word('notify.trayTitle'), word(hasTray ? 'notify.tray' : 'notify.trayNone'), null);
  }

  /** A newer version of the program is to be had, or ready: said once each. */
  tellOfProgram({ state, version }: ProgramUpdate): void {
    if ((state !== 'available' && state !== 'ready') || this.#toldOfProgram === `${state} ${version}`) return;
    this.#toldOfProgram = `${state} ${version}`;
    if (!this.#isWatched()) this.#display(word('notify.programTitle', { version }), word(state === 'ready' ? 'notify.programReady' : 'notify.program'), null);
  }

  #tell({ kind, id, name, shared }: Notice): void {
    const shown = shownText(name).slice(0, MAX_NAME_CHARACTERS);
    switch (kind) {
      case 'ready': return this.#display(word('notify.readyTitle', { name: shown }), word(shared ? 'notify.ready' : 'notify.readyNotShared'), id);
      case 'core-ready': return this.#display(word('notify.coreReadyTitle', { name: shown }), word('notify.coreReady'), id);
      case 'problem': return this.#display(word('notify.problemTitle', { name: shown }), word('notify.problem'), id);
      case 'update': return this.#display(word('notify.updateTitle', { name: shown }), word('notify.update'), id);
    }
  }

  #display(title: string, body: string, id: string | null): void {
    if (!Notification.isSupported()) return;
    const icon = programIcon();
    const notification = new Notification({ title, body, ...(icon ? { icon: nativeImage.createFromPath(icon).resize({ width: ICON_SIDE }) } : {}) });
    this.#open.add(notification);
    notification.on('click', () => id !== null && this.#show(id));
    for (const gone of ['close', 'click', 'failed'] as const) notification.on(gone as 'close', () => this.#open.delete(notification));
    notification.show();
  }
}
