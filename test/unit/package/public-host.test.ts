// Hosts that can never be public, in every spelling that a dialler would understand.
import { expect, test } from 'vitest';
import { isLiteralPrivateHost } from '../../../main/package/public-host.ts';

test.each([
  '127.0.0.1', '0x7f.1', '017700000001', '2130706433', '127.1', '１２７.0.0.1', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255',
  '[::1]', '[::]', '[fe80::1]', '[fd00::1]', '[::ffff:127.0.0.1]', '[64:ff9b::10.0.0.1]', '[2002:7f00:1::]',
  'localhost', 'LOCALHOST', 'localhost.', 'a.localhost', 'printer.local', 'x.internal', 'nas.home.arpa', 'router.lan', 'router', 'a b', '', 'x@y.example', 'x.example/path', 'x.example:8080',
])('%j is not public', (host) => expect(isLiteralPrivateHost(host)).toBe(true));

test.each(['example.com', 'cdn.example.co.uk', '8.8.8.8', '[2606:4700::1111]', 'local.example.com', 'bücher.example', 'example.com.'])('%j may be', (host) => {
  expect(isLiteralPrivateHost(host)).toBe(false);
});
