// SHA-256 of arriving files: right in any order of arrival, read back only what came early, never asked for again when wrong.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitfield } from '../../../main/engine/bitfield.ts';
import { FileHashes } from '../../../main/engine/file-hashes.ts';
import type { FileHashesOptions } from '../../../main/engine/file-hashes.ts';
import { openChunkStore } from '../../../main/engine/chunk-store.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { makeTorrent } from './chunk-store-fixture.ts';
import { Bench, settled, torrentOf } from './session-fixture.ts';

const PIECE = 1024;
const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

type Torrent = ReturnType<typeof makeTorrent>;

function torrentWith(lengths: number[]): Torrent {
  return makeTorrent(lengths.map((length, index) => ({ path: [`file ${index}`], length })), PIECE);
}

function digests({ metainfo, content }: Torrent): string[] {
  return metainfo.files.map(({ offset, length }) => sha256(content.subarray(offset, offset + length)));
}

/** The hashes over a store that holds what was written to it, and what they told. */
class Watched {
  readonly torrent: Torrent;
  readonly stored: Buffer;
  readonly have: Bitfield;
  readonly hashes: FileHashes;
  readonly told: [number, string][] = [];
  readonly failed: number[] = [];
  reads = 0;
  mostAtOnce = 0;
  #atOnce = 0;
  readFails = false;

  constructor(torrent: Torrent, more: Partial<FileHashesOptions> = {}) {
    this.torrent = torrent;
    this.stored = Buffer.alloc(torrent.content.length);
    this.have = new Bitfield(torrent.metainfo.pieceCount, more.have?.bytes);
    for (let piece = 0; piece < this.have.length; piece++) if (this.have.get(piece)) torrent.piece(piece).copy(this.stored, piece * PIECE);
    this.hashes = new FileHashes({
      metainfo: torrent.metainfo, expected: digests(torrent), ...more,
      read: async (piece, offset, length) => {
        this.reads++;
        this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
        await settled();
        this.#atOnce--;
        if (this.readFails) throw new Error('cannot read');
        if (!this.have.get(piece)) throw new Error(`piece ${piece} is not here`);
        const from = piece * PIECE + offset;
        return this.stored.subarray(from, from + length);
      },
    });
    this.hashes.on('file', (index, state) => this.told.push([index, state]));
    this.hashes.on('failed', index => this.failed.push(index));
    this.hashes.start();
  }

  arrive(...pieces: number[]): void {
    for (const piece of pieces) {
      this.have.set(piece);
      this.torrent.piece(piece).copy(this.stored, piece * PIECE);
      const lent = Uint8Array.from(this.torrent.piece(piece));
      this.hashes.pieceWritten(piece, lent);
      lent.fill(0xee); // the engine uses its buffers again
    }
  }

  async rest(): Promise<void> {
    for (let quiet = 0, reads = -1; quiet < 3; ) {
      await settled();
      quiet = this.reads === reads ? quiet + 1 : 0;
      reads = this.reads;
    }
  }

  get states(): string[] {
    return this.torrent.metainfo.files.map((_, index) => this.hashes.file(index));
  }
}

const all = (torrent: Torrent): number[] => [...Array(torrent.metainfo.pieceCount).keys()];

