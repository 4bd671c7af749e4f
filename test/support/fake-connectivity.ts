// What is known of networks that do not exist, for the interface's tests: one for each verdict and each thing to do.
import type { ActionKind, Check, CheckId, Connectivity, PathReach, Reach, Verdict } from '../../contract/index.ts';

const ids: CheckId[] = ['network', 'gateway', 'mapping', 'inbound', 'vpn', 'captive-portal', 'nat', 'nat-layers', 'ipv6', 'probe', 'probe6', 'path-mtu', 'latency', 'turn'];
const startedAt = Date.UTC(2026, 10, 20, 18, 5);

const waiting = (id: CheckId): Check => ({ id, state: 'waiting', outcome: 'unknown', says: 'waiting', facts: {}, startedAt: null, tookMs: null });
const done = (id: CheckId, outcome: Check['outcome'], says: string, facts: Check['facts'] = {}, tookMs = 420): Check => ({ id, state: 'done', outcome, says, facts, startedAt, tookMs });

/** A report that was never run, with changes. */
export function connectivityOf(change: Partial<Connectivity> = {}): Connectivity {
  return {
    state: 'never', startedAt: null, finishedAt: null, since: null, before: null,
    verdict: { reach: 'unknown', paths: [], means: 'unknown', action: { kind: 'check-again', facts: {} } },
    checks: ids.map(waiting), gateway: null, mappings: [], ownAddresses: ['192.168.1.10'], listenPort: 51_413, consent: false,
    servers: [{ kind: 'stun', address: 'stun.example:3478', from: 'settings' }], hint: null, ...change,
  };
}

const usual: Check[] = [
  done('network', 'ok', 'ok', { isOnline: true, address: '192.168.178.20', address6: '2001:db8:7:1::20', gateway: '192.168.178.1', kind: 'ethernet' }, 12),
  done('gateway', 'ok', 'talks', { talks: true, address: '192.168.178.1', manufacturer: 'AVM Berlin', model: 'FRITZ!Box 7590', protocols: 'IGD 2, PCP' }, 910),
  done('mapping', 'ok', 'ok', { confirmed: 2, wanted: 2, method: 'upnp-2', externalAddress: '203.0.113.7', error: null, message: null }, 1300),
  done('inbound', 'unknown', 'unknown', {}, 1), done('vpn', 'ok', 'ok', { vpn: false, vpnInterface: null, proxyVariables: null, isOnline: true }, 40),
  done('captive-portal', 'ok', 'ok', { portal: false, evidence: 'exact', openUrl: null }, 230),
  done('nat', 'ok', 'endpoint-independent', { udp: 'open', mapping: 'endpoint-independent', filtering: 'unknown', hairpin: true, externalAddress: '203.0.113.7', portPreserved: true, serversAsked: 2, serversAnswered: 2, tcpWorks: true }, 640),
  done('nat-layers', 'ok', 'single', { layers: 'single', certainty: 'certain', evidence: 'wan-matches', routerWanAddress: '203.0.113.7', mappedAddress: '203.0.113.7', hops: '192.168.178.1 > 203.0.113.1' }, 1800),
  done('ipv6', 'ok', 'ok', { globalAddress: '2001:db8:7:1::20', outwardUdp: true, outwardTcp: null, isTranslated: false }, 380),
  done('probe', 'ok', 'ok', { tcp: 'reachable', udp: 'reachable', observedAddress: '203.0.113.7', isFromStranger: true }, 2100), done('probe6', 'unknown', 'unknown', { tcp: 'unknown', udp: 'unknown', reason: 'no-address' }, 3000),
  done('path-mtu', 'ok', 'ok', { tcpUp: 'ok', tcpDown: 'ok', pingMtu: 1492 }, 1700), done('latency', 'ok', 'ok', { gatewayIdleMs: 1.4, gatewayLoadedMs: 3.2, bloated: false, boundMs: 11 }, 8400),
  { ...waiting('turn'), state: 'skipped', outcome: 'not-applicable', says: 'skipped' },
];

const paths = (...reaches: [tcp4: Reach, udp4: Reach, tcp6: Reach, udp6: Reach]): PathReach[] => ([['tcp', 4], ['udp', 4], ['tcp', 6], ['udp', 6]] as const)
  .map(([transport, family], at) => ({ transport, family, reach: reaches[at]!, because: reaches[at] === 'unknown' ? [] : [family === 6 ? 'ipv6' : transport === 'tcp' ? 'probe' : 'nat'] }));

const verdict = (reach: Reach, means: Verdict['means'], kind: ActionKind, ways: PathReach[], facts: Verdict['action']['facts'] = {}): Verdict => ({ reach, means, paths: ways, action: { kind, facts } });

