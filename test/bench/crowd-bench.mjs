// A flash crowd over real, shaped links: one seed and N clients start at once; ours, aria2 and libtorrent on the same links.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORK, freshFolder, makeTorrent, makeWork, sha256 } from './fixtures.mjs';
import { HUB_ADDRESS, addressOf, buildLinks, canBuildLinks, inHub, inNode, shape, tearDown } from './links.mjs';
import { cpuSeconds, endAll, median, sleep, start } from './processes.mjs';

// Every crowd tidies up once more when the process ends.
process.setMaxListeners(50);

const here = dirname(fileURLToPath(import.meta.url));
const CLIENTS = Number(process.env.BENCH_CLIENTS ?? 8);
const BYTES = 64 * 1024 * 1024;
const PIECE_BYTES = 256 * 1024;
const PAYLOAD_BYTES_PER_SECOND = 5e6;
/** On the wire, so that 5 MB/s of TCP payload come through. */
const MEGABITS = 41.9;
const NAME = 'crowd.bin';
const TIMEOUT_MS = Number(process.env.BENCH_TIMEOUT_SECONDS ?? 180) * 1000;

/** No crowd can be faster: the seed must send it once, and everybody together N times. */
const boundSeconds = Math.max(BYTES / PAYLOAD_BYTES_PER_SECOND, (CLIENTS * BYTES) / (PAYLOAD_BYTES_PER_SECOND * (CLIENTS + 1)));

const programs = {
  flashswarm: (torrent, folder, node, seed) => [process.execPath, '--max-semi-space-size=4', join(here, 'engine-runner.mjs'), JSON.stringify({
    torrents: [torrent], folder, resume: `${folder}-resume`, bind: addressOf(node), port: 7001, trackers: true, seed, wait: !seed, trace: Boolean(process.env.BENCH_TRACE),
  })],
  libtorrent: (torrent, folder, node, seed) => ['/usr/bin/python3', join(here, 'libtorrent-runner.py'), JSON.stringify({
    torrents: [torrent], folder, bind: addressOf(node), port: 7001, trackers: true, seed, wait: !seed,
  })],
  aria2: (torrent, folder, node, seed) => ['aria2c', '--no-conf=true', '--enable-dht=false', '--bt-enable-lpd=false',
    '--enable-peer-exchange=false', '--seed-ratio=0', '--file-allocation=none', '--listen-port=7001', '--bt-max-peers=0',
    `--on-bt-download-complete=${join(WORK, 'aria2-done')}`, '--summary-interval=0', '--quiet=true', '-d', folder,
    ...(seed ? ['--check-integrity=true', '--allow-overwrite=true'] : []), torrent],
};

async function startTracker(infoFolder) {
  mkdirSync(infoFolder, { recursive: true });
  const config = join(infoFolder, 'opentracker.conf');
  writeFileSync(config, `listen.tcp_udp ${HUB_ADDRESS}:6969\ntracker.rootdir ${infoFolder}\ntracker.user nobody\naccess.whitelist white.txt\n`);
  return config;
}

async function oneCrowd(who, torrent, seedFolder, expected, whitelist) {
  buildLinks(CLIENTS + 1);
  const nodes = [];
  try {
    for (let node = 0; node <= CLIENTS; node++) shape(node, MEGABITS);
    const tracker = start('ip', [...inHub(), 'opentracker', '-f', whitelist], { quiet: true, stdio: ['ignore', 'pipe', 'ignore'] });
    await sleep(400);
    if (tracker.child.exitCode !== null) throw new Error('the tracker did not start');
    const launch = (node, folder, seed) => {
      const handle = start('ip', [...inNode(node), ...programs[who](torrent, folder, node, seed)], { quiet: true, stdio: ['pipe', 'pipe', 'ignore'] });
      nodes.push(handle);
      return handle;
    };
    launch(0, seedFolder, true);
    await waitForSeed(torrent);
    // Programs that can are started first and told to go together: what is compared is the delivery, not the start.
    const folders = [];
    const clients = [];
    const launchAll = () => {
      for (let node = 1; node <= CLIENTS; node++) {
        folders.push(freshFolder(`crowd-${node}`));
        freshFolder(`crowd-${node}-resume`); // what an earlier round remembers is not here any more
        clients.push(launch(node, folders.at(-1), false));
      }
    };
    const waits = who !== 'aria2';
    if (waits) {
      launchAll();
      await Promise.all(clients.map((client) => client.line((line) => line.type === 'waiting', 60_000)));
      await sleep(500);
    }
    const startedAt = Date.now();
    const cpuAtStart = nodes.map((handle) => cpuSeconds(handle.child.pid));
    if (waits) for (const client of clients) client.child.stdin.write('go\n');
    else launchAll();
    const finished = clients.map((client, i) => (waits
      ? client.line((line) => line.type === 'done', TIMEOUT_MS).then((line) => line.atMs)
      : hookTime(join(folders[i], `${NAME}.done`))).then((atMs) => atMs - startedAt));
    const seconds = (await Promise.all(finished)).map((ms) => ms / 1000);
    const cpu = nodes.reduce((sum, handle, i) => sum + cpuSeconds(handle.child.pid) - (cpuAtStart[i] ?? 0), 0);
    const wall = (Date.now() - startedAt) / 1000;
    for (const folder of folders) if (sha256(join(folder, NAME)) !== expected) throw new Error(`${who} has wrong bytes`);
    return { last: Math.max(...seconds), median: median(seconds), cpuSeconds: cpu, load: cpu / wall / cpus().length };
  } finally {
    // Also, and above all, of a crowd that did not come to its end.
    if (process.env.BENCH_TRACE) writeFileSync(process.env.BENCH_TRACE, JSON.stringify(nodes.map((handle) => handle.lines)));
    await endAll();
    tearDown();
  }
}

