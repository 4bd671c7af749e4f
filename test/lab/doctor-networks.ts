// The networks that people sit in, for whole runs of `flashswarm doctor`: homes, hotels, carriers, tunnels, IPv6 alone.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, until } from '../support/processes.ts';
import { buildHome, buildInternet, HOME_ADDRESS, plug, ROUTER_WAN, routerRules, startProbe } from './diagnosis-world.ts';
import type { RouterRules } from './diagnosis-world.ts';
import { MINIUPNPD } from './home-router.ts';
import type { LabNetwork } from './lab-network.ts';

export const SOCAT = '/usr/bin/socat';
export const PROBE_TEXT = '25.0.0.4:8469';
export const PROBE_IPV6_TEXT = '[2a00:9::4]:8469';
/** What the page behind it answers to everybody who is signed in. */
export const PORTAL_TEXT = 'http://25.0.0.1/ success';
const VPN_SERVER = '25.0.0.6';
const CARRIER = { wan: '100.64.0.2', gateway: '100.64.0.1' };
const SECOND_ROUTER = { wan: '192.168.100.2', gateway: '192.168.100.1' };

const webServer = fileURLToPath(new URL('diagnosis-listener.ts', import.meta.url));

/** The chains of miniupnpd, among the rules of a router. */
const WITH_IGD: RouterRules = {
  before: 'chain miniupnpd { }\n  chain prerouting_miniupnpd { }\n  chain postrouting_miniupnpd { }',
  prerouting: 'iifname "wan0" jump prerouting_miniupnpd', postrouting: 'jump postrouting_miniupnpd', forward: 'jump miniupnpd',
};

/** Debian's miniupnpd on "r", with UPnP, PCP and NAT-PMP. */
export async function startIgd(network: LabNetwork, more: string[] = []): Promise<void> {
  const folder = temporaryFolder('igd');
  const file = path.join(folder, 'miniupnpd.conf');
  writeFileSync(file, [
    'ext_ifname=wan0', 'listening_ip=lan0', 'http_port=5000', 'enable_natpmp=yes', 'enable_upnp=yes', 'secure_mode=yes', 'system_uptime=no', 'notify_interval=60',
    'uuid=2b5a87c6-8f57-4d67-937a-a6524942eee5', 'upnp_table_name=filter', 'upnp_nat_table_name=filter', 'upnp_forward_chain=miniupnpd',
    'upnp_nat_chain=prerouting_miniupnpd', 'upnp_nat_postrouting_chain=postrouting_miniupnpd', 'friendly_name=Lab router', 'manufacturer_name=Lab makers', 'model_name=Lab 1',
    ...more, 'allow 1024-65535 192.168.1.0/24 1024-65535', 'deny 0-65535 0.0.0.0/0 0-65535', '',
  ].join('\n'));
  await network.start('r', 'miniupnpd', MINIUPNPD, ['-d', '-f', file, '-P', path.join(folder, 'pid')], { graceMs: 2_000 });
  await network.untilListening('r', 'tcp', 5000);
  await network.untilListening('r', 'udp', 5351);
}

async function webPage(network: LabNetwork, namespace: string, port: number, role: string): Promise<void> {
  const program = await network.start(namespace, role, process.execPath, [webServer, String(port), role]);
  await until(`${role} listens`, () => program.stdout.includes('ready'), { withinMs: 60_000, everyMs: 30, describe: () => program.tail() });
}

/** "r" behind the internet, "pc" behind "r", and the probe server outside; `prepare` runs beside its start. */
function home(rules: RouterRules, isp: { wan: string; gateway: string } | null = null, prepare: (network: LabNetwork) => Promise<void> | void = () => {}) {
  return async (network: LabNetwork): Promise<void> => {
    buildInternet(network);
    buildHome(network, rules, isp);
    await Promise.all([startProbe(network), prepare(network)]);
  };
}

function addIpv6(network: LabNetwork, rules: string[]): void {
  network.ip('r', 'addr add 2a00:1:2:3::1/64 dev lan0 nodad');
  network.ip('r', 'addr add fe80::1/64 dev lan0 nodad');
  network.ip('r', 'addr add 2a00:9::100/64 dev wan0 nodad');
  network.ip('r', 'route add default via 2a00:9::1');
  network.ip('pc', 'addr add 2a00:1:2:3::10/64 dev eth0 nodad');
  network.ip('pc', 'route add default via fe80::1 dev eth0');
  for (const rule of ['meta l4proto ipv6-icmp accept', ...rules]) network.nft('r', `insert rule inet filter forward ${rule}`);
}

