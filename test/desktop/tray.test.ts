// Life in the tray, in a real Electron on a session bus: the icon and its menu, a window that comes and goes, notifications, an end in order.
import { afterEach, describe, expect, test } from 'vitest';
import { leaveNothingBehind, until } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, endOf, runtime, whyNot } from './desktop-app.ts';
import { SessionBus } from './session-bus.ts';

const magnet = `magnet:?xt=urn:btih:${'7'.repeat(40)}&dn=Patch`;
const addPaused = (desktop: DesktopApp) => desktop.page.evaluate((link) => window.flashswarm!.request('packages.add', { source: { kind: 'link', link }, paused: true }), magnet);

describe.skipIf(!runtime)(`the tray${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  const labels = async (bus: SessionBus) => (await bus.tray()).menu.map(({ label, line }) => (line ? '-' : label));

  test('shows the state and the newest packages, and its menu acts on them', async () => {
    const bus = await SessionBus.start();
    const desktop = await DesktopApp.open([], { environment: bus.environment });
    await until('the menu is there', async () => (await labels(bus)).includes('Quit'));
    expect(await labels(bus)).toEqual(['Open Flashswarm', 'Add...', '-', 'Pause all', 'Resume all', 'Slow mode', '-', 'Quit']);
    const idle = (await bus.tray()).icon;
    await until('the engine is up', async () => (await addPaused(desktop)).ok);
    await until('the package is in the menu', async () => (await labels(bus)).includes('Patch'));
    await until('the icon changed', async () => (await bus.tray()).icon?.argb !== idle?.argb);
    const paused = async () => {
      const answer = await desktop.page.evaluate(() => window.flashswarm!.request('session.snapshot', {}));
      return answer.ok && [answer.value.packages[0]?.paused, answer.value.settings.turtle.on];
    };
    await bus.choose('Resume all');
    await until('it goes on', async () => String(await paused()) === 'false,false');
    await until('"Pause all" can be chosen', async () => (await bus.tray()).menu.find(({ label }) => label === 'Pause all')?.enabled);
    await bus.choose('Pause all');
    await until('it is paused', async () => String(await paused()) === 'true,false');
    await bus.choose('Slow mode');
    await until('it is slow', async () => String(await paused()) === 'true,true');
    await until('the menu says so', async () => (await bus.tray()).menu.find(({ label }) => label === 'Slow mode')?.checked);
    await bus.choose('Add...');
    await desktop.page.getByRole('dialog').waitFor();
    await desktop.page.keyboard.press('Escape');
    await bus.choose('Patch');
    await desktop.page.getByRole('tab', { name: 'Overview' }).waitFor();
  });

  test('closing the window goes on and says so once; a click brings it back; "Quit" ends everything', async () => {
    const bus = await SessionBus.start();
    const desktop = await DesktopApp.open([], { environment: bus.environment });
    await until('the engine is up', async () => (await addPaused(desktop)).ok);
    const closeWindow = async () => {
      await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
      await until('there is no window', async () => await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length) === 0);
    };
    await closeWindow();
    const [told] = await until('it is told', () => bus.notifications().length > 0 && bus.notifications());
    expect(told).toMatchObject({ title: 'Flashswarm keeps sharing', body: expect.stringContaining('tray') });
    const reopened = desktop.app.waitForEvent('window');
    await bus.click();
    const page = await reopened;
    await page.getByText('Patch').first().waitFor();
    await closeWindow();
    expect(bus.notifications()).toHaveLength(1);
    const ended = endOf(desktop);
    await bus.choose('Quit');
    expect(await ended).toEqual([0, null]);
  });

  test('starts hidden when asked to, and a second start shows it', async () => {
    const bus = await SessionBus.start();
    const desktop = await DesktopApp.open(['--hidden'], { environment: bus.environment, hidden: true });
    await until('the icon is there', () => bus.tray());
    expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(0);
    const opened = desktop.app.waitForEvent('window');
    await (await desktop.startAgain([])).exited;
    await (await opened).getByRole('button', { name: 'Add', exact: true }).first().waitFor();
  });

  test('ends with its window where the user wants that', async () => {
    const bus = await SessionBus.start();
    const desktop = await DesktopApp.open([], { environment: bus.environment });
    const wish = { closeToTray: false, keepAwake: true, notify: { ready: true, problem: true, update: true }, update: 'ask' as const };
    await until('the wish is taken', async () => (await desktop.page.evaluate((wish) => window.flashswarm!.request('settings.update', { desktop: wish }), wish)).ok);
    await desktop.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 1500))); // the host looks twice a second
    const ended = new Promise((resolve) => desktop.process.once('exit', resolve));
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
    expect(await ended).toBe(0);
  });
});
