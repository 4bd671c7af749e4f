// Describes the desktop program by its own modules, sources and packaging, without starting it.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { denyTheRest } from '../../main/desktop/denials.ts';
import type { Lockable } from '../../main/desktop/denials.ts';
import { contentSecurityPolicy, schemePrivileges } from '../../main/desktop/page-policy.ts';
import { isOurPage } from '../../main/desktop/sender-check.ts';
import { webAddress } from '../../main/desktop/web-address.ts';
import { windowPreferences } from '../../main/desktop/window-preferences.ts';
import type { SecurityDescription } from './security-checklist.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const elsewhere = 'https://elsewhere.example/';

/** What a hostile package, network or link could name. */
export const hostileAddresses = [
  'javascript:alert(1)', 'file:///etc/passwd', 'file://server/share/a.exe', '\\\\server\\share\\a.exe', '//server/share', 'smb://server/a', 'ms-msdt:/id PCWDiagnostic', 'search-ms:query=a', 'data:text/html,<script>',
  'blob:app://flashswarm/1', 'app://flashswarm/index.html', 'vbscript:a', 'ssh://-oProxyCommand=calc/a', 'mailto:a@example.org', 'magnet:?xt=a', 'https://name:password@example.org/', 'C:\\Windows\\System32\\calc.exe',
  'http:', 'https://', '', ' ', `https://example.org/${'a'.repeat(3000)}`, 7, null, undefined, {}, ['https://example.org/'],
];

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const relative = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesIn(relative);
    else if (/\.(ts|tsx|html)$/.test(entry.name)) yield relative;
  }
}

/** Files whose code (comments left out) matches. */
export function placesOf(pattern: RegExp, ...folders: string[]): string[] {
  return folders.flatMap((folder) => [...filesIn(folder)]).filter((file) => pattern.test(codeOf(file))).sort();
}

const codeOf = (file: string): string => readFileSync(path.join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '').replace(/\s\/\/ .*$/gm, '');

type Listener = (...args: never[]) => void;

/** Asks what the program denies, in the place of Electron. */
export function askDenials(deny: (parts: Lockable, isPackaged: boolean) => void): Pick<SecurityDescription, 'granted' | 'navigated' | 'windowsOpened' | 'webviews' | 'requestsElsewhere'> {
  const on = new Map<string, Listener>();
  const contentsOn = new Map<string, Listener>();
  const set = { requested: null as Listener | null, checked: null as (() => boolean) | null, device: null as (() => boolean) | null, opening: null as (() => { action: string }) | null, request: null as Listener | null };
  const session = {
    on: (event: string, listener: Listener) => on.set(event, listener),
    setPermissionRequestHandler: (handler: Listener) => (set.requested = handler),
    setPermissionCheckHandler: (handler: () => boolean) => (set.checked = handler),
    setDevicePermissionHandler: (handler: () => boolean) => (set.device = handler),
    webRequest: { onBeforeRequest: (handler: Listener) => (set.request = handler) },
  };
  const contents = { on: (event: string, listener: Listener) => contentsOn.set(event, listener), setWindowOpenHandler: (handler: () => { action: string }) => (set.opening = handler) };
  deny({ app: { on: (event: string, listener: Listener) => on.set(event, listener) }, session } as unknown as Lockable, true);
  on.get('web-contents-created')?.(...([{}, contents] as never[]));
  /** Whether an event goes on after everybody was told. */
  const goesOn = (listener: Listener | undefined, ...args: unknown[]): boolean => {
    let prevented = false;
    listener?.(...([{ preventDefault: () => (prevented = true), url: elsewhere }, ...args] as never[]));
    return !prevented;
  };
  const granted: string[] = [];
  if (set.requested) set.requested(...([contents, 'notifications', (yes: boolean) => yes && granted.push('notifications')] as never[]));
  else granted.push('whatever is asked for');
  if (set.checked?.() !== false) granted.push('whatever is looked up');
  if (set.device?.() !== false) granted.push('any device');
  if (goesOn(on.get('will-download'))) granted.push('downloads');
  const navigated = ['will-navigate', 'will-frame-navigate', 'will-redirect'].filter((event) => goesOn(contentsOn.get(event), ...(event === 'will-frame-navigate' ? [] : [elsewhere])));
  const requestsElsewhere = [elsewhere, 'http://127.0.0.1/', 'ws://elsewhere.example/', 'file:///etc/passwd', 'devtools://devtools/a', 'app://elsewhere/', 'app://flashswarm.example/'].filter((url) => {
    let cancelled = false;
    set.request?.(...([{ url }, ({ cancel }: { cancel?: boolean }) => (cancelled = cancel === true)] as never[]));
    return !cancelled;
  });
  return { granted, navigated, requestsElsewhere, windowsOpened: set.opening?.().action === 'deny' ? [] : [elsewhere], webviews: goesOn(contentsOn.get('will-attach-webview')) ? [elsewhere] : [] };
}

