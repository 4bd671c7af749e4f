// Electron's security checklist, asked of the running program; and that each answer changes when the setting behind it is taken away.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { leaveNothingBehind, until } from '../support/processes.ts';
import type { SecurityDescription } from '../support/security-checklist.ts';
import { problemsOf, securityChecklist } from '../support/security-checklist.ts';
import { describeSources } from '../support/security-of-sources.ts';
import { closeEveryApp, DesktopApp, projectFolder, runtime, whyNot } from './desktop-app.ts';

type Preferences = Record<string, unknown>;

/** A server elsewhere, and what it was asked. */
async function startElsewhere(): Promise<{ origin: string; visits: string[] }> {
  const visits: string[] = [];
  const server = http.createServer((request, response) => {
    visits.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*').setHeader('content-type', 'text/html').end('<title>elsewhere</title>');
  });
  server.on('upgrade', (request, socket) => {
    visits.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, visits };
}

/** What the windows are made with, and where they are. */
const windowsOf = ({ app }: DesktopApp): Promise<Pick<SecurityDescription, 'windows' | 'addresses'>> => app.evaluate(({ BrowserWindow }) => {
  const all = BrowserWindow.getAllWindows().map(({ webContents }) => webContents as typeof webContents & { getLastWebPreferences(): Record<string, unknown> });
  return { windows: all.map((contents) => contents.getLastWebPreferences()), addresses: all.map((contents) => contents.getURL()) };
});

/** What a page finds, tries and gets: the part that only a running program can say. */
async function tryAsPage({ page }: DesktopApp, { origin, visits }: { origin: string; visits: string[] }): Promise<Partial<SecurityDescription>> {
  const before = visits.length;
  const found = await page.evaluate(async (origin) => {
    const settled = async (doing: () => Promise<unknown> | unknown): Promise<boolean> => {
      try {
        await Promise.race([doing(), new Promise((_resolve, reject) => setTimeout(() => reject(new Error('nothing came')), 2000))]);
        return true;
      } catch {
        return false;
      }
    };
    const granted: string[] = [];
    if ((await Notification.requestPermission()) === 'granted') granted.push('notifications');
    if (await settled(() => navigator.mediaDevices.getUserMedia({ audio: true }))) granted.push('media');
    if (await settled(() => navigator.mediaDevices.getDisplayMedia())) granted.push('display-capture');
    if (await settled(() => new Promise((resolve, reject) => navigator.geolocation.getCurrentPosition(resolve, reject)))) granted.push('geolocation');
    for (const name of ['notifications', 'geolocation', 'camera', 'microphone', 'midi', 'clipboard-read'] as PermissionName[]) {
      if ((await navigator.permissions.query({ name }).catch(() => null))?.state === 'granted') granted.push(`${name} (looked up)`);
    }
    await settled(() => fetch(`${origin}/fetched`));
    await settled(() => navigator.sendBeacon(`${origin}/beacon`));
    await settled(() => new Promise((resolve, reject) => {
      const socket = new WebSocket(`${origin.replace('http', 'ws')}/socket`);
      socket.onopen = resolve;
      socket.onerror = reject;
    }));
    await settled(() => new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = resolve;
      image.onerror = reject;
      image.src = `${origin}/image.png`;
    }));
    const frame = document.createElement('iframe');
    frame.src = `${origin}/framed`;
    document.body.append(frame);
    const view = document.createElement('webview') as HTMLElement & { loadURL?: unknown };
    view.setAttribute('src', `${origin}/viewed`);
    view.setAttribute('allowpopups', '');
    document.body.append(view);
    const opened = window.open(`${origin}/opened`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const bridge = (window as unknown as { flashswarm?: object }).flashswarm;
    const answer = {
      granted, windowsOpened: opened === null ? [] : ['/opened'], webviews: typeof view.loadURL === 'function' ? ['/viewed'] : [],
      exposed: (bridge ? { flashswarm: Object.keys(bridge) } : {}) as Record<string, string[]>,
      nodeInPage: ['require', 'process', 'module', 'Buffer', 'global', '__dirname'].filter((name) => name in globalThis),
      frameHasBridge: (() => {
        const inside = document.createElement('iframe');
        document.body.append(inside);
        const has = 'flashswarm' in (inside.contentWindow ?? {});
        inside.remove();
        return has;
      })(),
    };
    frame.remove();
    view.remove();
    return answer;
  }, origin);
  const { frameHasBridge, ...rest } = found;
  expect(frameHasBridge).toBe(false);
  const asked = visits.slice(before);
  return { ...rest, requestsElsewhere: asked.filter((one) => !['/opened', '/framed', '/viewed'].includes(one)), navigated: asked.filter((one) => one === '/framed') };
}

