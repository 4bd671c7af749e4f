// The connectivity page in a real Electron window: its guides load, values are copied although the window is locked down, and the router opens by request.
import { afterEach, describe, expect, test } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { networks } from '../support/fake-connectivity.ts';
import { leaveNothingBehind } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

const shots = process.env.FLASHSWARM_SHOTS;

describe.skipIf(!runtime)(`connectivity on the desktop${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('asks before it checks, shows the steps for the router, and copies what is to be entered', async () => {
    const { app, page, complaints } = await DesktopApp.open();
    // The real core tells its own report now and then: the invented one is told again until another takes its place.
    const tell = (report: Connectivity) => app.evaluate(({ BrowserWindow }, told) => {
      const kept = globalThis as { telling?: NodeJS.Timeout };
      clearInterval(kept.telling);
      const send = () => BrowserWindow.getAllWindows()[0]?.webContents.send('flashswarm:event', 'connectivity.changed', told);
      send();
      kept.telling = setInterval(send, 50);
    }, report);
    const copied = () => app.evaluate(({ clipboard }) => clipboard.readText());
    await page.locator('aside button[data-reach]').click();
    await page.getByRole('heading', { name: 'May Flashswarm ask these servers?' }).waitFor();
    await tell(networks['forward-port']!);
    await page.getByRole('button', { name: 'Show me how' }).click();
    await page.getByText('Port to device 51413, External port 51413').waitFor();
    await page.getByRole('button', { name: "Open the router's page" }).waitFor();
    await page.getByRole('button', { name: 'Copy: Address of this computer' }).click();
    await page.getByText('Copied.').waitFor();
    expect(await copied()).toBe('192.168.178.20');
    if (shots) await page.screenshot({ path: `${shots}/connectivity-electron.png` });
    await page.getByText('Details and measurements').click();
    await page.getByRole('button', { name: 'Copy as JSON' }).click();
    await expect.poll(copied).toContain('"checks"');
    await tell(networks.portal!);
    await page.getByRole('button', { name: 'Copy the address of the sign-in page' }).click();
    await expect.poll(copied).toBe('http://portal.example/check');
    expect(complaints).toEqual([]);
  });
});
