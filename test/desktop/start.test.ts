// `npm start` as a user runs it, on what is installed and built: window or browser, in plain lines, and a clean end.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Program } from '../support/processes.ts';
import { freePort } from '../support/ports.ts';
import { leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';
import { projectFolder, runtime, startDisplay, whyNot } from './desktop-app.ts';

const magnet = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=started';
const script = path.join(projectFolder, 'scripts/start.mjs');

function start(args: string[], env: Record<string, string>): Promise<Program> {
  return startProgram('npm start', process.execPath, [script, ...args], { env, cwd: projectFolder, graceMs: 15_000 });
}

const addressIn = (program: Program): Promise<string> => until('it prints its address', () => {
  if (program.ended) throw new Error(`it ended\n${program.tail()}`);
  return /http:\/\/\S+/.exec(program.stdout)?.[0];
}, { withinMs: 60_000, describe: () => program.tail() });

/** One expression in the window's page, over Chromium's own protocol: nothing else drives this window. */
async function evaluateInPage(port: number, expression: string): Promise<unknown> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json() as { type: string; webSocketDebuggerUrl: string }[];
  const page = targets.find((target) => target.type === 'page');
  if (!page) return null;
  const socket = new WebSocket(page.webSocketDebuggerUrl);
  try {
    return await new Promise((resolve, reject) => {
      socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression, returnByValue: true } })));
      socket.addEventListener('message', (event) => resolve((JSON.parse(String(event.data)) as { result?: { result?: { value?: unknown } } }).result?.result?.value));
      socket.addEventListener('error', () => reject(new Error('no line to the page')));
    });
  } finally {
    socket.close();
  }
}

describe('npm start', () => {
  leaveNothingBehind();
  const folders = () => ['--data-dir', temporaryFolder('data'), '--download-dir', temporaryFolder('downloads'), '--no-dht', '--listen', '0'];

  test.each(['SIGINT', 'SIGTERM'] as const)('with --headless says so, serves the interface, and ends at once on %s', async (signal) => {
    const program = await start(['--headless', '--no-open', '--port', '0', ...folders(), magnet], { DISPLAY: '' });
    const address = await addressIn(program);
    expect(program.stdout).toContain('Starting without a window, as asked; the interface is in the browser.\n');
    const login = await fetch(address, { redirect: 'manual' });
    const cookie = login.headers.getSetCookie().map((one) => one.split(';')[0]).join('; ');
    const answer = await fetch(new URL(login.headers.get('location') ?? '/', address), { headers: { cookie } });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<title>Flashswarm</title>');
    program.signal(signal);
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  test('without a display says why and uses the browser', async () => {
    const program = await start(['--port', '0', ...folders()], { DISPLAY: '', WAYLAND_DISPLAY: '' });
    await addressIn(program);
    expect(program.stdout).toContain('No desktop window, because there is no display; the interface is in the browser.\n');
    program.signal('SIGINT');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  test('with a runtime that does not start uses the browser', async () => {
    const program = await start(['--no-open', '--port', '0', ...folders()], { DISPLAY: ':1', ELECTRON_OVERRIDE_DIST_PATH: path.join(projectFolder, 'test/desktop/broken-runtime') });
    await addressIn(program);
    expect(program.stdout).toContain('No desktop window, because the Electron runtime does not start here');
    program.signal('SIGINT');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  test.skipIf(!runtime)(`opens the window with a magnet${runtime ? '' : ` (${whyNot})`}`, async () => {
    const display = await startDisplay();
    const port = await freePort();
    const userData = temporaryFolder('user-data');
    const program = await start([`--user-data-dir=${userData}`, `--remote-debugging-port=${port}`, ...folders(), magnet], { DISPLAY: display });
    const shown = await until('the Add dialog is there', () => {
      if (program.ended) throw new Error(`it ended\n${program.tail()}`);
      return evaluateInPage(port, "document.querySelector('[role=dialog] input[type=text]')?.value").catch(() => null);
    }, { describe: () => program.tail() });
    expect(shown).toBe(magnet);
    if (process.getuid?.() === 0) expect(program.stdout).toContain('Running as root: Chromium works without its sandbox (--no-sandbox).');
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(existsSync(path.join(userData, 'SingletonLock'))).toBe(false);
  });
});
