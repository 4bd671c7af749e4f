// The connectivity page in a real Electron window: its guides load, values are copied although the window is locked down, and the router opens by request.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { networks } from '../support/fake-connectivity.ts';
import { leaveNothingBehind, temporaryFolder } from '../support/processes.ts';
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
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await expect.poll(copied).toContain('captive-portal: ');
    // The dialog is the system's own; what it would answer is put in its place.
    const saved = path.join(temporaryFolder('saved'), 'report.json');
    const answerDialog = (answer: { canceled: boolean; filePath: string }) => app.evaluate(({ dialog }, given) => {
      dialog.showSaveDialog = (async () => given) as never;
    }, answer);
    await answerDialog({ canceled: true, filePath: '' });
    await page.getByRole('button', { name: 'Save as JSON' }).click();
    await answerDialog({ canceled: false, filePath: saved });
    await page.getByRole('button', { name: 'Save as JSON' }).click();
    await page.getByText('Saved.').waitFor();
    expect(JSON.parse(readFileSync(saved, 'utf8'))).toHaveProperty('checks');
    expect(complaints).toEqual([]);
  });

  test('opens the sign-in page that the check found in the browser, and nothing before', async () => {
    // A network that answers in the place of every server, as in a hotel.
    const portal = createServer((_request, response) => response.end('<h1>Welcome to the hotel</h1>'));
    await new Promise<void>((resolve) => portal.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void portal.close());
    const address = `http://127.0.0.1:${(portal.address() as AddressInfo).port}/check`;
    const { app, page, complaints } = await DesktopApp.open(['--allow-private']);
    await app.evaluate(({ shell }) => {
      const kept = globalThis as { opened?: string[] };
      kept.opened = [];
      shell.openExternal = async (url: string) => void kept.opened!.push(url);
    });
    const opened = () => app.evaluate(() => (globalThis as { opened?: string[] }).opened);
    const ask = (name: string, input: object) => page.evaluate(([asked, given]) => window.flashswarm!.request(asked as never, given as never), [name, input] as const);
    await expect.poll(() => ask('host.openSignInPage', {}), { timeout: 30_000 }).toMatchObject({ ok: false, error: { code: 'not-found' } });
    await ask('settings.update', { diagnosis: { consent: true, servers: { stun: [], probe: [], turn: [], portal: [`${address} success`] } } });
    await page.locator('aside button[data-reach]').click();
    await ask('connectivity.run', {});
    await page.getByRole('button', { name: 'Open the sign-in page' }).click({ timeout: 60_000 });
    await expect.poll(opened).toEqual([address]);
    expect(complaints).toEqual([]);
  });
});
