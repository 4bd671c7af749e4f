// How long the main process is blocked at a stretch while it lists a thousand torrents and one more arrives as fast as the machine can.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTorrent } from '../fixtures.mjs';
import { sleep, start } from '../processes.mjs';
import { freePort } from '../../support/ports.ts';
import { openProgram } from './windows.mjs';

const PIECE_BYTES = 1024 * 1024;
const SETTLE_MS = 3000;
const engineRunner = fileURLToPath(new URL('../engine-runner.mjs', import.meta.url));

/** What it waited for a processor is not the program's own; on a busy machine both are told. @param lines of the hook @param from, to epoch ms */
function lagsBetween(lines, from, to) {
  const own = [];
  let longestWithWaiting = 0;
  for (const line of lines) {
    if (line.type !== 'lags' || line.to < from || line.from > to) continue;
    for (const [lag, ours] of line.lags) {
      own.push(ours);
      longestWithWaiting = Math.max(longestWithWaiting, lag);
    }
  }
  own.sort((a, b) => a - b);
  const at = (share) => own[Math.min(own.length - 1, Math.floor(own.length * share))] ?? 0;
  return { samples: own.length, longestMs: own.at(-1) ?? 0, p99Ms: at(0.99), medianMs: at(0.5), longestWithWaitingMs: longestWithWaiting };
}

const longestTask = (lines, from, to) => Math.max(0, ...lines.filter((line) => line.type === 'long task' && line.at >= from && line.at <= to).map(({ ms }) => ms));

/** @param world { runtime, display, folder, profiles } @param bytes of the torrent that arrives */
export async function measureBlocks(world, torrents, bytes) {
  const seedFolder = path.join(world.folder, 'seed');
  const torrent = makeTorrent(seedFolder, 'arrives.bin', bytes, PIECE_BYTES);
  const port = await freePort();
  const seed = start(process.execPath, [engineRunner, JSON.stringify({
    torrents: [torrent], folder: seedFolder, resume: path.join(world.folder, 'seed-resume'), bind: '127.0.0.1', port, peers: [], seed: true,
  })], { quiet: true });
  let window = null;
  try {
    await seed.line((line) => line.type === 'ready');
    await seed.line((line) => line.type === 'done', 120_000);
    window = openProgram(world.runtime, world.display, world.profiles.many, world.downloads, { environment: { FLASHSWARM_BENCH_BLOCKS: '1' } });
    await window.paintedMs('rows');
    const snapshot = await untilAnswered(window);
    if (snapshot.packages.length < torrents) throw new Error(`Only ${snapshot.packages.length} of ${torrents} torrents are listed.`);
    await sleep(SETTLE_MS);
    const from = now();
    const { id } = await window.ask('packages.add', { source: { kind: 'bytes', base64: readFileSync(torrent).toString('base64') }, peers: [`127.0.0.1:${port}`] });
    await untilDone(window, id);
    const to = now();
    await sleep(1000); // the hook tells twice a second
    return {
      torrents, megabytes: bytes / 1e6, seconds: (to - from) / 1000, megabytesPerSecond: bytes / 1000 / (to - from),
      main: lagsBetween(window.lines, from, to), mainAtStart: lagsBetween(window.lines, 0, from),
      pageLongestTaskMs: longestTask(window.lines, from, to), pageLongestTaskAtStartMs: longestTask(window.lines, 0, from),
    };
  } finally {
    await window?.end();
    await seed.end();
    rmSync(seedFolder, { recursive: true, force: true });
    mkdirSync(world.downloads, { recursive: true });
  }
}

const now = () => performance.timeOrigin + performance.now();

async function untilAnswered(window) {
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      return await window.ask('session.snapshot', {});
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(250);
    }
  }
}

/** The window is asked for one package alone, and seldom: the question is not what is measured. */
async function untilDone(window, id) {
  const until = Date.now() + 180_000;
  for (;;) {
    const { files } = await window.ask('packages.detail', { id });
    if (files.length > 0 && files.every((file) => file.bytesDone === file.length)) return;
    if (Date.now() > until) throw new Error('The download did not end in time.');
    await sleep(500);
  }
}
