// The main job in the browser against the real headless host: open a magnet, get the files from a real peer, keep sharing.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAria2 } from '../support/foreign-aria2.ts';
import { magnetOf, makeTorrent, startLibtorrent, type Libtorrent, type TorrentFile } from '../support/foreign-libtorrent.ts';
import { arrived, makePayload, mebibyte, oddFiles, type Payload } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';
import { startServe, type Serving } from '../support/processes-flashswarm.ts';
import { axeViolations } from './accessibility.ts';
import { launchBrowser } from './browser.ts';

/** Where pictures go; none are taken when it is not set. */
const shots = process.env.FLASHSWARM_SHOTS;

const addressOf = (host: Serving): string => /http:\/\/\S+token=\S+/.exec(host.program.stdout)?.[0] ?? '';

interface Seeded { payload: Payload; torrent: TorrentFile; seed: Libtorrent; magnet: string }

async function seedSomething(name: string, files: Record<string, number>): Promise<Seeded> {
  const folder = temporaryFolder('seed');
  const payload = makePayload(folder, name, files);
  const torrent = await makeTorrent(payload, path.join(folder, `${name}.torrent`));
  const seed = await startLibtorrent({ role: 'seed', folder, torrent, infoHash: torrent.infoHash });
  return { payload, torrent, seed, magnet: `${magnetOf(torrent.infoHash, { peers: [seed.address] })}&dn=${encodeURIComponent(name)}` };
}

