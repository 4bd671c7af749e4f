// What keeping figures costs: one package that fetches from 16 people, its looks once a second with their writing; and 1,000 packages at rest.
// Usage: node test/bench/figures-bench.mjs [looks]. Prints milliseconds a look and the share of one processor that this is.
import { randomFillSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Engine } from '../../main/engine/engine.ts';
import { createTorrent } from '../../main/metainfo/metainfo.ts';
import { Library } from '../../main/services/library.ts';
import { PackageFiguresService } from '../../main/services/package-figures.ts';
import { plainLayer } from '../../main/services/package-record.ts';
import { defaultSettings } from '../../main/services/settings.ts';
import { MemoryStore } from '../support/memory-store.ts';

const MiB = 1024 * 1024;
const looks = Number(process.argv[2] ?? 300);
const people = 16;
const folder = mkdtempSync(join(tmpdir(), 'flashswarm-figures-'));
const engineOptions = {
  listenPort: 0, bindAddress: '127.0.0.1', dht: false, lsd: false, utp: false, pex: true, maxConnections: 100, userAgent: 'Flashswarm/0', downloadBytesPerSecond: null, uploadBytesPerSecond: null,
};
const recordOf = (metainfo, part) => ({
  id: metainfo.infoHash, name: metainfo.name, addedAt: Date.now(), completedAt: null, folder: join(folder, 'files'), paused: false, position: 0, layers: [plainLayer(metainfo.infoHash, metainfo.name)],
  trackers: [], webSeeds: [], peers: [], exactSources: [], order: 'rarest', downBytesPerSecond: null, upBytesPerSecond: null, serverBytesPerSecond: null, serverUse: null, uploadSlots: null,
  seedingGoal: null, shareAgain: false, sharedMs: 0, event: null, next: null, ...part,
});
const engines = [];
try {
  mkdirSync(join(folder, 'data'));
  const data = randomFillSync(Buffer.alloc(64 * MiB));
  writeFileSync(join(folder, 'event.bin'), data);
  const metainfo = await createTorrent(join(folder, 'event.bin'), { pieceLength: 16 * 1024 }); // 4096 pieces
  const torrent = { infoHash: metainfo.infoHash, metainfo, trackers: [], webSeeds: [], peers: [], paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: 60_000, uploadSlots: null };
  const peers = [];
  for (let i = 0; i < people; i++) {
    const engine = await Engine.start(engineOptions);
    engines.push(engine);
    engine.add({ ...torrent, openStore: async () => new MemoryStore(metainfo, data) });
    peers.push(`127.0.0.1:${engine.port}`);
  }
  const engine = await Engine.start(engineOptions);
  engines.push(engine);
  const library = await Library.open({
    dataDir: join(folder, 'data'), engine, settings: () => defaultSettings(join(folder, 'files')), readEvent: () => Promise.reject(new Error('none')), trash: async () => {}, log: console.error,
  });
  const figures = new PackageFiguresService({
    library, dataDir: join(folder, 'data'), version: '0', log: console.error, transport: () => ({ preferred: 'tcp', decidedBy: 'default', tcp: null, utp: null }),
    totals: () => ({ receivedBytes: 0, uploadedBytes: 0, connected: 0, dhtNodes: 0 }),
  });
  library.on('changed', (id) => figures.mark(id));
  library.on('removed', (id) => figures.removed(id));
  library.begin();
  const record = recordOf(metainfo, { peers });
  await library.add(record, [{ record: record.layers[0], metainfo, manifest: null }]);
  for (const peer of peers) library.get(record.id).layers[0].torrent.addPeer(peer);
  while (library.get(record.id).stats().connected < people) await sleep(100);

  const measure = async (act) => {
    const took = [];
    let at = Date.now();
    for (let i = 0; i < looks; i++) {
      library.tick(500);
      const begun = performance.now();
      act((at += 1000));
      took.push(performance.now() - begun);
      await sleep(10); // the transfer goes on, and what is to be written is written
    }
    return { mean: took.reduce((sum, ms) => sum + ms, 0) / took.length, p95: took.toSorted((a, b) => a - b)[Math.floor(took.length * 0.95)] };
  };
  const say = (what, { mean, p95 }) => console.log(`${what}: ${mean.toFixed(3)} ms a look (p95 ${p95.toFixed(3)} ms), ${(mean / 10).toFixed(3)} % of a processor`);
  const { length } = await figures.figures(record.id).then(({ history }) => history.points);
  say(`one package, ${people} people, ${metainfo.pieceCount} pieces, writing every 30 looks`, await measure((at) => figures.tick(at)));
  const after = await figures.figures(record.id);
  console.log(`  ${after.now.connected} people connected, ${after.history.points.length - length} points more, ${(after.now.done * 100).toFixed(0)} % fetched meanwhile`);
  const scrape = [];
  for (let i = 0; i < 50; i++) {
    const begun = performance.now();
    figures.metrics();
    scrape.push(performance.now() - begun);
  }
  console.log(`  numbers for monitoring: ${(scrape.reduce((sum, ms) => sum + ms, 0) / 50).toFixed(3)} ms a scrape`);

  await library.remove(record.id, 'keep');
  for (let i = 0; i < 1000; i++) {
    writeFileSync(join(folder, 'small.bin'), `package ${i}`);
    const small = await createTorrent(join(folder, 'small.bin'), { pieceLength: 16 * 1024 });
    const idle = recordOf(small, { paused: true });
    await library.add(idle, [{ record: idle.layers[0], metainfo: small, manifest: null }]);
  }
  await sleep(1000);
  figures.tick();
  say('1,000 packages at rest', await measure((at) => figures.tick(at)));
  await figures.close();
  await library.close();
} finally {
  for (const engine of engines) await engine.close();
  rmSync(folder, { recursive: true, force: true });
}
