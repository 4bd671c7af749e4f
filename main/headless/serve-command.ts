// The command line of the headless host: `flashswarm serve` and dist/headless/main.js.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { commonHelp, commonOptions, coreOptions, parsePort, UsageError } from './common-options.ts';
import type { ServeOptions } from './serve.ts';
import { serve } from './serve.ts';
import { userDataFolder, userDownloadFolder } from '../core/user-folders.ts';
import { productVersion } from './version.ts';

const usualPort = 7390;

export const serveHelp = `Usage: flashswarm serve [options] [link or file ...]

Runs Flashswarm without a window: the interface in a browser, and the control interface for automation.
Prints its complete address, access token included; the same address can be opened again after a restart.
Links, torrent files and event packages that are named are offered to the first window that opens.

  --port PORT         where the interface is (default ${usualPort}, or any free port when that is taken; 0: any free one)
  --host ADDRESS      listen here (default 127.0.0.1; anything else lets other machines in, without encryption)
  --download-dir DIR  where files go (default: Downloads)
  --allow-dir DIR     a further folder that may be chosen in the interface (may be repeated)
  --token-file FILE   keep the access token here (default: in the data folder)
  --metrics-open      programs on this machine may read /metrics without the token (not when listening for a proxy)
  --open              open the interface in the browser
${commonHelp}
  --help              this text

Exit codes: 0 stopped as asked, 1 something went wrong, 2 the command line is not understood.
`;

/** @throws {UsageError} */
export function parseServe(args: string[]): (Omit<ServeOptions, 'log'> & { open: boolean }) | 'help' {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...commonOptions,
        'port': { type: 'string' }, 'host': { type: 'string' }, 'download-dir': { type: 'string' }, 'allow-dir': { type: 'string', multiple: true },
        'token-file': { type: 'string' }, 'open': { type: 'boolean' }, 'metrics-open': { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!);
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (values.host !== undefined && !/^[A-Za-z0-9.:_-]{1,255}$/.test(values.host)) throw new UsageError(`--host wants an address of this machine, not "${values.host}".`);
  return {
    core: coreOptions(values, { dataDir: values['data-dir'] ?? userDataFolder(), downloadDir: values['download-dir'] ?? userDownloadFolder() }, productVersion()),
    host: values.host ?? '127.0.0.1',
    port: values.port === undefined ? usualPort : parsePort(values.port, '--port'),
    anyPortWhenTaken: values.port === undefined,
    tokenFile: values['token-file'],
    metricsOpen: values['metrics-open'] ?? false,
    allowDirs: values['allow-dir'] ?? [],
    named: positionals,
    open: values.open ?? false,
  };
}

function openBrowser(address: string): void {
  const [program, args]: [string, string[]] = process.platform === 'darwin' ? ['open', [address]]
    : process.platform === 'win32' ? ['rundll32', ['url.dll,FileProtocolHandler', address]]
      : ['xdg-open', [address]];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {}); // the address is printed anyway
  child.unref();
}

/** Runs the host until it is told to stop. @returns the exit code */
export async function serveCommand(args: string[]): Promise<number> {
  let options;
  try {
    options = parseServe(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message} See: flashswarm serve --help\n`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(serveHelp);
    return 0;
  }
  const asked = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
  let serving;
  try {
    serving = await serve({ ...options, log: (line) => process.stderr.write(`${line}\n`) });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
  process.stdout.on('error', () => {}); // whoever read the address may close the pipe
  process.stdout.write(`Flashswarm is at ${serving.address}\n`);
  if (options.open) openBrowser(serving.address);
  await asked;
  await serving.close();
  return 0;
}
