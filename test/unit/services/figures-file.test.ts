// What is kept of figures on the disk: read as it was written, nothing outside its folder, bounded for packages that are gone.
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FiguresFiles } from '../../../main/services/figures-file.ts';
import type { KeptFigures } from '../../../main/services/figures-file.ts';
import { FiguresHistory } from '../../../main/services/figures-history.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const keptOf = (id: string): KeptFigures => ({
  version: 1, id, name: 'An event', at: 2000, addedAt: 1000, startedAt: 1500, completedAt: null, firstPieceMs: 120, bytes: { people: 1, server: 2, local: 3, wasted: 0, uploaded: 4, total: 10 },
  joined: 5, left: 4, layers: { ['a'.repeat(40)]: [1, 2, 4] }, trackers: [], incidents: [{ at: 1600, kind: 'stalled', detail: null }], history: new FiguresHistory().toJSON(),
});

describe('the files of figures', () => {
  it('gives back what was written', async () => {
    const files = new FiguresFiles(tempFolder('figures'));
    await files.write(keptOf('org.example.event'));
    expect(await files.read('org.example.event')).toEqual(keptOf('org.example.event'));
    expect(await files.read('org.example.other')).toBeNull();
  });

  it('takes nothing that is not what it writes, and begins anew', async () => {
    const folder = tempFolder('figures');
    mkdirSync(join(folder, 'figures'));
    const files = new FiguresFiles(folder);
    for (const content of ['', '{', '[]', JSON.stringify({ ...keptOf('x'), bytes: { people: -1 } }), JSON.stringify(keptOf('other'))]) {
      writeFileSync(join(folder, 'figures', 'x.json'), content);
      expect(await files.read('x')).toBeNull();
    }
  });

  it('leaves its folder for no id', async () => {
    const folder = tempFolder('figures');
    const files = new FiguresFiles(join(folder, 'data'));
    for (const id of ['../library', '..', '.', '', 'a/../../b', 'a\\b', '..%2fx', 'a..b', '.hidden', 'A', 'x\0y', `${'a'.repeat(121)}`]) {
      await files.write(keptOf(id));
      expect(await files.read(id)).toBeNull();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('keeps the newest hundred of packages that are gone, and all of those that are here', async () => {
    const folder = tempFolder('figures');
    mkdirSync(join(folder, 'figures'));
    for (let i = 0; i < 130; i++) {
      const path = join(folder, 'figures', `p${i}.json`);
      writeFileSync(path, JSON.stringify(keptOf(`p${i}`)));
      utimesSync(path, 1000 + i, 1000 + i);
    }
    const files = new FiguresFiles(folder);
    await files.prune((id) => id === 'p0' || id === 'p129');
    const ids = await files.ids();
    expect(ids).toHaveLength(102);
    expect(ids[0]).toBe('p129');
    expect(ids).toContain('p0');
    expect(ids).not.toContain('p28');
    expect(ids).toContain('p29');
  });
});
