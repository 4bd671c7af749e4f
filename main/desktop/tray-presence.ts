// Whether this session shows tray icons at all: a GNOME without the extension does not, and then closing the window must be told of in other words.
import { askSystem } from './ask-system.ts';

const WITHIN_MS = 2000;

/** Windows and macOS always have one; on Linux somebody must watch for icons on the session's bus. */
export async function hasTray(platform: string = process.platform): Promise<boolean> {
  if (platform !== 'linux') return true;
  const question = ['call', '--session', '--dest', 'org.freedesktop.DBus', '--object-path', '/org/freedesktop/DBus', '--method', 'org.freedesktop.DBus.NameHasOwner', 'org.kde.StatusNotifierWatcher'];
  return (await askSystem('gdbus', question, WITHIN_MS))?.includes('true') ?? false;
}
