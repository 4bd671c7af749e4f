// The verdict is renewed by itself when the computer comes into another network or wakes up, and not over and over.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder, leaveNothingBehind, until } from '../support/processes.ts';
import { COTURN, startCoturn } from './diagnosis-world.ts';
import { HOME, HomeRouter, MINIUPNPD } from './home-router.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';

const lacks = labLacks(MINIUPNPD, COTURN);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

interface Report { state: string; since: string | null; startedAt: number; finishedAt: number | null; reach: string; action: string; ownAddresses: string[]; gateway: string | null }

it.skipIf(lacks)('marks the verdict when the network changes or the computer wakes up, and checks again with the same consent, once in a while', async () => {
  const betweenRunsMs = 12_000;
  const network = labNetwork();
  const router = new HomeRouter(network, {});
  router.build();
  for (const last of [2, 3]) network.ip('inet', `addr add 25.0.0.${last}/24 dev eth0`);
  await startCoturn(network);
  await router.start();
  const given = { dataDir: temporaryFolder('data'), stun: ['25.0.0.2:3478', '25.0.0.3:3478'], betweenRunsMs };
  const child = await network.start('pc', 'verdict', process.execPath, [fileURLToPath(new URL('renewal-child.ts', import.meta.url)), JSON.stringify(given)], { stdin: true });
  const reports: Report[] = [];
  child.onLine((line) => reports.push(JSON.parse(line) as Report));
  const runs = (): Report[] => [...new Map(reports.filter(({ state }) => state === 'done').map((one) => [one.startedAt, one])).values()];
  const reached = <T>(what: string, test: () => T): Promise<T> => until(what, test, { withinMs: 60_000, everyMs: 50, describe: () => `${JSON.stringify(reports.at(-1))}\n${child.tail()}` }) as Promise<T>;

  // Nobody asked yet: a change is nobody's business.
  network.ip('pc', 'addr add 192.168.1.77/24 dev eth0');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(reports.filter(({ state }) => state !== 'never')).toEqual([]);

  child.write('run');
  await reached('the first verdict', () => runs().length === 1);
  expect(runs()[0]).toMatchObject({ gateway: HOME.router, since: null });

  network.ip('pc', 'addr flush dev eth0');
  network.ip('pc', 'addr add 192.168.1.50/24 dev eth0');
  network.ip('pc', `route add default via ${HOME.router}`);
  await reached('the verdict is marked', () => reports.at(-1)?.since === 'network');
  expect(runs()).toHaveLength(1);
  await reached('the second verdict', () => runs().length === 2);
  expect(runs()[1]!.ownAddresses).toContain('192.168.1.50');
  expect(runs()[1]!.since).toBeNull();
  expect(runs()[1]!.startedAt - runs()[0]!.startedAt).toBeGreaterThanOrEqual(betweenRunsMs - 100);

  child.write('sleep');
  await reached('the verdict is marked', () => reports.at(-1)?.since === 'resumed');
  await reached('the third verdict', () => runs().length === 3);
  expect(child.stderr).toContain('looking again (resumed)');

  // Without any way out it is said so, and nothing is asked over and over.
  network.ip('pc', 'addr flush dev eth0');
  await reached('the fourth verdict', () => runs().length === 4);
  expect(runs()[3]!.reach).toBe('blocked');
  await new Promise((resolve) => setTimeout(resolve, betweenRunsMs + 3_000));
  expect(runs()).toHaveLength(4);
  child.write('end');
  await reached('it ends by itself', () => child.ended);
});