/** The policy that a page comes under. */
const policyOf = ({ page }: DesktopApp): Promise<string> => page.evaluate(async () => (await fetch('app://flashswarm/index.html')).headers.get('content-security-policy') ?? '');

/** A page tries to go elsewhere by itself. @returns where it got */
async function tryToLeave({ app, page }: DesktopApp, { origin, visits }: { origin: string; visits: string[] }): Promise<string[]> {
  const before = visits.length;
  for (const way of ['location', 'link', 'form']) {
    await page.evaluate(([way, address]) => {
      if (way === 'location') return void (location.href = address!);
      const element = document.createElement(way === 'link' ? 'a' : 'form');
      if (element instanceof HTMLAnchorElement) element.href = address!;
      else element.action = address!;
      document.body.append(element);
      if (element instanceof HTMLAnchorElement) element.click();
      else element.submit();
    }, [way, `${origin}/left`] as const).catch(() => {}); // the page may be gone by now: that is what is looked for
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const elsewhere = await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map(({ webContents }) => webContents.getURL()).filter((address) => !address.startsWith('app://flashswarm/')));
  return [...elsewhere, ...visits.slice(before)];
}

/** Makes one more window in the program, as this test and nothing in the product can, and has it load a page of ours. */
async function openAnother(desktop: DesktopApp, preferences: Preferences, address = 'app://flashswarm/index.html') {
  const arriving = desktop.app.waitForEvent('window');
  await desktop.app.evaluate(async ({ BrowserWindow }, { preferences, address }) => {
    const window = new BrowserWindow({ show: false, webPreferences: preferences as Electron.WebPreferences });
    await window.loadURL(address);
  }, { preferences, address });
  return arriving;
}

const preload = `${projectFolder}/dist/preload/preload.cjs`;
/** Of the item, a preference that breaks it. */
const weakened: [number, Preferences][] = [
  [2, { nodeIntegration: true, contextIsolation: false, sandbox: false }], [3, { contextIsolation: false }], [4, { sandbox: false }], [6, { webSecurity: false }], [8, { allowRunningInsecureContent: true }],
  [9, { experimentalFeatures: true }], [10, { enableBlinkFeatures: 'CSSVariables' }], [11, { webviewTag: true }],
];

