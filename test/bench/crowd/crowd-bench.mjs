// The crowd bench: `npm run bench:crowd -- [options]`; see `--help`. Prints tables, writes bench-results/crowd.json and plots.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { makeWork } from '../fixtures.mjs';
import { canBuildLinks } from '../links.mjs';
import { ablate } from './ablation.mjs';
import { writeHooks } from './clients.mjs';
import { crowdPlot } from './crowd-plots.mjs';
import { listGoals, runGoals } from './goals.mjs';
import { filesOf } from './material.mjs';
import { HELP, parseOptions } from './options.mjs';
import { printRun, printTable } from './report.mjs';
import { runCrowd, stopCrowd } from './run-crowd.mjs';
import { countKinds, medians } from './summarise.mjs';

/** @returns whether every goal was met, every crowd complete and no run void */
export async function crowdBenchmark(words) {
  let options;
  try {
    options = parseOptions(words);
  } catch (error) {
    console.error(`${error.message}\nSee --help.`);
    return false;
  }
  if (options.help) return console.log(HELP) ?? true;
  if (options.list) return listGoals() ?? true;
  if (!canBuildLinks()) {
    console.error('crowd: needs root for network namespaces; left out.');
    return true;
  }
  process.setMaxListeners(50);
  // Ended by hand, nothing stays: the programs first, then on 'exit' the namespaces and the files.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => void stopCrowd().finally(() => process.exit(130)));
  makeWork();
  writeHooks();
  if (loadavg()[0] > 0.5) console.error(`The machine is busy with other things (load ${loadavg()[0].toFixed(1)} on ${cpus().length} cores): times are not to be trusted.`);
  if (options.goals || options.goal) return runGoals(options);
  if (options.ablate) return ablate(options);
  return compare(options);
}

/** Every strategy with every mix, one after the other, so many rounds. */
async function compare(options) {
  const crowds = options.strategies.flatMap((strategy) => options.mixes.map((mix) => crowdFrom(options, { strategy, mix })));
  const results = await runAll(crowds, options.rounds);
  const table = results.map(medians);
  printTable(table);
  save(options.json ?? 'bench-results/crowd.json', { at: new Date().toISOString(), cores: cpus().length, options: describe(options), table, runs: results });
  if (options.trace) save(options.trace, results.flat().map(({ label, trace }) => ({ label, trace })));
  const plotFile = options.svg ?? 'bench-results/crowd.svg';
  mkdirSync(dirname(plotFile), { recursive: true });
  writeFileSync(plotFile, crowdPlot(results.map((runs) => runs.at(-1))));
  console.log(`Figures: ${options.json ?? 'bench-results/crowd.json'}; plot of the last round: ${plotFile}`);
  return table.every((row) => row.isComplete && row.voids === 0);
}

/** One crowd of what the command line says. */
export function crowdFrom(options, { strategy, mix, ...more }) {
  const kinds = Object.entries(countKinds(mix));
  const label = [strategy, ...(options.smoothing ? ['smoothed'] : []), ...(kinds.length > 1 ? kinds.map(([kind, count]) => `${count} ${kind}`) : kinds[0][0] === 'flashswarm' ? [] : [kinds[0][0]])].join(' ');
  return { ...options, strategy, mix, label, traceEveryMs: options.trace ? 500 : 0, ...more };
}

/** In turns, so that what else the machine does falls on all alike. @returns lists of runs, one for each crowd */
export async function runAll(crowds, rounds, firstRound = 0) {
  const results = crowds.map(() => []);
  for (let round = firstRound; round < firstRound + rounds; round++) {
    for (const [i, crowd] of crowds.entries()) {
      const run = await runCrowd(crowd, filesOf(crowd), round);
      printRun(run, round, crowd);
      results[i].push(run);
    }
  }
  return results;
}

export function save(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(value, (_, one) => (typeof one === 'number' ? Number(one.toPrecision(6)) : one))}\n`);
}

/** What was asked for, without what only steers the bench. */
const describe = ({ json: _json, svg: _svg, trace: _trace, mixes, ...rest }) => ({ ...rest, mixes: mixes.map(countKinds) });
