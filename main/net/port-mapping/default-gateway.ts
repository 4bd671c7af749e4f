// Finds the router of this machine: the default route for IPv4 and IPv6, from the system's own tables.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isIPv4, isIPv6 } from 'node:net';
import path from 'node:path';
import { addressClass } from '../address-rules.ts';

export interface DefaultGateways {
  /** null: there is none, or the route has no router (a modem, most VPNs). */
  ipv4: string | null;
  /** With its scope where it is a link-local address: `fe80::1%eth0`. */
  ipv6: string | null;
}

const COMMAND_MS = 4_000;
const MAX_OUTPUT_BYTES = 256 * 1024;
const MAX_LINES = 4_000;

/** The default gateways; each null where there is none or the system does not tell. Never throws; takes at most some seconds. */
export async function findDefaultGateways(platform: NodeJS.Platform = process.platform): Promise<DefaultGateways> {
  if (platform === 'linux') {
    const [ipv4, ipv6] = await Promise.all([readTable('/proc/net/route'), readTable('/proc/net/ipv6_route')]);
    return { ipv4: parseLinuxRoutes(ipv4), ipv6: parseLinuxIpv6Routes(ipv6) };
  }
  if (platform === 'win32') {
    const system = path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32');
    const listed = parsePowershellRoutes(await run(path.join(system, 'WindowsPowerShell\\v1.0\\powershell.exe'), [
      '-NoProfile', '-NonInteractive', '-Command',
      "Get-NetRoute -DestinationPrefix '0.0.0.0/0','::/0' -ErrorAction SilentlyContinue | ForEach-Object { '{0} {1} {2} {3}' -f "
        + '$_.DestinationPrefix, $_.NextHop, $_.ifIndex, ($_.RouteMetric + $_.InterfaceMetric) }',
    ]));
    if (listed.ipv4 ?? listed.ipv6) return listed;
    return parseWindowsRoutePrint(await run(path.join(system, 'ROUTE.EXE'), ['print']));
  }
  return parseNetstatRoutes((await Promise.all(['inet', 'inet6'].map((family) => run('/usr/sbin/netstat', ['-rn', '-f', family])))).join('\n'));
}

/** `/proc/net/route`: hexadecimal addresses in the byte order of the machine (all of ours are little-endian). */
export function parseLinuxRoutes(text: string): string | null {
  return best(rows(text).map((fields) => {
    const [, destination, gateway, flags, , , metric, mask] = fields;
    if (destination !== '00000000' || mask !== '00000000' || !/^[0-9A-F]{8}$/i.test(gateway ?? '')) return null;
    const up = (Number.parseInt(flags ?? '', 16) & 3) === 3; // up, and through a router
    const address = Buffer.from(gateway!, 'hex').reverse().join('.');
    return up ? { address, metric: Number(metric) } : null;
  }), isIPv4);
}

/** `/proc/net/ipv6_route`: 32 hexadecimal digits each. */
export function parseLinuxIpv6Routes(text: string): string | null {
  return best(rows(text).map((fields) => {
    const [destination, prefix, , , gateway, metric, , , flags, device] = fields;
    if (!/^0{32}$/.test(destination ?? '') || prefix !== '00' || !/^[0-9a-f]{32}$/i.test(gateway ?? '') || /^0+$/.test(gateway!)) return null;
    if ((Number.parseInt(flags ?? '', 16) & 3) !== 3) return null;
    return { address: scoped(shorten(gateway!.match(/.{4}/g)!.join(':')), device ?? ''), metric: Number.parseInt(metric ?? '', 16) };
  }), isIPv6);
}

/** `netstat -rn` of macOS and the BSDs, both families. */
export function parseNetstatRoutes(text: string): DefaultGateways {
  const routes = rows(text).filter(([destination, , flags]) => destination === 'default' && /G/.test(flags ?? ''))
    .map(([, address, , ...rest], index) => {
      // A route bound to one interface (I) counts only when there is no other.
      const device = rest.find((field) => /^[a-z]+\d+$/i.test(field)) ?? '';
      return { address: address!.includes(':') && !address!.includes('%') ? scoped(address!, device) : address!, metric: index };
    });
  return { ipv4: best(routes, isIPv4), ipv6: best(routes, isIPv6) };
}

/** Lines `0.0.0.0/0 192.168.1.1 12 25`: prefix, next hop, index of the interface, metric. */
export function parsePowershellRoutes(text: string): DefaultGateways {
  const routes = rows(text).filter(([prefix]) => prefix === '0.0.0.0/0' || prefix === '::/0')
    .map(([, hop, index, metric]) => ({ address: hop?.includes(':') ? scoped(hop, index ?? '') : hop ?? '', metric: Number(metric) }));
  return { ipv4: best(routes, isIPv4), ipv6: best(routes, isIPv6) };
}

/** `route print`, in any language: only the columns of figures are looked at. */
export function parseWindowsRoutePrint(text: string): DefaultGateways {
  const routes = rows(text).map((fields) => {
    const [first, second, third] = fields;
    if (first === '0.0.0.0' && second === '0.0.0.0') return { address: third ?? '', metric: Number(fields[4]) };
    if (third === '::/0') return { address: scoped(fields[3] ?? '', first ?? ''), metric: Number(second) };
    return null;
  });
  return { ipv4: best(routes, isIPv4), ipv6: best(routes, isIPv6) };
}

function best(routes: ({ address: string; metric: number } | null)[], isAddress: (address: string) => boolean): string | null {
  const usable = routes.filter((route) => route !== null && isAddress(route.address) && isRouter(route.address)) as { address: string; metric: number }[];
  const cost = ({ metric }: { metric: number }): number => (Number.isFinite(metric) ? metric : Number.MAX_SAFE_INTEGER);
  return usable.sort((one, other) => cost(one) - cost(other))[0]?.address ?? null;
}

function isRouter(address: string): boolean {
  return !['loopback', 'multicast'].includes(addressClass(address)) && !/^(0\.0\.0\.0|::)(%|$)/.test(address);
}

function scoped(address: string, device: string): string {
  return /^fe80:/i.test(address) && /^[\w.-]{1,64}$/.test(device) ? `${address}%${device}` : address;
}

function shorten(address: string): string {
  // The URL parser writes IPv6 addresses in their shortest form.
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function rows(text: string): string[][] {
  return text.slice(0, MAX_OUTPUT_BYTES).split('\n', MAX_LINES).map((line) => line.trim().split(/\s+/, 16));
}

async function readTable(file: string): Promise<string> {
  return readFile(file, 'latin1').catch(() => '');
}

function run(command: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: COMMAND_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES, windowsHide: true }, (error, stdout) => resolve(error ? '' : stdout));
  });
}
