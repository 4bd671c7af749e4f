// One row for everything that a validly signed manifest can say wrongly: the field is named, and nothing else is thrown.
import { createHash } from 'node:crypto';
import { encode } from 'bencode';
import { describe, expect, test } from 'vitest';
import { knownFields } from '../../../main/package/manifest-critical.ts';
import { openPackage } from '../../../main/package/open-package.ts';
import { PackageError } from '../../../main/package/package-error.ts';
import type { Manifest } from '../../../main/package/package-types.ts';
import { sealedLength } from '../../../main/package/sealed-chunks.ts';
import { makeEvpack, makeTorrent } from '../../support/make-evpack.ts';

const sha256 = '0'.repeat(64);
// oxlint-disable-next-line typescript/no-explicit-any -- what is wrong here is wrong in its type as well
type Loose = any;

function full(change?: (manifest: Loose) => unknown) {
  const plainLength = 5000;
  return makeEvpack({
    layers: [
      { id: 'core', files: { 'game/a.bin': new Uint8Array(20_000).fill(7), 'game/b.txt': 'hello' } },
      { id: 'extras', requires: ['core'], files: { 'game/c.bin': new Uint8Array(40_000) } },
      {
        id: 'secret', segment: 0, files: { 'late.bin.sealed': new Uint8Array(sealedLength(plainLength, 4096)).fill(1) },
        encryption: { algorithm: 'aes-256-gcm', chunkSize: 4096, keyUrl: 'https://keys.example.com/1', keySha256: sha256, files: [{ path: 'late.bin', length: plainLength, sha256 }] },
      },
    ],
    manifest: {
      package: { id: 'com.example.event', title: 'An event', summary: 'Two lines\nof text', version: 1 },
      expires: '2027-01-01T00:00:00.5Z',
      publisher: { name: 'Example Ltd', homepage: 'https://example.com/', statements: [] },
      event: { startsAt: '2026-06-01T00:00:00-05:00', expectedAudience: 100_000, segmentSeconds: 5, networkHint: 'Use the cable in hall 3.' },
      terms: 'Be kind.\n\tAlways.', regions: { only: ['DE', 'FR'], except: ['US'] },
      critical: ['event.startsAt', 'layers.encryption.keyUrl'],
      sources: {
        trackers: [['udp://tracker.example.com:6969/announce', 'wss://tracker.example.com'], ['http://t2.example.org/announce']],
        webSeeds: ['https://cdn.example.com/files/'], seeders: ['seed.example.com:6881', '8.8.8.8:51413', '[2606:4700::1111]:1'],
        dht: 'fallback', pex: 'on', lsd: 'off', stun: ['stun:stun.example.com:3478'], turn: ['turns:turn.example.com?transport=tcp', { url: 'turn:turn.example.com', username: 'event', credential: 'for all' }], probe: ['probe.example.com:7000'],
      },
      delivery: { connections: 80, uploadSlots: 8, firstPieces: 4, order: 'rarest', transport: 'auto', cdn: 'off', smoothing: { minutes: 10, startShare: 0.2 } },
      update: { url: 'https://example.com/newest.evpack' }, minimumClient: '0.1.0',
    },
    ...(change ? { change: change as (manifest: Manifest) => unknown } : {}),
  });
}

function refusal(bytes: Uint8Array, options = {}): PackageError {
  try {
    openPackage(bytes, { clientVersion: '0.1.0', ...options });
  } catch (error) {
    expect(error).toBeInstanceOf(PackageError);
    return error as PackageError;
  }
  throw new Error('The package was accepted.');
}

/** Replaces the torrent of the first layer by one with this info dictionary. */
const torrent = (info: Record<string, unknown>) => (manifest: Loose) => { manifest.layers[0].torrent = Buffer.from(encode({ info })).toString('base64'); };
const info = (files: Record<string, unknown>[], more: Record<string, unknown> = {}) => {
  const length = files.reduce((sum, file) => sum + Number(file['length']), 0);
  return { files, name: 'event', 'piece length': 16_384, pieces: Buffer.alloc(20 * Math.ceil(length / 16_384)), ...more };
};
const a = { length: 20_000, path: ['game', 'a.bin'] };
const b = { length: 5, path: ['game', 'b.txt'] };
const pad = { attr: 'p', length: 12_768, path: ['.pad', '12768'] };

