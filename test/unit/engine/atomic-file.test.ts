// A replaced file is the old or the new one, and nothing is left beside it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeFileAtomic } from '../../../main/engine/atomic-file.ts';
import { tempFolder } from '../../support/temp-folder.ts';

it('makes the folder, writes the file and leaves nothing beside it', async () => {
  const folder = join(tempFolder('atomic'), 'a', 'b');
  await writeFileAtomic(join(folder, 'list'), 'one');
  await writeFileAtomic(join(folder, 'list'), Buffer.from('two'), join(folder, 'list.7.new'));
  expect(readFileSync(join(folder, 'list'), 'utf8')).toBe('two');
  expect(readdirSync(folder)).toEqual(['list']);
});

it('gets past what a crash left beside it', async () => {
  const folder = tempFolder('atomic');
  writeFileSync(join(folder, 'list.new'), 'half of a longer text');
  await writeFileAtomic(join(folder, 'list'), 'whole');
  expect(readFileSync(join(folder, 'list'), 'utf8')).toBe('whole');
  expect(readdirSync(folder)).toEqual(['list']);
});

it('keeps what was there when it cannot be replaced, and says so', async () => {
  const folder = tempFolder('atomic');
  mkdirSync(join(folder, 'list'));
  await expect(writeFileAtomic(join(folder, 'list'), 'new')).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(['list']);
});
