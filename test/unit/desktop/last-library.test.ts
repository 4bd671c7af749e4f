// What a window shows before its engine has said a word.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../contract/index.ts';
import { Snapshot as SnapshotSchema } from '../../../contract/index.ts';
import { LastLibrary } from '../../../main/desktop/last-library.ts';
import { settings, sketches, stateOf, summaryOf, worldOf } from '../../support/fake-world.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const fileOf = (): string => path.join(tempFolder(), 'last-library.json');
const library = (count = 3): Snapshot => ({
  seq: 77, settings, totals: { ...worldOf().totals, downloadBytesPerSecond: 5000, connected: 9 },
  packages: Array.from({ length: count }, (_, index) => ({
    ...summaryOf(index, sketches[0]!), state: stateOf('downloading', 'going'), downloadBytesPerSecond: 5000,
  })),
});

describe('the last library', () => {
  it('is there at the next start, at rest and older than anything an engine says', async () => {
    const file = fileOf();
    const first = new LastLibrary(file);
    first.note(library(250));
    first.close();
    const next = new LastLibrary(file);
    expect(next.isThere).toBe(true);
    const read = await next.read();
    expect(SnapshotSchema.safeParse(read).success).toBe(true);
    expect(read!.seq).toBe(0);
    expect(read!.packages.map(({ id }) => id)).toEqual(library(250).packages.map(({ id }) => id));
    expect(read!.packages.every((one) => one.downloadBytesPerSecond === 0)).toBe(true);
    expect(read!.totals).toMatchObject({ downloadBytesPerSecond: 0, connected: 0 });
  });

  it('is none where nothing was written', async () => {
    const none = new LastLibrary(fileOf());
    expect(none.isThere).toBe(false);
    expect(await none.read()).toBeNull();
    none.close();
    expect(none.isThere).toBe(false);
  });

  it.each([
    ['cut off', (text: string) => text.slice(0, -20)],
    ['of another shape', (text: string) => text.replace('"packages"', '"parcels"')],
    ['with a package that is none', (text: string) => text.replace(/"infoHash":"[0-9a-f]+"/, '"infoHash":7')],
    ['no JSON', () => '\0\0'],
    ['a list', () => '[]'],
    ['nothing', () => 'null'],
    ['larger than any library', () => ' '.repeat(17 * 1024 * 1024)],
  ])('is none when the file is %s', async (_what, spoil) => {
    const file = fileOf();
    const first = new LastLibrary(file);
    first.note(library());
    first.close();
    writeFileSync(file, spoil(readFileSync(file, 'utf8')));
    expect(await new LastLibrary(file).read()).toBeNull();
  });
});
