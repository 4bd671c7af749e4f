// A new version of the program from a real https server, through the real core's judgement and the real classes of electron-updater, up to the file that is
// installed. Run in Node: what only stands in for the system is printed at the end.
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Answer, ProgramUpdate, VerifiedUpdate } from '../../contract/index.ts';
import { route } from '../../contract/index.ts';
import { openInstaller } from '../../main/desktop/updates/installer.ts';
import type { AppSurface } from '../../main/desktop/updates/installer.ts';
import { ProgramUpdateWatch } from '../../main/desktop/updates/program-update-watch.ts';
import { ProgramUpdates } from '../../main/services/program-updates.ts';
import { httpsServer } from '../support/https-server.ts';
import type { HttpsServer } from '../support/https-server.ts';
import { nodeGet } from '../support/node-get.ts';
import { describeRelease, makeReleaseKey, signRelease } from '../support/release-signing.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { standIn } from '../support/stand-ins.ts';

const key = makeReleaseKey();
const name = 'latest-linux.yml';
const standIns = new Set<string>();

/** A program at version 1.0.0 that runs from an AppImage in a folder of its own. */
class Machine {
  readonly folder = tempFolder('program-update');
  readonly image = path.join(this.folder, 'Flashswarm-1.0.0.AppImage');
  readonly states: ProgramUpdate[] = [];
  readonly opened: string[] = [];
  readonly timers: { ms: number; act: () => void }[] = [];
  readonly updates: ProgramUpdates;
  readonly server: HttpsServer;
  quitHandler: (exitCode: number) => void = () => {};
  mayLook = true;

  constructor(server: HttpsServer) {
    this.server = server;
    this.updates = new ProgramUpdates({ releaseKeys: [key.publicKey], version: '1.0.0', dataDir: path.join(this.folder, 'data') });
    writeFileSync(this.image, '#!/bin/sh\nexit 0\n');
    chmodSync(this.image, 0o755);
    const before = process.env['APPIMAGE'];
    process.env['APPIMAGE'] = this.image;
    onTestFinished(() => {
      if (before === undefined) delete process.env['APPIMAGE'];
      else process.env['APPIMAGE'] = before;
    });
    writeFileSync(path.join(this.folder, 'app-update.yml'), 'updaterCacheDirName: flashswarm-updater\n');
  }

  get app(): AppSurface {
    standIns.add("Electron's app (version, folders, quit event)");
    return {
      version: '1.0.0', name: 'Flashswarm', isPackaged: true, appUpdateConfigPath: path.join(this.folder, 'app-update.yml'),
      userDataPath: path.join(this.folder, 'user'), baseCachePath: path.join(this.folder, 'cache'),
      whenReady: () => Promise.resolve(), relaunch() {}, quit() {}, onQuit: (handler) => (this.quitHandler = handler),
    };
  }

  get pending(): string {
    return path.join(this.folder, 'cache/flashswarm-updater/pending');
  }

  watch({ byHand = false } = {}): ProgramUpdateWatch {
    standIns.add("Chromium's network stack (Node's https asks in its place)");
    const feed = new URL(this.server.url('/updates/'));
    const get = nodeGet(this.server.caCertificate);
    const watch = new ProgramUpdateWatch({
      feed, metadataName: name, get, log: () => {}, now: Date.now, random: () => 0.5, mayLook: () => this.mayLook,
      verify: (input) => route({ 'updates.verify': (one: typeof input) => this.updates.verify(one.name, one.metadata, one.signature) } as never, 'updates.verify', input) as Promise<Answer<VerifiedUpdate>>,
      openInstaller: byHand ? null : () => openInstaller({ installation: 'app-image', feed, get, log: () => {}, app: this.app }),
      openDownloadPage: () => this.opened.push('page'), quitThen: () => this.opened.push('restart'),
      changed: (update) => this.states.push(update),
      after: (ms, act) => {
        this.timers.push({ ms, act });
        return () => {};
      },
    });
    return watch;
  }

