// `node test/bench/web-seed-bench.mjs [loopback] [far]`: a download from nginx as a web seed, checked and on the disk, against curl of the same file.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildCable } from './cable.mjs';
import { WORK, freshFolder, makeTorrent, makeWork, sha256 } from './fixtures.mjs';
import { endAll, median, sleep, start } from './processes.mjs';
import { coreFlags } from '../../main/core/core-flags.ts';

const here = dirname(fileURLToPath(import.meta.url));
const MIB = 1024 ** 2;
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);

async function startNginx(root, address, port, prefix) {
  const folder = freshFolder('nginx');
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  const log = join(folder, 'access.log');
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; user root; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr warn;
events { worker_connections 256; }
http { log_format seen '$connection $body_bytes_sent'; access_log ${log} seen; sendfile on; keepalive_requests 10000;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/tmp/${name};`).join(' ')}
  server { listen ${address}:${port}; root ${root}; } }`);
  const command = [...prefix, 'nginx', '-c', join(folder, 'nginx.conf'), '-p', folder, '-e', 'stderr'];
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
  const kill = () => child.kill('SIGKILL');
  process.on('exit', kill);
  await sleep(800);
  return {
    /** Requests and connections since this was asked last. */
    seen() {
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean);
      writeFileSync(log, '');
      return { requests: lines.length, connections: new Set(lines.map((line) => line.split(' ')[0])).size };
    },
    end: () => new Promise((resolve) => { child.once('exit', resolve); child.kill('SIGTERM'); }),
  };
}

function withCurl(url, prefix) {
  const file = join(freshFolder('curl'), 'file');
  const script = `TIMEFORMAT='%R %U %S'; time ${[...prefix, 'curl', '-s', '-o', file, url].join(' ')}`;
  const said = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`], { encoding: 'utf8' });
  rmSync(file);
  const [seconds, user, system] = said.trim().split(/\s+/).map(Number);
  return { seconds, cpuSeconds: user + system };
}

async function withUs(torrent, url, prefix, bind, expected, name) {
  const folder = freshFolder('out');
  const plan = { torrents: [torrent], folder, resume: freshFolder('resume'), bind, port: 7202, webSeeds: [url] };
  const command = [...prefix, process.execPath, ...coreFlags, join(here, 'engine-runner.mjs'), JSON.stringify(plan)];
  const client = start(command[0], command.slice(1));
  const done = await client.line((line) => line.type === 'done', 300_000);
  await client.end();
  if (sha256(join(folder, name)) !== expected) throw new Error('wrong bytes');
  return { seconds: done.tookMs / 1000, cpuSeconds: done.cpuSeconds, firstPieceMs: done.firstPieceMs, wastedBytes: done.wastedBytes, peakMB: done.residentBytes / 1e6 };
}

async function compare(label, bytes, pieceLength, at, prefixes) {
  const folder = join(WORK, 'site');
  const name = `${label.replace(/\W+/g, '-')}.bin`;
  const torrent = makeTorrent(folder, name, bytes, pieceLength);
  const expected = sha256(join(folder, name));
  const nginx = await startNginx(folder, at.server, 7201, prefixes.server);
  const url = `http://${at.server}:7201/${name}`;
  const runs = [];
  try {
    for (let round = 0; round < rounds; round++) {
      nginx.seen();
      const curl = withCurl(url, prefixes.client);
      nginx.seen();
      const flashswarm = await withUs(torrent, url, prefixes.client, at.client, expected, name);
      runs.push({ curl, flashswarm, ...nginx.seen(), load: loadavg()[0] });
    }
  } finally {
    await nginx.end();
  }
  const of = (who, what) => median(runs.map((run) => run[who][what]));
  const rate = (who) => bytes / of(who, 'seconds') / 1e6;
  console.log(`${label}: flashswarm ${rate('flashswarm').toFixed(0)} MB/s, ${of('flashswarm', 'cpuSeconds').toFixed(2)} s CPU; curl ${rate('curl').toFixed(0)} MB/s, ${of('curl', 'cpuSeconds').toFixed(2)} s CPU; `
    + `ratio of speed ${(rate('flashswarm') / rate('curl')).toFixed(2)}; first piece ${of('flashswarm', 'firstPieceMs').toFixed(0)} ms; requests ${runs.map((run) => run.requests)}, connections ${runs.map((run) => run.connections)}; `
    + `wasted ${runs.map((run) => run.flashswarm.wastedBytes)}; load ${runs.map((run) => run.load.toFixed(1))} on ${cpus().length} cores`);
  return runs;
}

makeWork();
const wanted = process.argv.slice(2);
try {
  if (wanted.length === 0 || wanted.includes('loopback')) {
    await compare('256 MiB over loopback', 256 * MIB, MIB, { server: '127.0.0.1', client: '127.0.0.1' }, { server: [], client: [] });
    await compare('256 MiB in pieces of 256 KiB', 256 * MIB, 256 * 1024, { server: '127.0.0.1', client: '127.0.0.1' }, { server: [], client: [] });
  }
  if (wanted.length === 0 || wanted.includes('far')) {
    const cable = await buildCable(50);
    try {
      await compare('512 MiB at 100 ms round trip', 512 * MIB, MIB, { server: cable.addresses[0], client: cable.addresses[1] }, { server: cable.inside(0), client: cable.inside(1) });
    } finally {
      await cable.end();
    }
  }
} finally {
  await endAll();
}
