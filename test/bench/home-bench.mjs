// Several computers in one home want the same file at once: `npm run bench:home`. Needs root, opentracker, tc and nft.
// What comes over the home's line (once is enough), when the last computer has it, and how long a round trip takes meanwhile.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { coreFlags } from '../../main/core/core-flags.ts';
import { watchCores } from './crowd/cores.mjs';
import { watchLines } from './crowd/line-counters.mjs';
import { ANNOUNCE, startTracker, waitForSeeds } from './crowd/servers.mjs';
import { freshFolder, makeTorrent, makeWork, sha256, WORK } from './fixtures.mjs';
import { addressOf, atComputer, buildHome, buildLinks, computerAddress, hubDevice, HUB_ADDRESS, inNode, lengthen, shape, tearDown } from './links.mjs';
import { readPolicies } from './policies.ts';
import { endAll, median, start } from './processes.mjs';

const { values } = parseArgs({
  options: {
    computers: { type: 'string', default: '3' }, down: { type: 'string', default: '4' }, up: { type: 'string', default: '1' }, size: { type: 'string', default: '32' },
    seeds: { type: 'string', default: '4' }, fans: { type: 'string', default: '6' }, delay: { type: 'string', default: '10' }, rounds: { type: 'string', default: '1' }, without: { type: 'string' },
  },
});
const [computers, seeds, fans, rounds] = [values.computers, values.seeds, values.fans, values.rounds].map(Number);
const [down, up] = [values.down, values.up].map((rate) => Number(rate) * 1e6);
const bytes = Number(values.size) * 1024 * 1024;
const without = readPolicies(values.without, '--without');
const engineRunner = fileURLToPath(new URL('engine-runner.mjs', import.meta.url));

makeWork();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const folder = join(WORK, 'seed');
const torrent = makeTorrent(folder, 'patch.bin', bytes, 256 * 1024, [ANNOUNCE]);
const right = sha256(join(folder, 'patch.bin'));

const runEngine = (place, plan) => start('ip', [...place, process.execPath, ...coreFlags, engineRunner, JSON.stringify({
  torrents: [torrent], trackers: true, port: 7001, ablate: without, delivery: { dht: 'off' }, ...plan,
})], { quiet: true });

async function round(number) {
  const home = seeds + fans;
  buildLinks(home + 1);
  try {
    await lengthen(Array.from({ length: home + 1 }, (_, node) => (node === home ? Number(values.delay) : 0)));
    for (let node = 0; node < home; node++) shape(node, { up: 5e6 });
    shape(home, { up, down });
    buildHome(home, computers);
    const tracker = await startTracker(torrent);
    for (let node = 0; node < seeds; node++) runEngine(inNode(node), { folder, resume: freshFolder(`seed-${node}`), bind: addressOf(node), seed: true });
    await waitForSeeds(torrent, seeds);
    const place = (index) => (index < computers ? { at: atComputer(home, index), address: computerAddress(index) } : { at: inNode(seeds + index - computers), address: addressOf(seeds + index - computers) });
    const clients = Array.from({ length: computers + fans }, (_, index) => {
      const { at, address } = place(index);
      const own = freshFolder(`fan-${index}`);
      const handle = runEngine(at, { folder: own, resume: freshFolder(`fan-${index}-resume`), bind: address, lsd: true, wait: true, traceEveryMs: 1000 });
      return { handle, own };
    });
    await Promise.all(clients.map(({ handle }) => handle.line((line) => line.type === 'waiting')));
    const startedAt = Date.now() + 300;
    const cores = watchCores(() => clients.map(({ handle }) => handle), []);
    const lines = [{ device: hubDevice(home), way: 'to-node' }, { device: hubDevice(home), way: 'from-node' }];
    const watch = watchLines(tracker.child.pid, lines);
    const ping = start('ip', [...atComputer(home, 0), 'sh', '-c', `exec ping -i 0.2 -D ${HUB_ADDRESS} > ${join(WORK, `ping-${number}`)}`]);
    for (const { handle } of clients) handle.child.stdin.write(`go ${startedAt}\n`);
    const ends = await Promise.all(clients.map(({ handle }) => handle.line((line) => line.type === 'done', 300_000)));
    watch.stop();
    const used = cores.stop();
    await ping.end();
    for (const { own } of clients) if (sha256(join(own, 'patch.bin')) !== right) throw new Error('Wrong bytes.');
    const seconds = ends.map(({ atMs }) => (atMs - startedAt) / 1000);
    const roundTrips = readFileSync(join(WORK, `ping-${number}`), 'utf8').match(/(?<=time=)[\d.]+/g)?.map(Number).sort((a, b) => a - b) ?? [];
    return {
      home: seconds.slice(0, computers).sort((a, b) => a - b), outside: seconds.slice(computers).sort((a, b) => a - b), inBytes: watch.series[0].at(-1), outBytes: watch.series[1].at(-1),
      roundTripMs: [median(roundTrips), roundTrips[Math.floor(roundTrips.length * 0.95)]], busy: used.coresShare,
    };
  } finally {
    await endAll();
    tearDown();
  }
}

const bound = bytes / down;
console.log(`${computers} computers behind ${down / 1e6} MB/s down and ${up / 1e6} MB/s up, ${values.size} MiB, ${seeds} seeds and ${fans} fans outside with 5 MB/s${without.length > 0 ? `, without ${without.join(', ')}` : ''}; once over the line takes ${bound.toFixed(1)} s`);
for (let number = 0; number < rounds; number++) {
  const { home, outside, inBytes, outBytes, roundTripMs, busy } = await round(number);
  console.log(`home ${home.map((s) => s.toFixed(1)).join(' ')} s, last / once over the line ${(home.at(-1) / bound).toFixed(2)}; in ${(inBytes / bytes).toFixed(2)} x the file, out ${(outBytes / bytes).toFixed(2)} x; `
    + `round trip ${roundTripMs.map((ms) => ms.toFixed(0)).join(' / ')} ms (median / p95); outside ${outside.map((s) => s.toFixed(1)).join(' ')} s; cores ${(busy * 100).toFixed(0)} %`);
}
