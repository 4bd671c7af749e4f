// The port mapper against Debian's miniupnpd as IGD 1 and 2, NAT-PMP and PCP, and against a router without an address.
import { expect, it } from 'vitest';
import { HOME, HomeRouter, MINIUPNPD } from './home-router.ts';
import type { RouterOptions } from './home-router.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';
import type { LabNetwork } from './lab-network.ts';
import { BOTH, MappingComputer } from './mapping-client.ts';
import { leaveNothingBehind, until } from '../support/processes.ts';

const lacks = labLacks(MINIUPNPD, '/usr/bin/upnpc');
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

async function home(options: RouterOptions): Promise<[LabNetwork, HomeRouter]> {
  const network = labNetwork();
  const router = new HomeRouter(network, options);
  router.build();
  await router.start();
  return [network, router];
}

const bothRules = [`tcp 6881 -> ${HOME.pc}:6881`, `udp 6881 -> ${HOME.pc}:6881`];

it.skipIf(lacks).each([
  { name: 'UPnP IGD 1', options: { igd1: true, natPmp: false }, method: 'upnp-1', confirmedBy: 'listed' },
  { name: 'UPnP IGD 2', options: { natPmp: false }, method: 'upnp-2', confirmedBy: 'listed' },
  { name: 'PCP', options: { upnp: false }, method: 'pcp', confirmedBy: 'renewed' },
  { name: 'NAT-PMP', options: { upnp: false, ignorePcp: true }, method: 'nat-pmp', confirmedBy: 'renewed' },
  { name: 'all of them together', options: {}, method: 'upnp-2', confirmedBy: 'listed' },
] as const)('opens both ports through $name, and leaves nothing behind on the router', async ({ options, method, confirmedBy }) => {
  const [network, router] = await home(options);
  const computer = await MappingComputer.start(network);
  const mappings = await computer.open();
  expect(mappings).toMatchObject(['tcp', 'udp'].map((protocol) => (
    { protocol, internalPort: 6881, externalPort: 6881, externalAddress: router.wan, externalAddressKind: 'public', method, confirmed: true, confirmedBy, error: null }
  )));
  expect(mappings.every(({ expiresAt }) => expiresAt! > Date.now())).toBe(true);
  expect(computer.state!.problem).toBeNull();
  expect(router.rules()).toEqual(bothRules);
  console.log(`${method}: first open state after ${computer.states.length} changes; closed in ${Math.round(await computer.close())} ms`);
  expect(router.rules()).toEqual([]);
});

it.skipIf(lacks).each([
  { name: 'a private address', wan: '192.168.100.2', natPmp: true },
  { name: 'the shared address of a carrier', wan: '100.64.0.2', natPmp: true },
  { name: 'a private address, UPnP alone', wan: '10.0.0.2', natPmp: false },
])('says plainly that a router with $name cannot open ports', async ({ wan, natPmp }) => {
  const [network, router] = await home({ wan, natPmp });
  const computer = await MappingComputer.start(network);
  const { mappings, externalAddresses } = await computer.until('it says why', ({ mappings: all }) => all.length > 0 && all.every(({ error }) => error));
  expect(mappings).toHaveLength(2);
  for (const { error, confirmed, externalPort } of mappings) expect([error?.code, confirmed, externalPort]).toEqual(['no-address', false, null]);
  // miniupnpd hides a reserved address: the evidence for whoever looks at the layers of translation
  expect(externalAddresses.length).toBeGreaterThan(0);
  expect(externalAddresses.every(({ kind }) => kind !== 'public')).toBe(true);
  console.log(`${wan}: ${mappings[0]!.error!.message}  ${JSON.stringify(externalAddresses)}`);
  expect(await computer.close()).toBeLessThan(4_500);
  expect(router.rules()).toEqual([]);
});

it.skipIf(lacks)('leaves the mapping of another computer alone and takes another port outside', async () => {
  const [network, router] = await home({ igd1: true });
  network.run('other', '/usr/bin/upnpc', ['-e', 'other program', '-a', HOME.other, '6881', '6881', 'TCP', '3600']);
  const computer = await MappingComputer.start(network);
  const [tcp, udp] = await computer.open();
  expect(tcp!.externalPort).toBeGreaterThanOrEqual(49_152);
  expect(udp!.externalPort).toBe(6881);
  const theirs = `tcp 6881 -> ${HOME.other}:6881`;
  expect(router.rules()).toEqual([`tcp ${tcp!.externalPort} -> ${HOME.pc}:6881`, theirs, bothRules[1]!].sort());
  await computer.close();
  expect(router.rules()).toEqual([theirs]);
});

