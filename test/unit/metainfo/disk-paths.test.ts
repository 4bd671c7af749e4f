// Names in torrents become names on disks: nothing escapes, nothing clashes, nothing surprises Windows.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diskPaths } from '../../../main/metainfo/disk-paths.ts';
import { safeName } from '../../../main/metainfo/safe-name.ts';

function paths(...files: string[][]): (string | null)[] {
  return diskPaths({ name: 'root', multiFile: true, files: files.map(path => ({ path, length: 1, offset: 0, padding: false })) });
}

describe('safeName', () => {
  it.each([
    ['plain.txt', 'plain.txt'], ['Ünïcode 日本.mkv', 'Ünïcode 日本.mkv'], ['👩‍👩‍👧.png', '👩‍👩‍👧.png'], ['.hidden', '.hidden'],
    ['', '_'], ['.', '_'], ['..', '__'], ['...', '___'], ['a/b', 'a_b'], ['a\\b', 'a_b'], ['C:', 'C_'], ['a\0b', 'a_b'], ['tab\there', 'tab_here'],
    ['what?*<>|"', 'what______'], ['name.', 'name_'], ['name ', 'name_'], ['name. .', 'name___'],
    ['CON', 'CON_'], ['con.txt', 'con_.txt'], ['NUL.tar.gz', 'NUL_.tar.gz'], ['COM1', 'COM1_'], ['lpt9.x', 'lpt9_.x'], ['COM¹', 'COM¹_'], ['console', 'console'],
    ['exe.\u202Etxt', 'exe._txt'], ['a\u2066b', 'a_b'], ['\ud800x', '_x'], ['a\u0085b', 'a_b'],
  ])('%j becomes %j', (name, expected) => {
    expect(safeName(name)).toBe(expected);
  });

  it('shortens over-long names, keeps the extension and tells them apart', () => {
    const one = safeName(`${'語'.repeat(200)}1.mkv`);
    const two = safeName(`${'語'.repeat(200)}2.mkv`);
    for (const name of [one, two]) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
      expect(name).toMatch(/^語+~[0-9a-f]{8}\.mkv$/);
    }
    expect(one).not.toBe(two);
  });
});

describe('diskPaths', () => {
  it('puts the files of a torrent below its name', () => {
    expect(paths(['a'], ['sub', 'b'])).toEqual(['root/a', 'root/sub/b']);
    expect(diskPaths({ name: 'x.iso', multiFile: false, files: [{ path: ['x.iso'], length: 1, offset: 0, padding: false }] })).toEqual(['x.iso']);
  });

  it('has no path for pad files', () => {
    const files = [{ path: ['.pad', '3'], length: 3, offset: 0, padding: true }];
    expect(diskPaths({ name: 'r', multiFile: true, files })).toEqual([null]);
  });

  it('numbers what clashes: repeated, by case, by Unicode form, after cleaning', () => {
    expect(paths(['a.txt'], ['a.txt'], ['A.TXT'])).toEqual(['root/a.txt', 'root/a (2).txt', 'root/A (3).TXT']);
    expect(paths(['caf\u00e9'], ['cafe\u0301'])).toEqual(['root/caf\u00e9', 'root/cafe\u0301 (2)']);
    expect(paths(['a?'], ['a*'])).toEqual(['root/a_', 'root/a_ (2)']);
    expect(paths(['a (2)'], ['a'], ['a'])).toEqual(['root/a (2)', 'root/a', 'root/a (3)']);
  });

  it('shares folders, also those that differ by case, and parts files from folders', () => {
    expect(paths(['Sub', 'x'], ['sub', 'y'], ['SUB', 'x'])).toEqual(['root/Sub/x', 'root/Sub/y', 'root/Sub/x (2)']);
    expect(paths(['a'], ['a', 'b'], ['a', 'c'])).toEqual(['root/a', 'root/a (2)/b', 'root/a (2)/c']);
    expect(paths(['a', 'b'], ['a'])).toEqual(['root/a/b', 'root/a (2)']);
  });

  it('shortens paths that are too long as a whole', () => {
    const [path] = paths([...Array(30).fill('d'.repeat(100)) as string[], 'film.mkv']);
    expect(path).toMatch(/^root\/[0-9a-f]{16} film\.mkv$/);
  });

  it('stays linear when thousands of names clash', () => {
    const many = paths(...Array.from({ length: 20_000 }, (_, i) => ['?*<>|'[i % 5]!.repeat(3)]));
    expect(new Set(many).size).toBe(20_000);
  });

  it('for any names: below the folder, no name twice, every component safe', () => {
    const component = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('.', '..', '', '/', 'CON', 'a', 'A', 'a ', 'a (2)', '\0'));
    fc.assert(fc.property(component, fc.array(fc.array(component, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }), (name, list) => {
      const files = list.map(path => ({ path, length: 1, offset: 0, padding: false }));
      const result = diskPaths({ name, multiFile: true, files });
      const folded = result.map(path => path!.normalize('NFC').toLowerCase());
      expect(new Set(folded).size).toBe(result.length);
      // No path is a folder of another.
      for (const path of folded) expect(folded.some(other => other.startsWith(`${path}/`))).toBe(false);
      for (const path of result) {
        const components = path!.split('/');
        expect(components.length).toBeGreaterThanOrEqual(2);
        for (const one of components) {
          expect(one).toBe(safeName(one));
          expect(['', '.', '..']).not.toContain(one);
          expect(Buffer.byteLength(one)).toBeLessThanOrEqual(255);
        }
      }
    }), { numRuns: 500 });
  });
});
