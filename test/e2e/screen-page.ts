// One page of the interface over a made-up world, and what every screen has to stand: axe, no sideways scrolling, no complaint.
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { createFake, type Fake } from '../support/fake-bridge.ts';
import { addressOf } from '../support/fake-events.ts';
import { worldOf } from '../support/fake-world.ts';
import { axeViolations } from './accessibility.ts';
import { launchBrowser } from './browser.ts';
import { serveInterface, type InterfaceServer } from './interface-server.ts';

/** Where pictures go; none are taken when it is not set. */
export const shots = process.env.FLASHSWARM_SHOTS;
export const looks = [
  { name: 'light-1280', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'dark-1280', colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
  { name: 'light-720', colorScheme: 'light', viewport: { width: 720, height: 560 } },
  { name: 'dark-480', colorScheme: 'dark', viewport: { width: 480, height: 360 } },
] as const;
export type Look = (typeof looks)[number];

let browser: Browser;
// Of the running test.
export let fake: Fake;
export let server: InterfaceServer;
export let page: Page;
export let complaints: string[];

/** Call once at the top of a test file: a browser for all its tests. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchBrowser();
    if (shots) await mkdir(shots, { recursive: true });
  });
  afterAll(() => browser.close());
}

export async function open(look: Look = looks[0], world = worldOf(), prepare: (made: Fake) => void = () => {}): Promise<void> {
  fake = createFake(world);
  prepare(fake);
  server = await serveInterface(fake);
  const context = await browser.newContext({ colorScheme: look.colorScheme, viewport: look.viewport, locale: 'en-GB', reducedMotion: 'reduce' });
  page = await context.newPage();
  complaints = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
  await page.goto(server.address);
  await page.locator('html[data-theme]').waitFor(); // rendered, and listening to keys
}

export async function shut(): Promise<void> {
  await page.context().close();
  await server.close();
}

/** A screen has no axe violation, no sideways scrolling and nothing to complain about (the content security policy included). */
export async function check(name: string): Promise<void> {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png` });
  expect(await axeViolations(page), name).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), `${name}: sideways`).toBeLessThanOrEqual(0);
  expect(complaints, name).toEqual([]);
}

export const dialog = () => page.getByRole('dialog');
/** Opens the package at an address in the Add dialog. */
export async function openPackage(name: string): Promise<void> {
  if (!await dialog().isVisible()) await page.keyboard.press('Control+u');
  await dialog().getByRole('textbox').first().fill(addressOf(name));
}
export const goTo = (name: string) => page.getByRole('button', { name, exact: true }).first().click();
export const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name }).first();
/** A file that is chosen in the browser's own dialog. */
export async function chooseFile(button: string, name: string): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: button }).click()]);
  await chooser.setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('key') });
}
export async function fillCreate(): Promise<void> {
  await page.getByLabel('Folder path').fill('/media/release');
  await page.getByRole('button', { name: 'Look', exact: true }).click();
  await page.getByText('17 files').first().waitFor();
  await page.getByLabel('Publisher').fill('Northwind Games');
  await page.getByLabel('Title').fill('Northwind Nights');
  await chooseFile('Choose a secret key file', 'publisher.key');
  await page.getByText('publisher.key').waitFor();
}
export const rows = () => page.getByRole('row');
