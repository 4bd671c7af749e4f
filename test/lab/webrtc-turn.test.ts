// Two people of whom neither can reach the other meet through coturn, with a real web socket tracker between them; and a relay carries nothing when it need not.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { DeliverySpec } from '../../main/engine/delivery-spec.ts';
import { makeCertificates } from '../support/certificates.ts';
import { makeTorrent } from '../support/foreign-libtorrent.ts';
import { makePayload } from '../support/payload.ts';
import type { Payload } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';
import { buildInternet, COTURN, plug, routerRules, startCoturn } from './diagnosis-world.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';
import type { LabNetwork } from './lab-network.ts';
import type { PeerState } from './webrtc-peer-child.ts';

const lacks = labLacks(COTURN);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const TRACKERS = [['wss://25.0.0.1:8443/announce'], ['http://25.0.0.1:8000/announce']];
const RELAY = { url: 'turn:25.0.0.2:3478', username: 'lab', credential: 'labpass' };
const SEED_PORT = 6881;

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
const CONE = { before: 'chain input { type filter hook input priority 0; policy accept; iifname "wan0" ip protocol udp drop; }' };
const SYMMETRIC = { masquerade: 'random,fully-random' };

interface World { network: LabNetwork; coturn: Program; payload: Payload; torrent: string; caFile: string }

async function build(rules: Parameters<typeof routerRules>[0][]): Promise<World> {
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

class Peer {
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
function relayedBytes(network: LabNetwork): number {
  return Number(/bytes (\d+)/.exec(network.run('inet', '/usr/sbin/nft', ['list', 'counter', 'inet', 'filter', 'relayed']))?.[1]);
}

describe('two people of whom neither can reach the other', () => {
  it.skipIf(lacks)('finish the download through the relay, with the right bytes', async () => {
    const world = await build([SYMMETRIC, SYMMETRIC]);
    const delivery = { turn: [RELAY], stun: ['stun:25.0.0.2:3478'] };
    const seed = await Peer.start(world, 'pc1', { data: world.payload.root, delivery });
    await seed.until('the trackers know the seed', ({ trackers }) => trackers.every(({ state }) => state === 'working'));
    const leech = await Peer.start(world, 'pc2', { delivery });
    await leech.until('the download is done', ({ done }) => done);
    expect(leech.state!.sha256).toBe(world.payload.files[0]!.sha256);
    expect(leech.state!.ways).toEqual(['webrtc relay']);
    await leech.end();
    await seed.end();
    const bytes = relayedBytes(world.network);
    console.log(`Relayed: ${(bytes / 1e6).toFixed(1)} MB for ${(world.payload.length / 1e6).toFixed(1)} MB`);
    expect(bytes).toBeGreaterThan(world.payload.length);
    expect(world.coturn.stdout).toMatch(/peer usage: realm=<lab\.test>, username=<lab>, rp=\d+, rb=\d{4,}/);
  });

  it.skipIf(lacks)('are told that the relay refuses the password, once, and it is not asked over and over', async () => {
    const world = await build([SYMMETRIC, SYMMETRIC]);
    const delivery = { turn: [{ ...RELAY, credential: 'nope' }], stun: ['stun:25.0.0.2:3478'] };
    const seed = await Peer.start(world, 'pc1', { data: world.payload.root, delivery });
    await seed.until('the trackers know the seed', ({ trackers }) => trackers.every(({ state }) => state === 'working'));
    const leech = await Peer.start(world, 'pc2', { delivery });
    await leech.until('the problem is told', ({ problems }) => problems.length > 0);
    expect(leech.state!.problems).toEqual([expect.stringContaining('25.0.0.2:3478 refuses the user name and password')]);
    await leech.until('the tracker says so too', ({ trackers }) => trackers[0]!.message?.includes('refuses the user name'));
    const asked = (): number => [...world.coturn.stdout.matchAll(/401|credentials|Cannot find|check_stun_auth/g)].length;
    const before = asked();
    expect(before).toBeGreaterThan(0);
    // The next round of offers comes after half a minute.
    await new Promise((resolve) => setTimeout(resolve, 40_000));
    expect(asked()).toBe(before);
    expect(leech.state!.problems).toHaveLength(1);
    expect(leech.state!.done).toBe(false);
    await leech.end();
    await seed.end();
  });
});

describe('people who reach one another', () => {
  it.skipIf(lacks)('never use the relay, although it is there', async () => {
    const world = await build([{ prerouting: `iifname "wan0" tcp dport ${SEED_PORT} dnat ip to 192.168.1.10:${SEED_PORT}` }, SYMMETRIC]);
    const delivery = { turn: [RELAY], stun: ['stun:25.0.0.2:3478'] };
    const seed = await Peer.start(world, 'pc1', { data: world.payload.root, port: SEED_PORT, delivery });
    await seed.until('the trackers know the seed', ({ trackers }) => trackers.every(({ state }) => state === 'working'));
    const leech = await Peer.start(world, 'pc2', { delivery });
    await leech.until('the download is done', ({ done }) => done);
    expect(leech.state!.sha256).toBe(world.payload.files[0]!.sha256);
    expect(leech.state!.ways).toEqual(['tcp tracker']);
    // Longer than the grace time.
    await new Promise((resolve) => setTimeout(resolve, 25_000));
    await leech.end();
    await seed.end();
    expect(relayedBytes(world.network)).toBe(0);
    expect(world.coturn.stdout).not.toMatch(/username=<lab>/);
  });

  it.skipIf(lacks)('use a direct data channel rather than the relay where UDP passes', async () => {
    const world = await build([CONE, CONE]);
    const delivery = { turn: [RELAY], stun: ['stun:25.0.0.2:3478'] };
    const seed = await Peer.start(world, 'pc1', { data: world.payload.root, delivery });
    await seed.until('the trackers know the seed', ({ trackers }) => trackers.every(({ state }) => state === 'working'));
    const leech = await Peer.start(world, 'pc2', { delivery });
    await leech.until('the download is done', ({ done }) => done);
    expect(leech.state!.sha256).toBe(world.payload.files[0]!.sha256);
    expect(leech.state!.ways).toEqual(['webrtc webrtc']);
    await leech.end();
    await seed.end();
    const bytes = relayedBytes(world.network);
    console.log(`Relayed: ${bytes} bytes (ICE's own looks at the relay)`);
    expect(bytes).toBeLessThan(50_000);
  });
});
