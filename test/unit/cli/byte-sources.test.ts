// Where each file's bytes came from.
import { describe, expect, it } from 'vitest';
import { filesBySource } from '../../../main/cli/byte-sources.ts';

const file = (index: number, length: number, priority: 'skip' | 'normal' = 'normal') => ({ index, layer: 'x', path: `f${index}`, length, bytesDone: length, priority, check: 'none' as const });
const report = (path: string, length: number, fromPeople: number, fromServer: number, fromLocal: number) => ({ path, length, fromPeople, fromServer, fromLocal });

describe('bytes by source', () => {
  it('are counted over the borders of pieces and files', () => {
    const pieces = { count: 4, length: 10, sources: '1230', copies: [] };
    expect(filesBySource({ files: [file(0, 5), file(1, 20), file(2, 12)], pieces })).toEqual([
      report('f0', 5, 0, 0, 5), report('f1', 20, 10, 5, 5), report('f2', 12, 0, 5, 0),
    ]);
  });
  it('leave out skipped files, not their place', () => {
    const pieces = { count: 2, length: 10, sources: '02', copies: [] };
    expect(filesBySource({ files: [file(0, 10, 'skip'), file(1, 10)], pieces })).toEqual([report('f1', 10, 10, 0, 0)]);
  });
  it('know that a file after a pad file begins at a piece', () => {
    const pieces = { count: 2, length: 10, sources: '23', copies: [] };
    expect(filesBySource({ files: [file(0, 4), file(2, 10)], pieces })).toEqual([report('f0', 4, 4, 0, 0), report('f2', 10, 0, 10, 0)]);
  });
  it('read a map in stretches, and survive an empty one', () => {
    expect(filesBySource({ files: [file(0, 80)], pieces: { count: 8, length: 10, sources: '23', copies: [] } })).toEqual([report('f0', 80, 40, 40, 0)]);
    expect(filesBySource({ files: [file(0, 0)], pieces: { count: 0, length: 0, sources: '', copies: [] } })).toEqual([report('f0', 0, 0, 0, 0)]);
  });
});