/** Renames a file of the first layer, in the manifest and in its torrent. */
const renamed = (...paths: string[]) => (manifest: Loose) => {
  const contents = new Map(paths.map((path, index) => [path, new Uint8Array(100).fill(index + 1)]));
  manifest.layers[0].torrent = Buffer.from(makeTorrent('event', contents, 16_384)).toString('base64');
  manifest.layers[0].files = [...contents].map(([path, content]) => ({ path, length: 100, sha256: createHash('sha256').update(content).digest('hex') }));
};

describe('a package with every field', () => {
  test('opens', () => {
    const made = full();
    expect(openPackage(made.bytes, { clientVersion: '0.1.0' }).manifest).toEqual(made.manifest);
  });

  test('has no field that the list of known names lacks, and the list names no other', () => {
    const names = new Set<string>();
    const visit = (value: unknown, path: string): void => {
      if (Array.isArray(value)) return value.forEach((entry) => visit(entry, path));
      if (typeof value !== 'object' || value === null) return;
      for (const [name, inner] of Object.entries(value)) {
        const whole = path === '' ? name : `${path}.${name}`;
        names.add(whole);
        visit(inner, whole);
      }
    };
    visit(full().manifest, '');
    expect([...names].toSorted()).toEqual([...knownFields].toSorted());
  });

  test('opens when each known name is critical', () => {
    expect(openPackage(full((m) => { m.critical = [...knownFields]; }).bytes).manifest.critical).toHaveLength(knownFields.size);
  });

  test('may name hosts of the own network only when that is allowed', () => {
    const local = full((m) => { m.sources.webSeeds = ['https://192.168.1.5:8443/']; m.sources.trackers = [['http://localhost:8000/announce']]; m.sources.seeders = ['127.0.0.1:6881']; m.update.url = 'https://127.0.0.1:9443/e.evpack'; });
    expect(refusal(local.bytes).code).toBe('bad-package');
    expect(openPackage(local.bytes, { allowPrivate: true }).manifest.sources?.seeders).toEqual(['127.0.0.1:6881']);
  });

  test('opens without pad files when each layer has one file, or empty ones beside it', () => {
    const made = makeEvpack({ layers: [{ id: 'core', files: { 'a.bin': new Uint8Array(100), 'empty': '', 'empty too': '' } }] });
    expect(openPackage(made.bytes).layers[0]!.metainfo.files).toHaveLength(3);
  });

  test('opens with folders shared by layers, dot files and names in other scripts', () => {
    const made = makeEvpack({ layers: [{ id: 'a', files: { 'x/.config': '1', 'x/日本語/ファイル.txt': '2' } }, { id: 'b', files: { 'x/日本語/b': '3', 'x/déjà vu': '4' } }] });
    expect(openPackage(made.bytes).layers).toHaveLength(2);
  });

  test('keeps trackers and web seeds of its torrents out: those are named in its sources alone', () => {
    const made = full((m) => {
      const outer = Buffer.from(m.layers[0].torrent, 'base64');
      m.layers[0].torrent = Buffer.concat([Buffer.from('d8:announce27:http://10.0.0.1:80/announce'), outer.subarray(1)]).toString('base64');
    });
    expect(openPackage(made.bytes).layers[0]!.metainfo).toMatchObject({ trackers: [], webSeeds: [] });
  });
});

