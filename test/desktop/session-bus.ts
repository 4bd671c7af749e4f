// A session bus of its own with somebody who watches for tray icons and notifications, for tests of what is outside the window.
import { fileURLToPath } from 'node:url';
import type { Program } from '../support/processes.ts';
import { startProgram, until } from '../support/processes.ts';

export interface TrayEntry { id: number; label: string; line: boolean; enabled: boolean; checked: boolean }
export interface ShownTray { menu: TrayEntry[]; icon: { width: number; height: number; argb: string } | null; tooltip: string }
export interface ShownNotification { id: number; title: string; body: string }

const script = fileURLToPath(new URL('session-bus.py', import.meta.url));

export class SessionBus {
  readonly address: string;
  readonly #watcher: Program;
  /** How many answers to questions were read. */
  #read = 0;

  private constructor(address: string, watcher: Program) {
    this.address = address;
    this.#watcher = watcher;
  }

  static async start(): Promise<SessionBus> {
    const bus = await startProgram('dbus-daemon', 'dbus-daemon', ['--session', '--nofork', '--print-address']);
    const address = await until('the bus tells its address', () => /^unix:\S+/m.exec(bus.stdout)?.[0], { describe: () => bus.tail() });
    const watcher = await startProgram('session bus', '/usr/bin/python3', [script], { env: { DBUS_SESSION_BUS_ADDRESS: address }, stdin: true });
    await until('the watcher is ready', () => watcher.stdout.includes('"ready"'), { describe: () => watcher.tail() });
    return new SessionBus(address, watcher);
  }

  /** What a program needs to find the bus, and to use the tray there. */
  get environment(): Record<string, string> {
    return { DBUS_SESSION_BUS_ADDRESS: this.address, XDG_CURRENT_DESKTOP: 'Unity' };
  }

  /** What the newest icon in the tray shows now. */
  async tray(): Promise<ShownTray> {
    await this.#iconThere();
    return this.#ask({ do: 'look' }) as Promise<unknown> as Promise<ShownTray>;
  }

  /** Chooses an entry of the menu by its label. */
  async choose(label: string): Promise<void> {
    await this.#iconThere();
    await this.#ask({ do: 'choose', label });
  }

  /** Clicks the icon. */
  async click(): Promise<void> {
    await this.#iconThere();
    await this.#ask({ do: 'click' });
  }

  notifications(): ShownNotification[] {
    return this.#lines('notified') as unknown as ShownNotification[];
  }

  async clickNotification(id: number): Promise<void> {
    await this.#ask({ do: 'clickNotification', id });
  }

  /** The icon comes a moment after the window. */
  async #iconThere(): Promise<void> {
    await until('an icon is in the tray', () => this.#lines('registered').length > 0, { describe: () => this.#watcher.tail() });
  }

  #lines(...types: string[]): Record<string, unknown>[] {
    return this.#watcher.stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => types.includes(String(line.type)));
  }

  async #ask(question: Record<string, unknown>): Promise<Record<string, unknown>> {
    this.#watcher.write(JSON.stringify(question));
    const answer = await until(`the bus answers ${String(question.do)}`, () => this.#lines('tray', 'done', 'failed')[this.#read], { describe: () => this.#watcher.tail() });
    this.#read += 1;
    if (answer.type === 'failed') throw new Error(String(answer.message));
    return answer;
  }
}
