import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileUrl, partsOf } from '../../../main/engine/web-seed-address.ts';
import { folderOf } from './web-seed-fixture.ts';

describe('addresses (BEP 19)', () => {
  const one = { name: 'x y', multiFile: false };
  const folder = { name: 'n', multiFile: true };
  it.each([
    ['a file as it is', 'http://s/other.bin', one, ['x y'], 'http://s/other.bin'],
    ['a file below a folder', 'http://s/d/', one, ['x y'], 'http://s/d/x%20y'],
    ['a file with a query', 'http://s/f?token=a/', one, ['x y'], 'http://s/f?token=a/'],
    ['files below a folder', 'http://s/d/', folder, ['a', 'b#'], 'http://s/d/n/a/b%23'],
    ['files below a folder without its slash', 'http://s/d', folder, ['a'], 'http://s/d/n/a'],
    ['files below a folder with a query', 'http://s/d/?token=a', folder, ['a'], 'http://s/d/n/a?token=a'],
    ['names with everything in them', 'http://s/', folder, ['ü/ß', '100%?&;+='], 'http://s/n/%C3%BC%2F%C3%9F/100%25%3F%26%3B%2B%3D'],
  ])('%s', (_what, base, metainfo, path, url) => {
    expect(fileUrl(base, metainfo, path)).toBe(url);
  });

  it('never lead out of the folder, whatever the names', () => {
    const name = fc.oneof(fc.constantFrom('.', '..', '...', '%2e%2e', '\ud800', '\\..', '..\\', '?', '#', '//'), fc.string({ unit: 'binary' }));
    fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), name, (path, title) => {
      const { pathname, host, search, hash } = new URL(fileUrl('http://s/safe/', { name: title, multiFile: true }, path));
      expect([host, search, hash]).toEqual(['s', '', '']);
      // URLs take `%2E%2E` for `..` as well: such names are asked for in vain, but above the folder nothing is.
      if (![title, ...path].some((part) => /^\.{1,2}$/.test(part))) expect(pathname.startsWith('/safe/')).toBe(true);
    }));
  });
});

it('cuts a range of the torrent into parts of files, without a gap', () => {
  const file = fc.record({ length: fc.nat(50), padding: fc.boolean() });
  fc.assert(fc.property(fc.array(file, { minLength: 1, maxLength: 20 }), fc.nat(1000), fc.nat(1000), (files, a, b) => {
    const { metainfo } = folderOf(files.map((one, i) => ({ ...one, name: `f${i}` })), 16);
    const [from, to] = [Math.min(a, b, metainfo.length), Math.min(Math.max(a, b), metainfo.length)];
    let at = from;
    for (const part of partsOf(metainfo, from, to)) {
      const { offset, length, padding } = metainfo.files[part.file]!;
      expect([offset + part.from, part.padding, part.from < part.to, part.to <= length]).toEqual([at, padding, true, true]);
      at = offset + part.to;
    }
    expect(at).toBe(to);
  }));
});
