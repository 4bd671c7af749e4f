// What is taken for a description of a new version, and that everything else is refused in a sentence.
import fc from 'fast-check';
import { load } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { ContractError } from '../../../contract/index.ts';
import { readUpdateMetadata } from '../../../main/services/update-metadata.ts';
import { describeRelease, sha512Of } from '../../support/release-signing.ts';

const image = Buffer.from('an image');
const good = describeRelease('1.2.0', { 'Flashswarm-1.2.0.AppImage': image, 'flashswarm_1.2.0_amd64.deb': Buffer.from('a deb') });
const text = good.toString();
const read = (changed: string): unknown => readUpdateMetadata(Buffer.from(changed, 'latin1'));

describe('readUpdateMetadata', () => {
  test('reads what electron-builder writes', () => {
    expect(readUpdateMetadata(good)).toEqual({
      version: '1.2.0', releasedAt: Date.parse('2026-11-01T10:00:00.000Z'),
      files: [{ url: 'Flashswarm-1.2.0.AppImage', sha512: sha512Of(image), size: image.length }, { url: 'flashswarm_1.2.0_amd64.deb', sha512: sha512Of(Buffer.from('a deb')), size: 5 }],
    });
  });

  test('reads names with spaces, as those of Windows installers are', () => {
    expect(readUpdateMetadata(describeRelease('2.0.0-beta.1', { 'Flashswarm Setup 2.0.0.exe': image }))).toMatchObject({ version: '2.0.0-beta.1', files: [{ url: 'Flashswarm Setup 2.0.0.exe' }] });
  });

  test.each([
    ['an address instead of a name', text.replaceAll('Flashswarm-1.2.0.AppImage', 'https://elsewhere.invalid/x.AppImage')],
    ['a name that leaves the folder', text.replaceAll('Flashswarm-1.2.0.AppImage', '../x.AppImage')],
    ['a file twice', text.replace('flashswarm_1.2.0_amd64.deb', 'flashswarm-1.2.0.appimage')],
    ['a hash that is too short', text.replaceAll(sha512Of(image), sha512Of(image).slice(4))],
    ['no hash', text.replace(/ {4}sha512: .*\n/, '')],
    ['no size', text.replace(/ {4}size: .*\n/, '')],
    ['a size of nothing', text.replace(/size: \d+/, 'size: 0')],
    ['a size beyond any program', text.replace(/size: \d+/, 'size: 99999999999')],
    ['a first file that is not listed', text.replace(/^path: .*$/m, 'path: other.AppImage')],
    ['a version that is none', text.replace('version: 1.2.0', 'version: latest')],
    ['a date that is none', text.replace('2026-11-01T', '2026-02-30T')],
    ['a web installer', `${text}packages:\n  x64:\n    path: x.7z\n`],
    ['a staged rollout', `${text}stagingPercentage: 10\n`],
    ['a key twice', `version: 9.9.9\n${text}`],
    ['an anchor', text.replace('version: 1.2.0', 'version: &a 1.2.0')],
    ['a tag', text.replace('version: 1.2.0', 'version: !!str 1.2.0')],
    ['a comment', text.replace('version: 1.2.0', 'version: 1.2.0 # yes')],
    ['a second document', `${text}---\n${text}`],
    ['line ends of Windows', text.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\u00ef\u00bb\u00bf${text}`],
    ['no end', text.slice(0, -1)],
    ['nothing', ''],
    ['no files', text.replace(/ {2}- [^]*?(?=path:)/, '')],
    ['too many files', text.replace(/files:\n/, `files:\n${Array.from({ length: 32 }, (_, n) => `  - url: f${n}.exe\n    sha512: ${sha512Of(image)}\n    size: 1\n`).join('')}`)],
    ['too many bytes', text + ' '.repeat(300_000)],
  ])('refuses %s', (_, changed) => {
    expect(() => read(changed)).toThrow(ContractError);
    expect(() => read(changed)).toThrow(/Get the new version by hand/);
  });

  test('5,000 damaged descriptions are refused or mean the same to a full reader of YAML', () => {
    let taken = 0;
    const mutation = fc.record({ at: fc.nat(good.length), cut: fc.nat(12), put: fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('\n', '  - ', ': ', "'", '"', '#', '&', '*', '!', '{', '[', '|', '>', '\t', '0', '9')) });
    fc.assert(fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) => {
      let changed = text;
      for (const { at, cut, put } of mutations) changed = changed.slice(0, at) + put + changed.slice(at + cut);
      let ours;
      try {
        ours = readUpdateMetadata(Buffer.from(changed));
      } catch (error) {
        expect(error).toBeInstanceOf(ContractError);
        return;
      }
      taken += 1;
      const theirs = load(changed) as { version: string; releaseDate: string; files: { url: string; sha512: string; size: number }[] };
      expect(String(theirs.version)).toBe(ours.version);
      expect(theirs.files.map(({ url, sha512, size }) => ({ url: String(url), sha512, size }))).toEqual(ours.files);
      expect(new Date(theirs.releaseDate).getTime()).toBe(ours.releasedAt);
    }), { numRuns: 5000 });
    console.log(`update metadata: of 5,000 damaged descriptions ${taken} were still in the form, and js-yaml read the same from them`);
  });
});
