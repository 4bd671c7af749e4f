// What counts as being somewhere else, and what as having slept.
import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { NetworkChangeWatch } from '../../../main/net/network-change.ts';
import type { NetworkChange } from '../../../main/net/network-change.ts';

const watches: NetworkChangeWatch[] = [];
afterEach(() => Promise.all(watches.splice(0).map((watch) => watch.close())));

async function world() {
  const state = { nowMs: 1_000_000, address: '192.168.1.10', gateway: '192.168.1.1' as string | null, pollMs: 10_000 };
  const watch = new NetworkChangeWatch({
    now: () => state.nowMs, gateways: async () => ({ ipv4: state.gateway, ipv6: null }), pollMs: 2 ** 30, sleepMs: 60_000,
    interfaces: () => ({ eth0: [{ address: state.address, netmask: '255.255.255.0', family: 'IPv4', mac: '', internal: false, cidr: `${state.address}/24` } satisfies NetworkInterfaceInfo] }),
  });
  watches.push(watch);
  const told: NetworkChange[] = [];
  watch.on('changed', (change) => told.push(change));
  await watch.look();
  const look = async (afterMs = 2 ** 30): Promise<void> => {
    state.nowMs += afterMs;
    await watch.look();
  };
  return { state, told, look };
}

describe('the network', () => {
  it('is the same as long as addresses and gateway are', async () => {
    const { told, look } = await world();
    await look();
    await look(2 ** 30 + 59_000);
    expect(told).toEqual([]);
  });

  it('is another one with another address or gateway, and with none', async () => {
    const { state, told, look } = await world();
    state.address = '10.0.0.7';
    await look();
    state.gateway = '10.0.0.1';
    await look();
    state.gateway = null;
    await look();
    await look();
    expect(told).toEqual(['network', 'network', 'network']);
  });

  it('is looked at again after a sleep, which is told once, and less when it is another one', async () => {
    const { state, told, look } = await world();
    await look(2 ** 30 + 61_000);
    expect(told).toEqual(['resumed']);
    state.address = '10.0.0.7';
    await look(2 ** 30 + 3_600_000);
    expect(told).toEqual(['resumed', 'network']);
    await look();
    expect(told).toHaveLength(2);
  });
});
