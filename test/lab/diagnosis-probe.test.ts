// The checks that need somebody outside: reached from there or not, large packets, sign-in pages, TURN, IPv6 with and without a firewall, VPNs.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { buildHome, buildInternet, COTURN, diagnose, PING, PROBE, PROBE_IPV6, ROUTER_WAN, routerRules, startCoturn, startProbe, STUN } from './diagnosis-world.ts';
import { counter, labLacks, labNetwork, removeNetworks } from './lab-network.ts';
import type { LabNetwork } from './lab-network.ts';
import { leaveNothingBehind, until } from '../support/processes.ts';

const lacks = labLacks(COTURN, PING);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const listener = fileURLToPath(new URL('diagnosis-listener.ts', import.meta.url));

async function listen(network: LabNetwork, namespace: string, port: number, role = 'peer'): Promise<void> {
  const program = await network.start(namespace, role, process.execPath, [listener, String(port), role]);
  await until(`${role} listens`, () => program.stdout.includes('ready'), { withinMs: 60_000, everyMs: 30, describe: () => program.tail() });
}

const asked = { probe: PROBE, family: 4, tcpPort: 6881, udpPort: 6881, udpKind: 'dht' };

it.skipIf(lacks)('says reachable for forwarded ports, unreachable for closed ones, and that the question came from a stranger', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, { prerouting: 'iifname "wan0" meta l4proto { tcp, udp } th dport 6881 dnat ip to 192.168.1.10' });
  await Promise.all([startProbe(network), listen(network, 'pc', 6881)]);
  const [open, closed, tcpOnly, echo] = await diagnose(network, [
    { name: 'reachability', context: asked },
    { name: 'reachability', context: { ...asked, tcpPort: 6882, udpPort: 6882 } },
    { name: 'reachability', context: { ...asked, udpPort: 6882 } },
    { name: 'reachability', context: { ...asked, tcpPort: null, udpPort: 6883, udpKind: 'echo' } },
  ]);
  expect(open).toMatchObject({ outcome: 'ok', facts: { tcp: 'reachable', udp: 'reachable', observedAddress: ROUTER_WAN, isFromStranger: true } });
  expect(closed).toMatchObject({ outcome: 'problem', facts: { tcp: 'unreachable', udp: 'unreachable' } });
  expect(tcpOnly).toMatchObject({ outcome: 'warning', facts: { tcp: 'reachable', udp: 'unreachable' } });
  expect(echo).toMatchObject({ outcome: 'problem', facts: { tcp: 'not-asked', udp: 'unreachable' } });
  // A fifth port within ten minutes is more than one program needs: nothing is said, instead of something wrong.
  const [fifth, low] = await diagnose(network, [
    { name: 'reachability', context: { ...asked, tcpPort: 7001, udpPort: 7002 } }, { name: 'reachability', context: { ...asked, tcpPort: 22, udpPort: null } },
  ]);
  expect(fifth).toMatchObject({ outcome: 'unknown', facts: { tcp: 'unknown', reason: 'not-allowed' } });
  expect(low).toMatchObject({ outcome: 'not-applicable' });
});

it.skipIf(lacks)('does not take a router that lets in whom one has spoken to for an open one', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {
    before: 'set spoken { type ipv4_addr; flags dynamic,timeout; timeout 60s; }',
    beforeForward: 'iifname "lan0" oifname "wan0" update @spoken { ip daddr }',
    prerouting: 'iifname "wan0" ip saddr @spoken meta l4proto { tcp, udp } th dport 6881 dnat ip to 192.168.1.10',
  });
  await Promise.all([
    startProbe(network), startProbe(network, 'inet', ['--bind', '25.0.0.2', '--port', '9000']), listen(network, 'pc', 6881),
  ]);
  const [stranger, known] = await diagnose(network, [
    { name: 'reachability', context: asked }, { name: 'reachability', context: { ...asked, probe: { host: '25.0.0.2', port: 9000 } } },
  ]);
  expect(stranger).toMatchObject({ outcome: 'problem', facts: { tcp: 'unreachable', udp: 'unreachable', isFromStranger: true } });
  // Without a second address the server sees it open, and says that it is no stranger.
  expect(known).toMatchObject({ outcome: 'ok', facts: { isFromStranger: false } });
});

