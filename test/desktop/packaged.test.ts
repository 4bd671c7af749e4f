// The packages as people get them, with the runtime under test: what is in them, that they start and fetch, and that links and files reach them through xdg-open.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { extractFile, listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { beforeAll, describe, expect, test } from 'vitest';
import { magnetOf, makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import { makeEvpack } from '../support/make-evpack.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import { childrenOf, leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';
import { runtime, whyNot } from './desktop-app.ts';
import { evaluateInPage, makePackages, packageFile, PackagedApp, unpackedFolder } from './packaged-app.ts';
import { SessionBus } from './session-bus.ts';

const isHere = runtime !== null && process.platform === 'linux';
const archive = path.join(unpackedFolder, 'resources/app.asar');
const magnet = `magnet:?xt=urn:btih:${'5'.repeat(40)}&dn=from%20a%20browser`;

describe.skipIf(!isHere)(`the packages${isHere ? '' : ` (${runtime ? 'only Linux packages are tested' : whyNot})`}`, () => {
  leaveNothingBehind();
  beforeAll(makePackages, 400_000);

  test('hold what the program runs on and nothing else', () => {
    const files = listPackage(archive, { isPack: false }).map((name) => name.replaceAll('\\', '/').replace(/^\//, ''));
    const own = files.filter((name) => !name.startsWith('node_modules'));
    expect(own.filter((name) => !/^(dist|main)(\/|$)|^package\.json$|^verification\.cjs$/.test(name))).toEqual([]);
    expect(own.filter((name) => name.startsWith('main/') && !/^main\/(metainfo|engine|metainfo\/bencode(\/.*)?|engine\/no-webrtc(\/.*)?)$/.test(name))).toEqual([]);
    expect(own).toEqual(expect.arrayContaining(['dist/core/main.js', 'dist/package/hash-worker.js', 'dist/desktop/main.cjs', 'dist/desktop/icon.png', 'dist/preload/preload.cjs', 'dist/renderer/index.html']));
    expect(files.filter((name) => /\.(map|ts|tsx)$|(^|\/)(test|tests|__tests__|\.git|\.github)(\/|$)|\.env/.test(name))).toEqual([]);
    expect(files.filter((name) => /node_modules\/(node-(linux|win|darwin)|electron|vite|vitest|typescript|esbuild|playwright|react|@types|@electron)[-/]/.test(name))).toEqual([]);
    expect(files.filter((name) => /\/bin\/node(\.exe)?$/.test(name))).toEqual([]);
    const foreign = files.filter((name) => name.endsWith('.node') && !name.includes(`linux-${process.arch}`));
    expect(foreign).toEqual([]);
  });

  test('have native parts beside the archive, and the notices of everything in it', () => {
    const native = path.join(`${archive}.unpacked`, `node_modules/@node-datachannel/linux-${process.arch}-gnu/node_datachannel.node`);
    expect(existsSync(native)).toBe(true);
    const notices = readFileSync(path.join(unpackedFolder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    expect(notices).toContain('Mozilla Public License Version 2.0');
    const packed = listPackage(archive, { isPack: false }).map((name) => /^\/(node_modules\/(?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(name)?.[1]).filter((name) => name !== undefined);
    expect(packed.length).toBeGreaterThan(100);
    const unnamed = packed.map((folder) => JSON.parse(extractFile(archive, `${folder}/package.json`).toString()) as { name: string; version: string; private?: boolean; license?: string })
      .filter(({ name, version, license }) => license !== undefined && !notices.includes(`\n${name} ${version} (`));
    expect(unnamed.map(({ name }) => name)).toEqual([]);
    for (const name of ['LICENSE.txt', 'LICENSE.electron.txt', 'LICENSES.chromium.html']) expect(existsSync(path.join(unpackedFolder, name))).toBe(true);
    expect(existsSync(path.join(unpackedFolder, 'resources/default_app.asar'))).toBe(false);
  });

  test('have the fuses set that this runtime has', async () => {
    const wire = await getCurrentFuseWire(path.join(unpackedFolder, 'flashswarm')) as unknown as Record<number, number>;
    const [off, on] = [0x30, 0x31]; // the wire holds digits
    const wanted: [FuseV1Options, number][] = [
      [FuseV1Options.RunAsNode, off],
      [FuseV1Options.EnableCookieEncryption, on],
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable, off],
      [FuseV1Options.EnableNodeCliInspectArguments, off],
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, on],
      [FuseV1Options.OnlyLoadAppFromAsar, on],
      [FuseV1Options.GrantFileProtocolExtraPrivileges, off],
    ];
    const lacking = wanted.filter(([fuse]) => wire[fuse] === undefined);
    if (lacking.length > 0) console.log(`This runtime has no fuse for ${lacking.map(([fuse]) => FuseV1Options[fuse]).join(', ')}; it is set in electron-builder.yml and was not read back.`);
    const present = wanted.filter(([fuse]) => wire[fuse] !== undefined);
    expect(present.length).toBeGreaterThanOrEqual(6);
    expect(present.map(([fuse]) => [FuseV1Options[fuse], wire[fuse]])).toEqual(present.map(([fuse, state]) => [FuseV1Options[fuse], state]));
  });

  test('fetch a torrent from a stranger, byte for byte, and cannot be made a Node', async () => {
    const folder = temporaryFolder('seed');
    const payload = makePayload(folder, 'Open evening', { 'film.bin': 6 * mebibyte + 77, 'notes/read me.txt': 1_234 });
    const torrent = await makeTorrent(payload, path.join(folder, 'evening.torrent'));
    const seed = await startLibtorrent({ role: 'seed', folder, torrent, infoHash: torrent.infoHash });
    const app = await PackagedApp.prepare();
    const program = await app.start(unpackedFolder, [magnetOf(torrent.infoHash, { peers: [seed.address] })]);
    await app.page('the Add dialog', "document.querySelector('[role=dialog] input[type=text]')?.value", () => program.tail());
    await app.page('Start can be chosen', "(() => { const start = [...document.querySelectorAll('[role=dialog] button')].find((button) => button.textContent.trim() === 'Start' && !button.disabled); start?.click(); return Boolean(start); })()");
    await until('everything is here', async () => {
      const [one] = await app.packages();
      return one && one.bytesWanted > 0 && one.bytesDone === one.bytesWanted && one.completedAt !== null;
    }, { withinMs: 90_000, describe: () => program.tail() });
    expect(await arrived(payload, app.downloads)).toEqual(payload.files);
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });

    // The fuse: the program is no interpreter for somebody else's script.
    const script = path.join(temporaryFolder('script'), 'told.js');
    const told = `${script}.txt`;
    writeFileSync(script, `require('node:fs').writeFileSync(${JSON.stringify(told)}, 'run')`);
    const other = await PackagedApp.prepare();
    const misused = await other.start(unpackedFolder, [script], { ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: `--require=${script}` });
    await other.page('it started as itself', "document.querySelector('#root, main, body')?.textContent.length > 0", () => misused.tail());
    expect(existsSync(told)).toBe(false);
    misused.signal('SIGTERM');
    await misused.exited;
  });

  test('the archive starts hidden in the tray and ends by its menu', async () => {
    const folder = temporaryFolder('archive');
    execFileSync('tar', ['-xzf', packageFile('.tar.gz'), '-C', folder, '--strip-components=1']);
    const bus = await SessionBus.start();
    const app = await PackagedApp.prepare();
    const program = await app.start(folder, ['--hidden'], bus.environment);
    await until('the icon and its menu are there', async () => (await bus.tray()).menu.some(({ label }) => label === 'Quit'), { describe: () => program.tail() });
    expect(await evaluateInPage(app.port, '1')).toBe(null); // no page at all
    expect(childrenOf(program.pid).length).toBeGreaterThan(0);
    await bus.choose('Quit');
    expect(await program.exited).toEqual({ code: 0, signal: null });
  });

  test('the Debian package describes itself well', () => {
    const deb = packageFile('.deb');
    const root = temporaryFolder('deb');
    execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" ./usr', 'sh', deb, root]);
    execFileSync('dpkg-deb', ['-e', deb, path.join(root, 'DEBIAN')]);
    const field = (name: string) => execFileSync('dpkg-deb', ['-f', deb, name], { encoding: 'utf8' }).trim();
    expect([field('Package'), field('Section'), field('Priority')]).toEqual(['flashswarm', 'net', 'optional']);
    expect(field('Depends')).toContain('libnss3');
    expect(field('Maintainer')).toMatch(/^The Flashswarm authors </);
    const desktop = readFileSync(path.join(root, 'usr/share/applications/flashswarm.desktop'), 'utf8');
    expect(desktop).toContain('\nExec=/opt/Flashswarm/flashswarm %U\n');
    expect(/^MimeType=(.*);$/m.exec(desktop)?.[1]?.split(';').sort()).toEqual(['application/x-bittorrent', 'application/x-flashswarm-evpack', 'x-scheme-handler/flashswarm', 'x-scheme-handler/magnet']);
    execFileSync('desktop-file-validate', [path.join(root, 'usr/share/applications/flashswarm.desktop')]);
    for (const size of [16, 32, 48, 128, 256, 512]) {
      const picture = readFileSync(path.join(root, `usr/share/icons/hicolor/${size}x${size}/apps/flashswarm.png`));
      expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([size, size]);
    }
    for (const name of ['postinst', 'postrm']) execFileSync('bash', ['-n', path.join(root, 'DEBIAN', name)]);
    const postinst = readFileSync(path.join(root, 'DEBIAN/postinst'), 'utf8');
    expect(postinst).toContain('update-desktop-database');
    expect(postinst).toContain('update-mime-database');
    const sums = readFileSync(path.join(root, 'DEBIAN/md5sums'), 'utf8').split('\n').filter((line) => line.includes('  usr/'));
    expect(sums.length).toBeGreaterThan(10);
    execFileSync('md5sum', ['--check', '--strict', '--quiet'], { cwd: root, input: `${sums.join('\n')}\n` });
  });

  test('links and files reach the installed program through xdg-open: the first starts it, the others go to it', async () => {
    const root = temporaryFolder('installed');
    execFileSync('dpkg-deb', ['-x', packageFile('.deb'), root]);
    const app = await PackagedApp.prepare();
    const home = temporaryFolder('home');
    const shared = path.join(root, 'usr/share');
    const entry = path.join(shared, 'applications/flashswarm.desktop');
    // The package is not installed into this system: its entry names the place where it lies here, and the options of this test.
    const program = path.join(root, 'opt/Flashswarm/flashswarm');
    writeFileSync(entry, readFileSync(entry, 'utf8').replace('Exec=/opt/Flashswarm/flashswarm %U', `Exec=${[program, ...app.options].join(' ')} %U`));
    const env = {
      HOME: home, DISPLAY: app.display, XDG_DATA_HOME: path.join(home, 'share'), XDG_CONFIG_HOME: path.join(home, 'config'), XDG_CACHE_HOME: path.join(home, 'cache'),
      XDG_DATA_DIRS: `${shared}:/usr/share`, XDG_CURRENT_DESKTOP: 'GNOME', DESKTOP_SESSION: '', BROWSER: 'false',
    };
    mkdirSync(env.XDG_CONFIG_HOME, { recursive: true });
    mkdirSync(path.join(env.XDG_DATA_HOME, 'applications'), { recursive: true });
    const call = (name: string, ...args: string[]) => execFileSync(name, args, { env: { ...process.env, ...env }, encoding: 'utf8' }).trim();
    call('update-desktop-database', path.join(shared, 'applications'));
    call('update-mime-database', path.join(shared, 'mime'));
    call('xdg-mime', 'default', 'flashswarm.desktop', 'x-scheme-handler/magnet', 'x-scheme-handler/flashswarm', 'application/x-bittorrent', 'application/x-flashswarm-evpack');
    expect(call('xdg-mime', 'query', 'default', 'x-scheme-handler/magnet')).toBe('flashswarm.desktop');

    const files = temporaryFolder('mail');
    const payload = makePayload(files, 'Small', 40_000);
    const torrent = await makeTorrent(payload, path.join(files, 'made.torrent'));
    const torrentFile = path.join(files, 'from the mail.torrent');
    copyFileSync(torrent.file, torrentFile);
    const evpackFile = path.join(files, 'Opening night.evpack');
    writeFileSync(evpackFile, makeEvpack({ layers: [{ id: 'all', files: { 'a.txt': 'a' } }] }).bytes);
    expect(call('xdg-mime', 'query', 'filetype', evpackFile)).toBe('application/x-flashswarm-evpack');
    expect(call('xdg-mime', 'query', 'filetype', torrentFile)).toBe('application/x-bittorrent');

    // Without a desktop environment xdg-open starts the program itself, and waits for it; with one (below) it leaves that to gio.
    const first = await startProgram('xdg-open', 'xdg-open', [magnet], { env: { ...env, XDG_CURRENT_DESKTOP: '' }, graceMs: 15_000 });
    expect(await app.page('the Add dialog with the magnet', "document.querySelector('[role=dialog] input[type=text]')?.value", () => first.tail())).toBe(magnet);
    await app.page('the page notes what is opened', "(window.seen = [], window.flashswarm.on('links.opened', (link) => window.seen.push(link)), true)");
    interface Seen { label: string; source?: { kind: string; link?: string } }
    const openNext = async (what: string, count: number) => {
      const handed = await startProgram('xdg-open', 'xdg-open', [what], { env });
      const { code } = await handed.exited;
      expect({ code, said: handed.stderr }).toMatchObject({ code: 0 });
      return (await app.page<Seen[]>(`${what} is opened`, `window.seen.length >= ${count} && window.seen`, () => `${handed.tail()}\n${first.tail()}`)).at(-1);
    };
    expect(await openNext(torrentFile, 1)).toMatchObject({ label: 'from the mail.torrent', source: { kind: 'handle' } });
    expect(await openNext(evpackFile, 2)).toMatchObject({ label: 'Opening night.evpack', source: { kind: 'handle' } });
    const link = 'flashswarm:open?url=https%3A%2F%2Fexample.invalid%2Fnight.evpack';
    expect(await openNext(link, 3)).toMatchObject({ source: { kind: 'link', link } });
    const preview = await app.page<{ ok: boolean }>('the handle can be read', "window.flashswarm.request('packages.add', { source: window.seen[0].source, paused: true })");
    expect(preview.ok).toBe(true);
    expect((await app.packages()).map(({ infoHash }) => infoHash)).toContain(torrent.infoHash);
    for (const pid of childrenOf(first.pid)) process.kill(pid, 'SIGTERM');
    await first.exited;
  });
});
