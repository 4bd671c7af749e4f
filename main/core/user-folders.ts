// Where a user's data and downloads live on each platform, when the command line names no other folder: the same for every host, so that a
// window and a headless host show the same library (one at a time; the data folder is locked).
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Record<string, string | undefined>;

/** The folder for what Flashswarm keeps (session, settings, token): XDG on Linux, the platform's own place elsewhere. */
export function userDataFolder(env: Environment = process.env, platform: string = process.platform, home: string = homedir()): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Flashswarm');
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'Flashswarm');
  const xdg = env.XDG_DATA_HOME;
  return join(xdg && isAbsolute(xdg) ? xdg : join(home, '.local', 'share'), 'flashswarm');
}

export function userDownloadFolder(home: string = homedir()): string {
  return join(home, 'Downloads');
}