describe('arrival', () => {
  it('in order needs no second read, also where pieces hold the ends of several files', async () => {
    const torrent = torrentWith([10 * PIECE, 100, 0, 300, 5 * PIECE + 7, 1, 2 * PIECE]);
    const watched = new Watched(torrent);
    watched.arrive(...all(torrent));
    expect(watched.states).toEqual(Array(7).fill('right'));
    expect(watched.told.map(([index]) => index)).toEqual([2, 0, 1, 3, 4, 5, 6]);
    expect([watched.hashes.bytesReadBack, watched.reads]).toEqual([0, 0]);
  });

  it('reads back only what came before its turn', async () => {
    const torrent = torrentWith([10 * PIECE]);
    const watched = new Watched(torrent);
    watched.arrive(0, 1, 4, 5);
    await watched.rest();
    expect(watched.reads).toBe(0);
    watched.arrive(2, 3);
    await watched.rest();
    watched.arrive(6, 7, 8, 9);
    expect(watched.states).toEqual(['right']);
    expect(watched.hashes.bytesReadBack).toBe(2 * PIECE);
  });

  it('in any order gives the right result, and reads no byte twice', async () => {
    const orders = fc.array(fc.nat(4 * PIECE), { minLength: 1, maxLength: 6 }).filter(lengths => lengths.some(length => length > 0))
      .chain(lengths => {
        const torrent = torrentWith(lengths);
        return fc.record({
          torrent: fc.constant(torrent), order: fc.shuffledSubarray(all(torrent), { minLength: torrent.metainfo.pieceCount }),
          pauses: fc.infiniteStream(fc.nat(3)), wrong: fc.nat(lengths.length - 1),
        });
      });
    await fc.assert(fc.asyncProperty(orders, async ({ torrent, order, pauses, wrong }) => {
      const expected = digests(torrent).map((digest, index) => (index === wrong ? 'f'.repeat(64) : digest));
      const watched = new Watched(torrent, { expected });
      for (const piece of order) {
        watched.arrive(piece);
        for (let turns = pauses.next().value ?? 0; turns > 0; turns--) await settled();
      }
      await watched.rest();
      expect(watched.states).toEqual(expected.map((_, index) => (index === wrong ? 'wrong' : 'right')));
      expect(watched.told.map(([index]) => index).sort()).toEqual([...expected.keys()].sort());
      expect(watched.hashes.bytesReadBack).toBeLessThanOrEqual(torrent.metainfo.length + torrent.metainfo.files[wrong]!.length);
    }), { numRuns: 200 });
  });

  it('tells nothing of files that are not whole, and takes a piece twice for once', async () => {
    const torrent = torrentWith([3 * PIECE, 3 * PIECE]);
    const watched = new Watched(torrent);
    watched.arrive(0, 0, 1, 3, 4, 5, 5);
    await watched.rest();
    expect(watched.states).toEqual(['waiting', 'right']);
    expect(watched.told).toEqual([[1, 'right']]);
  });

  it('reads few files at once', async () => {
    const torrent = torrentWith(Array(12).fill(3 * PIECE));
    const watched = new Watched(torrent);
    watched.arrive(...all(torrent).reverse());
    await watched.rest();
    expect(watched.states).toEqual(Array(12).fill('right'));
    expect(watched.mostAtOnce).toBe(2);
  });

  it('leaves files alone that have nothing to be compared with, and pad files', async () => {
    const torrent = makeTorrent([{ path: ['a'], length: PIECE }, { path: ['p'], length: PIECE, attr: 'p' }, { path: ['b'], length: PIECE }], PIECE);
    const watched = new Watched(torrent, { expected: [null, 'f'.repeat(64)] });
    watched.arrive(2, 1, 0);
    await watched.rest();
    expect([watched.states, watched.told, watched.reads]).toEqual([Array(3).fill('waiting'), [], 0]);
  });
});

describe('a file whose SHA-256 is wrong although its pieces hold', () => {
  it('is read from the disk once more and then stays wrong', async () => {
    const torrent = torrentWith([3 * PIECE]);
    const watched = new Watched(torrent, { expected: ['0'.repeat(64)] });
    watched.arrive(0, 1, 2);
    expect(watched.states).toEqual(['waiting']);
    await watched.rest();
    expect([watched.told, watched.hashes.bytesReadBack]).toEqual([[[0, 'wrong']], 3 * PIECE]);
    watched.hashes.start();
    await watched.rest();
    expect(watched.reads).toBe(3);
  });

  it('is right when it only looked wrong on the way', async () => {
    const torrent = torrentWith([2 * PIECE]);
    const watched = new Watched(torrent);
    watched.hashes.pieceWritten(0, new Uint8Array(PIECE)); // memory that something spoiled after the piece was checked
    watched.have.set(0);
    torrent.piece(0).copy(watched.stored, 0);
    watched.arrive(1);
    await watched.rest();
    expect(watched.told).toEqual([[0, 'right']]);
  });

  it('can be checked again by a person, and is right when the disk is', async () => {
    const torrent = torrentWith([2 * PIECE, PIECE]);
    const watched = new Watched(torrent);
    watched.arrive(1);
    expect(await watched.hashes.check(0)).toBe('waiting');
    watched.arrive(0, 2);
    await watched.rest();
    watched.stored.fill(0, 0, 10);
    expect(await watched.hashes.check(0)).toBe('wrong');
    torrent.piece(0).copy(watched.stored, 0);
    expect(await Promise.all([watched.hashes.check(0), watched.hashes.check(0), watched.hashes.check(1)])).toEqual(['right', 'right', 'right']);
    expect(watched.states).toEqual(['right', 'right']);
  });
});

