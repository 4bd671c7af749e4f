import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { ownNetworks } from '../../../main/net/port-mapping/own-networks.ts';
import { networkIdOf } from '../../../main/services/network-id.ts';

const salt = Buffer.from('salt');
const networks = (address: string, prefix = 24, name = 'wlan0') => ownNetworks({
  [name]: [{ address, cidr: `${address}/${prefix}`, internal: false, family: 'IPv4', mac: '', netmask: '' } as NetworkInterfaceInfo],
});

it('knows a network again whichever address the router gives this time', () => {
  const id = networkIdOf({ ipv4: '192.168.1.1', ipv6: null }, networks('192.168.1.20'), salt);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(networkIdOf({ ipv4: '192.168.1.1', ipv6: 'fe80::1%wlan0' }, networks('192.168.1.77'), salt)).toBe(id);
});

it('tells other routers, other subnets and cable from radio apart', () => {
  const ids = [
    networkIdOf({ ipv4: '192.168.1.1', ipv6: null }, networks('192.168.1.20'), salt),
    networkIdOf({ ipv4: '192.168.1.254', ipv6: null }, networks('192.168.1.20'), salt),
    networkIdOf({ ipv4: '192.168.1.1', ipv6: null }, networks('192.168.1.20', 16), salt),
    networkIdOf({ ipv4: '192.168.1.1', ipv6: null }, networks('192.168.1.20', 24, 'eth0'), salt),
    networkIdOf({ ipv4: null, ipv6: 'fe80::1%wlan0' }, networks('192.168.1.20'), salt),
    networkIdOf({ ipv4: '192.168.1.1', ipv6: null }, networks('192.168.1.20'), Buffer.from('other')),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});

it('has no name where there is no router', () => {
  expect(networkIdOf({ ipv4: null, ipv6: null }, networks('192.168.1.20'), salt)).toBe('');
});