  /** Puts a version on the server. */
  publish(version: string, { signedBy = key, served = program(version) } = {}): Buffer {
    const metadata = describeRelease(version, { [`Flashswarm-${version}.AppImage`]: program(version), [`flashswarm_${version}_amd64.deb`]: Buffer.from('a deb') });
    this.server.serve(`/updates/${name}`, { bytes: metadata });
    this.server.serve(`/updates/${name}.minisig`, { bytes: Buffer.from(signRelease(metadata, name, signedBy)) });
    this.server.serve(`/updates/Flashswarm-${version}.AppImage`, { bytes: served });
    return metadata;
  }
}

/** A program that leaves a note of having been started, as an AppImage is by electron-updater at the end. */
const program = (version: string): Buffer => Buffer.from(`#!/bin/sh\necho "${version} $APPIMAGE_EXIT_AFTER_INSTALL" > "$(dirname "$0")/started"\nexit 0\n${'x'.repeat(300_000)}`);
const settled = async (machine: Machine, state: ProgramUpdate['state']): Promise<ProgramUpdate> => {
  await vi.waitFor(() => expect(machine.states.at(-1)?.state).toBe(state), { timeout: 20_000 });
  return machine.states.at(-1)!;
};

let machine: Machine;
beforeEach(async () => {
  machine = new Machine(await httpsServer());
});

describe.skipIf(process.platform !== 'linux')('a newer version (as an AppImage: on Linux alone)', () => {
  test('is offered, fetched when the person wants it, and in the place of the old one after the end', async () => {
    machine.publish('1.1.0');
    const watch = machine.watch();
    expect(await watch.check()).toMatchObject({ state: 'available', version: '1.1.0', installs: true, message: null });
    expect(machine.server.requestsFor('/updates/Flashswarm-1.1.0.AppImage')).toHaveLength(0); // nothing before the person wants it
    watch.install();
    expect(await settled(machine, 'ready')).toMatchObject({ version: '1.1.0' });
    const shares = machine.states.filter(({ state }) => state === 'downloading').map(({ progress }) => progress!);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    // Asked for once: what was verified is what is used.
    expect(machine.server.requestsFor(`/updates/${name}`)).toHaveLength(1);
    expect(machine.server.requests.every(({ headers }) => headers['x-user-staging-id'] === undefined)).toBe(true);

    machine.quitHandler(0);
    const installed = path.join(machine.folder, 'Flashswarm-1.1.0.AppImage');
    expect(readFileSync(installed)).toEqual(program('1.1.0'));
    expect(statSync(installed).mode & 0o111).not.toBe(0);
    expect(existsSync(machine.image)).toBe(false);
    expect(readFileSync(path.join(machine.folder, 'started'), 'utf8')).toBe('1.1.0 true\n');
  });

  test('that was fetched before is taken from the disk, after its hash was compared again', async () => {
    machine.publish('1.1.0');
    const first = machine.watch();
    await first.check();
    first.install();
    await settled(machine, 'ready');
    const again = machine.watch();
    await again.check();
    again.install();
    await settled(machine, 'ready');
    expect(machine.server.requestsFor('/updates/Flashswarm-1.1.0.AppImage')).toHaveLength(1);
    writeFileSync(path.join(machine.pending, 'Flashswarm-1.1.0.AppImage'), 'exchanged');
    const third = machine.watch();
    await third.check();
    third.install();
    await settled(machine, 'ready');
    expect(machine.server.requestsFor('/updates/Flashswarm-1.1.0.AppImage')).toHaveLength(2);
    expect(readFileSync(path.join(machine.pending, 'Flashswarm-1.1.0.AppImage'))).toEqual(program('1.1.0'));
  });

  test('only opens a page where a package manager or a person replaces the program', async () => {
    machine.publish('1.1.0');
    const watch = machine.watch({ byHand: true });
    expect(await watch.check()).toMatchObject({ state: 'available', version: '1.1.0', installs: false });
    watch.install();
    expect(machine.opened).toEqual(['page']);
    expect(machine.server.requests.filter(({ path: at }) => at.endsWith('.AppImage'))).toHaveLength(0);
  });

  test('comes through a redirect of a download site', async () => {
    machine.publish('1.1.0');
    machine.server.serve('/mirror/x', { bytes: program('1.1.0') });
    machine.server.serve('/updates/Flashswarm-1.1.0.AppImage', { redirect: machine.server.url('/mirror/x') });
    const watch = machine.watch();
    await watch.check();
    watch.install();
    await settled(machine, 'ready');
  });

  test('that is ready restarts the program on demand', async () => {
    machine.publish('1.1.0');
    const watch = machine.watch();
    await watch.check();
    watch.install();
    await settled(machine, 'ready');
    watch.install();
    expect(machine.opened).toEqual(['restart']);
    expect(await watch.check()).toMatchObject({ state: 'ready' });
  });
});

