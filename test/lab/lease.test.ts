// What happens to a mapping while it is kept: leases that run out, routers that restart, entries that vanish or are taken, sleep, other networks.
import { setTimeout as sleep } from 'node:timers/promises';
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

/** An hour in eight seconds. */
const LEASE_SECONDS = 8;
const QUICK = {
  leaseSeconds: LEASE_SECONDS, recheckMs: 1_500, retryFromMs: 500, retryUpToMs: 1_500, renewAtLeastMs: 1_000, pollMs: 500, sleepMs: 1_500,
  searchMs: 1_500, httpMs: 1_500, datagramMs: 1_500, graceMs: 200,
};
const RENEWAL_MS = LEASE_SECONDS * 1000 / 2;

const WAYS: { name: string; options: RouterOptions; method: string }[] = [
  { name: 'UPnP IGD 1', options: { igd1: true, natPmp: false }, method: 'upnp-1' },
  { name: 'UPnP IGD 2', options: { natPmp: false }, method: 'upnp-2' },
  { name: 'PCP', options: { upnp: false }, method: 'pcp' },
  { name: 'NAT-PMP', options: { upnp: false, ignorePcp: true }, method: 'nat-pmp' },
];
const bothRules = [`tcp 6881 -> ${HOME.pc}:6881`, `udp 6881 -> ${HOME.pc}:6881`];

async function opened(options: RouterOptions, secret?: string): Promise<{ network: LabNetwork; router: HomeRouter; computer: MappingComputer }> {
  const network = labNetwork();
  const router = new HomeRouter(network, options);
  router.build();
  await router.start();
  const computer = await MappingComputer.start(network, BOTH, QUICK, secret);
  await computer.open();
  return { network, router, computer };
}

const back = (router: HomeRouter, rules = bothRules): Promise<true> => until('both ports are open again', () => (
  JSON.stringify(router.rules()) === JSON.stringify(rules) || null
), { withinMs: 3 * RENEWAL_MS, everyMs: 50, describe: () => router.rules().join('\n') + router.said() });

/** The same in four homes at once: most of the time is spent waiting for leases. */
const inEveryHome = (use: (way: (typeof WAYS)[number]) => Promise<void>): Promise<void[]> => Promise.all(WAYS.map(use));

it.skipIf(lacks)('keeps the ports open for three leases, whichever way they were opened', () => inEveryHome(async ({ name, options, method }) => {
  const { router, computer } = await opened(options);
  const first = computer.state!.mappings[0]!.expiresAt!;
  await until('three leases have passed', async () => {
    // A renewal of miniupnpd takes the rule away and puts it back, on a busy machine a good moment later. A lost one would be back only after a renewal.
    let rules = router.rules();
    for (let looks = 0; looks < 30 && rules.length < 2; looks++) {
      await sleep(100);
      rules = router.rules();
    }
    expect(rules, name + router.said()).toEqual(bothRules);
    return Date.now() > first + 2 * LEASE_SECONDS * 1000;
  }, { withinMs: 4 * LEASE_SECONDS * 1000, everyMs: 200 });
  expect(computer.states.every(({ mappings }) => mappings.every(({ error }) => error === null))).toBe(true);
  expect(computer.state!.mappings[0]).toMatchObject({ method, confirmed: true });
  expect(computer.state!.mappings[0]!.expiresAt).toBeGreaterThan(Date.now());
  await computer.close();
  expect(router.rules()).toEqual([]);
}));

it.skipIf(lacks).each(WAYS)('opens the ports again after the router was restarted ($name)', async ({ name, options, method }) => {
  const { router, computer } = await opened(options);
  await until('the clock of the router has gone on', () => Date.now() > computer.state!.mappings[0]!.expiresAt! - LEASE_SECONDS * 1000 + 2_500);
  await router.restart();
  const up = performance.now();
  await back(router);
  const tookMs = performance.now() - up;
  console.log(`${name}: open again ${Math.round(tookMs)} ms after the router was up; the renewal period is ${RENEWAL_MS} ms`);
  expect(tookMs).toBeLessThan(RENEWAL_MS + 1_500);
  const [tcp] = await computer.open();
  expect(tcp).toMatchObject({ method, confirmed: true, error: null });
  await computer.close();
  expect(router.rules()).toEqual([]);
});

