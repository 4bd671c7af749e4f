// The programs that the tests run against, where they come from on Debian, and which test files want them.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { run, say } from './say.mjs';

/** `wanted` is looked for in a test file's text; any of `present` on the path, or the Python module, shows that the program is there. */
const programs = [
  { name: 'chromium', packages: ['chromium'], present: ['chromium', 'chromium-browser', 'google-chrome'], wanted: /chromium/i },
  { name: 'opentracker', packages: ['opentracker'], present: ['opentracker'], wanted: /opentracker/i },
  { name: 'transmission-daemon', packages: ['transmission-daemon', 'transmission-cli'], present: ['transmission-daemon'], wanted: /transmission/i },
  { name: 'aria2', packages: ['aria2'], present: ['aria2c'], wanted: /aria2/i },
  { name: 'qbittorrent-nox', packages: ['qbittorrent-nox'], present: ['qbittorrent-nox'], wanted: /qbittorrent/i },
  { name: 'libtorrent', packages: ['python3-libtorrent'], present: [], python: 'libtorrent', wanted: /libtorrent/i },
  { name: 'Xvfb', packages: ['xvfb', 'xauth'], present: ['Xvfb'], wanted: /xvfb|desktop-app/i },
  { name: 'D-Bus', packages: ['dbus', 'dbus-x11'], present: ['dbus-run-session'], wanted: /dbus/i },
  { name: 'dbus-next', packages: ['python3-dbus-next'], present: [], python: 'dbus_next', wanted: /session-bus/ },
  { name: 'dbus-daemon', packages: ['dbus', 'libglib2.0-bin', 'libnotify4'], present: ['gdbus'], wanted: /session-bus/ },
  { name: 'xdg-open', packages: ['xdg-utils', 'desktop-file-utils', 'shared-mime-info'], present: ['xdg-open'], wanted: /xdg-open/ },
  { name: 'ip', packages: ['iproute2'], present: ['ip'], wanted: /\bip netns\b|\bnetns\b|lab-network/ },
  { name: 'iptables and nft', packages: ['iptables', 'nftables'], present: ['iptables'], wanted: /iptables|nftables/ },
  { name: 'nft', packages: ['nftables'], present: ['nft'], wanted: /lab-network/ },
  { name: 'coturn', packages: ['coturn'], present: ['turnserver'], wanted: /coturn/i },
  { name: 'ping', packages: ['iputils-ping'], present: ['ping'], wanted: /\bPING\b/ },
  { name: 'miniupnpd', packages: ['miniupnpd', 'miniupnpd-nftables'], present: ['miniupnpd'], wanted: /miniupnpd/i },
  { name: 'upnpc', packages: ['miniupnpc'], present: ['upnpc'], wanted: /\bupnpc\b/ },
  { name: 'unzip', packages: ['unzip'], present: ['unzip'], wanted: /\bunzip\b/ },
  { name: 'minisign', packages: ['minisign'], present: ['minisign'], wanted: /['"]minisign['"]/ },
  { name: 'signify', packages: ['signify-openbsd'], present: ['signify-openbsd'], wanted: /signify-openbsd/ },
  { name: 'openssl', packages: ['openssl'], present: ['openssl'], wanted: /['"]openssl['"]/ },
  { name: 'nginx', packages: ['nginx-light'], present: ['nginx'], wanted: /nginx/i },
];

const isOnPath = (name) => name.startsWith('/')
  ? existsSync(name)
  : [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/sbin'].some((folder) => folder && existsSync(path.join(folder, name)));

async function isPresent(program) {
  if (program.python) return (await run('/usr/bin/python3', ['-c', `import ${program.python}`])).code === 0;
  return program.present.some(isOnPath);
}

async function missingOf(needed) {
  const found = await Promise.all(needed.map(isPresent));
  return needed.filter((_, index) => !found[index]);
}

/** Those that anything below `test/` speaks of. */
function neededBelow(root) {
  const files = readdirSync(path.join(root, 'test'), { recursive: true }).filter((name) => /\.tsx?$/.test(name));
  const texts = files.map((name) => readFileSync(path.join(root, 'test', name), 'utf8'));
  return programs.filter(({ wanted }) => texts.some((text) => wanted.test(text)));
}

/** Installs what is missing on Debian as root. @returns the programs that are still not there */
export async function ensurePrograms(root) {
  const isDebian = existsSync('/usr/bin/dpkg') && existsSync('/usr/bin/apt-get');
  const isRoot = process.platform !== 'win32' && process.getuid() === 0;
  const needed = neededBelow(root);
  const missing = await missingOf(needed);
  if (missing.length === 0 || !isDebian || !isRoot) return missing;
  const wanted = [];
  for (const name of new Set(missing.flatMap((program) => program.packages))) {
    const { code, output } = await run('dpkg', ['-s', name]);
    if (code !== 0 || !/^Status: install ok installed/m.test(output)) wanted.push(name);
  }
  if (wanted.length === 0) return missing;
  say(`Installing what the tests run against: ${wanted.join(', ')} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // A daemon that its package starts by itself would take ports that tests use.
  const update = await run('apt-get', ['update', '-qq'], { env });
  const policy = ['-o', 'DPkg::Lock::Timeout=300', '-y', '-qq', '--no-install-recommends'];
  const installed = await run('apt-get', ['install', ...policy, ...wanted], { env: { ...env, RUNLEVEL: '1' } });
  if (installed.code !== 0) process.stderr.write(`${update.output}${installed.output}`);
  return missingOf(needed);
}

/** Splits test files into those that can run and those that want a program which is not here. */
export function sortTestFiles(root, files, missing) {
  const skipped = [];
  const runnable = [];
  for (const file of files) {
    const text = readFileSync(path.join(root, file), 'utf8');
    const lacking = missing.filter((program) => program.wanted.test(text));
    if (lacking.length > 0) skipped.push({ file, lacking: lacking.map((program) => program.name) });
    else runnable.push(file);
  }
  return { runnable, skipped };
}
