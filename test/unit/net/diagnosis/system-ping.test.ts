// The words of ping on every system, in more than one language.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseHop, parsePingTimes, parseWholePing } from '../../../../main/net/diagnosis/system-ping.ts';

const iputils = 'PING 25.0.0.2 (25.0.0.2) 56(84) bytes of data.\nFrom 100.64.0.1 icmp_seq=1 Time to live exceeded\n\n--- 25.0.0.2 ping statistics ---\n1 packets transmitted, 0 received, +1 errors, 100% packet loss, time 0ms\n';
const iputilsThere = 'PING 25.0.0.2 (25.0.0.2) 56(84) bytes of data.\n64 bytes from 25.0.0.2: icmp_seq=1 ttl=63 time=0.076 ms\n';
const macos = 'PING 25.0.0.2 (25.0.0.2): 56 data bytes\n92 bytes from 192.168.1.1: Time to live exceeded\nVr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst\n';
const macosThere = 'PING 25.0.0.2 (25.0.0.2): 56 data bytes\n64 bytes from 25.0.0.2: icmp_seq=0 ttl=57 time=12.345 ms\n';
const windows = '\r\nPinging 25.0.0.2 with 32 bytes of data:\r\nReply from 192.168.1.1: TTL expired in transit.\r\n\r\nPing statistics for 25.0.0.2:\r\n';
const windowsGerman = '\r\nPing wird ausgef\xfchrt f\xfcr 25.0.0.2 mit 32 Bytes Daten:\r\nAntwort von 192.168.1.1: Die G\xfcltigkeitsdauer wurde bei der \xdcbertragung \xfcberschritten.\r\n';
const windowsThere = '\r\nPinging 25.0.0.2 with 32 bytes of data:\r\nReply from 25.0.0.2: bytes=32 time=14ms TTL=57\r\n';
const windowsSilent = '\r\nPinging 25.0.0.2 with 32 bytes of data:\r\nRequest timed out.\r\n\r\nPing statistics for 25.0.0.2:\r\n    Packets: Sent = 1, Received = 0, Lost = 1 (100% loss),\r\n';
const ipv6 = 'PING 2a00:9::2(2a00:9::2) 56 data bytes\nFrom 2a00:1:2:3::1 icmp_seq=1 Time exceeded: Hop limit\n';

it.each([
  ['iputils', iputils, 'linux', { kind: 'router', address: '100.64.0.1' }], ['iputils, arrived', iputilsThere, 'linux', { kind: 'arrived' }],
  ['iputils over IPv6', ipv6, 'linux', { kind: 'router', address: '2a00:1:2:3::1' }],
  ['macOS', macos, 'darwin', { kind: 'router', address: '192.168.1.1' }], ['macOS, arrived', macosThere, 'darwin', { kind: 'arrived' }],
  ['Windows', windows, 'win32', { kind: 'router', address: '192.168.1.1' }], ['Windows in German', windowsGerman, 'win32', { kind: 'router', address: '192.168.1.1' }],
  ['Windows, arrived', windowsThere, 'win32', { kind: 'arrived' }], ['Windows, silence', windowsSilent, 'win32', { kind: 'silent' }],
  ['nothing', '', 'linux', { kind: 'silent' }],
] as const)('finds the router in the words of %s', (_, text, platform, hop) => {
  expect(parseHop(text, platform)).toEqual(hop);
});

it('reads times, lost ones left out', () => {
  expect(parsePingTimes(`${iputilsThere}64 bytes from 25.0.0.2: icmp_seq=2 ttl=63 time=1.5 ms\n`)).toEqual([0.076, 1.5]);
  expect(parsePingTimes(windowsThere)).toEqual([14]);
  expect(parsePingTimes(windowsSilent)).toEqual([]);
});

it('sees whether a large packet passed, and what a router said of it', () => {
  expect(parseWholePing({ code: 0, text: iputilsThere })).toEqual({ passed: true, hintedMtu: null });
  expect(parseWholePing({ code: 1, text: 'From 25.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)\n' })).toEqual({ passed: false, hintedMtu: 1_400 });
  expect(parseWholePing({ code: 1, text: 'ping: local error: message too long, mtu=1500\n' })).toEqual({ passed: false, hintedMtu: 1_500 });
  expect(parseWholePing({ code: 0, text: 'Reply from 25.0.0.1: Packet needs to be fragmented but DF set.\r\n' })).toEqual({ passed: false, hintedMtu: null });
});

it('survives whatever a program prints', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), fc.constantFrom('linux', 'darwin', 'win32'), (text, platform) => {
    parseHop(text, platform);
    expect(parsePingTimes(text).every(Number.isFinite)).toBe(true);
    parseWholePing({ code: 0, text });
  }));
});
