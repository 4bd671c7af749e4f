// Simulates hybrid crowds against HTTP alone over crowd sizes, origins and file lengths: `node test/bench/simulator/hybrid-sweep.mjs --help`.
import { parseArgs } from 'node:util';
import { simulateCrowd } from './crowd.ts';
import { DEFAULT_SCENARIO } from './scenario.ts';

const help = `Usage: node test/bench/simulator/hybrid-sweep.mjs [options]
  --clients 1,4,16     --origins 1,2,4,8,16   in uplinks of one client
  --pieces 64,256      of 256 KiB             --seeds 3   runs of each, with other random numbers
  --up R               5 MB/s                 --delay MS  5, one way
  --down 0,4           lines down, in uplinks (0: no limit)
  --audience N         expected, where it is not the crowd itself; --minutes M of the gentle beginning (30, as in a package that names none)
  --smoothing          compares with and without the gentle beginning in place of with HTTP alone; --clients and --origins default to 12,16 and 16
  --kill               the origin dies when it has sent --kill-at 1.5 times the file
Each line: p95 of hybrid over that of HTTP alone (the worst of the runs in brackets), people's share of the bytes, bytes of the origin in files,
bytes of no use in files, first piece over that of HTTP alone. With --smoothing: with it over without it, the most that the server sent and was asked for in
a second, the requests of the busiest second and those open at once; then all of them, with/without.
`;

function given() {
  try {
    return parseArgs(OPTIONS);
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(sentence) {
  process.stderr.write(`${sentence} See --help.\n`);
  process.exit(2);
}

const OPTIONS = { options: {
  'clients': { type: 'string' }, 'origins': { type: 'string' }, 'pieces': { type: 'string' }, 'seeds': { type: 'string', default: '3' },
  'up': { type: 'string', default: '5' }, 'down': { type: 'string', default: '0' }, 'audience': { type: 'string' }, 'minutes': { type: 'string', default: '30' }, 'delay': { type: 'string', default: '5' }, 'smoothing': { type: 'boolean' }, 'kill': { type: 'boolean' },
  'kill-at': { type: 'string', default: '1.5' }, 'help': { type: 'boolean' },
} };
const { values } = given();
for (const [option, value] of Object.entries(values)) {
  const isRight = (one) => Number(one) > 0 || (option === 'down' && one.trim() === '0');
  if (typeof value === 'string' && !value.split(',').every(isRight)) refuse(`--${option} wants numbers above 0, not "${value}".`);
}

const numbers = (text) => text.split(',').map(Number);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const fixed = (value, digits = 2) => value.toFixed(digits).padStart(5);
const SMOOTHING = { minutes: Number(values.minutes), startShare: 0.1, eventStartsAt: null };

async function main() {
  if (values.help) return process.stdout.write(help);
  const up = Number(values.up) * 1e6;
  const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed + 1);
  for (const pieces of numbers(values.pieces ?? (values.smoothing ? '128' : '64,256'))) {
    for (const clients of numbers(values.clients ?? (values.smoothing ? '12,16' : '1,4,16'))) {
      for (const origin of numbers(values.origins ?? (values.smoothing ? '16' : '1,2,4,8,16'))) {
        for (const down of numbers(values.down)) await cell({ up, seeds, pieces, clients, origin, down });
      }
    }
  }
}

async function cell({ up, seeds, pieces, clients, origin, down }) {
  const crowd = {
    ...DEFAULT_SCENARIO, seeds: 0, clients, sizeBytes: pieces * DEFAULT_SCENARIO.pieceBytes, uplinks: [up], originBytesPerSecond: origin * up,
    downlinks: [down > 0 ? down * up : null], delayMs: Number(values.delay), limitSeconds: 1200, strategy: 'hybrid',
  };
  const many = async (change) => {
    const runs = [];
    for (const randomSeed of seeds) runs.push(await simulateCrowd({ ...crowd, randomSeed, ...change }));
    return runs;
  };
  const label = `${String(pieces).padStart(4)} pieces, ${String(clients).padStart(2)} clients, origin ${String(origin).padStart(2)}${down > 0 ? `, down ${down}` : ''}`;
  if (values.kill) killed(label, await many({ kill: 'origin', killAtSeconds: (Number(values['kill-at']) * crowd.sizeBytes) / crowd.originBytesPerSecond }));
  else if (values.smoothing) smoothed(label, await many({ smoothing: { ...SMOOTHING, audience: Number(values.audience ?? clients) } }), await many({}));
  else compared(label, await many({}), await many({ strategy: 'cdn' }));
}

function compared(label, hybrid, http) {
  const ratios = hybrid.map(({ p95 }, run) => p95 / http[run].p95);
  const size = hybrid[0].scenario.sizeBytes;
  process.stdout.write(`${label}: p95 ${fixed(median(ratios))} (${fixed(Math.max(...ratios))}), ${fixed(median(hybrid.map(({ p95 }) => p95)), 1)} s of ${fixed(median(http.map(({ p95 }) => p95)), 1)}`
    + `, people ${fixed(median(hybrid.map(({ peersShare }) => peersShare * 100)), 0)} %, origin ${fixed(median(hybrid.map(({ originBytes }) => originBytes / size)))}`
    + `, wasted ${fixed(median(hybrid.map(({ wastedBytes }) => wastedBytes / size)))}, first ${fixed(median(hybrid.map(({ firstPieceSeconds }, run) => firstPieceSeconds / http[run].firstPieceSeconds)))}\n`);
}

function smoothed(label, on, off) {
  const of = (run, pick) => (typeof pick === 'string' ? run.originDemand[pick] ?? run[pick] : pick(run));
  const ratio = (pick) => fixed(median(on.map((run, at) => of(run, pick) / of(off[at], pick))));
  const both = (pick, unit, digits = 1) => `${fixed(median(on.map((run) => of(run, pick) / unit)), digits)}/${fixed(median(off.map((run) => of(run, pick) / unit)), digits).trim()}`;
  const size = on[0].scenario.sizeBytes;
  process.stdout.write(`${label}: on/off sent ${ratio('originPeakBytesPerSecond')}, asked ${ratio('askedPeakBytesPerSecond')}, requests ${ratio('busiestSecondRequests')}, at once ${ratio('mostAtOnce')}`
    + `, p95 ${ratio('p95')} | sent MB/s ${both('originPeakBytesPerSecond', 1e6)}, asked MB/s ${both('askedPeakBytesPerSecond', 1e6)}, requests ${both('busiestSecondRequests', 1, 0)}, at once ${both('mostAtOnce', 1, 0)}`
    + `, p95 ${both('p95', 1)}, bound ${fixed(on[0].boundSeconds, 1)}, files ${both('originBytes', size, 2)}, first ${both('firstPieceSeconds', 1, 2)}\n`);
}

function killed(label, runs) {
  process.stdout.write(`${label}: complete ${runs.map(({ finished, seconds }) => `${finished}/${seconds.length}`).join(' ')}, p95 ${fixed(median(runs.map(({ p95 }) => p95)), 1)} s\n`);
}

await main();
