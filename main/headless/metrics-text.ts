// The numbers of all packages as Prometheus text.
import type { Metrics, PackageMetrics } from '../../contract/index.ts';

const MAX_NAME_LENGTH = 200;

type Numbers = [labels: Record<string, string>, value: number | null][];
interface Family { name: string; help: string; kind: 'counter' | 'gauge'; numbers: Numbers }

/** One number a package; null: not known, left out. */
const each = (kind: Family['kind'], name: string, help: string, value: (one: PackageMetrics) => number | null) =>
  ({ packages }: Metrics): Family => ({ kind, name: `flashswarm_package_${name}`, help, numbers: packages.map((one) => [{ package: one.id }, value(one)]) });
/** One number a tracker host of a package. */
const eachTracker = (kind: Family['kind'], name: string, help: string, value: (one: PackageMetrics['trackers'][number]) => number | null) =>
  ({ packages }: Metrics): Family => ({
    kind, name: `flashswarm_package_tracker_${name}`, help, numbers: packages.flatMap(({ id, trackers }) => trackers.map((one): Numbers[number] => [{ package: id, host: one.host }, value(one)])),
  });
const alone = (kind: Family['kind'], name: string, help: string, value: (metrics: Metrics) => number) =>
  (metrics: Metrics): Family => ({ kind, name: `flashswarm_${name}`, help, numbers: [[{}, value(metrics)]] });

/** The identity of a package is its label everywhere; its name, which may change, is in `flashswarm_package_info` alone. */
const families: ((metrics: Metrics) => Family)[] = [
  ({ version }) => ({ kind: 'gauge', name: 'flashswarm_build_info', help: 'The version that runs', numbers: [[{ version }, 1]] }),
  alone('gauge', 'core_start_time_seconds', 'When the core began (Unix time)', ({ core }) => core.startedAt / 1000),
  alone('counter', 'core_cpu_seconds_total', 'Processor time of the core', ({ core }) => core.cpuSeconds),
  alone('gauge', 'core_resident_memory_bytes', 'Memory of the core', ({ core }) => core.memoryBytes),
  alone('counter', 'received_bytes_total', 'Received since the core began, from people and servers, before it is verified', ({ totals }) => totals.receivedBytes),
  alone('counter', 'uploaded_bytes_total', 'Sent to people since the core began', ({ totals }) => totals.uploadedBytes),
  alone('gauge', 'connections', 'Connections to people, of all packages', ({ totals }) => totals.connected),
  alone('gauge', 'dht_nodes', 'Nodes of the DHT that are known', ({ totals }) => totals.dhtNodes),
  alone('gauge', 'packages', 'Packages in the library; the first 1000 are told of one by one', ({ packageCount }) => packageCount),
  ({ packages }) => ({
    kind: 'gauge', name: 'flashswarm_package_info', help: 'Which package has which name', numbers: packages.map(({ id, name }) => [{ package: id, name: name.slice(0, MAX_NAME_LENGTH) }, 1]),
  }),
  ({ packages }) => ({
    kind: 'counter', name: 'flashswarm_package_received_bytes_total', help: 'Verified bytes by where they came from',
    numbers: packages.flatMap(({ id, bytes }): Numbers => [[{ package: id, source: 'people' }, bytes.people], [{ package: id, source: 'server' }, bytes.server]]),
  }),
  each('counter', 'uploaded_bytes_total', 'Sent to people', ({ bytes }) => bytes.uploaded),
  each('counter', 'wasted_bytes_total', 'Received in vain: twice, or wrong', ({ bytes }) => bytes.wasted),
  each('gauge', 'local_bytes', 'Bytes that were on this machine before', ({ bytes }) => bytes.local),
  each('gauge', 'wanted_bytes', 'Bytes that are wanted', ({ bytes }) => bytes.total),
  each('gauge', 'done_ratio', 'How much of what is wanted is here, 0 to 1', ({ now }) => now.done),
  each('gauge', 'origin_ratio', 'Share of servers in what was fetched, 0 to 1', ({ originShare }) => originShare),
  each('gauge', 'people_connected', 'People connected', ({ now }) => now.connected),
  each('gauge', 'people_complete', 'People connected who have everything', ({ now }) => now.complete),
  each('gauge', 'people_helping', 'People who send to us now', ({ now }) => now.helping),
  each('counter', 'people_joined_total', 'People who came', ({ joined }) => joined),
  each('counter', 'people_left_total', 'People who went', ({ left }) => left),
  each('gauge', 'rarest_copies', 'Copies of the rarest wanted piece among the people connected', ({ now }) => now.rarestCopies),
  each('gauge', 'mean_copies', 'Copies of the wanted pieces among the people connected, in the mean', ({ now }) => now.meanCopies),
  each('gauge', 'skew_ratio', '1 - rarest / mean copies: 0 evenly spread, 1 a piece is with nobody', ({ skew }) => skew),
  each('gauge', 'start_time_seconds', 'When fetching began (Unix time)', ({ startedAt }) => seconds(startedAt)),
  each('gauge', 'completed_time_seconds', 'When it was complete (Unix time)', ({ completedAt }) => seconds(completedAt)),
  each('gauge', 'first_piece_seconds', 'From the start to the first verified piece', ({ firstPieceMs }) => seconds(firstPieceMs)),
  each('gauge', 'smoothing_ratio', 'Share of the full demand on servers that the gentle beginning allows now; absent when it is over', ({ smoothing }) => smoothing?.share ?? null),
  each('gauge', 'control_more_server', '1 while more is asked of servers than usual, because people are too few or too slow', ({ control }) => (control.action === 'more-server' ? 1 : 0)),
  eachTracker('gauge', 'answer_seconds', 'How long the last answer of the tracker took', ({ answerMs }) => seconds(answerMs)),
  eachTracker('counter', 'answers_total', 'Answers of the tracker', ({ answers }) => answers),
  eachTracker('counter', 'failures_total', 'Times that the tracker failed', ({ failures }) => failures),
];

const seconds = (ms: number | null): number | null => (ms === null ? null : ms / 1000);

/** @returns the text format 0.0.4, and its content type */
export async function metricsText(metrics: Metrics): Promise<{ contentType: string; text: string }> {
  // Most runs are never scraped, and every command of the command line would load it.
  const { Counter, Gauge, Registry } = await import('prom-client');
  // A registry for each answer: what is gone leaves no series behind.
  const registry = new Registry();
  for (const family of families) {
    const { kind, name, help, numbers } = family(metrics);
    const known = numbers.filter(([, value]) => value !== null);
    if (known.length === 0) continue;
    const labelNames = Object.keys(known[0]![0]);
    const options = { name, help, labelNames, registers: [registry] };
    if (kind === 'counter') {
      const counter = new Counter(options);
      for (const [labels, value] of known) counter.inc(labels, value!);
    } else {
      const gauge = new Gauge(options);
      for (const [labels, value] of known) gauge.set(labels, value!);
    }
  }
  return { contentType: registry.contentType, text: await registry.metrics() };
}
