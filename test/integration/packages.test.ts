// What a person gets from an event package: looked at, trusted, fetched core first, checked, brought to newer versions; with real cores and a real
// https server over loopback.
import { existsSync } from 'node:fs';
import { appendFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../../main/package/fingerprint.ts';
import { makeTorrent, testSecretKey } from '../support/make-evpack.ts';
import type { EvpackInput, MadeEvpack } from '../support/make-evpack.ts';
import { mebibyte } from '../support/payload.ts';
import { asSource, content, difference, everythingReady, expected, ofVersion, take, TestPublisher, tree, updatePath } from '../support/test-publisher.ts';
import type { TestCore } from '../support/test-core.ts';

let publisher: TestPublisher;
beforeAll(async () => {
  publisher = await TestPublisher.start();
});
afterAll(() => publisher.close());
afterEach(async () => {
  expect(await publisher.endCores(), 'cores that fell').toBe(0);
});

const id = 'com.example.event';
const pieceLength = 64 * 1024;

const coreFile = content(3 * mebibyte + 777);
const extraFile = content(2 * mebibyte);
const musicFile = content(mebibyte);
const layers = (): EvpackInput['layers'] => [
  { id: 'core', title: 'The game', required: true, order: 0, files: { 'game.bin': coreFile, 'data/readme.txt': 'hello crowd\n' } },
  { id: 'maps', title: 'More maps', required: false, order: 1, requires: ['music'], files: { 'maps/one.bin': extraFile } },
  { id: 'music', title: 'Music', required: false, order: 2, files: { 'music/a.ogg': musicFile, 'music/empty.txt': '' } },
];
const first = (more: Partial<EvpackInput> = {}, seeders: string[] = []): MadeEvpack => publisher.make({ id, pieceLength, layers: layers(), ...more }, seeders);

/** Where the folder of downloads differs from what a version should make of it. */
const differences = (core: TestCore, made: MadeEvpack, only?: string[]): string[] => difference(tree(core.downloads), expected(made, only));

describe('opening and getting a package', { timeout: 60_000 }, () => {
  it('shows who signed it, with twelve words, its parts and its terms, before anything is fetched', async () => {
    const made = first({ title: 'A big game', manifest: { terms: 'Be kind.', regions: { except: ['XX'] }, publisher: { name: 'Example Games', homepage: 'https://example.com/' } } });
    const core = await publisher.client();
    const preview = await core.ask('previews.open', { source: asSource(made) });
    const { hex, words } = fingerprint(made.secret.publicKey);
    expect(preview).toMatchObject({ status: 'ready', signature: 'signed', name: 'A big game', alreadyHere: null });
    expect(preview.event).toMatchObject({
      packageId: id, version: 1, action: 'new', trust: 'first-use', warnings: [], publisher: { name: 'Example Games', fingerprint: hex, words },
      terms: { text: 'Be kind.' }, regions: { only: [], except: ['XX'] }, update: null,
    });
    expect(words).toHaveLength(12);
    expect(preview.event!.layers.map(({ id: name, bytesTotal, fileCount, required, chosen }) => ({ name, bytesTotal, fileCount, required, chosen }))).toEqual([
      { name: 'core', bytesTotal: coreFile.length + 12, fileCount: 2, required: true, chosen: true },
      { name: 'maps', bytesTotal: extraFile.length, fileCount: 1, required: false, chosen: true },
      { name: 'music', bytesTotal: musicFile.length, fileCount: 2, required: false, chosen: true },
    ]);
    expect(preview.bytesTotal).toBe(preview.files.reduce((sum, file) => sum + file.length, 0));
    expect(existsSync(core.downloads) ? await readdir(core.downloads) : []).toEqual([]);
  });

  it('adds nothing without trust, without the accepted terms, and without the region', async () => {
    const made = first({ manifest: { terms: 'Be kind.', regions: { only: ['AQ'] } } });
    const core = await publisher.client();
    const preview = await core.ask('previews.open', { source: asSource(made) });
    const terms = preview.event!.terms!.digest;
    const add = (more: object) => core.ask('packages.add', { source: asSource(made), ...more });
    await expect(add({ accept: { terms, region: true } })).rejects.toThrow('not-trusted');
    await expect(add({ trust: true, accept: { region: true } })).rejects.toThrow('not-accepted');
    await expect(add({ trust: true, accept: { terms: 'of something else', region: true } })).rejects.toThrow('not-accepted');
    await expect(add({ trust: true, accept: { terms } })).rejects.toThrow('not-accepted');
    expect((await core.ask('session.snapshot', {})).packages).toEqual([]);
    expect(await core.ask('publishers.list', {})).toEqual([]);
    expect(await add({ trust: true, accept: { terms, region: true } })).toEqual({ id, merged: false });
  });

  it('fetches what is needed first, says when it can be used, then the rest; every file is what was signed', async () => {
    const big = content(6 * mebibyte);
    const speed = 1.5 * mebibyte;
    const parts = layers().map((layer) => (layer.id === 'core' ? { ...layer, files: { ...layer.files, 'big.bin': big } } : layer));
    const seed = await publisher.seed(first({ layers: parts }), { upBytesPerSecond: speed });
    const made = first({ layers: parts }, [seed.address]);
    const core = await publisher.client();
    await take(core, made);
    let missingWhenOthersBegan: number | null = null;
    const ready: string[] = [];
    let readyBeforeRest = false;
    const done = await core.until(id, (p) => {
      const [main, ...others] = p.layers;
      if (others.some((layer) => layer.bytesDone > 0)) missingWhenOthersBegan ??= main!.bytesTotal - main!.bytesDone;
      for (const layer of p.layers) if (layer.state === 'ready' && !ready.includes(layer.id)) ready.push(layer.id);
      if (p.event!.coreReady && others.some((layer) => layer.bytesDone < layer.bytesTotal)) readyBeforeRest = true;
      return everythingReady(p);
    });
    expect(ready[0]).toBe('core');
    expect(missingWhenOthersBegan).toBeLessThan(1.5 * speed); // others begin a moment ahead, so that the line never idles
    expect(readyBeforeRest).toBe(true);
    expect(done).toMatchObject({ bytesDone: done.bytesTotal, bytesWanted: done.bytesTotal, signature: 'signed' });
    const detail = await core.ask('packages.detail', { id });
    expect(detail.files.map(({ check }) => check)).toEqual(['right', 'right', 'right', 'right', 'right', 'right']);
    expect(differences(core, made)).toEqual([]);
    await core.until(id, (p) => p.state.kind === 'seeding');
    const file = detail.files.find(({ path }) => path.endsWith('a.ogg'))!;
    expect(await core.ask('packages.file', { id, index: file.index })).toEqual({ path: join(core.downloads, 'event/music/a.ogg'), length: musicFile.length, contentType: 'audio/ogg' });
  });

  it('fetches nothing of a part that is left out, and it and what it needs when it is chosen later', async () => {
    const seed = await publisher.seed(first());
    const made = first({}, [seed.address]);
    const core = await publisher.client();
    await take(core, made, { layers: [] });
    await core.until(id, everythingReady);
    const left = await core.package(id);
    expect(left.layers.map(({ state, bytesDone }) => [state, bytesDone])).toEqual([['ready', coreFile.length + 12], ['left-out', 0], ['left-out', 0]]);
    expect(left).toMatchObject({ bytesWanted: coreFile.length + 12, bytesDone: coreFile.length + 12 });
    expect(differences(core, made, ['core'])).toEqual([]);
    expect(await seed.sent()).toBeLessThan(coreFile.length + 12 + 2 * pieceLength);
    await core.ask('packages.setLayers', { id, layers: ['maps'] });
    await core.until(id, (p) => p.layers.every((layer) => layer.state === 'ready'));
    expect(differences(core, made)).toEqual([]);
    await expect(core.ask('packages.setLayers', { id, layers: ['nothing'] })).rejects.toThrow('bad-request');
  });

  it('goes on after a restart in the middle, and hashes and fetches nothing again when all is here', async () => {
    const seed = await publisher.seed(first(), { upBytesPerSecond: 3 * mebibyte });
    const made = first({}, [seed.address]);
    const core = await publisher.client();
    await take(core, made);
    const middle = await core.until(id, (p) => p.layers[0]!.bytesDone > mebibyte);
    await core.restart();
    expect((await core.package(id)).layers[0]!.bytesDone).toBeGreaterThanOrEqual(0);
    await core.until(id, (p) => p.layers[0]!.bytesDone >= middle.layers[0]!.bytesDone);
    await core.until(id, everythingReady);
    expect(differences(core, made)).toEqual([]);
    await core.restart();
    const again = await core.until(id, everythingReady);
    expect(again).toMatchObject({ fromPeople: again.bytesDone + (again.fromPeople - again.bytesDone), event: { coreReady: true, version: 1 } });
    expect((await core.ask('packages.detail', { id })).files.every(({ check }) => check === 'right')).toBe(true);
    // Each piece once, and the little that was in flight at the restart.
    expect(await seed.sent()).toBeLessThan(again.bytesTotal * 1.05 + 8 * pieceLength);
  });

  it('refuses a part whose file is not what was signed, says so, does not fetch it again, and gets the rest', async () => {
    const plain = first();
    const seed = await publisher.seed(plain);
    const made = first({
      change: (manifest) => {
        manifest.sources = { seeders: [seed.address] };
        manifest.layers[2]!.files[0]!.sha256 = 'ab'.repeat(32);
      },
    });
    const core = await publisher.client();
    await take(core, made);
    await core.until(id, (p) => p.layers[2]!.state === 'refused' && p.layers[0]!.state === 'ready');
    const check = (await core.ask('packages.detail', { id })).files.find(({ path }) => path.endsWith('a.ogg'))!;
    expect(check.check).toBe('wrong');
    await expect(core.ask('packages.file', { id, index: check.index })).rejects.toThrow('not-here');
    await core.until(id, (p) => p.state.reason === 'layer-refused');
    const sent = await seed.sent(made);
    await core.restart();
    await core.until(id, (p) => p.layers[2]!.state === 'refused');
    await core.ask('packages.setLayers', { id, layers: ['music'] });
    await core.until(id, (p) => p.state.reason === 'layer-refused');
    expect(await seed.sent()).toBe(sent);
  });
});

describe('newer versions', { timeout: 60_000 }, () => {
  const twentyFiles = (bytes: number) => Object.fromEntries(Array.from({ length: 20 }, (_, n): [string, Uint8Array] => [`part-${String(n).padStart(2, '0')}.bin`, content(bytes + n * 1000)]));
  const files = twentyFiles(100_000);
  const game = (changes: Record<string, Uint8Array | null> = {}): Record<string, Uint8Array> => {
    const merged = { ...files, ...changes };
    return Object.fromEntries(Object.entries(merged).filter((entry): entry is [string, Uint8Array] => entry[1] !== null));
  };
  const version = (number: number, changes: Record<string, Uint8Array | null> = {}, seeders: string[] = [], more: Partial<EvpackInput> = {}): MadeEvpack => publisher.make({
    id, version: number, pieceLength, layers: [{ id: 'core', files: game(changes) }, { id: 'extra', required: false, files: { 'extra/e.bin': extraFile } }], ...more,
  }, seeders);

  async function having(made: MadeEvpack, settings: Record<string, unknown> = {}): Promise<TestCore> {
    const core = await publisher.client(settings);
    await take(core, made);
    await core.until(id, ofVersion(made.manifest.package.version));
    return core;
  }

  it('offers a newer version, fetches the difference alone, keeps the old one usable until then, and leaves exactly the new one', async () => {
    const large = twentyFiles(mebibyte);
    const seed = await publisher.seed(version(1, large));
    const core = await having(version(1, large, [seed.address]));
    const changed = Uint8Array.from(Buffer.concat([large['part-07.bin']!.subarray(0, 3), content(mebibyte - 3), large['part-07.bin']!.subarray(mebibyte)]));
    const changes = { ...large, 'part-07.bin': changed, 'part-19.bin': null, 'new.txt': Uint8Array.from(Buffer.from('new')) };
    const second = await publisher.seed(version(2, changes));
    const two = version(2, changes, [second.address]);
    await seed.core.supervisor.stop(); // so that the second one's counters are all there is
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    const offered = await core.package(id);
    expect(offered.event).toMatchObject({ version: 1, update: { state: 'available', version: 2 } });
    expect(offered.event!.update!.fetchBytes).toBeLessThan(1.2 * mebibyte);
    const opened = await core.ask('previews.open', { source: { kind: 'update', id } });
    expect(opened.event).toMatchObject({ action: 'update', version: 2, haveVersion: 1, trust: 'trusted', update: { fetchBytes: offered.event!.update!.fetchBytes } });
    await core.ask('packages.takeUpdate', { id });
    let mixed = 0;
    const done = await core.until(id, (p) => {
      if (p.event!.version === 1 && p.state.kind !== 'moving' && existsSync(join(core.downloads, 'event/new.txt'))) mixed += 1;
      return ofVersion(2)(p);
    });
    expect(mixed).toBe(0);
    expect(differences(core, two)).toEqual([]);
    const sent = await second.sent();
    console.info(`packages.test: the seed of version 2 sent ${sent} bytes (${(sent / mebibyte).toFixed(3)} MiB) for a change of 1 MiB in 20 files of 20 MiB`);
    expect(sent).toBeLessThan(1.2 * mebibyte + 2 * pieceLength);
    expect(done.event!.lastUpdate).toMatchObject({ fromVersion: 1 });
    expect(done.event!.lastUpdate!.fetchedBytes).toBeLessThanOrEqual(sent + pieceLength);
    expect(done.event!.update).toMatchObject({ state: 'current', version: null });
    expect((await core.ask('packages.detail', { id })).files.every(({ check }) => check === 'right')).toBe(true);
    await core.restart();
    await core.until(id, ofVersion(2));
    expect(await second.sent()).toBe(sent);
  });

  it('takes newer versions by itself where the settings say so, asks with the ETag, and is content with 304', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, {}, [seed.address]), { updates: 'take' });
    const two = version(2, { 'part-01.bin': content(1000) }, [seed.address]);
    await seed.share(two);
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    await core.until(id, ofVersion(2));
    const before = publisher.server.requestsFor(updatePath).length;
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.checkUpdate', { id });
    expect(publisher.server.requestsFor(updatePath).slice(before).map(({ status }) => status)).toEqual([304, 304]);
    expect(differences(core, two)).toEqual([]);
  });

  it('does not take new terms silently', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, {}, [seed.address]), { updates: 'take' });
    const two = version(2, { 'part-01.bin': content(1000) }, [seed.address], { manifest: { update: { url: publisher.updateUrl }, sources: { seeders: [seed.address] }, terms: 'All your files are ours.' } });
    await seed.share(two);
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    expect((await core.package(id)).event).toMatchObject({ version: 1, update: { state: 'available', version: 2 } });
    await expect(core.ask('packages.takeUpdate', { id })).rejects.toThrow('not-accepted');
    const preview = await core.ask('previews.open', { source: { kind: 'update', id } });
    await core.ask('packages.add', { previewId: preview.previewId, accept: { terms: preview.event!.terms!.digest } });
    await core.until(id, ofVersion(2));
  });

  it.each([
    ['another package', () => version(2, {}, [], { id: 'com.example.other' }), 'wrong-key'],
    ['another key', () => version(2, {}, [], { secret: testSecretKey(9) }), 'wrong-key'],
    ['a lower version', () => version(1), 'rollback'],
    ['an expired version', () => version(3, {}, [], { issued: '2026-01-01T00:00:00Z', manifest: { expires: '2026-01-02T00:00:00Z' } }), 'expired'],
    ['other contents under the same version', () => version(2, { 'part-00.bin': content(5) }), 'bad-package'],
    ['endless data', () => null, 'too-large'],
  ])('refuses %s at the address for updates, and keeps what is there', async (_, offered, code) => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(2, {}, [seed.address], { layers: [{ id: 'core', files: game() }] }));
    const made = offered();
    if (made) publisher.offer(made);
    else publisher.server.serve(updatePath, 'endless');
    await expect(core.ask('packages.checkUpdate', { id })).rejects.toThrow(code);
    const p = await core.package(id);
    expect(p.event).toMatchObject({ version: 2, update: { state: 'failed' } });
    expect(everythingReady(p)).toBe(true);
  });

  it('loses no file that a person changed: it goes to the trash', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, {}, [seed.address]));
    const inFolder = (name: string): string => join(core.downloads, 'event', name);
    await appendFile(inFolder('part-03.bin'), 'my notes');
    const edited = Buffer.from(files['part-04.bin']!);
    edited[5]! ^= 1;
    await writeFile(inFolder('part-04.bin'), edited); // as long as before
    await writeFile(inFolder('mine.txt'), 'mine');
    await writeFile(inFolder('part-20.bin'), 'in the way');
    const two = version(2, { 'part-03.bin': content(100), 'part-04.bin': null, 'part-20.bin': content(50) }, [seed.address]);
    await seed.share(two);
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, ofVersion(2));
    expect(core.trashed.map((path) => path.slice(core.downloads.length + 1)).sort()).toEqual(['event/part-03.bin', 'event/part-04.bin', 'event/part-20.bin']);
    expect(difference(tree(core.downloads), new Map([...expected(two), ['event/mine.txt', Buffer.from('mine')]]))).toEqual([]);
  });

  it('goes on with an update after the server and the core were gone, and drops the files of a part that the new version has no more', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, {}, [seed.address]));
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`part-0${n}.bin`, content(mebibyte)]));
    const two = version(2, many, [seed.address], { layers: [{ id: 'core', files: game(many) }] });
    await seed.core.ask('settings.update', { upBytesPerSecond: 3 * mebibyte });
    await seed.share(two);
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, (p) => (p.event!.update?.fetchedBytes ?? 0) > mebibyte);
    publisher.server.serve(updatePath, { status: 503 });
    await core.restart();
    const on = await core.until(id, (p) => p.event!.version === 2 || p.event!.update?.state === 'getting');
    expect(on.event!.version).toBe(1);
    const done = await core.until(id, ofVersion(2));
    expect(done.layers.map((layer) => layer.id)).toEqual(['core']);
    expect(differences(core, two)).toEqual([]);
    expect(await seed.sent(two)).toBeLessThan(6.6 * mebibyte);
  });

  it('stays with the old version when a part of the newer one is not what was signed', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, {}, [seed.address]));
    const two = version(2, { 'part-01.bin': content(1000) }, [seed.address], { change: (manifest) => (manifest.layers[0]!.files[1]!.sha256 = 'cd'.repeat(32)) });
    await seed.share(two);
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, (p) => p.event!.update?.state === 'failed');
    expect(differences(core, version(1))).toEqual([]);
    expect((await core.package(id)).event!.update!.message).toContain('not what its publisher signed');
    // A version after it is taken.
    const three = version(3, { 'part-01.bin': content(1000) }, [seed.address]);
    await seed.share(three);
    publisher.offer(three);
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, ofVersion(3));
    expect(differences(core, three)).toEqual([]);
  });

  it('goes over to a still newer version in the middle of an update without fetching again what both have', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, {}, [seed.address]));
    const big = content(4 * mebibyte);
    const next = (number: number, note: string) => version(number, {}, [seed.address], {
      layers: [{ id: 'core', files: game({ 'part-00.bin': Uint8Array.from(Buffer.from(note)) }) }, { id: 'more', files: { 'more.bin': big } }],
    });
    const [two, three] = [next(2, 'two'), next(3, 'three')];
    await seed.core.ask('settings.update', { upBytesPerSecond: 4 * mebibyte });
    await seed.share(two);
    await seed.share(three);
    publisher.offer(two);
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, (p) => (p.event!.update?.fetchedBytes ?? 0) > mebibyte);
    publisher.offer(three);
    await core.ask('packages.checkUpdate', { id });
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, ofVersion(3));
    expect(differences(core, three)).toEqual([]);
    expect(await seed.sent(three)).toBeLessThan(4 * mebibyte * 1.1 + 4 * pieceLength);
  });
});

