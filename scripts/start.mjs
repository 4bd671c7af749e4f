// `npm start [-- link or file ... | --headless]`: installs and builds what is missing, then opens Flashswarm.
// Plain JS without dependencies, so that it runs on Node 20 from a fresh clone.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findElectron } from './electron-runtime.mjs';
import { childEnvironment, ensureInstalled, findNode } from './install.mjs';
import { run, say } from './say.mjs';
import { isBuilt } from './source-stamp.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const cwd = process.env.INIT_CWD ?? process.cwd(); // npm moves to the project's folder; paths are meant from where it was called
const ownOptions = new Set(['--headless', '--no-open']);

/** A file's path is made absolute; links, addresses and options stay as they are. */
const settle = (argument) => {
  if (argument.startsWith('-') || /^[a-z][a-z0-9+.-]+:/i.test(argument)) return argument;
  const file = path.resolve(cwd, argument);
  return existsSync(file) ? file : argument;
};

/** Runs a host to its end in a group of its own, so that Ctrl-C reaches it once: through us. */
function runHost(program, args, options, onOutput) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root, stdio: ['ignore', onOutput ? 'pipe' : 'inherit', 'inherit'], detached: process.platform !== 'win32', ...options,
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
    child.stdout?.on('data', onOutput);
    child.once('error', (error) => {
      console.error(`${program} does not start: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1)));
  });
}

/** Opens an address in the user's browser where there is one to open it in. */
function openBrowser(address) {
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  if (!hasDisplay || process.argv.includes('--no-open')) return;
  const [program, args] = { darwin: ['open', [address]], win32: ['cmd.exe', ['/c', 'start', '', address.replaceAll('&', '^&')]] }[process.platform] ?? ['xdg-open', [address]];
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', () => {}); // the address is on the terminal
  child.unref();
}

async function startHeadless(node, args) {
  const entry = path.join(root, 'dist/headless/main.js');
  if (!existsSync(entry)) throw new Error('The headless host is not built.');
  let seen = '';
  let opened = false;
  return runHost(node, [entry, ...args], { env: childEnvironment(root) }, (data) => {
    process.stdout.write(data);
    if (opened) return;
    seen += data;
    const address = /https?:\/\/\S+(?=\s)/.exec(seen)?.[0];
    if (!address) return;
    opened = true;
    openBrowser(address);
  });
}

async function startDesktop(executable, args) {
  const asRoot = process.platform === 'linux' && process.getuid() === 0;
  if (asRoot) say('Running as root: Chromium works without its sandbox (--no-sandbox).');
  const { ELECTRON_RUN_AS_NODE, ...env } = childEnvironment(root);
  return runHost(executable, [...(asRoot ? ['--no-sandbox'] : []), root, ...args], { env });
}

async function main() {
  const args = process.argv.slice(2).filter((argument) => !ownOptions.has(argument)).map(settle);
  await ensureInstalled(root);
  const node = findNode(root);
  if (!isBuilt(root)) {
    say('Building ...');
    const built = await run(node, [path.join(root, 'scripts/build.mjs')], { cwd: root });
    if (built.code !== 0) {
      process.stderr.write(built.output);
      throw new Error('The build failed; what it said is above.');
    }
  }
  if (process.argv.includes('--headless')) {
    say('Starting without a window, as asked; the interface is in the browser.');
    return startHeadless(node, args);
  }
  const electron = await findElectron(root, node);
  if (electron.executable) return startDesktop(electron.executable, args);
  say(`No desktop window, because ${electron.reason}; the interface is in the browser.`);
  return startHeadless(node, args);
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
