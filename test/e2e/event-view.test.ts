// What goes on in the crowd of a package: the sentence, the plots and their words, in every state, look and width; and with a real crowd.
import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PackageFigures } from '../../contract/index.ts';
import { createFake, type Fake } from '../support/fake-bridge.ts';
import { figuresOf } from '../support/fake-figures.ts';
import { stateOf, summaryOf, worldOf } from '../support/fake-world.ts';
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
    const { violations } = await new AxeBuilder({ page: this.page }).setLegacyMode(true).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`), `${name}, ${look.name}`).toEqual([]);
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
    const window = await EventWindow.open(gentle);
    const { page, fake, tab } = window;
    const { id } = running();
    await window.goTo();
    await tab.getByText('18 people help you. 13 % came from the server.').waitFor();
    await tab.getByText('Starting gently so that the server stays up for everyone. Full speed in about 2 min.').waitFor();
    await tab.getByRole('progressbar', { name: 'Gentle start' }).waitFor();
    for (const look of looksOf(0)) await window.check('gentle', look);

    await window.tell(busy);
    await tab.getByText('More comes from the server for now: some pieces are rare.').waitFor();
    for (const look of looksOf(1)) await window.check('busy', look, true);
    for (const name of [/^What happened/, 'Trackers and transport', 'The plots as a table'] as const) await tab.getByText(name).click();
    await tab.getByText('More was taken from the server (rare pieces)').waitFor();
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
});
