// What a person is protected from, and what is opened when: replays, stolen and replaced keys, expiry, start times and sealed parts, links that
// lead to packages; with real cores and a real https server over loopback.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fingerprint } from '../../main/package/fingerprint.ts';
import { makeRevocation, makeSuccession } from '../../main/package/key-statement.ts';
import { sealLayer } from '../../main/package/seal-layer.ts';
import { makeTorrent, testSecretKey } from '../support/make-evpack.ts';
import type { EvpackInput, MadeEvpack } from '../support/make-evpack.ts';
import { mebibyte } from '../support/payload.ts';
import { createHash } from 'node:crypto';
import { asSource, content, difference, everythingReady, expected, ofVersion, take, TestPublisher, tree, updatePath } from '../support/test-publisher.ts';
import type { TestCore } from '../support/test-core.ts';
import { tempFolder } from '../support/temp-folder.ts';

let publisher: TestPublisher;
beforeAll(async () => {
  publisher = await TestPublisher.start();
});
afterAll(() => publisher.close());
afterEach(async () => {
  publisher.server.serve(`${updatePath}.keys`, null);
  expect(await publisher.endCores(), 'cores that fell').toBe(0);
});

const id = 'com.example.event';
const pieceLength = 64 * 1024;
const coreFile = content(mebibyte);
const owner = testSecretKey(1);
const print = fingerprint(owner.publicKey).hex;
const at = (ms: number): string => new Date(ms).toISOString();

const version = (number: number, seeders: string[] = [], more: Partial<EvpackInput> = {}): MadeEvpack => publisher.make({
  id, version: number, pieceLength, layers: [{ id: 'core', files: { 'game.bin': coreFile, 'version.txt': `version ${number}` } }], ...more,
}, seeders);

async function having(made: MadeEvpack, settings: Record<string, unknown> = {}): Promise<TestCore> {
  const core = await publisher.client(settings);
  await take(core, made);
  await core.until(id, ofVersion(made.manifest.package.version));
  return core;
}

async function offered(core: TestCore, made: MadeEvpack): Promise<void> {
  publisher.offer(made);
  await core.ask('packages.checkUpdate', { id });
}

