// One engine in a process of its own, for the benchmarks: fetches or seeds torrents and prints JSON lines.
// engine-runner.mjs '{"torrents": ["a.torrent"], "folder": "...", "resume": "...", "bind": "ip", "port": n, "peers": ["ip:port"], "trackers": true, "seed": true,
//   "webSeeds": ["http://..."], "delivery": {part of a DeliverySpec}, "ablate": ["name of a policy"], "wait": true, "traceEveryMs": 500}'
// With "wait" the engine is up first, says so and begins on a line "go" on its input, or "go 1700000000000" at that time.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openChunkStore } from '../../main/engine/chunk-store.ts';
import { DEFAULT_DELIVERY } from '../../main/engine/delivery-spec.ts';
import { Engine } from '../../main/engine/engine.ts';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';

const plan = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };

const gate = new OutboundGate({ allowPrivate: true, userAgent: 'Flashswarm/0.1' });
const engine = await Engine.start({
  listenPort: plan.port ?? 0, bindAddress: plan.bind, dht: false, lsd: plan.lsd ?? false, utp: false, pex: plan.pex ?? true, maxConnections: 200,
  userAgent: 'Flashswarm/0.1', downloadBytesPerSecond: null, uploadBytesPerSecond: null, transport: 'tcp',
  streamRange: (url, from, to, onBytes, options) => gate.streamRange(url, from, to, onBytes, options),
  fetchAnswer: async (url, { near: _near, ...more }) => (await gate.fetchBytes(url, more)).body, ablate: new Set(plan.ablate),
});
engine.on('problem', (problem) => say({ type: 'problem', ...problem }));
mkdirSync(plan.resume, { recursive: true });
const metainfos = plan.torrents.map((file) => parseTorrentFile(readFileSync(file)));
const delivery = { ...DEFAULT_DELIVERY, ...plan.delivery };
process.stdin.on('end', () => process.exit(0));
if (plan.wait) {
  say({ type: 'waiting' });
  const line = await new Promise((resolve) => createInterface({ input: process.stdin }).once('line', resolve));
  const atMs = Number(line.split(' ')[1] ?? 0);
  if (atMs > Date.now()) await new Promise((resolve) => setTimeout(resolve, atMs - Date.now()));
} else {
  process.stdin.resume();
}
let left = metainfos.length;
const torrents = [];
const cpuBefore = cpu();
const startedAt = performance.now();
for (const metainfo of metainfos) {
  const torrent = engine.add({
    infoHash: metainfo.infoHash, metainfo, trackers: plan.trackers ? metainfo.trackers : [], webSeeds: plan.webSeeds ?? [], peers: plan.peers ?? [],
    openStore: async (info) => {
      const store = await openChunkStore(info, { folder: plan.folder, resumeFile: join(plan.resume, `${info.infoHash}.resume`) });
      if (plan.seed) {
        await store.open();
        if (!store.have.isFull()) await store.recheck();
      }
      return store;
    },
    paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null, delivery,
  });
  torrents.push(torrent);
  torrent.on('problem', (problem) => say({ type: 'problem', ...problem }));
  torrent.once('done', () => {
    if (--left > 0) return;
    const { firstPieceMs, wastedBytes, receivedBytes, fromServer, fromPeople } = torrents[0].stats();
    say({
      type: 'done', atMs: Date.now(), tookMs: performance.now() - startedAt, cpuSeconds: cpu() - cpuBefore, residentBytes: process.memoryUsage.rss(),
      firstPieceMs, wastedBytes, receivedBytes, fromServer, fromPeople,
    });
  });
}
say({ type: 'ready', port: engine.port, pid: process.pid, atMs: Date.now() });
const traceEveryMs = plan.traceEveryMs ?? (plan.trace ? 500 : 0);
if (traceEveryMs > 0) {
  setInterval(() => {
    for (const torrent of torrents) {
      const peers = torrent.peers().map((peer) => `${peer.flags}${Math.round(peer.downloadBytesPerSecond / 1000)}`);
      say({ type: 'trace', atMs: Date.now(), ...torrent.stats(), peers });
    }
  }, traceEveryMs);
}
process.on('SIGTERM', () => {
  say({ type: 'end', cpuSeconds: cpu(), ...torrents[0]?.stats() });
  void engine.close().then(() => process.exit(0));
});