function report(judged: Verdict, checks: Check[] = [], change: Partial<Connectivity> = {}): Connectivity {
  return connectivityOf({
    state: 'done', startedAt, finishedAt: startedAt + 8600, verdict: judged, checks: usual.map((one) => checks.find((other) => other.id === one.id) ?? one),
    gateway: { address: '192.168.178.1', manufacturer: 'AVM Berlin', model: 'FRITZ!Box 7590', pageUrl: 'http://192.168.178.1/' }, consent: true,
    ownAddresses: ['192.168.178.20', '2001:db8:7:1::20'],
    servers: [{ kind: 'stun', address: 'stun.example:3478', from: 'settings' }, { kind: 'stun', address: 'stun.other.example:443', from: 'settings' }, { kind: 'probe', address: 'probe.northwind.example:7399', from: 'package' }],
    ...change,
  });
}

const forward = { address: '192.168.178.20', port: 51_413 };
const shut = paths('strict', 'strict', 'blocked', 'blocked');
const mapped: Connectivity['mappings'] = [
  { protocol: 'tcp', internalPort: 51_413, externalPort: 51_413, externalAddress: '203.0.113.7', method: 'upnp-2', confirmed: true, expiresAt: startedAt + 3.6e6, error: null },
  { protocol: 'udp', internalPort: 51_413, externalPort: 51_414, externalAddress: '203.0.113.7', method: 'upnp-2', confirmed: false, expiresAt: null, error: 'The router has given this port to somebody else.' },
];
const nowhere = paths('unknown', 'unknown', 'unknown', 'unknown');
const probeServer = 'probe.northwind.example:7399';
/** No server could tell anything: which one, and why. */
const unasked = (says: string, reason: string, server: string): Check[] => [
  { ...waiting('nat'), state: 'skipped', says: 'skipped' }, done('nat-layers', 'unknown', 'unknown', { layers: 'unknown' }), done('probe', 'unknown', says, { reason, server }, 4), done('path-mtu', 'unknown', says, { reason, server }, 4),
];
const silent = done('gateway', 'warning', 'silent', { talks: false, address: '192.168.1.1' }, 3500);
const unreachable = done('probe', 'problem', 'problem', { tcp: 'unreachable', udp: 'unreachable', observedAddress: '203.0.113.7' }, 6100);
const layers = (kind: string, outcome: Check['outcome'], wan: string): Check => done('nat-layers', outcome, kind, { layers: kind, certainty: 'certain', routerWanAddress: wan, mappedAddress: '203.0.113.99' }, 1900);

