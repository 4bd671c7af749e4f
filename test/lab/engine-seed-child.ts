// The engine as a seed with its port mapped, as a process of its own for the lab: states of the port mapper as JSON lines out.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Engine } from '../../main/engine/engine.ts';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { PortMapper } from '../../main/net/port-mapping/port-mapper.ts';
import { MemoryStore } from '../support/memory-store.ts';

const [torrentFile, dataFile] = process.argv.slice(2) as [string, string];
const metainfo = parseTorrentFile(readFileSync(torrentFile));
const engine = await Engine.start({
  listenPort: 0, dht: false, lsd: false, utp: false, pex: false, maxConnections: 20, userAgent: 'Flashswarm/0.1', downloadBytesPerSecond: null, uploadBytesPerSecond: null,
});
const torrent = engine.add({
  infoHash: metainfo.infoHash, metainfo, trackers: [], webSeeds: [], peers: [], openStore: async (known) => new MemoryStore(known, readFileSync(dataFile)),
  paused: false, order: 'rarest', downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null,
});
await new Promise<void>((resolve) => torrent.once('done', () => resolve()));
const mapper = new PortMapper({ log: (message) => process.stderr.write(`${message}\n`) });
mapper.on('changed', () => process.stdout.write(`${JSON.stringify(mapper.state())}\n`));
mapper.want([{ internalPort: engine.port, protocol: 'tcp', description: 'Flashswarm' }]);
mapper.start();
createInterface({ input: process.stdin }).on('line', () => {
  void mapper.close().then(() => engine.close()).then(() => {
    process.stdout.write(`${JSON.stringify({ closedAfterMs: 0 })}\n`);
    process.exit(0);
  });
});
