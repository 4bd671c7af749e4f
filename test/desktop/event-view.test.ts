// The view of the crowd in a real Electron window that takes part in a real crowd of eight others.
import { mkdirSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import type { PackageFigures } from '../../contract/index.ts';
import { axeViolations } from '../e2e/accessibility.ts';
import { arrived, mebibyte } from '../support/payload.ts';
import { leaveNothingBehind } from '../support/processes.ts';
import { SmallCrowd } from '../support/small-crowd.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

/** Where pictures go; none are taken when it is not set. */
const shots = process.env.FLASHSWARM_SHOTS;
const clients = 8;
const limits = { upBytesPerSecond: 500_000, serverBytesPerSecond: 150_000 };

describe.skipIf(!runtime)(`the view of the crowd in a real Electron window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  let crowd: SmallCrowd | null = null;
  afterEach(async () => {
    await closeEveryApp();
    await crowd?.stop();
    crowd = null;
  });

  test('shows a crowd of nine while it comes, and how it went; the figures can be copied where nothing can be downloaded', async () => {
    const everybody = crowd = await SmallCrowd.start({ clients, bytes: 16 * mebibyte, ...limits });
    const desktop = await DesktopApp.open(['--allow-private']);
    const { page } = desktop;
    page.setDefaultTimeout(60_000);
    await page.getByRole('heading', { name: 'Nothing here yet' }).waitFor();
    await Promise.all([everybody.begin(), page.evaluate(async ([id, base64, upBytesPerSecond, serverBytesPerSecond, peers]) => {
      const ours = window.flashswarm!;
      await ours.request('packages.add', { source: { kind: 'bytes', base64 }, paused: true });
      await ours.request('packages.setLimits', { id, serverBytesPerSecond, upBytesPerSecond });
      await ours.request('packages.resume', { ids: [id] });
      await ours.request('packages.addPeers', { id, peers: [...peers] });
    }, [everybody.infoHash, everybody.base64, limits.upBytesPerSecond, limits.serverBytesPerSecond, everybody.addresses] as const)]);

    await page.getByRole('row').first().press('Enter');
    for (let press = 0; press < 6; press++) await page.getByRole('separator', { name: 'Height of the details' }).press('PageUp');
    await page.getByRole('tab', { name: 'Together' }).click();
    const tab = page.getByRole('tabpanel', { name: 'Together' });
    await tab.getByText(/^\d (people help|person helps) you\./).waitFor();
    const speed = tab.getByRole('slider', { name: 'Speed over time' });
    await expect.poll(async () => Number(await speed.getAttribute('aria-valuemax')), { timeout: 60_000 }).toBeGreaterThan(8);
    await tab.getByRole('img', { name: 'Copies of each piece around' }).locator('path').first().waitFor({ state: 'attached' });
    if (shots) {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: `${shots}/window-event-crowd.png` });
    }
    expect(await axeViolations(page)).toEqual([]);

    await tab.getByText(/^It took \d+ (s|min)\. \d+ % came from the server\./).waitFor({ timeout: 120_000 });
    if (shots) await page.screenshot({ path: `${shots}/window-event-finished.png` });
    await tab.getByRole('button', { name: 'Copy the figures as JSON' }).click();
    await page.getByText('The figures were copied.').waitFor();
    const copied = JSON.parse(await desktop.app.evaluate(({ clipboard }) => clipboard.readText())) as PackageFigures;
    expect(copied.bytes.people).toBeGreaterThan(0);
    expect(copied.bytes.people + copied.bytes.server).toBeGreaterThanOrEqual(everybody.payload.length);
    expect(Math.max(...copied.history.points.map((point) => point.connected))).toBe(clients);
    await everybody.complete();
    expect(await arrived(everybody.payload, desktop.downloads)).toEqual(everybody.payload.files);
    expect(desktop.complaints).toEqual([]);
  });
});