describe('beside other packages', { timeout: 60_000 }, () => {
  it('takes a plain torrent that is one of its parts for what it is, and refuses a package that shares a torrent with another', async () => {
    const seed = await publisher.seed(first());
    const made = first({}, [seed.address]);
    const core = await publisher.client();
    // A preview that asks people for the same torrent does not stand in the way.
    await core.ask('previews.open', { source: { kind: 'link', link: `magnet:?xt=urn:btih:${made.layers[2]!.metainfo.infoHash}` } });
    await take(core, made);
    const torrent = asSource(makeTorrent('event', made.layers[2]!.payload, pieceLength));
    expect(await core.ask('packages.add', { source: torrent })).toEqual({ id, merged: true });
    await expect(take(core, first({ id: 'com.example.copy' }))).rejects.toThrow('refused');
    await core.until(id, everythingReady);
    expect((await core.ask('session.snapshot', {})).packages).toHaveLength(1);
  });

  it('uses equal files of another package instead of fetching them', async () => {
    const seed = await publisher.seed(first());
    const core = await publisher.client();
    await take(core, first({}, [seed.address]));
    await core.until(id, everythingReady);
    const sent = await seed.sent();
    const other = publisher.make({ id: 'com.example.second', folderName: 'second', pieceLength, layers: [{ id: 'all', files: { 'renamed.bin': coreFile } }] });
    await take(core, other);
    const done = await core.until('com.example.second', everythingReady);
    expect(done).toMatchObject({ fromPeople: 0, bytesDone: coreFile.length });
    expect(await seed.sent()).toBe(sent);
  });

  it('adds a package once, however often somebody clicks', async () => {
    const made = first();
    const core = await publisher.client();
    const answers = await Promise.all(Array.from({ length: 5 }, () => core.ask('packages.add', { source: asSource(made), trust: true })));
    expect(answers.map(({ merged }) => merged).sort()).toEqual([false, true, true, true, true]);
    await Promise.all([core.ask('packages.remove', { ids: [id], data: 'keep' }), core.ask('packages.detail', { id }).catch(() => null)]);
    await core.ask('packages.add', { source: asSource(made) });
    await core.restart();
    expect((await core.package(id)).event?.version).toBe(1);
  });

  it('keeps a package in its list whose file cannot be read at one start, for the next one', async () => {
    const made = first();
    const core = await publisher.client();
    await take(core, made, { paused: true });
    const kept = join(core.options.dataDir, 'packages', id, '1.evpack');
    await core.supervisor.stop();
    await rename(kept, `${kept}.away`);
    await core.restart();
    expect((await core.ask('session.snapshot', {})).packages).toEqual([]);
    await take(core, publisher.make({ id: 'com.example.other', folderName: 'other', layers: [{ id: 'all', files: { 'o.bin': content(1000) } }] }), { paused: true });
    await core.supervisor.stop();
    await rename(`${kept}.away`, kept);
    await core.restart();
    expect((await core.ask('session.snapshot', {})).packages.map((p) => p.id).sort()).toEqual([id, 'com.example.other']);
  });

  it('moves and removes all its parts, with data to the trash and nothing of others', async () => {
    const seed = await publisher.seed(first());
    const core = await publisher.client();
    await take(core, first({}, [seed.address]));
    await core.until(id, everythingReady);
    await writeFile(join(core.downloads, 'event', 'mine.txt'), 'mine');
    const elsewhere = join(core.folder, 'elsewhere');
    await core.ask('packages.move', { id, folder: core.supervisor.grant(elsewhere) });
    expect(difference(tree(elsewhere), expected(first()))).toEqual([]);
    expect([...tree(core.downloads).keys()]).toEqual(['event/mine.txt']);
    await core.ask('packages.remove', { ids: [id], data: 'trash' });
    expect([...tree(elsewhere).keys()]).toEqual([]);
    expect((await core.ask('session.snapshot', {})).packages).toEqual([]);
  });

  it('holds the limit of a package over all its parts together, and counts a package as one in the queue', async () => {
    const equal = first({ layers: layers().map((layer) => ({ ...layer, order: 0, requires: [], required: true })) });
    const seed = await publisher.seed(equal);
    const made = first({ layers: layers().map((layer) => ({ ...layer, order: 0, requires: [], required: true })) }, [seed.address]);
    const core = await publisher.client({ activeDownloads: 1 });
    await take(core, made, { paused: true });
    await core.ask('packages.setLimits', { id, downBytesPerSecond: mebibyte });
    const waiting = publisher.make({ id: 'com.example.waits', folderName: 'waits', layers: [{ id: 'all', files: { 'w.bin': content(1000) } }] });
    await take(core, waiting);
    await core.until('com.example.waits', (p) => p.state.kind !== 'queued');
    await core.ask('packages.setQueuePosition', { id, position: 0 });
    await core.ask('packages.resume', { ids: [id] });
    await core.until('com.example.waits', (p) => p.state.kind === 'queued');
    let parts = 0;
    const late = await core.until(id, (p) => {
      parts = Math.max(parts, p.layers.filter((layer) => layer.bytesDone > 0 && layer.bytesDone < layer.bytesTotal).length);
      return p.bytesDone > 4 * mebibyte;
    });
    expect(parts).toBeGreaterThan(1);
    expect(late.downloadBytesPerSecond).toBeLessThan(1.3 * mebibyte);
  });
});
