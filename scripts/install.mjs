// Installs the npm packages when they are missing or the lock file names others. Plain JS: runs before anything is installed.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { run, say } from './say.mjs';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Whether node_modules holds what the lock file names. Optional packages do not count: they fit some platforms alone. */
export function areInstalled(root) {
  let wanted;
  let present;
  try {
    wanted = readJson(path.join(root, 'package-lock.json')).packages;
    present = readJson(path.join(root, 'node_modules/.package-lock.json')).packages; // npm writes it last
  } catch {
    return false;
  }
  return Object.entries(wanted).every(([place, entry]) => {
    if (!place.startsWith('node_modules/') || entry.optional || entry.devOptional || entry.peer) return true;
    const got = present[place];
    return got !== undefined && got.version === entry.version && Boolean(got.link) === Boolean(entry.link);
  });
}

/** npm as this script was called, or the one on the path. */
export function npmCommand() {
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.(c?js)$/.test(cli)) return [process.execPath, [cli]];
  return process.platform === 'win32' ? ['cmd.exe', ['/c', 'npm']] : ['npm', []];
}

/** @throws Error with a sentence when npm fails */
export async function ensureInstalled(root) {
  if (areInstalled(root)) return;
  say(`Installing the npm packages${existsSync(path.join(root, 'node_modules')) ? ', since the lock file changed' : ''} (a minute or two) ...`);
  const [npm, before] = npmCommand();
  const done = await run(npm, [...before, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: root });
  if (done.code !== 0) {
    process.stderr.write(done.output);
    throw new Error('npm could not install the packages; what it said is above.');
  }
}

/** The Node that everything here runs on: the one that npm brought (24), else the current one when it is new enough. */
export function findNode(root) {
  const brought = path.join(root, 'node_modules', `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (existsSync(brought)) return brought;
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  throw new Error(`Node 22 or newer is needed; this is ${process.versions.node}, and npm brings no newer one for this platform.`);
}

/** The environment for children: the same Node first on the path. */
export function childEnvironment(root) {
  const key = Object.keys(process.env).find((name) => name.toLowerCase() === 'path') ?? 'PATH';
  const folders = [path.dirname(findNode(root)), path.join(root, 'node_modules', '.bin'), process.env[key] ?? ''];
  return { ...process.env, [key]: folders.join(path.delimiter) };
}
