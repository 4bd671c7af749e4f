// The desktop's speed: window with the library against an empty window, blocks of the main process, memory at rest. Works without a network.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import { freshFolder, makeWork } from '../fixtures.mjs';
import { endAll } from '../processes.mjs';
import { measureBlocks } from './blocks.mjs';
import { fillLibrary } from './library-fixture.mjs';
import { measureMemory } from './memory.mjs';
import { measureStartUp } from './start-up.mjs';
import { findRuntime, projectFolder, startDisplay } from './windows.mjs';

const usage = `Usage: npm run bench:desktop -- [start] [blocks] [memory] [--json] [--quick]
  start    how soon the window shows the library, against an empty window of the same Electron
  blocks   how long the main process is blocked with 1,000 torrents listed and one arriving
  memory   what stays in memory at rest, against an empty window and the core alone
  --json   prints the figures as JSON, nothing else (they are always written to bench-results/desktop.json)
  --quick  few rounds and small libraries: to see that it works, not to be quoted`;

const parts = ['start', 'blocks', 'memory'];
const thorough = { rounds: 7, someTorrents: 20, manyTorrents: 1000, bytes: 1024 ** 3, memoryRounds: 3, settleMs: 10_000 };
const quick = { rounds: 1, someTorrents: 3, manyTorrents: 10, bytes: 16 * 1024 ** 2, memoryRounds: 1, settleMs: 1000 };

/** @returns whether every goal was met */
export async function desktopBenchmark(words) {
  const options = words.filter((word) => word.startsWith('-'));
  const wanted = words.filter((word) => !word.startsWith('-'));
  const unknown = [...options.filter((word) => word !== '--json' && word !== '--quick'), ...wanted.filter((word) => !parts.includes(word))];
  if (unknown.length > 0) {
    console.error(usage);
    return unknown.join() === '--help';
  }
  const runtime = findRuntime();
  if (!runtime) return refuse('There is no Electron runtime here (node_modules/electron/dist or ELECTRON_OVERRIDE_DIST_PATH).');
  if (process.platform !== 'linux') return refuse('This benchmark reads /proc and brings its own display (Xvfb): it runs on Linux alone.');
  if (!existsSync(path.join(projectFolder, 'dist/desktop/main.cjs'))) return refuse('Nothing is built yet. Run: npm run build');
  const load = loadavg()[0];
  if (load > 0.5) console.error(`The machine is busy with other things (load ${load.toFixed(1)}): times are not to be trusted, ratios and memory more so.`);
  const size = options.includes('--quick') ? quick : thorough;
  const does = (part) => wanted.length === 0 || wanted.includes(part);
  makeWork();
  const results = {};
  try {
    const world = await prepare(runtime, size, does('blocks'));
    if (does('start')) results.start = await measureStartUp(world, size.rounds, Math.min(2000, size.settleMs));
    if (does('memory')) results.memory = await measureMemory(world, size.memoryRounds, size.settleMs);
    if (does('blocks')) results.blocks = await measureBlocks(world, size.manyTorrents, size.bytes);
  } finally {
    await endAll();
  }
  const goals = judge(results);
  const report = { at: new Date().toISOString(), cores: cpus().length, loadBefore: load, loadAfter: loadavg()[0], quick: options.includes('--quick'), results, goals };
  mkdirSync('bench-results', { recursive: true });
  writeFileSync('bench-results/desktop.json', `${JSON.stringify(report, null, 2)}\n`);
  if (options.includes('--json')) console.log(JSON.stringify(report, null, 2));
  else print(results, goals);
  return goals.every(({ ok }) => ok);
}

function refuse(sentence) {
  console.error(sentence);
  return false;
}

async function prepare(runtime, { someTorrents, manyTorrents }, withMany) {
  const folder = freshFolder('desktop');
  const profiles = { none: path.join(folder, 'none'), some: path.join(folder, 'some'), many: path.join(folder, 'many') };
  const downloads = path.join(folder, 'downloads');
  mkdirSync(profiles.none);
  await fillLibrary(profiles.some, downloads, someTorrents);
  if (withMany) await fillLibrary(profiles.many, downloads, manyTorrents);
  const display = await startDisplay();
  return { runtime, display: display.name, folder, profiles, downloads };
}

const number = (value, digits = 2) => value.toFixed(digits);

export function judge({ start, blocks, memory }) {
  const goals = [];
  const goal = (name, value, limit, ok) => goals.push({ name, value, limit, ok });
  if (start) {
    goal('window with the library / empty window', number(start.libraryRatio), '<= 1.50', start.libraryRatio <= 1.5);
    goal('window without a torrent / empty window', number(start.noTorrentsRatio), '<= 1.50', start.noTorrentsRatio <= 1.5);
  }
  if (memory) goal('memory / (empty window + core)', number(memory.ratio), '<= 1.30', memory.ratio <= 1.3);
  if (blocks) goal('longest block of the main process, ms', number(blocks.main.longestMs, 1), '< 50', blocks.main.longestMs < 50);
  return goals;
}

function print({ start, blocks, memory }, goals) {
  if (start) {
    console.log(`\nFrom the start of the process to the first frame, ms (medians of ${start.rounds})`);
    const row = (ms, ratio, all) => ({ ms: Math.round(ms), ratio: Number(number(ratio)), all: all.map(Math.round).join(' ') });
    console.table({
      'empty window': row(start.emptyMs, 1, start.allMs.empty),
      'window with the library': row(start.libraryMs, start.libraryRatio, start.allMs.library),
      'window, no torrents': row(start.noTorrentsMs, start.noTorrentsRatio, start.allMs.nothing),
    });
    console.log(`The engine itself speaks after ${Math.round(start.engineUpMs)} ms; until then the library is shown as it was last known.`);
    console.log('Steps, ms:');
    console.table(start.marks);
  }
  if (memory) {
    console.log(`\nMemory at rest, MB (PSS of all processes; medians of ${memory.rounds})`);
    console.table({ program: memory.programMB, 'empty window': memory.emptyMB, 'core alone': memory.coreMB });
    console.table({ 'of the program': memory.kinds });
  }
  if (blocks) {
    const { main, mainAtStart } = blocks;
    console.log(`\nBlocks of the main process, ms: ${blocks.torrents} torrents listed, ${number(blocks.megabytes, 0)} MB arriving at ${number(blocks.megabytesPerSecond, 0)} MB/s`);
    const row = ({ longestMs, p99Ms, medianMs, longestWithWaitingMs, samples }) => ({ longest: longestMs, p99: p99Ms, median: medianMs, 'with waiting for a processor': longestWithWaitingMs, samples });
    console.table({ 'while it arrives': row(main), 'from the start until then': row(mainAtStart) });
    console.log(`Longest task of the page: ${describeTask(blocks.pageLongestTaskMs)} while it arrives, ${describeTask(blocks.pageLongestTaskAtStartMs)} at the start.`);
  }
  console.log('');
  console.table(goals);
}

// The page tells of tasks from 50 ms on.
const describeTask = (ms) => (ms > 0 ? `${Math.round(ms)} ms` : 'below 50 ms');
