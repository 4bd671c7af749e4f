// Electron's own security checklist (electronjs.org/docs/latest/tutorial/security, 20 items) as checks over a description of a program.

/** What is said of a program: by its sources, or by asking it while it runs. */
export interface SecurityDescription {
  /** The web preferences of each window. */
  windows: Readonly<Record<string, unknown>>[];
  /** The sandbox is asked for before any window is. */
  sandboxEverywhere: boolean;
  /** What windows load. */
  addresses: string[];
  /** The content security policy of a page. */
  policy: string;
  /** Of the scheme that pages come by. */
  privileges: Readonly<Record<string, boolean | undefined>>;
  /** Permissions that a page got, of those it asked for, looked up, or has for a device. */
  granted: string[];
  /** Where a page, a frame of it or a redirection was let go to. */
  navigated: string[];
  /** Addresses for which a page got a window. */
  windowsOpened: string[];
  /** Addresses of embedded views that were attached. */
  webviews: string[];
  /** Addresses elsewhere that a page was let ask. */
  requestsElsewhere: string[];
  /** Hostile addresses that would be handed to the system. */
  openedOutside: string[];
  /** Files of the sources that hand an address to the system at all. */
  openingPlaces: string[];
  /** The version that is shipped, as it is declared. */
  electron: string;
  /** Callers of our IPC that were heard and are not our page. */
  heard: string[];
  /** Places in the sources that load files by file: or switch features of Chromium on. */
  fileAddresses: string[];
  switches: string[];
  /** Places that let embedded views open windows. */
  allowsPopups: string[];
  fuses: Readonly<Record<string, unknown>>;
  /** What the preload puts into a page: each name with its members. */
  exposed: Readonly<Record<string, string[]>>;
  /** Of Node and Electron, what a page finds. */
  nodeInPage: string[];
}

export interface SecurityItem {
  number: number;
  title: string;
  /** Null when it holds; else what is wrong. */
  problem(described: SecurityDescription): string | null;
}

const OUR_ORIGIN = 'app://flashswarm/';
/** The newest line when this was last looked at; raised with every new major version that the project takes. */
export const CURRENT_ELECTRON_MAJOR = 45;

const REQUIRED_FUSES = {
  runAsNode: false, enableCookieEncryption: true, enableNodeOptionsEnvironmentVariable: false, enableNodeCliInspectArguments: false,
  enableEmbeddedAsarIntegrityValidation: true, onlyLoadAppFromAsar: true, grantFileProtocolExtraPrivileges: false,
};

const list = (what: string, found: string[]): string | null => (found.length > 0 ? `${what}: ${found.join(', ')}` : null);

/** One of the windows does not have the one right value; `undefined` leaves it to Electron's default. */
function preference(name: string, ...right: unknown[]): SecurityItem['problem'] {
  return ({ windows }) => {
    if (windows.length === 0) return 'there is no window to look at';
    const wrong = windows.find((one) => !right.includes(one[name]));
    return wrong ? `${name} is ${String(wrong[name])}` : null;
  };
}

const every = (...checks: SecurityItem['problem'][]): SecurityItem['problem'] => (described) => {
  for (const check of checks) {
    const problem = check(described);
    if (problem !== null) return problem;
  }
  return null;
};

/** The sources of each directive. */
const directivesOf = (policy: string): Map<string, string[]> => new Map(policy.split(';').map((one) => one.trim().split(/\s+/)).filter(([name]) => name).map(([name, ...sources]) => [name!.toLowerCase(), sources]));

const REQUIRED_DIRECTIVES: Readonly<Record<string, string>> = {
  'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self'", 'connect-src': "'self'", 'base-uri': "'none'", 'form-action': "'none'", 'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'", 'trusted-types': "'none'",
};

function policyProblem({ policy }: SecurityDescription): string | null {
  const directives = directivesOf(policy);
  for (const [name, sources] of Object.entries(REQUIRED_DIRECTIVES)) {
    if (directives.get(name)?.join(' ') !== sources) return `${name} is ${directives.get(name)?.join(' ') ?? 'missing'}, not ${sources}`;
  }
  for (const [name, sources] of directives) {
    const wrong = sources.find((source) => !["'none'", "'self'", "'script'", 'data:'].includes(source) || (source === 'data:' && name !== 'img-src'));
    if (wrong) return `${name} allows ${wrong}`;
  }
  return null;
}