describe('versions and keys', { timeout: 60_000 }, () => {
  it('refuses an older version, for ever, and another content of a version that is here', async () => {
    const seed = await publisher.seed(version(1));
    await seed.share(version(2));
    const core = await having(version(2, [seed.address]));
    await expect(core.ask('previews.open', { source: asSource(version(1)) })).rejects.toThrow('rollback: This package is older than the one you have');
    await expect(core.ask('previews.open', { source: asSource(version(2, [], { title: 'Another' })) })).rejects.toThrow('bad-package');
    await core.ask('packages.remove', { ids: [id], data: 'trash' });
    await core.restart();
    await expect(take(core, version(1))).rejects.toThrow('rollback');
    await core.ask('publishers.forget', { fingerprint: print });
    await expect(take(core, version(1))).rejects.toThrow('rollback');
  });

  it('asks again once a publisher was forgotten, and does not take a newer version silently until then', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, [seed.address]), { updates: 'take' });
    await core.ask('publishers.forget', { fingerprint: print });
    const two = version(2, [seed.address]);
    await seed.share(two);
    await expect(offered(core, two)).rejects.toThrow('not-trusted');
    const preview = await core.ask('previews.open', { source: asSource(two) });
    expect(preview.event).toMatchObject({ trust: 'first-use', action: 'update' });
    await expect(core.ask('packages.add', { previewId: preview.previewId })).rejects.toThrow('not-trusted');
    await core.ask('packages.add', { previewId: preview.previewId, trust: true });
    await core.until(id, ofVersion(2));
  });

  it('stops a package whose publisher revokes the key beside it: nothing is sent or fetched any more', async () => {
    const seed = await publisher.seed(version(1), { upBytesPerSecond: 200_000 });
    const core = await publisher.client();
    await take(core, version(1, [seed.address]));
    await core.until(id, (p) => p.bytesDone > 0);
    publisher.server.serve(`${updatePath}.keys`, { bytes: Buffer.from(makeRevocation(owner, { issuedAt: Date.now(), reason: 'stolen' })) });
    await core.ask('packages.checkUpdate', { id }).catch(() => undefined); // there is no newer version to be had
    const stopped = await core.until(id, (p) => p.state.reason === 'key-revoked' && p.peers.connected === 0);
    expect(stopped.event).toMatchObject({ trust: 'revoked' });
    const before = (await core.package(id)).bytesDone;
    await core.restart();
    const after = await core.until(id, (p) => p.state.reason === 'key-revoked' && p.bytesDone === before);
    expect(after.peers.connected).toBe(0);
    await expect(core.ask('previews.open', { source: asSource(version(2)) })).rejects.toThrow('key-revoked');
  });

  it('stops a package whose key the person revokes, and asks its publisher for nothing more', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, [seed.address]));
    publisher.offer(version(1, [seed.address]));
    await core.ask('publishers.revoke', { fingerprint: print });
    await core.until(id, (p) => p.state.reason === 'key-revoked');
    const asked = publisher.server.requests.length;
    await expect(core.ask('packages.checkUpdate', { id })).rejects.toThrow('not-found');
    await core.restart();
    await core.until(id, (p) => p.state.reason === 'key-revoked');
    expect(publisher.server.requests.length).toBe(asked);
    await core.ask('packages.remove', { ids: [id], data: 'trash' });
    expect([...tree(core.downloads).keys()]).toEqual([]);
  });

  it('takes a version signed by the key that the old one named, without a question', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, [seed.address]), { updates: 'take' });
    const heir = testSecretKey(2);
    const statement = makeSuccession(owner, { keyId: heir.keyId, key: heir.publicKey }, { issuedAt: Date.now() });
    const two = version(2, [seed.address], {
      secret: heir, manifest: { update: { url: publisher.updateUrl }, sources: { seeders: [seed.address] }, publisher: { name: 'Example Publisher', statements: [statement] } },
    });
    await seed.share(two);
    await offered(core, two);
    const done = await core.until(id, ofVersion(2));
    expect(done.event!.publisher.fingerprint).toBe(fingerprint(heir.publicKey).hex);
    await core.restart();
    await core.until(id, ofVersion(2));
  });

  it('goes over to the successor although the old key was revoked meanwhile', async () => {
    const seed = await publisher.seed(version(1));
    const core = await having(version(1, [seed.address]), { updates: 'take' });
    const heir = testSecretKey(3);
    publisher.server.serve(`${updatePath}.keys`, {
      bytes: Buffer.from(makeSuccession(owner, { keyId: heir.keyId, key: heir.publicKey }, { issuedAt: Date.now() - 1000 }) + makeRevocation(owner, { issuedAt: Date.now() })),
    });
    const two = version(2, [seed.address], { secret: heir });
    await seed.share(two);
    await offered(core, two);
    const done = await core.until(id, ofVersion(2));
    expect(done.event!.trust).toBe('trusted');
    await core.until(id, (p) => p.state.kind === 'seeding');
  });

  it('warns when the clock seems to be behind, and opens nevertheless', async () => {
    const core = await publisher.client();
    const preview = await core.ask('previews.open', { source: asSource(version(1, [], { issued: at(Date.now() + 86_400_000) })) });
    expect(preview.event!.warnings).toContain('clock-behind');
  });
});

