// A folder is used only when the host's user chose it.
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { GrantedPaths } from '../../../main/core/granted-paths.ts';

it('gives the folder that was chosen, the download folder where none was, and refuses every other', () => {
  const paths = new GrantedPaths(() => resolve('/downloads'));
  paths.grant('handle', resolve('/events'));
  paths.grant('relative', 'events');
  expect(paths.folderOf('handle')).toBe(resolve('/events'));
  expect(paths.folderOf(undefined)).toBe(resolve('/downloads'));
  for (const handle of ['other', 'relative', resolve('/events')]) expect(() => paths.folderOf(handle)).toThrow('This folder was not chosen here. Choose it again.');
});
