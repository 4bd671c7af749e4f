// The simulator's command: one crowd, the goals, or the comparison with real runs.
import { mkdirSync, writeFileSync } from 'node:fs';
import { calibrate } from './calibration.ts';
import { simulateCrowd } from './crowd.ts';
import type { CrowdResult } from './crowd.ts';
import { readOptions, simulatorHelp } from './options.ts';
import type { Scenario } from './scenario.ts';

/** What issue and docs promise for 200 clients with 50 links each. */
export const GOALS = { p50OverBound: 1.2, lastOverBound: 1.3 };
/** How far the simulation may be from the real runs. */
export const MOST_ERROR = 0.15;
const RESULTS = 'bench-results/simulator.json';

/** @returns the exit code: 1 for a missed goal, 2 for a command line that makes no sense */
export async function simulatorCommand(args: string[]): Promise<number> {
  let options;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message} See --help.\n`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(simulatorHelp);
    return 0;
  }
  if (options.calibrate !== null) {
    try {
      return await compareWithReal(options.calibrate.split(','), options.scenario);
    } catch (error) {
      process.stderr.write(`These figures cannot be compared with: ${(error as Error).message}\n`);
      return 2;
    }
  }
  const result = await simulateCrowd(options.scenario);
  save(result);
  if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`);
  else process.stdout.write(describe(result));
  if (!options.goals) return result.finished === result.seconds.length ? 0 : 1;
  let ok = true;
  for (const [name, limit] of Object.entries(GOALS)) {
    const value = result[name as keyof typeof GOALS];
    ok &&= value <= limit;
    process.stdout.write(`${value <= limit ? 'met   ' : 'MISSED'}  ${name} ${value.toFixed(3)}, goal <= ${limit}\n`);
  }
  return ok ? 0 : 1;
}

async function compareWithReal(files: string[], { randomSeed, hostDelayMs }: Scenario): Promise<number> {
  let worst = 0;
  let rows = 0;
  for (const file of files) {
    for (const row of await calibrate(file, { randomSeed, hostDelayMs })) {
      rows++;
      worst = Math.max(worst, Math.abs(row.error));
      process.stdout.write(`${row.label}: real last ${row.real.toFixed(2)} s${row.isVoid ? ' (void: the cores were full)' : ''}, `
        + `simulated ${row.simulated.toFixed(2)} s, error ${percent(row.error)}; p50 ${percent(row.p50Error)}\n`);
    }
  }
  if (rows === 0) {
    process.stderr.write('There is no complete run of Flashswarm clients alone in these files. Make one: npm run bench:crowd -- --clients 8 --json FILE\n');
    return 2;
  }
  process.stdout.write(`${worst <= MOST_ERROR ? 'met   ' : 'MISSED'}  largest error ${percent(worst)}, goal <= ${percent(MOST_ERROR)}\n`);
  return worst <= MOST_ERROR ? 0 : 1;
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What never came to be has no figure. */
const fixed = (value: number, digits: number): string => (Number.isFinite(value) ? value.toFixed(digits) : '-');

function describe(result: CrowdResult): string {
  const { scenario } = result;
  const lines = [
    `${scenario.clients} clients, ${scenario.links} links each, ${mb(scenario.sizeBytes)}, ${scenario.strategy}, ${scenario.delayMs} ms one way, seed ${scenario.randomSeed}`
      + `${scenario.ablate.length > 0 ? `, without ${scenario.ablate.join(', ')}` : ''}`,
    `complete ${result.finished} of ${result.seconds.length}; bound ${result.boundSeconds.toFixed(1)} s`,
    `p50 ${fixed(result.p50, 1)} s (${fixed(result.p50OverBound, 3)}), p95 ${fixed(result.p95, 1)} s, last ${fixed(result.last, 1)} s (${fixed(result.lastOverBound, 3)})`,
    ...(scenario.downlinks.length > 1
      ? [`last with a downlink of ${scenario.downlinks.map((rate, turn) => `${rate === null ? 'any rate' : `${mb(rate)}/s`} ${fixed(result.lastByDownlink[turn]!, 1)} s`).join(', ')}`] : []),
    `first piece ${fixed(result.firstPieceSeconds, 2)} s; seeds sent ${mb(result.seedBytes)}, origin ${mb(result.originBytes)} in ${result.originRequests} requests, `
      + `peers ${percent(result.peersShare)}, wasted ${mb(result.wastedBytes)}`,
    ...(result.freeloadersP50 === null ? [] : [`p50 of those who give ${fixed(result.giversP50, 1)} s, of those who do not ${fixed(result.freeloadersP50, 1)} s`]),
    `uplinks used, by second: ${result.uplinkUse.map((part) => Math.round(part * 100)).join(' ')} %`,
    `seconds under way, by second: ${result.underWaySeconds.join(' ')}`,
    `of these before the line: ${result.queueSeconds.join(' ')}`,
    `${result.events} events in ${result.wallSeconds.toFixed(1)} s`,
  ];
  return `${lines.join('\n')}\n`;
}

function save(result: CrowdResult): void {
  mkdirSync('bench-results', { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify({ at: new Date().toISOString(), ...result })}\n`);
}
