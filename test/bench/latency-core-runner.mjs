// A whole core at home for the latency benchmark: fetches or shares one torrent over the line, while the system's ping says what everybody else feels.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { forkNodeCore } from '../../main/core/fork-node.ts';
import { CoreSupervisor } from '../../main/core/supervisor.ts';
import { median, quantile } from '../../main/net/diagnosis/latency-statistics.ts';

const [, , work, host, direction, guard, secondsText, torrent, payloadFolder] = process.argv;
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const folder = mkdtempSync(join(work, 'core-'));
const files = direction === 'up' ? payloadFolder : join(folder, 'files');
mkdirSync(files, { recursive: true });

const times = { idle: [], loaded: [], ramp: [], over: [] };
let phase = 'idle';
const ping = spawn('ping', ['-n', '-i', '0.1', host], { stdio: ['ignore', 'pipe', 'inherit'] });
createInterface({ input: ping.stdout }).on('line', (text) => {
  const time = /time=([\d.]+)/.exec(text)?.[1];
  if (time !== undefined) times[phase].push(Number(time));
});

const core = new CoreSupervisor({
  options: {
    dataDir: join(folder, 'data'), downloadDir: files, version: '0', allowPrivate: process.env.NO_PROBE === '1', peers: direction === 'down' ? [`${host}:6881`] : [],
    settings: {
      dht: false, lsd: false, utp: false, portMapping: false, listenPort: 6881, latencyGuard: guard === 'on',
      diagnosis: { consent: true, servers: { stun: [], probe: process.env.NO_PROBE === '1' ? [] : [`${host}:8469`], turn: [], portal: [] } },
    },
  },
  fork: forkNodeCore(), trash: async () => {}, log: (line) => process.stderr.write(`${line}\n`),
});
const ask = async (name, input) => {
  const answer = await core.request(name, input);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
};
await core.start();
await sleep(3_000);
phase = 'ramp';
const base64 = readFileSync(torrent).toString('base64');
await ask('packages.add', { source: { kind: 'bytes', base64 } });
say({ type: 'begun' });
const received = async () => {
  const { totals } = await ask('session.snapshot', {});
  return { down: totals.receivedBytes, up: totals.uploadedBytes };
};
// An upload begins when the files have been looked through and the other side has connected.
while ((await received())[direction] < 500_000) await sleep(100);
const warmUpSeconds = 8; // the yielding itself is in here
const states = new Set();
const look = setInterval(async () => {
  const { facts } = (await ask('connectivity.get', {})).checks.find(({ id }) => id === 'latency');
  states.add(facts.guardState);
  if (process.env.TRACE) say({ type: 'trace', ...facts, ...await received(), lastPing: times[phase].at(-1) });
}, 500);
await sleep(warmUpSeconds * 1000);
phase = 'loaded';
const begun = { at: performance.now(), ...await received() };
await sleep(Number(secondsText) * 1000);
const ended = await received();
const seconds = (performance.now() - begun.at) / 1000;
phase = 'over';
clearInterval(look);
const { facts } = (await ask('connectivity.get', {})).checks.find(({ id }) => id === 'latency');
const { packages: [first] } = await ask('session.snapshot', {});
await ask('packages.pause', { ids: [first.id] });
await sleep(8_000);
const after = (await ask('connectivity.get', {})).checks.find(({ id }) => id === 'latency').facts;
await core.stop();
ping.kill('SIGTERM');
rmSync(folder, { recursive: true, force: true });
say({
  type: 'result', idleMs: median(times.idle), loadedMs: median(times.loaded), loaded95Ms: quantile(times.loaded, 0.95),
  megabits: { [direction]: ((ended[direction] - begun[direction]) * 8) / seconds / 1e6 }, timed: facts.guardTimes, states: [...states],
  released: after.guardState === 'resting' && after.guardDownBytesPerSecond === null && after.guardUpBytesPerSecond === null && after.guardTimes === '',
});
process.exit(0);
