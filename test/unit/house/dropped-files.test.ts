// What a drop on the desktop window turns into.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { droppedFiles } from '../../../main/desktop/dropped-files.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('dropped files', () => {
  test('become handles where they are folders or may be opened, in order', async () => {
    const folder = tempFolder('dropped');
    mkdirSync(path.join(folder, 'a folder'));
    for (const name of ['a.evpack', 'a.exe', 'id_rsa']) writeFileSync(path.join(folder, name), 'x');
    const granted: string[] = [];
    const grant = (place: string) => `handle ${granted.push(place)}`;
    expect(await droppedFiles([path.join(folder, 'a folder/../a folder'), path.join(folder, 'missing'), path.join(folder, 'a.exe'), path.join(folder, 'id_rsa'), path.join(folder, 'a.evpack')], grant)).toEqual([
      { handle: 'handle 1', name: 'a folder', path: path.join(folder, 'a folder'), isFolder: true },
      { handle: 'handle 2', name: 'a.evpack', path: path.join(folder, 'a.evpack'), isFolder: false },
    ]);
    expect(granted).toEqual([path.join(folder, 'a folder'), path.join(folder, 'a.evpack')]);
  });

  test.each([null, undefined, 'path', {}, [1], [null], [['/']], [{}], ['relative'], [''], ['/\0etc'], [`/${'x'.repeat(5000)}`], ['/dev/null']].map((paths) => [paths]))('of %j there are none', async (paths) => {
    expect(await droppedFiles(paths, () => 'handle')).toEqual([]);
  });

  test('are a hundred at most', async () => {
    expect(await droppedFiles(Array.from({ length: 500 }, () => '/'), () => 'handle')).toHaveLength(100);
  });
});
