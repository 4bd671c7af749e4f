// The connectivity page for every verdict and everything that can be done: it reads well, works by keyboard, is accessible, and nothing is cut off.
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { createFake, type Fake } from '../support/fake-bridge.ts';
import { networks } from '../support/fake-connectivity.ts';
import { worldOf } from '../support/fake-world.ts';
import { axeViolations } from './accessibility.ts';
import { launchBrowser } from './browser.ts';
import { serveInterface, type InterfaceServer } from './interface-server.ts';

/** Where pictures go; none are taken when it is not set. With pictures, every verdict is looked at in every look; without, each look sees every sixth verdict. */
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
    expect(await axeViolations(this.page), name).toEqual([]);
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

const verdicts = Object.entries(networks);
const looksOf = (at: number): readonly Look[] => (shots ? looks : [looks[at % looks.length]!]);

describe('the page', () => {
  it('shows each verdict with its one action and its steps', async () => {
    const window = await ConnectivityWindow.open(networks.never!);
    await window.goTo();
    for (const [at, [name, report]] of verdicts.entries()) {
      await window.tell(report);
      const steps = window.page.getByRole('button', { name: /^Show me/ });
      if (await steps.count() === 1 && report.state === 'done') {
        await steps.click();
        await expect.poll(() => window.page.evaluate(() => document.activeElement?.id)).toBe('connectivity-steps');
        await window.page.getByRole('region', { name: 'How to do it' }).getByText('Loading').waitFor({ state: 'detached' });
      }
      for (const look of looksOf(at)) {
        await window.look(look);
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
      for (const look of shots ? [looks[0], looks[4], looks[5]] : [looks[5]]) {
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
    for (const look of shots ? looks : [looks[1], looks[2]]) {
      await window.look(look);
      await window.check(`settings-${look.name}`);
    }
    await window.close();
  });

  it('is usable where colours are forced', async () => {
    const window = await ConnectivityWindow.open(networks['forward-port']!);
    await window.goTo();
    await window.page.emulateMedia({ forcedColors: 'active' });
    await window.check('forced');
    await window.close();
  });
});

describe('behaviour', () => {
  it('asks once before servers outside are asked, and remembers the answer', async () => {
    const window = await ConnectivityWindow.open(networks.never!);
    const { page } = window;
    await window.goTo();
    const question = page.getByRole('region', { name: 'Question about servers outside' });
    await question.getByText('stun.example:3478').waitFor();
    await question.getByText('They learn the internet address of your connection').waitFor();
    expect(window.asked('connectivity.run')).toEqual([]);
    await window.button('Not now').click();
    await expect.poll(() => window.asked('connectivity.run')).toHaveLength(1);
    expect(window.asked('settings.update').at(-1)).toMatchObject({ diagnosis: { consent: false } });
    await page.reload();
    await window.goTo();
    await window.button('Check now').waitFor();
    expect(await question.count()).toBe(0);
    // Whoever said no is not kept from saying yes where it matters.
    await window.tell(networks['allow-outside-checks']!);
    await question.waitFor();
    await window.button('Allow and check').click();
    await expect.poll(() => window.asked('connectivity.run')).toHaveLength(2);
    expect(window.asked('settings.update').at(-1)).toMatchObject({ diagnosis: { consent: true, servers: { stun: ['stun.example:3478'] } } });
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it('cancels one check or all, checks again, and says in one line how it ended', async () => {
    const window = await ConnectivityWindow.open(networks.running!);
    await window.goTo();
    await window.page.getByRole('status').getByText('Checking your connection ...').waitFor();
    await window.page.getByText('Details and measurements').click();
    await window.button('Cancel: Tried from outside (IPv4)').click();
    await window.button('Stop checking').click();
    await expect.poll(() => window.asked('connectivity.cancel')).toEqual([{ check: 'probe' }, {}]);
    await window.tell(networks.open!);
    await window.page.getByRole('status').getByText('Downloads run as fast as they can').waitFor();
    await window.page.getByText('Better than before.').waitFor();
    await window.button('Check again').click();
    await expect.poll(() => window.asked('connectivity.run')).toHaveLength(1);
    await window.close();
  });

  it('shows the steps for the router that was found, with what to enter, and for any other', async () => {
    const window = await ConnectivityWindow.open(networks['forward-port']!);
    const { page } = window;
    await window.goTo();
    await window.button('Show me how').focus();
    await page.keyboard.press('Enter');
    const advice = page.getByRole('region', { name: 'How to do it' });
    await advice.getByText('Your router: AVM Berlin FRITZ!Box 7590, at 192.168.178.1').waitFor();
    await advice.getByText('Port to device 51413, External port 51413').waitFor();
    await window.button('Copy: Address of this computer').click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('192.168.178.20');
    await window.button('Copy all').click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('Protocol: TCP + UDP');
    await advice.getByLabel('Steps for').selectOption({ label: 'MikroTik (RouterOS)' });
    await advice.getByText('dst-port=51413').first().waitFor();
    await advice.getByLabel('Steps for').selectOption({ label: 'Any other router' });
    await advice.getByRole('img', { name: 'Find the entry in the menu' }).waitFor();
    await advice.getByLabel('Not at home?').selectOption({ label: 'Hotel, café, train' });
    await advice.getByText('Ask at the desk').waitFor();
    await window.button('Hide the steps').click();
    expect(await advice.count()).toBe(0);
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it('opens the router where the host can, and names its address where it cannot', async () => {
    const window = await ConnectivityWindow.open(networks['forward-port']!, ({ world }) => {
      world.host = { ...world.host, kind: 'desktop', can: { ...world.host.can, openRouterPage: true, openSignInPage: true, saveReport: true } };
    });
    await window.goTo();
    await window.button('Show me how').click();
    await window.button("Open the router's page").click();
    await expect.poll(() => window.asked('host.openRouterPage')).toEqual([{}]);
    expect(await window.page.getByRole('link').count()).toBe(0);
    await window.close();
  });

  it('opens the sign-in page where the host can, and saves the report by its dialog', async () => {
    const window = await ConnectivityWindow.open(networks.portal!, ({ world }) => {
      world.host = { ...world.host, kind: 'desktop', can: { ...world.host.can, openRouterPage: true, openSignInPage: true, saveReport: true } };
    });
    await window.goTo();
    await window.button('Open the sign-in page').click();
    await expect.poll(() => window.asked('host.openSignInPage')).toEqual([{}]);
    await window.page.getByText('Details and measurements').click();
    await window.button('Save as JSON').click();
    await expect.poll(() => window.asked('host.saveReport')).toEqual([{ format: 'json' }]);
    await window.page.getByText('Saved.').waitFor();
    expect(window.complaints).toEqual([]);
    await window.close();
  });

  it('says that the network changed and that the verdict is renewed by itself', async () => {
    const window = await ConnectivityWindow.open(networks.open!);
    await window.goTo();
    await window.tell({ ...networks.open!, since: 'network' });
    await window.page.getByText('The network changed. This is checked again in a moment.').waitFor();
    for (const look of looksOf(0)) {
      await window.look(look);
      await window.check(`changed-${look.name}`);
    }
    await window.tell({ ...networks.open!, since: 'resumed' });
    await window.page.getByText('The computer was asleep.').waitFor();
    await window.tell(networks.open!);
    await window.page.getByText('The computer was asleep.').waitFor({ state: 'detached' });
    await window.close();
  });

  it('advises nobody to enter anything where the provider shares addresses, and gives a message for the provider', async () => {
    const window = await ConnectivityWindow.open(networks['ask-provider']!);
    await window.goTo();
    const main = window.page.getByRole('main');
    await main.getByText('Ask your provider for a public IPv4 address').waitFor();
    expect(await main.innerText()).not.toMatch(/port.?forward|What to enter/i);
    await window.button('Copy a message to the provider').click();
    expect(await window.page.evaluate(() => navigator.clipboard.readText())).toContain('carrier-grade NAT');
    await window.close();
  });

  it('hands on the report: copied as text, saved as a file', async () => {
    const window = await ConnectivityWindow.open(networks.open!);
    await window.goTo();
    await window.page.getByText('Details and measurements').click();
    await window.button('Copy as text').click();
    await expect.poll(() => window.page.evaluate(() => navigator.clipboard.readText())).toBe('Connectivity: unknown\n');
    const [download] = await Promise.all([window.page.waitForEvent('download'), window.button('Save as JSON').click()]);
    expect(download.suggestedFilename()).toBe('flashswarm-connectivity.json');
    expect(window.asked('connectivity.export')).toEqual([{ format: 'text' }, { format: 'json' }]);
    await window.close();
  });

  it('shows a banner in the library when something can be done, until it is closed for this verdict', async () => {
    const window = await ConnectivityWindow.open(networks['turn-on-upnp']!);
    const { page } = window;
    const banner = page.getByRole('region', { name: 'Something can be done about your connection' });
    await banner.getByText('Downloads work, but from fewer people').waitFor();
    await window.check('banner');
    await banner.getByRole('button', { name: 'Fix it' }).click();
    await page.getByRole('heading', { name: 'Connection', exact: true }).waitFor();
    await page.getByRole('button', { name: 'All', exact: false }).first().click();
    await window.button('Do not show this again').click();
    expect(await banner.count()).toBe(0);
    await page.reload();
    await window.button('Not reachable').waitFor();
    expect(await banner.count()).toBe(0);
    await window.tell(networks['set-qos']!);
    await banner.getByText('everything else at home gets slow').waitFor();
    await window.tell(networks.open!);
    await banner.waitFor({ state: 'detached' });
    await window.button('Reachable').waitFor();
    await window.close();
  });

  it('changes the settings of the network, and says what is wrong with an address', async () => {
    const window = await ConnectivityWindow.open(networks.open!);
    const { page } = window;
    await window.button('Settings').click();
    await page.getByRole('tab', { name: 'Network' }).click();
    await page.getByLabel('Ask the router to let people in').uncheck();
    await page.getByLabel('Make way for others at home').uncheck();
    await page.getByLabel('Ask servers outside when checking').check();
    await page.getByLabel('Servers that tell your address').fill('http://nonsense');
    await page.getByLabel('Servers that try to connect').fill('probe.example.org:7399');
    await page.getByRole('alert').getByText('“http://nonsense” is no address of a server').waitFor();
    await page.getByLabel('Servers that tell your address').fill('a.example:3478\nb.example');
    await page.getByLabel('Address', { exact: true }).fill('turn.example:3478');
    await page.getByLabel('Password').fill('secret');
    await window.button('Add').last().click();
    await page.getByRole('listitem').getByText('turn.example:3478').waitFor();
    expect(window.asked('settings.update').slice(0, 2)).toEqual([{ portMapping: false }, { latencyGuard: false }]);
    expect(window.fake.world.settings.diagnosis).toEqual({
      consent: true, servers: { stun: ['a.example:3478', 'b.example'], probe: ['probe.example.org:7399'], turn: [{ address: 'turn.example:3478', username: '', password: 'secret' }], portal: [] },
    });
    await window.button('Remove turn.example:3478').click();
    await expect.poll(() => window.fake.world.settings.diagnosis.servers.turn).toEqual([]);
    expect(window.complaints).toEqual([]);
    await window.close();
  });
});
