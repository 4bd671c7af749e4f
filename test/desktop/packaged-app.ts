// The desktop app as it is packed for people, with the runtime under test: made once, started without any driver inside, looked at from outside.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { PackageSummary } from '../../contract/index.ts';
import { freePort } from '../support/ports.ts';
import type { Program } from '../support/processes.ts';
import { startProgram, temporaryFolder, until } from '../support/processes.ts';
import { sourceStamp } from '../../scripts/source-stamp.mjs';
import { projectFolder, runtime, startDisplay } from './desktop-app.ts';

export const packagesFolder = path.join(projectFolder, 'out/verification');
export const unpackedFolder = path.join(packagesFolder, 'linux-unpacked');
/** What a root has to add: Chromium's sandbox does not work for it. */
export const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** The one file below `out/verification` with this ending. */
export function packageFile(ending: string): string {
  const found = readdirSync(packagesFolder).filter((name) => name.endsWith(ending));
  if (found.length !== 1) throw new Error(`There should be one *${ending}, not: ${found.join(', ') || 'none'}.`);
  return path.join(packagesFolder, found[0]!);
}

/** Changes whenever a package would come out differently. */
function packageStamp(): string {
  const hash = createHash('sha256').update(sourceStamp(projectFolder));
  const scripts = readdirSync(path.join(projectFolder, 'scripts')).sort().map((name) => `scripts/${name}`);
  for (const file of [...scripts, 'electron-builder.yml', 'LICENSE']) hash.update(readFileSync(path.join(projectFolder, file)));
  return hash.update(`${runtime} ${statSync(runtime!).mtimeMs}`).digest('hex');
}

/** Packs with the runtime under test, unless that was done since the last change. @throws Error with what the packing said */
export async function makePackages(): Promise<void> {
  const stampFile = path.join(packagesFolder, '.made-from');
  const stamp = packageStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const dist = await startProgram('npm run dist', process.execPath, [path.join(projectFolder, 'scripts/dist.mjs'), 'dir', 'tar.gz', 'deb'], {
    cwd: projectFolder, env: { ELECTRON_OVERRIDE_DIST_PATH: path.dirname(runtime!) },
  });
  const { code } = await dist.exited;
  if (code !== 0) throw new Error(`npm run dist failed.\n${dist.tail(6_000)}`);
  writeFileSync(stampFile, stamp);
}

/** One expression in a page, over Chromium's own protocol; promises are waited for. Null while there is no page. */
export async function evaluateInPage<T>(port: number, expression: string): Promise<T | null> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json() as { type: string; webSocketDebuggerUrl: string }[];
  const page = targets.find((target) => target.type === 'page');
  if (!page) return null;
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  try {
    return await new Promise<T | null>((resolve, reject) => {
      socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true, awaitPromise: true } })));
      socket.addEventListener('message', (event) => {
        const { result } = JSON.parse(String(event.data)) as { result?: { result?: { value?: T }; exceptionDetails?: { text: string } } };
        if (result?.exceptionDetails) reject(new Error(result.exceptionDetails.text));
        else resolve(result?.result?.value ?? null);
      });
      socket.addEventListener('error', () => reject(new Error('no line to the page')));
      socket.addEventListener('close', () => reject(new Error('the page is gone')));
    });
  } finally {
    socket.close();
  }
}

/** One profile of the packed program. */
export class PackagedApp {
  readonly port: number;
  readonly userData = temporaryFolder('user-data');
  readonly downloads = temporaryFolder('downloads');
  readonly display: string;

  private constructor(port: number, display: string) {
    this.port = port;
    this.display = display;
  }

  static async prepare(): Promise<PackagedApp> {
    return new PackagedApp(await freePort(), await startDisplay());
  }

  /** Options that keep it to itself and let it be looked at. */
  get options(): string[] {
    return [...asRoot, `--user-data-dir=${this.userData}`, `--remote-debugging-port=${this.port}`, '--download-dir', this.downloads, '--no-dht', '--no-port-mapping', '--listen', '0'];
  }

  start(folder: string, args: string[] = [], environment: Record<string, string> = {}): Promise<Program> {
    return startProgram('flashswarm', path.join(folder, 'flashswarm'), [...this.options, ...args], { env: { DISPLAY: this.display, ...environment }, graceMs: 15_000 });
  }

  /** A value that is true in the end, from an expression in the page. */
  page<T>(what: string, expression: string, describe: () => string = () => ''): Promise<T> {
    return until<T>(what, () => evaluateInPage<T>(this.port, expression).catch(() => null), { describe });
  }

  packages(): Promise<PackageSummary[]> {
    return this.page('the library', 'window.flashswarm.request("session.snapshot", {}).then((answer) => answer.ok && answer.value.packages)');
  }
}
