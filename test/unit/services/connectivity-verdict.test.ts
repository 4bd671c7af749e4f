// From what was measured to what it means and the one thing to do, for every kind of network.
import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import type { CheckId } from '../../../contract/index.ts';
import { Verdict } from '../../../contract/index.ts';
import { judgeConnectivity } from '../../../main/services/connectivity-verdict.ts';
import type { CheckFinding, Evidence, MappingFinding } from '../../../main/services/connectivity-verdict.ts';

type Facts = CheckFinding['facts'];
const ok = (facts: Facts = {}): CheckFinding => ({ outcome: 'ok', facts });
const warning = (facts: Facts = {}): CheckFinding => ({ outcome: 'warning', facts });
const problem = (facts: Facts = {}): CheckFinding => ({ outcome: 'problem', facts });

const noIpv6: CheckFinding = { outcome: 'not-applicable', facts: { globalAddress: null } };
const mapped: MappingFinding[] = [
  { protocol: 'tcp', family: 4, confirmed: true, externalAddressIsPublic: true, errorCode: null },
  { protocol: 'udp', family: 4, confirmed: true, externalAddressIsPublic: true, errorCode: null },
];
const refused: MappingFinding[] = mapped.map((one) => ({ ...one, confirmed: false, errorCode: 'refused' }));
const cone = ok({ udp: 'open', mapping: 'endpoint-independent', tcpWorks: true });
const symmetric = warning({ udp: 'open', mapping: 'address-and-port-dependent', tcpWorks: true });
const single = ok({ layers: 'single' });
const reachable = ok({ tcp: 'reachable', udp: 'reachable' });
const noHelp = (reason: string, server: string): CheckFinding => ({ outcome: 'unknown', facts: { reason, server } });
const inside = noHelp('not-outside', '127.0.0.1:8469');
const unreachable = problem({ tcp: 'unreachable', udp: 'unreachable' });

const evidence = (findings: Partial<Record<CheckId, CheckFinding>>, change: Partial<Evidence> = {}): Evidence => ({
  findings: new Map(Object.entries(findings) as [CheckId, CheckFinding][]), mappings: [], gatewayTalks: null, inbound: [], consent: true,
  ownAddress: '192.168.1.10', listenPort: 51_413, ...change,
});