it.skipIf(lacks)('opens the ports again when somebody deleted the mapping', async () => {
  const { network, router, computer } = await opened({});
  network.run('pc', '/usr/bin/upnpc', ['-d', '6881', 'TCP']);
  expect(router.rules()).toEqual([bothRules[1]]);
  await back(router);
  await computer.close();
  expect(router.rules()).toEqual([]);
});

it.skipIf(lacks)('takes another port when another computer took ours, and leaves theirs alone on quitting', async () => {
  const { network, router, computer } = await opened({});
  // Faster than the next look: paused in between.
  computer.program.signal('SIGSTOP');
  network.run('pc', '/usr/bin/upnpc', ['-d', '6881', 'TCP']);
  network.run('other', '/usr/bin/upnpc', ['-e', 'thief', '-a', HOME.other, '6881', '6881', 'TCP', '3600']);
  computer.program.signal('SIGCONT');
  const theirs = `tcp 6881 -> ${HOME.other}:6881`;
  const { mappings } = await computer.until('tcp is open elsewhere', ({ mappings: [tcp] }) => tcp!.confirmed && tcp!.externalPort !== 6881);
  expect(router.rules()).toEqual([theirs, `tcp ${mappings[0]!.externalPort} -> ${HOME.pc}:6881`, bothRules[1]!].sort());
  await computer.close();
  expect(router.rules()).toEqual([theirs]);
});

it.skipIf(lacks)('opens the ports again after the computer slept for longer than the lease, whichever way they were opened', () => inEveryHome(async ({ name, options }) => {
  const { router, computer } = await opened(options);
  computer.program.signal('SIGSTOP');
  await until('the leases have run out', () => router.rules().length === 0, { withinMs: 4 * LEASE_SECONDS * 1000, everyMs: 200 });
  computer.program.signal('SIGCONT');
  const woke = performance.now();
  await back(router);
  const tookMs = performance.now() - woke;
  console.log(`${name}: open again ${Math.round(tookMs)} ms after waking`);
  expect(tookMs).toBeLessThan(RENEWAL_MS + 1_500);
  // By the one or the other: asleep in the middle of a request, it wakes up to a mapping whose time is over.
  expect(computer.program.stderr).toMatch(/the clock jumped|The time of the mapping ran out/);
  await computer.open();
  await computer.close();
  expect(router.rules()).toEqual([]);
}));

it.skipIf(lacks)('opens the ports for the new address when the computer gets another one', async () => {
  const { network, router, computer } = await opened({ upnp: true });
  network.ip('pc', 'addr del 192.168.1.10/24 dev eth0');
  network.ip('pc', 'addr add 192.168.1.20/24 dev eth0');
  network.ip('pc', 'route add default via 192.168.1.1');
  await computer.until('the ports are open for the new address', ({ mappings }) => mappings.length === 2 && mappings.every(({ confirmed }) => confirmed)
    && router.rules().filter((rule) => rule.endsWith('192.168.1.20:6881')).length === 2);
  await computer.close();
  // What was made from the old address can only run out: nobody but that address may remove it.
  await until('nothing is left', () => router.rules().length === 0, { withinMs: 3 * LEASE_SECONDS * 1000, everyMs: 200 });
});

it.skipIf(lacks)('says so when the router is gone, finds it when it is back, and quits in time without it', async () => {
  const { router, computer } = await opened({ igd1: true });
  await router.stop();
  await computer.until('the ports count as open no longer', ({ mappings }) => mappings.every(({ confirmed, error }) => !confirmed && error), 3 * RENEWAL_MS + 10_000);
  await router.restart();
  await computer.open();
  expect(router.rules()).toEqual(bothRules);
  await router.stop();
  expect(await computer.close()).toBeLessThan(4_500);
});