describe('a restart', () => {
  it('reads whole files that are not known, and none that are', async () => {
    const torrent = torrentWith([2 * PIECE, 2 * PIECE, 2 * PIECE, 0]);
    const have = new Bitfield(6);
    have.setAll();
    const watched = new Watched(torrent, { have, known: Uint8Array.of(1, 2, 0, 1) });
    await watched.rest();
    expect(watched.states).toEqual(['right', 'wrong', 'right', 'right']);
    expect(watched.hashes.bytesReadBack).toBe(2 * PIECE);
    expect([...watched.hashes.states()]).toEqual([1, 2, 1, 1]);
  });

  it('believes nothing of a file that lost a piece, nor numbers that make no sense', async () => {
    const torrent = torrentWith([2 * PIECE, 2 * PIECE]);
    const have = new Bitfield(4);
    for (const piece of [0, 2, 3]) have.set(piece);
    const watched = new Watched(torrent, { have, known: Uint8Array.of(1, 77, 1, 1) });
    await watched.rest();
    expect(watched.states).toEqual(['waiting', 'right']);
    watched.arrive(1);
    await watched.rest();
    expect(watched.states).toEqual(['right', 'right']);
  });

  it('reads what a file has already only when its next piece comes, and goes on from memory after that', async () => {
    const torrent = torrentWith([6 * PIECE]);
    const have = new Bitfield(6);
    for (const piece of [0, 1]) have.set(piece);
    const watched = new Watched(torrent, { have });
    await watched.rest();
    expect(watched.reads).toBe(0);
    watched.arrive(2);
    await watched.rest();
    watched.arrive(3, 4, 5);
    expect([watched.states, watched.hashes.bytesReadBack]).toEqual([['right'], 3 * PIECE]);
  });

  it('tells that a store cannot be read, and tries again when it is told to', async () => {
    const torrent = torrentWith([2 * PIECE]);
    const have = new Bitfield(2);
    have.setAll();
    const watched = new Watched(torrent, { have });
    watched.readFails = true;
    await watched.rest();
    expect([watched.failed, watched.states]).toEqual([[0], ['waiting']]);
    await expect(watched.hashes.check(0)).rejects.toThrow('cannot read');
    watched.readFails = false;
    watched.hashes.start();
    await watched.rest();
    expect(watched.states).toEqual(['right']);
  });

  it('ends quietly when it is closed while it reads', async () => {
    const torrent = torrentWith([4 * PIECE]);
    const have = new Bitfield(4);
    have.setAll();
    const watched = new Watched(torrent, { have });
    const answer = watched.hashes.check(0);
    watched.readFails = true;
    watched.hashes.close();
    expect(await answer).toBe('waiting');
    await watched.rest();
    expect([watched.told, watched.failed, watched.reads]).toEqual([[], [], 1]);
    watched.hashes.pieceWritten(0, torrent.piece(0));
    expect(await watched.hashes.check(0)).toBe('waiting');
  });
});

