// The default route in the words of each system.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findDefaultGateways, parseLinuxIpv6Routes, parseLinuxRoutes, parseNetstatRoutes, parsePowershellRoutes, parseWindowsRoutePrint,
} from '../../../../main/net/port-mapping/default-gateway.ts';

const LINUX = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
`;
const LINUX_IPV6 = `fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;
const MACOS = `Routing tables

Internet:
Destination        Gateway            Flags               Netif Expire
default            192.168.178.1      UGScg                 en0
default            link#18            UCSIg             bridge1      !
127                127.0.0.1          UCS                   lo0
192.168.178        link#11            UCS                   en0      !

Internet6:
Destination                             Gateway                         Flags               Netif Expire
default                                 fe80::1%en0                     UGcg                  en0
default                                 fe80::%utun0                    UGcIg               utun0
::1                                     ::1                             UHL                   lo0
`;
const WINDOWS = `===========================================================================
Schnittstellenliste
 12...00 11 22 33 44 55 ......Intel(R) Ethernet Connection
===========================================================================

IPv4-Routentabelle
===========================================================================
Aktive Routen:
     Netzwerkziel    Netzwerkmaske          Gateway    Schnittstelle Metrik
          0.0.0.0          0.0.0.0      192.168.2.1    192.168.2.100     35
          0.0.0.0          0.0.0.0      192.168.1.1    192.168.1.100     25
        127.0.0.0        255.0.0.0   Auf Verbindung         127.0.0.1    331
===========================================================================

IPv6-Routentabelle
===========================================================================
Aktive Routen:
 If Metrik Netzwerkziel             Gateway
 12    281 ::/0                     fe80::1
  1    331 ::1/128                  Auf Verbindung
`;

describe('the default route', () => {
  it('is read from the tables of Linux, the cheapest first, and only where it has a router', () => {
    expect(parseLinuxRoutes(LINUX)).toBe('192.168.1.1');
    expect(parseLinuxRoutes('')).toBeNull();
    expect(parseLinuxIpv6Routes(LINUX_IPV6)).toBe('fe80::1%eth0');
    expect(parseLinuxIpv6Routes(LINUX_IPV6.replace('00450003', '00450002'))).toBeNull();
  });

  it('is read from netstat of macOS', () => {
    expect(parseNetstatRoutes(MACOS)).toEqual({ ipv4: '192.168.178.1', ipv6: 'fe80::1%en0' });
    expect(parseNetstatRoutes('')).toEqual({ ipv4: null, ipv6: null });
  });

  it('is read from PowerShell and from route print in any language', () => {
    expect(parsePowershellRoutes('0.0.0.0/0 192.168.2.1 7 50\r\n0.0.0.0/0 192.168.1.1 12 25\r\n::/0 fe80::1 12 281\r\n')).toEqual({ ipv4: '192.168.1.1', ipv6: 'fe80::1%12' });
    expect(parsePowershellRoutes('0.0.0.0/0 0.0.0.0 7 5\r\n')).toEqual({ ipv4: null, ipv6: null });
    expect(parseWindowsRoutePrint(WINDOWS)).toEqual({ ipv4: '192.168.1.1', ipv6: 'fe80::1%12' });
  });

  it('is an address or nothing, whatever the system prints', () => {
    const words = fc.constantFrom('default', '0.0.0.0', '00000000', '::/0', '0.0.0.0/0', 'UG', '0003', 'fe80::1', '192.168.1.1', '0101A8C0', 'en0', '%', 'x'.repeat(500));
    const lines = fc.array(fc.array(fc.oneof(words, fc.string()), { maxLength: 12 }).map((line) => line.join(' ')), { maxLength: 20 }).map((all) => all.join('\n'));
    fc.assert(fc.property(lines, (text) => {
      for (const found of [parseLinuxRoutes(text), parseLinuxIpv6Routes(text), ...[parseNetstatRoutes, parsePowershellRoutes, parseWindowsRoutePrint].flatMap((parse) => Object.values(parse(text)))]) {
        expect(found === null || /^[\d.]{7,15}$|^[0-9a-f:.]+(%[\w.-]{1,64})?$/i.test(found)).toBe(true);
      }
    }));
  });

  it.skipIf(process.platform !== 'linux' || !existsSync('/usr/sbin/ip'))('is the one that the system itself names', async () => {
    const said = /default via ([\d.]+)/.exec(execFileSync('/usr/sbin/ip', ['-4', 'route'], { encoding: 'utf8' }))?.[1] ?? null;
    expect((await findDefaultGateways()).ipv4).toBe(said);
  });
});
