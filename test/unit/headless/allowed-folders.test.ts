// Which folders an interface may name.
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allowedFolder } from '../../../main/headless/allowed-folders.ts';
import { tempFolder } from '../../support/temp-folder.ts';

describe('a typed folder', () => {
  it('may be below a root, there or not, and is not made', async () => {
    const root = tempFolder();
    expect(await allowedFolder(root, [root])).toBe(root);
    expect(await allowedFolder(`${root}/a/b/../c/`, [root])).toBe(join(root, 'a/c'));
    expect(existsSync(join(root, 'a'))).toBe(false);
  });

  it('may not be anywhere else', async () => {
    const root = tempFolder();
    mkdirSync(join(root, 'in'));
    for (const path of [join(root, 'in/..'), `${join(root, 'in')}side`, '/', '/etc', join(root, 'in/../../x')]) {
      await expect(allowedFolder(path, [join(root, 'in')])).rejects.toMatchObject({ code: 'forbidden' });
    }
    for (const path of ['relative/path', '', 'a\0b', '/a\0b']) {
      await expect(allowedFolder(path, [root])).rejects.toMatchObject({ code: 'bad-request' });
    }
  });

  it('is where its links lead', async () => {
    const root = tempFolder();
    const elsewhere = tempFolder();
    symlinkSync(elsewhere, join(root, 'out'));
    await expect(allowedFolder(join(root, 'out'), [root])).rejects.toMatchObject({ code: 'forbidden' });
    await expect(allowedFolder(join(root, 'out/new'), [root])).rejects.toMatchObject({ code: 'forbidden' });
    expect(await allowedFolder(join(root, 'out/new'), [root, elsewhere])).toBe(join(elsewhere, 'new'));
  });
});
