// What an update reuses: equal files and equal pieces wherever they are, and never a byte that is not the new one.
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planReuse } from '../../../main/package/diff-package.ts';
import type { OldFile, ReusePlan } from '../../../main/package/diff-package.ts';
import { makeLayer, sha256 } from './layer-fixture.ts';
import type { MadeLayer } from './layer-fixture.ts';

const PIECE = 1024;

/** Old files of layers that are held in memory under made-up paths. */
function remembered(...layers: MadeLayer[]): { old: OldFile[]; disk: Map<string, Buffer> } {
  const disk = new Map<string, Buffer>();
  const old = layers.flatMap((made, number) => made.content.flatMap((data, fileIndex): OldFile[] => {
    if (!data) return [];
    const absolutePath = `/old ${number}/${made.metainfo.files[fileIndex]!.path.join('/')}`;
    disk.set(absolutePath, data);
    return [{ absolutePath, length: data.length, sha256: sha256(data), pieces: { metainfo: made.metainfo, fileIndex } }];
  }));
  return { old, disk };
}

/** Every planned byte must be the new file's. @returns bytes that are placed, by file */
function placedBytes(plan: ReusePlan, made: MadeLayer, disk: Map<string, Buffer>): number[] {
  return plan.files.map((reuse, index) => {
    const target = made.content[index];
    if (!reuse || !target) return 0;
    if (reuse.kind === 'whole') {
      expect(disk.get(reuse.from)!.equals(target)).toBe(true);
      return target.length;
    }
    let end = 0;
    let sum = 0;
    for (const { from, fromOffset, toOffset, length } of reuse.parts) {
      expect(toOffset).toBeGreaterThanOrEqual(end);
      expect(length).toBeGreaterThan(0);
      end = toOffset + length;
      sum += length;
      expect(end).toBeLessThanOrEqual(target.length);
      expect(disk.get(from)!.subarray(fromOffset, fromOffset + length).equals(target.subarray(toOffset, end))).toBe(true);
    }
    return sum;
  });
}

function planned(fresh: MadeLayer, ...before: MadeLayer[]) {
  const { old, disk } = remembered(...before);
  const plan = planReuse(fresh, old);
  return { plan, placed: placedBytes(plan, fresh, disk), real: plan.files.filter((_, index) => fresh.content[index]) };
}

describe('whole files', () => {
  it('are reused under another name, in another layer and in a torrent with other pieces', () => {
    const [a, b] = [randomBytes(5000), randomBytes(3000)];
    const { plan, real } = planned(makeLayer({ 'new/a': a, 'b': b }, PIECE), makeLayer({ b }, 16_384), makeLayer({ 'x': a }, 2048, { aligned: false }));
    expect(real).toEqual([{ kind: 'whole', from: '/old 1/x' }, { kind: 'whole', from: '/old 0/b' }]);
    expect([plan.reusedBytes, plan.fetchBytes, plan.wholeFiles]).toEqual([8000, 0, 2]);
  });

  it('are not believed by length, name or a hash that is not known', () => {
    const a = randomBytes(500);
    const fresh = makeLayer({ a }, PIECE);
    expect(planReuse(fresh, [
      { absolutePath: '/a', length: 500, sha256: sha256(randomBytes(1)) }, { absolutePath: '/b', length: 500, sha256: null },
      { absolutePath: '/c', length: 501, sha256: sha256(a) },
    ])).toMatchObject({ files: [null], reusedBytes: 0, fetchBytes: 500, wholeFiles: 0 });
  });

  it('are found for a layer of a single file, and files without bytes need nothing', () => {
    const a = randomBytes(500);
    const fresh = makeLayer({ a, empty: Buffer.alloc(0) }, PIECE);
    const { plan } = planned(fresh, fresh);
    expect([plan.reusedBytes, plan.fetchBytes, plan.wholeFiles]).toEqual([500, 0, 1]);
    const single = { ...fresh.metainfo, multiFile: false, files: [fresh.metainfo.files[0]!] };
    expect(planReuse({ layer: { files: [fresh.layer.files[0]!] }, metainfo: single }, remembered(fresh).old).wholeFiles).toBe(1);
  });
});

