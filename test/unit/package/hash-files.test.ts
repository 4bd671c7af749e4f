// The thread that hashes files for packages.
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashFiles } from '../../../main/package/hash-files.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const KIB = 1024;

function listed(folder: string, name: string, length: number) {
  const absolute = join(folder, name);
  writeFileSync(absolute, Buffer.alloc(length, name));
  return { absolute, length, mtimeMs: statSync(absolute).mtimeMs };
}

describe('hashing files', () => {
  it('fills the last piece of each file but the last with zeros, for several torrents of different pieces at once', async () => {
    const folder = tempFolder('hash');
    const groups = [
      { pieceLength: 16 * KIB, files: [listed(folder, 'none', 0), listed(folder, 'a', 20_000), listed(folder, 'b', 16 * KIB), listed(folder, 'c', 5), listed(folder, 'end', 0)] },
      { pieceLength: 1024 * KIB, files: [listed(folder, 'd', 3_000_000)] },
    ];
    let bytes = 0;
    const hashed = await hashFiles(groups, { onBytes: (count) => (bytes += count) });
    expect(bytes).toBe(20_000 + 16 * KIB + 5 + 3_000_000);
    for (const [index, { files, pieceLength }] of groups.entries()) {
      const contents = files.map(({ absolute, length }) => Buffer.alloc(length, absolute.slice(folder.length + 1)));
      expect(hashed[index]!.sha256).toEqual(contents.map((content) => createHash('sha256').update(content).digest('hex')));
      const last = contents.findLastIndex(({ length }) => length > 0);
      const all = Buffer.concat(contents.map((content, at) => (at >= last ? content : Buffer.concat([content, Buffer.alloc((pieceLength - (content.length % pieceLength)) % pieceLength)]))));
      const pieces = Array.from({ length: Math.ceil(all.length / pieceLength) }, (_, at) => createHash('sha1').update(all.subarray(at * pieceLength, (at + 1) * pieceLength)).digest());
      expect(Buffer.from(hashed[index]!.pieces).equals(Buffer.concat(pieces))).toBe(true);
    }
  });

  it('ends with the reason when a file is gone or is not what was listed, and when it is stopped', async () => {
    const folder = tempFolder('hash');
    const file = listed(folder, 'a', 100);
    await expect(hashFiles([{ pieceLength: 16 * KIB, files: [{ ...file, absolute: join(folder, 'gone') }] }])).rejects.toMatchObject({ name: 'MetainfoError', code: 'unreadable' });
    for (const other of [{ length: 99 }, { length: 101 }, { mtimeMs: file.mtimeMs - 1 }]) {
      await expect(hashFiles([{ pieceLength: 16 * KIB, files: [{ ...file, ...other }] }])).rejects.toMatchObject({ code: 'file-changed', message: expect.stringContaining(file.absolute) });
    }
    await expect(hashFiles([{ pieceLength: 16 * KIB, files: [file] }], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'stopped' });
    expect(await hashFiles([])).toEqual([]);
  });
});
