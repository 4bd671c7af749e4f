// Event packages in a real Electron window, with seeds of libtorrent: a file that was double-clicked, trust, layers, a newer version, and what is refused.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { PackagePage } from '../e2e/package-page.ts';
import { filesIn, filesOf, gameTitle, PackageWorld, tampered } from '../support/package-world.ts';
import { mebibyte } from '../support/payload.ts';
import { leaveNothingBehind } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

/** Opens a further file as a double click does, in a second instance that hands it over and ends. */
async function doubleClick(desktop: DesktopApp, file: string): Promise<void> {
  await (await desktop.startAgain([file])).exited;
}

describe.skipIf(!runtime)(`event packages in a real Electron window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('a package is trusted, usable before all is here, brought to version 2, and neither turned back nor changed nor opened after its key was revoked', async () => {
    const world = await PackageWorld.start();
    const first = await world.game();
    world.offer(first);
    await world.seed(first, 'core');
    const music = await world.seed(first, 'music', 12 * 1024);
    const desktop = await DesktopApp.open(['--allow-private', first.file], { environment: world.environment });
    const ui = new PackagePage(desktop.page, 'window');
    const { page, dialog } = ui;
    const { downloads } = desktop;

    await dialog.getByText('Northwind Games says that it signed this.').waitFor();
    expect(await ui.words()).toHaveLength(12);
    expect(await ui.start.isDisabled()).toBe(true);
    await ui.checkbox('Trust this publisher').check();
    await ui.checkbox('Films').uncheck();
    await ui.checkbox('I accept these terms').check();
    await ui.stop('decided', { window: true });
    await ui.start.click();
    await dialog.waitFor({ state: 'detached' });

    const row = ui.row(gameTitle);
    await row.getByText('Core ready. Getting the extras.').waitFor();
    expect(await filesIn(first, ['core'], downloads)).toEqual(filesOf(first, ['core']));
    await ui.overview(gameTitle);
    await ui.layer('Game').getByText('Ready').waitFor();
    await ui.layer('Soundtrack').getByText(/^(Getting, \d+ %|Waiting)$/).waitFor();
    await ui.stop('core-ready', { window: true });
    music.limitUpload(0);
    await row.getByText(/Ready to share|Sharing with/).waitFor();
    expect(await filesIn(first, ['core', 'music'], downloads)).toEqual(filesOf(first, ['core', 'music']));
    expect((await filesIn(first, ['films'], downloads)).map(({ sha256 }) => sha256)).toEqual(['missing']);

    const second = await world.nextGame(first);
    const seed = await world.seed(second, 'core');
    world.offer(second);
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText(/^Version 2 is there: 1\.\d MB to get, \d+\.?\d* MB are here already\.$/).waitFor();
    await page.getByRole('button', { name: 'Get version 2' }).click();
    await page.getByText(/^Updated from version 1 .*: 1\.\d MB fetched, \d+\.?\d* MB reused\.$/).waitFor();
    await row.getByText(/Ready to share|Sharing with/).waitFor();
    await ui.stop('updated', { window: true });
    expect(await filesIn(second, ['core', 'music'], downloads)).toEqual(filesOf(second, ['core', 'music']));
    expect((await seed.nextStatus()).payloadUpload).toBeLessThan(1.2 * mebibyte + 64 * 1024);

    await doubleClick(desktop, first.file);
    expect(await ui.refusal('Older than the one you have')).toMatch(/^\S.{20,}\.$/);
    await ui.stop('rollback', { window: true });
    await ui.cancel();
    const changed = path.join(world.folder, 'nights-3.evpack');
    writeFileSync(changed, tampered((await world.nextGame(second)).bytes));
    await doubleClick(desktop, changed);
    expect(await ui.refusal('Not as its publisher signed it')).toMatch(/^\S.{20,}\.$/);
    await ui.cancel();

    await ui.goTo('Publishers');
    const card = page.getByRole('listitem', { name: 'Northwind Games' });
    await card.getByText(/Northwind Nights, version 2/).waitFor();
    await card.getByRole('button', { name: 'Revoke Northwind Games' }).click();
    await page.getByRole('button', { name: 'Revoke this key' }).click();
    await card.getByText(/^You revoked this key on/).waitFor();
    await ui.stop('publishers', { window: true });
    await card.getByRole('button', { name: `Show ${gameTitle}` }).click();
    await row.getByText("Its publisher's key was revoked. Nothing more is fetched.").waitFor();
    await doubleClick(desktop, (await world.otherPackage()).file);
    expect(await ui.refusal("Its publisher's key was revoked")).toMatch(/^\S.{20,}\.$/);
    await ui.stop('revoked-other', { window: true });
    expect(desktop.complaints).toEqual([]);
  });
});
