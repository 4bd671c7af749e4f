// The engine against libtorrent from the same seed, in the same run: one GiB, a long line, a hundred idle seeds.
import { coreStart } from './core-start.mjs';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORK, freshFolder, makeTorrent, makeWork, sha256 } from './fixtures.mjs';
import { addressOf, buildLinks, canBuildLinks, inNode, tearDown } from './links.mjs';
import { buildCable } from './cable.mjs';
import { cpuSeconds, endAll, median, ownMemoryBytes, sleep, start } from './processes.mjs';
import { coreFlags } from '../../main/core/core-flags.ts';

const here = dirname(fileURLToPath(import.meta.url));
const PYTHON = '/usr/bin/python3';
const GIB = 1024 ** 3;

const runner = (who) => who === 'flashswarm' ? [process.execPath, ...coreFlags, join(here, 'engine-runner.mjs')] : [PYTHON, join(here, 'libtorrent-runner.py')];

function launch(who, plan, prefix = []) {
  const command = [...prefix, ...runner(who), JSON.stringify(plan)];
  return start(command[0], command.slice(1), { quiet: process.env.BENCH_QUIET === '1' });
}

/** Fetches once from a running seed; the client's own word is checked with SHA-256. */
async function fetchOnce(who, torrent, peer, { prefix, bind, port, expected, name }) {
  const folder = freshFolder('out');
  const client = launch(who, { torrents: [torrent], folder, resume: freshFolder('resume'), bind, port, peers: [peer] }, prefix);
  const done = await client.line((line) => line.type === 'done', 120_000);
  await client.end();
  if (sha256(join(folder, name)) !== expected) throw new Error(`${who} has wrong bytes`);
  return done;
}

async function compare(label, torrent, rounds, where, expected, name) {
  const results = { flashswarm: [], libtorrent: [] };
  for (let round = 0; round < rounds; round++) {
    for (const who of round % 2 ? ['libtorrent', 'flashswarm'] : ['flashswarm', 'libtorrent']) {
      results[who].push(await fetchOnce(who, torrent, where.peer, { ...where, expected, name }));
    }
  }
  const summary = {};
  for (const [who, runs] of Object.entries(results)) {
    summary[who] = {
      seconds: median(runs.map((run) => run.tookMs)) / 1000, cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
      peakMB: median(runs.map((run) => run.residentBytes)) / 1e6, allSeconds: runs.map((run) => Math.round(run.tookMs) / 1000),
    };
  }
  return { label, ...summary };
}

async function oneGib() {
  buildLinks(2);
  try {
    const folder = join(WORK, 'seed');
    const torrent = makeTorrent(folder, 'gib.bin', GIB, 1024 * 1024);
    const expected = sha256(join(folder, 'gib.bin'));
    const seed = launch('libtorrent', { torrents: [torrent], folder, bind: addressOf(0), port: 7101, seed: true }, ['ip', ...inNode(0)]);
    await seed.line((line) => line.type === 'ready');
    await sleep(500);
    const where = { peer: `${addressOf(0)}:7101`, bind: addressOf(1), port: 7102, prefix: ['ip', ...inNode(1)] };
    return await compare('1 GiB, memory to memory', torrent, Number(process.env.BENCH_ROUNDS ?? 3), where, expected, 'gib.bin');
  } finally {
    await endAll();
    tearDown();
  }
}

async function longLine() {
  const cable = await buildCable(50);
  try {
    const folder = join(WORK, 'seed');
    const torrent = makeTorrent(folder, 'long.bin', 64 * 1024 * 1024, 256 * 1024);
    const expected = sha256(join(folder, 'long.bin'));
    const seed = launch('libtorrent', { torrents: [torrent], folder, bind: cable.addresses[0], port: 7111, seed: true }, cable.inside(0));
    await seed.line((line) => line.type === 'ready');
    await sleep(500);
    const where = { peer: `${cable.addresses[0]}:7111`, bind: cable.addresses[1], port: 7112, prefix: cable.inside(1) };
    return await compare('64 MiB, 100 ms round trip', torrent, Number(process.env.BENCH_ROUNDS ?? 3), where, expected, 'long.bin');
  } finally {
    await endAll();
    await cable.end();
  }
}