describe.skipIf(!runtime)(`the security of the desktop program${runtime ? '' : ` (${whyNot})`}`, () => {
  leaveNothingBehind();
  afterEach(closeEveryApp);

  test('20 of 20 items of the checklist hold while it runs', async () => {
    const elsewhere = await startElsewhere();
    const desktop = await DesktopApp.open();
    await desktop.page.getByRole('button', { name: 'Add' }).first().waitFor();
    expect(desktop.complaints, 'the interface lives with its own policy').toEqual([]);
    const heard = await (async () => {
      // Another window of the same program, with our preload and our page, is not our window.
      const other = await openAnother(desktop, { preload, sandbox: true, contextIsolation: true });
      const answer = await other.evaluate(() => window.flashswarm!.request('session.snapshot', {}));
      const dropped = await other.evaluate(() => window.flashswarm!.dropped!([]));
      await other.close();
      return answer.ok || answer.error.code !== 'forbidden' || dropped.length > 0 ? ['another window'] : [];
    })();
    const described: SecurityDescription = {
      ...describeSources(), ...(await windowsOf(desktop)), policy: await policyOf(desktop), heard, ...(await tryAsPage(desktop, elsewhere)),
    };
    described.navigated = [...described.navigated, ...(await tryToLeave(desktop, elsewhere))];
    expect(Object.fromEntries(problemsOf(described))).toEqual({});
    expect(elsewhere.visits).toEqual([]);
    console.log(`Electron's checklist: ${securityChecklist.length} of ${securityChecklist.length} items hold in a running program (item 16, 19 and part of 15 and 18 by the sources).`);
  });

  test('each preference of a window, flipped in a window of this test, is noticed', async () => {
    const desktop = await DesktopApp.open();
    const { windows } = await windowsOf(desktop);
    for (const [number, flipped] of weakened) {
      const strong = { ...windows[0], preload: undefined };
      const page = await openAnother(desktop, { sandbox: true, contextIsolation: true, nodeIntegration: false, ...flipped });
      const nodeInPage = await page.evaluate(() => ['require', 'process'].filter((name) => name in globalThis));
      const { windows: now } = await windowsOf(desktop);
      const weak = now.find((one) => Object.entries(flipped).every(([name, value]) => one[name] === value));
      expect(weak, `item ${number}: the window was made as asked`).toBeDefined();
      const problems = problemsOf({ ...describeSources(), windows: [strong, weak!], nodeInPage });
      expect([...problems.keys()], `item ${number}`).toContain(number);
      if (number === 2) expect(nodeInPage).toContain('require'); // the probe sees Node where it is
      await page.close();
    }
  });

  test('each answer of the program, taken away while it runs, is noticed', async () => {
    const elsewhere = await startElsewhere();
    const desktop = await DesktopApp.open();
    await desktop.app.evaluate(({ BrowserWindow, session }) => {
      const contents = BrowserWindow.getAllWindows()[0]!.webContents;
      session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => answer(true));
      session.defaultSession.setPermissionCheckHandler(() => true);
      session.defaultSession.webRequest.onBeforeRequest(null);
      contents.setWindowOpenHandler(() => ({ action: 'allow', overrideBrowserWindowOptions: { show: false } }));
      contents.removeAllListeners('will-navigate');
    });
    const described: SecurityDescription = { ...describeSources(), ...(await tryAsPage(desktop, elsewhere)) };
    described.navigated = [...described.navigated, ...(await tryToLeave(desktop, elsewhere))];
    const problems = problemsOf(described);
    expect([...problems.keys()]).toEqual(expect.arrayContaining([5, 13, 14]));
    expect(described.granted).toContain('notifications');
    // The content security policy holds by itself.
    expect(described.requestsElsewhere).toEqual([]);
  });

  test('a page without a policy cannot ask anybody elsewhere either', async () => {
    const elsewhere = await startElsewhere();
    const desktop = await DesktopApp.open();
    const ask = async (): Promise<string> => {
      const bare = await openAnother(desktop, { sandbox: true, contextIsolation: true }, 'about:blank');
      const outcome = await bare.evaluate((origin) => fetch(`${origin}/bare`, { mode: 'no-cors' }).then(() => 'asked', () => 'refused'), elsewhere.origin);
      await bare.close();
      return outcome;
    };
    expect(await ask()).toBe('refused');
    expect(elsewhere.visits).toEqual([]);
    await desktop.app.evaluate(({ session }) => session.defaultSession.webRequest.onBeforeRequest(null));
    expect(await ask()).toBe('asked');
    await until('the server elsewhere was asked', () => elsewhere.visits.includes('/bare'));
  });

  test('text never becomes a script', async () => {
    const { page } = await DesktopApp.open();
    const tries = await page.evaluate(async () => {
      // What the test itself has evaluated is let past the policy, up to its first pause.
      await new Promise((resolve) => setTimeout(resolve, 0));
      const outcome = (doing: () => unknown): string => {
        try {
          doing();
          return 'done';
        } catch (error) {
          return (error as Error).name;
        }
      };
      const element = document.createElement('div');
      return {
        markup: outcome(() => (element.innerHTML = '<img src=x onerror="window.ran = true">')),
        script: outcome(() => (document.createElement('script').text = 'window.ran = true')),
        code: outcome(() => new Function('window.ran = true')()),
        timer: outcome(() => (setTimeout as (code: string) => void)('window.ran = true')),
        handler: outcome(() => element.setAttribute('onclick', 'window.ran = true') ?? element.click()),
        ran: 'ran' in window,
      };
    });
    expect(tries).toMatchObject({ markup: 'TypeError', script: 'TypeError', ran: false });
    expect(tries.code).not.toBe('done');
  });

  test('bad IPC is refused: wrong names, wrong types, too much', async () => {
    const { page } = await DesktopApp.open();
    const ask = (name: unknown, input: unknown) => page.evaluate(([name, input]) => (window.flashswarm!.request as (name: unknown, input: unknown) => Promise<{ ok: boolean; error?: { code: string } }>)(name, input), [name, input] as const);
    for (const name of ['', 'constructor', '__proto__', 'toString', 'host.constructor', 'flashswarm:dropped', 7, null, {}, ['host.info'], 'x'.repeat(100_000)]) {
      expect((await ask(name, {})).error?.code, JSON.stringify(name)?.slice(0, 30)).toBe('bad-request');
    }
    for (const input of [7, 'text', [], [[]], { id: 7, index: 0 }, { id: '../..', index: 0 }, { id: 'a', index: -1 }, { id: 'a', index: 0, confirmed: true }, { id: 'a', index: 1.5 }, { id: 'x'.repeat(100_000), index: 0 }]) {
      expect((await ask('host.openFile', input)).error?.code, JSON.stringify(input).slice(0, 30)).toBe('bad-request');
    }
    expect(await page.evaluate(() => window.flashswarm!.dropped!([{ path: '/etc/passwd' }, '/etc/passwd', 7, null]))).toEqual([]);
  });
});
