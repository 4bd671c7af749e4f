// The connectivity page for every verdict and everything that can be done: it reads well, works by keyboard, is accessible, and nothing is cut off.
import { mkdir } from 'node:fs/promises';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { createFake, type Fake } from '../support/fake-bridge.ts';
import { networks } from '../support/fake-connectivity.ts';
import { worldOf } from '../support/fake-world.ts';
import { launchBrowser } from './browser.ts';
import { serveInterface, type InterfaceServer } from './interface-server.ts';

/** Where pictures go; none are taken when it is not set. */
const shots = process.env.FLASHSWARM_SHOTS;
const looks = [
  { name: 'light-1280', colorScheme: 'light', width: 1280, height: 800 }, { name: 'dark-720', colorScheme: 'dark', width: 720, height: 560 }, { name: 'light-480', colorScheme: 'light', width: 480, height: 640 },
  { name: 'dark-1280', colorScheme: 'dark', width: 1280, height: 800 }, { name: 'light-720', colorScheme: 'light', width: 720, height: 560 }, { name: 'dark-480', colorScheme: 'dark', width: 480, height: 640 },
] as const;
type Look = (typeof looks)[number];

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
  if (shots) await mkdir(shots, { recursive: true });
});
afterAll(() => browser.close());

class ConnectivityWindow {
  readonly fake: Fake;
  readonly server: InterfaceServer;
  readonly page: Page;
  readonly complaints: string[] = [];

  private constructor(fake: Fake, server: InterfaceServer, page: Page) {
    this.fake = fake;
    this.server = server;
    this.page = page;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => { if (message.type() === 'error') this.complaints.push(message.text()); });
  }

  static async open(first: Connectivity, change: (fake: Fake) => void = () => {}): Promise<ConnectivityWindow> {
    const fake = createFake({ ...worldOf(), connectivity: first });
    change(fake);
    const server = await serveInterface(fake);
    const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    const window = new ConnectivityWindow(fake, server, page);
    await page.goto(server.address);
    await page.getByRole('row').first().waitFor();
    return window;
  }

  async look({ colorScheme, width, height }: Look): Promise<void> {
    await this.page.emulateMedia({ colorScheme });
    await this.page.setViewportSize({ width, height });
  }

  async goTo(): Promise<void> {
    await this.page.locator('aside button[data-reach]').click();
    await this.page.getByRole('heading', { name: 'Connection', exact: true }).waitFor();
  }

  /** The core tells of another network. */
  async tell(report: Connectivity): Promise<void> {
    this.fake.world.connectivity = report;
    this.fake.emit('connectivity.changed', report);
    // Until the page shows it: the words of the first line come last.
    await this.page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))));
  }

  /** No axe violation, nothing sideways, no complaint of the page (its security policy included). */
  async check(name: string, whole = false): Promise<void> {
    if (shots) {
      const size = this.page.viewportSize()!;
      const height = whole ? await this.page.evaluate(() => Math.ceil(document.querySelector('[role=region][tabindex="0"]')!.scrollHeight) + 70) : size.height;
      if (height > size.height) await this.page.setViewportSize({ width: size.width, height });
      await this.page.screenshot({ path: `${shots}/connectivity-${name}.png` });
      if (height > size.height) await this.page.setViewportSize(size);
    }
    const { violations } = await new AxeBuilder({ page: this.page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`), name).toEqual([]);
    expect(await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${name}: sideways`).toBeLessThanOrEqual(0);
    expect(this.complaints, name).toEqual([]);
  }

  asked = (name: string): unknown[] => this.fake.asked.filter((one) => one.name === name).map((one) => one.input);
  button = (name: string | RegExp, exact = true) => this.page.getByRole('button', { name, exact });

  async close(): Promise<void> {
    await this.page.context().close();
    await this.server.close();
  }
}

// Every verdict in three of the six looks each, so that every look sees every kind of page and the whole stays quick.
describe('the page', () => {
  it.each([0, 1])('shows each verdict with its one action, and its steps, in half of the looks (%i)', async (half) => {
    const window = await ConnectivityWindow.open(networks.never!);
    await window.goTo();
    for (const [name, report] of Object.entries(networks)) {
      await window.tell(report);
      for (const look of looks.slice(half * 3, half * 3 + 3)) {
        await window.look(look);
        const steps = window.page.getByRole('button', { name: /^Show me/ });
        if (await steps.count() === 1 && await steps.getAttribute('aria-expanded') === 'false') {
          await steps.click();
          await window.page.getByRole('region', { name: 'How to do it' }).getByText(/Compared on|General steps|When it is done/).first().waitFor();
        }
        await window.check(`${name}-${look.name}`, true);
      }
    }
    await window.close();
  });

  it('shows the evidence: paths, checks, entries, before and now', async () => {
    const window = await ConnectivityWindow.open(networks.open!);
    await window.goTo();
    await window.page.getByText('Details and measurements').click();
    for (const name of ['open', 'running', 'forward-port'] as const) {
      await window.tell(networks[name]!);
      for (const look of [looks[0], looks[4], looks[5]]) {
        await window.look(look);
        await window.check(`evidence-${name}-${look.name}`, true);
      }
    }
    await window.close();
  });

  it('shows the settings of the network', async () => {
    const window = await ConnectivityWindow.open(networks.open!);
    await window.button('Settings').click();
    await window.page.getByRole('tab', { name: 'Network' }).click();
    for (const look of looks) {
      await window.look(look);
      await window.check(`settings-${look.name}`);
    }
    await window.close();
  });
});