async function idleSeeds() {
  const count = 100;
  const folder = join(WORK, 'idle');
  const torrents = Array.from({ length: count }, (_, i) => makeTorrent(folder, `idle-${i}.bin`, 1024 * 1024, 65536));
  const measure = async (who, list, resume) => {
    const client = launch(who, { torrents: list, folder, resume, seed: true, bind: '127.0.0.1', port: 7121 });
    await client.line((line) => line.type === (who === 'flashswarm' && list.length > 0 ? 'done' : 'ready'));
    await sleep(4000);
    const before = cpuSeconds(client.child.pid);
    const memory = ownMemoryBytes(client.child.pid);
    await sleep(10_000);
    const used = cpuSeconds(client.child.pid) - before;
    const said = client.lines.find((line) => line.type === 'done');
    await client.end();
    return { megabytes: memory / 1e6, cpuPercent: used * 10, startSeconds: (said?.tookMs ?? 0) / 1000 };
  };
  const resume = freshFolder('resume-idle');
  await measureStart(torrents, folder, resume);
  const flashswarm = { empty: await measure('flashswarm', [], resume), full: await measure('flashswarm', torrents, resume) };
  const libtorrent = { empty: await measure('libtorrent', [], resume), full: await measure('libtorrent', torrents, resume) };
  const above = ({ empty, full }) => ({
    megabytes: full.megabytes - empty.megabytes, cpuPercent: full.cpuPercent - empty.cpuPercent, startSeconds: full.startSeconds,
  });
  return { label: '100 idle seeds, above an empty engine', flashswarm: above(flashswarm), libtorrent: above(libtorrent) };
}

/** The first start hashes what is there; the ones that are measured find it remembered. */
async function measureStart(torrents, folder, resume) {
  const client = launch('flashswarm', { torrents, folder, resume, seed: true, bind: '127.0.0.1', port: 7121 });
  await client.line((line) => line.type === 'done');
  await client.end();
}

async function restart() {
  return { label: 'core started again with 100 torrents', flashswarm: await coreStart() };
}

const number = (value, digits = 2) => value.toFixed(digits);

function judge(results) {
  const goals = [];
  const goal = (name, value, limit, ok) => goals.push({ name, value, limit, ok });
  for (const result of results) {
    const { flashswarm: ours, libtorrent: theirs } = result;
    if (result.label.startsWith('1 GiB')) {
      const speed = theirs.seconds / ours.seconds;
      goal('speed / libtorrent', number(speed), '>= 0.95', speed >= 0.95);
      const cpu = ours.cpuSeconds / theirs.cpuSeconds;
      goal('CPU / libtorrent', number(cpu), '<= 1.30', cpu <= 1.3);
    } else if (result.label.startsWith('64 MiB')) {
      const time = ours.seconds / theirs.seconds;
      goal('time at 100 ms / libtorrent', number(time), '<= 0.90', time <= 0.9);
    } else if (result.label.startsWith('core started')) {
      // What is read above an empty core is metadata and resume data: a hundredth of the files at most.
      const share = ours.megabytesRead / ours.megabytesOfData;
      goal('bytes read at a restart / bytes of the files', number(share, 4), '<= 0.01', share <= 0.01);
    } else {
      goal('memory of 100 idle seeds, MB', number(ours.megabytes, 1), '<= 20', ours.megabytes <= 20);
      goal('CPU of 100 idle seeds, %', number(ours.cpuPercent), '<= 0.50', ours.cpuPercent <= 0.5);
    }
  }
  return goals;
}

/** @returns whether every goal was met */
export async function engineBenchmark(names) {
  makeWork();
  const load = loadavg()[0];
  if (load > 0.5) console.error(`The machine is busy with other things (load ${load.toFixed(1)}): times are not to be trusted, CPU is.`);
  const parts = { gib: oneGib, long: longLine, idle: idleSeeds, restart };
  const results = [];
  for (const name of names.length > 0 ? names : Object.keys(parts)) {
    if ((name === 'gib' || name === 'long') && !canBuildLinks()) {
      console.error(`${name}: needs root for network namespaces; left out.`);
      continue;
    }
    results.push(await parts[name]());
  }
  for (const { label, flashswarm, libtorrent } of results) {
    console.log(`\n${label}`);
    console.table({ Flashswarm: flat(flashswarm), ...(libtorrent ? { 'libtorrent 2.0.8': flat(libtorrent) } : {}) });
  }
  const goals = judge(results);
  console.table(goals);
  mkdirSync('bench-results', { recursive: true });
  writeFileSync('bench-results/engine.json', `${JSON.stringify({ at: new Date().toISOString(), cores: cpus().length, loadBefore: load, results, goals }, null, 2)}\n`);
  return goals.every((entry) => entry.ok);
}

const flat = (row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Array.isArray(value) ? value.join(' ') : Number(number(value, 3))]));
