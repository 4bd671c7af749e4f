// The journal and the snapshot: what is believed, what is hashed, and what is thrown away.
import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ResumeJournal, readJournal } from '../../../main/engine/resume-journal.ts';
import { newGeneration, readSnapshot, writeSnapshot } from '../../../main/engine/resume-snapshot.ts';
import { temporaryFolder } from './chunk-store-fixture.ts';

const identity = { infoHash: 'a'.repeat(40), generation: '0011223344556677', boot: 'this-boot' };
let disk: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => { disk = await temporaryFolder(); });
afterEach(() => disk.remove());

async function written(): Promise<string> {
  const path = disk.in('x.journal');
  const journal = new ResumeJournal(path, identity);
  await Promise.all([journal.begun(1, 2), journal.done(1, 2), journal.begun(2, 3), journal.done(2, 3), journal.begun(7, 2)]);
  await journal.close();
  return path;
}

describe('the journal', () => {
  it('tells finished pieces from those that were begun', async () => {
    const content = await readJournal(await written(), identity);
    expect(content?.done).toEqual(new Map([[1, 2], [2, 3]]));
    expect(content?.uncertain).toEqual(new Map([[7, 2]]));
    expect(content?.damaged).toBe(false);
  });

  it('loses nothing but a torn record at its end', async () => {
    const path = await written();
    await truncate(path, (await readFile(path)).length - 3);
    const content = await readJournal(path, identity);
    expect([content?.done.size, content?.uncertain.size]).toEqual([2, 0]);
  });

  it('says when a record is damaged and believes nothing after it', async () => {
    const path = await written();
    const bytes = await readFile(path);
    bytes[bytes.length - 16 * 3]! ^= 0xff;
    await writeFile(path, bytes);
    const content = await readJournal(path, identity);
    expect(content?.damaged).toBe(true);
    expect(content?.done).toEqual(new Map([[1, 2]]));
  });

  it.each([
    { ...identity, infoHash: 'b'.repeat(40) }, { ...identity, generation: 'ffffffffffffffff' },
  ])('belongs to one snapshot of one torrent', async other => {
    expect(await readJournal(await written(), other)).toBeNull();
  });

  it('after a new start of the system believes only what was forced to the disk before', async () => {
    const path = disk.in('y.journal');
    const journal = new ResumeJournal(path, identity);
    await journal.begun(1, 2);
    journal.done(1, 2);
    await journal.synced(journal.records);
    await journal.begun(2, 2);
    journal.done(2, 2);
    await journal.close();
    const content = await readJournal(path, { ...identity, boot: 'next-boot' });
    expect(content?.done).toEqual(new Map([[1, 2]]));
    expect(content?.uncertain).toEqual(new Map([[2, 2]]));
    expect((await readJournal(path, identity))?.done.size).toBe(2);
  });

  it.each(['', 'rubbish', 'x'.repeat(5000)])('that is foreign is no journal: %#', async text => {
    await writeFile(disk.in('z'), text);
    expect(await readJournal(disk.in('z'), identity)).toBeNull();
    expect(await readJournal(disk.in('absent'), identity)).toBeNull();
  });
});

describe('the snapshot', () => {
  const snapshot = {
    generation: newGeneration(), have: Uint8Array.from([0b10110000]), origins: Uint8Array.from([1, 0, 2, 3, 0]),
    files: new Map([[0, { size: 5, mtimeMs: 1234.5678 }], [3, { size: 0, mtimeMs: 9 }]]),
  };

  it('comes back as it was', async () => {
    await writeSnapshot(disk.in('state', 's'), identity.infoHash, 5, snapshot);
    const read = await readSnapshot(disk.in('state', 's'), identity.infoHash, 5);
    expect({ ...read, have: Uint8Array.from(read!.have) }).toEqual(snapshot);
  });

  it('of another torrent, another size, damaged or absent is none', async () => {
    const path = disk.in('s');
    await writeSnapshot(path, identity.infoHash, 5, snapshot);
    expect(await readSnapshot(path, 'b'.repeat(40), 5)).toBeNull();
    expect(await readSnapshot(path, identity.infoHash, 6)).toBeNull();
    expect(await readSnapshot(disk.in('absent'), identity.infoHash, 5)).toBeNull();
    await appendFile(path, 'x');
    expect(await readSnapshot(path, identity.infoHash, 5)).toBeNull();
  });
});