const rows: [what: string, where: string | RegExp, change: (manifest: Loose) => unknown][] = [
  // fields
  ['no title', 'package.title', (m) => { delete m.package.title; }],
  ['a title of 201 characters', 'package.title', (m) => { m.package.title = 'x'.repeat(201); }],
  ['a title of spaces', 'package.title', (m) => { m.package.title = '   '; }],
  ['a title that turns text around', 'package.title', (m) => { m.package.title = 'A \u202egnp.exe'; }],
  ['a title with a control character', 'package.title', (m) => { m.package.title = 'A\u0007'; }],
  ['a title of two lines', 'package.title', (m) => { m.package.title = 'A\nSigned by: somebody'; }],
  ['a summary of 2001 characters', 'package.summary', (m) => { m.package.summary = 'x'.repeat(2001); }],
  ['an empty name', 'publisher.name', (m) => { m.publisher.name = ''; }],
  ['a homepage that is a script', 'publisher.homepage', (m) => { m.publisher.homepage = 'javascript:alert(1)'; }],
  ['an id without a dot', 'package.id', (m) => { m.package.id = 'game'; }],
  ['an id in upper case', 'package.id', (m) => { m.package.id = 'com.Example.game'; }],
  ['an id of 121 characters', 'package.id', (m) => { m.package.id = `com.${'a'.repeat(60)}.${'b'.repeat(56)}`; }],
  ['an id that leads elsewhere', 'package.id', (m) => { m.package.id = '../com.example'; }],
  ['version 0', 'package.version', (m) => { m.package.version = 0; }],
  ['half a version', 'package.version', (m) => { m.package.version = 1.5; }],
  ['a version in text', 'package.version', (m) => { m.package.version = '2'; }],
  ['a day that does not exist', 'issued', (m) => { m.issued = '2026-02-30T00:00:00Z'; }],
  ['a time without a zone', 'issued', (m) => { m.issued = '2026-02-03T00:00:00'; }],
  ['a time in words', 'expires', (m) => { m.expires = 'next summer'; }],
  ['an end before the beginning', 'expires', (m) => { m.expires = '2025-12-31T23:59:59Z'; }],
  ['a start after the end', 'event.startsAt', (m) => { m.event.startsAt = '2028-01-01T00:00:00Z'; }],
  ['an audience below nothing', 'event.expectedAudience', (m) => { m.event.expectedAudience = -1; }],
  ['terms of 64 KiB and a byte', 'terms', (m) => { m.terms = 'x'.repeat(65_537); }],
  ['terms of 64 KiB in characters, more in bytes', 'terms', (m) => { m.terms = 'ü'.repeat(40_000); }],
  ['regions in words', 'regions.only[0]', (m) => { m.regions.only = ['Germany']; }],
  ['regions of nobody', 'regions.only', (m) => { m.regions.only = []; }],
  ['no layers', 'layers', (m) => { m.layers = []; }],
  ['layers that are no list', 'layers', (m) => { m.layers = { 0: m.layers[0], length: 1 }; }],
  ['5001 layers', 'layers', (m) => { m.layers = Array(5001).fill(0); }],
  ['a layer of nothing', 'layers[1]', (m) => { m.layers[1] = null; }],
  ['a layer id that is a path', 'layers[1].id', (m) => { m.layers[1].id = '../x'; }],
  ['a layer that is perhaps required', 'layers[1].required', (m) => { m.layers[1].required = 'yes'; }],
  ['an order below 0', 'layers[1].order', (m) => { m.layers[1].order = -1; }],
  ['files that are no list', 'layers[1].files', (m) => { m.layers[1].files = 'all'; }],
  ['no files', 'layers[1].files', (m) => { m.layers[1].files = []; }],
  ['a file of nothing', 'layers[1].files[0].path', (m) => { m.layers[1].files = [null]; }],
  ['a file without a hash', 'layers[1].files[0].sha256', (m) => { delete m.layers[1].files[0].sha256; }],
  ['a hash in upper case', 'layers[1].files[0].sha256', (m) => { m.layers[1].files[0].sha256 = 'A'.repeat(64); }],
  ['a length below nothing', 'layers[1].files[0].length', (m) => { m.layers[1].files[0].length = -5; }],
  ['a length in text', 'layers[1].files[0].length', (m) => { m.layers[1].files[0].length = '40000'; }],
  ['files larger than any disk', /^layers\[\d\]\.files/, (m) => { m.layers[1].files[0].length = Number.MAX_SAFE_INTEGER; }],
  ['51 tiers of trackers', 'sources.trackers', (m) => { m.sources.trackers = Array(51).fill(['udp://t.example.com:1']); }],
  ['a tracker of another kind', 'sources.trackers[0][0]', (m) => { m.sources.trackers = [['ftp://t.example.com/']]; }],
  ['a udp tracker without a port', 'sources.trackers[0][0]', (m) => { m.sources.trackers = [['udp://t.example.com/announce']]; }],
  ['a tracker in clear web sockets', 'sources.trackers[0][0]', (m) => { m.sources.trackers = [['ws://t.example.com/']]; }],
  ['a web seed in plain http', 'sources.webSeeds[0]', (m) => { m.sources.webSeeds = ['http://cdn.example.com/']; }],
  ['a web seed with a user name', 'sources.webSeeds[0]', (m) => { m.sources.webSeeds = ['https://cdn.example.com@evil.example/']; }],
  ['a web seed with a space', 'sources.webSeeds[0]', (m) => { m.sources.webSeeds = ['https://cdn.example.com/a b']; }],
  ['a seeder without a port', 'sources.seeders[0]', (m) => { m.sources.seeders = ['seed.example.com']; }],
  ['a seeder with port 0', 'sources.seeders[0]', (m) => { m.sources.seeders = ['seed.example.com:0']; }],
  ['a probe server without a port', 'sources.probe[0]', (m) => { m.sources.probe = ['probe.example.com']; }],
  ['a private probe server', 'sources.probe[0]', (m) => { m.sources.probe = ['192.168.0.9:7000']; }],
  ['a network hint that turns text around', 'event.networkHint', (m) => { m.event.networkHint = 'Use \u202eWiFi'; }],
  ['discovery that is neither on nor off', 'sources.dht', (m) => { m.sources.dht = true; }],
  ['a stun server that is a web site', 'sources.stun[0]', (m) => { m.sources.stun = ['https://stun.example.com']; }],
  ['a turn server in place of a stun one', 'sources.stun[0]', (m) => { m.sources.stun = ['turn:t.example.com']; }],
  ['a relay with a name and no password', 'sources.turn[0]', (m) => { m.sources.turn = [{ url: 'turn:turn.example.com', username: 'event' }]; }],
  ['a relay object that is a stun server', 'sources.turn[0].url', (m) => { m.sources.turn = [{ url: 'stun:turn.example.com', username: 'event', credential: 'x' }]; }],
  ['a private relay with a password', 'sources.turn[0]', (m) => { m.sources.turn = [{ url: 'turn:192.168.0.1', username: 'event', credential: 'x' }]; }],
  ['no connections at all', 'delivery.connections', (m) => { m.delivery.connections = 0; }],
  ['an order that nobody knows', 'delivery.order', (m) => { m.delivery.order = 'random'; }],
  ['a share above all', 'delivery.smoothing.startShare', (m) => { m.delivery.smoothing.startShare = 1.5; }],
  ['updates in plain http', 'update.url', (m) => { m.update.url = 'http://example.com/x.evpack'; }],
  ['a minimum version in words', 'minimumClient', (m) => { m.minimumClient = 'latest'; }],
  ['critical names that are no names', 'critical', (m) => { m.critical = [1]; }],
  ['another format', 'format', (m) => { m.format = 'zip'; }],
  // hosts
  ...['https://localhost/x', 'https://127.0.0.1/x', 'https://0x7f.1/x', 'https://2130706433/x', 'https://[::1]/x', 'https://[::ffff:10.0.0.1]/', 'https://169.254.169.254/latest', 'https://router/', 'https://nas.local/', 'https://db.internal./', 'https://100.64.0.1/']
    .map((url): (typeof rows)[number] => [`updates from ${url}`, 'update.url', (m) => { m.update.url = url; }]),
  ['a private tracker address in hex', 'sources.trackers[0][0]', (m) => { m.sources.trackers = [['udp://0x7f000001:80/announce']]; }],
  ['a private web seed', 'sources.webSeeds[0]', (m) => { m.sources.webSeeds = ['https://10.1.2.3/']; }],
  ['a private seeder', 'sources.seeders[1]', (m) => { m.sources.seeders = ['8.8.8.8:1', '[fe80::1]:6881']; }],
  ['a private stun server', 'sources.stun[0]', (m) => { m.sources.stun = ['stun:192.168.0.1']; }],
  ['a private key address', 'layers[2].encryption.keyUrl', (m) => { m.layers[2].encryption.keyUrl = 'https://10.0.0.1/key'; }],
  ['a private homepage', 'publisher.homepage', (m) => { m.publisher.homepage = 'http://192.168.0.1/setup'; }],
  // layers among themselves
  ['two layers of one id', 'layers[1].id', (m) => { m.layers[1].id = 'core'; }],
  ['two layers of one id but for case', 'layers[1].id', (m) => { m.layers[1].id = 'CORE'; }],
  ['a need of what is not there', 'layers[1].requires[0]', (m) => { m.layers[1].requires = ['maps']; }],
  ['a need twice', 'layers[1].requires[1]', (m) => { m.layers[1].requires = ['core', 'core']; }],
  ['a layer that needs itself', 'layers[1].requires', (m) => { m.layers[1].requires = ['extras']; }],
  ['layers that need each other', 'layers[1].requires', (m) => { m.layers[1].requires = ['secret']; m.layers[2].requires = ['extras']; }],
  ['a required layer that needs one that is not', 'layers[0].requires[0]', (m) => { m.layers[0].requires = ['extras']; m.layers[1].requires = []; }],
  ['one segment twice', 'layers[2].segment', (m) => { m.layers[1].segment = 0; }],
  // sealed files
  ['an unknown cipher', 'layers[2].encryption.algorithm', (m) => { m.layers[2].encryption.algorithm = 'rot13'; }],
  ['chunks of a byte', 'layers[2].encryption.chunkSize', (m) => { m.layers[2].encryption.chunkSize = 1; }],
  ['a key in plain http', 'layers[2].encryption.keyUrl', (m) => { m.layers[2].encryption.keyUrl = 'http://keys.example.com/1'; }],
  ['a sealed file without the ending', 'layers[2].encryption.files[0].path', (m) => { m.layers[2].encryption.files[0].path = 'other.bin'; }],
  ['more plain files than sealed ones', 'layers[2].encryption.files', (m) => { m.layers[2].encryption.files.push({ path: 'x', length: 1, sha256 }); }],
  ['a plain length that does not fit', 'layers[2].encryption.files[0].length', (m) => { m.layers[2].encryption.files[0].length = 4999; }],
  ['a plain file that clashes with another layer', /^layers\[2\]\.encryption\.files\[0\]\.path$/, (m) => {
    renamed('LATE.bin')(m);
  }],
  // torrents
  ['a torrent that is not base64', 'layers[0].torrent', (m) => { m.layers[0].torrent += '!'; }],
  ['a torrent with stray bits in its base64', 'layers[0].torrent', (m) => { m.layers[0].torrent = 'ZGU='.replace('U', 'V'); }],
  ['a torrent that is none', 'layers[0].torrent', (m) => { m.layers[0].torrent = Buffer.from('de').toString('base64'); }],
  ['one torrent twice', 'layers[1].torrent', (m) => { m.layers[1].torrent = m.layers[0].torrent; m.layers[1].files = m.layers[0].files; }],
  ['a torrent of a single file', 'layers[0].torrent', torrent({ length: 100, name: 'event', 'piece length': 16_384, pieces: Buffer.alloc(20) })],
  ['a private torrent', 'layers[0].torrent', torrent(info([a, pad, b], { private: 1 }))],
  ['a torrent with a symbolic link', 'layers[0].torrent', torrent(info([a, pad, { ...b, attr: 'l', 'symlink path': ['etc'] }]))],
  ['files that do not start on pieces', 'layers[0].files[1]', torrent(info([a, b]))],
  ['files that start pieces too late', 'layers[0].files[1]', torrent(info([a, { ...pad, length: 12_768 + 16_384 }, b]))],
  ['padding after the end that pieces must be fetched for', 'layers[0].torrent', torrent(info([a, pad, b, { ...pad, length: 1_000_000 }]))],
  ['a torrent with another file', 'layers[0].files[1].path', torrent(info([a, pad, { ...b, path: ['game', 'x.txt'] }]))],
  ['a torrent whose file name holds a separator', 'layers[0].files[1].path', torrent(info([a, pad, { ...b, path: ['game/b.txt'] }]))],
  ['a torrent with one file more', 'layers[0].files', torrent(info([a, pad, b, { ...pad, length: 16_379 }, { length: 1, path: ['c'] }]))],
  ['a torrent with files in another order', 'layers[0].files[0].path', torrent(info([b, { ...pad, length: 16_379 }, a]))],
  ['a torrent with another length', 'layers[0].files[1].length', torrent(info([a, pad, { ...b, length: 6 }]))],
  ['a torrent for another folder', 'layers[1].torrent', torrent(info([a, pad, b], { name: 'elsewhere' }))],
  ['a folder that leads out', 'layers[0].torrent', (m) => { m.layers.length = 1; torrent(info([a, pad, b], { name: '..' }))(m); }],
  ['a folder with a reserved name', 'layers[0].torrent', (m) => { m.layers.length = 1; torrent(info([a, pad, b], { name: 'CON' }))(m); }],
  // paths
  ...['../a', 'a/../../b', '/etc/passwd', 'a//b', './a', 'a/', 'C:/x', 'a\\b', 'nul.txt', 'com1', 'a. /b', 'trailing.', 'trailing ', 'x\u202ey', 'x\u0000y', 'what?', 'x'.repeat(256), `${'long/'.repeat(35)}${'y'.repeat(200)}/${'z'.repeat(250)}/${'z'.repeat(250)}/${'z'.repeat(100)}`, '\u200b']
    .map((path): (typeof rows)[number] => [`the path ${JSON.stringify(path).slice(0, 40)}`, /^layers\[0\]\./, renamed(path)]),
  ['paths that are the same but for case', 'layers[0].files[1].path', renamed('a/Readme', 'a/README')],
  ['folders that are the same but for case', 'layers[0].files[1].path', renamed('Maps/a', 'maps/b')],
  ['paths that are the same but for the form of an accent', 'layers[0].files[1].path', renamed('caf\u00e9', 'cafe\u0301')],
  ['a file where a folder is', 'layers[0].files[1].path', renamed('maps/a', 'maps')],
  ['a folder where a file is', 'layers[0].files[1].path', renamed('maps', 'maps/a')],
  ['a path of another layer', 'layers[1].files[0].path', renamed('game/C.bin')],
];

