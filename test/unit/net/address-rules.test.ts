// The classes of addresses, from the registries of special-purpose addresses.
import { describe, expect, it } from 'vitest';
import { addressClass, addressList, plainHost } from '../../../main/net/address-rules.ts';

describe('addressClass', () => {
  it.each([
    ['93.184.216.34', 'public'], ['8.8.8.8', 'public'], ['2606:4700::1111', 'public'], ['172.32.0.1', 'public'], ['100.128.0.1', 'public'],
    ['127.0.0.1', 'loopback'], ['127.255.255.254', 'loopback'], ['::1', 'loopback'], ['[::1]', 'loopback'],
    ['10.1.2.3', 'private'], ['172.16.0.1', 'private'], ['172.31.255.255', 'private'], ['192.168.1.1', 'private'],
    ['fd00::1', 'private'], ['fc00::1', 'private'], ['fec0::1', 'private'],
    ['169.254.169.254', 'link-local'], ['fe80::1', 'link-local'], ['fe80::1%eth0', 'link-local'],
    ['100.64.0.1', 'shared'], ['100.127.255.255', 'shared'],
    ['224.0.0.1', 'multicast'], ['ff02::1', 'multicast'],
    ['0.0.0.0', 'reserved'], ['255.255.255.255', 'reserved'], ['192.0.2.1', 'reserved'], ['198.18.0.1', 'reserved'],
    ['::', 'reserved'], ['2001:db8::1', 'reserved'], ['4000::1', 'reserved'], ['example.org', 'reserved'], ['', 'reserved'],
  ])('%s is %s', (address, kind) => {
    expect(addressClass(address)).toBe(kind);
  });

  it.each([
    ['::ffff:127.0.0.1', 'loopback'], ['::ffff:7f00:1', 'loopback'], ['::ffff:8.8.8.8', 'public'], ['::ffff:0:10.0.0.1', 'private'],
    ['::127.0.0.1', 'loopback'], ['64:ff9b::10.0.0.1', 'private'], ['64:ff9b::808:808', 'public'],
    ['2002:7f00:1::', 'loopback'], ['2002:c0a8:101::1', 'private'], ['0:0:0:0:0:ffff:a9fe:a9fe', 'link-local'],
  ])('%s leads to an IPv4 address inside: %s', (address, kind) => {
    expect(addressClass(address)).toBe(kind);
  });
});

describe('addressList', () => {
  const isOwn = addressList(['192.0.2.7', '2001:db8::7', 'fe80::1%eth0', 'no address']);

  it.each([
    ['192.0.2.7', true], ['::ffff:192.0.2.7', true], ['192.0.2.8', false], ['2001:0db8:0:0::7', true], ['2001:DB8::7', true], ['2001:db8::8', false],
    ['fe80::1', true], ['fe80::1%wlan0', true], ['no address', false], ['[2001:db8::7]', false], ['', false],
  ])('%j is one of them: %j', (address, own) => expect(isOwn(address)).toBe(own));
});

it.each([
  ['::ffff:192.0.2.7', '192.0.2.7'], ['::FFFF:192.0.2.7', '192.0.2.7'], ['192.0.2.7', '192.0.2.7'], ['2001:db8::7', '2001:db8::7'], ['::ffff:c000:207', '::ffff:c000:207'],
])('%j is written %j without its clothes', (host, plain) => expect(plainHost(host)).toBe(plain));
