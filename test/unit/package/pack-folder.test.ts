// From a folder to a signed package that clients open: hashes, alignment, lints, and versions that keep what did not change.
import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMagnet, parseTorrentFile } from '../../../main/metainfo/metainfo.ts';
import { keyPairFromSeed } from '../../../main/package/ed25519.ts';
import type { SecretKey } from '../../../main/package/minisign-secret-key.ts';
import { openPackage } from '../../../main/package/open-package.ts';
import type { PackedManifest, PackOptions } from '../../../main/package/pack-folder.ts';
import { lintFolder, packFolder, PackageLintError, signPackage } from '../../../main/package/pack-folder.ts';
import { folderNameOf } from '../../../main/package/plan-package.ts';
import { keyDigest, openSealedFile } from '../../../main/package/sealed-file.ts';
import { makeTempFolder, tempFolder } from '../../support/temp-folder.ts';

const pair = keyPairFromSeed(Buffer.alloc(32, 7));
const secret: SecretKey = { keyId: Buffer.alloc(8, 1), ...pair };

function folderWith(files: Record<string, Uint8Array | string | number>): string {
  const folder = tempFolder('pack');
  for (const [path, content] of Object.entries(files)) put(folder, path, content);
  return folder;
}

function put(folder: string, path: string, content: Uint8Array | string | number): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), typeof content === 'number' ? randomBytes(content) : content);
}

const options = (more: Partial<PackOptions> = {}): PackOptions => ({
  id: 'com.example.game', title: 'The Game', version: 1, publisherName: 'Example', expiresAt: Date.now() + 86_400_000,
  trackers: ['https://tracker.example/announce'],
  layers: [{ id: 'core', pattern: 'core/**', required: true }, { id: 'extra', pattern: 'extra/**', required: false, requires: ['core'] }],
  ...more,
});
const opened = (packed: PackedManifest) => openPackage(signPackage(packed.manifestBytes, secret));
const messages = async (folder: string, more: Partial<PackOptions>) => (await lintFolder(folder, options(more))).map(({ level, message }) => `${level}: ${message}`);

