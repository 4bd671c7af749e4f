// A live package that grows by one 4 MiB segment every 5 s, and a client that joins late: how far behind the newest complete segment it is.
// Node with its own authority: started by itself with NODE_EXTRA_CA_CERTS. Usage: node test/bench/live-bench.mjs [segments] [seconds]
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forkNodeCore } from '../../main/core/fork-node.ts';
import { CoreSupervisor } from '../../main/core/supervisor.ts';
import { makeCertificates } from '../support/certificates.ts';
import { makeEvpack } from '../support/make-evpack.ts';

const MiB = 1024 * 1024;
const segmentBytes = 4 * MiB;
const before = 12; // segments that are out when the client joins
const more = Number(process.argv[2] ?? 12);
const segmentSeconds = Number(process.argv[3] ?? 5);
/** What the publisher's line gives one client: 1.5 times what the event needs. */
const upBytesPerSecond = Math.round(1.5 * segmentBytes / segmentSeconds);
const id = 'com.example.live';

const folder = mkdtempSync(join(tmpdir(), 'flashswarm-live-'));
const { authority, certificate, key } = makeCertificates(['localhost'], ['127.0.0.1']);
writeFileSync(join(folder, 'ca.pem'), authority);
let offered = Buffer.alloc(0);
const answers = { 200: 0, 304: 0, 404: 0 };
const server = createServer({ cert: certificate, key }, (request, response) => {
  const etag = `"${createHash('sha256').update(offered).digest('hex').slice(0, 16)}"`;
  const status = request.url !== '/event.evpack' ? 404 : request.headers['if-none-match'] === etag ? 304 : 200;
  answers[status] += 1;
  response.writeHead(status, { etag }).end(status === 200 ? offered : undefined);
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

async function startCore(name, settings) {
  const core = new CoreSupervisor({
    options: {
      dataDir: join(folder, name, 'data'), downloadDir: join(folder, name, 'files'), version: '0', allowPrivate: true, peers: [],
      settings: { dht: false, lsd: false, utp: false, ...settings },
    },
    fork: (environment) => forkNodeCore()({ NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'), ...environment }), trash: async () => {},
  });
  await core.start();
  return core;
}

async function ask(core, name, input) {
  const answer = await core.request(name, input);
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value;
}

const base64 = (bytes) => ({ kind: 'bytes', base64: Buffer.from(bytes).toString('base64') });
const cores = [];
try {
  const publisher = await startCore('publisher', { upBytesPerSecond });
  cores.push(publisher);
  const seeder = `127.0.0.1:${(await ask(publisher, 'session.snapshot', {})).totals.listenPort}`;
  const source = publisher.grant(join(folder, 'source'));
  mkdirSync(join(folder, 'source', 'show'), { recursive: true });
  const layers = [];
  let newest = -1; // the newest segment that is offered
  const publish = async () => {
    const segment = layers.length;
    const bytes = Uint8Array.from(randomBytes(segmentBytes));
    writeFileSync(join(folder, 'source', 'show', `${segment}.ts`), bytes);
    layers.push({ id: `segment-${segment}`, required: false, order: 1000 + segment, segment, files: { [`${segment}.ts`]: bytes } });
    const made = makeEvpack({
      id, version: layers.length, folderName: 'show', pieceLength: 256 * 1024, issued: new Date().toISOString(), layers,
      manifest: { update: { url: `https://127.0.0.1:${server.address().port}/event.evpack` }, sources: { seeders: [seeder] }, event: { segmentSeconds } },
    });
    await ask(publisher, 'packages.add', { source: base64(made.layers.at(-1).torrent), folder: source });
    offered = Buffer.from(made.bytes);
    newest = segment;
    return made;
  };
  for (let segment = 0; segment < before; segment += 1) await publish();

  const client = await startCore('client', {});
  cores.push(client);
  const began = performance.now();
  await ask(client, 'packages.add', { source: base64(offered), trust: true });
  const behind = [];
  const late = new Map(); // segment -> seconds from its publication to its being playable
  const publishedAt = new Map();
  let firstPlayable = null;
  let ended = false;
  const watching = (async () => {
    while (!ended) {
      const { packages } = await ask(client, 'session.snapshot', {});
      const ready = new Set(packages[0].layers.filter((layer) => layer.state === 'ready').map((layer) => layer.segment));
      const playable = Math.max(-1, ...ready);
      if (playable >= 0) firstPlayable ??= (performance.now() - began) / 1000;
      if (firstPlayable !== null) behind.push(newest - playable);
      for (const segment of ready) if (publishedAt.has(segment) && !late.has(segment)) late.set(segment, (performance.now() - publishedAt.get(segment)) / 1000);
      await sleep(100);
    }
  })();
  for (let count = 0; count < more; count += 1) {
    await sleep(segmentSeconds * 1000);
    await publish();
    publishedAt.set(newest, performance.now());
  }
  await sleep(segmentSeconds * 1000);
  ended = true;
  await watching;
  const { packages } = await ask(client, 'session.snapshot', {});
  const seconds = [...late.values()].sort((a, b) => a - b);
  const worst = Math.max(...behind);
  console.log(JSON.stringify({
    segments: before + more, segmentSeconds, segmentMiB: segmentBytes / MiB, lineMbitPerSecond: Math.round(upBytesPerSecond * 8 / 1e5) / 10,
    firstPlayableSeconds: Math.round(firstPlayable * 100) / 100, segmentsBehindMost: worst, segmentsBehindMean: Math.round(behind.reduce((a, b) => a + b, 0) / behind.length * 100) / 100,
    publishedToPlayableSeconds: { median: seconds[seconds.length >> 1]?.toFixed(2), most: seconds.at(-1)?.toFixed(2), counted: seconds.length },
    filledIn: packages[0].layers.filter((layer) => layer.segment < before - 2 && layer.state === 'ready').length, answers,
  }));
  if (worst > 2) process.exitCode = 1;
} finally {
  for (const core of cores.reverse()) await core.stop();
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
}
