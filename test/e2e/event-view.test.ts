// What goes on in the crowd of a package: the sentence, the plots and their words, in every state, look and width; and with a real crowd.
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PackageFigures } from '../../contract/index.ts';
import { createFake, type Fake } from '../support/fake-bridge.ts';
import { figuresOf } from '../support/fake-figures.ts';
import { stateOf, summaryOf, worldOf } from '../support/fake-world.ts';
import { mebibyte } from '../support/payload.ts';
import { startServe } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';
import { SmallCrowd } from '../support/small-crowd.ts';
import { axeViolations } from './accessibility.ts';
import { launchBrowser } from './browser.ts';
import { serveInterface, type InterfaceServer } from './interface-server.ts';

/** Where pictures go; none are taken when it is not set. */
const shots = process.env.FLASHSWARM_SHOTS;
const looks = [
  { name: 'light-1280', colorScheme: 'light', width: 1280, height: 900 }, { name: 'dark-800', colorScheme: 'dark', width: 800, height: 900 }, { name: 'light-480', colorScheme: 'light', width: 480, height: 800 },
  { name: 'dark-1280', colorScheme: 'dark', width: 1280, height: 900 }, { name: 'light-800', colorScheme: 'light', width: 800, height: 900 }, { name: 'dark-480', colorScheme: 'dark', width: 480, height: 800 },
] as const;
type Look = (typeof looks)[number];

const title = 'Northwind Odyssey, day-one edition';
const GB = 1e9;
const running = () => summaryOf(0, { name: title, state: stateOf('downloading', 'going', { sending: 9 }), size: 48.2 * GB, done: 0.62, down: 38e6, up: 6e6, server: 0.35, uploaded: 9 * GB, files: 9 });

/** So many seconds of a download that ended, or that goes on. */
function figuresAt(seconds: number, part: Partial<PackageFigures> = {}): PackageFigures {
  return { ...figuresOf(running().id, title, seconds), ...part };
}

/** Nothing came and nobody is there. */
function nothingYet(): PackageFigures {
  const figures = figuresAt(0);
  const now = { ...figures.now, people: 0, server: 0, upload: 0, connected: 0, helping: 0, joined: 0 };
  return {
    ...figures, now, firstPieceMs: null, originShare: null, skew: null, smoothing: null, trackers: [], incidents: [], churnPerMinute: 0, history: { stepMs: 1000, points: [now] },
    bytes: { people: 0, server: 0, local: 0, wasted: 0, uploaded: 0, total: 940_000_000 },
  };
}

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  if (shots) await mkdir(shots, { recursive: true });
});
afterAll(() => browser.close());

class EventWindow {
  readonly fake: Fake;
  readonly page: Page;
  readonly complaints: string[] = [];
  readonly #server: InterfaceServer;
  figures: PackageFigures;

  private constructor(fake: Fake, server: InterfaceServer, page: Page, figures: PackageFigures) {
    this.fake = fake;
    this.#server = server;
    this.page = page;
    this.figures = figures;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') this.complaints.push(message.text()); });
  }

  static async open(figures: PackageFigures): Promise<EventWindow> {
    const fake = createFake(worldOf([running()]));
    const server = await serveInterface(fake);
    const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const window = new EventWindow(fake, server, page, figures);
    fake.handlers['packages.figures'] = () => window.figures;
    await page.goto(server.address);
    await page.getByRole('row').first().press('Enter');
    await page.getByRole('separator', { name: 'Height of the details' }).press('PageUp');
    for (let press = 0; press < 6; press++) await page.keyboard.press('PageUp');
    return window;
  }

  get tab() {
    return this.page.getByRole('tabpanel', { name: 'Together' });
  }

  async goTo(): Promise<void> {
    await this.page.getByRole('tab', { name: 'Together' }).click();
    await this.tab.waitFor();
  }

  /** The core tells of other figures, as after a restart. */
  async tell(figures: PackageFigures): Promise<void> {
    this.figures = figures;
    this.fake.emit('core.state', { state: 'starting', error: null });
    await this.page.getByText('The engine is not running. This is what was measured last.').waitFor();
    this.fake.emit('core.state', { state: 'up', error: null });
    await this.page.getByText('The engine is not running. This is what was measured last.').waitFor({ state: 'detached' });
  }

