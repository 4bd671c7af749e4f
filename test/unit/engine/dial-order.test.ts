import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { inDialOrder } from '../../../main/engine/dial-order.ts';
import { Nearness, OwnPlace, prefixOf } from '../../../main/engine/own-place.ts';
import { MAX_PER_TELLER, PeerCandidates } from '../../../main/engine/peer-candidates.ts';

const face = (address: string, cidr: string, internal = false) => ({ address, cidr, internal, family: address.includes(':') ? 'IPv6' : 'IPv4', mac: '', netmask: '' }) as NetworkInterfaceInfo;
const home = { eth0: [face('192.168.7.20', '192.168.7.20/24'), face('2a00:1:2:3::5', '2a00:1:2:3::5/64')], lo: [face('127.0.0.1', '127.0.0.1/8', true)] };

describe('who is near', () => {
  it('tells neighbours, private networks and the same provider from everybody else', () => {
    const place = new OwnPlace(() => 0, () => home);
    expect(['192.168.7.9', '2a00:1:2:3::99', '10.1.2.3', '2a00:1:2:ffff::1', '8.8.8.8', 'seed.example.org'].map((host) => place.nearness(host))).toEqual([
      Nearness.ownSubnet, Nearness.ownSubnet, Nearness.private, Nearness.sameProvider, Nearness.elsewhere, Nearness.elsewhere,
    ]);
  });

  it('learns its own public address only from two who say the same', () => {
    const place = new OwnPlace(() => 0, () => home);
    place.seenAs('85.10.20.30', 'one');
    place.seenAs('85.10.20.30', 'one');
    expect(place.nearness('85.10.20.99')).toBe(Nearness.elsewhere);
    place.seenAs('85.10.20.31', 'two');
    expect(place.nearness('85.10.20.99')).toBe(Nearness.sameProvider);
    place.seenAs('192.168.1.1', 'three');
    place.seenAs('192.168.1.1', 'four');
    expect(place.nearness('192.168.1.9')).toBe(Nearness.private);
  });

  it('is not confused by a machine without networks or by many liars', () => {
    const place = new OwnPlace(() => 0, () => ({}));
    expect(place.nearness('10.0.0.1')).toBe(Nearness.elsewhere);
    for (let i = 0; i < 1000; i++) place.seenAs(`9.${i >> 8}.${i & 255}.1`, `liar ${i}`);
    expect(new OwnPlace(() => 0, networkInterfaces).nearness('9.9.9.9')).toBe(Nearness.elsewhere);
  });

  it('calls local what is in the own network, but neither this machine nor a data centre', () => {
    const place = new OwnPlace(() => 0, () => home);
    expect(['192.168.7.9', '2a00:1:2:3::99', '127.0.0.1', '10.1.2.3', '2a00:1:2:ffff::1', '8.8.8.8', 'seed.example.org'].map((host) => place.isLocal(host)))
      .toEqual([true, true, false, false, false, false, false]);
    const rented = new OwnPlace(() => 0, () => ({ eth0: [face('85.10.20.30', '85.10.20.30/24')] }));
    expect([rented.nearness('85.10.20.31'), rented.isLocal('85.10.20.31')]).toEqual([Nearness.ownSubnet, false]);
  });

  it('cuts addresses where providers do', () => {
    expect(['1.2.3.4', '2a00:1:2:3::5', '2a00:0001::5', 'name'].map(prefixOf)).toEqual(['1.2.3', '2a00:1:2', '2a00:1:0', null]);
  });
});

describe('the order of dialling', () => {
  const one = (more: object) => ({ seeder: false, nearness: 3, failures: 0, addedAtMs: 0, ...more });

  it('takes trusted seeds first, then neighbours, then the least failed, then the freshest', () => {
    const seed = one({ seeder: true, failures: 9 });
    const neighbour = one({ nearness: 0, failures: 1 });
    const provider = one({ nearness: 2 });
    const fresh = one({ addedAtMs: 5 });
    const old = one({});
    const failed = one({ failures: 2, addedAtMs: 9 });
    const deadNeighbour = one({ nearness: 0, failures: 7 });
    expect([failed, deadNeighbour, old, provider, fresh, neighbour, seed].sort(inDialOrder)).toEqual([seed, neighbour, provider, fresh, old, failed, deadNeighbour]);
  });
});

describe('candidates', () => {
  it('tries trusted seeds although there is no room for anybody else, and again soon', () => {
    let now = 0;
    const peers = new PeerCandidates(() => now);
    for (let i = 0; i < 50; i++) peers.add(`9.0.0.${i}:1`, 'tracker');
    peers.add('9.9.9.9:1', 'tracker');
    peers.add('9.9.9.9:1', 'seeder'); // known already: it is a seed from now on
    expect(peers.due(true, 0).map(({ address }) => address)).toEqual(['9.9.9.9:1']);
    expect(peers.due(true, 10)[0]!.address).toBe('9.9.9.9:1');
    const seed = peers.get('9.9.9.9:1')!;
    for (let i = 0; i < 30; i++) {
      now = seed.nextAtMs;
      peers.failed(seed, ['tcp'], false);
    }
    expect(seed.nextAtMs - now).toBeLessThanOrEqual(30_000);
    peers.setSeeders(new Set());
    expect(peers.due(true, 0)).toEqual([]);
  });

  it('takes only so much of one peer\'s word, and forgets what it takes back', () => {
    const peers = new PeerCandidates(() => 0);
    for (let i = 0; i < 5000; i++) peers.add(`9.1.${i >> 8}.${i & 255}:7`, 'ut_pex', 'liar');
    expect(peers.size).toBe(MAX_PER_TELLER);
    expect(peers.add('9.2.0.1:7', 'ut_pex', 'another')).toBe(true);
    peers.takeBack('9.2.0.1:7', 'liar'); // not its own word
    expect(peers.get('9.2.0.1:7')).toBeDefined();
    peers.takeBack('9.1.0.0:7', 'liar');
    expect(peers.get('9.1.0.0:7')).toBeUndefined();
    expect(peers.add('9.3.0.1:7', 'ut_pex', 'liar')).toBe(true);
    expect(peers.add('9.3.0.2:7', 'ut_pex', 'liar')).toBe(false);
    // one that is really there no longer counts
    peers.connected(peers.get('9.3.0.1:7')!);
    expect(peers.add('9.3.0.2:7', 'ut_pex', 'liar')).toBe(true);
  });

  it('keeps room for what trackers say however many peers lie', () => {
    const peers = new PeerCandidates(() => 0);
    for (let i = 0; i < 3000; i++) peers.add(`9.1.${i >> 8}.${i & 255}:7`, 'ut_pex', `liar ${i % 40}`);
    expect(peers.size).toBe(2000);
    expect(peers.add('9.2.0.1:7', 'ut_pex', 'late')).toBe(false);
    expect(peers.add('9.2.0.1:7', 'tracker')).toBe(true);
    expect(peers.size).toBe(2000);
  });
});
