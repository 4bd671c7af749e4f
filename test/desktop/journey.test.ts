// The main job in a real Electron window: open a link, get the files from a real peer, keep going whatever dies.
import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { PackageSummary } from '../../contract/index.ts';
import { magnetOf, makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import type { Libtorrent, TorrentFile } from '../support/foreign-libtorrent.ts';
import type { Payload } from '../support/payload.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import { childrenOf, commandOf, leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

interface Seeded { payload: Payload; torrent: TorrentFile; seed: Libtorrent; magnet: string }

async function seedSomething(length: number): Promise<Seeded> {
  const folder = temporaryFolder('seed');
  const payload = makePayload(folder, 'Open evening', { 'film.bin': length, 'notes/read me.txt': 1_234 });
  const torrent = await makeTorrent(payload, path.join(folder, 'evening.torrent'));
  const seed = await startLibtorrent({ role: 'seed', folder, torrent, infoHash: torrent.infoHash });
  return { payload, torrent, seed, magnet: `${magnetOf(torrent.infoHash, { peers: [seed.address] })}&dn=Open%20evening` };
}

async function packageIn({ page }: DesktopApp, infoHash: string): Promise<PackageSummary | null> {
  const answer = await page.evaluate(() => window.flashswarm!.request('session.snapshot', {}));
  return answer.ok ? answer.value.packages.find((one) => one.infoHash === infoHash) ?? null : null;
}

async function finished(desktop: DesktopApp, infoHash: string): Promise<PackageSummary> {
  let last: PackageSummary | null = null;
  return until('the package is finished', async () => {
    last = await packageIn(desktop, infoHash);
    return last && last.bytesWanted > 0 && last.bytesDone === last.bytesWanted && last.completedAt !== null && last;
  }, { withinMs: 90_000, describe: () => JSON.stringify(last && { ...last, bar: null }) });
}

const corePid = (desktop: DesktopApp): number | undefined =>
  childrenOf(desktop.app.process().pid!).find((pid) => commandOf(pid).includes('core/main.js'));

describe.skipIf(!runtime)(`in a real Electron window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('a magnet on the command line opens the Add dialog, and Start leads to the files', async () => {
    const { payload, torrent, magnet } = await seedSomething(8 * mebibyte + 321);
    const desktop = await DesktopApp.open([magnet]);
    const dialog = desktop.page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.getByRole('textbox').first().inputValue()).toBe(magnet);
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.waitFor({ state: 'detached' });
    const summary = await finished(desktop, torrent.infoHash);
    expect(summary.fromPeople).toBe(payload.length);
    expect(await arrived(payload, desktop.downloads)).toEqual(payload.files);
    await desktop.page.getByText('Open evening').first().waitFor();
    expect(desktop.complaints).toEqual([]);
  });

  test('a .torrent file on the command line is offered by its name, and its handle works', async () => {
    const { payload, torrent, seed } = await seedSomething(mebibyte);
    const file = path.join(temporaryFolder('files'), 'from the mail.torrent');
    copyFileSync(torrent.file, file);
    const desktop = await DesktopApp.open([file]);
    const dialog = desktop.page.getByRole('dialog');
    await dialog.getByText('film.bin').waitFor();
    await dialog.getByRole('button', { name: 'Start' }).click();
    await until('it is in the library', () => packageIn(desktop, torrent.infoHash));
    await desktop.page.evaluate(([id, peer]) => window.flashswarm!.request('packages.addPeers', { id: id!, peers: [peer!] }), [torrent.infoHash, seed.address]);
    await finished(desktop, torrent.infoHash);
    expect(await arrived(payload, desktop.downloads)).toEqual(payload.files);
  });

  test('a second instance opens the Add dialog of the first', async () => {
    const { magnet } = await seedSomething(mebibyte);
    const desktop = await DesktopApp.open();
    await desktop.page.getByRole('button', { name: 'Add' }).first().waitFor();
    const second = await desktop.startAgain([magnet]);
    await second.exited;
    const dialog = desktop.page.getByRole('dialog');
    await dialog.waitFor();
    expect(await dialog.getByRole('textbox').first().inputValue()).toBe(magnet);
  });

  test('a killed core is started again and the window goes on to the end', async () => {
    const { payload, torrent, magnet } = await seedSomething(16 * mebibyte);
    const desktop = await DesktopApp.open([magnet]);
    await desktop.page.getByRole('dialog').waitFor();
    await desktop.page.evaluate((limit) => window.flashswarm!.request('settings.update', { downBytesPerSecond: limit }), 2 * mebibyte);
    await desktop.page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    const before = await until('a part is here', async () => {
      const summary = await packageIn(desktop, torrent.infoHash);
      return summary && summary.bytesDone > 2 * mebibyte && summary;
    });
    expect(before.bytesDone).toBeLessThan(payload.length);
    const first = corePid(desktop)!;
    process.kill(first, 'SIGKILL');
    await until('another core runs', () => {
      const pid = corePid(desktop);
      return pid !== undefined && pid !== first;
    });
    const summary = await finished(desktop, torrent.infoHash);
    expect(await arrived(payload, desktop.downloads)).toEqual(payload.files);
    expect(summary.bytesDone).toBe(payload.length);
    await desktop.page.getByText('Open evening').first().waitFor();
  });

  test('closing ends the core, and the next start has everything as it was', async () => {
    const { payload, torrent, magnet } = await seedSomething(2 * mebibyte);
    const first = await DesktopApp.open([magnet]);
    await first.page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await finished(first, torrent.infoHash);
    const pid = corePid(first)!;
    await first.close();
    expect(commandOf(pid)).toBe('');
    const second = await DesktopApp.open([], { userData: first.userData, downloads: first.downloads });
    const summary = await finished(second, torrent.infoHash);
    expect(summary.fromPeople).toBe(payload.length);
    await second.page.getByText('Open evening').first().waitFor();
  });

  test('removing with the data moves to the trash what the package owns, and nothing else', async () => {
    const { payload, torrent, magnet } = await seedSomething(mebibyte);
    const trash = temporaryFolder('trash');
    const desktop = await DesktopApp.open([magnet], { environment: { XDG_DATA_HOME: trash } });
    await desktop.page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await finished(desktop, torrent.infoHash);
    const foreign = path.join(desktop.downloads, payload.name, 'my own.txt');
    writeFileSync(foreign, 'mine');
    const answer = await desktop.page.evaluate((id) => window.flashswarm!.request('packages.remove', { ids: [id], data: 'trash' }), torrent.infoHash);
    expect(answer).toMatchObject({ ok: true });
    await until('the data is gone', () => !existsSync(path.join(desktop.downloads, payload.name, 'film.bin')));
    expect(readFileSync(foreign, 'utf8')).toBe('mine');
    expect(readdirSync(path.join(trash, 'Trash/files')).sort()).toEqual(['film.bin', 'notes']);
    expect(await packageIn(desktop, torrent.infoHash)).toBe(null);
  });

  test('a killed window takes its core with it, and the next start goes on from what was verified', async () => {
    const { payload, torrent, magnet } = await seedSomething(16 * mebibyte);
    const first = await DesktopApp.open([magnet]);
    await first.page.getByRole('dialog').waitFor();
    await first.page.evaluate((limit) => window.flashswarm!.request('settings.update', { downBytesPerSecond: limit }), 4 * mebibyte);
    await first.page.getByRole('dialog').getByRole('button', { name: 'Start' }).click();
    await until('a part is here', async () => {
      const summary = await packageIn(first, torrent.infoHash);
      return summary && summary.bytesDone > 4 * mebibyte;
    });
    const core = corePid(first)!;
    await first.kill();
    await until('the core has ended', () => commandOf(core) === '', { withinMs: 30_000 });
    const second = await DesktopApp.open([], { userData: first.userData, downloads: first.downloads });
    const summary = await finished(second, torrent.infoHash);
    expect(await arrived(payload, second.downloads)).toEqual(payload.files);
    expect(summary.bytesDone).toBe(payload.length);
  });
});
