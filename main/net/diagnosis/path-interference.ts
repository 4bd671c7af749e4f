// Whether a VPN or a proxy stands in the way: then the router at home is not what others have to get through.
import type { CheckResult } from './check-types.ts';
import { readOsNetwork } from './os-network.ts';
import type { OsNetwork } from './os-network.ts';
import { runCheck } from './run-check.ts';

export interface PathInterferenceContext {
  /** What the system says; read anew unless given. */
  network?: OsNetwork;
  /** The process's own unless given. */
  environment?: Record<string, string | undefined>;
}

const PROXY_VARIABLES = ['http_proxy', 'https_proxy', 'all_proxy', 'socks_proxy'];

/**
 * Facts: `vpn` (true, false), `vpnInterface`, `vpnKind` (`tunnel`, `point-to-point`), `vpnFamilies` ("4", "6", "4+6"), `proxyVariables` (names alone, as
 * addresses of proxies may hold passwords), `isOnline`. `warning` when either stands in the way.
 */
export function checkPathInterference(context: PathInterferenceContext, signal: AbortSignal): Promise<CheckResult> {
  return runCheck('vpn', 4_000, signal, async () => {
    const network = context.network ?? await readOsNetwork();
    const ways = [{ family: '4', way: network.outwardIpv4 }, { family: '6', way: network.outwardIpv6 }];
    const tunnels = ways.filter(({ way }) => way?.kind === 'tunnel' || way?.kind === 'point-to-point');
    const environment = context.environment ?? process.env;
    const proxies = PROXY_VARIABLES.filter((name) => (environment[name] ?? environment[name.toUpperCase()] ?? '') !== '');
    return {
      outcome: tunnels.length > 0 || proxies.length > 0 ? 'warning' : network.outwardIpv4 ?? network.outwardIpv6 ? 'ok' : 'unknown',
      facts: {
        vpn: tunnels.length > 0, vpnInterface: tunnels[0]?.way?.interfaceName ?? null, vpnKind: tunnels[0]?.way?.kind ?? null,
        vpnFamilies: tunnels.length > 0 ? tunnels.map(({ family }) => family).join('+') : null,
        proxyVariables: proxies.length > 0 ? proxies.join(', ') : null, isOnline: (network.outwardIpv4 ?? network.outwardIpv6) !== null,
      },
    };
  });
}
