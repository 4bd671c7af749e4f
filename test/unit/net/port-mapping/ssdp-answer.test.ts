// Answers to a UPnP search: only a router on the own network leads anywhere, and only to itself.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBehindNat, networkFingerprint, networkOfNeighbour, ownGlobalIpv6, ownNetworks, sourceAddressFor } from '../../../../main/net/port-mapping/own-networks.ts';
import { readGatewayUrl, readSsdpAnswer } from '../../../../main/net/port-mapping/ssdp-answer.ts';

const nic = (address: string, cidr: string, internal = false) => ({ address, cidr, internal, family: address.includes(':') ? 'IPv6' : 'IPv4', netmask: '', mac: '' }) as never;
const networks = ownNetworks({
  lo: [nic('127.0.0.1', '127.0.0.1/8', true)], eth0: [nic('192.168.1.10', '192.168.1.10/24'), nic('fe80::5', 'fe80::5/64')], wan0: [nic('25.0.0.7', '25.0.0.7/24')], tun0: [nic('10.8.0.2', '10.8.0.2/32')],
});
const answer = (location: string, st = 'urn:schemas-upnp-org:device:InternetGatewayDevice:1'): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\nST: ${st}\r\nLocation: ${location}\r\n\r\n`);
const read = (location: string, from = '192.168.1.1', gateway: string | null = null) => readSsdpAnswer(answer(location), from, networks, gateway);

describe('an answer to the search for routers', () => {
  it('leads to the description on the host that answered', () => {
    expect(read('http://192.168.1.1:5000/rootDesc.xml?x=1')).toMatchObject({ host: '192.168.1.1', port: 5000, path: '/rootDesc.xml?x=1', network: { name: 'eth0' } });
    expect(read('http://192.168.1.1/d')?.port).toBe(80);
    expect(read('http://192.168.1.254/d', '192.168.1.1', '192.168.1.254')?.host).toBe('192.168.1.254');
  });

  it.each([
    'http://25.0.0.1/d', 'http://25.0.0.7/d', 'http://192.168.1.2/d', 'http://192.168.1.10/d', 'http://192.168.2.1/d', 'http://127.0.0.1/d', 'http://10.8.0.1/d', 'https://192.168.1.1/d',
    'http://router/d', 'http://user:pw@192.168.1.1/d', 'ftp://192.168.1.1/d', 'http://[::1]/d', 'http://[fe80::1]/d', 'http://192.168.1.1:99999/d', '//192.168.1.1/d', 'file:///etc/passwd', '', 'x',
  ])('leads nowhere with the address %s', (location) => {
    expect(read(location)).toBeNull();
  });

  it('leads nowhere from a host outside, from ourselves, or as another thing than a router', () => {
    expect(read('http://25.0.0.9/d', '25.0.0.9')).toBeNull();
    expect(read('http://192.168.1.10/d', '192.168.1.10')).toBeNull();
    expect(readSsdpAnswer(answer('http://192.168.1.1/d', 'upnp:rootdevice'), '192.168.1.1', networks, null)).toBeNull();
    expect(readSsdpAnswer(Buffer.from('NOTIFY * HTTP/1.1\r\nLOCATION: http://192.168.1.1/d\r\n\r\n'), '192.168.1.1', networks, null)).toBeNull();
    expect(readSsdpAnswer(Buffer.concat([answer('http://192.168.1.1/d'), Buffer.alloc(4_000)]), '192.168.1.1', networks, null)).toBeNull();
  });

  it('leads to the host that answered or nowhere, whatever it says', () => {
    const location = fc.oneof(fc.webUrl(), fc.string(), fc.ipV4().map((host) => `http://${host}/d`), fc.constantFrom('http://192.168.1.1\\@25.0.0.1/', 'http://0300.0250.1.1/', 'http://3232235777/'));
    fc.assert(fc.property(location, fc.uint8Array({ maxLength: 50 }), (text, noise) => {
      const found = readSsdpAnswer(Buffer.concat([answer(text), noise]), '192.168.1.1', networks, null);
      expect(found === null || found.host === '192.168.1.1').toBe(true);
    }));
  });

  it('may name the control address by path alone, and no other host', () => {
    expect(readGatewayUrl('/ctl/IPConn', ['192.168.1.1'], networks, 'http://192.168.1.1:5000/root.xml')).toMatchObject({ host: '192.168.1.1', port: 5000, path: '/ctl/IPConn' });
    expect(readGatewayUrl('//192.168.1.2/ctl', ['192.168.1.1'], networks, 'http://192.168.1.1:5000/')).toBeNull();
  });
});

describe('the own networks', () => {
  it('know their private neighbours', () => {
    expect(networkOfNeighbour(networks, '192.168.1.77')?.name).toBe('eth0');
    for (const stranger of ['192.168.2.1', '25.0.0.1', '192.168.1.10', '8.8.8.8', 'fe80::1', 'x']) expect(networkOfNeighbour(networks, stranger)).toBeUndefined();
  });

  it('are told apart when an address changes, not when the order does', () => {
    const other = ownNetworks({ wan0: [nic('25.0.0.7', '25.0.0.7/24')], tun0: [nic('10.8.0.2', '10.8.0.2/32')], eth0: [nic('192.168.1.10', '192.168.1.10/24')] });
    expect(networkFingerprint(other)).toBe(networkFingerprint(networks));
    expect(networkFingerprint(ownNetworks({ eth0: [nic('192.168.1.11', '192.168.1.11/24')] }))).not.toBe(networkFingerprint(networks));
  });

  it('say whether a router translates', () => {
    expect(isBehindNat(networks)).toBe(false); // it has a public address as well
    expect(isBehindNat(ownNetworks({ eth0: [nic('100.64.0.9', '100.64.0.9/10')] }))).toBe(true);
    expect(isBehindNat(ownNetworks({ eth0: [nic('2a00::5', '2a00::5/64')] }))).toBe(false);
  });

  it('have the address that the system itself would use; none where there is no way', async () => {
    expect(await sourceAddressFor('127.0.0.1')).toBe('127.0.0.1');
    expect(await sourceAddressFor('fe80::1')).toBeNull(); // nobody knows which link
    const six = ownNetworks({ eth0: [nic('2a00::5', '2a00::5/64')] });
    expect(await ownGlobalIpv6(six, async () => '2a00::6')).toBe('2a00::6');
    expect(await ownGlobalIpv6(six, async () => null)).toBeNull();
    expect(await ownGlobalIpv6(six, async () => 'fd00::6')).toBeNull();
    expect(await ownGlobalIpv6(networks, async () => '2a00::6')).toBeNull();
  });
});
