// kill -9 of the core, of the host, and of both, at ten random moments of a download:
// the result is right, and nothing that was verified is fetched again.
import { createHash, randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { makeTorrent, startLibtorrent } from '../support/foreign-libtorrent.ts';
import type { Libtorrent } from '../support/foreign-libtorrent.ts';
import { startRelay } from '../support/foreign-relay.ts';
import { arrived, makePayload, mebibyte } from '../support/payload.ts';
import type { Payload } from '../support/payload.ts';
import { freePort } from '../support/ports.ts';
import { finished, jsonLines, sessionFolder, startGet, startServe } from '../support/processes-flashswarm.ts';
import type { Serving } from '../support/processes-flashswarm.ts';
import { childrenOf, leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import type { Program } from '../support/processes.ts';

leaveNothingBehind();

const pieceLength = 256 * 1024;
const blocksOfPiece = pieceLength / (16 * 1024);
const files = { 'a.bin': 23 * mebibyte + 12_345, 'empty.txt': 0, 'deep/b.bin': 17 * mebibyte - 12_345 };
const lineBytesPerSecond = 4 * mebibyte;
/** `at once`: the next host does not wait until the core that lost its host has ended. */
const kinds = ['core', 'host', 'both', 'core', 'host at once', 'both', 'core', 'host', 'host at once', 'both'] as const;

/**
 * What one kill may cost on average, in pieces. From one peer we fill one piece after the other, so at any moment one piece is partly here; one
 * more may be whole, being hashed or written, and not yet on the disk. Measured: 0.8 of a piece on average. What our side was handed and had not
 * read when it was killed is left out, and so are some 5 pieces a kill that the seed counts and that lay in sockets before the line.
 * To fetch again what was verified at just one of the later kills would cost 30 pieces and more: over ten kills 20 are allowed.
 */
const piecesInFlight = 2;
/** At one of them more may be whole and not yet on the disk: a busy machine writes late, and a piece comes every 60 ms. */
const mostPiecesInFlight = 5;
/** Handshakes, bitfields, and 13 bytes with each block of 16 KiB. */
const overhead = 1.002;

/** A small generator with a seed, so that a failure can be played again (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The payload as one stretch of bytes in the order of the torrent, missing parts as zeros. */
function stretch(payload: Payload, order: string[], folder: string): Buffer {
  return Buffer.concat(order.map((name) => {
    const { length } = payload.files.find((file) => file.path === name)!;
    const file = path.join(folder, payload.name, name);
    const bytes = Buffer.alloc(length);
    if (existsSync(file)) readFileSync(file).copy(bytes);
    return bytes;
  }));
}

const pieceHashes = (bytes: Buffer): string[] => Array.from(
  { length: Math.ceil(bytes.length / pieceLength) },
  (_, piece) => createHash('sha1').update(bytes.subarray(piece * pieceLength, (piece + 1) * pieceLength)).digest('hex'),
);

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

async function coreOf(host: Program): Promise<number> {
  return until('the host has a core', () => childrenOf(host.pid)[0], { withinMs: 20_000, everyMs: 10, describe: () => host.tail() });
}

interface HostKind {
  start(torrentFile: string, out: string, args: string[]): Promise<Program>;
  /** Resolves when everything is there, with what the host's own books say. */
  complete(host: Program): Promise<{ bytes: number; fromPeople: number; fromServer: number; fromLocal: number }>;
}

const hosts: Record<string, HostKind> = {
  // The same command again and again, as a person would give it.
  get: {
    start: (torrentFile, out, args) => startGet(torrentFile, out, args),
    async complete(host) {
      const got = await finished(host);
      expect([got.code, got.last?.type], host.tail()).toEqual([0, 'done']);
      return got.last as unknown as Awaited<ReturnType<HostKind['complete']>>;
    },
  },
  // Told once; whoever is started again goes on by itself.
  serve: {
    async start(torrentFile, out, args) {
      const serving = await startServe(out, args);
      servings.set(serving.program, serving);
      if ((await list(serving)).length === 0) await serving.ask('POST', '/packages', { torrent: readFileSync(torrentFile).toString('base64') });
      return serving.program;
    },
    async complete(host) {
      const [done] = await until('serve has everything', async () => {
        const all = await list(servings.get(host)!);
        return all[0]!.bytesTotal > 0 && all[0]!.bytesDone === all[0]!.bytesTotal && all;
      }, { withinMs: 90_000, describe: () => host.tail() });
      return { bytes: done!.bytesDone, fromPeople: done!.fromPeople, fromServer: done!.fromServer, fromLocal: done!.fromLocal };
    },
  },
};
const servings = new WeakMap<Program, Serving>();
interface Listed { bytesTotal: number; bytesDone: number; fromPeople: number; fromServer: number; fromLocal: number }
const list = (serving: Serving): Promise<Listed[]> => serving.ask<Listed[]>('GET', '/packages');

it.each(Object.keys(hosts))('%s fetches right, and no verified piece twice, when core and host are killed at ten random moments', async (which) => {
  const { start, complete } = hosts[which]!;
  const seedOfRandom = Number(process.env.FLASHSWARM_TEST_SEED ?? randomInt(2 ** 31));
  console.info(`kill.test, ${which}: FLASHSWARM_TEST_SEED=${seedOfRandom}`);
  const next = random(seedOfRandom);
  const payload = makePayload(temporaryFolder('data'), 'set', files);
  const torrent = await makeTorrent(payload, path.join(temporaryFolder('torrent'), 't.torrent'), [], pieceLength);
  const order = orderInTorrent(torrent.file, Object.keys(files));
  const right = pieceHashes(stretch(payload, order, payload.parent));
  const seed = await startLibtorrent({
    role: 'seed', folder: payload.parent, torrent, infoHash: torrent.infoHash, countBlocks: true,
  });

  const line = await startRelay(seed.address, lineBytesPerSecond);
  onTestFinished(() => line.close());

  const out = temporaryFolder('out');
  const args = ['--peer', line.address, '--data-dir', sessionFolder('session'), '--listen', String(await freePort())];
  let host = await start(torrent.file, out, args);
  const everyHost = [host];
  // What was handed to a core that was killed before it read it, over all kills.
  let unread = 0;
  const kills: { number: number; verified: number[]; read: number; sentBefore: Map<number, number> }[] = [];
  for (const [index, kind] of kinds.entries()) {
    // A random amount further on than the last kill, so that all ten come before the end; then anywhere between two blocks.
    const from = line.deliveredBytes;
    const goal = Math.min(from + (next() * 1.6 * Math.max(0, 0.85 * payload.length - from)) / (kinds.length - index), 0.85 * payload.length);
    await until('the download goes on', () => {
      if (host.ended) throw new Error(`get ended by itself\n${host.tail()}`);
      return line.deliveredBytes >= goal;
    }, { withinMs: 60_000, everyMs: 20, describe: () => `${JSON.stringify(seed.status)}\n${host.tail()}` });
    await sleep(next() * 120);
    const core = await coreOf(host);
    // A stopped host cannot start the next core while the disk is being looked at.
    if (kind === 'core') process.kill(host.pid, 'SIGSTOP');
    // From here on nothing more is handed over, so that it is known what was.
    line.pause();
    let unreadNow = line.unreadBytes() ?? 0;
    const isGone = (): boolean => {
      unreadNow = line.unreadBytes() ?? unreadNow;
      return !isAlive(core);
    };
    if (kind !== 'core') host.signal('SIGKILL');
    if (kind === 'core' || kind === 'both') process.kill(core, 'SIGKILL');
    if (kind === 'host at once') {
      everyHost.push(host = await start(torrent.file, out, args));
      await until('the core without a host is gone', isGone, { withinMs: 20_000, everyMs: 10 });
      unread += unreadNow;
      line.resume();
      continue; // the disk is being written already; what was there at the kill before this one still counts
    }
    await until('the core is gone', isGone, { withinMs: 20_000, everyMs: 10 });
    unread += unreadNow;
    if (kind !== 'core') await host.exited;
    await until('the seed is alone', async () => (await seed.nextStatus()).peers.length === 0, { withinMs: 20_000 });
    const there = pieceHashes(stretch(payload, order, out));
    kills.push({
      number: index, verified: right.flatMap((hash, piece) => (there[piece] === hash ? [piece] : [])),
      read: line.deliveredBytes - unread, sentBefore: new Map(seed.blocksSentOfPiece),
    });
    line.resume();
    if (kind === 'core') process.kill(host.pid, 'SIGCONT');
    else everyHost.push(host = await start(torrent.file, out, args));
  }
  const books = await complete(host);
  expect(await arrived(payload, out)).toEqual(payload.files);

  // Nobody was told that it is complete before it was, not even while a new core opened the files.
  for (const { progress, bytesDone, bytesTotal } of everyHost.flatMap(jsonLines)) {
    if (progress === 1) expect([bytesDone, bytesTotal]).toEqual([payload.length, payload.length]);
  }

  const final = await seed.nextStatus();
  const outcomes = kills.map(({ number, verified, read, sentBefore }) => ({
    number, verified: verified.length,
    again: verified.filter((piece) => seed.blocksSentOfPiece.get(piece) !== sentBefore.get(piece)),
    // What our side has read and is not on the disk, kill by kill.
    lostPieces: read / pieceLength - verified.length,
  }));
  const wasted = Math.round(line.deliveredBytes - unread - payload.length * overhead);
  const verifiedAt = outcomes.map((one) => one.verified).join(' ');
  const piecesAKill = (wasted / pieceLength / kinds.length).toFixed(2);
  console.info([
    `kill.test, ${which}: verified at each kill ${verifiedAt} of ${right.length} pieces`,
    `${wasted} bytes received more than once (${piecesAKill} pieces a kill)`,
    `the seed sent ${final.payloadUpload - payload.length} bytes more than once`,
  ].join('; '));
  // The accounting itself: every block was sent at least once, and the counts add up to what the seed says it uploaded.
  expect(right.every((_, piece) => seed.blocksSentOfPiece.get(piece)! >= (piece === right.length - 1 ? 1 : blocksOfPiece))).toBe(true);
  expect(sum(seed) * 16 * 1024).toBeGreaterThanOrEqual(final.payloadUpload);
  // Every kill came in the middle, and each later one found more.
  for (const [index, one] of outcomes.entries()) {
    expect(one.verified).toBeLessThan(right.length);
    expect(one.verified).toBeGreaterThanOrEqual(index === 0 ? 0 : outcomes[index - 1]!.verified);
  }
  expect(outcomes.at(-1)!.verified).toBeGreaterThan(right.length / 3);
  // The point: of what was right on the disk at a kill, not one block was sent again.
  expect(outcomes.flatMap((one) => one.again)).toEqual([]);
  // And what was lost is only what was in flight.
  for (const [index, one] of outcomes.entries()) {
    const killsBetween = one.number - (outcomes[index - 1]?.number ?? -1);
    const lost = one.lostPieces - (outcomes[index - 1]?.lostPieces ?? 0);
    expect(lost).toBeLessThanOrEqual(killsBetween * mostPiecesInFlight + one.verified * (overhead - 1));
  }
  expect(wasted).toBeLessThanOrEqual(kinds.length * piecesInFlight * pieceLength);
  // Our own books say the same: everything came from people, once, whoever was killed in between.
  expect(books).toMatchObject({ fromPeople: payload.length, fromServer: 0, fromLocal: 0, bytes: payload.length });
});

const sum = (seed: Libtorrent): number => [...seed.blocksSentOfPiece.values()].reduce((total, blocks) => total + blocks, 0);

/** The order of the files in the torrent, by where their names stand in it. */
function orderInTorrent(file: string, names: string[]): string[] {
  const text = readFileSync(file, 'latin1');
  const at = (name: string): number => text.indexOf(`${path.basename(name).length}:${path.basename(name)}`);
  return [...names].sort((a, b) => at(a) - at(b));
}
