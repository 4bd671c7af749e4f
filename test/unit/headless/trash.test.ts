// The freedesktop.org trash.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canTrash, moveToTrash } from '../../../main/headless/trash.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const now = () => new Date(2026, 10, 21, 9, 5, 7);

function place() {
  const root = tempFolder();
  const dataHome = join(root, 'share');
  const files = join(root, 'files');
  mkdirSync(files);
  return { files, trash: join(dataHome, 'Trash'), move: (paths: string[]) => moveToTrash(paths, { dataHome, now }) };
}

describe.runIf(canTrash())('the trash', () => {
  it('takes a file with a note of where it was', async () => {
    const { files, trash, move } = place();
    const path = join(files, 'a film (50 %) ü.mkv');
    writeFileSync(path, 'x');
    await move([path]);
    expect(existsSync(path)).toBe(false);
    expect(readFileSync(join(trash, 'files', 'a film (50 %) ü.mkv'), 'utf8')).toBe('x');
    const note = readFileSync(join(trash, 'info', 'a film (50 %) ü.mkv.trashinfo'), 'utf8');
    const origin = /^\[Trash Info\]\nPath=(.+)\nDeletionDate=2026-11-21T09:05:07\n$/.exec(note)?.[1];
    expect(decodeURIComponent(origin!)).toBe(path);
    expect(origin).not.toMatch(/[ ü]/);
  });

  it('takes a folder in one piece when everything in it is named', async () => {
    const { files, trash, move } = place();
    const folder = join(files, 'show');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    writeFileSync(join(folder, '1'), '1');
    writeFileSync(join(folder, 'sub', '2'), '2');
    await move([join(folder, '1'), join(folder, 'sub', '2'), join(folder, 'sub'), folder]);
    expect(readdirSync(files)).toEqual([]);
    expect(readdirSync(join(trash, 'files'))).toEqual(['show']);
    expect(readFileSync(join(trash, 'files/show/sub/2'), 'utf8')).toBe('2');
  });

  it('leaves what is not named, and the folder around it', async () => {
    const { files, trash, move } = place();
    const folder = join(files, 'show');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    for (const name of ['ours', 'notes.txt', 'sub/ours too']) writeFileSync(join(folder, name), name);
    await move([folder, join(folder, 'sub'), join(folder, 'ours'), join(folder, 'sub/ours too')]);
    expect(readdirSync(folder)).toEqual(['notes.txt']);
    expect(readdirSync(join(trash, 'files')).sort()).toEqual(['ours', 'sub']);
  });

  it('never replaces what is in the trash already', async () => {
    const { files, trash, move } = place();
    for (const text of ['first', 'second', 'third']) {
      writeFileSync(join(files, 'same'), text);
      await move([join(files, 'same')]);
    }
    expect(readdirSync(join(trash, 'files')).sort()).toEqual(['same', 'same.2', 'same.3']);
    expect(readFileSync(join(trash, 'files/same.2'), 'utf8')).toBe('second');
    expect(readdirSync(join(trash, 'info')).length).toBe(3);
  });

  it('moves a link, not what it leads to; what is gone is no error; a path must be complete', async () => {
    const { files, trash, move } = place();
    mkdirSync(join(files, 'kept'));
    writeFileSync(join(files, 'kept', 'x'), 'x');
    symlinkSync(join(files, 'kept'), join(files, 'link'));
    await move([join(files, 'link'), join(files, 'gone'), join(files, 'kept', 'x', 'below a file')]);
    expect(readdirSync(files)).toEqual(['kept']);
    expect(readdirSync(join(files, 'kept'))).toEqual(['x']);
    expect(readdirSync(join(trash, 'files'))).toEqual(['link']);
    await expect(move(['relative'])).rejects.toThrow(/not complete/);
  });

  it('keeps names of the greatest length apart', async () => {
    const { files, trash, move } = place();
    const name = 'ü'.repeat(127);
    for (let i = 0; i < 2; i += 1) {
      writeFileSync(join(files, name), 'x');
      await move([join(files, name)]);
    }
    expect(readdirSync(join(trash, 'files')).length).toBe(2);
  });
});
