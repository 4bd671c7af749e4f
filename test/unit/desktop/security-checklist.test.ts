// Electron's security checklist, asked of the sources; and that each item notices when its setting is flipped.
import { describe, expect, test } from 'vitest';
import { denyTheRest } from '../../../main/desktop/denials.ts';
import type { Lockable } from '../../../main/desktop/denials.ts';
import { isOurPage } from '../../../main/desktop/sender-check.ts';
import { webAddress } from '../../../main/desktop/web-address.ts';
import type { SecurityDescription } from '../../support/security-checklist.ts';
import { problemsOf, securityChecklist } from '../../support/security-checklist.ts';
import { askDenials, describeSources, hostileAddresses, strangersHeard } from '../../support/security-of-sources.ts';

const sound = describeSources();
const window = (change: Record<string, unknown>): Partial<SecurityDescription> => ({ windows: [{ ...sound.windows[0], ...change }] });
const policy = (from: string, to: string): Partial<SecurityDescription> => {
  expect(sound.policy).toContain(from);
  return { policy: sound.policy.replace(from, to) };
};
/** The program's own denials, but for one that is left out. */
const without = (name: string): Partial<SecurityDescription> => askDenials((parts, isPackaged) => {
  const deaf = (event: string) => event === name;
  denyTheRest({
    app: {
      on: (event, listener) => parts.app.on(event, (made, contents) => listener(made, (deaf('setWindowOpenHandler') ? { ...contents, setWindowOpenHandler() {} } : {
        ...contents, on: (one: string, heard: () => void) => (deaf(one) ? null : (contents.on as (event: string, heard: () => void) => unknown)(one, heard)),
      }) as typeof contents)),
    },
    session: {
      ...parts.session, on: (event: 'will-download', listener: never) => (deaf(event) ? null : parts.session.on(event, listener)),
      ...(deaf('setPermissionRequestHandler') ? { setPermissionRequestHandler() {} } : {}), ...(deaf('setPermissionCheckHandler') ? { setPermissionCheckHandler() {} } : {}),
      ...(deaf('setDevicePermissionHandler') ? { setDevicePermissionHandler() {} } : {}), ...(deaf('onBeforeRequest') ? { webRequest: { onBeforeRequest() {} } } : {}),
    } as Lockable['session'],
  }, isPackaged);
});

