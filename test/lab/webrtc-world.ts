// Two homes behind routers, coturn and a tracker over web sockets between them, for tests of WebRTC between people who may not reach one another.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { DeliverySpec } from '../../main/engine/delivery-spec.ts';
import { makeCertificates } from '../support/certificates.ts';
import { makeTorrent } from '../support/foreign-libtorrent.ts';
import { makePayload } from '../support/payload.ts';
import type { Payload } from '../support/payload.ts';
import { temporaryFolder, until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';
import { buildInternet, plug, routerRules, startCoturn } from './diagnosis-world.ts';
import { labNetwork } from './lab-network.ts';
import type { LabNetwork } from './lab-network.ts';
import type { PeerState } from './webrtc-peer-child.ts';

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const TRACKERS = [['wss://25.0.0.1:8443/announce'], ['http://25.0.0.1:8000/announce']];
export const RELAY = { url: 'turn:25.0.0.2:3478', username: 'lab', credential: 'labpass' };

/** "pc1" behind "r1", "pc2" behind "r2", each with a translator that gives every connection a port nobody can guess. */
function buildHomes(network: LabNetwork, rules: Parameters<typeof routerRules>[0][]): void {
  rules.forEach((rule, index) => {
    const [router, pc, net] = [`r${index + 1}`, `pc${index + 1}`, `192.168.${index + 1}`];
    network.add(router, pc);
    network.cable(router, 'lan0', pc, 'eth0');
    network.ip(router, `addr add ${net}.1/24 dev lan0`);
    network.ip(pc, `addr add ${net}.10/24 dev eth0`);
    network.ip(pc, `route add default via ${net}.1`);
    plug(network, router, 'wan0', `25.0.0.${101 + index}/24`);
    network.ip(router, 'route add default via 25.0.0.1');
    network.forward(router);
    network.nft(router, routerRules(rule));
  });
}

// What comes unasked is dropped before the router takes note of it, as home routers do: otherwise it would spoil the port for the answer.
export const CONE = { before: 'chain input { type filter hook input priority 0; policy accept; iifname "wan0" ip protocol udp drop; }' };
export const SYMMETRIC = { masquerade: 'random,fully-random' };

export interface World { network: LabNetwork; coturn: Program; payload: Payload; torrent: string; caFile: string }

/** @param rules of the first and of the second home's router */
export async function build(rules: Parameters<typeof routerRules>[0][]): Promise<World> {
  const payload = makePayload(temporaryFolder('data'), 'single.bin', 8 * 1024 * 1024 + 123);
  const { file: torrent } = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'single.torrent'));
  const network = labNetwork();
  buildInternet(network);
  buildHomes(network, rules);
  network.nft('inet', COUNT_RELAY);
  const coturn = await startCoturn(network);
  const { authority, certificate, key } = makeCertificates(['localhost'], ['25.0.0.1']);
  const caFile = path.join(temporaryFolder('authority'), 'ca.pem');
  writeFileSync(caFile, authority);
  const tracker = { host: '25.0.0.1', httpPort: 8000, wssPort: 8443, certificate, key };
  await network.start('inet', 'tracker', process.execPath, [file('webrtc-tracker-child.ts'), JSON.stringify(tracker)]);
  await network.untilListening('inet', 'tcp', 8443);
  await network.untilListening('inet', 'tcp', 8000);
  return { network, coturn, payload, torrent, caFile };
}

export class Peer {
  readonly program: Program;
  state: PeerState | null = null;

  constructor(program: Program) {
    this.program = program;
    program.onLine((line) => {
      this.state = JSON.parse(line) as PeerState;
    });
  }

  static async start({ network, torrent, caFile }: World, namespace: string, more: { data?: string; port?: number; delivery: Partial<DeliverySpec> }): Promise<Peer> {
    const given = { torrent, trackers: TRACKERS, ...more };
    return new Peer(await network.start(namespace, namespace, process.execPath, [file('webrtc-peer-child.ts'), JSON.stringify(given)], { stdin: true, env: { NODE_EXTRA_CA_CERTS: caFile } }));
  }

  until(what: string, test: (state: PeerState) => unknown, withinMs = 90_000): Promise<unknown> {
    return until(what, () => {
      if (this.program.ended) throw new Error(`the engine ended\n${this.program.tail()}`);
      return this.state && test(this.state);
    }, { withinMs, everyMs: 50, describe: () => `${JSON.stringify(this.state, null, 1)}\n${this.program.stderr.slice(-4000)}` });
  }

  /** Ends by itself once everything is closed: nothing of WebRTC may keep the process. */
  async end(): Promise<void> {
    this.program.write('end\n');
    await until(`${this.program.name} ends by itself`, () => this.program.ended, { withinMs: 15_000, everyMs: 50, describe: () => this.program.tail() });
    expect((await this.program.exited).code).toBe(0);
  }
}

const COUNT_RELAY = `table inet filter {
  counter relayed { }
  chain input { type filter hook input priority 0; policy accept;
    ip daddr 25.0.0.2 udp dport 50000-50100 counter name relayed
  }
  chain output { type filter hook output priority 0; policy accept;
    ip saddr 25.0.0.2 udp sport 50000-50100 counter name relayed
  }
}
`;

/** Bytes in and out at coturn's relayed addresses, as the kernel counts them. */
export function relayedBytes(network: LabNetwork): number {
  return Number(/bytes (\d+)/.exec(network.run('inet', '/usr/sbin/nft', ['list', 'counter', 'inet', 'filter', 'relayed']))?.[1]);
}

/** Whoever has the data, known to the trackers, and then whoever wants it. @param delivery of both @param port that the seed listens at, where it matters */
export async function startSeedAndLeech(world: World, delivery: object, port?: number): Promise<{ seed: Peer; leech: Peer }> {
  const seed = await Peer.start(world, 'pc1', { data: world.payload.root, ...(port !== undefined && { port }), delivery });
  await seed.until('the trackers know the seed', ({ trackers }) => trackers.every(({ state }) => state === 'working'));
  return { seed, leech: await Peer.start(world, 'pc2', { delivery }) };
}
