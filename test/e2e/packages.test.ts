// Event packages in Chromium against the real headless host, with seeds of libtorrent: from the first question to the end of a key.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesIn, filesOf, gameTitle, liveTitle, PackageWorld, segmentSeconds, tampered } from '../support/package-world.ts';
import { makePayload, mebibyte } from '../support/payload.ts';
import type { Serving } from '../support/processes-flashswarm.ts';
import { startFlashswarm, startServe } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';
import { launchBrowser } from './browser.ts';
import { PackagePage } from './package-page.ts';

const addressOf = (host: Serving): string => /http:\/\/\S+token=\S+/.exec(host.program.stdout)?.[0] ?? '';

/** The words that the publisher's own tool prints for a package. */
async function wordsFromVerify(file: string): Promise<string[]> {
  const verify = await startFlashswarm(['verify', file, '--allow-private', '--json']);
  await verify.exited;
  return (JSON.parse(verify.stdout) as { words: string[] }).words;
}

describe('event packages in the browser, with the headless host', () => {
  leaveNothingBehind();
  let browser: Browser;
  beforeAll(async () => { browser = await launchBrowser(); });
  afterAll(() => browser.close());

  /** A host that believes the publisher's server, and a page of it whose complaints are kept. */
  async function open(world: PackageWorld, prefix: string, args: string[] = []): Promise<{ host: Serving; ui: PackagePage; downloads: string; complaints: string[] }> {
    const [downloads, home] = [temporaryFolder('downloads'), temporaryFolder('home')];
    const host = await startServe(downloads, args, { env: { ...world.environment, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home } });
    const page = await (await browser.newContext({ viewport: { width: 1120, height: 700 }, colorScheme: 'light', locale: 'en-GB', reducedMotion: 'reduce' })).newPage();
    page.setDefaultTimeout(30_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    await page.goto(addressOf(host));
    return { host, ui: new PackagePage(page, prefix), downloads, complaints };
  }

  it('opens, trusts, plays before all is here, goes on to version 2, and lets nobody turn it back', async () => {
    const world = await PackageWorld.start();
    const first = await world.game();
    world.offer(first);
    await world.seed(first, 'core');
    const music = await world.seed(first, 'music', 12 * 1024);
    const { ui, downloads, complaints } = await open(world, 'game', [first.file]);
    const { page, dialog } = ui;

    // First use: who says so, what is in it, and nothing starts before the person decided.
    await dialog.getByText('Northwind Games says that it signed this.').waitFor();
    expect(await ui.words()).toEqual(await wordsFromVerify(first.file));
    expect(await ui.words()).toHaveLength(12);
    expect(await ui.start.isDisabled()).toBe(true);
    await ui.stop('first-use', { key: true });
    await ui.checkbox('Trust this publisher').check();
    await dialog.getByText('The terms have to be accepted first.').waitFor();
    await ui.checkbox('Films').uncheck();
    expect(await ui.checkbox('Game').isDisabled()).toBe(true);
    expect(await ui.start.isDisabled()).toBe(true);
    await ui.checkbox('I accept these terms').check();
    await ui.stop('decided', { key: true });
    await ui.start.click();
    await dialog.waitFor({ state: 'detached' });

    // The core is whole, checked and usable while the module is still on its way.
    const row = ui.row(gameTitle);
    await row.getByText('Core ready. Getting the extras.').waitFor();
    expect(await filesIn(first, ['core'], downloads)).toEqual(filesOf(first, ['core']));
    await ui.overview(gameTitle);
    await ui.layer('Game').getByText('Ready').waitFor();
    await ui.layer('Soundtrack').getByText(/^(Getting, \d+ %|Waiting)$/).waitFor();
    await ui.layer('Films').getByText('Left out').waitFor();
    await ui.stop('core-ready', { key: true });
    await row.getByRole('button', { name: `Open: ${gameTitle}` }).click();
    const files = page.getByRole('tabpanel', { name: 'Files' });
    await files.getByRole('region', { name: 'Game' }).getByText("Checked against the publisher's signature").nth(2).waitFor({ state: 'attached' });
    await files.getByRole('heading', { name: 'Films: left out' }).waitFor();
    await ui.stop('core-ready-files', { key: true });
    music.limitUpload(0);
    await row.getByText(/Ready to share|Sharing with/).waitFor();
    await ui.stop('complete');
    expect(await filesIn(first, ['core', 'music'], downloads)).toEqual(filesOf(first, ['core', 'music']));
    expect((await filesIn(first, ['films'], downloads)).map(({ sha256 }) => sha256)).toEqual(['missing']);

    // Version 2: offered with what it costs, fetched beside, reused for the most part.
    const second = await world.nextGame(first);
    const seed = await world.seed(second, 'core');
    world.offer(second);
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.getByRole('button', { name: 'Check now' }).click();
    await page.getByText(/^Version 2 is there: 1\.\d MB to get, \d+\.?\d* MB are here already\.$/).waitFor();
    await ui.stop('update-offered', { key: true });
    await page.getByRole('button', { name: 'Get version 2' }).click();
    await page.getByText(/^Updated from version 1 .*: 1\.\d MB fetched, \d+\.?\d* MB reused\.$/).waitFor();
    await row.getByText(/Ready to share|Sharing with/).waitFor();
    await ui.stop('updated', { key: true });
    expect(await filesIn(second, ['core', 'music'], downloads)).toEqual(filesOf(second, ['core', 'music']));
    expect((await seed.nextStatus()).payloadUpload).toBeLessThan(1.2 * mebibyte + 64 * 1024);

    // Nobody turns it back, nobody changes it on the way.
    await ui.drop('nights-1.evpack', first.bytes);
    expect(await ui.refusal('Older than the one you have')).toMatch(/older than the one|replaying/);
    await ui.stop('rollback', { key: true });
    await ui.cancel();
    const third = await world.nextGame(second);
    await ui.drop('nights-3.evpack', tampered(third.bytes));
    expect(await ui.refusal('Not as its publisher signed it')).toMatch(/^\S.{20,}\.$/);
    await ui.stop('tampered', { key: true });
    await ui.cancel();
    await row.getByText(/Ready to share|Sharing with/).waitFor();

    // The publisher is known, until its key is ended.
    await ui.goTo('Publishers');
    const card = page.getByRole('listitem', { name: 'Northwind Games' });
    await card.getByText(/Northwind Nights, version 2/).waitFor();
    await card.getByText('Trusted', { exact: true }).waitFor();
    await card.getByText('Key', { exact: true }).click();
    expect(await ui.words(card)).toEqual(await wordsFromVerify(first.file));
    await ui.stop('publishers', { key: true });
    await card.getByRole('button', { name: `Show ${gameTitle}` }).click();
    world.offerStatements(world.revocation());
    await page.getByRole('button', { name: 'Check now' }).click();
    await row.getByText("Its publisher's key was revoked. Nothing more is fetched.").waitFor();
    await page.getByText('Signed by Northwind Games, whose key was revoked. Do not rely on it.').waitFor();
    await ui.stop('revoked', { key: true });
    await ui.drop('mornings.evpack', (await world.otherPackage()).bytes);
    expect(await ui.refusal("Its publisher's key was revoked")).toMatch(/^\S.{20,}\.$/);
    await ui.stop('revoked-other', { key: true });
    await ui.cancel();
    await ui.goTo('Publishers');
    await card.getByText(/^Its publisher revoked this key on/).waitFor();
    await ui.stop('publishers-revoked', { key: true });
    expect(await filesIn(second, ['core', 'music'], downloads)).toEqual(filesOf(second, ['core', 'music']));
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('plays a finished part of a live event while the next one is made', async () => {
    const world = await PackageWorld.start();
    const early = await world.live(2);
    world.offer(early);
    const { ui, complaints } = await open(world, 'live', [early.file]);
    const { page, dialog } = ui;
    await ui.checkbox('Trust this publisher').check();
    await dialog.getByText('2 parts of the live event so far').waitFor();
    await ui.stop('first-use');
    await ui.start.click();
    await dialog.waitFor({ state: 'detached' });
    await ui.overview(liveTitle);
    await page.getByText('Live: 2 parts, 2 ready').waitFor();
    await ui.stop('overview', { key: true });
    await page.getByRole('button', { name: 'Watch' }).click();
    const video = dialog.locator('video');
    const length = (): Promise<number> => video.evaluate((one: HTMLVideoElement) => one.duration);
    await dialog.getByText('Part 1 of 2').waitFor();
    await expect.poll(() => video.evaluate((one: HTMLVideoElement) => one.currentTime)).toBeGreaterThan(0);
    expect(await length()).toBe(segmentSeconds(0));
    await ui.stop('playing', { key: true });
    await dialog.getByRole('button', { name: 'Newest' }).click();
    await dialog.getByText('Part 2 of 2').waitFor();
    await expect.poll(length).toBe(segmentSeconds(1));
    await video.evaluate((one: HTMLVideoElement) => { one.currentTime = one.duration - 0.2; });
    await dialog.getByText('Waiting for the next part').waitFor();
    await dialog.getByText('2 parts of the live event so far').waitFor();
    await ui.stop('waiting', { key: true });
    world.offer(await world.live(3, early));
    await dialog.getByText('Part 3 of 3').waitFor();
    await expect.poll(length).toBe(segmentSeconds(2));
    await page.keyboard.press('Escape');
    await page.getByText('Live: 3 parts, 3 ready').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it('makes a package on the Create page that stock minisign, verify and the Add dialog agree about', async () => {
    const world = await PackageWorld.start();
    const studio = temporaryFolder('studio');
    const keys = path.join(studio, 'keys');
    mkdirSync(keys);
    const payload = makePayload(studio, 'Harbour Lights', { 'game/engine.bin': mebibyte + 99, 'game/read me.txt': 400, 'films/opening.bin': 700_000 });
    writeFileSync(path.join(payload.root, 'notes.txt'), 'not for everybody');
    const { ui, complaints } = await open(world, 'create', ['--allow-dir', studio]);
    const { page, dialog } = ui;
    await ui.goTo('Create package');
    await page.getByLabel('Folder path').fill(payload.root);
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.getByText('4 files').first().waitFor();
    await page.getByLabel('Publisher').fill('Harbour Arts');
    await page.getByLabel('Title').fill('Harbour Lights');
    await page.getByLabel('Id', { exact: true }).fill('org.harbour.lights');
    await page.getByRole('button', { name: 'Make a layer of films' }).click();
    await page.getByLabel('Files of Everything').fill('game/**');
    await page.getByText('1 file (17 B) is in no layer and stays out:').waitFor();
    await page.getByRole('button', { name: 'Make a new key' }).click();
    await page.getByLabel('Where to save it').fill(keys);
    await ui.stop('new-key', { key: true });
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('The key was made').waitFor();
    const words = await ui.words(page.getByRole('region', { name: 'Key' }));
    await ui.stop('filled', { key: true });
    await page.getByRole('button', { name: 'Create package' }).last().click();
    await page.getByRole('heading', { name: 'Harbour Lights, version 1, is ready' }).waitFor();
    await ui.stop('done', { key: true });
    const made = path.join(studio, 'org.harbour.lights-1.evpack');
    const written = await page.getByRole('region', { name: 'Files that were written' }).getByRole('listitem').allInnerTexts();
    expect(written.toSorted()).toEqual([made, path.join(studio, 'org.harbour.lights.everything.torrent'), path.join(studio, 'org.harbour.lights.films.torrent')]);
    const [signature, manifest] = [path.join(studio, 'made.minisig'), path.join(studio, 'made.json')];
    writeFileSync(signature, execFileSync('head', ['-n', '4', made]));
    writeFileSync(manifest, execFileSync('tail', ['-n', '+5', made]));
    expect(execFileSync('minisign', ['-V', '-p', path.join(keys, 'publisher.pub'), '-x', signature, '-m', manifest], { encoding: 'utf8' })).toContain('verified');
    expect(await wordsFromVerify(made)).toEqual(words);

    // The publisher opens it over its own folder: everything is here already and is shared from there.
    await page.keyboard.press('Control+u');
    await ui.choose(dialog.getByRole('button', { name: 'Open a file ...' }), made);
    await dialog.getByText('Harbour Arts says that it signed this.').waitFor();
    expect(await ui.words()).toEqual(words);
    await ui.checkbox('Trust this publisher').check();
    await dialog.getByRole('button', { name: 'Change' }).click();
    await dialog.getByLabel('Folder path').fill(studio);
    await dialog.getByRole('button', { name: 'Use', exact: true }).click();
    await ui.stop('open', { key: true });
    await ui.start.click();
    await dialog.waitFor({ state: 'detached' });
    await ui.row('Harbour Lights').getByText(/Ready to share|Sharing with/).waitFor();
    await ui.overview('Harbour Lights');
    await ui.stop('shared', { key: true });
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
