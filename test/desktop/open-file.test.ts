// Opening finished files from a real Electron window: at a click what is harmless, after the system's question what may run something.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

describe.skipIf(!runtime)(`opening files${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('a text opens at a click, a program only after a question that names it', async () => {
    const downloads = temporaryFolder('downloads');
    const folder = path.join(downloads, 'Evening');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'notes.txt'), 'hello');
    writeFileSync(path.join(folder, 'photo.jpg.exe'), 'MZ');
    const metainfo = await createTorrent(folder, { pieceLength: 16 * 1024 });
    const desktop = await DesktopApp.open([], { downloads });
    const { page, app } = desktop;
    await page.getByRole('button', { name: 'Add' }).first().waitFor();
    await until('the core answers', () => page.evaluate(async () => (await window.flashswarm!.request('session.snapshot', {})).ok));
    const base64 = Buffer.from(encodeTorrentFile(metainfo)).toString('base64');
    await page.evaluate((base64) => window.flashswarm!.request('packages.add', { source: { kind: 'bytes', base64 }, paused: true }), base64);
    const id = metainfo.infoHash;
    const unfinished = await page.evaluate((id) => window.flashswarm!.request('host.openFile', { id, index: 999 }), id);
    expect(unfinished).toMatchObject({ ok: false, error: { code: 'not-found' } });
    await page.evaluate((id) => window.flashswarm!.request('packages.recheck', { ids: [id] }), id);
    const files = await until('the files are checked', async () => {
      const detail = await page.evaluate((id) => window.flashswarm!.request('packages.detail', { id }), id);
      return detail.ok && detail.value.files.every((file) => file.bytesDone === file.length) && detail.value.files;
    });
    const seen = await app.evaluateHandle(({ shell, dialog }) => {
      const seen = { opened: [] as string[], asked: [] as { message: string; buttons: string[]; defaultId: number; cancelId: number }[], answer: 0 };
      shell.openPath = async (place: string) => {
        seen.opened.push(place);
        return '';
      };
      dialog.showMessageBox = (async (...args: unknown[]) => {
        const { message, buttons, defaultId, cancelId } = args.at(-1) as (typeof seen.asked)[number];
        seen.asked.push({ message, buttons, defaultId, cancelId });
        return { response: seen.answer, checkboxChecked: false };
      }) as unknown as typeof dialog.showMessageBox;
      return seen;
    });
    const open = (name: RegExp) => page.evaluate(([id, index]) => window.flashswarm!.request('host.openFile', { id: id as string, index: index as number }), [id, files.find((file) => name.test(file.path))!.index] as const);
    expect(await open(/\.txt$/)).toEqual({ ok: true, value: { opened: true } });
    expect(await open(/\.exe$/)).toEqual({ ok: true, value: { opened: false } });
    expect(await seen.jsonValue()).toMatchObject({ opened: [path.join(folder, 'notes.txt')], asked: [{ message: 'Open "photo.jpg.exe"?', buttons: ['Cancel', 'Open it'], defaultId: 0, cancelId: 0 }] });
    await seen.evaluate((seen) => (seen.answer = 1));
    expect(await open(/\.exe$/)).toEqual({ ok: true, value: { opened: true } });
    // The same from the list of files.
    await page.getByText('Evening').first().dblclick();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'Open notes.txt' }).click();
    await until('it was opened', async () => (await seen.jsonValue()).opened.filter((one) => one.endsWith('notes.txt')).length === 2);
    expect(desktop.complaints).toEqual([]);
  });
});
