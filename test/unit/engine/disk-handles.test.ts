// The cache of open files, free space, and the sentences for what a disk reports.
import { link, mkdir, symlink, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toDiskError } from '../../../main/engine/disk-error.ts';
import { openFileCount, releaseFiles, withFile } from '../../../main/engine/disk-handles.ts';
import { freeBytes } from '../../../main/engine/disk-space.ts';
import { temporaryFolder } from './chunk-store-fixture.ts';

let disk: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => { disk = await temporaryFolder(); });
afterEach(() => disk.remove());

describe('withFile', () => {
  it('keeps at most 64 files open, whatever is used', async () => {
    const names = Array.from({ length: 150 }, (_, i) => `f${i}`);
    for (const name of names) await withFile(disk.path, `sub/${name}`, 'create', file => file.write(name).then(() => undefined));
    expect(openFileCount()).toBeLessThanOrEqual(64);
    for (const name of names) {
      expect(await withFile(disk.path, `sub/${name}`, 'read', async file => (await file.read(Buffer.alloc(9), 0, 9, 0)).bytesRead)).toBe(name.length);
    }
    await releaseFiles(names.map(name => disk.in('sub', name)));
    expect(openFileCount()).toBe(0);
  });

  it('does not bring back a file that somebody deleted', async () => {
    await expect(withFile(disk.path, 'gone', 'write', async () => undefined)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['../outside', '/etc/passwd', 'a/../../b', 'a//b', '.', ''])('never leaves the folder: %j', async path => {
    await expect(withFile(disk.path, path, 'create', async () => undefined)).rejects.toMatchObject({ code: 'internal' });
  });

  it('refuses links, folders and files in the way', async () => {
    await mkdir(disk.in('inside', 'folder'), { recursive: true });
    await mkdir(disk.in('outside'));
    await writeFile(disk.in('inside', 'file'), '');
    await symlink(disk.in('outside'), disk.in('inside', 'link'));
    await symlink(disk.in('outside', 'new'), disk.in('inside', 'dangling'));
    for (const path of ['link/x', 'dangling', 'folder', 'file/x']) {
      const error: unknown = await withFile(disk.in('inside'), path, 'create', async () => undefined).catch((reason: unknown) => reason);
      expect(toDiskError(error, path).code, path).toBe('not-writable');
    }
    await link(disk.in('inside', 'file'), disk.in('inside', 'hard'));
    expect(openFileCount()).toBe(0);
  });
});

describe('freeBytes', () => {
  it('answers for folders that are still to be made', async () => {
    expect(await freeBytes(disk.in('not', 'yet', 'there'))).toBeGreaterThan(0);
  });
});

describe('toDiskError', () => {
  it.each([
    ['ENOSPC', 'disk-full'], ['EDQUOT', 'disk-full'], ['EACCES', 'not-writable'], ['EROFS', 'not-writable'], ['ENOENT', 'files-missing'],
    ['EFBIG', 'not-writable'], ['EIO', 'internal'],
  ])('%s is %s', (code, expected) => {
    const error = toDiskError(Object.assign(new Error('x'), { code }), '/some/place');
    expect(error.code).toBe(expected);
    expect(error.message).toMatch(/^\S.*\.$/);
  });
});
