// The chunk store on real files: writing, reading, restarting, skipping, moving, and what strangers do to the files.
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readFile, readdir, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openChunkStore } from '../../../main/engine/chunk-store.ts';
import type { PieceStore } from '../../../main/engine/piece-store.ts';
import { openFileCount } from '../../../main/engine/disk-handles.ts';
import { makeTorrent, temporaryFolder } from './chunk-store-fixture.ts';

const FILES = [
  { path: ['a.bin'], length: 100_000 },
  { path: ['empty'], length: 0 },
  { path: ['sub', 'b.bin'], length: 5_000 },
  { path: ['sub', 'c.bin'], length: 50_000 },
];
const PIECE = 16_384;
const torrent = makeTorrent(FILES, PIECE);
const { metainfo } = torrent;
let disk: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => { disk = await temporaryFolder(); });
afterEach(() => disk.remove());

async function opened(filePriorities?: Uint8Array): Promise<PieceStore> {
  const store = await openChunkStore(metainfo, {
    folder: disk.in('downloads'), resumeFile: disk.in('state', 'one.resume'), ...(filePriorities && { filePriorities }),
  });
  await store.open();
  return store;
}

async function writeAll(store: PieceStore): Promise<void> {
  for (let piece = 0; piece < metainfo.pieceCount; piece++) await store.writePiece(piece, torrent.piece(piece), 'people');
}

function onDisk(...names: string[]): Promise<Buffer> {
  return readFile(disk.in('downloads', 'torrent', ...names));
}

/** Changes a file in place, a second after it was written to. */
async function changeLater(name: string, change: (bytes: Buffer) => void): Promise<void> {
  const path = disk.in('downloads', 'torrent', name);
  const bytes = await readFile(path);
  const { atime, mtimeMs } = await stat(path);
  change(bytes);
  await writeFile(path, bytes);
  await utimes(path, atime, new Date(mtimeMs + 1_000));
}

/** Makes every data file unreadable as content: whoever hashes now finds nothing right. Sizes and times stay. */
async function spoilUnseen(...names: string[]): Promise<void> {
  const path = disk.in('downloads', 'torrent', ...names);
  const { size, atime, mtime } = await stat(path);
  await writeFile(path, Buffer.alloc(size));
  await utimes(path, atime, mtime);
}

describe('writing and reading', () => {
  it('makes nothing on the disk before the first write', async () => {
    const store = await opened();
    await store.flush();
    await store.close();
    expect(await readdir(disk.path)).toEqual([]);
  });

  it('writes the files as they are in the torrent and reads them back', async () => {
    const store = await opened();
    await writeAll(store);
    expect(await onDisk('a.bin')).toEqual(torrent.content.subarray(0, 100_000));
    expect(await onDisk('sub', 'b.bin')).toEqual(torrent.content.subarray(100_000, 105_000));
    expect(await onDisk('sub', 'c.bin')).toEqual(torrent.content.subarray(105_000));
    expect((await onDisk('empty')).length).toBe(0);
    expect(Buffer.from(await store.readPiece(6))).toEqual(torrent.piece(6));
    expect(Buffer.from(await store.readBlock(6, 100, 2000))).toEqual(torrent.piece(6).subarray(100, 2100));
    await store.close();
    expect(openFileCount()).toBe(0);
  });

  it('refuses to read what is not verified, ranges outside the piece and pieces of another size', async () => {
    const store = await opened();
    await expect(store.readPiece(0)).rejects.toThrow(RangeError);
    await store.writePiece(0, torrent.piece(0), 'people');
    await expect(store.readBlock(0, PIECE - 10, 11)).rejects.toThrow(RangeError);
    await expect(store.readBlock(0, -1, 5)).rejects.toThrow(RangeError);
    await expect(store.writePiece(1, Buffer.alloc(5), 'people')).rejects.toThrow(RangeError);
    await store.close();
  });

  it('refuses to write through a link in the way', async () => {
    await mkdir(disk.in('downloads', 'torrent'), { recursive: true });
    await mkdir(disk.in('elsewhere'));
    await symlink(disk.in('elsewhere'), disk.in('downloads', 'torrent', 'sub'));
    await symlink(disk.in('elsewhere', 'target'), disk.in('downloads', 'torrent', 'a.bin'));
    const store = await opened();
    await expect(store.writePiece(0, torrent.piece(0), 'people')).rejects.toMatchObject({ code: 'not-writable' });
    await expect(store.writePiece(8, torrent.piece(8), 'people')).rejects.toMatchObject({ code: 'not-writable' });
    expect(store.have.count).toBe(0);
    expect(await readdir(disk.in('elsewhere'))).toEqual([]);
    await store.close();
  });

  it('never writes pad files and reads them as zeros', async () => {
    const padded = makeTorrent(
      [{ path: ['x'], length: 10_000 }, { path: ['.pad', '6384'], length: 6_384, attr: 'p' }, { path: ['y'], length: 20_000 }], PIECE,
    );
    const store = await openChunkStore(padded.metainfo, { folder: disk.in('downloads'), resumeFile: disk.in('state', 'p') });
    await store.open();
    for (let piece = 0; piece < padded.metainfo.pieceCount; piece++) await store.writePiece(piece, padded.piece(piece), 'people');
    expect((await readdir(disk.in('downloads', 'torrent'))).sort()).toEqual(['x', 'y']);
    expect(Buffer.from(await store.readPiece(0))).toEqual(padded.piece(0));
    await store.recheck();
    expect(store.have.isFull()).toBe(true);
    expect(existsSync(disk.in('state', 'p.parts'))).toBe(false);
    await store.close();
  });
});

