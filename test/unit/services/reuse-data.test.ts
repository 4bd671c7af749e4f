// An update on a real disk: what is reused is found right by the store that opens there, and only what changed is missing.
import { randomBytes } from 'node:crypto';
import {
  mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, truncateSync, writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openChunkStore } from '../../../main/engine/chunk-store.ts';
import type { Metainfo } from '../../../main/metainfo/metainfo.ts';
import { diskPaths } from '../../../main/metainfo/metainfo.ts';
import { planReuse } from '../../../main/package/diff-package.ts';
import type { OldFile, ReusePlan } from '../../../main/package/diff-package.ts';
import { carryOutReuse } from '../../../main/services/reuse-data.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { makeLayer, onDisk } from '../package/layer-fixture.ts';
import type { MadeLayer } from '../package/layer-fixture.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PIECE = 256 * KIB;

/** Pieces that the store, opened for the first time, does not find right. */
async function missing(metainfo: Metainfo, folder: string, fetch?: MadeLayer): Promise<number[]> {
  const state = tempFolder('reuse-state');
  const store = await openChunkStore(metainfo, { folder, resumeFile: join(state, 'resume') });
  await store.open();
  const left: number[] = [];
  for (let piece = 0; piece < metainfo.pieceCount; piece++) if (!store.have.get(piece)) left.push(piece);
  if (fetch) for (const piece of left) await store.writePiece(piece, fetch.piece(piece), 'people');
  await store.close();
  return left;
}

function expectContent(made: MadeLayer, folder: string): void {
  diskPaths(made.metainfo).forEach((path, index) => {
    const data = made.content[index];
    if (path !== null && data) expect(readFileSync(join(folder, path)).equals(data), path).toBe(true);
  });
}

function everythingBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => !entry.isDirectory())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1)).sort();
}

const bytesOf = (pieces: number[], { pieceLength, length }: Metainfo): number => (
  pieces.reduce((sum, piece) => sum + Math.min(pieceLength, length - piece * pieceLength), 0)
);

describe('an update of a package of 20 files', () => {
  const files: Record<string, Buffer> = {};
  let before: MadeLayer;
  beforeAll(() => {
    for (let number = 0; number < 19; number++) files[`folder ${number % 3}/file ${number}`] = randomBytes(MIB + number * 1000);
    files['large'] = randomBytes(8 * MIB + 77);
    before = makeLayer(files, PIECE);
  });

  async function updated(after: MadeLayer, old: OldFile[]): Promise<{ plan: ReusePlan; left: number[]; folder: string; toldBytes: number; reusedBytes: number }> {
    const folder = tempFolder('reuse-new');
    const plan = planReuse(after, old);
    let toldBytes = 0;
    const { reusedBytes } = await carryOutReuse(plan, folder, { onBytes: bytes => { toldBytes += bytes; } });
    const left = await missing(after.metainfo, folder, after);
    expectContent(after, folder);
    expect(everythingBelow(folder).filter(path => path.includes('.reusing'))).toEqual([]);
    return { plan, left, folder, toldBytes, reusedBytes };
  }

  it('in which 1 MiB of one file changed lacks only that and the pieces it touches', async () => {
    const large = Buffer.from(files['large']!);
    randomBytes(MIB).copy(large, 3 * MIB + 12_345);
    const after = makeLayer({ ...files, large }, PIECE);
    const { plan, left, toldBytes, reusedBytes } = await updated(after, onDisk(before, tempFolder('reuse-old')));
    const fetched = bytesOf(left, after.metainfo);
    expect(left).toHaveLength(5);
    expect(fetched).toBeLessThanOrEqual(MIB + 2 * PIECE);
    expect(plan).toMatchObject({ wholeFiles: 19, fetchBytes: fetched });
    expect([toldBytes, reusedBytes]).toEqual([plan.reusedBytes, plan.reusedBytes]);
  });

  it('in which a file grew at its front lacks only what was put there', async () => {
    const after = makeLayer({ ...files, large: Buffer.concat([randomBytes(2 * PIECE), files['large']!]) }, PIECE);
    const { left } = await updated(after, onDisk(before, tempFolder('reuse-old')));
    expect(bytesOf(left, after.metainfo)).toBe(2 * PIECE);
  });

  it('in which a file has another name lacks nothing', async () => {
    const { large, ...others } = files;
    const after = makeLayer({ ...others, 'elsewhere/under another name': large! }, PIECE);
    const { left, plan } = await updated(after, onDisk(before, tempFolder('reuse-old')));
    expect([left, plan.wholeFiles, plan.fetchBytes]).toEqual([[], 20, 0]);
  });

  it('in which a file moved to another layer lacks nothing', async () => {
    const { large, ...others } = files;
    const old = tempFolder('reuse-old');
    const oldFiles = [...onDisk(makeLayer(others, PIECE), old), ...onDisk(makeLayer({ large: large!, small: randomBytes(10) }, 2 * PIECE), old)];
    const { left } = await updated(before, oldFiles);
    expect(left).toEqual([]);
  });

  it('in which nothing can be reused any more lacks everything, and still works', async () => {
    const old = tempFolder('reuse-old');
    const oldFiles = onDisk(before, old);
    rmSync(old, { recursive: true });
    const folder = tempFolder('reuse-new');
    const plan = planReuse(before, oldFiles);
    expect(await carryOutReuse(plan, folder)).toEqual({ reusedBytes: 0, leftOut: 20 });
    expect(everythingBelow(folder)).toEqual([]);
    expect(await missing(before.metainfo, folder, before)).toHaveLength(before.metainfo.pieceCount);
    expectContent(before, folder);
  });
});

