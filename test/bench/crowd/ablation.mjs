// What each policy brings: the same crowd with all of them and with one left out at a time.
import { POLICIES, SERVER_POLICIES } from '../policies.ts';
import { crowdFrom, runAll, save } from './crowd-bench.mjs';
import { hasOrigin } from './scenario.mjs';
import { medians } from './summarise.mjs';

/** @param options of the command line; its `--without` names the policies to try, all of them unless told */
export async function ablate(options) {
  const strategy = options.strategies[0];
  const isThere = { smoothing: options.smoothing !== null, 'taker-windows': options.downlinks.length > 1, nearness: false };
  const matters = (policy) => (isThere[policy] ?? true) && (hasOrigin(strategy) || !SERVER_POLICIES.includes(policy));
  const policies = options.without.length > 0 ? options.without : POLICIES.filter(matters);
  const mix = options.mixes[0];
  const crowd = (left, label) => crowdFrom(options, { strategy, mix, without: left, label });
  const crowds = [
    crowd([], 'all policies'), ...policies.map((policy) => crowd([policy], `without ${policy}`)),
  ];
  const results = await runAll(crowds, options.rounds);
  const table = results.map(medians);
  const [all] = table;
  const change = (row, key) => (row[key] === null || all[key] === null ? '-' : `${row[key] >= all[key] ? '+' : ''}${(100 * (row[key] / all[key] - 1)).toFixed(0)} %`);
  const fixed = (value, digits) => (value === null ? '-' : value.toFixed(digits));
  console.table(Object.fromEntries(table.map((row) => [row.label, {
    '/ bound': fixed(row.lastOverBound, 2), 'last': change(row, 'lastSeconds'), 'p50': change(row, 'p50Seconds'),
    'first piece': change(row, 'firstPieceSeconds'), 'first piece s': fixed(row.firstPieceSeconds, 2), 'origin MB': fixed(row.originBytes / 1e6, 0),
    'origin peak MB/s': fixed(row.originPeakBytesPerSecond / 1e6, 1), 'peers %': fixed(row.peersShare * 100, 0), 'wasted MB': fixed(row.wastedBytes / 1e6, 1),
    'CPU': change(row, 'cpuSeconds'), 'cores %': `${fixed(row.coresShare * 100, 0)}${row.voids > 0 ? ' void' : ''}`, 'complete': `${row.complete}/${row.clients}`,
  }])));
  const file = options.json ?? `bench-results/ablation-${strategy}.json`;
  save(file, { at: new Date().toISOString(), strategy, clients: mix.length, bytes: options.bytes, uplinks: options.uplinks, table, runs: results });
  console.log(`Figures: ${file}`);
  return table.every((row) => row.isComplete && row.voids === 0);
}
