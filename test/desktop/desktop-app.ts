// Flashswarm in a real Electron window on a display of its own, for one test: launched, watched, closed, removed.
import type { ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, errors } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import type { Program } from '../support/processes.ts';
import { startProgram, temporaryFolder, testEnvironment, until } from '../support/processes.ts';

export const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

function findRuntime(): string | null {
  const electron = path.join(projectFolder, 'node_modules/electron');
  const named = existsSync(path.join(electron, 'path.txt')) ? readFileSync(path.join(electron, 'path.txt'), 'utf8') : 'electron';
  const folder = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(electron, 'dist');
  return existsSync(path.join(folder, named)) ? path.join(folder, named) : null;
}

/** The Electron runtime under test; null where there is none, and then the tests are skipped by name. */
export const runtime = findRuntime();
export const whyNot = 'no Electron runtime is here (ELECTRON_OVERRIDE_DIST_PATH or node_modules/electron/dist)';
if (!runtime) console.log(`Skipped: ${whyNot}.`);

const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const opened = new Set<DesktopApp>();

/** A display that nobody looks at. */
export async function startDisplay(): Promise<string> {
  const server = await startProgram('Xvfb', 'Xvfb', ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp']);
  return `:${await until('Xvfb shows a display', () => server.ended ? null : server.stdout.trim(), { describe: () => server.tail() })}`;
}

type LaunchOptions = Parameters<typeof _electron.launch>[0];

/**
 * One launch in some hundreds hangs in its driver, which has reached both debuggers of the old runtime then and waits for ever. That is told,
 * with what the program has done by then, and tried once more; a program that does not start fails twice.
 */
async function launch(options: LaunchOptions, userData: string): Promise<ElectronApplication> {
  try {
    return await _electron.launch({ ...options, timeout: 45_000 });
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error;
    console.log(`The launch hung, and is tried once more. The profile held by then: ${existsSync(userData) ? readdirSync(userData).join(', ') : 'nothing'}.\n${error.message}`);
    return _electron.launch({ ...options, timeout: 60_000 });
  }
}

export class DesktopApp {
  readonly app: ElectronApplication;
  readonly process: ChildProcess;
  readonly #page: Page | null;
  readonly display: string;
  readonly userData: string;
  readonly downloads: string;
  /** What the page wrote to its console as an error. */
  readonly complaints: string[] = [];

  private constructor(app: ElectronApplication, page: Page | null, display: string, userData: string, downloads: string) {
    this.app = app;
    this.process = app.process();
    this.#page = page;
    this.display = display;
    this.userData = userData;
    this.downloads = downloads;
    page?.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page?.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /** The page of the first window. */
  get page(): Page {
    if (!this.#page) throw new Error('It was started without a window.');
    return this.#page;
  }

  /** @param hidden it opens no window @param args links, files and options as the user would give them @param userData of an earlier run, to go on from there */
  static async open(args: string[] = [], { userData = temporaryFolder('user-data'), downloads = temporaryFolder('downloads'), environment = {} as Record<string, string>, hidden = false } = {}): Promise<DesktopApp> {
    const display = await startDisplay();
    const app = await launch({
      executablePath: runtime!,
      args: [...asRoot, `--user-data-dir=${userData}`, projectFolder, '--download-dir', downloads, '--no-dht', '--no-port-mapping', ...args],
      cwd: projectFolder,
      env: { ...process.env, ...testEnvironment, ...environment, DISPLAY: display } as Record<string, string>,
    }, userData);
    try {
      const desktop = new DesktopApp(app, hidden ? null : await app.firstWindow({ timeout: 60_000 }), display, userData, downloads);
      opened.add(desktop);
      // A window begins with an empty document, which has our requests too and takes them along when the page replaces it.
      if (!hidden) await desktop.page.waitForURL((url) => url.href !== 'about:blank', { waitUntil: 'commit', timeout: 60_000 });
      return desktop;
    } catch (error) {
      app.process().kill('SIGKILL');
      throw error;
    }
  }

  /** Starts the program once more on the same profile, as a link in a browser would; it ends by itself. */
  startAgain(args: string[]): Promise<Program> {
    return startProgram('second instance', runtime!, [...asRoot, `--user-data-dir=${this.userData}`, projectFolder, ...args], {
      env: { DISPLAY: this.display },
    });
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    opened.delete(this);
    const child = this.process;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  /** Closes it as a user does, and waits until its process is gone. */
  async close(): Promise<void> {
    opened.delete(this);
    const child = this.process;
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await this.app.close().catch(() => {});
    if (child.exitCode === null && child.signalCode === null) await new Promise((resolve) => child.once('exit', resolve));
    clearTimeout(timer);
  }
}

/** How it ends by itself: its code, or the signal that ended it. */
export function endOf({ process: child }: DesktopApp): Promise<[code: number | null, signal: NodeJS.Signals | null]> {
  return new Promise((resolve) => child.once('exit', (...how) => resolve(how)));
}

export async function closeEveryApp(): Promise<void> {
  await Promise.all([...opened].map((desktop) => desktop.close()));
}