describe.skipIf(process.platform !== 'linux')('nothing is installed (as an AppImage: on Linux alone)', () => {
  const failsToFetch = async (): Promise<ProgramUpdate> => {
    const watch = machine.watch();
    expect(await watch.check()).toMatchObject({ state: 'available' });
    watch.install();
    const failed = await settled(machine, 'failed');
    machine.quitHandler(0);
    expect(existsSync(machine.image)).toBe(true);
    expect(existsSync(path.join(machine.pending, 'Flashswarm-1.1.0.AppImage'))).toBe(false);
    return failed;
  };

  test('of a package that was exchanged for another of the same length', async () => {
    const other = program('1.1.0');
    other[200_000]! ^= 1;
    machine.publish('1.1.0', { served: other });
    expect((await failsToFetch()).message).toMatch(/not the one that was signed/);
  });

  test('of a package that never ends, and no more of it is taken than was promised', async () => {
    machine.publish('1.1.0');
    machine.server.serve('/updates/Flashswarm-1.1.0.AppImage', 'endless');
    expect((await failsToFetch()).message).toMatch(/more than it promised/);
  });

  test('of a package that was cut off', async () => {
    machine.publish('1.1.0', { served: program('1.1.0').subarray(0, 1000) });
    expect((await failsToFetch()).message).toMatch(/not the one that was signed/);
  });

  test('of a package that is redirected out of https', async () => {
    machine.publish('1.1.0');
    machine.server.serve('/updates/Flashswarm-1.1.0.AppImage', { redirect: 'http://127.0.0.1:9/x' });
    expect((await failsToFetch()).message).toMatch(/without encryption/);
  });

  test('of a description that another key signed: its package is not even asked for', async () => {
    machine.publish('1.1.0', { signedBy: makeReleaseKey() });
    const watch = machine.watch();
    expect(await watch.check()).toMatchObject({ state: 'failed', version: null, message: expect.stringMatching(/another key/) });
    expect(() => watch.install()).toThrow(/no newer version/);
    expect(machine.server.requests.map(({ path: at }) => at)).toEqual([`/updates/${name}`, `/updates/${name}.minisig`]);
  });

  test('of a description that is exchanged after its signature was made', async () => {
    machine.publish('1.1.0');
    machine.server.serve(`/updates/${name}`, { bytes: describeRelease('1.1.0', { 'Flashswarm-1.1.0.AppImage': Buffer.from('evil') }) });
    expect(await machine.watch().check()).toMatchObject({ state: 'failed', message: expect.stringMatching(/does not hold/) });
  });

  test('of an older version that is played again', async () => {
    const old = machine.publish('1.1.0');
    const signature = signRelease(old, name, key);
    machine.publish('1.2.0');
    const watch = machine.watch();
    expect(await watch.check()).toMatchObject({ state: 'available', version: '1.2.0' });
    machine.server.serve(`/updates/${name}`, { bytes: old });
    machine.server.serve(`/updates/${name}.minisig`, { bytes: Buffer.from(signature) });
    expect(await watch.check()).toMatchObject({ state: 'failed', message: expect.stringMatching(/1\.2\.0 was offered before/) });
  });

  test('without a signature, with a page in its place, or with one that never ends', async () => {
    machine.publish('1.1.0');
    for (const served of [null, { bytes: Buffer.from('<html>Welcome to the hotel</html>') }, 'endless'] as const) {
      machine.server.serve(`/updates/${name}.minisig`, served);
      expect(await machine.watch().check()).toMatchObject({ state: 'failed', version: null });
    }
  });

  test('by an installation whose hash differs from what was verified in between', async () => {
    const metadata = machine.publish('1.1.0');
    const watch = machine.watch();
    await watch.check();
    // The server now tells something else: nobody asks it again.
    machine.publish('1.3.0', { signedBy: makeReleaseKey() });
    machine.server.serve('/updates/Flashswarm-1.1.0.AppImage', { bytes: program('1.1.0') });
    watch.install();
    expect(await settled(machine, 'ready')).toMatchObject({ version: '1.1.0' });
    expect(metadata.length).toBeGreaterThan(0);
  });
});

