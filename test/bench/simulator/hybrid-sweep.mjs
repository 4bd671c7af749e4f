// Simulates hybrid crowds against HTTP alone over crowd sizes, origins and file lengths: `node test/bench/simulator/hybrid-sweep.mjs --help`.
import { parseArgs } from 'node:util';
import { simulateCrowd } from './crowd.ts';
import { DEFAULT_SCENARIO } from './scenario.ts';

const help = `Usage: node test/bench/simulator/hybrid-sweep.mjs [options]
  --clients 1,4,16     --origins 1,2,4,8,16   in uplinks of one client
  --pieces 64,256      of 256 KiB             --seeds 3   runs of each, with other random numbers
  --up R               5 MB/s                 --delay MS  5, one way
  --smoothing          compares with and without the gentle beginning in place of with HTTP alone; --clients and --origins default to 12,16 and 16
  --kill               the origin dies when it has sent --kill-at 1.5 times the file
Each line: p95 of hybrid over that of HTTP alone (the worst of the runs in brackets), people's share of the bytes, bytes of the origin in files,
bytes of no use in files, first piece over that of HTTP alone.
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
  'up': { type: 'string', default: '5' }, 'delay': { type: 'string', default: '5' }, 'smoothing': { type: 'boolean' }, 'kill': { type: 'boolean' },
  'kill-at': { type: 'string', default: '1.5' }, 'help': { type: 'boolean' },
} };
const { values } = given();
for (const [option, value] of Object.entries(values)) {
  if (typeof value === 'string' && value.split(',').some((one) => !(Number(one) > 0))) refuse(`--${option} wants numbers above 0, not "${value}".`);
}

const numbers = (text) => text.split(',').map(Number);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const fixed = (value, digits = 2) => value.toFixed(digits).padStart(5);
const SMOOTHING = { minutes: 0.5, startShare: 0.1, eventStartsAt: null };

async function main() {
  if (values.help) return process.stdout.write(help);
  const up = Number(values.up) * 1e6;
  const seeds = Array.from({ length: Number(values.seeds) }, (_, seed) => seed + 1);
  for (const pieces of numbers(values.pieces ?? (values.smoothing ? '128' : '64,256'))) {
    for (const clients of numbers(values.clients ?? (values.smoothing ? '12,16' : '1,4,16'))) {
      for (const origin of numbers(values.origins ?? (values.smoothing ? '16' : '1,2,4,8,16'))) {
        const crowd = {
          ...DEFAULT_SCENARIO, seeds: 0, clients, sizeBytes: pieces * DEFAULT_SCENARIO.pieceBytes, uplinks: [up], originBytesPerSecond: origin * up,
          delayMs: Number(values.delay), limitSeconds: 600, strategy: 'hybrid',
        };
        const many = async (change) => {
          const runs = [];
          for (const randomSeed of seeds) runs.push(await simulateCrowd({ ...crowd, randomSeed, ...change }));
          return runs;
        };
        const label = `${String(pieces).padStart(4)} pieces, ${String(clients).padStart(2)} clients, origin ${String(origin).padStart(2)}`;
        if (values.kill) killed(label, await many({ kill: 'origin', killAtSeconds: (Number(values['kill-at']) * crowd.sizeBytes) / crowd.originBytesPerSecond }));
        else if (values.smoothing) smoothed(label, await many({ smoothing: { ...SMOOTHING, audience: clients } }), await many({}));
        else compared(label, await many({}), await many({ strategy: 'cdn' }));
      }
    }
  }
}

function compared(label, hybrid, http) {
  const ratios = hybrid.map(({ p95 }, run) => p95 / http[run].p95);
  const size = hybrid[0].scenario.sizeBytes;
  process.stdout.write(`${label}: p95 ${fixed(median(ratios))} (${fixed(Math.max(...ratios))}), ${fixed(median(hybrid.map(({ p95 }) => p95)), 1)} s of ${fixed(median(http.map(({ p95 }) => p95)), 1)}`
    + `, people ${fixed(median(hybrid.map(({ peersShare }) => peersShare * 100)), 0)} %, origin ${fixed(median(hybrid.map(({ originBytes }) => originBytes / size)))}`
    + `, wasted ${fixed(median(hybrid.map(({ wastedBytes }) => wastedBytes / size)))}, first ${fixed(median(hybrid.map(({ firstPieceSeconds }, run) => firstPieceSeconds / http[run].firstPieceSeconds)))}\n`);
}

function smoothed(label, on, off) {
  const ratio = (of) => median(on.map((run, at) => run[of] / off[at][of]));
  const size = on[0].scenario.sizeBytes;
  process.stdout.write(`${label}: peak on/off ${fixed(ratio('originPeakBytesPerSecond'))}, p95 on/off ${fixed(ratio('p95'))}, p95 ${fixed(median(on.map(({ p95 }) => p95)), 1)} s of `
    + `${fixed(median(off.map(({ p95 }) => p95)), 1)}, bound ${fixed(on[0].boundSeconds, 1)}, origin ${fixed(median(on.map(({ originBytes }) => originBytes / size)))} of ${fixed(median(off.map(({ originBytes }) => originBytes / size)))}`
    + `, first ${fixed(median(on.map(({ firstPieceSeconds }) => firstPieceSeconds)))} s of ${fixed(median(off.map(({ firstPieceSeconds }) => firstPieceSeconds)))}\n`);
}

function killed(label, runs) {
  process.stdout.write(`${label}: complete ${runs.map(({ finished, seconds }) => `${finished}/${seconds.length}`).join(' ')}, p95 ${fixed(median(runs.map(({ p95 }) => p95)), 1)} s\n`);
}

await main();