it.skipIf(lacks)('says unknown, not unreachable, when no probe server answers', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {});
  await listen(network, 'inet', 8080, 'exact');
  const [none, other] = await diagnose(network, [
    { name: 'reachability', context: asked }, { name: 'reachability', context: { ...asked, probe: { host: '25.0.0.4', port: 8080 } } },
  ]);
  expect(none).toMatchObject({ outcome: 'unknown', facts: { tcp: 'unknown', udp: 'unknown', reason: 'unreachable' } });
  expect(other).toMatchObject({ outcome: 'unknown', facts: { tcp: 'unknown' } });
});

/** pc -1500- r -1500- isp -[mtu]- core -1500- inet */
function buildNarrowPath(network: LabNetwork, mtu: number): void {
  network.add('inet', 'core', 'isp', 'r', 'pc');
  const lines = [['pc', 'eth0', 'r', 'lan0'], ['r', 'wan0', 'isp', 'in0'], ['isp', 'out0', 'core', 'a0'], ['core', 'b0', 'inet', 'eth0']] as const;
  for (const [one, oneName, other, otherName] of lines) network.cable(one, oneName, other, otherName);
  const addresses = [
    ['pc', 'eth0', '192.168.1.10'], ['r', 'lan0', '192.168.1.1'], ['r', 'wan0', '25.0.0.100'], ['isp', 'in0', '25.0.0.1'], ['isp', 'out0', '25.0.1.1'],
    ['core', 'a0', '25.0.1.2'], ['core', 'b0', '25.0.2.1'], ['inet', 'eth0', '25.0.2.2'],
  ] as const;
  for (const [namespace, device, address] of addresses) network.ip(namespace, `addr add ${address}/24 dev ${device}`);
  for (const [namespace, via] of [['pc', '192.168.1.1'], ['r', '25.0.0.1'], ['isp', '25.0.1.2'], ['inet', '25.0.2.1']] as const) network.ip(namespace, `route add default via ${via}`);
  network.ip('core', 'route add 25.0.0.0/24 via 25.0.1.1');
  for (const namespace of ['r', 'isp', 'core']) network.forward(namespace);
  network.ip('isp', `link set out0 mtu ${mtu}`);
  network.ip('core', `link set a0 mtu ${mtu}`);
  network.nft('r', routerRules({}));
}

const silent = 'table inet f { chain o { type filter hook output priority 0; icmp type destination-unreachable icmp code frag-needed drop; }\n}\n';
const clamp = 'table inet m { chain f { type filter hook forward priority -150; tcp flags syn tcp option maxseg size set 1360; }\n}\n';

it.skipIf(lacks).each([
  { name: 'a clean path', mtu: 1_500, isSilent: false, isClamped: false, outcome: 'ok', facts: { tcpUp: 'ok', tcpDown: 'ok', pingMtu: 1_500 } },
  { name: 'a black hole', mtu: 1_400, isSilent: true, isClamped: false, outcome: 'problem', facts: { tcpUp: 'black-hole', tcpDown: 'black-hole', tcpUpMtu: 1_400, tcpDownMtu: 1_400, pingMtu: 1_400 } },
  { name: 'a small path that says so', mtu: 1_400, isSilent: false, isClamped: false, outcome: 'warning', facts: { tcpUp: 'ok', tcpDown: 'ok', pingMtu: 1_400, hintedMtu: 1_400 } },
  { name: 'a black hole that the router works around', mtu: 1_400, isSilent: true, isClamped: true, outcome: 'warning', facts: { tcpUp: 'ok', tcpDown: 'ok', pingMtu: 1_400 } },
])('finds out how large packets may be: $name', async ({ name, mtu, isSilent, isClamped, outcome, facts }) => {
  const network = labNetwork();
  buildNarrowPath(network, mtu);
  if (isSilent) for (const namespace of ['isp', 'core']) network.nft(namespace, silent);
  if (isClamped) network.nft('isp', clamp);
  await startProbe(network, 'inet', ['--bind', '25.0.2.2']);
  const [result] = await diagnose(network, [{ name: 'mtu', context: { family: 4, probe: { host: '25.0.2.2', port: 8469 }, pingTarget: '25.0.2.2' } }]);
  console.log(`${name}: ${JSON.stringify(result!.facts)} in ${result!.tookMs} ms`);
  expect(result).toMatchObject({ outcome, facts });
});

