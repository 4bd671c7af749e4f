// A small internet for the checks: coturn with two addresses, the own probe server with two, and the networks that people sit in.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CheckResult } from '../../main/net/diagnosis/check-types.ts';
import { temporaryFolder, until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';
import type { LabNetwork } from './lab-network.ts';

export const COTURN = '/usr/bin/turnserver';
export const PING = '/usr/bin/ping';
export const STUN = [{ host: '25.0.0.2', port: 3478 }, { host: '25.0.0.3', port: 3478 }];
export const PROBE = { host: '25.0.0.4', port: 8469 };
export const PROBE_IPV6 = { host: '2a00:9::4', port: 8469 };
export const HOME_ADDRESS = '192.168.1.10';
export const ROUTER_WAN = '25.0.0.100';

const child = fileURLToPath(new URL('diagnosis-child.ts', import.meta.url));
const flashswarm = fileURLToPath(new URL('../../main/cli/flashswarm.ts', import.meta.url));

/** "inet": a bridge with several public addresses, to which routers are plugged. */
export function buildInternet(network: LabNetwork): void {
  network.add('inet');
  network.ip('inet', 'link add br0 type bridge');
  network.ip('inet', 'link set br0 up');
  for (const last of [1, 2, 3, 4, 5]) network.ip('inet', `addr add 25.0.0.${last}/24 dev br0`);
  for (const last of [1, 2, 3, 4, 5]) network.ip('inet', `addr add 2a00:9::${last}/64 dev br0 nodad`);
  network.ip('inet', 'route add 2a00:1:2:3::/64 via 2a00:9::100');
}

/** Plugs a device of a namespace into the internet. */
export function plug(network: LabNetwork, namespace: string, device: string, address: string | null): void {
  network.cable(namespace, device, 'inet', `v-${namespace}`);
  network.ip('inet', `link set v-${namespace} master br0`);
  if (address !== null) network.ip(namespace, `addr add ${address} dev ${device}`);
}

export async function startCoturn(network: LabNetwork, namespace = 'inet', addresses = ['25.0.0.2', '25.0.0.3']): Promise<Program> {
  const folder = temporaryFolder('coturn');
  const file = path.join(folder, 'turn.conf');
  writeFileSync(file, [
    ...addresses.map((address) => `listening-ip=${address}`), 'listening-port=3478', 'alt-listening-port=3479', `relay-ip=${addresses[0]}`, 'min-port=50000', 'max-port=50100',
    'fingerprint', 'lt-cred-mech', 'user=lab:labpass', 'realm=lab.test', `userdb=${folder}/turndb`, `pidfile=${folder}/turn.pid`, 'no-tls', 'no-dtls', 'no-cli', 'log-file=stdout',
    'simple-log', 'verbose', '',
  ].join('\n'));
  const program = await network.start(namespace, 'coturn', COTURN, ['-c', file], { graceMs: 2_000 });
  await network.untilListening(namespace, 'udp', 3479);
  await network.untilListening(namespace, 'tcp', 3478);
  return program;
}

/** The real command, with its second addresses. */
export async function startProbe(network: LabNetwork, namespace = 'inet', more: string[] = [
  '--bind', '25.0.0.4', '--bind', '2a00:9::4', '--second-address', '25.0.0.5', '--second-address', '2a00:9::5',
]): Promise<Program> {
  const program = await network.start(namespace, 'probe server', process.execPath, [flashswarm, 'probe-server', '--json', ...more]);
  await until('the probe server listens', () => program.stdout.includes('"listening"'), { withinMs: 60_000, everyMs: 30, describe: () => program.tail() });
  return program;
}

export interface RouterRules {
  /** Flags of masquerade: "random,fully-random" makes it symmetric. */
  masquerade?: string;
  prerouting?: string;
  postrouting?: string;
  forward?: string;
  /** Sets and whatever else comes first. */
  before?: string;
  beforeForward?: string;
}

export function routerRules({ masquerade = '', prerouting = '', postrouting = '', forward = '', before = '', beforeForward = '' }: RouterRules): string {
  return `table inet filter {
  ${before}
  chain forward { type filter hook forward priority 0; policy drop;
    ${beforeForward}
    ct state established,related accept
    iifname "lan0" accept
    ct status dnat accept
    ${forward}
  }
  chain prerouting { type nat hook prerouting priority -100;
    ${prerouting}
  }
  chain postrouting { type nat hook postrouting priority 100;
    ${postrouting}
    oifname "wan0" meta nfproto ipv4 masquerade ${masquerade}
  }
}
`;
}

/** "pc" behind "r", which is plugged into the internet (or, with `isp`, into the provider's own translator). */
export function buildHome(network: LabNetwork, rules: RouterRules, isp: { wan: string; gateway: string } | null = null): void {
  network.add('r', 'pc');
  network.cable('r', 'lan0', 'pc', 'eth0');
  network.ip('r', 'addr add 192.168.1.1/24 dev lan0');
  network.ip('pc', `addr add ${HOME_ADDRESS}/24 dev eth0`);
  network.ip('pc', 'route add default via 192.168.1.1');
  if (isp) {
    network.add('isp');
    network.cable('r', 'wan0', 'isp', 'lan0');
    network.ip('r', `addr add ${isp.wan}/24 dev wan0`);
    network.ip('isp', `addr add ${isp.gateway}/24 dev lan0`);
    network.ip('r', `route add default via ${isp.gateway}`);
    plug(network, 'isp', 'wan0', '25.0.0.101/24');
    network.ip('isp', 'route add default via 25.0.0.1');
    network.forward('isp');
    network.nft('isp', routerRules({}));
  } else {
    plug(network, 'r', 'wan0', `${ROUTER_WAN}/24`);
    network.ip('r', 'route add default via 25.0.0.1');
  }
  network.forward('r');
  network.nft('r', routerRules(rules));
}

/** Runs checks side by side as the computer in a namespace would. @throws Error when they end without a result */
export async function diagnose(network: LabNetwork, asked: { name: string; context?: object }[], namespace = 'pc'): Promise<CheckResult[]> {
  const program = await network.start(namespace, 'checks', process.execPath, [child, JSON.stringify(asked.map(({ name, context = {} }) => ({ name, context })))]);
  const { code } = await program.exited;
  if (code !== 0) throw new Error(`the checks ended with ${code}\n${program.tail()}`);
  return JSON.parse(program.stdout) as CheckResult[];
}
