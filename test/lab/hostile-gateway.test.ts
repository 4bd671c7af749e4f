// A computer on the home network that lies about being the router: bounded time and memory, no request off the subnet, and the real router still works.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COUNT_OFF_SUBNET, HOME, HomeRouter, MINIUPNPD, OUTSIDE } from './home-router.ts';
import { counter, labLacks, labNetwork, peakMemoryBytes, removeNetworks } from './lab-network.ts';
import type { LabNetwork } from './lab-network.ts';
import { BOTH, MappingComputer } from './mapping-client.ts';
import { leaveNothingBehind, until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';

const lacks = labLacks(MINIUPNPD);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const script = fileURLToPath(new URL('hostile-gateway.ts', import.meta.url));
/** Search, description and two calls of the control address, one after another: more than any answer may make us wait. */
const WITHIN_MS = 15_000;
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;

interface Hostile { asked: string[]; bodyBytes: number }

async function startHostile(network: LabNetwork, mode: string): Promise<Program> {
  const program = await network.start('other', `hostile router (${mode})`, process.execPath, [script, mode, HOME.other, OUTSIDE], { stdin: true });
  await until('it is ready', () => program.stdout.includes('ready'));
  return program;
}

async function whatItSaw(program: Program): Promise<Hostile> {
  program.write('say');
  return JSON.parse(await until('it says what it saw', () => /\{.*\}(?=\n)/.exec(program.stdout)?.[0])) as Hostile;
}

/** A server outside that says when anybody connects. */
const sink = "require('net').createServer((s) => { console.log('connected'); s.destroy(); s.on('error', () => 0); }).listen(8000, '0.0.0.0', () => console.log('listening'))";

const MODES = ['outside', 'control-outside', 'base-outside', 'redirect', 'endless', 'bomb', 'deep', 'slow', 'headers', 'flood'] as const;

it.skipIf(lacks).each(MODES)('is not led astray by a false router (%s), and opens the ports on the real one', async (mode) => {
  const network = labNetwork();
  const router = new HomeRouter(network, { igd1: true, natPmp: false });
  router.build();
  network.nft('pc', COUNT_OFF_SUBNET);
  const outside = await network.start('inet', 'sink', process.execPath, ['-e', sink]);
  await until('it listens', () => outside.stdout.includes('listening'));
  const hostile = await startHostile(network, mode);

  // Alone at first: there is no router but the false one.
  const computer = await MappingComputer.start(network, BOTH);
  const began = performance.now();
  await until('it runs', () => computer.state ?? computer.program.stderr.includes('no ') ?? null, { withinMs: WITHIN_MS });
  const { mappings, gateway } = await computer.until('it gives up on the false router', ({ mappings: all }) => all.length === 2 && all.every(({ error }) => error), WITHIN_MS);
  const tookMs = performance.now() - began;
  const peak = peakMemoryBytes(computer.program.pid);
  expect(mappings.every(({ confirmed }) => !confirmed)).toBe(true);
  expect(gateway?.presentationUrl ?? null).toBeNull();
  const saw = await whatItSaw(hostile);
  // The description once for each answer that is looked at, at most four of one host, and the control address a few times.
  expect(saw.asked.length).toBeLessThanOrEqual(30);
  expect(new Set(saw.asked.filter((line) => line.startsWith('GET'))).size).toBeLessThanOrEqual(4);

  await router.start();
  computer.command({ refresh: 'the real router is there now' });
  await computer.open();
  expect(router.rules()).toHaveLength(2);
  const peakAfter = peakMemoryBytes(computer.program.pid);
  expect(counter(network, 'pc', 'offsubnet')).toBe(0);
  expect(outside.stdout).not.toContain('connected');
  await computer.close();
  expect(router.rules()).toEqual([]);

  // The same without anybody hostile, for comparison.
  await hostile.stop();
  const quiet = await MappingComputer.start(network, BOTH);
  await quiet.open();
  const usual = peakMemoryBytes(quiet.program.pid);
  await quiet.close();
  console.log(`${mode}: given up after ${Math.round(tookMs)} ms, ${saw.asked.length} requests, peak ${(peak / 1e6).toFixed(0)} MB, then ${(peakAfter / 1e6).toFixed(0)} MB `
    + `(quiet network ${(usual / 1e6).toFixed(0)} MB), 0 packets off the subnet`);
  // The counter does count.
  network.run('pc', '/bin/bash', ['-c', `echo > /dev/tcp/${OUTSIDE}/8000`]);
  expect(counter(network, 'pc', 'offsubnet')).toBeGreaterThan(0);
  expect(peakAfter - usual).toBeLessThan(MAX_GROWTH_BYTES);
});
