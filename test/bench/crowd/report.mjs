// What the crowd bench prints: a line after each run, a table at the end.
import { MOST_CORES_SHARE } from './cores.mjs';

const number = (value, digits = 2) => (value === null || value === undefined ? '-' : value.toFixed(digits));

export function printRun(run, round, crowd) {
  const parts = [
    `${run.label}, round ${round + 1}: last ${number(run.lastSeconds, 1)} s = ${number(run.lastOverBound)} x bound`, `p95 ${number(run.p95Seconds, 1)} s`,
    `origin ${number(run.originBytes / 1e6, 0)} MB`, `peers ${number(run.peersShare * 100, 0)} %`, `${number(run.cpuSeconds, 1)} CPU s`,
    `cores ${number(run.coresShare * 100, 0)} %`,
  ];
  if (run.killedAtSeconds !== null) parts.push(`source ended at ${number(run.killedAtSeconds, 1)} s`);
  if (!run.isComplete) parts.push(`only ${run.complete} of ${run.clients} complete`);
  console.error(parts.join(', '));
  if (run.isVoid) console.error(`  VOID: ${voidAdvice(run, crowd)}`);
}

/** The rate at which the lines would decide, and not the machine. */
export function voidAdvice(run, crowd) {
  const full = `the cores were ${number(run.coresShare * 100, 0)} % full (above ${MOST_CORES_SHARE * 100} %)`;
  if (isShared(run)) return `${full}; ${number(run.othersShare * 100, 0)} % were in use before the crowd began: lower rates do not help, a machine of its own does.`;
  const factor = lowerFactor(run);
  return `${full}. Rates x ${number(factor)} would do (--up ${crowd.uplinks.map((rate) => number((rate / 1e6) * factor)).join()}).`;
}

/** Whether something else than the crowd keeps the cores busy. */
export const isShared = (run) => run.othersShare > 0.25;

/** What the lines of a void crowd are to be multiplied with, so that the cores are two thirds full. */
export const lowerFactor = (run) => Math.min(0.9, 0.66 / run.coresShare);

export function printTable(rows) {
  const some = (pick) => rows.some((row) => pick(row) !== null && pick(row) !== undefined);
  const table = rows.map((row) => ({
    crowd: row.label, 'complete': `${row.complete}/${row.clients}`, 'p50 s': number(row.p50Seconds, 1), 'p95 s': number(row.p95Seconds, 1),
    'last s': number(row.lastSeconds, 1), 'bound s': number(row.boundSeconds, 1), '/ bound': number(row.lastOverBound),
    ...(some((one) => one.firstPieceSeconds) ? { 'first piece s': number(row.firstPieceSeconds) } : {}),
    ...(some((one) => one.probeFirstPieceSeconds) ? { 'curl beside s': number(row.probeFirstPieceSeconds) } : {}),
    'origin MB': number(row.originBytes / 1e6, 0), 'peak MB/s': number(row.originPeakBytesPerSecond / 1e6, 1), ...(some((one) => one.originMostAtOnce) ? {
      'asked MB/s': number(row.originAskedPeakBytesPerSecond / 1e6, 1), 'requests/s': number(row.originBusiestSecondRequests, 0), 'at once': number(row.originMostAtOnce, 0),
    } : {}), 'seeds MB': number(row.seedBytes / 1e6, 0),
    'peers %': number(row.peersShare * 100, 0), 'wasted MB': number(row.wastedBytes / 1e6, 1), 'CPU s': number(row.cpuSeconds, 1),
    'cores %': `${number(row.coresShare * 100, 0)}${row.voids > 0 ? ' void' : ''}`,
  }));
  console.table(Object.fromEntries(table.map(({ crowd, ...rest }) => [crowd, rest])));
  for (const row of rows) {
    const groups = { ...(Object.keys(row.byKind).length < 2 ? {} : row.byKind), ...row.byDownlink };
    for (const [group, times] of Object.entries(groups)) {
      console.log(`${row.label}: ${group} p50 ${number(times.p50Seconds, 1)} s, p95 ${number(times.p95Seconds, 1)} s, last ${number(times.lastSeconds, 1)} s`);
    }
  }
}
