// Torrents and magnet links: what is read, what is refused and with which sentence, and what we write ourselves.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'bencode';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  choosePieceLength, createTorrent, diskPaths, encodeTorrentFile, magnetOf, MetainfoError, parseInfo, parseMagnet, parseTorrentFile,
} from '../../../main/metainfo/metainfo.ts';

const HASHES = randomBytes(20 * 3);
const SINGLE = { 'name': 'a.bin', 'piece length': 100, 'pieces': HASHES, 'length': 250 };
const MULTI = { 'name': 'set', 'piece length': 100, 'pieces': HASHES, 'files': [{ length: 120, path: ['x'] }, { length: 130, path: ['d', 'y'] }] };

function torrent(info: object, outer: object = {}): Buffer {
  return encode({ ...outer, info });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    expect(error.message).toMatch(/^[A-Z].*[.]$/);
    return error.code;
  }
  return 'accepted';
}

describe('parseTorrentFile', () => {
  it('reads a single file with everything around it', () => {
    const outer = {
      'announce': 'udp://one.example:1/announce', 'announce-list': [['udp://one.example:1/announce'], ['http://two.example/a', 'ftp://no.example/']],
      'url-list': 'https://seed.example/', 'comment': 'Hello', 'created by': 'someone', 'creation date': 1_700_000_000,
    };
    const bytes = torrent(SINGLE, outer);
    const metainfo = parseTorrentFile(bytes);
    expect(metainfo).toMatchObject({
      infoHash: createHash('sha1').update(encode(SINGLE)).digest('hex'), name: 'a.bin', pieceLength: 100, length: 250, pieceCount: 3,
      files: [{ path: ['a.bin'], length: 250, offset: 0, padding: false }], private: false, multiFile: false,
      trackers: [['udp://one.example:1/announce'], ['http://two.example/a']], webSeeds: ['https://seed.example/'],
      comment: 'Hello', createdBy: 'someone', creationDate: 1_700_000_000,
    });
    expect(Buffer.from(metainfo.hashes).equals(HASHES)).toBe(true);
    expect(Buffer.from(metainfo.infoBytes).equals(encode(SINGLE))).toBe(true);
  });

  it('reads many files in their order', () => {
    const { files, multiFile } = parseTorrentFile(torrent(MULTI));
    expect(multiFile).toBe(true);
    expect(files.map(({ path, offset, length }) => [path.join('/'), offset, length])).toEqual([['x', 0, 120], ['d/y', 120, 130]]);
  });

  it('keeps the info hash of a dictionary whose keys are not sorted', () => {
    const info = Buffer.concat([Buffer.from('d12:piece lengthi100e4:name1:a6:lengthi250e6:pieces60:'), HASHES, Buffer.from('e')]);
    const metainfo = parseTorrentFile(Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')]));
    expect(metainfo.infoHash).toBe(createHash('sha1').update(info).digest('hex'));
    expect(Buffer.from(metainfo.hashes).equals(HASHES)).toBe(true);
  });

  it('knows pad files in each of their forms', () => {
    const files = [
      { length: 50, path: ['x'] }, { length: 50, path: ['.pad', '50'] }, { length: 50, path: ['y'], attr: 'p' },
      { length: 50, path: ['_____padding_file_0_'] }, { length: 50, path: ['z'] },
    ];
    const metainfo = parseTorrentFile(torrent({ ...MULTI, files }));
    expect(metainfo.files.map(file => file.padding)).toEqual([false, true, true, true, false]);
    expect(diskPaths(metainfo)).toEqual(['set/x', null, null, null, 'set/z']);
  });

  it('runs a hybrid as v1 when both halves agree, and refuses it when they do not', () => {
    const leaf = (length: number): object => ({ '': { length } });
    const hybrid = { ...MULTI, 'meta version': 2, 'file tree': { x: leaf(120), d: { y: leaf(130) } } };
    expect(parseTorrentFile(torrent(hybrid)).files).toHaveLength(2);
    expect(parseTorrentFile(torrent({ ...SINGLE, 'meta version': 2, 'file tree': { 'a.bin': leaf(250) } })).length).toBe(250);
    for (const tree of [{ x: leaf(120), d: { y: leaf(131) } }, { x: leaf(120) }, { x: leaf(120), d: { y: leaf(130) }, z: leaf(1) }, { x: 5 }]) {
      expect(codeOf(() => parseTorrentFile(torrent({ ...hybrid, 'file tree': tree })))).toBe('bad-metadata');
    }
  });

  it.each([
    ['a web page', Buffer.from('\n <!DOCTYPE html><html></html>'), /web page/], ['nothing', Buffer.alloc(0), /empty/],
    ['a magnet link', Buffer.from('magnet:?xt=urn'), /magnet link/], ['other bytes', randomBytes(500).fill(0xff, 0, 1), /not a torrent/],
    ['half a torrent', torrent(SINGLE).subarray(0, 100), /damaged/], ['no info', encode({ a: 1 }), /describes no files/],
  ])('says that %s is not a torrent', (_what, bytes, sentence) => {
    expect(codeOf(() => parseTorrentFile(bytes))).toBe('not-a-torrent');
    expect(() => parseTorrentFile(bytes)).toThrow(sentence);
  });

  it('refuses files larger than 32 MiB', () => {
    expect(codeOf(() => parseTorrentFile(Buffer.alloc(32 * 1024 * 1024 + 1, 'd')))).toBe('too-large');
  });

  const many = (path: string[], count: number): object => ({ ...MULTI, files: [{ length: 250, path: ['a'] }, ...Array(count).fill({ length: 0, path })] });
  it.each<[string, object, string]>([
    ['only v2', { 'name': 'x', 'piece length': 16384, 'meta version': 2, 'file tree': {} }, 'v2-only'],
    ['no name', { ...SINGLE, name: undefined }, 'bad-metadata'],
    ['a name of NULs', { ...SINGLE, name: '\0\0' }, 'bad-metadata'],
    ['a number as name', { ...SINGLE, name: 5 }, 'bad-metadata'],
    ['no piece length', { ...SINGLE, 'piece length': 0 }, 'bad-metadata'],
    ['a negative piece length', { ...SINGLE, 'piece length': -100 }, 'bad-metadata'],
    ['pieces of 2 GiB', { ...SINGLE, 'piece length': 2 ** 31 }, 'bad-metadata'],
    ['half a hash', { ...SINGLE, pieces: HASHES.subarray(0, 50) }, 'bad-metadata'],
    ['no hash', { ...SINGLE, pieces: '' }, 'bad-metadata'],
    ['too few hashes', { ...SINGLE, pieces: HASHES.subarray(0, 40) }, 'bad-metadata'],
    ['too many hashes', { ...SINGLE, length: 200 }, 'bad-metadata'],
    ['2^62 bytes', { ...SINGLE, length: 2n ** 62n }, 'bad-metadata'],
    ['a negative length', { ...SINGLE, length: -250 }, 'bad-metadata'],
    ['no bytes at all', { ...SINGLE, length: 0 }, 'empty'],
    ['nothing but padding', { ...MULTI, files: [{ length: 250, path: ['.pad', '250'] }] }, 'empty'],
    ['both length and files', { ...MULTI, length: 250 }, 'bad-metadata'],
    ['no files', { ...MULTI, files: [] }, 'bad-metadata'],
    ['files that are no list', { ...MULTI, files: { a: 1 } }, 'bad-metadata'],
    ['a file without a path', { ...MULTI, files: [{ length: 250 }] }, 'bad-metadata'],
    ['a file with an empty path', { ...MULTI, files: [{ length: 250, path: [] }] }, 'bad-metadata'],
    ['a path of NULs', { ...MULTI, files: [{ length: 250, path: ['\0'] }] }, 'bad-metadata'],
    ['lengths that cancel out', { ...MULTI, files: [{ length: 300, path: ['a'] }, { length: -50, path: ['b'] }] }, 'bad-metadata'],
    ['lengths past any disk', { ...MULTI, files: [{ length: Number.MAX_SAFE_INTEGER, path: ['a'] }, { length: Number.MAX_SAFE_INTEGER, path: ['b'] }] }, 'bad-metadata'],
    ['folders nested too deep', { ...MULTI, files: [{ length: 250, path: Array(41).fill('d') }] }, 'bad-metadata'],
    ['one path many times', many(['b'], 17), 'bad-metadata'],
    ['a symbolic link', { ...MULTI, files: [{ length: 250, path: ['a'] }, { length: 0, path: ['l'], attr: 'l', 'symlink path': ['etc'] }] }, 'symlink'],
  ])('refuses %s', (_what, info, code) => {
    expect(codeOf(() => parseTorrentFile(torrent(info)))).toBe(code);
  });

  it('accepts what can be mapped: dots, separators, repeated and over-long names', () => {
    const files = [['..', '..', 'x'], ['a/b'], ['CON'], ['same'], ['same'], ['n'.repeat(1000)]].map(path => ({ length: 50, path }));
    const metainfo = parseTorrentFile(torrent({ ...MULTI, name: '..', files: files.slice(0, 5) }));
    expect(diskPaths(metainfo)).toEqual(['__/__/__/x', '__/a_b', '__/CON_', '__/same', '__/same (2)']);
    expect(diskPaths(parseTorrentFile(torrent({ ...MULTI, files: files.slice(1) })))[4]).toMatch(/^set\/n+~[0-9a-f]{8}$/);
  });

  it('refuses a key that comes twice in the info dictionary', () => {
    const info = Buffer.concat([Buffer.from('d6:lengthi250e4:name1:a4:name1:b12:piece lengthi100e6:pieces60:'), HASHES, Buffer.from('e')]);
    expect(codeOf(() => parseTorrentFile(Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')])))).toBe('bad-metadata');
  });

  it('answers any change of a torrent with a torrent or a MetainfoError', () => {
    const bytes = torrent(MULTI, { announce: 'http://a.example/' });
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
      const changed = Buffer.from(bytes);
      for (const [at, byte] of changes) changed[at] = byte;
      codeOf(() => diskPaths(parseTorrentFile(changed)));
    }), { numRuns: 2000 });
  });
});

describe('parseInfo', () => {
  it('takes the bytes only under their own hash', () => {
    const bytes = encode(SINGLE);
    const infoHash = createHash('sha1').update(bytes).digest('hex');
    expect(parseInfo(bytes, infoHash.toUpperCase())).toMatchObject({ infoHash, name: 'a.bin', trackers: [], webSeeds: [] });
    expect(codeOf(() => parseInfo(bytes, 'a'.repeat(40)))).toBe('info-hash-mismatch');
  });
});

describe('parseMagnet', () => {
  const hash = '0123456789abcdef0123456789abcdef01234567';

  it('reads every parameter', () => {
    const uri = `magnet:?xt=urn:btih:${hash.toUpperCase()}&dn=My+big%20file&tr=udp%3A%2F%2Ft.example%3A1&tr.1=http://u.example/a&tr=bad:x`
      + '&x.pe=1.2.3.4:5&x.pe=[::1]:6&x.pe=host.example:7&x.pe=1.2.3.4:99999&ws=https://w.example/f&xs=https://s.example/t.torrent&xs=urn:x&so=0,2,4-6,2';
    expect(parseMagnet(uri)).toEqual({
      infoHash: hash, name: 'My big file', trackers: ['udp://t.example:1', 'http://u.example/a'], peers: ['1.2.3.4:5', '[::1]:6', 'host.example:7'],
      webSeeds: ['https://w.example/f'], exactSources: ['https://s.example/t.torrent'], selectOnly: [0, 2, 4, 5, 6],
    });
  });

  it('reads base32 and hybrids', () => {
    const base32 = parseMagnet('magnet:?xt=urn:btih:AERUKZ4JVPG66AJDIVTYTK6N54ASGRLH');
    expect(base32.infoHash).toBe(hash);
    expect(parseMagnet(`magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}&xt=urn:btih:${hash}`).infoHash).toBe(hash);
  });

  it.each([
    ['http://x.example', 'bad-link'], ['magnet:?dn=x', 'bad-link'], ['magnet:?xt=urn:btih:123', 'bad-link'], [`magnet:?${'x'.repeat(70_000)}`, 'bad-link'],
    [`magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`, 'v2-only'],
  ])('refuses %.30s', (uri, code) => {
    expect(codeOf(() => parseMagnet(uri))).toBe(code);
  });

  it('bounds what it takes', () => {
    const peers = Array.from({ length: 900 }, (_, i) => `x.pe=1.2.${i >> 8}.${i & 255}:1`).join('&');
    expect(parseMagnet(`magnet:?xt=urn:btih:${hash}&${peers}`).peers).toHaveLength(200);
    expect(parseMagnet(`magnet:?xt=urn:btih:${hash}&so=0-999999,5-1`).selectOnly).toHaveLength(100_000);
  });

  it('reads what magnetOf writes', () => {
    const made = magnetOf({ infoHash: hash, name: 'A & B + ü', trackers: ['http://t.example/?a=1&b=2'], webSeeds: ['https://w.example/x y'], peers: ['1.2.3.4:5'] });
    expect(parseMagnet(made)).toMatchObject({ infoHash: hash, name: 'A & B + ü', trackers: ['http://t.example/?a=1&b=2'], peers: ['1.2.3.4:5'] });
  });
});

describe('createTorrent', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'flashswarm-create-')); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('describes a folder so that every piece has its hash', async () => {
    const one = randomBytes(40_000);
    const two = randomBytes(30_001);
    await mkdir(join(folder, 'set', 'sub'), { recursive: true });
    await writeFile(join(folder, 'set', 'sub', 'two'), two);
    await writeFile(join(folder, 'set', 'one'), one);
    await writeFile(join(folder, 'set', '.DS_Store'), 'x');
    await symlink('/etc/passwd', join(folder, 'set', 'link'));
    const progress: number[] = [];
    const made = await createTorrent(join(folder, 'set'), {
      pieceLength: 16_384, trackers: [['http://t.example/a']], webSeeds: ['http://w.example/'], comment: 'c', private: true,
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(made).toMatchObject({ name: 'set', pieceLength: 16_384, length: 70_001, private: true, multiFile: true });
    expect(made.files.map(file => file.path)).toEqual([['one'], ['sub', 'two']]);
    const content = Buffer.concat([one, two]);
    for (let piece = 0; piece < made.pieceCount; piece++) {
      const expected = createHash('sha1').update(content.subarray(piece * 16_384, (piece + 1) * 16_384)).digest();
      expect(Buffer.from(made.hashes.subarray(piece * 20, piece * 20 + 20))).toEqual(expected);
    }
    expect(progress.at(-1)).toBe(1);
    expect(parseTorrentFile(encodeTorrentFile(made))).toEqual(made);
  });

  it('describes a single file', async () => {
    await writeFile(join(folder, 'f.bin'), 'content');
    const made = await createTorrent(join(folder, 'f.bin'));
    expect(made).toMatchObject({ name: 'f.bin', multiFile: false, length: 7, pieceCount: 1 });
  });

  it('refuses what is empty, absent or stopped', async () => {
    await writeFile(join(folder, 'nothing'), '');
    await writeFile(join(folder, 'some'), 'x');
    await expect(createTorrent(join(folder, 'nothing'))).rejects.toMatchObject({ code: 'empty' });
    await expect(createTorrent(join(folder, 'absent'))).rejects.toMatchObject({ code: 'unreadable' });
    await expect(createTorrent(join(folder, 'some'), { pieceLength: 1000 })).rejects.toMatchObject({ code: 'bad-metadata' });
    await expect(createTorrent(join(folder, 'some'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'stopped' });
  });

  it('chooses pieces that grow with the content', () => {
    expect([1, 64 * 2 ** 20, 2 ** 30, 2 ** 40].map(choosePieceLength)).toEqual([32 * 2 ** 10, 256 * 2 ** 10, 2 ** 20, 16 * 2 ** 20]);
  });
});