  /** No axe violation, nothing sideways, no complaint of the page (its security policy included). */
  async check(name: string, look: Look, whole = false): Promise<void> {
    await this.page.emulateMedia({ colorScheme: look.colorScheme });
    await this.page.setViewportSize({ width: look.width, height: look.height });
    await this.tab.waitFor();
    if (shots) {
      await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      await this.page.screenshot({ path: `${shots}/event-${name}-${look.name}.png` });
      if (whole) {
        await this.tab.evaluate((element) => { element.scrollTop = element.scrollHeight; });
        await this.page.screenshot({ path: `${shots}/event-${name}-${look.name}-end.png` });
        await this.tab.evaluate((element) => { element.scrollTop = 0; });
      }
    }
    expect(await axeViolations(this.page), `${name}, ${look.name}`).toEqual([]);
    expect(await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${name}, ${look.name}: sideways`).toBeLessThanOrEqual(0);
    expect(await this.tab.evaluate((element) => element.scrollWidth - element.clientWidth), `${name}, ${look.name}: sideways in the tab`).toBeLessThanOrEqual(0);
    expect(this.complaints, name).toEqual([]);
  }

  async close(): Promise<void> {
    await this.page.context().close();
    await this.#server.close();
  }
}

const looksOf = (at: number): readonly Look[] => (shots ? looks : [looks[at % looks.length]!]);

describe('the view of the crowd', () => {
  it('says in one sentence who helps, and reads well in every state and look', async () => {
    const gentle = figuresAt(40);
    gentle.smoothing = { share: 0.4, endsAt: Date.now() + 110_000, allowedBytesPerSecond: 900_000 };
    const busy = figuresAt(170, { smoothing: null, control: { action: 'more-server', reason: 'rare-pieces', since: null } });
    busy.incidents.push({ at: busy.now.at, kind: 'more-server', detail: 'rare-pieces' });
    const window = await EventWindow.open(gentle);
    const { page, fake, tab } = window;
    const { id } = running();
    await window.goTo();
    await tab.getByText('18 people help you. 13 % came from the server.').waitFor();
    await tab.getByText('Starting gently so that the server stays up for everyone. Full speed in 2 min at the latest.').waitFor();
    await tab.getByRole('progressbar', { name: 'Gentle start' }).waitFor();
    for (const look of looksOf(0)) await window.check('gentle', look);

    await window.tell(busy);
    await tab.getByText('More comes from the server for now: some pieces are rare.').waitFor();
    for (const look of looksOf(1)) await window.check('busy', look, true);
    for (const name of [/^What happened/, 'Trackers and transport', 'The plots as a table'] as const) await tab.getByText(name).click();
    await tab.getByText('More was taken from the server (some pieces were rare)').waitFor();
    await tab.getByText('TCP is preferred: it is faster or steadier on this line.').waitFor();
    for (const look of looksOf(2)) await window.check('levels', look, true);
    await page.emulateMedia({ forcedColors: 'active' });
    await window.check('forced', looks[0]);
    await page.emulateMedia({ forcedColors: 'none' });

    fake.change(id, { state: stateOf('problem', 'disk-full', { missingBytes: 1.2e9, sending: 0, connected: 0 }) });
    await tab.getByText('Stopped: 1.2 GB too little on this disk.').waitFor();
    for (const look of looksOf(3)) await window.check('problem', look);

    fake.change(id, { state: stateOf('seeding', 'sharing'), completedAt: Date.now(), peers: { ...running().peers, receiving: 4 } });
    const finished = figuresAt(180, { smoothing: null });
    await window.tell({ ...finished, completedAt: finished.startedAt! + 175_000 });
    await tab.getByText('It took 2 min. 13 % came from the server. You help 4 people now.').waitFor();
    for (const look of looksOf(4)) await window.check('finished', look);

    fake.change(id, { ...running(), state: stateOf('downloading', 'connecting', { sending: 0, connected: 0 }), completedAt: null });
    await window.tell(nothingYet());
    await tab.getByText('Nothing was measured yet.').waitFor();
    await tab.getByText('Looking for people who have this.').waitFor();
    for (const look of looksOf(5)) await window.check('empty', look);
    await window.close();
  });

  it('goes on with the newest points, and is read by keyboard and as a table', async () => {
    const window = await EventWindow.open(figuresAt(60));
    const { page, fake, tab } = window;
    await window.goTo();
    const speed = tab.getByRole('slider', { name: 'Speed over time' });
    const people = tab.getByRole('slider', { name: 'People over time' });
    const spoken = (plot = speed): Promise<string | null> => plot.getAttribute('aria-valuetext');
    expect(await spoken()).toMatch(/^Now: From people [56]\.\d MB\/s, From servers 0 KB\/s, You give 5\.0 MB\/s$/);
    const before = window.figures.now;
    const { history } = figuresAt(61);
    fake.emit('figures.changed', { ...figuresAt(61), history: { stepMs: 1000, points: history.points.slice(-1) } });
    await expect.poll(() => speed.getAttribute('aria-valuemax')).toBe('61');

    await speed.focus();
    await page.keyboard.press('Home');
    expect(await spoken()).toMatch(/^At 18:00:00: From people 0 KB\/s, From servers 4\.0 MB\/s/);
    expect(await spoken(people)).toBe('At 18:00:00: Helping you 0, Connected 0');
    await page.keyboard.press('ArrowRight');
    expect(await spoken()).toMatch(/^At 18:00:01:/);
    await page.keyboard.press('End');
    expect(await spoken()).toMatch(/^Now:/);
    const summary = await speed.evaluate((element) => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent);
    expect(summary).toMatch(/^From 18:00 to 18:01\. Now from people [56]\.\d MB\/s, from servers 0 KB\/s, given 5\.0 MB\/s\. Most at 18:00:\d\d: 6\.\d MB\/s\./);
    const copies = tab.getByRole('img', { name: 'Copies of each piece around' });
    expect(await copies.evaluate((element) => document.getElementById(element.getAttribute('aria-describedby') ?? '')?.textContent))
      .toMatch(/^The rarest are \d+ pieces with 3 copies\. On average there are 8\.\d copies, at most 14\.$/);
    await tab.getByText('The plots as a table').click();
    await expect.poll(() => tab.getByRole('region', { name: 'The plots as a table' }).getByRole('row').count()).toBe(41);

    // The pointer reads the same moment in both plots.
    const box = (await speed.boundingBox())!;
    await page.mouse.move(box.x + 80, box.y + 40);
    await expect.poll(() => spoken(people)).toMatch(/^At 18:00:/);
    await page.mouse.move(5, 5);
    await expect.poll(() => spoken(people)).toMatch(/^Now:/);

    // A step that doubled does not join: the whole is asked for again.
    const asked = (): number => fake.asked.filter(({ name }) => name === 'packages.figures').length;
    const count = asked();
    window.figures = figuresAt(120);
    fake.emit('figures.changed', { ...figuresAt(62), history: { stepMs: 2000, points: [] } });
    await expect.poll(() => speed.getAttribute('aria-valuemax')).toBe('120');
    expect(asked()).toBe(count + 1);
    expect(before.at).toBeLessThan(window.figures.now.at);
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it('shows as many points as there can be as soon as the tab is chosen', async () => {
    const window = await EventWindow.open(figuresAt(1299, { smoothing: null }));
    const { page, tab } = window;
    await window.goTo();
    await tab.getByRole('slider', { name: 'Speed over time' }).waitFor();
    await page.getByRole('tab', { name: 'Files' }).click();
    // From the click to the frame after the plots are there, without what the test itself needs.
    const shownMs = await page.evaluate(() => new Promise<number>((resolve) => {
      const from = performance.now();
      const tabs = [...document.querySelectorAll<HTMLElement>('[role=tab]')];
      tabs.find((one) => one.textContent === 'Together')?.dispatchEvent(new MouseEvent('mousedown', { bubbles: true, button: 0 }));
      const look = (): void => {
        if (document.querySelectorAll('[role=slider] canvas').length === 2) requestAnimationFrame(() => resolve(performance.now() - from));
        else requestAnimationFrame(look);
      };
      look();
    }));
    console.log(`The tab with 1300 points shows after ${Math.round(shownMs)} ms.`);
    expect(await tab.getByRole('slider', { name: 'Speed over time' }).getAttribute('aria-valuemax')).toBe('1299');
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it('keeps what was measured while the engine is away, and hands the figures on', async () => {
    const window = await EventWindow.open(figuresAt(60));
    const { page, fake, tab } = window;
    await window.goTo();
    await tab.getByText('18 people help you.').waitFor();
    fake.emit('core.state', { state: 'down', error: null });
    await tab.getByText('The engine is not running. This is what was measured last.').waitFor();
    expect(await tab.getByRole('slider', { name: 'Speed over time' }).getAttribute('aria-valuetext')).toMatch(/^Last: /);
    expect(await tab.getByText('18 people help you.').count()).toBe(0);
    await window.check('away', looks[2]);
    fake.emit('core.state', { state: 'up', error: null });
    await tab.getByText('The engine is not running.').waitFor({ state: 'detached' });
    for (const format of ['JSON', 'CSV'] as const) {
      const [download] = await Promise.all([page.waitForEvent('download'), tab.getByRole('button', { name: `Save the figures as ${format}` }).click()]);
      expect(download.suggestedFilename()).toBe(`flashswarm-Northwind-Odyssey-day-one-edition-figures.${format.toLowerCase()}`);
      expect(readFileSync(await download.path(), 'utf8').length).toBeGreaterThan(100);
    }
    expect(fake.asked.filter(({ name }) => name === 'packages.exportFigures').map(({ input }) => (input as { format: string }).format)).toEqual(['json', 'csv']);
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it('lets one package use servers more, less or never', async () => {
    const window = await EventWindow.open(figuresAt(60));
    const { page, fake } = window;
    await page.getByRole('tab', { name: 'Overview' }).click();
    await page.getByText('Servers', { exact: true }).last().click();
    await page.getByLabel('Use servers').selectOption({ label: 'Never' });
    await page.getByLabel('From servers at most').fill('0.5');
    await page.getByLabel('From servers at most').press('Enter');
    await expect.poll(() => fake.world.packages.get(running().id)).toMatchObject({ serverUse: 'off', limits: { serverBytesPerSecond: 500_000 } });
    expect(await page.getByLabel('Use servers').inputValue()).toBe('off');
    if (shots) {
      await page.getByLabel('From servers at most').scrollIntoViewIfNeeded();
      await page.screenshot({ path: `${shots}/event-options.png` });
    }
    await page.getByLabel('Use servers').selectOption({ label: 'As usual' });
    await expect.poll(() => fake.world.packages.get(running().id)?.serverUse).toBeNull();
    expect(window.complaints).toEqual([]);
    await window.close();
  });
});

describe('with a real crowd and the headless host', () => {
  leaveNothingBehind();
  let crowd: SmallCrowd | null = null;
  afterEach(async () => {
    await crowd?.stop();
    crowd = null;
  });

  it('shows who helps while it comes, and how it went', async () => {
    const everybody = crowd = await SmallCrowd.start({ clients: 3, bytes: 10 * mebibyte, upBytesPerSecond: 800_000, serverBytesPerSecond: 400_000 });
    const host = await startServe(temporaryFolder('downloads'), ['--limit-up', '800K']);
    const page = await (await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', viewport: { width: 1280, height: 900 } })).newPage();
    page.setDefaultTimeout(60_000);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    await page.goto(/http:\/\/\S+token=\S+/.exec(host.program.stdout)![0]);
    await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    await Promise.all([
      everybody.begin([`127.0.0.1:${host.peerPort}`]),
      host.ask('POST', '/packages?paused=true', { torrent: everybody.base64 })
        .then(() => host.ask('PATCH', `/packages/${everybody.infoHash}/limits`, { serverBytesPerSecond: 400_000 }))
        .then(() => host.ask('POST', `/packages/${everybody.infoHash}/resume`))
        .then(() => host.ask('POST', `/packages/${everybody.infoHash}/peers`, { peers: everybody.addresses })),
    ]);
    await page.getByRole('row').first().press('Enter');
    for (let press = 0; press < 6; press++) await page.getByRole('separator', { name: 'Height of the details' }).press('PageUp');
    await page.getByRole('tab', { name: 'Together' }).click();
    const tab = page.getByRole('tabpanel', { name: 'Together' });
    await tab.getByText(/^[123] (people help|person helps) you\. (\d+ % came from the server|So far everything came from the server)\.$/).waitFor();
    const speed = tab.getByRole('slider', { name: 'Speed over time' });
    await expect.poll(async () => Number(await speed.getAttribute('aria-valuemax')), { timeout: 30_000 }).toBeGreaterThan(5);
    expect(await speed.getAttribute('aria-valuetext')).toMatch(/^Now: From people /);
    await tab.getByRole('img', { name: 'Copies of each piece around' }).locator('path').first().waitFor({ state: 'attached' });
    await tab.getByText(/^after [\d.]+ s$/).waitFor();
    if (shots) await page.screenshot({ path: `${shots}/event-real.png` });
    await tab.getByText(/^It took \d+ (s|min)\. \d+ % came from the server\./).waitFor();
    if (shots) await page.screenshot({ path: `${shots}/event-real-finished.png` });
    expect(await axeViolations(page)).toEqual([]);
    const [download] = await Promise.all([page.waitForEvent('download'), tab.getByRole('button', { name: 'Save the figures as JSON' }).click()]);
    const saved = JSON.parse(readFileSync(await download.path(), 'utf8')) as PackageFigures;
    expect(saved.bytes.people + saved.bytes.server).toBeGreaterThanOrEqual(everybody.payload.length);
    expect(saved.history.points.length).toBeGreaterThan(5);
    await everybody.complete();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