it.skipIf(lacks)('uses a port that somebody opened by hand for it, and does not remove it', async () => {
  const [network, router] = await home({});
  network.run('pc', '/usr/bin/upnpc', ['-e', 'by hand', '-a', HOME.pc, '6881', '6881', 'TCP', '0']);
  const computer = await MappingComputer.start(network);
  const [tcp, udp] = await computer.open();
  expect([tcp!.isOurs, tcp!.externalPort, udp!.isOurs]).toEqual([false, 6881, true]);
  await computer.close();
  expect(router.rules()).toEqual([bothRules[0]!]);
});

it.skipIf(lacks)('moves the mappings when the engine listens on another port, and closes what is no longer wanted', async () => {
  const [network, router] = await home({});
  const computer = await MappingComputer.start(network);
  await computer.open();
  computer.command({ want: [{ ...BOTH[0]!, internalPort: 7000 }] });
  await computer.until('the new port is open', ({ mappings }) => mappings.length === 1 && mappings[0]!.internalPort === 7000 && mappings[0]!.confirmed);
  expect(router.rules()).toEqual([`tcp 7000 -> ${HOME.pc}:7000`]);
  // away and back again at once: the removal must not take the new one
  computer.command({ want: [] });
  computer.command({ want: [{ ...BOTH[0]!, internalPort: 7000 }] });
  await router.settlesOn([`tcp 7000 -> ${HOME.pc}:7000`]);
  await computer.until('it is open again', ({ mappings }) => mappings.length === 1 && mappings[0]!.confirmed);
  await computer.close();
  expect(router.rules()).toEqual([]);
});

it.skipIf(lacks)('can renew and remove over PCP what it made before a crash', async () => {
  const [network, router] = await home({ upnp: false });
  const secret = '00112233445566778899aabbccddeeff';
  const first = await MappingComputer.start(network, BOTH, {}, secret);
  await first.open();
  first.program.signal('SIGKILL');
  await first.program.exited;
  const second = await MappingComputer.start(network, BOTH, {}, secret);
  await second.open();
  await second.close();
  expect(router.rules()).toEqual([]);
});

it.skipIf(lacks).each([
  { method: 'upnp-pinhole', upnp: true }, { method: 'pcp-ipv6', upnp: false },
] as const)('opens the IPv6 firewall by $method as well, and closes it', async ({ method, upnp }) => {
  const [network, router] = await home({ ipv6: true, upnp });
  const computer = await MappingComputer.start(network);
  const mappings = await computer.open();
  expect(mappings.filter(({ family }) => family === 6)).toMatchObject(['tcp', 'udp'].map((protocol) => (
    { protocol, method, externalAddress: HOME.pcIpv6, externalPort: 6881, confirmed: true }
  )));
  const say = "require('net').createServer((s) => s.end('hello')).listen(6881, '::', () => console.log('listening'))";
  const listener = await network.start('pc', 'listener', process.execPath, ['-e', say]);
  await until('it listens', () => listener.stdout.includes('listening'));
  const ask = `require('net').connect(6881, '${HOME.pcIpv6}').setTimeout(4000, () => process.exit(1)).on('data', (d) => console.log(String(d)))`;
  expect(network.run('inet', process.execPath, ['-e', ask]).trim()).toBe('hello');
  expect(router.pinholes()).toEqual(['tcp', 'udp'].map((protocol) => `${protocol} ${HOME.pcIpv6} 6881`));
  await computer.close();
  expect(router.rules()).toEqual([]);
  // miniupnpd with nftables refuses to delete what PCP opened over IPv6; the shortest life makes it go within `min_lifetime`.
  if (method === 'pcp-ipv6') await until('the opening has run out', () => router.pinholes().length === 0, { withinMs: 15_000 });
  expect(router.pinholes()).toEqual([]);
});
