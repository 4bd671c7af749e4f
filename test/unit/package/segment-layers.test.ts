// The layers of a live package.
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { segmentLayers } from '../../../main/package/segment-layers.ts';
import type { EventPackage } from '../../../main/package/package-types.ts';
import { tempFolder } from '../../support/temp-folder.ts';

it('are numbered in the order of the names, and keep their numbers when others come and go', async () => {
  const folder = tempFolder('segments');
  const put = (...names: string[]) => names.forEach((name) => writeFileSync(join(folder, name), 'x'));
  put('part9.ts', 'part10.ts', 'part8.ts', 'list.m3u8');
  const first = await segmentLayers(folder, '*.ts');
  expect(first.map(({ id, pattern, segment, required }) => [id, pattern, segment, required])).toEqual([
    ['segment-0', 'part8.ts', 0, false], ['segment-1', 'part9.ts', 1, false], ['segment-2', 'part10.ts', 2, false],
  ]);
  const previous = { layers: first.map(({ pattern, segment }) => ({ layer: { segment, files: [{ path: pattern }] } })) } as unknown as EventPackage;
  rmSync(join(folder, 'part8.ts'));
  put('part11.ts', 'part12.ts');
  expect((await segmentLayers(folder, '*.ts', previous)).map(({ pattern, segment }) => [pattern, segment])).toEqual([['part9.ts', 1], ['part10.ts', 2], ['part11.ts', 3], ['part12.ts', 4]]);
  await expect(segmentLayers(folder, '')).rejects.toThrow(/pattern/);
});