it.skipIf(lacks)('sees the sign-in page of a network, whether it redirects or answers itself', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {});
  await Promise.all([listen(network, 'inet', 80, 'exact'), listen(network, 'r', 8080, 'redirect'), listen(network, 'r', 8081, 'login')]);
  const portal = [{ name: 'portal', context: { probes: [{ url: 'http://25.0.0.1/', expectedBody: 'success' }] } }];
  expect((await diagnose(network, portal))[0]).toMatchObject({ outcome: 'ok', facts: { portal: false, evidence: 'exact' } });
  const capture = (port: number): string => `table ip p { chain pre { type nat hook prerouting priority -110; iifname "lan0" tcp dport 80 redirect to :${port}; }\n}\n`;
  network.nft('r', capture(8080));
  expect((await diagnose(network, portal))[0]).toMatchObject({ outcome: 'problem', facts: { portal: true, evidence: 'redirected', openUrl: 'http://25.0.0.1/' } });
  network.nft('r', `flush table ip p\n${capture(8081)}`);
  expect((await diagnose(network, portal))[0]).toMatchObject({ outcome: 'problem', facts: { portal: true, evidence: 'other-content' } });
  network.nft('r', 'flush table ip p\ntable ip p { chain f { type filter hook forward priority -10; tcp dport 80 drop; }\n}\n');
  expect((await diagnose(network, portal))[0]).toMatchObject({ outcome: 'unknown', facts: { portal: null, evidence: 'no-answer' } });
});

it.skipIf(lacks)('tells a good TURN server from a wrong password and from silence, over UDP and TCP, from behind a symmetric router', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, { masquerade: 'random,fully-random' });
  const coturn = await startCoturn(network);
  const turn = { server: STUN[0], username: 'lab', password: 'labpass', family: 4 };
  const turns = (['udp', 'tcp'] as const).flatMap((transport) => [
    { name: 'turn', context: { ...turn, transport } }, { name: 'turn', context: { ...turn, transport, password: 'nope' } },
    { name: 'turn', context: { ...turn, transport, server: { host: '25.0.0.99', port: 3478 } } },
  ]);
  const results = await diagnose(network, turns);
  console.log(results.map(({ facts, tookMs }) => `${facts.transport} ${facts.state} ${facts.errorCode} ${tookMs} ms`).join('; '));
  expect(results.map(({ outcome, facts }) => [facts.transport, outcome, facts.state])).toEqual([
    ['udp', 'ok', 'ok'], ['udp', 'problem', 'wrong-password'], ['udp', 'unknown', 'no-answer'],
    ['tcp', 'ok', 'ok'], ['tcp', 'problem', 'wrong-password'], ['tcp', 'unknown', 'no-answer'],
  ]);
  expect(results[0]!.facts.relayAddress).toBe('25.0.0.2');
  // What was allocated was given back.
  await until('both allocations are deleted', () => (coturn.stdout.match(/refreshed.*lifetime=0|delete: realm/g) ?? []).length >= 2, { withinMs: 10_000, describe: () => coturn.tail(4_000) });
});

it.skipIf(lacks)('times the first router beyond the own one, and nothing of it gets any further', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {}, { wan: '100.64.0.2', gateway: '100.64.0.1' });
  network.nft('inet', 'table inet filter {\n  counter seen { }\n  chain input { type filter hook input priority 0; policy accept;\n    ip protocol icmp counter name seen\n  }\n}\n');
  network.nft('isp', 'table inet hops {\n  counter asked { }\n  chain input { type filter hook input priority 0; policy accept;\n    icmp type echo-request counter name asked\n  }\n}\n');
  const [hop] = await diagnose(network, [{ name: 'hop', context: { towards: '25.0.0.2' } }]);
  console.log(`A round trip to the provider: ${String(hop!.facts.ms)} ms`);
  expect(hop!.facts.ms).toBeGreaterThan(0);
  expect(counter(network, 'inet', 'seen')).toBe(0);
  expect(network.run('isp', '/usr/sbin/nft', ['list', 'counter', 'inet', 'hops', 'asked'])).toMatch(/packets [23] /);
  // Somebody in the own network is no way out.
  const [near] = await diagnose(network, [{ name: 'hop', context: { towards: '192.168.1.1' } }]);
  expect(near!.facts.ms).toBeNull();
});

function addIpv6(network: LabNetwork, isFirewalled: boolean): void {
  network.ip('r', 'addr add 2a00:1:2:3::1/64 dev lan0 nodad');
  network.ip('r', 'addr add 2a00:9::100/64 dev wan0 nodad');
  network.ip('r', 'route add default via 2a00:9::1');
  network.ip('pc', 'addr add 2a00:1:2:3::10/64 dev eth0 nodad');
  network.ip('pc', 'route add default via 2a00:1:2:3::1');
  network.nft('r', 'insert rule inet filter forward meta l4proto ipv6-icmp accept');
  if (!isFirewalled) network.nft('r', 'insert rule inet filter forward meta nfproto ipv6 accept');
}

