// How long a round trip takes while a line with a large buffer is full, with and without the latency guard. Needs root, tc (tbf) and a C compiler.
// node test/bench/latency-bench.mjs [core] [down|up|both ...]; with "core" a whole core transfers a torrent, else plain connections with the guard alone.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { buildCable } from './cable.mjs';
import { freshFolder, makeTorrent, makeWork, WORK } from './fixtures.mjs';
import { endAll, start } from './processes.mjs';

const ONE_WAY_MS = 20;
const LINES = [{ name: '20/5 Mbit', down: 20, up: 5 }, { name: '50/10 Mbit', down: 50, up: 10 }].filter(({ name }) => name.startsWith(process.env.LINE ?? ''));
const QUEUE_MS = 500;
const SECONDS = Number(process.env.SECONDS ?? 25);
const isCore = process.argv[2] === 'core';
const coreRunner = fileURLToPath(new URL('latency-core-runner.mjs', import.meta.url));
const engineRunner = fileURLToPath(new URL('engine-runner.mjs', import.meta.url));
const runner = fileURLToPath(new URL('latency-runner.mjs', import.meta.url));
const flashswarm = fileURLToPath(new URL('../../main/cli/flashswarm.ts', import.meta.url));
const SERVER = '10.96.2.2';

makeWork();
// What else the machine does must not look like a queue: everything that is started from here goes first.
setPriority(-15);
const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
const names = { pc: `fsb${process.pid % 10000}-pc`, inet: `fsb${process.pid % 10000}-in` };
const cable = await buildCable(ONE_WAY_MS);
const [router, isp] = [0, 1].map((end) => cable.inside(end).at(-1));
const removeEnds = () => Object.values(names).forEach((name) => {
  try { ip('netns', 'del', name); } catch { /* it is gone already */ }
});
process.on('exit', removeEnds);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// pc - router =cable= isp - inet: the queues are in the router and at the provider, as at home.
const inside = (name, command, ...args) => execFileSync('ip', ['netns', 'exec', name, command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
const ends = [[names.pc, router, 'pc0', '10.96.1.2', '10.96.1.1'], [names.inet, isp, 'in0', SERVER, '10.96.2.1']];
for (const [name, neighbour, device, own, gateway] of ends) {
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('link', 'add', 'eth0', 'netns', name, 'type', 'veth', 'peer', 'name', device, 'netns', neighbour);
  ip('-n', name, 'link', 'set', 'eth0', 'up');
  ip('-n', neighbour, 'link', 'set', device, 'up');
  ip('-n', name, 'addr', 'add', `${own}/24`, 'dev', 'eth0');
  ip('-n', neighbour, 'addr', 'add', `${gateway}/24`, 'dev', device);
  // The most common congestion control, and the one that fills queues.
  ip('-n', name, 'route', 'add', 'default', 'via', gateway, 'congctl', 'cubic');
  // Frames as they are on a line, not the kernel's bundles of them.
  for (const feature of ['tso', 'gso', 'gro']) try { inside(name, 'ethtool', '-K', 'eth0', feature, 'off'); } catch { /* without ethtool */ }
}
for (const name of [router, isp]) inside(name, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
ip('-n', router, 'route', 'add', 'default', 'via', cable.addresses[1]);
ip('-n', isp, 'route', 'add', '10.96.1.0/24', 'via', cable.addresses[0]);

const shape = (name, megabits) => inside(name, 'tc', 'qdisc', 'replace', 'dev', 'far0', 'root', 'tbf', 'rate', `${megabits}mbit`, 'burst', '8kb', 'latency', `${QUEUE_MS}ms`);
const results = [];
let peer = null;

/** The torrent's other end is outside; the core at home is what is measured. */
function startCore(line, direction, guard) {
  const bytes = Math.ceil(((line[direction] * 1e6) / 8) * (SECONDS + 40) / 262_144) * 262_144;
  const payload = freshFolder('payload');
  const torrent = makeTorrent(payload, 'payload.bin', bytes, 262_144);
  const client = start('ip', ['netns', 'exec', names.pc, process.execPath, coreRunner, WORK, SERVER, direction, guard, String(SECONDS), torrent, payload]);
  const plan = direction === 'down' ? { torrents: [torrent], folder: payload, resume: freshFolder('resume'), bind: SERVER, port: 6881, seed: true }
    : { torrents: [torrent], folder: freshFolder('fetched'), resume: freshFolder('resume'), bind: SERVER, peers: ['10.96.1.2:6881'] };
  const startPeer = () => (peer = start('ip', ['netns', 'exec', names.inet, process.execPath, engineRunner, JSON.stringify(plan)]));
  if (direction === 'down') startPeer();
  else void client.line(({ type }) => type === 'begun').then(startPeer);
  return client;
}
try {
  const probe = start('ip', ['netns', 'exec', names.inet, process.execPath, flashswarm, 'probe-server', '--bind', SERVER, '--json']);
  await probe.line(({ type }) => type === 'listening');
  const server = start('ip', ['netns', 'exec', names.inet, process.execPath, runner, 'serve', SERVER]);
  await server.line(({ type }) => type === 'ready');
  const named = process.argv.slice(isCore ? 3 : 2);
  const directions = named.length > 0 ? named : isCore ? ['down', 'up'] : ['down', 'up', 'both'];
  for (const line of LINES) {
    shape(isp, line.down);
    shape(router, line.up);
    for (const direction of directions) {
      for (const guard of process.env.GUARD ? [process.env.GUARD] : ['off', 'on']) {
        const client = isCore ? startCore(line, direction, guard)
          : start('ip', ['netns', 'exec', names.pc, process.execPath, runner, 'transfer', SERVER, direction, guard, String(SECONDS)]);
        if (process.env.TRACE) client.exited.then(() => client.lines.forEach((one) => one.type === 'trace' && console.log(JSON.stringify(one))));
        const result = await client.line(({ type }) => type === 'result', (SECONDS + 60) * 1000);
        await client.exited;
        await peer?.end();
        const part = Object.fromEntries(Object.entries(result.megabits).map(([way, rate]) => [way, rate / line[way]]));
        results.push({ line: line.name, direction, guard, ...result, ratio: result.loadedMs / result.idleMs, part });
        const rates = Object.entries(result.megabits).map(([way, rate]) => `${way} ${rate.toFixed(1)} Mbit/s (${Math.round(part[way] * 100)} %)`).join(', ');
        console.log(`${line.name}, ${direction.padEnd(4)}, guard ${guard.padEnd(3)}: idle ${result.idleMs.toFixed(0)} ms, loaded ${result.loadedMs.toFixed(0)} ms = ${
          (result.loadedMs / result.idleMs).toFixed(2)} x (95 %: ${result.loaded95Ms.toFixed(0)} ms), ${rates}${isCore ? `; timed ${result.timed || 'nobody'}, states ${result.states.join(' ')}, released after it: ${guard === 'off' || result.released}` : ''}`);
      }
    }
  }
  mkdirSync('bench-results', { recursive: true });
  writeFileSync(`bench-results/latency${isCore ? '-core' : ''}.json`, `${JSON.stringify(results, null, 2)}\n`);
} finally {
  await endAll();
  await cable.end();
  removeEnds();
}
const held = results.filter(({ guard }) => guard === 'on');
// Of the payload a frame of 1,514 bytes carries 1,448.
const isGood = held.every(({ ratio, part, released = true }) => released && ratio <= 2 && Object.values(part).every((one) => one >= 0.85 * (1448 / 1514)));
console.log(isGood ? 'Guarded: at most twice the time at rest, at least 85 % of the line.' : 'Guarded: NOT within twice the time at rest and 85 % of the line everywhere.');
process.exitCode = isGood ? 0 : 1;
