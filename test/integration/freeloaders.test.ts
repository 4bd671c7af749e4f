// A crowd of libtorrent clients that wants more than our uplink carries: those who give are served first, those who could and do not come last.
import { closeSync, copyFileSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { Engine } from '../../main/engine/engine.ts';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { makeTorrent } from '../support/foreign-libtorrent.ts';
import { MemoryStore } from '../support/memory-store.ts';
import { makePayload, mebibyte } from '../support/payload.ts';
import { leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

const GIVERS = 4;
const FREELOADERS = 20;
const PIECE = 64 * 1024;
/** We alone have the first part, everybody else has the second. */
const OURS = 3 * mebibyte;
const THEIRS = 4 * mebibyte;
const UPLOAD_BYTES_PER_SECOND = 600_000;
const GIVER_BYTES_PER_SECOND = 20_000;
const crowdScript = fileURLToPath(new URL('../support/foreign-libtorrent-crowd.py', import.meta.url));

let engine: Engine | null = null;
afterEach(() => engine?.close());

interface Member { number: number; checking: boolean; complete: boolean; bytesDone: number; received: number; sent: number }

it('serves 4 who give before 20 who only take', { timeout: 200_000 }, async () => {
  const payload = makePayload(temporaryFolder('data'), 'shared.bin', OURS + THEIRS);
  const { file, infoHash } = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 'shared.torrent'), [], PIECE);
  const bytes = readFileSync(payload.root);
  const metainfo = parseTorrentFile(readFileSync(file));

  const store = new MemoryStore(metainfo);
  for (let piece = 0; piece < OURS / PIECE; piece++) {
    store.data.set(bytes.subarray(piece * PIECE, (piece + 1) * PIECE), piece * PIECE);
    store.have.set(piece);
  }
  engine = await Engine.start({
    listenPort: 0, bindAddress: '127.0.0.1', dht: false, lsd: false, utp: false, pex: false, maxConnections: 100, userAgent: 'Flashswarm/test',
    downloadBytesPerSecond: null, uploadBytesPerSecond: UPLOAD_BYTES_PER_SECOND,
  });
  engine.add({
    infoHash, metainfo, trackers: [], webSeeds: [], peers: [], openStore: async () => store, paused: false, order: 'rarest',
    downloadBytesPerSecond: null, uploadBytesPerSecond: null, uploadSlots: null,
  });

  const theirs = temporaryFolder('theirs');
  const secondPart = path.join(theirs, 'shared.bin');
  const out = openSync(secondPart, 'w');
  writeSync(out, bytes, OURS, THEIRS, OURS);
  closeSync(out);
  truncateSync(secondPart, OURS + THEIRS);
  const peers = Array.from({ length: GIVERS + FREELOADERS }, (_, number) => {
    const folder = temporaryFolder(`peer-${number}`);
    copyFileSync(secondPart, path.join(folder, 'shared.bin'));
    return { number, folder, gives: number < GIVERS, uploadBytesPerSecond: GIVER_BYTES_PER_SECOND };
  });
  const crowd = await startProgram('a crowd of libtorrent', '/usr/bin/python3',
    [crowdScript, JSON.stringify({ torrent: file, connect: `127.0.0.1:${engine.port}`, peers })], { stdin: true, graceMs: 3_000 });
  let members: Member[] = [];
  crowd.onLine((line) => {
    members = JSON.parse(line) as Member[];
  });
  const describe = (): string => `${members.map(({ number, received, sent }) => `${number}: ${received} in, ${sent} out`).join('; ')}\n${crowd.tail()}`;
  await until('all givers are complete', () => {
    if (crowd.ended) throw new Error(`libtorrent ended\n${crowd.tail()}`);
    return members.length > 0 && members.slice(0, GIVERS).every(({ complete }) => complete);
  }, { withinMs: 150_000, describe });

  const freeloaders = members.slice(GIVERS).map(({ received }) => received).sort((a, b) => a - b);
  console.info(`When the ${GIVERS} givers were complete, ${FREELOADERS} freeloaders had ${freeloaders.map((count) => Math.round(count / 1000)).join(' ')} of ${OURS / 1000} KB.`);
  expect(members.slice(GIVERS).every(({ sent }) => sent === 0)).toBe(true);
  // Who gives nothing is known after 20 s of being served; what it has it got before.
  expect(freeloaders[FREELOADERS / 2]!).toBeLessThan(OURS / 2);
  // Nobody is shut out: what nobody else needs is theirs.
  await until('a freeloader has everything', () => members.slice(GIVERS).some(({ complete }) => complete), { withinMs: 150_000, describe });
});
