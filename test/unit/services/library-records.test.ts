// The saved list of packages loses none: not one that cannot be read, nor one that could not be restored this time.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { LibraryRecords } from '../../../main/services/library-records.ts';
import { plainLayer } from '../../../main/services/package-record.ts';
import type { PackageRecord } from '../../../main/services/package-record.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const record = (digit: string): PackageRecord => {
  const id = digit.repeat(40);
  return {
    id, name: id, addedAt: 1, completedAt: null, folder: '/downloads', paused: false, order: 'rarest', layers: [plainLayer(id, id)], event: null, next: null, trackers: [], webSeeds: [], peers: [],
    exactSources: [], downBytesPerSecond: null, upBytesPerSecond: null, uploadSlots: null, serverBytesPerSecond: null, serverUse: null, seedingGoal: null, shareAgain: false, sharedMs: 0,
  };
};

function open(folder: string, more: { fails?: string } = {}) {
  const here: PackageRecord[] = [];
  const log: string[] = [];
  const records = new LibraryRecords(folder, () => here, (line) => log.push(line));
  return {
    here, log, records,
    restore: () => records.restore(async (one) => {
      if (one.id === more.fails) throw new Error('its disk is away');
      here.push(one);
    }),
  };
}
const saved = (folder: string) => (JSON.parse(readFileSync(join(folder, 'library.json'), 'utf8')) as { packages: { id: string }[] }).packages;

it('brings back what was saved, in its order', async () => {
  const folder = tempFolder('records');
  const first = open(folder);
  first.here.push(record('a'), record('b'));
  first.records.touch();
  await first.records.close();
  const second = open(folder);
  await second.restore();
  expect(second.here).toEqual([record('a'), record('b')]);
  expect(second.log).toEqual([]);
});

it('keeps a package for a later start that cannot be restored at this one, and one that it cannot read, as they are', async () => {
  const folder = tempFolder('records');
  const strange = { id: 'c'.repeat(40), of: 'a later program' };
  writeFileSync(join(folder, 'library.json'), JSON.stringify({ version: 1, packages: [record('a'), strange, record('b')] }));
  const { restore, here, log, records } = open(folder, { fails: 'a'.repeat(40) });
  await restore();
  expect(here).toEqual([record('b')]);
  expect(log).toHaveLength(2);
  await records.now();
  expect(saved(folder)).toEqual([record('b'), record('a'), strange]);
});

it('lacks nothing when it is saved in the middle of restoring', async () => {
  const folder = tempFolder('records');
  writeFileSync(join(folder, 'library.json'), JSON.stringify({ version: 1, packages: [record('a'), record('b')] }));
  const here: PackageRecord[] = [];
  const records = new LibraryRecords(folder, () => here, () => undefined);
  await records.restore(async (one) => {
    here.push(one);
    await records.now();
    expect(saved(folder).map(({ id }) => id).toSorted()).toEqual(['a'.repeat(40), 'b'.repeat(40)]);
  });
  expect(here).toHaveLength(2);
});

it('starts with none where there is no list, or a broken one', async () => {
  const folder = tempFolder('records');
  const first = open(folder);
  await first.restore();
  writeFileSync(join(folder, 'library.json'), '{"version": 1, "packa');
  const second = open(folder);
  await second.restore();
  expect([...first.here, ...second.here]).toEqual([]);
});