describe('a packed folder', () => {
  it('opens as a client opens it, with the hashes of every file and of every piece', async () => {
    const folder = folderWith({ 'core/a.bin': 100_001, 'core/sub/b.bin': 70_000, 'core/empty': 0, 'extra/c.bin': 5 });
    const told: number[] = [];
    const packed = await packFolder(folder, options({
      expiresAt: 2_000_000_000_000, summary: 'A game', homepage: 'https://example.com/', startsAt: 1_900_000_000_000, terms: 'Be kind.\nAlways.', updateUrl: 'https://example.com/game.evpack',
      webSeeds: ['https://cdn.example/files'], seeders: ['seed.example.com:6881'], expectedAudience: 5_000, onProgress: (done, total) => told.push(done / total),
    }));
    const before = Date.now();
    const { manifest, folderName, layers, issuedAt } = opened(packed);
    expect(folderName).toBe('The Game');
    expect(Math.abs(issuedAt - before)).toBeLessThan(60_000);
    expect(manifest).toMatchObject({
      package: { id: 'com.example.game', title: 'The Game', summary: 'A game', version: 1 }, publisher: { name: 'Example', homepage: 'https://example.com/' },
      event: { startsAt: '2030-03-17T17:46:40Z', expectedAudience: 5_000 }, terms: 'Be kind.\nAlways.', update: { url: 'https://example.com/game.evpack' },
      sources: { trackers: [['https://tracker.example/announce']], webSeeds: ['https://cdn.example/files/'], seeders: ['seed.example.com:6881'] },
    });
    expect(layers.map(({ layer }) => [layer.id, layer.required, layer.requires, layer.order])).toEqual([['core', true, [], 0], ['extra', false, ['core'], 1]]);
    for (const { layer, metainfo } of layers) {
      for (const file of layer.files) expect(file.sha256).toBe(createHash('sha256').update(readFileSync(join(folder, file.path))).digest('hex'));
      expect(metainfo.hashes).toEqual(piecesByHand(folder, metainfo));
    }
    expect(layers[0]!.layer.files.map(({ path }) => path)).toEqual(['core/empty', 'core/a.bin', 'core/sub/b.bin']);
    expect(packed).toMatchObject({ totalBytes: 170_006, pieceCount: layers.reduce((sum, { metainfo }) => sum + metainfo.pieceCount, 0), lints: [], contentKeys: [] });
    expect(packed.torrents.map(({ layerId, fileName, bytes }) => [layerId, fileName, parseTorrentFile(bytes).infoHash])).toEqual([
      ['core', 'com.example.game.core.torrent', layers[0]!.metainfo.infoHash], ['extra', 'com.example.game.extra.torrent', layers[1]!.metainfo.infoHash],
    ]);
    expect(parseMagnet(packed.magnets[0]!)).toMatchObject({ infoHash: layers[0]!.metainfo.infoHash, name: 'The Game', peers: ['seed.example.com:6881'], webSeeds: ['https://cdn.example/files/'] });
    expect(told.at(-1)).toBe(1);
  });

  it('is the same, byte for byte, when nothing changed', async () => {
    const folder = folderWith({ 'core/a.bin': 100_000, 'extra/b': 10 });
    const now = options({ issuedAt: 1_800_000_000_000, expiresAt: 1_900_000_000_000 });
    expect((await packFolder(folder, now)).manifestBytes).toEqual((await packFolder(folder, now)).manifestBytes);
  });

  it('says what is wrong with a file that changes meanwhile, and stops when asked to', async () => {
    const folder = folderWith({ 'core/a.bin': 30_000_000, 'extra/b': 10 });
    let grown = false;
    await expect(packFolder(folder, options({
      onProgress: () => {
        if (!grown) appendFileSync(join(folder, 'core/a.bin'), 'more');
        grown = true;
      },
    }))).rejects.toMatchObject({ code: 'file-changed' });
    const controller = new AbortController();
    await expect(packFolder(folder, options({ signal: controller.signal, onProgress: () => controller.abort() }))).rejects.toMatchObject({ code: 'stopped' });
    await expect(packFolder(join(folder, 'core/a.bin'), options())).rejects.toMatchObject({ code: 'unreadable' });
    await expect(packFolder(join(folder, 'nothing'), options())).rejects.toMatchObject({ code: 'unreadable' });
  });

  it('has a folder with a name that every disk keeps', () => {
    expect(['The Game', '..', 'CON', 'a/b: c?', '  .hidden ', 'x'.repeat(400)].map(folderNameOf)).toEqual(
      ['The Game', '_', 'CON_', 'a_b_ c_', 'hidden', expect.stringMatching(/^x{200,}~[0-9a-f]{8}$/)],
    );
  });
});

it('whatever the files are called: either the lints say what is wrong, or a client opens the package', async () => {
  const letters = fc.constantFrom('a', 'A', '.', ' ', 'é', 'e\u0301', '\u202e', 'ſ', 's', 'ß', 'SS', 'nul', 'COM1', ':', '\\', '~', '.pad', '_____padding_file_', '\n', '😀', '{', ',', '}', '*');
  const name = fc.array(letters, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')).filter((text) => text !== '.' && text !== '..');
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
  await fc.assert(fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 6 }), async (paths) => {
    const folder = makeTempFolder('pack-names');
    try {
      for (const one of paths) {
        try {
          put(folder, one, 5);
        } catch {
          // a file where another path has a folder
        }
      }
      const packed = await packFolder(folder, options({ layers: [{ id: 'all', pattern: '**', required: true }] })).catch((thrown: unknown) => {
        if (!(thrown instanceof PackageLintError)) throw thrown;
        return null;
      });
      if (packed) expect(opened(packed).manifest.layers[0]!.files.length).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }), { numRuns: 60 });
});

