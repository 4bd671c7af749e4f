// The Debian package, really installed by dpkg into a copy of this system: its scripts run, a link starts it for an ordinary person, and removing leaves nothing.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { leaveNothingBehind, startProgram, temporaryFolder } from '../support/processes.ts';
import { runtime, whyNot } from './desktop-app.ts';
import { makePackages, packageFile } from './packaged-app.ts';

const script = fileURLToPath(new URL('installed-system.sh', import.meta.url));
const lacking = !runtime ? whyNot : process.platform !== 'linux' ? 'only Linux has dpkg' : process.getuid?.() !== 0 ? 'only root may install' : null;
if (lacking) console.log(`Skipped: installing the Debian package, because ${lacking}.`);
const link = `magnet:?xt=urn:btih:${'4'.repeat(40)}&dn=Installed`;

describe.skipIf(lacking)(`the installed Debian package${lacking ? ` (${lacking})` : ''}`, () => {
  leaveNothingBehind();
  beforeAll(makePackages, 400_000);

  test('registers itself, opens links in its sandbox for somebody who is not root, and is removed without a trace', async ({ skip }) => {
    // Everything that is started inside ends with the namespace.
    const inside = ['--mount', '--pid', '--fork', '--kill-child', 'sh', script, packageFile('.deb'), temporaryFolder('layer'), link];
    const system = await startProgram('installed system', 'unshare', inside, { cwd: path.dirname(script) });
    const { code } = await system.exited;
    const said = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(system.stdout)?.[1];
    const why = said('lacking');
    if (why) {
      console.log(`Skipped: installing the Debian package, because this system allows no ${why}.`);
      skip();
    }
    expect({ code, said: code === 0 ? '' : system.tail(6_000) }).toEqual({ code: 0, said: '' });
    expect(said('before')).toBe('0');
    expect([said('installed'), said('as packed'), said('status'), said('installed again')]).toEqual(['yes', 'yes', 'installed', 'yes']);
    expect(Number(said('owned'))).toBeGreaterThan(15);
    expect(said('command')).toBe('/opt/Flashswarm/flashswarm');
    for (const kind of ['x-scheme-handler/magnet', 'x-scheme-handler/flashswarm', 'application/x-bittorrent', 'application/x-flashswarm-evpack']) expect([kind, said(`opens ${kind}`)]).toEqual([kind, 'flashswarm.desktop']);
    expect(said('opened')).toBe(link);
    // Of an ordinary user, behind a filter of system calls, in a process namespace below ours.
    expect(said('page of user')).toBe('65534, filtered: 2, namespaces: 2');
    expect([said('library'), said('ended'), said('removed'), said('the library stays')]).toEqual(['yes', 'yes', 'yes', 'yes']);
    expect(said('left')).toBe('');
    expect(system.stdout).not.toMatch(/^dpkg: error|^(.*: )?line \d+:/m);
  });
});
