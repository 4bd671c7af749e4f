// What SOURCE on the command line is.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSource } from '../../../main/cli/source.ts';
import { createTorrent, encodeTorrentFile } from '../../../main/metainfo/metainfo.ts';
import { makeEvpack } from '../../support/make-evpack.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const hash = '0123456789abcdef0123456789abcdef01234567';

describe('a source', () => {
  it('can be a package by its name, its content or its link', async () => {
    const folder = tempFolder();
    const { bytes } = makeEvpack({ layers: [{ id: 'core', files: { 'a.txt': 'a' } }] });
    for (const name of ['event.evpack', 'download']) {
      writeFileSync(join(folder, name), bytes);
      const named = await readSource(join(folder, name));
      expect(named).toMatchObject({ kind: 'package', source: { kind: 'bytes' } });
      expect(named.kind === 'package' && Buffer.from(named.bytes).equals(bytes)).toBe(true);
    }
    expect(await readSource('https://example.org/a.evpack?v=2')).toMatchObject({ kind: 'address', isPackage: true });
    expect(await readSource('https://example.org/a')).toMatchObject({ kind: 'address', isPackage: false });
    const link = `flashswarm:open?url=${encodeURIComponent('https://example.org/a')}&key=${hash}`;
    expect(await readSource(link)).toMatchObject({ kind: 'address', isPackage: true, url: 'https://example.org/a', source: { kind: 'link', link } });
    await expect(readSource('flashswarm:open?url=http%3A%2F%2Fexample.org')).rejects.toMatchObject({ code: 'bad-link' });
    writeFileSync(join(folder, 'bare.json'), '{ "format": "evpack/1" }');
    await expect(readSource(join(folder, 'bare.json'))).rejects.toMatchObject({ code: 'bad-signature' });
    writeFileSync(join(folder, 'page.evpack'), '<html>');
    await expect(readSource(join(folder, 'page.evpack'))).rejects.toMatchObject({ code: 'not-a-package' });
    mkdirSync(join(folder, 'folder.evpack'));
    await expect(readSource(join(folder, 'folder.evpack'))).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('can be a magnet link, an info hash, an address', async () => {
    expect(await readSource(`magnet:?xt=urn:btih:${hash}&dn=x`)).toMatchObject({ kind: 'magnet', key: hash, source: { kind: 'link' } });
    expect(await readSource(hash.toUpperCase())).toMatchObject({ kind: 'magnet', key: hash });
    expect(await readSource('https://example.org/x.torrent')).toMatchObject({ kind: 'address', source: { kind: 'link', link: 'https://example.org/x.torrent' } });
  });

  it('can be a torrent file, whatever its name', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'data'), 'hello');
    const metainfo = await createTorrent(join(folder, 'data'));
    for (const name of ['a.torrent', 'no-extension', 'http:colon', hash]) {
      writeFileSync(join(folder, name), encodeTorrentFile(metainfo));
      expect(await readSource(join(folder, name))).toMatchObject({ kind: 'torrent', key: metainfo.infoHash, source: { kind: 'bytes' } });
    }
    expect(await readSource(pathToFileURL(join(folder, 'a.torrent')).href)).toMatchObject({ kind: 'torrent' });
  });

  it('is refused with a code when it is anything else', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'folder'));
    writeFileSync(join(folder, 'page.torrent'), '<!doctype html><title>Sign in</title>');
    writeFileSync(join(folder, 'empty'), '');
    const refused: [string, string][] = [
      [join(folder, 'page.torrent'), 'not-a-torrent'], [join(folder, 'empty'), 'not-a-torrent'], [join(folder, 'folder'), 'not-a-torrent'],
      [join(folder, 'gone'), 'not-found'], ['gopher://example.org/x', 'unknown-scheme'], ['javascript:alert(1)', 'unknown-scheme'],
      ['magnet:?dn=x', 'bad-link'], [`magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`, 'v2-only'], ['http://', 'bad-link'], ['', 'not-a-torrent'],
    ];
    for (const [text, code] of refused) await expect(readSource(text), text).rejects.toMatchObject({ code });
  });
});