const ipv6Alone = (network: LabNetwork, rules: string[]): void => {
  network.ip('pc', 'addr del 192.168.1.10/24 dev eth0');
  addIpv6(network, rules);
};

/** pc -1500- r -1500- isp -[1400, without a word]- core -1500- inet; the port of the computer is forwarded by the router's mapping. */
async function blackHole(network: LabNetwork): Promise<void> {
  network.add('inet', 'core', 'isp', 'r', 'pc');
  const cables = [['pc', 'eth0', 'r', 'lan0'], ['r', 'wan0', 'isp', 'in0'], ['isp', 'out0', 'core', 'a0'], ['core', 'b0', 'inet', 'eth0']] as const;
  for (const [one, oneName, other, otherName] of cables) network.cable(one, oneName, other, otherName);
  const addresses = [
    ['pc', 'eth0', HOME_ADDRESS], ['r', 'lan0', '192.168.1.1'], ['r', 'wan0', ROUTER_WAN], ['isp', 'in0', '25.0.0.254'], ['isp', 'out0', '25.0.1.1'],
    ['core', 'a0', '25.0.1.2'], ['core', 'b0', '25.0.2.1'], ['inet', 'eth0', '25.0.2.4'], ['inet', 'eth0', '25.0.2.5'],
  ] as const;
  for (const [namespace, device, address] of addresses) network.ip(namespace, `addr add ${address}/24 dev ${device}`);
  for (const [namespace, via] of [['pc', '192.168.1.1'], ['r', '25.0.0.254'], ['isp', '25.0.1.2'], ['inet', '25.0.2.1']] as const) network.ip(namespace, `route add default via ${via}`);
  network.ip('core', 'route add 25.0.0.0/24 via 25.0.1.1');
  for (const namespace of ['r', 'isp', 'core']) network.forward(namespace);
  network.ip('isp', 'link set out0 mtu 1400');
  network.ip('core', 'link set a0 mtu 1400');
  network.nft('r', routerRules(WITH_IGD));
  for (const namespace of ['isp', 'core']) {
    network.nft(namespace, 'table inet f { chain o { type filter hook output priority 0; icmp type destination-unreachable icmp code frag-needed drop; }\n}\n');
  }
  await Promise.all([startIgd(network), startProbe(network, 'inet', ['--bind', '25.0.2.4', '--second-address', '25.0.2.5'])]);
}

/** A tunnel of datagrams to a server that translates, taken by everything but the tunnel itself. */
async function tunnel(network: LabNetwork): Promise<void> {
  network.add('vpn');
  plug(network, 'vpn', 'wan0', `${VPN_SERVER}/24`);
  network.ip('vpn', 'route add default via 25.0.0.1');
  network.forward('vpn');
  network.nft('vpn', routerRules({ forward: 'iifname "tun0" accept' }));
  await network.start('vpn', 'vpn server', SOCAT, ['UDP4-LISTEN:1194,reuseaddr', 'TUN:10.8.0.1/24,tun-name=tun0,iff-no-pi,up']);
  await network.untilListening('vpn', 'udp', 1194);
  await network.start('pc', 'vpn', SOCAT, [`UDP4:${VPN_SERVER}:1194`, 'TUN:10.8.0.2/24,tun-name=home7,iff-no-pi,up']);
  await until('the tunnel is up', () => network.run('pc', '/bin/sh', ['-c', 'cat /sys/class/net/home7/carrier 2>/dev/null || true']).trim() === '1', { withinMs: 10_000 });
  network.ip('pc', `route add ${VPN_SERVER}/32 via 192.168.1.1`);
  for (const half of ['0.0.0.0/1', '128.0.0.0/1']) network.ip('pc', `route add ${half} dev home7`);
  network.run('pc', '/usr/bin/ping', ['-c', '1', '-W', '2', '25.0.0.1']); // the server learns where the tunnel comes from
}

const toPc = `meta l4proto udp dnat ip to ${HOME_ADDRESS}`;
const closedIpv6 = 'blocked blocked';
const notKnown = { paths: `unknown unknown ${closedIpv6}`, says: 'unknown unknown check-again' };
const both = (server: string): string[] => ['--stun', server, '--probe', server];

