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
const fellOverWithinMs = 10_000; // missing system libraries, a display that is not there
const ownOptions = new Set(['--headless', '--no-open']);

/** A file's path is made absolute; links, addresses and options stay as they are. */
const settle = (argument) => {
  if (argument.startsWith('-') || /^[a-z][a-z0-9+.-]+:/i.test(argument)) return argument;
  const file = path.resolve(cwd, argument);
  return existsSync(file) ? file : argument;
};

let isAsked = false; // to end, by a signal

/** Runs a host to its end in a group of its own, so that Ctrl-C reaches it once: through us. @returns its exit code */
function runHost(program, args, env) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'], detached: process.platform !== 'win32' });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
      process.on(signal, () => {
        isAsked = true;
        child.kill(signal);
      });
    }
    child.once('error', (error) => {
      console.error(`${program} does not start: ${error.message}`);
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? (isAsked ? 0 : 1)));
  });
}

/** Without a window: the headless host prints its address, and opens it where there is a display to open it on. */
async function startHeadless(node, args) {
  const hasDisplay = process.platform !== 'linux' || process.env.DISPLAY || process.env.WAYLAND_DISPLAY;
  const open = hasDisplay && !process.argv.includes('--no-open') ? ['--open'] : [];
  return runHost(node, [path.join(root, 'dist/headless/main.js'), ...open, ...args], childEnvironment(root));
}

/** @returns its exit code, or null when it fell over at once and the browser has to do */
async function startDesktop(executable, args) {
  const asRoot = process.platform === 'linux' && process.getuid() === 0;
  if (asRoot) say('Running as root: Chromium works without its sandbox (--no-sandbox).');
  const { ELECTRON_RUN_AS_NODE, ...env } = childEnvironment(root);
  const begun = Date.now();
  const code = await runHost(executable, [...(asRoot ? ['--no-sandbox'] : []), root, ...args], env);
  return code !== 0 && !isAsked && Date.now() - begun < fellOverWithinMs ? null : code;
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
  if (electron.executable) {
    const code = await startDesktop(electron.executable, args);
    if (code !== null) return code;
    electron.reason = 'the Electron runtime does not start here (what it said is above)';
  }
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