it.skipIf(lacks).each([
  { name: 'open to IPv6', isFirewalled: false, outcome: 'ok', reach: 'reachable' },
  { name: 'with a firewall for IPv6', isFirewalled: true, outcome: 'problem', reach: 'unreachable' },
])('sees a network that is IPv6 alone, $name', async ({ isFirewalled, outcome, reach }) => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {});
  network.ip('pc', 'addr del 192.168.1.10/24 dev eth0');
  addIpv6(network, isFirewalled);
  await Promise.all([startProbe(network), listen(network, 'pc', 6881)]);
  const [ipv6, reachable, nat4, nat6, interference] = await diagnose(network, [
    { name: 'ipv6', context: { stunServers: [PROBE_IPV6], tcpServers: [PROBE_IPV6] } },
    { name: 'reachability', context: { ...asked, family: 6, probe: PROBE_IPV6, udpKind: 'echo' } },
    { name: 'nat', context: { family: 4, stunServers: STUN } },
    { name: 'nat', context: { family: 6, stunServers: [PROBE_IPV6] } },
    { name: 'vpn' },
  ]);
  expect(ipv6).toMatchObject({ outcome: 'ok', facts: { globalAddress: '2a00:1:2:3::10', outwardUdp: true, outwardTcp: true, isTranslated: false } });
  expect(reachable).toMatchObject({ outcome, facts: { tcp: reach, udp: reach, observedAddress: '2a00:1:2:3::10', isFromStranger: true } });
  expect(nat4).toMatchObject({ outcome: 'unknown', facts: { reason: 'no-route' } });
  expect(nat6).toMatchObject({ outcome: 'ok', facts: { mapping: 'direct', filtering: isFirewalled ? 'address-and-port-dependent' : 'endpoint-independent' } });
  expect(interference).toMatchObject({ outcome: 'ok', facts: { vpn: false, isOnline: true } });
});

it.skipIf(lacks)('sees that there is no IPv6, that IPv6 leads nowhere, and that a tunnel takes the traffic', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {});
  await startProbe(network);
  const ipv6 = { name: 'ipv6', context: { stunServers: [PROBE_IPV6], tcpServers: [PROBE_IPV6] } };
  expect((await diagnose(network, [ipv6]))[0]).toMatchObject({ outcome: 'not-applicable', facts: { globalAddress: null } });
  addIpv6(network, true);
  network.ip('inet', 'route del 2a00:1:2:3::/64 via 2a00:9::100');
  const [broken, before] = await diagnose(network, [ipv6, { name: 'vpn' }]);
  expect(broken).toMatchObject({ outcome: 'warning', facts: { globalAddress: '2a00:1:2:3::10', outwardUdp: false, outwardTcp: false } });
  expect(before).toMatchObject({ outcome: 'ok', facts: { vpn: false } });
  // Somebody must hold the tunnel, as a VPN's program does; else it counts as unplugged.
  const hold = 'import fcntl,struct,time; t=open("/dev/net/tun","r+b",buffering=0); fcntl.ioctl(t,0x400454ca,struct.pack("16sH",b"home7",0x1001)); print("ready",flush=True); time.sleep(100)';
  const vpn = await network.start('pc', 'vpn', '/usr/bin/python3', ['-c', hold]);
  await until('the tunnel is there', () => vpn.stdout.includes('ready'), { describe: () => vpn.tail() });
  network.ip('pc', 'addr add 10.8.0.2/24 dev home7');
  network.ip('pc', 'link set home7 up');
  network.ip('pc', 'route add 0.0.0.0/1 dev home7');
  expect((await diagnose(network, [{ name: 'vpn' }]))[0]).toMatchObject({ outcome: 'warning', facts: { vpn: true, vpnInterface: 'home7', vpnKind: 'tunnel', vpnFamilies: '4' } });
});

it.skipIf(lacks)('measures the round trip to the router and to the probe server', async () => {
  const network = labNetwork();
  buildInternet(network);
  buildHome(network, {});
  await startProbe(network);
  const [result] = await diagnose(network, [{ name: 'latency', context: { family: 4, gateway: '192.168.1.1', probe: PROBE, load: null } }]);
  expect(result).toMatchObject({ outcome: 'ok', facts: { bloated: null, probeLoadedMs: null } });
  expect(typeof result!.facts.gatewayIdleMs).toBe('number');
  expect(typeof result!.facts.probeIdleMs).toBe('number');
});
