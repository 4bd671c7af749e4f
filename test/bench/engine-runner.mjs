// One engine in a process of its own, for the benchmarks: fetches or seeds torrents and prints JSON lines.
// engine-runner.mjs '{"torrents": ["a.torrent"], "folder": "...", "resume": "...", "bind": "ip", "port": n, "peers": ["ip:port"], "trackers": true, "seed": true, "webSeeds": ["http://..."]}'
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openChunkStore } from '../../main/engine/chunk-store.ts';
import { Engine } from '../../main/engine/engine.ts';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { OutboundGate } from '../../main/net/outbound-gate.ts';

const plan = JSON.parse(process.argv[2]);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1e6; };

const gate = new OutboundGate({ allowPrivate: true, userAgent: 'Flashswarm/0.1' });
const engine = await Engine.start({
  listenPort: plan.port ?? 0, bindAddress: plan.bind, dht: false, lsd: false, utp: false, pex: plan.pex ?? true, maxConnections: 200,
  userAgent: 'Flashswarm/0.1', downloadBytesPerSecond: null, uploadBytesPerSecond: null, transport: 'tcp',
  streamRange: (url, from, to, onBytes, options) => gate.streamRange(url, from, to, onBytes, options),
});
engine.on('problem', (problem) => say({ type: 'problem', ...problem }));
mkdirSync(plan.resume, { recursive: true });
if (plan.wait) {
  say({ type: 'waiting' });
  await new Promise((resolve) => process.stdin.once('data', resolve));
}
let left = plan.torrents.length;
const torrents = [];
const cpuBefore = cpu();
const startedAt = performance.now();
for (const file of plan.torrents) {
  const metainfo = parseTorrentFile(readFileSync(file));
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
    paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null,
  });
  torrents.push(torrent);
  torrent.on('problem', (problem) => say({ type: 'problem', ...problem }));
  torrent.once('done', () => {
    if (--left > 0) return;
    const { firstPieceMs, wastedBytes, receivedBytes } = torrents[0].stats();
    say({
      type: 'done', atMs: Date.now(), tookMs: performance.now() - startedAt, cpuSeconds: cpu() - cpuBefore,
      residentBytes: process.memoryUsage.rss(), firstPieceMs, wastedBytes, receivedBytes,
    });
  });
}
say({ type: 'ready', port: engine.port, pid: process.pid, atMs: Date.now() });
if (plan.trace) {
  setInterval(() => {
    for (const torrent of torrents) say({ type: 'trace', ...torrent.stats(), peers: torrent.peers().map((p) => p.flags + Math.round(p.downloadBytesPerSecond / 1000)) });
  }, 500);
}
process.stdin.on('data', () => {});
process.stdin.on('end', () => process.exit(0));
process.on('SIGTERM', () => {
  say({ type: 'end', cpuSeconds: cpu(), ...torrents[0]?.stats() });
  void engine.close().then(() => process.exit(0));
});