describe('a start after a clean end', () => {
  it('believes the snapshot without reading a byte, and keeps where pieces came from', async () => {
    const first = await opened();
    await first.writePiece(0, torrent.piece(0), 'server');
    await first.writePiece(8, torrent.piece(8), 'people');
    await first.close();
    await spoilUnseen('a.bin');
    await spoilUnseen('sub', 'c.bin');
    const second = await opened();
    expect([...second.origins]).toEqual([3, 0, 0, 0, 0, 0, 0, 0, 2, 0]);
    expect(second.have.count).toBe(2);
    await second.close();
  });

  it('hashes only the file that somebody changed', async () => {
    const first = await opened();
    await writeAll(first);
    await first.close();
    await spoilUnseen('a.bin');
    await appendFile(disk.in('downloads', 'torrent', 'sub', 'c.bin'), 'more');
    const second = await opened();
    // a.bin is spoilt unseen, so pieces 0..5 stay; c.bin was hashed and is right, but piece 6 begins in a.bin.
    expect([0, 1, 2, 3, 4, 5].map(piece => second.have.get(piece))).toEqual(Array(6).fill(true));
    expect(second.have.get(6)).toBe(false);
    expect([7, 8, 9].map(piece => second.have.get(piece))).toEqual([true, true, true]);
    await second.writePiece(6, torrent.piece(6), 'people');
    expect((await onDisk('sub', 'c.bin')).length).toBe(50_000);
    await second.close();
  });

  it.skipIf(process.platform === 'win32')('hashes a file that somebody changed after its last write and before the clean end', async () => {
    const first = await opened();
    await writeAll(first);
    await changeLater('a.bin', bytes => { bytes[0]! ^= 1; });
    await first.close();
    const second = await opened();
    expect(second.have.get(0)).toBe(false);
    expect(second.have.count).toBe(metainfo.pieceCount - 1);
    await second.writePiece(0, torrent.piece(0), 'people');
    await changeLater('a.bin', () => undefined);
    await second.recheck(); // what is right is ours again, whoever wrote it
    await second.close();
    await spoilUnseen('a.bin');
    const third = await opened();
    expect(third.have.isFull()).toBe(true);
    await third.close();
  });

  it('drops the pieces of one file that is gone and keeps the others', async () => {
    const first = await opened();
    await writeAll(first);
    await first.close();
    await rm(disk.in('downloads', 'torrent', 'sub', 'b.bin'));
    const second = await opened();
    expect(second.have.get(6)).toBe(false);
    expect(second.have.count).toBe(metainfo.pieceCount - 1);
    await second.writePiece(6, torrent.piece(6), 'people');
    expect(second.have.isFull()).toBe(true);
    await second.close();
  });

  it('forgets nothing when all files are gone, and says so', async () => {
    const first = await opened();
    await writeAll(first);
    await first.close();
    const { rename } = await import('node:fs/promises');
    await rename(disk.in('downloads'), disk.in('unplugged'));
    await expect(opened()).rejects.toMatchObject({ code: 'files-missing' });
    await rename(disk.in('unplugged'), disk.in('downloads'));
    const second = await opened();
    expect(second.have.isFull()).toBe(true);
    await second.close();
  });

  it.each(['', 'not a snapshot', '{"version":1}', '00000000\n{}'])('hashes everything when the snapshot is %j', async text => {
    const first = await opened();
    await writeAll(first);
    await first.close();
    await writeFile(disk.in('state', 'one.resume'), text);
    await writeFile(disk.in('state', 'one.resume.journal'), 'rubbish');
    const second = await opened();
    expect(second.have.isFull()).toBe(true);
    expect([...second.origins]).toEqual(Array(metainfo.pieceCount).fill(1));
    await second.close();
  });
});

