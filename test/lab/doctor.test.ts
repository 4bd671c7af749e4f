// The whole of `flashswarm doctor` in every kind of network, against the real probe server: what it says, what it means and what it advises.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Connectivity } from '../../contract/index.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { PING } from './diagnosis-world.ts';
import { DOCTOR_NETWORKS, PROBE_TEXT, SOCAT } from './doctor-networks.ts';
import type { DoctorNetwork } from './doctor-networks.ts';
import { MINIUPNPD } from './home-router.ts';
import { labLacks, labNetwork, removeNetworks } from './lab-network.ts';

const lacks = labLacks(MINIUPNPD, PING, SOCAT);
if (lacks) console.log(`Skipped: ${lacks}.`);
removeNetworks();
leaveNothingBehind();

const flashswarm = fileURLToPath(new URL('../../main/cli/flashswarm.ts', import.meta.url));
const AT_A_TIME = 3;

interface Row { name: string; paths: string; says: string; firstSeconds: number | null; firstSays: string; seconds: number; isRight: boolean; report: Connectivity | null; said: string }

async function diagnose({ name, build, servers = ['--stun', PROBE_TEXT, '--probe', PROBE_TEXT], paths, says, fault }: DoctorNetwork): Promise<Row> {
  const network = labNetwork();
  await build(network);
  const home = temporaryFolder('home');
  const startedAt = performance.now();
  const doctor = await network.start('pc', `doctor, ${name}`, process.execPath, [flashswarm, 'doctor', '--json', '--private', '--no-dht', ...servers], {
    cwd: home, graceMs: 10_000, env: { HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home, XDG_STATE_HOME: home },
  });
  await until(`${doctor.name} ends`, () => doctor.ended, { withinMs: 100_000, describe: () => doctor.tail() });
  const { code } = await doctor.exited;
  const seconds = (performance.now() - startedAt) / 1000;
  const first = /^After ([\d.]+) s: (.*)$/m.exec(doctor.stderr);
  const report = code === 0 ? JSON.parse(doctor.stdout) as Connectivity : null;
  const found = report ? { paths: report.verdict.paths.map(({ reach }) => reach).join(' '), says: `${report.verdict.reach} ${report.verdict.means} ${report.verdict.action.kind}` } : { paths: `ended with ${code}`, says: '' };
  const { server, reason } = report?.verdict.action.facts ?? {};
  const mtu = report?.checks.find(({ id }) => id === 'path-mtu');
  // A server that is to blame tells nothing of the way for large packets either.
  const isBlamed = fault === undefined ? server === undefined : `${server} ${reason}` === fault && mtu?.outcome === 'unknown' && mtu.facts.server === server;
  network.remove();
  return {
    name, ...found, seconds, firstSeconds: first ? Number(first[1]) : report?.finishedAt ? (report.finishedAt - report.startedAt!) / 1000 : null, firstSays: first?.[2] ?? 'the last', isRight: found.paths === paths && found.says === says && isBlamed, report, said: doctor.tail(),
  };
}

const line = ({ name, paths, says, firstSeconds, firstSays, seconds, isRight }: Row): string => [
  name.padEnd(32), paths.padEnd(34), says.padEnd(40), `${firstSeconds?.toFixed(1) ?? '-'} s`.padStart(7), `${seconds.toFixed(1)} s`.padStart(8), isRight ? '  right' : '  WRONG', firstSays.replace(' Still checking ...', '').slice(0, 60),
].join(' ');

it.skipIf(lacks)('tells in every kind of network who can reach one, what that means, and the one thing to do', async () => {
  const only = process.env.FLASHSWARM_LAB_NETWORKS?.split(',');
  const wanted = DOCTOR_NETWORKS.filter(({ name }) => only?.some((one) => name.includes(one)) ?? true);
  const waiting = [...wanted];
  const rows = new Map<string, Row>();
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) rows.set(next.name, await diagnose(next));
  }));
  const table = wanted.map(({ name }) => rows.get(name)!);
  console.log([
    `${'network'.padEnd(32)} ${'TCP and UDP over IPv4, over IPv6'.padEnd(34)} ${'reach, meaning, action'.padEnd(40)}   first     all          the first says`, ...table.map(line),
    `${table.filter(({ isRight }) => isRight).length} of ${table.length} right`,
  ].join('\n'));
  const wrong = table.filter(({ isRight }) => !isRight);
  for (const { name, report, said } of wrong) {
    const { paths, says } = wanted.find((one) => one.name === name)!;
    console.log(`${name}: wanted ${paths}; ${says}\n${report ? `${JSON.stringify(report.verdict)}\n${report.checks.map((check) => `${check.id} ${check.state} ${check.outcome} ${check.tookMs} ${JSON.stringify(check.facts)}`).join('\n')}\n${JSON.stringify(report.mappings)}` : said}`);
  }
  expect(wrong.map(({ name, paths, says }) => `${name}: ${paths}; ${says}`)).toEqual([]);
}, 400_000);
