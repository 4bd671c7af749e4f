// The mark that a finished download gets on each system, driven through stand-ins for the systems that are not here.
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { markDownload, thisSystem } from '../../../main/services/platform-mark.ts';
import type { MarkingSystem } from '../../../main/services/platform-mark.ts';
import { standIn } from '../../support/stand-ins.ts';
import { tempFolder } from '../../support/temp-folder.ts';

standIn('the marks of downloads on Windows (Zone.Identifier) and macOS (quarantine)');

const atime = new Date(1_700_000_000_000);
const mtime = new Date(1_700_000_001_234);

/** A system that writes down what it is asked, in order. */
function fakeSystem(platform: string, { mode = 0o100644, isFile = true } = {}) {
  const done: unknown[][] = [];
  const system = {
    platform, now: () => 0x6789_abcd * 1000,
    lstat: async () => ({ mode, atime, mtime, isFile: () => isFile }),
    chmod: async (...args) => void done.push(['chmod', ...args]),
    utimes: async (...args) => void done.push(['utimes', ...args]),
    writeFile: async (...args) => void done.push(['writeFile', ...args]),
    run: async (...args) => void done.push(['run', ...args]),
  } satisfies MarkingSystem;
  return { system, done };
}

describe('a finished download', () => {
  it('comes from the internet, on Windows, and keeps its time', async () => {
    const { system, done } = fakeSystem('win32');
    await markDownload('C:\\Downloads\\setup.exe', system);
    expect(done).toEqual([
      ['writeFile', 'C:\\Downloads\\setup.exe:Zone.Identifier', '[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=about:internet\r\nHostUrl=about:internet\r\n'],
      ['utimes', 'C:\\Downloads\\setup.exe', atime, mtime],
    ]);
  });

  it('is in quarantine, on macOS, and says nothing of where it came from', async () => {
    const { system, done } = fakeSystem('darwin', { mode: 0o100755 });
    await markDownload('/Users/a/film.mkv', system);
    expect(done).toEqual([['chmod', '/Users/a/film.mkv', 0o644], ['run', '/usr/bin/xattr', ['-w', 'com.apple.quarantine', '0081;6789abcd;Flashswarm;', '/Users/a/film.mkv']]]);
  });

  it('may not be run, on Linux, and has no attribute that tells where it came from', async () => {
    const { system, done } = fakeSystem('linux', { mode: 0o100775 });
    await markDownload('/home/a/run.sh', system);
    expect(done).toEqual([['chmod', '/home/a/run.sh', 0o664]]);
    const plain = fakeSystem('linux');
    await markDownload('/home/a/film.mkv', plain.system);
    expect(plain.done).toEqual([]);
  });

  it.each(['win32', 'darwin', 'linux'])('is left alone on %s when it is no file', async (platform) => {
    const { system, done } = fakeSystem(platform, { mode: 0o120777, isFile: false });
    await markDownload('/a', system);
    expect(done).toEqual([]);
  });

  it('really loses the permission to run here; what a link leads to does not', async () => {
    if (process.platform === 'win32') return console.log('Skipped: Windows has no such permission.');
    const folder = tempFolder('marks');
    mkdirSync(join(folder, 'in'));
    for (const name of ['run.sh', 'in/tool']) {
      writeFileSync(join(folder, name), '#!/bin/sh\n');
      chmodSync(join(folder, name), 0o755);
    }
    symlinkSync(join(folder, 'in/tool'), join(folder, 'link'));
    const system: MarkingSystem = { ...thisSystem, platform: 'linux' };
    for (const name of readdirSync(folder)) await markDownload(join(folder, name), system);
    expect(statSync(join(folder, 'run.sh')).mode & 0o777).toBe(0o644);
    expect(statSync(join(folder, 'in/tool')).mode & 0o777).toBe(0o755);
  });
});
