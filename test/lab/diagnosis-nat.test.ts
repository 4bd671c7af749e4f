// Every kind of router that people sit behind, made of the kernel's own translation: each is told apart, with coturn and with the own probe server.
import { expect, it } from 'vitest';
import type { CheckFacts, CheckOutcome } from '../../main/net/diagnosis/check-types.ts';
import { buildHome, buildInternet, COTURN, diagnose, HOME_ADDRESS, PING, plug, PROBE, ROUTER_WAN, startCoturn, startProbe, STUN } from './diagnosis-world.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';
import type { LabNetwork } from './lab-network.ts';
import { leaveNothingBehind } from '../support/processes.ts';

const lacks = labLacks(COTURN, PING);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

interface Case {
  name: string;
  build(network: LabNetwork): void;
  /** As the port mapping would have learnt it; null: nobody could be asked. */
  wan: string | null;
  nat: CheckFacts & { outcome: CheckOutcome };
  layers: string;
}

const dnatUdp = `iifname "wan0" meta l4proto udp dnat ip to ${HOME_ADDRESS}`;
const spoken = {
  before: 'set spoken { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 60s; }',
  beforeForward: 'iifname "lan0" oifname "wan0" meta l4proto udp update @spoken { ip daddr . udp sport }',
  prerouting: `iifname "wan0" meta l4proto udp ip saddr . udp dport @spoken dnat ip to ${HOME_ADDRESS}`,
};
const home = (rules: object, isp: { wan: string; gateway: string } | null = null) => (network: LabNetwork): void => buildHome(network, rules, isp);
const open = { udp: 'open', tcpWorks: true, serversAsked: 2, serversAnswered: 2 };

const cases: Case[] = [
  {
    name: 'no router', wan: null, layers: 'none',
    build(network) {
      network.add('pc');
      plug(network, 'pc', 'eth0', '25.0.0.50/24');
      network.ip('pc', 'route add default via 25.0.0.1');
    },
    nat: { ...open, outcome: 'ok', mapping: 'direct', filtering: 'endpoint-independent', hairpin: null, externalAddress: '25.0.0.50', localAddress: '25.0.0.50' },
  },
  {
    name: 'port-restricted cone', build: home({}), wan: ROUTER_WAN, layers: 'single',
    nat: { ...open, outcome: 'ok', mapping: 'endpoint-independent', filtering: 'address-and-port-dependent', hairpin: false, externalAddress: ROUTER_WAN, portPreserved: true },
  },
  {
    name: 'full cone', build: home({ prerouting: dnatUdp }), wan: ROUTER_WAN, layers: 'single',
    nat: { ...open, outcome: 'ok', mapping: 'endpoint-independent', filtering: 'endpoint-independent', externalAddress: ROUTER_WAN },
  },
  {
    name: 'restricted cone', build: home(spoken), wan: null, layers: 'single',
    nat: { ...open, outcome: 'ok', mapping: 'endpoint-independent', filtering: 'address-dependent', externalAddress: ROUTER_WAN },
  },
  {
    name: 'symmetric', build: home({ masquerade: 'random,fully-random' }), wan: ROUTER_WAN, layers: 'single',
    nat: { ...open, outcome: 'warning', mapping: 'address-and-port-dependent', filtering: 'address-and-port-dependent', externalAddress: ROUTER_WAN },
  },
  {
    name: 'full cone with hairpin', wan: ROUTER_WAN, layers: 'single',
    build: home({ prerouting: `ip daddr ${ROUTER_WAN} meta l4proto udp dnat ip to ${HOME_ADDRESS}`, postrouting: 'iifname "lan0" oifname "lan0" masquerade' }),
    nat: { ...open, outcome: 'ok', mapping: 'endpoint-independent', filtering: 'endpoint-independent', hairpin: true },
  },
  {
    name: 'carrier NAT, router asked', build: home({}, { wan: '100.64.0.2', gateway: '100.64.0.1' }), wan: '', layers: 'carrier',
    nat: { ...open, outcome: 'ok', mapping: 'endpoint-independent', externalAddress: '25.0.0.101' },
  },
  {
    name: 'carrier NAT, router silent', build: home({}, { wan: '100.64.0.2', gateway: '100.64.0.1' }), wan: null, layers: 'carrier',
    nat: { ...open, outcome: 'ok', externalAddress: '25.0.0.101' },
  },
  {
    name: 'double NAT, router asked', build: home({}, { wan: '192.168.100.2', gateway: '192.168.100.1' }), wan: '', layers: 'double',
    nat: { ...open, outcome: 'ok', externalAddress: '25.0.0.101' },
  },
  {
    name: 'double NAT, router silent', build: home({}, { wan: '192.168.100.2', gateway: '192.168.100.1' }), wan: null, layers: 'double',
    nat: { ...open, outcome: 'ok', externalAddress: '25.0.0.101' },
  },
  {
    name: 'UDP blocked', build: home({ beforeForward: 'meta l4proto udp drop' }), wan: null, layers: 'unknown',
    nat: { outcome: 'problem', udp: 'blocked', tcpWorks: true, serversAnswered: 0 },
  },
  {
    name: 'nothing gets out', build: home({ beforeForward: 'drop' }), wan: null, layers: 'unknown',
    nat: { outcome: 'unknown', udp: 'unknown', tcpWorks: false, serversAnswered: 0 },
  },
];

it.skipIf(lacks).each(cases)('tells what is in the way: $name', async ({ name, build, wan, nat: expected, layers: expectedLayers }) => {
  const network = labNetwork();
  buildInternet(network);
  build(network);
  await Promise.all([startCoturn(network), startProbe(network)]);
  const tcpServers = [{ host: '25.0.0.2', port: 3478 }];
  const [nat, ownStun] = await diagnose(network, [
    { name: 'nat', context: { family: 4, stunServers: STUN, tcpServers } }, { name: 'nat', context: { family: 4, stunServers: [PROBE], tcpServers: [PROBE] } },
  ]);
  const [layers] = await diagnose(network, [{
    name: 'layers', context: {
      localAddress: nat!.facts.localAddress ?? null, mappedAddress: nat!.facts.externalAddress ?? null, routerWanAddress: wan, hopTarget: '25.0.0.2',
    },
  }]);
  const { mapping = '-', filtering = '-', hairpin = '-', udp } = nat!.facts;
  console.log(`${name.padEnd(28)} udp ${udp}, ${mapping}, filtering ${filtering}, hairpin ${hairpin} (${nat!.tookMs} ms); ${layers!.facts.layers}: ${layers!.facts.evidence}, ${
    layers!.facts.hops} (${layers!.tookMs} ms)`);
  const { outcome, ...facts } = expected;
  expect({ outcome: nat!.outcome, facts: nat!.facts }).toMatchObject({ outcome, facts });
  // One own probe server with a second address tells as much as coturn.
  for (const fact of ['mapping', 'filtering', 'hairpin', 'externalAddress', 'udp'] as const) expect([fact, ownStun!.facts[fact]]).toEqual([fact, nat!.facts[fact]]);
  expect(layers!.facts.layers).toBe(expectedLayers);
});