describe('a next version', () => {
  const files = { 'core/a.bin': 300_000, 'core/b.bin': 50_000, 'extra/c.bin': 40_000 };

  it('keeps the torrents of layers that did not change byte for byte, and the pieces of files that did not', async () => {
    const folder = folderWith(files);
    const first = opened(await packFolder(folder, options()));
    put(folder, 'core/b.bin', 60_000);
    const packed = await packFolder(folder, options({ version: 2, title: 'The Game, again', previous: first, issuedAt: Date.now() + 60_000, trackers: ['https://other.example/announce'] }));
    const second = opened(packed);
    expect(packed.keptLayers).toEqual(['extra']);
    expect(second.folderName).toBe('The Game');
    expect(second.manifest.layers[1]!.torrent).toBe(first.manifest.layers[1]!.torrent);
    expect(second.manifest.layers[0]!.torrent).not.toBe(first.manifest.layers[0]!.torrent);
    const untouched = Math.ceil(300_000 / first.layers[0]!.metainfo.pieceLength) * 20;
    expect(second.layers[0]!.metainfo.hashes.subarray(0, untouched)).toEqual(first.layers[0]!.metainfo.hashes.subarray(0, untouched));
  });

  it('grows by a segment without a change to what was published, and without a read of it when asked to be quick', async () => {
    const folder = folderWith({ 'seg/0.ts': 50_000, 'seg/1.ts': 50_000 });
    const segments = (count: number) => Array.from({ length: count }, (_, segment) => ({ id: `segment-${segment}`, pattern: `seg/${segment}.ts`, required: segment === 0, segment }));
    const long = new Date(Date.now() - 3_600_000);
    const issuedAt = Date.now() + 50;
    const first = opened(await packFolder(folder, options({ layers: segments(2), segmentSeconds: 5, issuedAt })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    put(folder, 'seg/2.ts', 50_000);
    utimesSync(join(folder, 'seg/2.ts'), long, long);
    const read: number[] = [];
    const packed = await packFolder(folder, options({ version: 2, layers: segments(3), segmentSeconds: 5, previous: first, quick: true, onProgress: (done) => read.push(done) }));
    expect(packed.keptLayers).toEqual(['segment-0', 'segment-1']);
    expect(read[0]).toBe(50_000);
    expect(opened(packed).manifest.layers.map(({ segment }) => segment)).toEqual([0, 1, 2]);
    // Rewritten, with its old time and size: the time of the change gives it away.
    put(folder, 'seg/1.ts', 50_000);
    utimesSync(join(folder, 'seg/1.ts'), long, long);
    const third = await packFolder(folder, options({ version: 2, layers: segments(2), segmentSeconds: 5, previous: first, quick: true }));
    expect(third.keptLayers).toEqual(['segment-0']);
    expect(third.lints.map(({ message }) => message).join()).toContain('Segment 1 was published with other files');
  });

  it('is refused when it is not newer, or of another package', async () => {
    const folder = folderWith(files);
    const first = opened(await packFolder(folder, options({ version: 3 })));
    const lints = await messages(folder, { version: 3, id: 'com.example.other', previous: first });
    expect(lints).toEqual([expect.stringContaining('error: The version before is of another package')]);
    await expect(packFolder(folder, options({ version: 2, previous: first }))).rejects.toThrow(/must be higher/);
  });
});

describe('a sealed layer', () => {
  it('arrives sealed, opens with its key, and is sealed only once while its files stay the same', async () => {
    const folder = folderWith({ 'core/a.bin': 200_000, 'core/none': 0, 'extra/b.bin': 100 });
    const seal = { algorithm: 'xchacha20-poly1305', keyUrl: 'https://example.com/core.key' } as const;
    const layers = [{ id: 'core', pattern: 'core/**', required: true, encrypt: seal }, { id: 'extra', pattern: 'extra/**', required: false }];
    const packed = await packFolder(folder, options({ layers }));
    const first = opened(packed);
    const { files, encryption } = first.manifest.layers[0]!;
    expect(files.map(({ path }) => path)).toEqual(['core/a.bin.sealed', 'core/none.sealed']);
    const { key } = packed.contentKeys[0]!;
    expect(encryption).toMatchObject({ ...seal, keySha256: keyDigest(key) });
    expect(first.manifest.critical).toEqual(['layers.encryption']);
    expect(Buffer.from(packed.manifestBytes).includes(Buffer.from(key).toString('hex'))).toBe(false);
    await openSealedFile(join(folder, files[0]!.path), join(folder, 'opened'), { ...encryption!, key, expected: encryption!.files[0]! });
    expect(readFileSync(join(folder, 'opened'))).toEqual(readFileSync(join(folder, 'core/a.bin')));
    rmSync(join(folder, 'opened'));
    expect(first.layers[0]!.metainfo.hashes).toEqual(piecesByHand(folder, first.layers[0]!.metainfo));

    const again = await packFolder(folder, options({ layers, version: 2, previous: first }));
    expect(again).toMatchObject({ keptLayers: ['core', 'extra'], contentKeys: [], lints: [] });
    rmSync(join(folder, 'core/a.bin.sealed'));
    expect((await packFolder(folder, options({ layers, version: 2, previous: first }))).contentKeys).toHaveLength(1);
  });

  it('may be written to another folder', async () => {
    const folder = folderWith({ 'core/a.bin': 10 });
    const sealedFolder = join(tempFolder('sealed'), 'out');
    const layers = [{ id: 'core', pattern: '**', required: true, encrypt: { algorithm: 'aes-256-gcm', keyUrl: 'https://example.com/k' } as const }];
    await packFolder(folder, options({ layers, sealedFolder }));
    expect([existsSync(join(sealedFolder, 'core/a.bin.sealed')), existsSync(join(folder, 'core/a.bin.sealed'))]).toEqual([true, false]);
  });
});

describe('lints', () => {
  it('find nothing to say about a package that is in order', async () => {
    expect(await messages(folderWith({ 'core/a': 100_000, 'extra/b': 1 }), {})).toEqual([]);
  });

  it.each([
    ['core/aux.txt', /keeps for devices/], ['core/end.', /takes the dot off/], ['core/end ', /takes the space off/], ['core/a:b', /character that Windows does not allow/],
    ['core/A.BIN', /upper and lower case do not count/], ['CORE/x', /upper and lower case do not count/], ['core/a\u202eb', /cannot be seen, or that turn text/],
    ['core/_____padding_file_0_', /keep for filling/], [`core/${'long/'.repeat(15)}${'y'.repeat(240)}/${'y'.repeat(240)}/${'y'.repeat(240)}/${'y'.repeat(200)}`, /too long for some disks/],
  ])('refuse the name %s, which some disk cannot keep', async (path, expected) => {
    const folder = folderWith({ 'core/a.bin': 10, 'extra/b': 1, [path]: 10 });
    const error = await packFolder(folder, options({ layers: [{ id: 'all', pattern: '**', required: true }] })).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PackageLintError);
    expect((error as PackageLintError).lints.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual([expect.stringMatching(expected)]);
  });

  it('refuse layers that have nothing, or share a file', async () => {
    const folder = folderWith({ 'core/a': 10, 'core/b': 10, 'empty/e': 0 });
    const text = (await messages(folder, {
      layers: [
        { id: 'core', pattern: 'core/**', required: true }, { id: 'two', pattern: '*/a', required: false },
        { id: 'none', pattern: 'films/**', required: false }, { id: 'empty', pattern: 'empty/*', required: false }, { id: 'bad', pattern: '', required: false },
      ],
    })).join('\n');
    for (const expected of [
      'error: Layer "none": no file matches.', 'error: Layer "empty" has only empty files', 'error: "core/a" is in the layers "core" and "two"', 'error: Layer "bad": the pattern',
    ]) expect(text).toContain(expected);
    expect(await messages(folder, { layers: [] })).toContain('error: A package needs a layer.');
  });

  it.each([
    [[{ id: 'a', requires: ['music'] }, { id: 'b' }], /needs a layer "music"/], [[{ id: 'a', requires: ['b'] }, { id: 'b', requires: ['a'] }], /needs, through others, itself/],
    [[{ id: 'a' }, { id: 'A' }], /Two layers of this package are called "A"/], [[{ id: 'a', required: true, requires: ['b'] }, { id: 'b' }], /may be left out/],
    [[{ id: 'a', segment: 1 }, { id: 'b', segment: 1 }], /segment 1/], [[{ id: 'a b' }, { id: 'b' }], /layers\[0\]\.id/],
  ] as [Partial<PackOptions['layers'][number]>[], RegExp][])('refuse layers that do not belong together: %j', async (given, expected) => {
    const folder = folderWith({ '0': 10, '1': 10 });
    const layers = given.map((layer, index) => ({ id: '', required: false, pattern: String(index), ...layer }));
    expect((await messages(folder, { layers })).filter((line) => line.startsWith('error'))).toEqual([expect.stringMatching(expected)]);
  });

  it('warn of files that stay out, and of a package that nobody finds or that never ends', async () => {
    const folder = folderWith({ 'core/a': 100_000, 'extra/b': 10, 'notes.txt': 'x' });
    symlinkSync(join(folder, 'notes.txt'), join(folder, 'core/link'));
    expect(await messages(folder, { trackers: [], expiresAt: undefined, layers: options().layers.map((layer) => ({ ...layer, required: false })) })).toEqual([
      expect.stringContaining('warning: "core/link" is a link'), expect.stringContaining('warning: No layer is required'), expect.stringContaining('warning: "notes.txt" matches no layer'),
      expect.stringContaining('warning: The package never expires'), expect.stringContaining('warning: There is no tracker and no web seed'),
    ]);
  });

  it('refuse to hand out secret keys', async () => {
    const folder = folderWith({ 'core/a': 10, 'core/mine': 'x', 'core/m.key': 'untrusted comment: minisign encrypted secret key\nRWRTY0Iy', 'core/x.contentkey': `${'a'.repeat(64)}\n`, 'core/tls.pem': '-----BEGIN PRIVATE KEY-----\n', 'core/p.key': 'a game', 'extra/b': 1 });
    expect(await messages(folder, { secretFiles: [join(folder, 'core/mine')] })).toEqual([
      expect.stringMatching(/^error: "core\/m\.key" is a secret key/), expect.stringMatching(/^error: "core\/mine" is the secret key that signs/),
      expect.stringMatching(/^warning: "core\/tls\.pem" is a private key/), expect.stringMatching(/^error: "core\/x\.contentkey" is the key of a sealed layer/),
    ]);
  });

  it('warn of many small files and of pieces that do not fit the size', async () => {
    const small = folderWith(Object.fromEntries([...Array.from({ length: 100 }, (_, index) => [`core/${index}`, 900] as const), ['extra/b', 10] as const]));
    expect((await messages(small, {})).join()).toMatch(/Layer "core": \d\d % of its torrent is filling/);
    expect((await messages(small, { pieceLength: 20_000 })).join()).toContain('error: The piece size must be a power of two');
  });

  it.each([
    [{ id: 'Game' }, /package\.id/], [{ version: 0 }, /package\.version/], [{ title: '' }, /package\.title/], [{ webSeeds: ['http://cdn.example/'] }, /sources\.webSeeds/],
    [{ trackers: ['gopher://x'] }, /sources\.trackers/], [{ seeders: ['nowhere'] }, /The seeder "nowhere"/], [{ updateUrl: 'https://10.0.0.1/x' }, /in your own network/], [{ startsAt: 1_900_000_000_000 }, /expire before its event/], [{ updateUrl: 'http://example.com/x' }, /update\.url/],
    [{ statements: ['nonsense'] }, /statements|five lines/], [{ startsAt: Number.NaN }, /event\.startsAt/], [{ expiresAt: 1 }, /expired before it is issued/], [{ publisherName: '\u202e' }, /publisher\.name/],
    [{ name: 'a/b' }, /cannot be the name of a folder/],
  ] as [Partial<PackOptions>, RegExp][])('refuse %j before anything is read', async (more, expected) => {
    const folder = folderWith({ 'core/a': 10, 'extra/b': 10 });
    const read: number[] = [];
    const error = await packFolder(folder, options({ ...more, onProgress: (done) => read.push(done) })).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PackageLintError);
    expect((error as Error).message).toMatch(expected);
    expect(read).toEqual([]);
  });
});

/** SHA-1 of every piece from the files and the zeros between them, the slow way. */
function piecesByHand(folder: string, { files, pieceLength }: { files: { path: string[]; length: number; padding: boolean }[]; pieceLength: number }): Uint8Array {
  const all = Buffer.concat(files.map(({ path, length, padding }) => (padding ? Buffer.alloc(length) : readFileSync(join(folder, ...path)))));
  const hashes: Buffer[] = [];
  for (let at = 0; at < all.length; at += pieceLength) hashes.push(createHash('sha1').update(all.subarray(at, at + pieceLength)).digest());
  return Uint8Array.from(Buffer.concat(hashes));
}
