// What the desktop host reads from a command line, and what it lets nobody ask for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { handOver, ownArguments, readCommandLine, readHandedOver } from '../../../main/desktop/command-line.ts';
import { OpenedLinks } from '../../../main/desktop/opened-links.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flashswarm-command-line-'));
  writeFileSync(path.join(folder, 'a b.torrent'), 'd4:infodee');
  writeFileSync(path.join(folder, 'opening.EVPACK'), 'untrusted comment:');
  writeFileSync(path.join(folder, 'notes.txt'), 'x');
  mkdirSync(path.join(folder, 'folder.torrent'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (...args: string[]) => readCommandLine(args, folder);

describe('what is asked to be opened', () => {
  test('magnet and flashswarm links, .torrent and .evpack files, in order', () => {
    const link = 'flashswarm:open?url=https%3A%2F%2Fexample.org%2Fa.evpack';
    const file = path.join(folder, 'a b.torrent');
    expect(read('magnet:?xt=urn:btih:00', 'a b.torrent', link, 'opening.EVPACK', `file://${encodeURI(file)}`).requests).toEqual([
      { kind: 'link', link: 'magnet:?xt=urn:btih:00' }, { kind: 'file', path: file }, { kind: 'link', link },
      { kind: 'file', path: path.join(folder, 'opening.EVPACK') }, { kind: 'file', path: file },
    ]);
  });

  test.each([
    ['javascript:alert(1)', '"javascript:"'], ['flashswarm:delete?everything', 'not known'], ['flashswarm:', 'not known'], ['missing.evpack', 'not there'],
    ['file:///etc/passwd', '.torrent and .evpack'], ['file://server/share/x.torrent', 'another computer'], ['notes.txt', '.torrent and .evpack'], ['folder.torrent', 'not there'],
    ['', 'not the name'], ['.', '.torrent and .evpack'], ['ftp://example.org/z.torrent', '"ftp:"'], ['https://example.org/x.torrent', 'Paste'], ['\\\\server\\share\\x.torrent', 'another computer'],
    ['//server/share/x.torrent', 'another computer'], ['\\\\?\\C:\\x.torrent', 'another computer'], ['\\\\.\\pipe\\x.torrent', 'another computer'], ['magnet:?xt=a b', 'characters'],
    ['magnet:?xt="&calc', 'characters'], ['magnet:?dn=\u202egnp', 'characters'], [`magnet:?${'a'.repeat(100_001)}`, 'too long'], ['x\0.torrent', 'not the name'], ['flashswarm:open?url=https://a/\\x', 'characters'],
  ])('%j is refused with a sentence', (argument, words) => {
    expect(read(argument).requests).toEqual([{ kind: 'refused', label: expect.any(String), message: expect.stringContaining(words) }]);
  });

  test.each(['--data-dir=/elsewhere', '--no-sandbox', '-x', '--', '--gpu-launcher=calc'])('nothing at all when %s stands behind a link', (option) => {
    const { options, requests } = read('--listen', '6999', 'magnet:?xt=urn:btih:00', option, 'a b.torrent');
    expect(requests).toEqual([{ kind: 'refused', label: option, message: expect.stringContaining('option') }]);
    expect(options).toMatchObject({ dataDir: null, settings: { listenPort: 6999 } });
  });

  test('what stands behind "--" is only opened, never an option', () => {
    expect(read('--', 'magnet:?xt=urn:btih:00').requests).toEqual([{ kind: 'link', link: 'magnet:?xt=urn:btih:00' }]);
    expect(read('--', '--allow-private')).toMatchObject({ options: { allowPrivate: false }, requests: [{ kind: 'refused' }] });
  });

  test('10,000 command lines: each thing is opened exactly as a strict reader would, or refused; nothing else comes of any', () => {
    const piece = fc.constantFrom('magnet:?', 'MAGNET:?xt=urn:btih:', 'flashswarm:open?url=', 'flashswarm:', 'file://', 'https://', '--', '--data-dir', '--data-dir=', '--listen=', '-', '\\\\', '//', '/', '..', '"', "'", ' ', '%00', '\0', '\n',
      '.torrent', '.evpack', 'a b.torrent', 'opening.EVPACK', '--no-sandbox', '--allow-private', '&', '|', '$(id)', '`', '\u202e', 'javascript:', '0123456789abcdef');
    const argument = fc.oneof(fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')), fc.string({ maxLength: 40 }), fc.string({ unit: 'binary', maxLength: 40 }));
    fc.assert(fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
      const { options, requests } = readCommandLine(args, folder);
      const firstAsked = args.findIndex((one, index) => !one.startsWith('-') && !['--data-dir', '--download-dir', '--listen'].includes(args[index - 1] ?? ''));
      if (firstAsked === 0) expect(options).toEqual({ dataDir: null, downloadDir: null, allowPrivate: false, hidden: false, settings: {} });
      for (const one of requests) {
        if (one.kind === 'link') expect(one.link).toMatch(/^(magnet:\?|flashswarm:open\?)[\x21-\x7e]+$/i);
        else if (one.kind === 'file') expect([path.join(folder, 'a b.torrent'), path.join(folder, 'opening.EVPACK')]).toContain(one.path);
        else expect([one.kind, one.message.length > 10, one.label.length <= 121, /[\p{Cc}\u202e]/u.test(one.label)]).toEqual(['refused', true, true, false]);
      }
      // One option behind something to open spoils the whole line.
      if (requests.some((one) => one.kind !== 'refused')) expect(args.slice(args.length - requests.length).some((one) => one.startsWith('-'))).toBe(false);
    }), { numRuns: 10_000 });
  });
});

describe('options', () => {
  test('folders in both spellings, made absolute', () => {
    expect(read('--data-dir', '/d', '--download-dir=/e', '--allow-private', '--no-dht', '--listen', '6999', '--hidden').options).toEqual({
      dataDir: '/d', downloadDir: '/e', allowPrivate: true, hidden: true, settings: { dht: false, listenPort: 6999 },
    });
    expect(read('--data-dir', 'x').options.dataDir).toBe(path.join(folder, 'x'));
  });

  test('what is not known, or is no port, changes nothing', () => {
    expect(read('--listen', '70000', '--disable-gpu', '--inspect=1').options).toEqual({ dataDir: null, downloadDir: null, allowPrivate: false, hidden: false, settings: {} });
  });
});

describe('whose arguments they are', () => {
  test('those behind the program, or behind the app while it is not packaged; switches between belong to Chromium', () => {
    expect(ownArguments(['/opt/Flashswarm/flashswarm', '--hidden', 'magnet:?a'], true)).toEqual(['--hidden', 'magnet:?a']);
    expect(ownArguments(['electron', '--no-sandbox', '.', '--hidden', 'magnet:?a'], false)).toEqual(['--hidden', 'magnet:?a']);
    expect(ownArguments(['electron'], false)).toEqual([]);
  });

  const saying = (said: unknown) => ({ handed: JSON.stringify(said) });
  test.each([
    null, 'magnet:?x', { handed: 'magnet:?x' }, { handed: 1 }, { args: ['a.torrent'], folder: '/home/x' }, saying(null), saying({ args: 'magnet:?x', folder: '/' }),
    saying({ args: [1], folder: '/' }), saying({ args: [], folder: 'relative' }), saying({ args: Array(300).fill('x'), folder: '/' }),
  ])('%j was handed over by no second start of ours', (data) => {
    expect(readHandedOver(data)).toBeNull();
  });

  test('what a second start hands over is read as it was given there, and is plain ASCII on its way', () => {
    const args = ['--hidden', 'Мой файл.torrent', 'a\n\0 b', '\u{1f30d}', ...Array(10).fill('x')];
    const handed = handOver(args, '/home/Ёж и я');
    expect(handed.handed).toMatch(/^[\x20-\x7e]+$/);
    expect(readHandedOver(handed)).toEqual({ args, folder: '/home/Ёж и я' });
  });
});

describe('OpenedLinks', () => {
  test('keeps links until a window takes them, then announces, then keeps again after a reload', () => {
    const announced: string[] = [];
    const links = new OpenedLinks((file) => `handle of ${file}`, (link) => announced.push(link.label));
    links.open({ kind: 'link', link: 'magnet:1' });
    links.open({ kind: 'file', path: '/x/y.torrent' });
    expect(links.pending).toHaveLength(2);
    expect(links.take()).toEqual([
      { source: { kind: 'link', link: 'magnet:1' }, label: 'magnet:1' },
      { source: { kind: 'handle', handle: 'handle of /x/y.torrent' }, label: 'y.torrent' },
    ]);
    expect(links.take()).toEqual([]);
    links.open({ kind: 'link', link: 'magnet:2' });
    expect(announced).toEqual(['magnet:2']);
    links.windowReloads();
    links.open({ kind: 'link', link: 'magnet:3' });
    expect(announced).toEqual(['magnet:2']);
    expect(links.take().map((link) => link.label)).toEqual(['magnet:3']);
  });

  test('keeps so many and no more while no page listens', () => {
    const links = new OpenedLinks((file) => file, () => {});
    for (let at = 0; at < 1_000; at += 1) links.open({ kind: 'link', link: `magnet:${at}` });
    expect(links.take()).toHaveLength(100);
  });

  test('a page that listens and had nothing to take hears of later links', () => {
    const announced: string[] = [];
    const links = new OpenedLinks((file) => file, (link) => announced.push(link.label));
    links.windowListens();
    links.open({ kind: 'link', link: 'magnet:1' });
    expect(announced).toEqual(['magnet:1']);
    expect(links.pending).toEqual([]);
  });
});
