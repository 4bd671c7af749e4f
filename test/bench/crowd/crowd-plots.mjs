// The plots of the crowd bench: how the clients came to completion, and what the sources had to send.
import { COLOURS, plot } from './plot-svg.mjs';

const named = { cdn: 0, p2p: 1, hybrid: 2, seedbox: 3, edge: 4, flashswarm: 0, aria2: 1, libtorrent: 2, transmission: 3, curl: 4 };
const colourOf = (name, i) => COLOURS[named[name] ?? (5 + i) % COLOURS.length];

/** @param runs of one round: the one of a crowd client by client, several side by side */
export function crowdPlot(runs) {
  return runs.length === 1 ? oneCrowd(runs[0]) : sideBySide(runs);
}

function oneCrowd(run) {
  const { seconds } = run.series;
  const kinds = Object.keys(run.kinds);
  const clients = run.series.clients.map((bytes, i) => ({
    name: run.people[i].kind, colour: colourOf(run.people[i].kind, kinds.indexOf(run.people[i].kind)), isThin: true,
    points: thinned([...seconds.map((at, k) => [at, bytes[k] * 100]).filter(([at]) => at <= (run.people[i].completeSeconds ?? Infinity)),
      ...(run.people[i].completeSeconds === null ? [] : [[run.people[i].completeSeconds, 100]])]),
  }));
  const marks = [{ x: run.boundSeconds, text: 'bound' }, ...killMark(run)];
  return plot(`${run.label}: ${run.clients} clients`, [
    { title: 'Received by each client', x: 'seconds', y: '% of the file', lines: clients, least: 100, marks },
    { title: 'Sent by the sources', x: 'seconds', y: 'MB/s', lines: sourceLines(run), marks: killMark(run) },
  ]);
}

function sourceLines({ series }) {
  const parts = [['origin', 'origin', 0], ['edge', 'edge cache', 4], ['seeds', 'seeds', 3]].filter(([key]) => series[key].some((rate) => rate > 0));
  return parts.map(([key, name, colour]) => ({ name, colour: COLOURS[colour], points: thinned(series.seconds.map((at, i) => [at, series[key][i] / 1e6])) }));
}

function sideBySide(runs) {
  const right = rightEnd(runs);
  const lines = (points) => runs.map((run, i) => ({ name: run.label, colour: sameKinds(runs) ? colourOf(run.strategy, i) : COLOURS[i % COLOURS.length], ...points(run) }));
  const complete = lines((run) => ({
    isStep: true,
    points: [[0, 0], ...run.people.flatMap(({ completeSeconds }) => completeSeconds ?? []).sort((a, b) => a - b).map((at, i) => [at, ((i + 1) / run.clients) * 100]),
      [right, (run.complete / run.clients) * 100]],
  }));
  const sources = lines((run) => ({ points: thinned(run.series.seconds.map((at, i) => [at, (run.series.origin[i] + run.series.seeds[i]) / 1e6]).filter(([at]) => at <= right)) }));
  const killed = runs.some((run) => run.killedAtSeconds !== null) ? ', the source killed half way' : '';
  return plot(`${runs[0].clients} clients${killed}`, [
    { title: 'Clients that are complete', x: 'seconds', y: '% of clients', lines: complete, least: 100 },
    { title: 'Sent by the origin or the seeds', x: 'seconds', y: 'MB/s', lines: sources },
  ]);
}

/** One that never ends must not make the others small. */
function rightEnd(runs) {
  const ends = runs.flatMap(({ people }) => people.flatMap(({ completeSeconds }) => completeSeconds ?? []));
  if (ends.length === 0) return Math.max(...runs.map(({ series }) => series.seconds.at(-1)));
  return Math.max(...ends) * (runs.every(({ isComplete }) => isComplete) ? 1 : 1.25);
}

const sameKinds = (runs) => new Set(runs.map(({ strategy }) => strategy)).size === runs.length;
const killMark = (run) => (run.killedAtSeconds === null ? [] : [{ x: run.killedAtSeconds, text: 'killed' }]);

/** At most 200 points: a document, not a recording. */
function thinned(points) {
  const every = Math.ceil(points.length / 200);
  return points.filter((_, i) => i % every === 0 || i === points.length - 1);
}
