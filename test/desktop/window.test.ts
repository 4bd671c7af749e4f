// The desktop window itself, in a real Electron: what a page may do, what is passed on to it, and what it survives.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { leaveNothingBehind, until } from '../support/processes.ts';
import { closeEveryApp, DesktopApp, runtime, whyNot } from './desktop-app.ts';

const magnet = 'magnet:?xt=urn:btih:0123456789abcdef0123456789abcdef01234567&dn=second';

describe.skipIf(!runtime)(`the desktop window${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('is sandboxed: the page has the bridge and nothing of Node or Electron', async () => {
    const { page, app } = await DesktopApp.open();
    const found = await page.evaluate(() => ({
      address: location.href,
      bridge: Object.keys(window.flashswarm ?? {}).sort(),
      node: ['require', 'process', 'module', 'Buffer', 'global', '__dirname'].filter((name) => name in globalThis),
    }));
    expect(found).toEqual({ address: 'app://flashswarm/index.html', bridge: ['dropped', 'on', 'request'], node: [] });
    const preferences = await app.evaluate(({ BrowserWindow }) => {
      const [window] = BrowserWindow.getAllWindows();
      const contents = window!.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
      const { sandbox, contextIsolation, nodeIntegration } = contents.getLastWebPreferences();
      return { sandbox, contextIsolation, nodeIntegration, count: BrowserWindow.getAllWindows().length };
    });
    expect(preferences).toEqual({ sandbox: true, contextIsolation: true, nodeIntegration: false, count: 1 });
  });

  test('goes nowhere else, opens no other window, gets no permission', async () => {
    const visits: string[] = [];
    const server = http.createServer((request, response) => {
      visits.push(request.url ?? '');
      response.end('<title>elsewhere</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { page, app } = await DesktopApp.open();
    const tries = await app.evaluateHandle(({ BrowserWindow }) => {
      const seen = { wills: [] as string[] };
      const [window] = BrowserWindow.getAllWindows();
      window!.webContents.on('will-navigate', (_event, address) => seen.wills.push(address));
      return seen;
    });
    const outcome = await page.evaluate(async (elsewhere) => {
      const other = window.open(`${elsewhere}/opened`);
      const frame = document.createElement('iframe');
      frame.src = `${elsewhere}/framed`;
      document.body.append(frame);
      return { other: other === null, permission: await Notification.requestPermission() };
    }, elsewhere);
    expect(outcome).toEqual({ other: true, permission: 'denied' });
    for (const way of ['location', 'link']) {
      await page.evaluate(([way, address]) => {
        if (way === 'location') return void (location.href = address!);
        const link = document.createElement('a');
        link.href = address!;
        document.body.append(link);
        link.click();
      }, [way, `${elsewhere}/${way}`]);
      await until(`the ${way} was tried`, () => tries.evaluate((seen, way) => seen.wills.some((address) => address.endsWith(way)), way));
    }
    // Had one of them been let through, the page would be another by now and the server would know.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
    expect(visits).toEqual([]);
    expect(await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.webContents.getURL())))
      .toEqual(['app://flashswarm/index.html']);
  });

  test('serves its own folder alone, under a strict policy', async () => {
    const { page } = await DesktopApp.open();
    const answers = await page.evaluate(async () => {
      const ask = async (address: string) => {
        const answer = await fetch(address).catch((error: unknown) => String(error));
        return typeof answer === 'string' ? answer : `${answer.status}`;
      };
      const own = await fetch('app://flashswarm/index.html');
      return {
        policy: own.headers.get('content-security-policy'),
        climbing: await ask('app://flashswarm/..%2f..%2fpackage.json'),
        encoded: await ask('app://flashswarm/%2e%2e%2f%2e%2e%2fpackage.json'),
        missing: await ask('app://flashswarm/nothing.js'),
        otherHost: await ask('app://elsewhere/index.html'),
        web: await ask('https://example.org/'),
        inline: (() => {
          const script = document.createElement('script');
          try {
            script.textContent = 'window.inlineRan = true'; // trusted types refuse it before the policy for scripts does
          } catch {}
          document.body.append(script);
          return 'inlineRan' in window;
        })(),
      };
    });
    expect(answers.policy).toContain("default-src 'none'");
    expect(answers.policy).not.toContain('unsafe');
    expect(answers).toMatchObject({ climbing: '404', encoded: '404', missing: '404', inline: false });
    expect(answers.otherHost).not.toBe('200');
    expect(answers.web).toContain('TypeError');
  });

  test('answers the contract strictly', async () => {
    const { page } = await DesktopApp.open();
    const ask = (name: string, input: unknown) => page.evaluate(
      ([name, input]) => (window.flashswarm!.request as (name: string, input: unknown) => Promise<unknown>)(name as string, input), [name, input] as const,
    );
    expect(await ask('host.info', {})).toMatchObject({ ok: true, value: { kind: 'desktop', can: { pickFolder: true, typeFolder: false } } });
    expect(await ask('host.info', { more: 1 })).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(await ask('constructor', {})).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(await ask('packages.pause', { ids: ['../..'] })).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(await ask('host.typeFolder', { path: '/tmp' })).toMatchObject({ ok: false, error: { code: 'not-here' } });
  });

  test('a second instance passes its magnet on and ends', async () => {
    const desktop = await DesktopApp.open();
    await desktop.page.evaluate(async () => {
      const heard: unknown[] = [];
      Object.assign(window, { heard });
      window.flashswarm!.on('links.opened', (link) => heard.push(link));
      await window.flashswarm!.request('host.info', {});
    });
    const second = await desktop.startAgain([magnet]);
    await second.exited;
    const heard = await until('the first window hears of it', () => desktop.page.evaluate(() => {
      const list = (window as unknown as { heard: unknown[] }).heard;
      return list.length > 0 && list;
    }));
    expect(heard).toEqual([{ source: { kind: 'link', link: magnet }, label: magnet }]);
    expect(await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  test('opens where it was, at the size it had', async () => {
    const first = await DesktopApp.open();
    const bounds = { x: 60, y: 40, width: 820, height: 610 };
    await first.app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]!.setBounds(bounds), bounds);
    await first.close();
    const second = await DesktopApp.open([], { userData: first.userData });
    expect(await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getBounds())).toEqual(bounds);
    const minimum = await second.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getMinimumSize());
    expect(minimum).toEqual([480, 360]);
  });
});