describe('carrying out a plan', () => {
  const small = 16 * KIB;
  const data = { a: randomBytes(5 * small + 10), 'sub/b': randomBytes(3 * small), c: randomBytes(40) };

  function changedA(): MadeLayer {
    const a = Buffer.from(data.a);
    a[2 * small]! ^= 1;
    return makeLayer({ ...data, a }, small);
  }

  it('makes files of their own: what is written to the new one never reaches the old one', async () => {
    const made = makeLayer(data, small);
    const old = onDisk(made, tempFolder('reuse-old'));
    const folder = tempFolder('reuse-new');
    await carryOutReuse(planReuse(made, old), folder);
    for (const [index, { absolutePath }] of old.entries()) {
      const copy = join(folder, 'package', Object.keys(data)[index]!);
      expect(statSync(copy).nlink).toBe(1);
      expect(statSync(copy).ino).not.toBe(statSync(absolutePath).ino);
      writeFileSync(copy, 'changed');
    }
    expectContent(made, dirname(dirname(old[0]!.absolutePath)));
  });

  it('never touches a file that is there, and goes on where it was stopped', async () => {
    const made = makeLayer(data, small);
    const old = onDisk(made, tempFolder('reuse-old'));
    const folder = tempFolder('reuse-new');
    mkdirSync(join(folder, 'package'), { recursive: true });
    writeFileSync(join(folder, 'package/a'), 'mine');
    expect(await carryOutReuse(planReuse(made, old), folder)).toEqual({ reusedBytes: 3 * small + 40, leftOut: 1 });
    expect(readFileSync(join(folder, 'package/a'), 'utf8')).toBe('mine');
    rmSync(join(folder, 'package/a'));
    expect(await carryOutReuse(planReuse(made, old), folder)).toEqual({ reusedBytes: data.a.length, leftOut: 2 });
    expectContent(made, folder);
  });

  it('costs only time when an old file is not what was said', async () => {
    const made = makeLayer(data, small);
    const old = onDisk(made, tempFolder('reuse-old'));
    const folder = tempFolder('reuse-new');
    writeFileSync(old[0]!.absolutePath, randomBytes(data.a.length)); // other bytes
    truncateSync(old[1]!.absolutePath, small + 5); // shorter
    expect(await carryOutReuse(planReuse(made, old), folder)).toEqual({ reusedBytes: data.a.length + 40, leftOut: 1 });
    expect(await missing(made.metainfo, folder, made)).toHaveLength(9);
    expectContent(made, folder);
  });

  it('keeps the parts of a changed file that can still be read', async () => {
    const old = onDisk(makeLayer(data, small), tempFolder('reuse-old'));
    truncateSync(old[0]!.absolutePath, 4 * small + 5);
    const after = changedA();
    const folder = tempFolder('reuse-new');
    await carryOutReuse(planReuse(after, old), folder);
    expect(statSync(join(folder, 'package/a')).size).toBe(4 * small + 5);
    expect(await missing(after.metainfo, folder, after)).toEqual([2, 4, 5]);
    expectContent(after, folder);
  });

  it('leaves holes where nothing is known, so that no room is taken twice', async () => {
    const big = randomBytes(64 * small);
    const before = makeLayer({ big }, small);
    const after = makeLayer({ big: Buffer.concat([randomBytes(60 * small), big.subarray(0, small)]) }, small);
    const folder = tempFolder('reuse-new');
    await carryOutReuse(planReuse(after, onDisk(before, tempFolder('reuse-old'))), folder);
    const { size, blocks } = statSync(join(folder, 'package/big'));
    expect(size).toBe(61 * small);
    if (process.platform === 'linux') expect(blocks * 512).toBeLessThan(8 * small);
    expect(await missing(after.metainfo, folder)).toHaveLength(60);
  });

  it('follows no link, neither to what it reads nor to where it writes', async () => {
    const made = makeLayer(data, small);
    const old = onDisk(made, tempFolder('reuse-old'));
    const outside = tempFolder('outside');
    const folder = tempFolder('reuse-new');
    const secret = join(outside, 'secret');
    writeFileSync(secret, data.a);
    rmSync(old[0]!.absolutePath);
    symlinkSync(secret, old[0]!.absolutePath);
    expect(await carryOutReuse(planReuse(made, [old[0]!]), folder)).toEqual({ reusedBytes: 0, leftOut: 1 });
    symlinkSync(outside, join(folder, 'package/sub'));
    await expect(carryOutReuse(planReuse(made, [old[1]!]), folder)).rejects.toMatchObject({ code: 'not-writable' });
    expect(readdirSync(outside)).toEqual(['secret']);
  });

  it('stops when it is told to, and leaves finished files alone', async () => {
    const made = makeLayer({ a: data.a, z: randomBytes(3 * MIB) }, small);
    const old = onDisk(made, tempFolder('reuse-old'));
    const folder = tempFolder('reuse-new');
    const stop = new AbortController();
    let told = 0;
    const onBytes = (bytes: number): void => { told += bytes; if (told > data.a.length) stop.abort(new Error('enough')); };
    // The last file: parts, so that it is copied also where the disk could clone it.
    const plan = planReuse(made, old);
    plan.files[plan.files.length - 1] = { kind: 'pieces', parts: [{ from: old[1]!.absolutePath, fromOffset: 0, toOffset: 0, length: 3 * MIB }] };
    await expect(carryOutReuse(plan, folder, { signal: stop.signal, onBytes })).rejects.toThrow('enough');
    expect(everythingBelow(folder)).toEqual(['package/a']);
    await expect(carryOutReuse(plan, folder, { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('says that the disk is full, and leaves nothing half-made', async () => {
    const made = makeLayer({ a: data.a, z: data['sub/b'] }, small);
    const old = onDisk(made, tempFolder('reuse-old'));
    const folder = tempFolder('reuse-new');
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
    const plan = planReuse(made, old);
    plan.files[plan.files.length - 1] = { kind: 'pieces', parts: [{ from: old[1]!.absolutePath, fromOffset: 0, toOffset: 0, length: 3 * small }] };
    let calls = 0;
    const attempt = carryOutReuse(plan, folder, { onBytes: () => { if (++calls > 1) throw full; } });
    await expect(attempt).rejects.toMatchObject({ code: 'disk-full', message: 'The disk is full. Free some space, then resume.' });
    expect(everythingBelow(folder)).toEqual(['package/a']);
    expect(await missing(made.metainfo, folder, made)).toHaveLength(3);
    expectContent(made, folder);
  });

  it('removes what a crash left of the same file', async () => {
    const made = makeLayer({ a: data.a }, small);
    const [old] = onDisk(made, tempFolder('reuse-old'));
    const folder = tempFolder('reuse-new');
    // Parts, so that it is copied also where the disk could clone it.
    const plan = planReuse(made, []);
    plan.files[0] = { kind: 'pieces', parts: [{ from: old!.absolutePath, fromOffset: 0, toOffset: 0, length: data.a.length }] };
    let beside = '';
    await carryOutReuse(plan, folder, { onBytes: () => { beside = everythingBelow(folder)[0]!; } });
    expect(everythingBelow(folder)).toEqual(['package/a']);
    rmSync(join(folder, 'package/a'));
    writeFileSync(join(folder, beside), 'half');
    await carryOutReuse(plan, folder);
    expect(everythingBelow(folder)).toEqual(['package/a']);
    expectContent(made, folder);
  });

  it('gives bytes of the new files wherever the plan said so, whatever changed', async () => {
    const block = (kind: number): Buffer => Buffer.alloc(512, kind);
    const file = fc.array(fc.nat(3), { maxLength: 12 }).map(kinds => Buffer.concat(kinds.map(block))).chain(whole => fc.nat(500).map(cut => whole.subarray(0, Math.max(0, whole.length - cut))));
    const layer = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/e'), file, { minKeys: 1, maxKeys: 4 })
      .filter(files => Object.values(files).some(content => content.length > 0)).map(files => makeLayer(files, 1024));
    const root = tempFolder('reuse');
    let round = 0;
    await fc.assert(fc.asyncProperty(layer, layer, async (fresh, before) => {
      const place = join(root, String(++round));
      const plan = planReuse(fresh, onDisk(before, join(place, 'old')));
      const folder = join(place, 'new');
      const { reusedBytes } = await carryOutReuse(plan, folder);
      const planned = plan.files.reduce((sum, reuse, index) => sum + (reuse?.kind === 'whole' ? fresh.metainfo.files[index]!.length : (reuse?.parts ?? []).reduce((all, part) => all + part.length, 0)), 0);
      expect(reusedBytes).toBe(planned);
      // A piece of zeros may turn out right by itself, in a hole.
      const left = await missing(fresh.metainfo, folder, fresh);
      expect(bytesOf(left, fresh.metainfo)).toBeLessThanOrEqual(plan.fetchBytes + left.length * 1024);
      const real = left.reduce((sum, piece) => sum + Math.min(1024, realBytes(fresh, piece)), 0);
      expect(real).toBeLessThanOrEqual(plan.fetchBytes);
      expectContent(fresh, folder);
    }), { numRuns: 40 });
  });
});

/** Bytes of files in a piece, pad bytes left out. */
function realBytes({ metainfo }: MadeLayer, piece: number): number {
  const from = piece * metainfo.pieceLength;
  const to = from + metainfo.pieceLength;
  return metainfo.files.reduce((sum, { offset, length, padding }) => (padding ? sum : sum + Math.max(0, Math.min(to, offset + length) - Math.max(from, offset))), 0);
}