describe('expiry', { timeout: 60_000 }, () => {
  it('adds no package that has expired', async () => {
    const core = await publisher.client();
    const old = version(1, [], { issued: at(Date.now() - 10_000), manifest: { expires: at(Date.now() - 1000) } });
    expect((await core.ask('previews.open', { source: asSource(old) })).event).toMatchObject({ expired: true, warnings: ['expired'] });
    await expect(take(core, old)).rejects.toThrow('expired');
    expect((await core.ask('session.snapshot', {})).packages).toEqual([]);
  });

  it('finishes what has begun when a package expires during its download, and begins nothing more', async () => {
    const layers: EvpackInput['layers'] = [{ id: 'core', files: { 'core.bin': content(3 * mebibyte) } }, { id: 'late', files: { 'late.bin': content(mebibyte) } }];
    const seed = await publisher.seed(version(1, [], { layers }), { upBytesPerSecond: 200_000 });
    const core = await publisher.client();
    const expires = Date.now() + 10_000;
    await take(core, version(1, [seed.address], { layers, manifest: { update: { url: publisher.updateUrl }, sources: { seeders: [seed.address] }, expires: at(expires) } }));
    const begun = await core.until(id, (p) => p.bytesDone > 0);
    expect(begun.event!.expired).toBe(false);
    expect(Date.now()).toBeLessThan(expires);
    await core.until(id, (p) => p.event!.expired);
    await seed.core.ask('settings.update', { upBytesPerSecond: null });
    const held = await core.until(id, (p) => p.state.reason === 'expired' && p.layers[0]!.state === 'ready');
    expect(held.layers.map(({ state, bytesDone }) => [state, bytesDone])).toEqual([['ready', 3 * mebibyte], ['waiting', 0]]);
    // What it has it shares, and it stays in nobody's way.
    await core.restart();
    await core.until(id, (p) => p.state.reason === 'expired' && p.layers[0]!.state === 'ready');
    expect(await seed.core.ask('session.snapshot', {}).then(({ packages }) => packages.find(({ id: hash }) => hash === held.layers[1]!.infoHash)!.uploadedBytes)).toBe(0);
    // A newer version is taken by somebody whose version has expired.
    const two = version(2, [seed.address], { layers });
    await offered(core, two);
    await core.ask('packages.takeUpdate', { id });
    await core.until(id, ofVersion(2));
  });
});

