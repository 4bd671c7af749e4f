// Starting at login and opening links: really, with the programs of a Linux desktop in a scratch home; other systems through what is used of them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { standIn } from '../../support/stand-ins.ts';
import { desktopEntryText } from '../../../main/desktop/desktop-entry.ts';
import { SystemIntegration } from '../../../main/desktop/system-integration.ts';

let home = '';
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'flashswarm-home-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const nobody = { getLoginItemSettings: () => ({ openAtLogin: false }), setLoginItemSettings: () => {}, isDefaultProtocolClient: () => false, setAsDefaultProtocolClient: () => true };
const onPath = (program: string): boolean => {
  try {
    return execFileSync('which', [program], { stdio: ['ignore', 'pipe', 'ignore'] }).length > 0;
  } catch {
    return false;
  }
};
const hasXdg = onPath('xdg-mime') && onPath('desktop-file-validate');
if (!hasXdg) console.log('Skipped: asking a real desktop (xdg-mime and desktop-file-validate are not here).');

describe('on Linux', () => {
  const linux = (command = ['/opt/Flash swarm/flashswarm']) => new SystemIntegration({
    platform: 'linux', app: nobody as never, command, configFolder: path.join(home, 'config'), dataFolder: path.join(home, 'data'),
    ask: async (program, args) => {
      try {
        const env = { PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: path.join(home, 'config'), XDG_DATA_HOME: path.join(home, 'data'), XDG_DATA_DIRS: path.join(home, 'none') };
        return execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      } catch {
        return null;
      }
    },
  });

  it('starts at login, hidden, until that is switched off, here or in the desktop\'s own settings', async () => {
    const integration = linux();
    expect((await integration.state()).startsAtLogin).toBe(false);
    await integration.setStartsAtLogin(true);
    const file = path.join(home, 'config/autostart/flashswarm.desktop');
    expect(readFileSync(file, 'utf8')).toContain('Exec="/opt/Flash swarm/flashswarm" "--hidden"\n');
    expect((await integration.state()).startsAtLogin).toBe(true);
    writeFileSync(file, `${readFileSync(file, 'utf8')}X-GNOME-Autostart-enabled=false\n`);
    expect((await integration.state()).startsAtLogin).toBe(false);
    await integration.setStartsAtLogin(false);
    await integration.setStartsAtLogin(false);
    expect((await integration.state()).startsAtLogin).toBe(false);
  });

  it.skipIf(!hasXdg)('is what a desktop opens links and files with, once it is told to', async () => {
    const integration = linux();
    expect((await integration.state()).opens).toEqual({ magnet: 'nobody', flashswarm: 'nobody', torrent: 'nobody', evpack: 'nobody' });
    await integration.open(['magnet', 'torrent']);
    expect((await integration.state()).opens).toMatchObject({ magnet: 'us', torrent: 'us' });
    execFileSync('desktop-file-validate', [path.join(home, 'data/applications/flashswarm.desktop')]);
  });

  it.skipIf(!hasXdg)('leaves another program where it is until then', async () => {
    const integration = linux();
    await integration.open(['torrent']);
    writeFileSync(path.join(home, 'config/mimeapps.list'), '[Default Applications]\nx-scheme-handler/magnet=other.desktop\n');
    writeFileSync(path.join(home, 'data/applications/other.desktop'), desktopEntryText({ name: 'Other', command: ['/bin/true'], takesFiles: true, mimeTypes: ['x-scheme-handler/magnet'], hidden: false }));
    expect((await integration.state()).opens.magnet).toBe('another');
  });
});

standIn('starting at login and default programs on Windows and macOS');

describe('on Windows and macOS', () => {
  const other = (platform: string, calls: unknown[][], isOurs = false) => new SystemIntegration({
    platform, ask: async () => null, command: [], configFolder: home, dataFolder: home,
    app: {
      getLoginItemSettings: () => ({ openAtLogin: true }), isDefaultProtocolClient: () => isOurs,
      setLoginItemSettings: (settings: unknown) => calls.push(['login', settings]), setAsDefaultProtocolClient: (scheme: string) => calls.push(['scheme', scheme]),
    } as never,
  });

  it.each(['win32', 'darwin'])('%s is asked for what it lets programs know, and the rest is told to people', async (platform) => {
    const calls: unknown[][] = [];
    const integration = other(platform, calls);
    expect(await integration.state()).toEqual({ startsAtLogin: true, opens: { magnet: 'another', flashswarm: 'another', torrent: 'unknown', evpack: 'unknown' } });
    expect((await other(platform, [], true).state()).opens.magnet).toBe('us');
    await integration.setStartsAtLogin(false);
    await integration.open(['magnet']);
    expect(calls).toEqual([['login', { openAtLogin: false, args: ['--hidden'] }], ['scheme', 'magnet']]);
    await expect(integration.open(['torrent'])).rejects.toThrow(/Open|Choose/);
  });
});

it('a desktop entry quotes whatever a path may hold, and refuses what it cannot', () => {
  const entry = { name: 'Flashswarm', command: ['/a "b" $c `d` \\e 100%/x'], takesFiles: true, mimeTypes: [], hidden: false };
  expect(desktopEntryText(entry)).toContain('Exec="/a \\\\"b\\\\" \\\\$c \\\\`d\\\\` \\\\\\\\e 100%%/x" %U\n');
  expect(() => desktopEntryText({ ...entry, command: ['/a\nExec=evil'] })).toThrow('cannot be written');
});