describe('pieces of changed files', () => {
  it('are reused around what changed, as two runs', () => {
    const before = randomBytes(10 * PIECE + 100);
    const after = Buffer.from(before);
    after[4 * PIECE + 5]! ^= 1;
    const { plan, real } = planned(makeLayer({ a: after, z: randomBytes(10) }, PIECE), makeLayer({ a: before, y: randomBytes(10) }, PIECE));
    expect(real[0]).toEqual({ kind: 'pieces', parts: [
      { from: '/old 0/a', fromOffset: 0, toOffset: 0, length: 4 * PIECE },
      { from: '/old 0/a', fromOffset: 5 * PIECE, toOffset: 5 * PIECE, length: 5 * PIECE + 100 },
    ] });
    expect([plan.reusedBytes, plan.fetchBytes, plan.wholeFiles]).toEqual([9 * PIECE + 100, PIECE + 10, 0]);
  });

  it('are reused when the file grew at the front', () => {
    const before = randomBytes(6 * PIECE + 50);
    const after = Buffer.concat([randomBytes(2 * PIECE), before]);
    const { plan, real } = planned(makeLayer({ a: after, b: randomBytes(1) }, PIECE), makeLayer({ a: before, b: randomBytes(1) }, PIECE));
    expect(real[0]).toEqual({ kind: 'pieces', parts: [{ from: '/old 0/a', fromOffset: 0, toOffset: 2 * PIECE, length: 6 * PIECE + 50 }] });
    expect(plan.fetchBytes).toBe(2 * PIECE + 1);
  });

  it('are reused for every place where they occur, from any old file', () => {
    const [one, two] = [randomBytes(PIECE), randomBytes(PIECE)];
    const fresh = makeLayer({ a: Buffer.concat([one, two, one, one]) }, PIECE);
    const { plan } = planned(fresh, makeLayer({ x: Buffer.concat([one, randomBytes(PIECE)]) }, PIECE), makeLayer({ y: Buffer.concat([randomBytes(PIECE), two]) }, PIECE));
    expect(plan.files[0]).toEqual({ kind: 'pieces', parts: [
      { from: '/old 0/x', fromOffset: 0, toOffset: 0, length: PIECE }, { from: '/old 1/y', fromOffset: PIECE, toOffset: PIECE, length: PIECE },
      { from: '/old 0/x', fromOffset: 0, toOffset: 2 * PIECE, length: PIECE }, { from: '/old 0/x', fromOffset: 0, toOffset: 3 * PIECE, length: PIECE },
    ] });
    expect(plan.fetchBytes).toBe(0);
  });

  it('are not reused where they hold bytes of two files', () => {
    const [a, b] = [randomBytes(PIECE + 100), randomBytes(2 * PIECE)];
    const before = makeLayer({ a, b }, PIECE, { aligned: false });
    const other = Buffer.from(a);
    other[0]! ^= 1;
    const { plan } = planned(makeLayer({ a: other, b: Buffer.concat([b, Buffer.from('!')]) }, PIECE, { aligned: false }), before);
    // Of b only the piece that is its own; of a nothing.
    expect(plan.files).toEqual([null, { kind: 'pieces', parts: [{ from: '/old 0/b', fromOffset: 924, toOffset: 924, length: PIECE }] }]);
    expect(plan.reusedBytes).toBe(PIECE);
  });

  it('count only in pieces that are all here', () => {
    const [a, b] = [randomBytes(PIECE + 100), randomBytes(PIECE)];
    const fresh = makeLayer({ a, b: randomBytes(PIECE) }, PIECE, { aligned: false });
    const { plan } = planned(fresh, makeLayer({ a, b }, PIECE, { aligned: false }));
    expect([plan.wholeFiles, plan.reusedBytes, plan.fetchBytes]).toEqual([1, PIECE, PIECE + 100]);
  });

  it('are not looked for in an old file that is said to have another length', () => {
    const before = makeLayer({ a: randomBytes(3 * PIECE) }, PIECE);
    const { old } = remembered(before);
    expect(planReuse(makeLayer({ a: Buffer.concat([before.content[0]!, randomBytes(1)]) }, PIECE), [{ ...old[0]!, length: 10, sha256: null }]).reusedBytes).toBe(0);
  });
});

it('places only bytes of the new files and counts them right, whatever changed between two versions', () => {
  // Blocks of few kinds, so that equal ones turn up everywhere; kind 0 is zeros, which pad files hold too.
  const block = (kind: number): Buffer => Buffer.alloc(256, kind);
  const file = fc.array(fc.nat(3), { maxLength: 24 }).chain(kinds => fc.nat(255).map(cut => {
    const whole = Buffer.concat(kinds.map(block));
    return whole.subarray(0, Math.max(0, whole.length - cut));
  }));
  const layer = fc.record({
    files: fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd/e', 'd/f'), file, { minKeys: 1, maxKeys: 5 }), aligned: fc.boolean(), piece: fc.constantFrom(512, 1024, 1024),
  }).filter(({ files }) => Object.values(files).some(data => data.length > 0)).map(({ files, aligned, piece }) => makeLayer(files, piece, { aligned }));
  fc.assert(fc.property(layer, fc.array(layer, { maxLength: 3 }), (fresh, before) => {
    const { plan, placed } = planned(fresh, ...before);
    const total = fresh.content.reduce((sum, data) => sum + (data?.length ?? 0), 0);
    expect(plan.reusedBytes + plan.fetchBytes).toBe(total);
    expect(plan.reusedBytes).toBeLessThanOrEqual(placed.reduce((sum, bytes) => sum + bytes, 0));
    if (before.some(({ metainfo }) => metainfo.infoHash === fresh.metainfo.infoHash)) expect(plan.fetchBytes).toBe(0);
  }), { numRuns: 500 });
});