export const securityChecklist: readonly SecurityItem[] = [
  {
    number: 1, title: 'Only load secure content',
    problem: ({ addresses, requestsElsewhere, policy }) => (addresses.length === 0 ? 'nothing is loaded' : null)
      ?? list('loaded from elsewhere', addresses.filter((one) => !one.startsWith(OUR_ORIGIN))) ?? list('asked elsewhere', requestsElsewhere)
      ?? list('the policy lets in', policy.match(/\b(https?|wss?|ftp):/g) ?? []),
  },
  {
    number: 2, title: 'Do not enable Node.js integration for remote content',
    problem: every(preference('nodeIntegration', false), preference('nodeIntegrationInWorker', false, undefined), preference('nodeIntegrationInSubFrames', false, undefined), ({ nodeInPage }) => list('a page has', nodeInPage)),
  },
  { number: 3, title: 'Enable context isolation', problem: preference('contextIsolation', true) },
  { number: 4, title: 'Enable process sandboxing', problem: every(preference('sandbox', true), ({ sandboxEverywhere }) => (sandboxEverywhere ? null : 'not asked for before the first window')) },
  { number: 5, title: 'Handle session permission requests from remote content', problem: ({ granted }) => list('granted', granted) },
  { number: 6, title: 'Do not disable webSecurity', problem: preference('webSecurity', true, undefined) },
  { number: 7, title: 'Define a Content-Security-Policy', problem: policyProblem },
  { number: 8, title: 'Do not enable allowRunningInsecureContent', problem: preference('allowRunningInsecureContent', false, undefined) },
  { number: 9, title: 'Do not enable experimental features', problem: every(preference('experimentalFeatures', false, undefined), ({ switches }) => list('switched on', switches)) },
  { number: 10, title: 'Do not use enableBlinkFeatures', problem: preference('enableBlinkFeatures', undefined, '') },
  { number: 11, title: '<webview>: Do not use allowpopups', problem: every(preference('webviewTag', false), ({ allowsPopups }) => list('allowed by', allowsPopups)) },
  { number: 12, title: '<webview>: Verify options and params', problem: ({ webviews }) => list('attached', webviews) },
  { number: 13, title: 'Disable or limit navigation', problem: ({ navigated }) => list('went to', navigated) },
  { number: 14, title: 'Disable or limit creation of new windows', problem: ({ windowsOpened }) => list('opened', windowsOpened) },
  {
    number: 15, title: 'Do not use shell.openExternal with untrusted content',
    problem: ({ openedOutside, openingPlaces }) => list('would be opened', openedOutside)
      ?? (openingPlaces.join() === 'main/desktop/system-browser.ts' ? null : `used in ${openingPlaces.join(', ') || 'no place that was looked at'}`),
  },
  {
    number: 16, title: 'Use a current version of Electron',
    problem: ({ electron }) => (/^\d+\.\d+\.\d+$/.test(electron) && Number(electron.split('.')[0]) >= CURRENT_ELECTRON_MAJOR ? null : `it is ${electron}`),
  },
  { number: 17, title: 'Validate the sender of all IPC messages', problem: ({ heard }) => list('heard', heard) },
  {
    number: 18, title: 'Avoid usage of the file:// protocol and prefer usage of custom protocols',
    problem: ({ fileAddresses, privileges, addresses }) => list('used in', fileAddresses) ?? list('loaded', addresses.filter((one) => one.startsWith('file:')))
      ?? list('the scheme is let past', Object.keys(privileges).filter((name) => privileges[name] && !['standard', 'secure', 'supportFetchAPI', 'stream'].includes(name))),
  },
  { number: 19, title: 'Check which fuses you can change', problem: ({ fuses }) => list('not as they should be', Object.entries(REQUIRED_FUSES).filter(([name, right]) => fuses[name] !== right).map(([name]) => name)) },
  {
    number: 20, title: 'Do not expose Electron APIs to untrusted web content',
    problem: ({ exposed }) => (JSON.stringify(Object.entries(exposed).map(([name, members]) => [name, [...members].sort()])) === '[["flashswarm",["dropped","on","request"]]]' ? null : `a page gets ${JSON.stringify(exposed)}`),
  },
];

/** The items that do not hold, with the reason. */
export const problemsOf = (described: SecurityDescription): Map<number, string> =>
  new Map(securityChecklist.flatMap(({ number, problem }) => {
    const found = problem(described);
    return found === null ? [] : [[number, found] as const];
  }));
