// A newer version in the place of the old one: the same in the end, wherever it was interrupted.
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openPackage } from '../../../main/package/open-package.ts';
import { layerRecordOf } from '../../../main/services/event-record.ts';
import type { PackageRecord } from '../../../main/services/package-record.ts';
import { putInPlace, putInPlaceOnce, stagingFolderOf } from '../../../main/services/version-files.ts';
import { makeEvpack } from '../../support/make-evpack.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const newFiles = { 'a.txt': 'new a', 'deep/b.txt': 'new b', 'c.txt': 'new c' };
const oldFiles = { 'a.txt': 'old a', 'deep/b.txt': 'old b', 'gone/only/old.txt': 'old', 'mine.txt': 'mine' };
const wanted = { 'event/a.txt': 'new a', 'event/deep/b.txt': 'new b', 'event/c.txt': 'new c', 'event/mine.txt': 'mine' };

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function read(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.slice(folder.length + 1)] = await readFile(path, 'utf8');
  }
  return found;
}

async function staged() {
  const folder = tempFolder('swap');
  const event = openPackage(makeEvpack({ version: 2, layers: [{ id: 'core', files: newFiles }] }).bytes);
  const staging = stagingFolderOf(folder, 'com.example.event', 2);
  await write(join(folder, 'event'), oldFiles);
  await write(join(staging, 'event'), newFiles);
  const [{ layer, metainfo }] = event.layers as [typeof event.layers[number]];
  const record = { folder, layers: [layerRecordOf(layer, metainfo.infoHash, true, staging)], event: { replacing: { remove: ['event/gone/only/old.txt'] } } } as unknown as PackageRecord;
  return { folder, event, staging, record };
}

describe('a newer version is put in place', () => {
  it('leaves exactly its files, what a person put beside them, and no empty folders', async () => {
    const { folder, event, record } = await staged();
    await putInPlace(record, event);
    expect(await read(folder)).toEqual(wanted);
    expect((await readdir(folder)).sort()).toEqual(['event']);
    expect((await readdir(join(folder, 'event'))).sort()).toEqual(['a.txt', 'c.txt', 'deep', 'mine.txt']);
    expect(record.layers[0]!.stagingFolder).toBeNull();
  });

  it.each([0, 1, 2, 3, 4, 5])('comes to the same after an interruption behind step %i', async (steps) => {
    const { folder, event, staging, record } = await staged();
    const all = [
      () => rm(join(folder, 'event/gone/only/old.txt')),
      ...Object.keys(newFiles).map((path) => async () => {
        await mkdir(dirname(join(folder, 'event', path)), { recursive: true });
        await rename(join(staging, 'event', path), join(folder, 'event', path));
      }),
      () => rm(staging, { recursive: true }),
    ];
    for (const step of all.slice(0, steps)) await step();
    await putInPlace(record, event);
    await putInPlace(record, event);
    expect(await read(folder)).toEqual(wanted);
  });

  it('is tried again after a failure, and does nothing when there is nothing to do', async () => {
    const { folder, event, record } = await staged();
    await mkdir(join(folder, 'event/c.txt/in the way'), { recursive: true });
    let saved = 0;
    const finish = putInPlaceOnce(record, event, async () => void (saved += 1));
    await expect(finish()).rejects.toMatchObject({ code: 'not-writable', message: expect.stringContaining('could not be put in place') });
    expect(record.event!.replacing).not.toBeNull();
    await rm(join(folder, 'event/c.txt'), { recursive: true });
    await Promise.all([finish(), finish()]);
    expect([saved, record.event!.replacing]).toEqual([1, null]);
    expect(await read(folder)).toEqual(wanted);
    await finish();
    expect(saved).toBe(1);
  });

  it('does not take a disk that is not there for one on which everything was done', async () => {
    const { folder, event, record } = await staged();
    const away = `${folder}-away`;
    await cp(folder, away, { recursive: true });
    await rm(folder, { recursive: true });
    const finish = putInPlaceOnce(record, event, async () => undefined);
    await expect(finish()).rejects.toMatchObject({ code: 'not-writable' });
    expect(existsSync(folder)).toBe(false);
    await rename(away, folder);
    await finish();
    expect(await read(folder)).toEqual(wanted);
    expect((await stat(folder)).isDirectory()).toBe(true);
  });
});
