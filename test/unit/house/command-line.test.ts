// What the desktop host reads from a command line, and what it lets nobody ask for.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readOpened, readOptions } from '../../../main/desktop/command-line.ts';
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

describe('readOpened', () => {
  test('takes links to event packages, and .evpack files', () => {
    const link = 'flashswarm:open?url=https%3A%2F%2Fexample.org%2Fa.evpack';
    expect(readOpened(['electron', '.', link, 'opening.EVPACK'], folder)).toEqual([{ kind: 'link', link }, { kind: 'file', path: path.join(folder, 'opening.EVPACK') }]);
  });

  test('takes magnet links, http(s) addresses and .torrent files, in order', () => {
    const argv = ['/usr/bin/electron', '.', 'magnet:?xt=urn:btih:00', 'a b.torrent', 'https://example.org/x.torrent', 'HTTP://example.org/y'];
    expect(readOpened(argv, folder)).toEqual([
      { kind: 'link', link: 'magnet:?xt=urn:btih:00' },
      { kind: 'file', path: path.join(folder, 'a b.torrent') },
      { kind: 'link', link: 'https://example.org/x.torrent' },
      { kind: 'link', link: 'HTTP://example.org/y' },
    ]);
  });

  test.each(['javascript:alert(1)', 'flashswarm:delete?everything', 'flashswarm:', 'missing.evpack', 'file:///etc/passwd', 'notes.txt', 'missing.torrent', 'folder.torrent', '--data-dir', '-r', '.', 'ftp://example.org/z.torrent'])(
    'passes over %s', (argument) => {
      expect(readOpened(['electron', argument], folder)).toEqual([]);
    });

  test('never takes the program itself for a file', () => {
    expect(readOpened([path.join(folder, 'a b.torrent')], folder)).toEqual([]);
  });
});

describe('readOptions', () => {
  test('reads folders in both spellings and makes them absolute', () => {
    expect(readOptions(['electron', '.', '--data-dir', '/d', '--download-dir=/e', '--allow-private', '--no-dht', '--listen', '6999'])).toEqual({
      dataDir: '/d', downloadDir: '/e', allowPrivate: true, settings: { dht: false, listenPort: 6999 },
    });
    expect(readOptions(['electron', '.', '--data-dir', 'x']).dataDir).toBe(path.resolve('x'));
  });

  test('leaves everything to the settings when nothing is said, and ignores a port that is none', () => {
    expect(readOptions(['electron', '.', '--listen', '70000'])).toEqual({ dataDir: null, downloadDir: null, allowPrivate: false, settings: {} });
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