/** aria2 has no output to wait for: its hook writes the time of completion beside the file. */
async function hookTime(path) {
  for (const end = Date.now() + TIMEOUT_MS; Date.now() < end; await sleep(100)) {
    const time = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0;
    if (time > 0) return time;
  }
  throw new Error('aria2 did not finish in time');
}

/** A client that asks before the tracker knows the seed gets an empty list and does not ask again for minutes. */
async function waitForSeed(torrent) {
  const probe = start('ip', [...inHub(), process.execPath, join(here, 'tracker-probe.mjs'), torrent, `http://${HUB_ADDRESS}:6969/announce`]);
  await probe.line((line) => line.seeds >= 1, 20_000);
  await probe.end();
}

/** @returns whether every goal was met */
export async function crowdBenchmark(names) {
  makeWork();
  if (!canBuildLinks()) {
    console.error('crowd: needs root for network namespaces; left out.');
    return true;
  }
  const load = loadavg()[0];
  if (load > 0.5) console.error(`The machine is busy with other things (load ${load.toFixed(1)}): times are not to be trusted, CPU is.`);
  const seedFolder = join(WORK, 'seed');
  const torrent = makeTorrent(seedFolder, NAME, BYTES, PIECE_BYTES, [`http://${HUB_ADDRESS}:6969/announce`]);
  const expected = sha256(join(seedFolder, NAME));
  const { infoHashOf } = await import('./tracker-probe.mjs');
  const trackerFolder = join(WORK, 'tracker');
  const config = await startTracker(trackerFolder);
  writeFileSync(join(trackerFolder, 'white.txt'), `${infoHashOf(torrent)}\n`);
  chmodSync(WORK, 0o755);
  writeFileSync(join(WORK, 'aria2-done'), '#!/bin/sh\ndate +%s%3N > "$3.done"\n', { mode: 0o755 });
  const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
  const runs = {};
  for (let round = 0; round < rounds; round++) {
    for (const who of names.length > 0 ? names : Object.keys(programs)) {
      const run = await oneCrowd(who, torrent, seedFolder, expected, config);
      console.error(`${who} round ${round + 1}: last ${(run.last / boundSeconds).toFixed(2)} x bound, ${run.cpuSeconds.toFixed(1)} CPU s`);
      (runs[who] ??= []).push(run);
    }
  }
  const summary = {};
  for (const [who, list] of Object.entries(runs)) {
    const last = median(list.map((run) => run.last));
    summary[who] = {
      lastSeconds: last, overBound: last / boundSeconds, medianOverBound: median(list.map((run) => run.median)) / boundSeconds,
      cpuSeconds: median(list.map((run) => run.cpuSeconds)), load: median(list.map((run) => run.load)),
    };
  }
  console.log(`\nCrowd of ${CLIENTS}, ${BYTES / 1024 / 1024} MiB, every uplink 5 MB/s, bound ${boundSeconds.toFixed(1)} s`);
  console.table(Object.fromEntries(Object.entries(summary).map(([who, row]) => [who, Object.fromEntries(Object.entries(row).map(([k, v]) => [k, Number(v.toFixed(2))]))])));
  const goals = judge(summary);
  console.table(goals);
  mkdirSync('bench-results', { recursive: true });
  writeFileSync('bench-results/crowd.json', `${JSON.stringify({ at: new Date().toISOString(), clients: CLIENTS, loadBefore: load, boundSeconds, summary, runs, goals }, null, 2)}\n`);
  return goals.every((goal) => goal.ok);
}

function judge({ flashswarm, aria2, libtorrent }) {
  const goals = [];
  if (!flashswarm) return goals;
  goals.push({ name: 'last finisher / bound', value: flashswarm.overBound.toFixed(2), limit: '<= 1.15', ok: flashswarm.overBound <= 1.15 });
  for (const [who, other] of Object.entries({ aria2, libtorrent })) {
    if (other) goals.push({ name: `before ${who}`, value: (flashswarm.lastSeconds / other.lastSeconds).toFixed(2), limit: '< 1.00', ok: flashswarm.lastSeconds < other.lastSeconds });
  }
  if (libtorrent) {
    const ratio = flashswarm.cpuSeconds / libtorrent.cpuSeconds;
    goals.push({ name: 'CPU / libtorrent', value: ratio.toFixed(2), limit: '<= 2.50', ok: ratio <= 2.5 });
  }
  return goals;
}
