// Our own program under test, as a person starts it: the built command line on the project's own Node.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './ports.ts';
import { startProgram, temporaryFolder, until } from './processes.ts';
import type { Program, StartOptions } from './processes.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const node = path.join(root, 'node_modules/.bin/node');
export const commandLine = path.join(root, 'dist/cli/flashswarm.js');

/** Runs `flashswarm ...` with a home of its own. */
export async function startFlashswarm(args: string[], options: StartOptions = {}): Promise<Program> {
  if (!existsSync(commandLine)) throw new Error(`${commandLine} is not built: npm run build`);
  const home = temporaryFolder('home');
  return startProgram(`flashswarm ${args[0] ?? ''}`, node, [commandLine, ...args], {
    cwd: home, graceMs: 10_000,
    env: { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home, NO_COLOR: '1' }, ...options,
  });
}

/** A data folder whose settings keep the core from finding peers by itself: what the test names is all there is. */
export function sessionFolder(purpose: string): string {
  const folder = temporaryFolder(purpose);
  writeFileSync(path.join(folder, 'settings.json'), JSON.stringify({ dht: false, lsd: false, pex: false, portMapping: false }));
  return folder;
}

/** Flags that keep a run on this machine. */
export const quiet = ['--no-dht', '--no-port-mapping', '--allow-private', '--json'];

export interface GetLine { type: 'progress' | 'seeding' | 'done' | 'error'; [key: string]: unknown }

/** The JSON lines that a command printed; one that a kill cut short is left out. */
export function jsonLines(program: Program): GetLine[] {
  return program.stdout.split('\n').slice(0, -1).filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as GetLine);
}

/** One `get`, to its end. */
export interface Got { code: number | null; lines: GetLine[]; last: GetLine | undefined; program: Program }

export async function finished(program: Program, withinMs = 120_000): Promise<Got> {
  await until(`${program.name} ends`, () => program.ended, { withinMs, describe: () => program.tail() });
  const { code } = await program.exited;
  const lines = jsonLines(program);
  return { code, lines, last: lines.at(-1), program };
}

/** `seed TORRENT --data DIR` that takes connections. */
export interface Seeding { program: Program; address: string; address6: string; port: number }

export async function startSeed(args: string[]): Promise<Seeding> {
  const port = await freePort();
  const program = await startFlashswarm(['seed', ...args, '--listen', String(port), '--data-dir', sessionFolder('seed-session'), ...quiet]);
  await until('seed says that others can fetch', () => {
    if (program.ended) throw new Error(`seed ended\n${program.tail()}`);
    return program.stdout.includes('{"type":"seeding"');
  }, { withinMs: 90_000, describe: () => program.tail() });
  return { program, port, address: `127.0.0.1:${port}`, address6: `[::1]:${port}` };
}

/** `get SOURCE --out DIR`, with a session folder of its own. */
export async function startGet(source: string, out: string, args: string[] = []): Promise<Program> {
  const own = args.includes('--data-dir') ? [] : ['--data-dir', sessionFolder('get-session')];
  const listen = args.includes('--listen') ? [] : ['--listen', String(await freePort())];
  return startFlashswarm(['get', source, '--out', out, ...own, ...listen, ...quiet, ...args]);
}

/** `serve`, with its REST face. */
export class Serving {
  readonly program: Program;
  readonly peerPort: number;
  readonly #base: string;
  readonly #token: string;

  constructor(program: Program, peerPort: number, address: string) {
    this.program = program;
    this.peerPort = peerPort;
    const url = new URL(address);
    this.#token = url.searchParams.get('token')!;
    this.#base = url.origin;
  }

  async ask<T>(method: string, route: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#base}/api/v1${route}`, {
      method, headers: { 'Authorization': `Bearer ${this.#token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

export async function startServe(downloadFolder: string, args: string[] = [], options: StartOptions = {}): Promise<Serving> {
  const port = await freePort();
  const dataDir = args.includes('--data-dir') ? [] : ['--data-dir', sessionFolder('serve-session')];
  const program = await startFlashswarm([
    'serve', '--port', '0', '--download-dir', downloadFolder, '--listen', String(port), '--no-dht', '--allow-private',
    ...dataDir, ...args,
  ], options);
  const address = await until('serve prints its address', () => {
    if (program.ended) throw new Error(`serve ended\n${program.tail()}`);
    return /http:\/\/\S+token=\S+/.exec(program.stdout)?.[0];
  }, { withinMs: 30_000, describe: () => program.tail() });
  return new Serving(program, port, address);
}