describe('files that are there already', () => {
  it('uses what is right and nothing else', async () => {
    await mkdir(disk.in('downloads', 'torrent'), { recursive: true });
    const partly = Buffer.from(torrent.content.subarray(0, 100_000));
    partly[20_000]! ^= 1;
    await writeFile(disk.in('downloads', 'torrent', 'a.bin'), partly);
    const store = await opened();
    expect([...store.origins]).toEqual([1, 0, 1, 1, 1, 1, 0, 0, 0, 0]);
    await store.close();
  });
});

describe.skipIf(process.platform === 'win32')('a folder that a person made a torrent from', () => {
  it('is found under its own names, also those that other systems cannot have', async () => {
    const names = ['a: b?.txt', 'ends with dot.', 'Same', 'same'];
    const made = makeTorrent(names.map(name => ({ path: [name], length: 20_000 })), PIECE, 'my "set"');
    await mkdir(disk.in('own', 'my "set"'), { recursive: true });
    for (const [i, name] of names.entries()) await writeFile(disk.in('own', 'my "set"', name), made.content.subarray(i * 20_000, (i + 1) * 20_000));
    const store = await openChunkStore(made.metainfo, { folder: disk.in('own'), resumeFile: disk.in('state', 'own') });
    await store.open();
    expect(store.have.isFull()).toBe(true);
    await store.close();
    expect((await readdir(disk.in('own', 'my "set"'))).sort()).toEqual([...names].sort());
  });
});

describe('recheck', () => {
  it('finds what was spoilt and what was put there, and reports its progress', async () => {
    const store = await opened();
    await store.writePiece(0, torrent.piece(0), 'people');
    await store.writePiece(1, torrent.piece(1), 'people');
    await store.flush();
    const mixed = Buffer.from(torrent.content.subarray(0, 100_000));
    mixed[0]! ^= 1;
    await writeFile(disk.in('downloads', 'torrent', 'a.bin'), mixed);
    const progress: number[] = [];
    await store.recheck(done => progress.push(done));
    expect([...store.origins]).toEqual([0, 2, 1, 1, 1, 1, 0, 0, 0, 0]);
    expect(progress.at(-1)).toBe(1);
    await store.close();
  });

  it('starts anew when the files are gone for good', async () => {
    const first = await opened();
    await writeAll(first);
    await first.close();
    await rm(disk.in('downloads'), { recursive: true });
    const second = await openChunkStore(metainfo, { folder: disk.in('downloads'), resumeFile: disk.in('state', 'one.resume') });
    await expect(second.open()).rejects.toMatchObject({ code: 'files-missing' });
    await second.recheck();
    expect(second.have.count).toBe(0);
    await writeAll(second);
    await second.close();
    const third = await opened();
    expect(third.have.isFull()).toBe(true);
    await third.close();
  });

  it('stops when told', async () => {
    const store = await opened();
    await writeAll(store);
    await expect(store.recheck(undefined, AbortSignal.abort())).rejects.toThrow();
    expect(store.have.isFull()).toBe(true);
    await store.close();
  });
});