export interface DoctorNetwork {
  name: string;
  build(network: LabNetwork): Promise<void>;
  /** Servers, when they are not the usual ones. */
  servers?: string[];
  /** TCP and UDP over IPv4, then over IPv6. */
  paths: string;
  /** The whole, what it means, and what to do. */
  says: string;
  /** The server that was to tell and could not, and why. */
  fault?: string;
}

export const DOCTOR_NETWORKS: DoctorNetwork[] = [
  {
    name: 'public address, no router', paths: `open open ${closedIpv6}`, says: 'open best none',
    async build(network) {
      buildInternet(network);
      network.add('pc');
      plug(network, 'pc', 'eth0', '25.0.0.50/24');
      network.ip('pc', 'route add default via 25.0.0.1');
      await startProbe(network);
    },
  },
  {
    name: 'public address, own firewall', paths: `strict moderate ${closedIpv6}`, says: 'moderate good allow-in-firewall',
    async build(network) {
      buildInternet(network);
      network.add('pc');
      plug(network, 'pc', 'eth0', '25.0.0.50/24');
      network.ip('pc', 'route add default via 25.0.0.1');
      network.nft('pc', 'table inet f { chain i { type filter hook input priority 0; policy drop; iifname "lo" accept; ct state established,related accept; meta l4proto { icmp, ipv6-icmp } accept; }\n}\n');
      await startProbe(network);
    },
  },
  { name: 'cone, router with UPnP', build: home(WITH_IGD, null, startIgd), paths: `open open ${closedIpv6}`, says: 'open best none' },
  { name: 'cone, router without UPnP', build: home({}), paths: `strict moderate ${closedIpv6}`, says: 'moderate good turn-on-upnp' },
  { name: 'full cone', build: home({ prerouting: `iifname "wan0" ${toPc}` }), paths: `strict open ${closedIpv6}`, says: 'open best none' },
  {
    name: 'restricted cone', paths: `strict moderate ${closedIpv6}`, says: 'moderate good turn-on-upnp',
    build: home({
      before: 'set spoken { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 60s; }',
      beforeForward: 'iifname "lan0" oifname "wan0" meta l4proto udp update @spoken { ip daddr . udp sport }',
      prerouting: `iifname "wan0" meta l4proto udp ip saddr . udp dport @spoken dnat ip to ${HOME_ADDRESS}`,
    }),
  },
  { name: 'symmetric', build: home({ masquerade: 'random,fully-random' }), paths: `strict strict ${closedIpv6}`, says: 'strict fewer-people turn-on-upnp' },
  {
    name: 'symmetric, router with UPnP', build: home({ ...WITH_IGD, masquerade: 'random,fully-random' }, null, startIgd),
    paths: `open open ${closedIpv6}`, says: 'open best none',
  },
  {
    name: 'full cone with hairpin', paths: `strict open ${closedIpv6}`, says: 'open best none',
    build: home({ prerouting: `ip daddr ${ROUTER_WAN} ${toPc}`, postrouting: 'iifname "lan0" oifname "lan0" masquerade' }),
  },
  { name: 'carrier NAT', build: home(WITH_IGD, CARRIER, startIgd), paths: `strict moderate ${closedIpv6}`, says: 'moderate good ask-provider' },
  {
    name: 'carrier NAT with open IPv6', paths: 'strict moderate open open', says: 'open best none', servers: ['--stun', PROBE_TEXT, '--probe', PROBE_TEXT, '--probe', PROBE_IPV6_TEXT],
    build: home(WITH_IGD, CARRIER, async (network) => {
      // The carrier translates IPv4 alone: IPv6 has a way of its own.
      network.cable('r', 'six0', 'inet', 'v-six');
      network.ip('inet', 'link set v-six master br0');
      addIpv6(network, ['meta nfproto ipv6 accept']);
      network.ip('r', 'addr del 2a00:9::100/64 dev wan0');
      network.ip('r', 'addr add 2a00:9::100/64 dev six0 nodad');
      network.ip('r', 'route replace default via 2a00:9::1 dev six0');
      await startIgd(network);
    }),
  },
  { name: 'two routers in a row', build: home(WITH_IGD, SECOND_ROUTER, startIgd), paths: `strict moderate ${closedIpv6}`, says: 'moderate good bridge-mode' },
  { name: 'UDP blocked', build: home({ beforeForward: 'meta l4proto udp drop' }), paths: `strict blocked ${closedIpv6}`, says: 'strict slow turn-on-upnp' },
  {
    name: 'hole for large packets', build: blackHole, servers: ['--stun', '25.0.2.4:8469', '--probe', '25.0.2.4:8469'],
    paths: `open open ${closedIpv6}`, says: 'open slow lower-mtu',
  },
  {
    name: 'hotel that wants a sign-in', servers: ['--stun', PROBE_TEXT, '--probe', PROBE_TEXT, '--portal', PORTAL_TEXT],
    paths: 'blocked blocked blocked blocked', says: 'blocked none sign-in-to-network',
    build: home({ beforeForward: 'iifname "lan0" drop' }, null, async (network) => {
      await webPage(network, 'r', 8080, 'redirect');
      network.nft('r', 'table ip p { chain pre { type nat hook prerouting priority -110; iifname "lan0" tcp dport 80 redirect to :8080; }\n}\n');
    }),
  },
  {
    name: 'hotel after the sign-in', servers: ['--stun', PROBE_TEXT, '--probe', PROBE_TEXT, '--portal', PORTAL_TEXT],
    paths: `strict moderate ${closedIpv6}`, says: 'moderate good turn-on-upnp', build: home({}, null, (network) => webPage(network, 'inet', 80, 'exact')),
  },
  { name: 'nothing gets out', servers: ['--stun', PROBE_TEXT, '--stun', '25.0.0.5:8469', '--probe', PROBE_TEXT], build: home({ beforeForward: 'drop' }), paths: `blocked blocked ${closedIpv6}`, says: 'blocked none use-other-network' },
  { name: 'VPN', build: home(WITH_IGD, null, async (network) => { await Promise.all([startIgd(network), tunnel(network)]); }), paths: `strict moderate ${closedIpv6}`, says: 'moderate good leave-vpn' },
  {
    name: 'IPv6 alone', servers: ['--stun', PROBE_IPV6_TEXT, '--probe', PROBE_IPV6_TEXT], paths: 'blocked blocked open open', says: 'open best none',
    build: home({}, null, (network) => ipv6Alone(network, ['meta nfproto ipv6 accept'])),
  },
  {
    name: 'IPv6 alone, with a firewall', servers: ['--stun', PROBE_IPV6_TEXT, '--probe', PROBE_IPV6_TEXT], paths: 'blocked blocked strict strict', says: 'strict fewer-people open-ipv6-firewall',
    build: home({}, null, (network) => ipv6Alone(network, [])),
  },
  {
    name: 'own probe server, this computer', ...notKnown, servers: both('127.0.0.1:8469'), fault: '127.0.0.1:8469 not-outside',
    build: home({}, null, async (network) => { await startProbe(network, 'pc', ['--bind', '127.0.0.1']); }),
  },
  {
    name: 'own probe server, home network', ...notKnown, servers: both('192.168.1.1:8469'), fault: '192.168.1.1:8469 not-outside',
    build: home({}, null, async (network) => { await startProbe(network, 'r', ['--bind', '192.168.1.1']); }),
  },
  {
    // The router turns what is sent to its own address outside back to the computer, which then seems to come from the router.
    name: 'own probe server, by hairpin', ...notKnown, servers: both(`${ROUTER_WAN}:8469`), fault: `${ROUTER_WAN}:8469 not-outside`,
    build: home({ prerouting: `ip daddr ${ROUTER_WAN} meta l4proto { tcp, udp } th dport 8469 dnat ip to ${HOME_ADDRESS}`, postrouting: 'iifname "lan0" oifname "lan0" masquerade' }, null, async (network) => {
      await startProbe(network, 'pc', ['--bind', HOME_ADDRESS]);
    }),
  },
  {
    name: 'own probe server, own public one', ...notKnown, servers: both('25.0.0.50:8469'), fault: '25.0.0.50:8469 not-outside',
    async build(network) {
      buildInternet(network);
      network.add('pc');
      plug(network, 'pc', 'eth0', '25.0.0.50/24');
      network.ip('pc', 'route add default via 25.0.0.1');
      await startProbe(network, 'pc', ['--bind', '25.0.0.50']);
    },
  },
  { name: 'probe server that is not there', ...notKnown, servers: ['--probe', '25.0.0.3:8470'], fault: '25.0.0.3:8470 server-silent', build: home({}) },
  {
    name: 'probe server that is another', ...notKnown, servers: ['--probe', '25.0.0.1:80'], fault: '25.0.0.1:80 server-other',
    build: home({}, null, (network) => webPage(network, 'inet', 80, 'exact')),
  },
];
