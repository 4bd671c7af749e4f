// Starts the program's window and an empty one on a display of its own, hears what their hooks say, and ends exactly them with all their children.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep, start } from '../processes.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
export const projectFolder = path.resolve(here, '../../..');
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** The Electron runtime that is here, or null. */
export function findRuntime() {
  const electron = path.join(projectFolder, 'node_modules/electron');
  const named = existsSync(path.join(electron, 'path.txt')) ? readFileSync(path.join(electron, 'path.txt'), 'utf8').trim() : 'electron';
  const file = path.join(process.env.ELECTRON_OVERRIDE_DIST_PATH ?? path.join(electron, 'dist'), named);
  return existsSync(file) ? file : null;
}

/** A display that nobody looks at. @returns its name and how to end it */
export async function startDisplay() {
  // Its number is a line of JSON by itself.
  const server = start('Xvfb', ['-displayfd', '1', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], { quiet: true });
  const number = await server.line((line) => Number.isInteger(line), 15_000);
  return { name: `:${number}`, end: () => server.end() };
}

function openWindow(runtime, display, userData, app, { environment = {}, loud = false } = {}) {
  const args = ['-r', path.join(here, 'main-hook.cjs'), ...asRoot, `--user-data-dir=${userData}`, ...app];
  const env = { ...process.env, ...environment, DISPLAY: display };
  // Somebody's session bus would get our tray icon and our notices.
  for (const name of ['ELECTRON_RUN_AS_NODE', 'NODE_OPTIONS', 'DBUS_SESSION_BUS_ADDRESS', 'WAYLAND_DISPLAY']) delete env[name];
  const spawnedAt = performance.timeOrigin + performance.now();
  const handle = start(runtime, args, { cwd: projectFolder, env, quiet: !loud });
  return new BenchWindow(handle, spawnedAt);
}

/** @param profile a folder that stays: what Chromium keeps of the page is there at the next start, for both alike */
export const openEmpty = (runtime, display, profile, options) => openWindow(runtime, display, profile, [path.join(here, 'empty-window')], options);

export const openProgram = (runtime, display, profile, downloads, options) => openWindow(
  runtime, display, profile, [projectFolder, '--download-dir', downloads, '--no-dht', '--no-port-mapping'], options);

class BenchWindow {
  #asked = 0;

  constructor(handle, spawnedAt) {
    this.handle = handle;
    this.spawnedAt = spawnedAt;
    this.pid = handle.child.pid;
    handle.child.stdin.on('error', () => {}); // it may be at its end
  }

  get lines() {
    return this.handle.lines;
  }

  /** Milliseconds from the start of the process until this was painted and the window is on the display. */
  async paintedMs(what, timeoutMs = 60_000) {
    const [painted, shown] = await Promise.all([
      this.handle.line((line) => line.type === 'painted' && line.what === what, timeoutMs),
      this.handle.line((line) => line.type === 'mark' && line.name === 'window shown', timeoutMs),
    ]);
    return Math.max(painted.at, shown.at) - this.spawnedAt;
  }

  /** Name of each mark with the milliseconds since the start of the process. */
  marks() {
    const marks = {};
    for (const { type, name, what, at } of this.lines) {
      if (type === 'mark' || type === 'painted') marks[name ?? `${what} painted`] ??= Math.round(at - this.spawnedAt);
    }
    return marks;
  }

  /** Asks the program's bridge from its page. @throws Error with the program's sentence */
  async ask(name, input) {
    const id = ++this.#asked;
    this.handle.child.stdin.write(`${JSON.stringify({ id, script: `window.flashswarm.request(${JSON.stringify(name)}, ${JSON.stringify(input)})` })}\n`);
    const { value, error } = await this.handle.line((line) => line.type === 'answer' && line.id === id, 30_000);
    if (error || !value.ok) throw new Error(error ?? value.error.message);
    return value.value;
  }

  /** Ends it and waits until its last child is gone, so that its folders can be removed. */
  async end() {
    const all = familyOf(this.pid);
    await this.handle.end();
    const until = Date.now() + 10_000;
    while (all.some(isAlive) && Date.now() < until) await sleep(25);
    for (const pid of all) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
}

function isAlive(pid) {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, '').startsWith('Z');
  } catch {
    return false;
  }
}

/** A process and all that descend from it. */
export function familyOf(ancestor) {
  const parents = new Map();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      parents.set(Number(name), Number(readFileSync(`/proc/${name}/stat`, 'latin1').replace(/^.*\) /s, '').split(' ')[1]));
    } catch {
      // it ended meanwhile
    }
  }
  const family = [ancestor];
  for (const parent of family) for (const [pid, its] of parents) if (its === parent) family.push(pid);
  return family;
}

/** Megabytes of memory of these processes; what several of them share counts once, in parts (PSS). */
export function megabytesOf(pids) {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // it ended meanwhile
    }
  }
  return kilobytes / 1000;
}

/** What each kind of process of a window takes, for whoever looks for the megabytes. */
export function megabytesByKind(pids) {
  const kinds = {};
  for (const pid of pids) {
    let command = '';
    try {
      command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    } catch {
      continue;
    }
    const kind = /core\/main\.js/.test(command) ? 'core' : /--type=([a-z-]+)/.exec(command)?.[1] ?? (pid === pids[0] ? 'main' : path.basename(command.split(' ')[0]));
    kinds[kind] = Math.round(((kinds[kind] ?? 0) + megabytesOf([pid])) * 10) / 10;
  }
  return kinds;
}