describe('start times', { timeout: 60_000 }, () => {
  it('is fetched before its start, kept closed until then, and opens by itself', async () => {
    const seed = await publisher.seed(version(1));
    const core = await publisher.client();
    const startsAt = Date.now() + 12_000; // for a busy machine too: all that has to happen before is a few small files
    await take(core, version(1, [seed.address], { manifest: { sources: { seeders: [seed.address] }, event: { startsAt: at(startsAt) } } }));
    const early = await core.until(id, (p) => p.state.reason === 'opens-later' && everythingReady(p));
    expect(early).toMatchObject({ event: { open: false, startsAt }, state: { retryAt: startsAt }, bytesDone: early.bytesTotal });
    await expect(core.ask('packages.file', { id, index: 0 })).rejects.toThrow('not-here: This opens at');
    await core.until(id, (p) => p.event!.open && p.state.reason !== 'opens-later');
    expect(Date.now()).toBeGreaterThanOrEqual(startsAt);
    expect((await core.ask('packages.file', { id, index: 0 })).path).toContain('game.bin');
  });

  it('opens a sealed part with the key that is published after the start; a wrong key is refused and asked for again', async () => {
    const source = tempFolder('plain');
    const plain = { 'film.bin': content(mebibyte + 5), 'notes.txt': Buffer.from('secret until then') };
    const listed = Object.entries(plain).map(([path, bytes]) => {
      writeFileSync(join(source, path), bytes);
      return { path, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex'), absolute: join(source, path) };
    });
    mkdirSync(join(source, 'sealed'));
    const { encryption, key, sealed } = await sealLayer(listed, join(source, 'sealed'), { algorithm: 'xchacha20-poly1305', keyUrl: publisher.server.url('/film.key') }, {});
    const files = Object.fromEntries(sealed.map(({ absolute }, index) => [`${listed[index]!.path}.sealed`, Uint8Array.from(readFileSync(absolute))]));
    const layers = [{ id: 'core', files: { 'game.bin': coreFile } }, { id: 'film', files, encryption }];
    const seed = await publisher.seed(version(1, [], { layers }));
    const core = await publisher.client();
    const startsAt = Date.now() + 12_000;
    const made = version(1, [seed.address], { layers, manifest: { sources: { seeders: [seed.address] }, event: { startsAt: at(startsAt) } } });
    await take(core, made);
    await core.until(id, (p) => p.layers[1]!.state === 'sealed' && p.layers[0]!.state === 'ready');
    expect(Date.now(), 'a slow machine: the start was over before everything was here').toBeLessThan(startsAt);
    expect(publisher.server.requestsFor('/film.key')).toEqual([]);
    await core.until(id, (p) => p.event!.open && p.state.reason === 'sealed');
    while (!publisher.server.requestsFor('/film.key').some(({ status }) => status === 404)) await core.package(id);
    publisher.server.serve('/film.key', { bytes: Buffer.from(`${'ab'.repeat(32)}\n`) });
    while (!publisher.server.requestsFor('/film.key').some(({ status }) => status === 200)) await core.package(id);
    expect((await core.package(id)).layers[1]!.state).toBe('sealed');
    publisher.server.serve('/film.key', { bytes: Buffer.from(`${Buffer.from(key).toString('hex')}\n`) });
    await core.until(id, everythingReady);
    const opened = new Map([...expected(made), ...Object.entries(plain).map(([path, bytes]): [string, Buffer] => [`event/${path}`, Buffer.from(bytes)])]);
    expect(difference(tree(core.downloads), opened)).toEqual([]);
    const elsewhere = join(core.folder, 'elsewhere');
    await core.ask('packages.move', { id, folder: core.supervisor.grant(elsewhere) });
    expect(difference(tree(elsewhere), opened)).toEqual([]);
    expect([...tree(core.downloads).keys()]).toEqual([]);
    const asked = publisher.server.requestsFor('/film.key').length;
    await core.restart();
    await core.until(id, everythingReady);
    expect(publisher.server.requestsFor('/film.key').length).toBe(asked);
    await core.ask('packages.remove', { ids: [id], data: 'trash' });
    expect([...tree(elsewhere).keys()]).toEqual([]);
  });
});

describe('links', { timeout: 60_000 }, () => {
  const link = (key?: string): string => `flashswarm:open?url=${encodeURIComponent(publisher.updateUrl)}${key ? `&key=${key}` : ''}`;

  async function previewOf(core: TestCore, text: string) {
    const { previewId } = await core.ask('previews.open', { source: { kind: 'link', link: text } });
    for (;;) {
      const preview = await core.ask('previews.get', { previewId });
      if (preview.status !== 'asking') return preview;
    }
  }

  it('opens a flashswarm: link when the package is signed with the key that it names, and refuses it otherwise', async () => {
    publisher.offer(version(1));
    const core = await publisher.client();
    expect(await previewOf(core, link(print))).toMatchObject({ status: 'ready', signature: 'signed', event: { packageId: id } });
    expect(await previewOf(core, link())).toMatchObject({ status: 'ready', event: { trust: 'first-use' } });
    expect(await previewOf(core, link(fingerprint(testSecretKey(2).publicKey).hex))).toMatchObject({ status: 'failed', error: { code: 'wrong-key' }, event: null });
  });

  it.each(['.evpack', '.torrent'])('tries the exact source of a magnet, an %s, before it asks anybody', async (ending) => {
    const made = version(1);
    const [layer] = made.layers;
    const address = publisher.server.serve(`/exact${ending}`, { bytes: ending === '.evpack' ? made.bytes : makeTorrent('event', layer!.payload, pieceLength) });
    const core = await publisher.client();
    const preview = await previewOf(core, `magnet:?xt=urn:btih:${layer!.metainfo.infoHash}&xs=${encodeURIComponent(address)}`);
    expect(preview).toMatchObject({ status: 'ready', infoHash: layer!.metainfo.infoHash, signature: ending === '.evpack' ? 'signed' : 'unsigned' });
    // An exact source of another torrent is none.
    const other = `magnet:?xt=urn:btih:${'ab'.repeat(20)}&xs=${encodeURIComponent(address)}`;
    const { previewId } = await core.ask('previews.open', { source: { kind: 'link', link: other } });
    while (publisher.server.requestsFor(`/exact${ending}`).length < 2) await core.package(id).catch(() => null);
    expect(await core.ask('previews.get', { previewId })).toMatchObject({ status: 'asking', event: null });
    // Started while the exact source has not answered: nothing is asked for twice, nobody stumbles over the other.
    publisher.server.serve('/slow', 'silent');
    const slow = await core.ask('previews.open', { source: { kind: 'link', link: `magnet:?xt=urn:btih:${'cd'.repeat(20)}&xs=${encodeURIComponent(publisher.server.url('/slow'))}` } });
    await core.ask('packages.add', { previewId: slow.previewId });
    await new Promise((resolve) => setTimeout(resolve, 3_500)); // past the moment at which the preview would have asked people
    expect((await core.package('cd'.repeat(20))).state.kind).toBe('metadata');
  });
});
