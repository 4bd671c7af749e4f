// Finds an Electron runtime that can open a window here, or the one plain reason why there is none.
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { run, say } from './say.mjs';

const askAgainAfterMs = 3_600_000;
const unreachableWithinMs = 8_000; // how long the download may take while its host has not answered
const downloadWithinMs = 300_000;

const readText = (file) => {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return null;
  }
};

/** Why no window can open on this machine, or null. */
function withoutDisplay() {
  if (process.platform !== 'linux') return null;
  return process.env.DISPLAY || process.env.WAYLAND_DISPLAY ? null : 'there is no display';
}

/** Chromium's sandbox needs user namespaces or its setuid program; root needs neither, for it runs without. */
function withoutSandbox(folder) {
  if (process.platform !== 'linux' || process.getuid() === 0) return null;
  try {
    const helper = statSync(path.join(folder, 'chrome-sandbox'));
    if (helper.uid === 0 && helper.mode & 0o4000) return null;
  } catch {
    // no such program: the namespaces decide
  }
  const closed = readText('/proc/sys/kernel/unprivileged_userns_clone') === '0'
    || readText('/proc/sys/user/max_user_namespaces') === '0'
    || readText('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1';
  return closed ? 'this system does not let Chromium build its sandbox' : null;
}

const executableName = () => ({ win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' })[process.platform] ?? 'electron';

function present(root) {
  const electron = path.join(root, 'node_modules/electron');
  const named = readText(path.join(electron, 'path.txt')) || executableName();
  const folders = process.env.ELECTRON_OVERRIDE_DIST_PATH ? [process.env.ELECTRON_OVERRIDE_DIST_PATH] : [path.join(electron, 'dist')];
  const folder = folders.find((candidate) => existsSync(path.join(candidate, named)));
  return folder ? { folder, executable: path.join(folder, named) } : null;
}

async function hostAnswers(url) {
  try {
    await fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(4_000) });
    return true;
  } catch {
    return false;
  }
}

/** Electron's own download, given up soon where its host cannot be reached, and then not tried again for an hour. */
async function download(root, node) {
  const electron = path.join(root, 'node_modules/electron');
  const note = path.join(root, 'node_modules/.electron-not-reachable');
  try {
    if (Date.now() - statSync(note).mtimeMs < askAgainAfterMs) return;
  } catch {
    // not tried yet
  }
  say('Getting the Electron runtime (once) ...');
  const answers = await hostAnswers(process.env.ELECTRON_MIRROR ?? 'https://github.com/');
  const done = await run(node, [path.join(electron, 'install.js')], { withinMs: answers ? downloadWithinMs : unreachableWithinMs });
  if (done.code === 0) rmSync(note, { force: true });
  else writeFileSync(note, done.output);
}

/** A runtime to pack, window or no window. @returns `{folder, executable}`, or null when there is none and none can be had */
export async function findRuntimeFolder(root, node) {
  if (!present(root) && !process.env.ELECTRON_OVERRIDE_DIST_PATH) await download(root, node);
  return present(root);
}

/** @returns `{executable}` of a runtime, or `{reason}` to use the browser instead */
export async function findElectron(root, node) {
  const display = withoutDisplay();
  if (display) return { reason: display };
  if (!present(root) && !process.env.ELECTRON_OVERRIDE_DIST_PATH) await download(root, node);
  const runtime = present(root);
  if (!runtime) return { reason: 'no Electron runtime is here and its download is not reachable' };
  const sandbox = withoutSandbox(runtime.folder);
  return sandbox ? { reason: sandbox } : { executable: runtime.executable };
}