describe('the verdict', () => {
  it.each<[string, Evidence, string]>([
    ['somebody outside connected', evidence({}, { inbound: [{ transport: 'tcp', family: 4 }] }), 'open best none'],
    ['somebody came over IPv6 alone', evidence({ 'nat-layers': problem({ layers: 'carrier' }) }, { inbound: [{ transport: 'tcp', family: 6 }] }), 'open best none'],
    ['a probe reached us', evidence({ probe: reachable, nat: cone, 'nat-layers': single, ipv6: noIpv6 }, { mappings: mapped, gatewayTalks: true }), 'open best none'],
    ['a public address and no router', evidence({ nat: ok({ udp: 'open', mapping: 'direct', tcpWorks: true }), 'nat-layers': ok({ layers: 'none' }), ipv6: noIpv6 }), 'moderate good none'],
    ['a public address behind its own firewall', evidence({ nat: ok({ udp: 'open', mapping: 'direct', tcpWorks: true }), probe: unreachable, ipv6: noIpv6 }), 'moderate good allow-in-firewall'],
    ['a mapping that the router lists, nothing asked outside', evidence({}, { mappings: mapped, gatewayTalks: true, consent: false }), 'moderate good allow-outside-checks'],
    ['a mapping and no probe', evidence({ nat: cone, 'nat-layers': single, ipv6: noIpv6 }, { mappings: mapped, gatewayTalks: true }), 'moderate good none'],
    ['a mapping, and nobody gets through to this machine', evidence({ nat: cone, 'nat-layers': single, probe: unreachable, ipv6: noIpv6 }, { mappings: mapped, gatewayTalks: true }), 'moderate good allow-in-firewall'],
    ['a router that talks to nobody', evidence({ nat: cone, 'nat-layers': single, probe: unreachable, ipv6: noIpv6 }, { gatewayTalks: false }), 'moderate good turn-on-upnp'],
    ['a symmetric router that talks to nobody', evidence({ nat: symmetric, 'nat-layers': single, probe: unreachable, ipv6: noIpv6 }, { gatewayTalks: false }), 'strict fewer-people turn-on-upnp'],
    ['a router that refuses', evidence({ nat: symmetric, 'nat-layers': single, ipv6: noIpv6 }, { mappings: refused, gatewayTalks: true }), 'strict fewer-people forward-port'],
    ['carrier NAT without IPv6', evidence({ nat: symmetric, 'nat-layers': problem({ layers: 'carrier' }), ipv6: noIpv6 }, { mappings: mapped, gatewayTalks: true }), 'strict fewer-people ask-provider'],
    ['carrier NAT with IPv6', evidence({ nat: symmetric, 'nat-layers': problem({ layers: 'carrier' }), ipv6: ok({ globalAddress: '2001:db8::1' }) }), 'strict fewer-people use-ipv6'],
    ['carrier NAT with IPv6 behind a firewall', evidence({ nat: symmetric, 'nat-layers': problem({ layers: 'carrier' }), ipv6: ok({ globalAddress: '2001:db8::1' }), probe6: unreachable }), 'strict fewer-people open-ipv6-firewall'],
    ['two routers in a row', evidence({ nat: symmetric, 'nat-layers': warning({ layers: 'double' }), ipv6: noIpv6 }, { gatewayTalks: true }), 'strict fewer-people bridge-mode'],
    ['UDP blocked', evidence({ nat: problem({ udp: 'blocked', tcpWorks: true }), 'nat-layers': single, probe: problem({ tcp: 'unreachable', udp: 'not-asked' }), ipv6: noIpv6 }, { gatewayTalks: false }), 'strict slow turn-on-upnp'],
    ['a network that wants one to sign in', evidence({ 'captive-portal': problem({ portal: true, openUrl: 'http://portal.example/' }), ipv6: noIpv6 }), 'blocked none sign-in-to-network'],
    ['nothing passes', evidence({ vpn: { outcome: 'unknown', facts: { isOnline: false } } }), 'blocked none use-other-network'],
    ['a VPN', evidence({ vpn: warning({ vpn: true, vpnInterface: 'wg0' }), nat: symmetric, 'nat-layers': single, ipv6: noIpv6 }, { gatewayTalks: false }), 'strict fewer-people leave-vpn'],
    ['a hole for large packets', evidence({ probe: reachable, 'path-mtu': problem({ tcpUpMtu: 1400 }) }), 'open slow lower-mtu'],
    ['a hole for large packets behind a closed router', evidence({ nat: cone, 'nat-layers': single, probe: unreachable, ipv6: noIpv6, 'path-mtu': problem({ tcpUpMtu: 1400 }) }, { gatewayTalks: false }), 'moderate slow lower-mtu'],
    ['a hole for large packets in a VPN', evidence({ vpn: warning({ vpn: true }), nat: symmetric, probe: unreachable, ipv6: noIpv6, 'path-mtu': problem() }), 'strict slow leave-vpn'],
    ['UDP blocked, and no probe server yet', evidence({ nat: problem({ udp: 'blocked', tcpWorks: true }), ipv6: noIpv6 }, { gatewayTalks: false }), 'strict slow turn-on-upnp'],
    ['several servers that nothing gets to', evidence({ nat: { outcome: 'unknown', facts: { udp: 'unknown', tcpWorks: false, serversAsked: 2 } }, ipv6: noIpv6 }, { gatewayTalks: false }), 'blocked none use-other-network'],
    ['one server that does not answer', evidence({ nat: { outcome: 'unknown', facts: { udp: 'unknown', tcpWorks: false, serversAsked: 1 } }, ipv6: noIpv6 }, { gatewayTalks: false }), 'unknown unknown check-again'],
    ['UDP over IPv6 alone, which nothing here listens for', evidence({ nat: symmetric, 'nat-layers': single, probe: unreachable, ipv6: ok({ globalAddress: '2001:db8::1', outwardTcp: true }), probe6: warning({ tcp: 'unreachable', udp: 'reachable' }) }, { gatewayTalks: false }), 'strict fewer-people turn-on-upnp'],
    ['a line that gets slow to answer', evidence({ probe: reachable, latency: problem({ bloated: true, gatewayIdleMs: 3, gatewayLoadedMs: 400 }) }), 'open best set-qos'],
    ['IPv6 alone, as the system says', evidence({ network: ok({ isOnline: true, address: null }), nat: { outcome: 'unknown', facts: { udp: 'unknown', reason: 'no-server' } }, ipv6: ok({ globalAddress: '2001:db8::1', outwardTcp: true }), probe6: unreachable }), 'strict fewer-people open-ipv6-firewall'],
    ['IPv6 alone, before anything came back over it', evidence({ network: ok({ isOnline: true, address: null }) }), 'unknown unknown check-again'],
    ['IPv6 alone', evidence({ nat: { outcome: 'unknown', facts: { udp: 'unknown', reason: 'no-route' } }, ipv6: ok({ globalAddress: '2001:db8::1', outwardTcp: true, outwardUdp: true }), probe6: reachable }), 'open best none'],
    ['IPv6 alone behind a firewall', evidence({ nat: { outcome: 'unknown', facts: { udp: 'unknown' } }, ipv6: ok({ globalAddress: '2001:db8::1', outwardTcp: true }), probe6: unreachable }), 'strict fewer-people open-ipv6-firewall'],
    ['nothing known, nothing allowed', evidence({}, { consent: false }), 'unknown unknown allow-outside-checks'],
    ['nothing known', evidence({}), 'unknown unknown check-again'],
    ['servers that stand inside', evidence({ nat: inside, probe: inside, 'path-mtu': inside, ipv6: noIpv6 }, { gatewayTalks: false }), 'unknown unknown check-again'],
    ['servers that stand inside, and a mapping that the router lists', evidence({ nat: inside, probe: inside, ipv6: noIpv6 }, { mappings: mapped, gatewayTalks: true }), 'moderate good none'],
  ])('%s', (_name, given, wanted) => {
    const verdict = judgeConnectivity(given);
    expect(`${verdict.reach} ${verdict.means} ${verdict.action.kind}`).toBe(wanted);
    if (verdict.action.kind === 'open-ipv6-firewall') expect(verdict.action.facts).toEqual({ address: '2001:db8::1', port: 51_413 });
    expect(verdict.paths).toHaveLength(4);
  });

  it.each<[string, Partial<Record<CheckId, CheckFinding>>, Record<string, string>]>([
    ['stands inside', { probe: inside }, { server: '127.0.0.1:8469', reason: 'not-outside' }],
    ['is not found', { probe: noHelp('no-address', 'probe.example:1'), probe6: noHelp('no-address', 'probe.example:1') }, { server: 'probe.example:1', reason: 'server-not-found' }],
    ['does not answer over IPv6, and has no IPv4', { probe: noHelp('no-address', 'probe.example:1'), probe6: noHelp('timeout', 'probe.example:1') }, { server: 'probe.example:1', reason: 'server-silent' }],
    ['does not answer', { probe: noHelp('unreachable', 'probe.example:1') }, { server: 'probe.example:1', reason: 'server-silent' }],
    ['is a STUN server that does not answer', { nat: noHelp('timeout', 'stun.example:3478') }, { server: 'stun.example:3478', reason: 'server-silent' }],
    ['is something else', { probe: noHelp('no-probe-server', 'www.example:80'), nat: noHelp('timeout', 'stun.example:3478') }, { server: 'www.example:80', reason: 'server-other' }],
    ['has no IPv6, which is no news', { probe6: noHelp('no-address', 'probe.example:1') }, {}],
    ['was not the cause', { probe: noHelp('cancelled', 'probe.example:1') }, {}],
  ])('names the server that was to tell when it %s', (_name, findings, facts) => {
    expect(judgeConnectivity(evidence(findings)).action).toEqual({ kind: 'check-again', facts });
  });

  const finding = fc.record({
    outcome: fc.constantFrom('ok', 'problem', 'warning', 'unknown', 'not-applicable'),
    facts: fc.dictionary(
      fc.constantFrom('udp', 'mapping', 'tcpWorks', 'layers', 'tcp', 'globalAddress', 'outwardTcp', 'outwardUdp', 'portal', 'vpn', 'isOnline', 'bloated', 'openUrl'),
      fc.constantFrom('open', 'blocked', 'reachable', 'unreachable', 'carrier', 'double', 'single', 'direct', 'endpoint-independent', true, false, null, 7),
    ),
  }) as fc.Arbitrary<CheckFinding>;
  const anything = fc.record({
    findings: fc.dictionary(fc.constantFrom('nat', 'nat-layers', 'ipv6', 'probe', 'probe6', 'captive-portal', 'vpn', 'path-mtu', 'latency'), finding),
    mappings: fc.array(fc.record({
      protocol: fc.constantFrom('tcp' as const, 'udp' as const), family: fc.constantFrom(4 as const, 6 as const), confirmed: fc.boolean(), externalAddressIsPublic: fc.boolean(),
      errorCode: fc.constantFrom(null, 'refused', 'not-allowed'),
    }), { maxLength: 4 }),
    gatewayTalks: fc.constantFrom(null, true, false), consent: fc.boolean(),
    inbound: fc.array(fc.record({ transport: fc.constantFrom('tcp' as const, 'udp' as const), family: fc.constantFrom(4 as const, 6 as const) }), { maxLength: 2 }),
  });

  it('never calls a path open without a connection from outside, and never advises a port forwarding behind carrier NAT', () => {
    fc.assert(fc.property(anything, ({ findings, ...rest }) => {
      const given: Evidence = { ...rest, findings: new Map(Object.entries(findings) as [CheckId, CheckFinding][]), ownAddress: null, listenPort: 1 };
      const verdict = judgeConnectivity(given);
      expect(Verdict.safeParse(verdict).success).toBe(true);
      const seen = given.inbound.length > 0 || [...given.findings].some(([id, { facts }]) => id.startsWith('probe') && (facts.tcp === 'reachable' || facts.udp === 'reachable'));
      if (!seen) expect(verdict.reach).not.toBe('open');
      if (given.findings.get('nat-layers')?.facts.layers === 'carrier') expect(['forward-port', 'turn-on-upnp', 'bridge-mode']).not.toContain(verdict.action.kind);
    }), { numRuns: 3000 });
  });
});