describe('a signed package is refused that has', () => {
  test.each(rows)('%s', (_, where, change) => {
    const error = refusal(full(change).bytes);
    expect(error.code).toBe('bad-package');
    expect(error.message).toMatch(/^[A-Z].*\. (Ask the publisher .*\.)$/s);
    expect(error.message).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/);
    if (where instanceof RegExp) expect(error.where).toMatch(where);
    else expect(error.where).toBe(where);
  });
});

describe('a package for newer clients', () => {
  test.each<[string, string, RegExp, (m: Loose) => unknown]>([
    ['asks for a newer version', 'minimumClient', /0\.2\.0 or newer/, (m) => { m.minimumClient = '0.2.0'; }],
    ['names a field as critical that is not known', 'critical[1]', /"layers\.chunks"/, (m) => { m.critical = ['layers', 'layers.chunks']; }],
    ['is in a format of another shape', 'format', /evpack\/2/, (m) => { m.format = 'evpack/2'; m.layers = 'elsewhere'; }],
  ])('%s: the answer is to update', (_, where, sentence, change) => {
    const error = refusal(full(change).bytes);
    expect(error).toMatchObject({ code: 'needs-newer-client', where });
    expect(error.message).toMatch(sentence);
    expect(error.message).toContain('Update Flashswarm');
  });
});
