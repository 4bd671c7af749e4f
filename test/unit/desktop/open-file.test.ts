// Opening a finished file: harmless kinds at once, others after a question, and nothing that changed meanwhile.
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ContractError } from '../../../contract/index.ts';
import { FileOpener } from '../../../main/desktop/open-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const file = { id: 'a', index: 0 };

/** A file on the disk that the core says is complete, and what the person answers. */
function setUp(name: string, content: string | Buffer, answer: () => boolean | Promise<boolean> = () => false) {
  const place = path.join(tempFolder('opening'), name);
  writeFileSync(place, content);
  const asked: unknown[] = [];
  const opened: string[] = [];
  let found: { path: string; length: number } | ContractError = { path: place, length: Buffer.byteLength(content) };
  const opener = new FileOpener({
    find: async () => {
      if (found instanceof ContractError) throw found;
      return { ...found, contentType: 'application/octet-stream' };
    },
    confirm: async (question) => {
      asked.push(question);
      return answer();
    },
    openPath: async (one) => {
      opened.push(one);
      return '';
    },
  });
  return { opener, place, asked, opened, say: (next: typeof found) => (found = next) };
}

describe('a finished file', () => {
  test('of a harmless kind is opened at once', async () => {
    const { opener, place, asked, opened } = setUp('notes.txt', 'hello');
    expect(await opener.open(file)).toEqual({ opened: true });
    expect({ asked, opened }).toEqual({ asked: [], opened: [place] });
  });

  test('that runs something is opened after a question that names it, and never without', async () => {
    const refused = setUp('setup.exe', 'MZ');
    expect(await refused.opener.open(file)).toEqual({ opened: false });
    expect(refused).toMatchObject({ asked: [{ name: 'setup.exe', risk: 'runs' }], opened: [] });
    const wanted = setUp('setup.exe', 'MZ', () => true);
    expect(await wanted.opener.open(file)).toEqual({ opened: true });
    expect(wanted.opened).toEqual([wanted.place]);
  });

  test('with the permission to run is asked about', async () => {
    if (process.platform === 'win32') return console.log('Skipped: Windows has no such permission.');
    const { opener, place, asked } = setUp('notes.txt', 'hello');
    chmodSync(place, 0o755);
    expect(await opener.open(file)).toEqual({ opened: false });
    expect(asked).toEqual([{ name: 'notes.txt', risk: 'runs' }]);
  });

  test('is not opened when it became another one while the question stood', async () => {
    const gone = setUp('setup.exe', 'MZ', () => {
      rmSync(gone.place);
      return true;
    });
    await expect(gone.opener.open(file)).rejects.toMatchObject({ code: 'not-found' });
    const longer = setUp('setup.exe', 'MZ', () => {
      writeFileSync(longer.place, 'MZ and more');
      return true;
    });
    await expect(longer.opener.open(file)).rejects.toMatchObject({ code: 'not-here' });
    const moved = setUp('setup.exe', 'MZ', () => {
      moved.say({ path: `${moved.place}2`, length: 2 });
      return true;
    });
    await expect(moved.opener.open(file)).rejects.toMatchObject({ code: 'not-here' });
    for (const { opened } of [gone, longer, moved]) expect(opened).toEqual([]);
  });

  test('that is not complete, or not verified, is not opened', async () => {
    const { opener, opened, say } = setUp('notes.txt', 'hello');
    say(new ContractError('not-here', '"notes.txt" is not complete yet.'));
    await expect(opener.open(file)).rejects.toMatchObject({ code: 'not-here' });
    expect(opened).toEqual([]);
  });

  test('is a file: no link, no folder, no pipe', async () => {
    const { opener, place, opened } = setUp('notes.txt', 'hello');
    rmSync(place);
    writeFileSync(`${place}.exe`, 'hello');
    symlinkSync(`${place}.exe`, place);
    await expect(opener.open(file)).rejects.toMatchObject({ code: 'forbidden' });
    rmSync(place);
    mkdirSync(place);
    await expect(opener.open(file)).rejects.toMatchObject({ code: 'forbidden' });
    expect(opened).toEqual([]);
  });

  test('waits for the question that stands already', async () => {
    let answer: (yes: boolean) => void = () => {};
    const { opener, asked } = setUp('setup.exe', 'MZ', () => new Promise<boolean>((resolve) => (answer = resolve)));
    const first = opener.open(file);
    await expect.poll(() => asked.length).toBe(1);
    await expect(opener.open(file)).rejects.toMatchObject({ code: 'forbidden' });
    answer(false);
    expect(await first).toEqual({ opened: false });
    expect(asked).toHaveLength(1);
  });
});
