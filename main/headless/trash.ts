// Moves files to the freedesktop.org trash (trash specification 1.0), the one that Linux desktops show and empty.
import { lstat, mkdir, open, readdir, rename, rmdir, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative } from 'node:path';

export interface TrashOptions {
  /** XDG_DATA_HOME or ~/.local/share */
  dataHome?: string;
  now?: () => Date;
}

/** Whether this platform's trash is one that this module can use. */
export const canTrash = (): boolean => process.platform !== 'win32' && process.platform !== 'darwin';

const failed = (path: string, why: string) => new Error(`"${basename(path)}" could not be moved to the trash: ${why}. Nothing of it was deleted.`);

/**
 * Moves files, and folders which hold nothing else, to the trash. A folder with anything in it that is not named stays.
 * What is not there any more is no error.
 * @throws Error with a sentence; what was moved until then stays in the trash
 */
export async function moveToTrash(paths: string[], options: TrashOptions = {}): Promise<void> {
  if (!canTrash()) throw new Error('Without a desktop the trash cannot be used on this platform. Remove it from the list and keep the data, then delete the files yourself.');
  const listed = new Set(paths);
  // From the outside in: a folder that is wholly ours goes in one piece, and can be restored in one.
  for (const path of [...paths].sort((a, b) => a.length - b.length)) {
    if (!isAbsolute(path)) throw failed(path, 'its path is not complete');
    const info = await lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw failed(path, error.code ?? 'unknown');
    });
    if (!info) continue;
    if (info.isDirectory() && !(await holdsOnly(path, listed))) continue;
    await moveOne(path, info.dev, options);
  }
  // Folders that became empty because their files went one by one.
  for (const path of [...paths].sort((a, b) => b.length - a.length)) {
    if ((await lstat(path).catch(() => null))?.isDirectory()) await rmdir(path).catch(() => {});
  }
}

/** Whether a folder has something in it, and nothing that is not listed. An empty one is removed rather than kept in the trash. */
async function holdsOnly(folder: string, listed: Set<string>): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true });
  if (entries.length === 0) return false;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (!listed.has(path)) return false;
    if (entry.isDirectory() && !(await holdsOnly(path, listed))) return false;
  }
  return true;
}

interface Trash { folder: string; /** paths in it are relative to this; null: absolute */ top: string | null }

async function trashFor(path: string, device: number, dataHome: string): Promise<Trash> {
  const home = join(dataHome, 'Trash');
  await mkdir(home, { recursive: true, mode: 0o700 }).catch(() => {});
  const homeInfo = await lstat(home).catch(() => null);
  if (homeInfo?.isDirectory() && homeInfo.dev === device) return { folder: home, top: null };

  let top = dirname(path);
  while (dirname(top) !== top && (await lstat(dirname(top))).dev === device) top = dirname(top);
  const user = String(process.getuid?.() ?? 0);
  // An administrator's $top/.Trash counts only when it is a real folder with the sticky bit, as the specification asks.
  const shared = await lstat(join(top, '.Trash')).catch(() => null);
  if (shared?.isDirectory() && (shared.mode & 0o1000) !== 0) {
    const folder = join(top, '.Trash', user);
    if (await mkdir(folder, { mode: 0o700, recursive: true }).then(() => true, () => false)) return { folder, top };
  }
  const folder = join(top, `.Trash-${user}`);
  try {
    await mkdir(folder, { mode: 0o700, recursive: true });
    const info = await lstat(folder);
    if (!info.isDirectory() || info.dev !== device) throw Object.assign(new Error(), { code: 'ENOTDIR' });
  } catch (error) {
    throw failed(path, `this disk has no trash and none can be made (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  return { folder, top };
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');

function localTime(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

async function moveOne(path: string, device: number, options: TrashOptions): Promise<void> {
  const xdg = process.env.XDG_DATA_HOME;
  const dataHome = options.dataHome ?? (xdg && isAbsolute(xdg) ? xdg : join(homedir(), '.local', 'share'));
  const trash = await trashFor(path, device, dataHome);
  const files = join(trash.folder, 'files');
  const info = join(trash.folder, 'info');
  await mkdir(files, { recursive: true, mode: 0o700 });
  await mkdir(info, { recursive: true, mode: 0o700 });
  const origin = trash.top === null ? path : relative(trash.top, path);
  const note = `[Trash Info]\nPath=${encodePath(origin)}\nDeletionDate=${localTime((options.now ?? (() => new Date()))())}\n`;
  for (let attempt = 1; attempt <= 10_000; attempt += 1) {
    // Long names leave room for the counter and for `.trashinfo` below the 255 bytes of a file name.
    const name = shorten(basename(path), 220) + (attempt === 1 ? '' : `.${attempt}`);
    const notePath = join(info, `${name}.trashinfo`);
    let handle;
    try {
      handle = await open(notePath, 'wx', 0o600); // making the note is what takes the name, by the specification
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw failed(path, (error as NodeJS.ErrnoException).code ?? 'unknown');
    }
    try {
      await handle.writeFile(note);
      await handle.close();
      if (await lstat(join(files, name)).catch(() => null)) throw Object.assign(new Error(), { code: 'EEXIST' });
      await rename(path, join(files, name));
      return;
    } catch (error) {
      await handle.close().catch(() => {});
      await unlink(notePath).catch(() => {});
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw failed(path, (error as NodeJS.ErrnoException).code ?? 'unknown');
    }
  }
  throw failed(path, 'the trash is full of this name');
}

function shorten(name: string, maxBytes: number): string {
  let short = name;
  while (Buffer.byteLength(short) > maxBytes) short = [...short].slice(0, -1).join('');
  return short;
}