/** Serves a folder over HTTP with ranges, as a publisher's web seed. */
async function serveFolder(folder: string): Promise<{ address: string; close(): void }> {
  const server = createServer((request, response) => {
    const file = path.join(folder, decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
    const body = readFileSync(file);
    if (!range) return void response.end(body);
    const [from, to] = [Number(range[1]), Number(range[2])];
    response.writeHead(206, { 'content-range': `bytes ${from}-${to}/${body.length}` }).end(body.subarray(from, to + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => { server.closeAllConnections(); server.close(); } };
}

describe('in the browser, with the headless host', () => {
  leaveNothingBehind();
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
    if (shots) await mkdir(shots, { recursive: true });
  });
  afterAll(() => browser.close());

  /** A page whose every complaint (errors, the content security policy) is kept. */
  async function openPage(address: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await (await browser.newContext({ viewport: { width: 1120, height: 700 }, colorScheme: 'light', locale: 'en-GB' })).newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    await page.goto(address);
    return { page, complaints };
  }

  async function limitReceiving(page: Page, megabytes: string): Promise<void> {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('tab', { name: 'Speed' }).click();
    const box = page.getByRole('dialog').getByLabel('Receive at most').first();
    await box.fill(megabytes);
    await box.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }

  async function add(page: Page, magnet: string, files: number | null): Promise<void> {
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').first().fill(magnet);
    if (files !== null) await dialog.getByText(`${files} files`).waitFor();
    await dialog.getByRole('button', { name: 'Start' }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  it('gets a magnet, survives a restart without fetching anything again, and shares with aria2', async () => {
    const { payload, torrent, seed, magnet } = await seedSomething('Open evening', oddFiles);
    const downloads = temporaryFolder('downloads');
    const dataDir = temporaryFolder('session');
    const first = await startServe(downloads, ['--data-dir', dataDir]);
    const { page, complaints } = await openPage(addressOf(first));
    await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    await add(page, magnet, payload.files.length);
    const row = page.locator(`#row-${torrent.infoHash}`);
    await row.getByText(/Ready to share|Sharing with/).waitFor({ timeout: 90_000 });
    expect(await arrived(payload, downloads)).toEqual(payload.files);
    expect(await row.getByRole('progressbar').getAttribute('aria-valuetext')).toContain('100 % here: 67 MB from people');
    expect(await axeViolations(page)).toEqual([]);

    const given = (await seed.nextStatus()).payloadUpload;
    await first.program.stop();
    await page.getByText('The connection to Flashswarm was lost').waitFor();
    expect(complaints.filter((one) => !/WebSocket|ERR_CONNECTION|Failed to load/.test(one))).toEqual([]);
    await page.context().close();

    const again = await startServe(downloads, ['--data-dir', dataDir]);
    const { page: later } = await openPage(addressOf(again));
    const restored = later.locator(`#row-${torrent.infoHash}`);
    await restored.getByText(/Ready to share|Sharing with/).waitFor();
    expect(await restored.getByRole('progressbar').getAttribute('aria-valuetext')).toContain('100 % here: 67 MB from people');
    expect((await seed.nextStatus()).payloadUpload).toBe(given);
    await seed.stop();

    const theirs = temporaryFolder('aria2');
    const aria2 = await startAria2({ role: 'leech', folder: theirs, torrent: { file: torrent.file }, infoHash: torrent.infoHash });
    await restored.dblclick();
    await later.getByRole('tab', { name: 'People' }).click();
    await later.getByLabel('Connect to host:port').fill(aria2.address);
    await later.getByRole('button', { name: 'Connect' }).click();
    await aria2.complete(90_000);
    expect(await arrived(payload, theirs)).toEqual(payload.files);
    await later.getByRole('tab', { name: 'Overview' }).click();
    await later.getByText('Ratio', { exact: true }).waitFor();
    await expect.poll(() => later.locator('dl').first().innerText()).toMatch(/Ratio\s+1\.0/);
    await later.context().close();
  });

  it('says in the dialog what is wrong with a link, and loses nothing', async () => {
    const host = await startServe(temporaryFolder('downloads'));
    const { page } = await openPage(addressOf(host));
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    const dialog = page.getByRole('dialog');
    const link = dialog.getByRole('textbox').first();
    for (const wrong of ['gopher://example.org/x', 'hello', 'magnet:?dn=no-hash', 'http://127.0.0.1:1/nothing.torrent']) {
      await link.fill(wrong);
      const alert = dialog.getByRole('alert');
      await alert.waitFor();
      expect((await alert.innerText()).trim(), wrong).toMatch(/^\S.{10,}\.$/);
      expect(await link.inputValue()).toBe(wrong);
      expect(await dialog.getByRole('button', { name: 'Start' }).isDisabled(), wrong).toBe(true);
      await link.fill('');
      await alert.waitFor({ state: 'detached' });
    }
    await page.context().close();
  });

  it('tells a page that lost its token from one that lost its host', async () => {
    const host = await startServe(temporaryFolder('downloads'));
    const { page } = await openPage(addressOf(host));
    await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    expect(await page.evaluate(async () => (await fetch('/ws')).status)).not.toBe(401); // a page with its token, asking plainly
    await page.context().clearCookies();
    expect(await page.evaluate(async () => (await fetch('/ws')).status)).toBe(401);
    await page.context().close();
  });

  it('pauses for real, resumes, changes a limit, and removes with Undo', async () => {
    const { torrent, seed, magnet, payload } = await seedSomething('Field recordings', { 'take one.wav': 24 * mebibyte, 'take two.wav': 8 * mebibyte });
    const downloads = temporaryFolder('downloads');
    const host = await startServe(downloads);
    const { page } = await openPage(addressOf(host));
    await limitReceiving(page, '3');
    await add(page, magnet, null);
    const row = page.locator(`#row-${torrent.infoHash}`);
    await row.getByText('Held to 3.0 MB/s by your limit.').waitFor();
    await row.focus();
    await page.keyboard.press('Space');
    await row.getByText('Paused. Nothing is sent or received.').waitFor();
    expect((await seed.nextStatus()).peers).toEqual([]);
    await row.getByRole('button', { name: 'Resume: Field recordings' }).click();
    await limitReceiving(page, '');
    await row.getByText(/Ready to share|Sharing with/).waitFor({ timeout: 90_000 });
    expect(await arrived(payload, downloads)).toEqual(payload.files);
    await row.focus();
    await page.keyboard.press('Delete');
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await row.waitFor();
    await page.context().close();
  });

  it.runIf(shots)('has its picture taken', async () => {
    const films = await seedSomething('Open evening, the films', { 'one.mkv': 90 * mebibyte, 'two.mkv': 60 * mebibyte, 'notes/read me.txt': 4000 });
    const music = await seedSomething('Field recordings, volume 12', { 'dawn.flac': 12 * mebibyte, 'rain.flac': 20 * mebibyte });
    const maps = await seedSomething('Maps of the old town', { 'north.tif': 6 * mebibyte, 'south.tif': 7 * mebibyte });
    const host = await startServe(temporaryFolder('downloads'));
    const { page } = await openPage(addressOf(host));
    await add(page, maps.magnet, 2);
    await page.locator(`#row-${maps.torrent.infoHash}`).getByText(/Ready to share|Sharing with/).waitFor({ timeout: 60_000 });
    await add(page, `magnet:?xt=urn:btih:${'5eed'.repeat(10)}&dn=Letters%20from%20the%20coast`, null);
    const server = await serveFolder(films.payload.parent);
    await add(page, music.magnet, 2);
    await page.locator(`#row-${music.torrent.infoHash}`).getByText(/Ready to share|Sharing with/).waitFor({ timeout: 60_000 });
    await limitReceiving(page, '16');
    await add(page, `${films.magnet}&ws=${encodeURIComponent(server.address)}`, 3);
    await page.locator(`#row-${films.torrent.infoHash}`).dblclick();
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.getByText(/^[5-9]\d %/).first().waitFor({ timeout: 60_000 });
    await page.screenshot({ path: path.join(shots ?? '', 'real.png') });
    await page.context().close();
    server.close();
  });
});