const ours = { id: 1 };
const frame = (url: string, parent: unknown = null) => ({ url, parent });
/** Who may not be heard, and as whom they come. */
const strangers: Record<string, [sender: unknown, frame: unknown, window: unknown]> = {
  'another window': [{ id: 2 }, frame('app://flashswarm/index.html'), { webContents: ours }],
  'a frame in our page': [ours, frame('app://flashswarm/index.html', frame('app://flashswarm/index.html')), { webContents: ours }],
  'our window with a foreign page': [ours, frame('https://elsewhere.example/'), { webContents: ours }],
  'a host whose name begins as ours': [ours, frame('app://flashswarm.example/'), { webContents: ours }],
  'an empty page': [ours, frame('about:blank'), { webContents: ours }],
  'a frame that is gone': [ours, null, { webContents: ours }],
  'somebody when there is no window': [ours, frame('app://flashswarm/index.html'), null],
};

export function strangersHeard(isHeard: (event: never, window: never) => boolean): string[] {
  return Object.entries(strangers).filter(([, [sender, senderFrame, window]]) => isHeard({ sender, senderFrame } as never, window as never)).map(([name]) => name);
}

const constantsOf = (file: string, pattern: RegExp): string[] => [...codeOf(file).matchAll(pattern)].map((match) => match[1]!);

export function describeSources(): SecurityDescription {
  const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
  const { electronFuses } = load(readFileSync(path.join(root, 'electron-builder.yml'), 'utf8')) as { electronFuses: Record<string, unknown> };
  const bridge = /const bridge: Bridge = \{([\s\S]*?)^\};/m.exec(codeOf('preload/preload.ts'))?.[1] ?? '';
  const windowPlaces = placesOf(/new (BrowserWindow|BrowserView|WebContentsView|BaseWindow)\(/, 'main');
  return {
    // A window that is not made from the one object of preferences has none that anybody looked at.
    windows: windowPlaces.map((file) => (/webPreferences: windowPreferences\(/.test(codeOf(file)) ? { ...windowPreferences('preload.cjs', true) } : {})),
    sandboxEverywhere: /app\.enableSandbox\(\)/.test(codeOf('main/desktop/lock-down.ts')) && /^sandboxEveryPage\(\);$/m.test(codeOf('main/desktop/main.ts')),
    addresses: placesOf(/\.loadURL\(/, 'main').flatMap((file) => constantsOf(file, /\.loadURL\(([^)]*)\)/g)).map((one) => one.replaceAll('`', '').replace('${appOrigin}', 'app://flashswarm')),
    policy: contentSecurityPolicy,
    privileges: schemePrivileges,
    ...askDenials(denyTheRest),
    openedOutside: hostileAddresses.filter((one) => webAddress(one) !== null).map(String),
    openingPlaces: placesOf(/\bopenExternal\b/, 'main', 'preload', 'renderer'),
    electron: devDependencies['electron'] ?? 'none',
    heard: strangersHeard(isOurPage as never),
    fileAddresses: placesOf(/\bloadFile\(|(['"`])file:\/\/|pathToFileURL/, 'main/desktop', 'preload', 'renderer'),
    switches: placesOf(/appendSwitch|appendArgument|enableBlinkFeatures|experimentalFeatures: true/, 'main', 'preload'),
    allowsPopups: placesOf(/allowpopups|<webview/i, 'main/desktop', 'preload', 'renderer'),
    fuses: electronFuses,
    exposed: Object.fromEntries(constantsOf('preload/preload.ts', /exposeInMainWorld\('(\w+)', bridge\)/g).map((name) => [name, [...bridge.matchAll(/^ {2}(?:async )?(\w+)[<(:]/gm)].map((match) => match[1]!)])),
    nodeInPage: [],
  };
}