describe('skipped files', () => {
  const withoutB = Uint8Array.from([1, 1, 0, 1]);

  it('keeps bytes of a skipped file out of sight and serves the shared piece all the same', async () => {
    const store = await opened(withoutB);
    await writeAll(store);
    expect(existsSync(disk.in('downloads', 'torrent', 'sub', 'b.bin'))).toBe(false);
    expect(Buffer.from(await store.readPiece(6))).toEqual(torrent.piece(6));
    await store.close();
    const again = await opened(withoutB);
    expect(again.have.isFull()).toBe(true);
    expect(Buffer.from(await again.readPiece(6))).toEqual(torrent.piece(6));
    await again.close();
  });

  it('brings the bytes out when the file is wanted after all', async () => {
    const store = await opened(withoutB);
    await writeAll(store);
    store.setSelection(Uint8Array.from([1, 1, 1, 1]));
    await store.flush();
    expect(await onDisk('sub', 'b.bin')).toEqual(torrent.content.subarray(100_000, 105_000));
    expect(existsSync(disk.in('state', 'one.resume.parts'))).toBe(false);
    expect(Buffer.from(await store.readPiece(6))).toEqual(torrent.piece(6));
    await store.close();
  });

  it('brings the bytes out at a start with another selection', async () => {
    const store = await opened(withoutB);
    await writeAll(store);
    await store.close();
    const again = await opened();
    expect(again.have.isFull()).toBe(true);
    expect(await onDisk('sub', 'b.bin')).toEqual(torrent.content.subarray(100_000, 105_000));
    await again.close();
  });

  it('keeps writing to a file that was there before it was skipped', async () => {
    const store = await opened();
    await store.writePiece(6, torrent.piece(6), 'people');
    store.setSelection(withoutB);
    await store.writePiece(5, torrent.piece(5), 'people');
    expect(Buffer.from(await store.readPiece(6))).toEqual(torrent.piece(6));
    expect(existsSync(disk.in('state', 'one.resume.parts'))).toBe(false);
    await store.close();
  });
});

describe('what belongs to the torrent', () => {
  it('names its files, and folders only when nothing else is in them', async () => {
    const store = await opened();
    await writeAll(store);
    const root = disk.in('downloads', 'torrent');
    const files = [join(root, 'a.bin'), join(root, 'empty'), join(root, 'sub', 'b.bin'), join(root, 'sub', 'c.bin')];
    expect(await store.ownedPaths()).toEqual({ files, folders: [join(root, 'sub'), root] });
    await writeFile(join(root, 'mine.txt'), 'mine');
    expect(await store.ownedPaths()).toEqual({ files, folders: [join(root, 'sub')] });
    await store.close();
  });

  it('does not claim a file of the same name that holds nothing of it', async () => {
    await mkdir(disk.in('downloads', 'torrent'), { recursive: true });
    await writeFile(disk.in('downloads', 'torrent', 'a.bin'), 'a diary');
    const store = await opened();
    expect(await store.ownedPaths()).toEqual({ files: [], folders: [] });
    await store.close();
  });
});

describe('moving', () => {
  it('moves the files, removes the empty folders and goes on', async () => {
    const store = await opened();
    await writeAll(store);
    await store.moveTo(disk.in('new', 'place'));
    expect(await readdir(disk.in('downloads'))).toEqual([]);
    expect(await readFile(disk.in('new', 'place', 'torrent', 'sub', 'c.bin'))).toEqual(torrent.content.subarray(105_000));
    expect(Buffer.from(await store.readPiece(6))).toEqual(torrent.piece(6));
    await store.close();
  });

  it('leaves everything in place when a file is in the way', async () => {
    const store = await opened();
    await writeAll(store);
    await mkdir(disk.in('new', 'torrent', 'sub'), { recursive: true });
    await writeFile(disk.in('new', 'torrent', 'sub', 'c.bin'), 'mine');
    await expect(store.moveTo(disk.in('new'))).rejects.toMatchObject({ code: 'not-writable' });
    expect(await readFile(disk.in('new', 'torrent', 'sub', 'c.bin'), 'utf8')).toBe('mine');
    expect(await readdir(disk.in('new', 'torrent'))).toEqual(['sub']);
    expect(Buffer.from(await store.readPiece(6))).toEqual(torrent.piece(6));
    await store.recheck();
    expect(store.have.isFull()).toBe(true);
    await store.close();
  });
});

describe('a file that is shorter than its verified pieces', () => {
  it('is noticed when it is read', async () => {
    const store = await opened();
    await writeAll(store);
    await truncate(disk.in('downloads', 'torrent', 'a.bin'), 10);
    await expect(store.readPiece(0)).rejects.toMatchObject({ code: 'file-changed' });
    await store.close();
  });
});