/** Of each item, settings that break it. */
const flips: [number, string, () => Partial<SecurityDescription>][] = [
  [1, 'a page from the web', () => ({ addresses: ['https://elsewhere.example/'] })],
  [1, 'a page from the disk', () => ({ addresses: ['file:///a.html'] })],
  [1, 'requests of pages that nobody looks at', () => without('onBeforeRequest')],
  [1, 'a policy that lets a server in', () => policy("connect-src 'self'", "connect-src 'self' http://elsewhere.example")],
  [2, 'Node in the page', () => window({ nodeIntegration: true })],
  [2, 'Node in its workers', () => window({ nodeIntegrationInWorker: true })],
  [2, 'Node in its frames', () => window({ nodeIntegrationInSubFrames: true })],
  [2, 'a page that finds Node', () => ({ nodeInPage: ['require'] })],
  [3, 'one world for page and preload', () => window({ contextIsolation: false })],
  [3, 'isolation left to a default', () => window({ contextIsolation: undefined })],
  [4, 'no sandbox', () => window({ sandbox: false })],
  [4, 'no sandbox for windows that forget it', () => ({ sandboxEverywhere: false })],
  [5, 'permissions that are asked for', () => without('setPermissionRequestHandler')],
  [5, 'permissions that are looked up', () => without('setPermissionCheckHandler')],
  [5, 'devices', () => without('setDevicePermissionHandler')],
  [5, 'downloads', () => without('will-download')],
  [6, 'no same-origin rule', () => window({ webSecurity: false })],
  [7, 'no policy', () => ({ policy: '' })],
  [7, 'inline scripts', () => policy("script-src 'self'", "script-src 'self' 'unsafe-inline'")],
  [7, 'code from text', () => policy("script-src 'self'", "script-src 'self' 'unsafe-eval'")],
  [7, 'scripts from a server', () => policy("script-src 'self'", "script-src 'self' https://elsewhere.example")],
  [7, 'inline styles', () => policy("style-src 'self'", "style-src 'self' 'unsafe-inline'")],
  [7, 'whatever is not named', () => policy("default-src 'none'", "default-src 'self'")],
  [7, 'media from anywhere', () => policy("media-src 'self'", 'media-src *')],
  [7, 'a base elsewhere', () => policy("base-uri 'none'; ", '')],
  [7, 'forms', () => policy("form-action 'none'; ", '')],
  [7, 'framing', () => policy("frame-ancestors 'none'; ", '')],
  [7, 'markup from text', () => policy("require-trusted-types-for 'script'; ", '')],
  [8, 'insecure content', () => window({ allowRunningInsecureContent: true })],
  [9, 'experimental features', () => window({ experimentalFeatures: true })],
  [9, 'a switch of Chromium', () => ({ switches: ['main/desktop/main.ts'] })],
  [10, 'features of Blink', () => window({ enableBlinkFeatures: 'ExecCommandInJavaScript' })],
  [11, 'embedded views', () => window({ webviewTag: true })],
  [11, 'their windows', () => ({ allowsPopups: ['renderer/app.tsx'] })],
  [12, 'views that nobody looks at', () => without('will-attach-webview')],
  [13, 'navigation', () => without('will-navigate')],
  [13, 'navigation of frames', () => without('will-frame-navigate')],
  [13, 'redirections', () => without('will-redirect')],
  [14, 'new windows', () => without('setWindowOpenHandler')],
  [15, 'any address for the system', () => ({ openedOutside: hostileAddresses.filter((one) => typeof one === 'string') as string[] })],
  [15, 'a second place that opens', () => ({ openingPlaces: [...sound.openingPlaces, 'main/desktop/tray.ts'] })],
  [16, 'an old Electron', () => ({ electron: '22.3.25' })],
  [16, 'whichever Electron', () => ({ electron: '^45.0.0' })],
  [17, 'whoever calls', () => ({ heard: strangersHeard(() => true) })],
  [17, 'calls from frames', () => ({ heard: strangersHeard((({ sender, senderFrame }: { sender: unknown; senderFrame: { url: string } | null }, open: { webContents: unknown } | null) => sender === open?.webContents && (senderFrame?.url.startsWith('app://flashswarm/') ?? false)) as never) })],
  [18, 'pages from the disk', () => ({ fileAddresses: ['main/desktop/main-window.ts'] })],
  [18, 'a scheme past the policy', () => ({ privileges: { ...sound.privileges, bypassCSP: true } })],
  [18, 'a scheme with service workers', () => ({ privileges: { ...sound.privileges, allowServiceWorkers: true } })],
  ...Object.keys(sound.fuses).map((fuse): (typeof flips)[number] => [19, fuse, () => ({ fuses: { ...sound.fuses, [fuse]: !sound.fuses[fuse] } })]),
  [19, 'no fuses', () => ({ fuses: {} })],
  [20, 'the whole of IPC', () => ({ exposed: { ...sound.exposed, ipcRenderer: ['send', 'invoke'] } })],
  [20, 'one member more', () => ({ exposed: { flashswarm: ['dropped', 'on', 'request', 'send'] } })],
];

describe("Electron's security checklist", () => {
  test('has 20 items, and 20 of 20 hold', () => {
    expect(securityChecklist.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(Object.fromEntries(problemsOf(sound))).toEqual({});
  });

  test.each(securityChecklist.map(({ number, title }) => [number, title] as const))('%i (%s) has settings that break it', (number) => {
    expect(flips.filter(([of]) => of === number).length).toBeGreaterThan(0);
  });

  test.each(flips)('%i notices: %s', (number, _what, flip) => {
    const problems = problemsOf({ ...sound, ...flip() });
    expect(problems.get(number)).toMatch(/\w/);
  });
});

describe('what the checklist rests on', () => {
  test('the denials let our own page be, and devtools for developers alone', () => {
    const answers: Record<string, boolean> = {};
    for (const isPackaged of [true, false]) {
      askDenials((parts) => denyTheRest({
        ...parts, session: {
          ...parts.session, webRequest: {
            onBeforeRequest: ((listener: (details: { url: string }, answer: (one: { cancel: boolean }) => void) => void) => {
              for (const url of ['app://flashswarm/index.html', 'devtools://devtools/a']) listener({ url }, ({ cancel }) => (answers[`${isPackaged} ${url}`] = cancel));
            }) as never,
          },
        },
      }, isPackaged));
    }
    expect(answers).toEqual({
      'true app://flashswarm/index.html': false, 'true devtools://devtools/a': true, 'false app://flashswarm/index.html': false, 'false devtools://devtools/a': false,
    });
  });

  test('our page is heard', () => {
    const contents = {};
    const event = { sender: contents, senderFrame: { url: 'app://flashswarm/index.html', parent: null } };
    expect(isOurPage(event as never, { webContents: contents } as never)).toBe(true);
  });

  test('an ordinary address reaches the browser', () => {
    expect(webAddress('http://192.168.1.1/')).toBe('http://192.168.1.1/');
    expect(webAddress('https://login.example/?a=b')).toBe('https://login.example/?a=b');
  });

  test('developers alone get tools for the page', () => {
    expect(sound.windows.map(({ devTools }) => devTools)).toEqual([false]);
  });
});