/** A report for each verdict and each thing to do, by name. */
export const networks: Record<string, Connectivity> = {
  open: report(verdict('open', 'best', 'none', paths('open', 'open', 'moderate', 'unknown')), [done('inbound', 'ok', 'ok', { tcp4At: startedAt - 60_000 }, 1)], {
    mappings: mapped, before: { verdict: verdict('strict', 'fewer-people', 'turn-on-upnp', shut), finishedAt: startedAt - 8.64e7 },
  }),
  moderate: report(verdict('moderate', 'good', 'none', paths('moderate', 'moderate', 'unknown', 'unknown')), [done('probe', 'unknown', 'unknown')], { mappings: mapped, hint: 'At the venue, use the cable at your seat: the Wi-Fi does not let games through.' }),
  'forward-port': report(verdict('strict', 'fewer-people', 'forward-port', shut, forward), [unreachable, done('mapping', 'problem', 'conflict', { confirmed: 0, wanted: 2, error: 'conflict' })]),
  'turn-on-upnp': report(verdict('strict', 'fewer-people', 'turn-on-upnp', shut, { address: '192.168.1.10', port: 51_413 }), [silent, unreachable], { gateway: { address: '192.168.1.1', manufacturer: null, model: null, pageUrl: 'http://192.168.1.1/' } }),
  'bridge-mode': report(verdict('strict', 'fewer-people', 'bridge-mode', shut, { routerWanAddress: '192.168.0.12' }), [layers('double', 'warning', '192.168.0.12'), unreachable]),
  'ask-provider': report(verdict('strict', 'fewer-people', 'ask-provider', shut), [layers('carrier', 'problem', '100.72.3.4'), unreachable]),
  'use-ipv6': report(verdict('strict', 'fewer-people', 'use-ipv6', paths('strict', 'strict', 'unknown', 'unknown')), [layers('carrier', 'problem', '100.72.3.4')]),
  'open-ipv6-firewall': report(verdict('strict', 'fewer-people', 'open-ipv6-firewall', paths('strict', 'strict', 'strict', 'strict'), forward), [layers('carrier', 'problem', '100.72.3.4'), done('probe6', 'problem', 'problem', { tcp: 'unreachable', udp: 'unreachable' })]),
  'leave-vpn': report(verdict('strict', 'slow', 'leave-vpn', paths('strict', 'blocked', 'blocked', 'blocked'), { vpnInterface: 'tun0' }), [done('vpn', 'warning', 'vpn', { vpn: true, vpnInterface: 'tun0', vpnKind: 'tunnel', vpnFamilies: '4' }), done('nat', 'problem', 'udp-blocked', { udp: 'blocked', tcpWorks: true })]),
  'allow-in-firewall': report(verdict('strict', 'fewer-people', 'allow-in-firewall', shut, forward), [unreachable], { mappings: mapped }),
  'lower-mtu': report(verdict('open', 'best', 'lower-mtu', paths('open', 'open', 'unknown', 'unknown'), { tcpUpMtu: 1400 }), [done('path-mtu', 'problem', 'black-hole', { tcpUp: 'black-hole', tcpDown: 'ok', tcpUpMtu: 1400, tcpDownMtu: null })]),
  'set-qos': report(verdict('open', 'best', 'set-qos', paths('open', 'open', 'unknown', 'unknown'), { gatewayIdleMs: 2, gatewayLoadedMs: 480 }), [done('latency', 'problem', 'bloated', { gatewayIdleMs: 2, gatewayLoadedMs: 480, bloated: true, boundMs: 12 })]),
  'use-other-network': report(verdict('blocked', 'none', 'use-other-network', paths('blocked', 'blocked', 'blocked', 'blocked')), [silent, done('nat', 'problem', 'udp-blocked', { udp: 'blocked', tcpWorks: false })], { gateway: null }),
  offline: report(verdict('blocked', 'none', 'use-other-network', paths('blocked', 'blocked', 'blocked', 'blocked')), [done('network', 'problem', 'problem', { isOnline: false })], { gateway: null, ownAddresses: [] }),
  portal: report(verdict('blocked', 'none', 'sign-in-to-network', paths('blocked', 'blocked', 'blocked', 'blocked'), { openUrl: 'http://portal.example/check' }), [done('captive-portal', 'problem', 'problem', { portal: true, evidence: 'redirected', openUrl: 'http://portal.example/check' })], { gateway: null }),
  'allow-outside-checks': report(verdict('unknown', 'unknown', 'allow-outside-checks', paths('unknown', 'unknown', 'unknown', 'unknown')), [{ ...waiting('nat'), state: 'skipped', says: 'no-consent' }, { ...waiting('probe'), state: 'skipped', says: 'no-consent' }], { consent: false }),
  'no-servers': report(verdict('unknown', 'unknown', 'allow-outside-checks', paths('unknown', 'unknown', 'unknown', 'unknown')), [], { consent: false, servers: [] }),
  unknown: report(verdict('unknown', 'unknown', 'check-again', paths('unknown', 'unknown', 'unknown', 'unknown')), [done('nat', 'unknown', 'unknown', { udp: 'unknown' })]),
  'server-inside': report(verdict('unknown', 'unknown', 'check-again', nowhere, { server: '127.0.0.1:8469', reason: 'not-outside' }), unasked('not-outside', 'not-outside', '127.0.0.1:8469'), { servers: [{ kind: 'probe', address: '127.0.0.1:8469', from: 'settings' }] }),
  'server-not-found': report(verdict('unknown', 'unknown', 'check-again', nowhere, { server: probeServer, reason: 'server-not-found' }), unasked('server-not-found', 'no-address', probeServer)),
  'server-silent': report(verdict('unknown', 'unknown', 'check-again', nowhere, { server: probeServer, reason: 'server-silent' }), unasked('server-silent', 'timeout', probeServer)),
  wait: report(verdict('moderate', 'good', 'wait', paths('moderate', 'unknown', 'unknown', 'unknown'))),
  running: report(verdict('unknown', 'unknown', 'check-again', paths('unknown', 'unknown', 'unknown', 'unknown')), [
    { ...waiting('probe'), state: 'running', startedAt }, { ...waiting('latency'), state: 'running', startedAt }, waiting('nat-layers'), { ...waiting('path-mtu'), state: 'cancelled' },
  ], { state: 'running', finishedAt: null }),
  never: connectivityOf({ servers: [{ kind: 'stun', address: 'stun.example:3478', from: 'settings' }, { kind: 'stun', address: 'stun.other.example:443', from: 'settings' }] }),
  'never-allowed': connectivityOf({ consent: true }),
};