describe('looking', () => {
  test('begins one to five minutes after the start and goes on daily, unless the person does not want it', async () => {
    machine.publish('1.0.0');
    const watch = machine.watch({ byHand: true });
    watch.start();
    expect(machine.timers[0]!.ms).toBeGreaterThanOrEqual(60_000);
    expect(machine.timers[0]!.ms).toBeLessThanOrEqual(300_000);
    machine.mayLook = false;
    machine.timers[0]!.act();
    expect(machine.timers[1]!.ms).toBeGreaterThan(22 * 3600 * 1000);
    expect(machine.timers[1]!.ms).toBeLessThan(26 * 3600 * 1000);
    expect(machine.states).toEqual([]);
    machine.mayLook = true;
    machine.timers[1]!.act();
    expect(await settled(machine, 'none')).toMatchObject({ version: null, message: null });
  });

  test('says when the server is not there, and finds it later', async () => {
    const watch = machine.watch({ byHand: true });
    expect(await watch.check()).toMatchObject({ state: 'failed', message: expect.stringMatching(/answered with 404/) });
    machine.publish('1.1.0');
    expect(await watch.check()).toMatchObject({ state: 'available', message: null });
  });

  test('is off where there is no address', async () => {
    const off = new ProgramUpdateWatch({
      feed: null, metadataName: name, get: () => Promise.reject(new Error('asked')), verify: () => Promise.reject(new Error('asked')), openInstaller: null, mayLook: () => true,
      openDownloadPage: () => {}, quitThen: () => {}, changed: () => {}, after: () => { throw new Error('waits'); }, random: () => 0, log: () => {}, now: Date.now,
    });
    off.start();
    expect(await off.check()).toMatchObject({ state: 'off', message: expect.stringMatching(/does not look/) });
  });
});

test('the Windows installer is fetched by the real class for it', async () => {
  const bytes = Buffer.from('MZ an installer');
  machine.server.serve('/updates/Flashswarm Setup 1.1.0.exe', { bytes });
  const metadata = describeRelease('1.1.0', { 'Flashswarm Setup 1.1.0.exe': bytes });
  const update = await machine.updates.verify('latest.yml', metadata.toString('base64'), signRelease(metadata, 'latest.yml', key));
  mkdirSync(machine.folder, { recursive: true });
  const installer = await openInstaller({ installation: 'windows-installer', feed: new URL(machine.server.url('/updates/')), get: nodeGet(machine.server.caCertificate), log: () => {}, app: machine.app });
  await installer.fetch(update, () => {});
  expect(readFileSync(path.join(machine.pending, 'Flashswarm Setup 1.1.0.exe'))).toEqual(bytes);
});

afterAll(() => {
  for (const one of standIns) standIn(`updates of the program: ${one}`);
  standIn('updates of the program: the start of the Windows installer, Squirrel on macOS, the restart (not run at all)');
});
