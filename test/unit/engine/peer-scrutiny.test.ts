import { expect, it } from 'vitest';
import { mayName, tellerAt } from '../../../main/engine/peer-scrutiny.ts';

it.each([
  ['127.0.0.1', 'own-machine'], ['::1', 'own-machine'], ['[::1]', 'own-machine'], ['localhost', 'own-machine'], ['tracker.localhost', 'own-machine'],
  ['10.0.0.9', 'own-network'], ['192.168.1.1', 'own-network'], ['100.64.3.4', 'own-network'], ['fe80::1%eth0', 'own-network'], ['fd00::1', 'own-network'],
  ['nas', 'own-network'], ['tracker.local', 'own-network'], ['edge.home.arpa', 'own-network'],
  ['8.8.8.8', 'internet'], ['2606:4700::1', 'internet'], ['tracker.example.org', 'internet'], ['', 'internet'], ['local.example.org', 'internet'],
] as const)('places %j: %s', (host, teller) => {
  expect(tellerAt(host)).toBe(teller);
});

it('lets nobody from the internet send it into its own machine or network', () => {
  const inner = ['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '192.168.0.1', '172.16.0.1', '169.254.169.254', '100.64.0.1', 'fe80::1', 'fd00::1', '64:ff9b::a00:1', '198.18.0.1'];
  expect(inner.filter((host) => mayName('internet', host))).toEqual([]);
  expect(mayName('internet', '8.8.8.8')).toBe(true);
  expect(mayName('internet', '2606:4700::1')).toBe(true);
});

it('lets neighbours name neighbours, and this machine itself too', () => {
  expect(['10.0.0.1', 'fd00::1', '8.8.8.8', '127.0.0.1'].map((host) => mayName('own-network', host))).toEqual([true, true, true, false]);
  expect(['10.0.0.1', '127.0.0.1', '::1', '8.8.8.8'].map((host) => mayName('own-machine', host))).toEqual([true, true, true, true]);
});

it('takes from nobody what is no host at all', () => {
  const nobody = ['0.0.0.0', '0.1.2.3', '::', '224.0.0.1', 'ff02::1', '255.255.255.255', '240.0.0.1', 'name.example.org', ''];
  for (const teller of ['internet', 'own-network', 'own-machine'] as const) expect(nobody.filter((host) => mayName(teller, host))).toEqual([]);
});
