// The figures of one crowd, from when each client was complete and what went over the lines.
import { median } from '../processes.mjs';
import { MOST_CORES_SHARE } from './cores.mjs';
import { downlinkOf } from './scenario.mjs';
import { peakPerSecond, ratesOf } from './line-counters.mjs';

/** The value that so many of a hundred do not exceed (nearest rank); null for none. */
export function percentile(values, percent) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
}

/**
 * One crowd's figures. Bytes are those on the lines, headers included: 1 to 5 % more than payload, as the kernel cuts its segments late or early. Seconds of a client count from its own arrival, `lastSeconds` from the first's. `peersShare`: of everything that
 * the clients received, what did not come from a server or a seed. `origin…` of what was asked: see demand.ts.
 */
export function summarise({ crowd, nodes, clients, arrivals, bound, ends, startedAt, lines, watch, used, trace, killedAtSeconds, probeSeconds, demand, requests }) {
  const roles = new Map(nodes.map(({ node, role }) => [node, role]));
  const bytesOf = (role) => lines.reduce((sum, { node }, i) => sum + (roles.get(node) === role ? watch.series[i].at(-1) : 0), 0);
  const sum = (role) => watch.seconds.map((_, at) => lines.reduce((total, { node }, i) => total + (roles.get(node) === role ? watch.series[i][at] : 0), 0));
  const people = clients.map((client, i) => ({
    kind: client.kind, downlink: downlinkName(downlinkOf(crowd, i)), arrivedSeconds: arrivals[i], completeSeconds: ends[i] ? (ends[i].atMs - startedAt) / 1000 : null,
    seconds: ends[i] ? (ends[i].atMs - startedAt) / 1000 - arrivals[i] : null,
    firstPieceSeconds: ends[i]?.firstPieceMs == null ? null : ends[i].firstPieceMs / 1000,
    fromServer: ends[i]?.fromServer ?? null, fromPeople: ends[i]?.fromPeople ?? null, wastedBytes: ends[i]?.wastedBytes ?? null,
  }));
  const isComplete = people.every(({ seconds }) => seconds !== null);
  const firsts = people.flatMap(({ firstPieceSeconds }) => firstPieceSeconds ?? []);
  const serving = crowd.strategy === 'edge' ? 'edge' : 'origin';
  const received = bytesOf('client');
  const origins = sum('origin');
  const peersShare = Math.max(0, 1 - (bytesOf(serving) + bytesOf('seed')) / Math.max(1, received));
  return {
    ...durations(people), label: crowd.label, strategy: crowd.strategy, kinds: countKinds(crowd.mix), without: crowd.without,
    boundSeconds: bound, lastOverBound: isComplete ? Math.max(...people.map((one) => one.completeSeconds)) / bound : null,
    complete: people.filter(({ seconds }) => seconds !== null).length, clients: people.length, isComplete, killedAtSeconds,
    byKind: Object.fromEntries(Object.keys(countKinds(crowd.mix)).map((kind) => [kind, durations(people.filter((one) => one.kind === kind))])),
    byDownlink: crowd.downlinks.length < 2 ? {} : Object.fromEntries([...new Set(people.map(({ downlink }) => downlink))].map((downlink) => [downlink, durations(people.filter((one) => one.downlink === downlink))])),
    firstPieceSeconds: firsts.length > 0 ? { p50: median(firsts), p95: percentile(firsts, 95) } : null, probeFirstPieceSeconds: probeSeconds,
    originBytes: bytesOf('origin'), originPeakBytesPerSecond: peakPerSecond(watch.seconds, origins), originAskedPeakBytesPerSecond: demand?.askedPeakBytesPerSecond ?? null, originBusiestSecondRequests: demand?.busiestSecondRequests ?? null,
    originMostAtOnce: demand?.mostAtOnce ?? null, originCopies: bytesOf('origin') / crowd.bytes,
    seedBytes: bytesOf('seed'), edgeBytes: bytesOf('edge'), peersShare, requests,
    fromServer: total(people, 'fromServer'), fromPeople: total(people, 'fromPeople'), wastedBytes: total(people, 'wastedBytes'),
    cpuSeconds: used.cpuSeconds, serverCpuSeconds: used.serverCpuSeconds, ownShare: used.ownShare, coresShare: used.coresShare, othersShare: used.others,
    isVoid: used.coresShare > MOST_CORES_SHARE, people, trace: crowd.traceEveryMs ? trace : undefined,
    series: {
      seconds: watch.seconds, origin: ratesOf(watch.seconds, origins), seeds: ratesOf(watch.seconds, sum('seed')), edge: ratesOf(watch.seconds, sum('edge')),
      // The line carries headers as well, and blocks that came twice: never more than the whole is shown.
      clients: lines.flatMap(({ node }, i) => (roles.get(node) === 'client' ? [watch.series[i].map((bytes) => Math.min(1, bytes / crowd.bytes))] : [])),
    },
  };
}

const downlinkName = (bytesPerSecond) => (bytesPerSecond === null ? 'any downlink' : `${bytesPerSecond / 1e6} MB/s down`);

function durations(people) {
  const seconds = people.flatMap((one) => one.seconds ?? []);
  const isComplete = seconds.length === people.length;
  return {
    p50Seconds: isComplete ? median(seconds) : null, p95Seconds: isComplete ? percentile(seconds, 95) : null,
    lastSeconds: isComplete ? Math.max(...people.map((one) => one.completeSeconds)) : null,
  };
}

export function countKinds(mix) {
  const counts = {};
  for (const kind of mix) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

const total = (people, key) => people.reduce((sum, one) => sum + (one[key] ?? 0), 0);

/** Medians of several runs of the same crowd; a run that did not come to its end makes a completion null. */
export function medians(runs) {
  const of = (pick) => {
    const values = runs.map(pick);
    return values.some((value) => value === null || value === undefined) ? null : median(values);
  };
  const keys = ['boundSeconds', 'p50Seconds', 'p95Seconds', 'lastSeconds', 'lastOverBound', 'probeFirstPieceSeconds', 'originBytes', 'originPeakBytesPerSecond',
    'originAskedPeakBytesPerSecond', 'originBusiestSecondRequests', 'originMostAtOnce',
    'seedBytes', 'edgeBytes', 'peersShare', 'fromServer', 'fromPeople', 'wastedBytes', 'cpuSeconds', 'coresShare', 'ownShare', 'othersShare'];
  return {
    label: runs[0].label, strategy: runs[0].strategy, kinds: runs[0].kinds, rounds: runs.length, voids: runs.filter(({ isVoid }) => isVoid).length,
    ...Object.fromEntries(keys.map((key) => [key, of((run) => run[key])])),
    firstPieceSeconds: of((run) => run.firstPieceSeconds?.p50), firstPieceP95Seconds: of((run) => run.firstPieceSeconds?.p95),
    complete: Math.min(...runs.map(({ complete }) => complete)), clients: runs[0].clients, isComplete: runs.every(({ isComplete }) => isComplete),
    ...Object.fromEntries(['byKind', 'byDownlink'].map((group) => [group, Object.fromEntries(Object.keys(runs[0][group]).map((name) => [name, Object.fromEntries(
      ['p50Seconds', 'p95Seconds', 'lastSeconds'].map((key) => [key, of((run) => run[group][name][key])]),
    )]))])),
  };
}