describe('a torrent', () => {
  const BLOCKS = 4 * 16_384;
  const torrent = torrentOf(6, BLOCKS, [2 * BLOCKS + 10, BLOCKS - 10, 3 * BLOCKS]);
  const right = torrent.metainfo.files.map(({ offset, length }) => sha256(torrent.data.subarray(offset, offset + length)));

  async function fetched(fileSha256: (string | null)[], bench = new Bench(torrent)): Promise<{ bench: Bench; told: [number, boolean][] }> {
    await bench.start({ fileSha256, order: 'sequential' });
    const told: [number, boolean][] = [];
    bench.session.on('file', (index, holds) => told.push([index, holds]));
    const peer = bench.join().seed();
    for (let round = 0; round < 200 && !bench.done; round++) {
      peer.answer(8);
      await bench.pass(50);
    }
    await bench.pass(1000);
    return { bench, told };
  }

  it('tells of every file whether it is the one that was named', async () => {
    const { bench, told } = await fetched(right);
    expect(told.sort()).toEqual([[0, true], [1, true], [2, true]]);
    expect([...bench.session.fileStates()]).toEqual([1, 1, 1]);
    await bench.session.recheckFile(1);
    expect(told).toHaveLength(4);
    await bench.session.close();
  });

  it('keeps a wrong file wrong, fetches nothing again, and stays complete', async () => {
    const { bench, told } = await fetched([right[0]!, 'f'.repeat(64), null]);
    expect(told.sort()).toEqual([[0, true], [1, false]]);
    expect([...bench.session.fileStates()]).toEqual([1, 2, 0]);
    expect(bench.store.writes).toEqual(Array(6).fill(1));
    expect([bench.session.stats().wantedDone, bench.problems]).toEqual([true, []]);
    await bench.session.close();
  });

  it('remembers what it is given, and checks again what a recheck finds changed', async () => {
    const bench = new Bench(torrent, true);
    await bench.start({ fileSha256: right, fileStates: Uint8Array.of(1, 2, 1) });
    expect([...bench.session.fileStates()]).toEqual([1, 2, 1]);
    bench.store.data[0]! ^= 1;
    await bench.session.recheck();
    await bench.pass(1000);
    expect([...bench.session.fileStates()]).toEqual([0, 1, 1]);
    bench.store.data[0]! ^= 1;
    await bench.session.recheck();
    await bench.pass(1000);
    expect([...bench.session.fileStates()]).toEqual([1, 1, 1]);
    await bench.session.close();
  });

  it('does not read again what it found right, when a recheck finds all pieces', async () => {
    const { bench, told } = await fetched(right);
    await bench.session.recheck();
    await bench.pass(1000);
    expect([told.length, ...bench.session.fileStates()]).toEqual([3, 1, 1, 1]);
    await bench.session.close();
    expect([...bench.session.fileStates()]).toEqual([1, 1, 1]);
  });

  it('stops with the reason when its files cannot be read, and goes on when it is resumed', async () => {
    const bench = new Bench(torrent, true);
    const { store } = bench;
    const readBlock = store.readBlock.bind(store);
    store.readBlock = async () => { throw Object.assign(new Error('The disk is gone.'), { code: 'files-missing' }); };
    await bench.start({ fileSha256: right });
    await bench.pass(1000);
    expect([bench.problems, bench.session.paused, ...bench.session.fileStates()]).toEqual([['The disk is gone.'], true, 0, 0, 0]);
    store.readBlock = readBlock;
    bench.session.resume();
    await bench.pass(1000);
    expect([...bench.session.fileStates()]).toEqual([1, 1, 1]);
    await bench.session.close();
  });

  it('tells what is remembered while its files are not open', async () => {
    const bench = new Bench(torrent, true);
    const waiting = new Promise<never>(() => {});
    await bench.start({ fileSha256: right, fileStates: Uint8Array.of(1, 0, 2, 9), openStore: () => waiting });
    expect([...bench.session.fileStates()]).toEqual([1, 0, 2]);
    await bench.session.close();
  });
});

it('reads back from real files what the store holds', async () => {
  const torrent = torrentWith([5 * PIECE + 3, 2 * PIECE, 40]);
  const folder = tempFolder('hashes');
  const store = await openChunkStore(torrent.metainfo, { folder, resumeFile: `${folder}/resume` });
  await store.open();
  const hashes = new FileHashes({
    metainfo: torrent.metainfo, expected: digests(torrent), have: store.have, read: (piece, offset, length) => store.readBlock(piece, offset, length),
  });
  const finished = new Promise<void>(resolve => {
    let right = 0;
    hashes.on('file', (_, state) => { if (state === 'right' && ++right === 3) resolve(); });
  });
  for (const piece of all(torrent).reverse()) {
    await store.writePiece(piece, torrent.piece(piece), 'people');
    hashes.pieceWritten(piece, torrent.piece(piece));
  }
  await finished;
  expect([...hashes.states()]).toEqual([1, 1, 1]);
  hashes.close();
  await store.close();
});
