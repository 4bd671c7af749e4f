// Only a connection from outside proves that others reach us.
import type { NetworkInterfaceInfo } from 'node:os';
import { expect, it } from 'vitest';
import { familyFromOutside } from '../../../main/engine/from-outside.ts';

const own = (address: string): NetworkInterfaceInfo => ({ address, family: address.includes(':') ? 'IPv6' : 'IPv4', internal: false, mac: '02:00:00:00:00:01', netmask: '', cidr: null, scopeid: 0 }) as NetworkInterfaceInfo;
const interfaces = { eth0: [own('25.0.0.50'), own('2a00:1:2:3::10')], lo: [own('127.0.0.1')] };

it.each([
  ['25.0.0.51', 4], ['::ffff:25.0.0.51', 4], ['2a00:1:2:3::11', 6], ['25.0.0.50', null], ['::ffff:25.0.0.50', null], ['2a00:1:2:3::10', null],
  ['127.0.0.1', null], ['::ffff:127.0.0.1', null], ['192.168.1.10', null], ['100.64.0.9', null], ['fe80::1', null], ['fd00::1', null], ['::1', null], ['nobody', null], ['', null],
])('%j counts for %j', (remote, family) => expect(familyFromOutside(remote, interfaces)).toBe(family));
