// Event packages by the built command line, between real processes: packed, shared, trusted, fetched, updated, refused.
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../main/package/fingerprint.ts';
import type { SecretKey } from '../../main/package/minisign-secret-key.ts';
import { openPackage } from '../../main/package/open-package.ts';
import type { PackedManifest, PackOptions } from '../../main/package/pack-folder.ts';
import { packFolder, signPackage } from '../../main/package/pack-folder.ts';
import { publishedKeyText } from '../../main/package/sealed-file.ts';
import { startLibtorrent } from '../support/foreign-libtorrent.ts';
import { httpsServer } from '../support/https-server.ts';
import { publicKeyText, testSecretKey } from '../support/make-evpack.ts';
import { makePayload } from '../support/payload.ts';
import type { Got, Seeding } from '../support/processes-flashswarm.ts';
import { commandLine, finished, jsonLines, quiet, startFlashswarm, startSeed } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

const id = 'com.example.game';
const game = 'core/game.bin';
const files = { [game]: 3_000_001, 'core/one.byte': 1, 'core/empty': 0, 'extra/música.ogg': 1_234_567 };
const layers = [{ id: 'core', pattern: 'core/**', required: true }, { id: 'extra', title: 'Music', pattern: 'extra/**', required: false, requires: ['core'] }];

/** A publisher's folder, key and packages. */
class Publisher {
  readonly folder = temporaryFolder('publisher');
  readonly root = join(this.folder, 'The Game');
  readonly key: SecretKey;
  readonly pub: string;
  readonly print: ReturnType<typeof fingerprint>;

  constructor(number = 1) {
    makePayload(this.folder, 'The Game', files);
    this.key = testSecretKey(number);
    this.print = fingerprint(this.key.publicKey);
    this.pub = join(this.folder, 'publisher.pub');
    writeFileSync(this.pub, `untrusted comment: minisign public key of Example Games\n${publicKeyText(this.key)}\n`);
  }

  /** @returns the package's file */
  async pack(version: number, more: Partial<PackOptions> = {}, name = `v${version}.evpack`): Promise<{ file: string; packed: PackedManifest; bytes: Uint8Array }> {
    const packed = await packFolder(this.root, {
      id, title: 'The Game', version, publisherName: 'Example Games', layers, allowPrivate: true, pieceLength: 65_536, issuedAt: Date.now() - 60_000 + version * 1_000, ...more,
    });
    const bytes = signPackage(packed.manifestBytes, this.key);
    const file = join(this.folder, name);
    writeFileSync(file, bytes);
    for (const { fileName, bytes: torrent } of packed.torrents) writeFileSync(join(this.folder, `${name}.${fileName}`), torrent);
    return { file, packed, bytes };
  }

  sha256(path: string): string {
    return sha256(join(this.root, path));
  }
}

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

/** One user: a home in which keys and versions are remembered. */
class User {
  readonly home = temporaryFolder('home');
  readonly env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    this.env = { HOME: this.home, XDG_DATA_HOME: this.home, NO_COLOR: '1', ...env };
  }

  start(...args: string[]) {
    return startFlashswarm([...args, ...quiet], { env: this.env });
  }

  async run(...args: string[]): Promise<Got> {
    return finished(await this.start(...args));
  }

  get(file: string, out: string, seed: Seeding | null, ...more: string[]): Promise<Got> {
    return this.run('get', file, '--out', out, ...(seed ? ['--peer', seed.address] : []), ...more);
  }
}

const line = (got: Pick<Got, 'lines'>, type: string) => got.lines.find((one) => one.type === type) as Record<string, any> | undefined;
const ended = ({ code, last, program }: Got) => ({ code, error: last?.type === 'error' ? last.code : null, stderr: program.stderr });
const refusal = (code: number, error: string) => ({ code, error, stderr: expect.stringMatching(/^\S[^\n]{10,}\n/) });
const good = { code: 0, error: null, stderr: '' };

describe('get of a package', () => {
  it('by a trusted key brings every layer, the core first, each file as signed', async () => {
    const publisher = new Publisher();
    const { file, packed } = await publisher.pack(1);
    const seed = await startSeed([file, '--limit-up', '1M']);
    const said = jsonLines(seed.program).find(({ type }) => type === 'seeding') as Record<string, any>;
    expect(said).toMatchObject({ id, version: 1, fingerprint: publisher.print.hex, port: seed.port, folder: publisher.folder, missing: [] });
    expect(said.layers.map(({ magnet }: { magnet: string }) => magnet)).toEqual(packed.magnets);

    const user = new User();
    const out = temporaryFolder('out');
    const got = await user.get(file, out, seed, '--trust', publisher.pub);
    expect(ended(got), got.program.tail()).toEqual(good);
    expect(got.last).toMatchObject({
      type: 'done', id, version: 1, publisher: { name: 'Example Games', fingerprint: publisher.print.hex }, folder: out, everyFileAsSigned: true, update: null, sealed: [],
      layers: [{ id: 'core', state: 'ready', chosen: true, required: true, files: 3 }, { id: 'extra', title: 'Music', state: 'ready', chosen: true, required: false, files: 1 }],
    });
    const { bytes, fromPeople, fromServer, fromLocal } = got.last as Record<string, any>;
    expect([fromPeople + fromLocal, fromServer]).toEqual([bytes, 0]);
    expect(fromPeople).toBeGreaterThan(4_200_000);
    for (const path of Object.keys(files)) expect(sha256(join(out, 'The Game', path)), path).toBe(publisher.sha256(path));
    const order = got.lines.map(({ type }) => type).filter((type) => type as string !== 'progress');
    expect(order).toEqual(['package', 'layer', 'core-ready', 'layer', 'done']);
    expect(got.lines.filter(({ type }) => type as string === 'layer').map((one) => one.id)).toEqual(['core', 'extra']);
    seed.program.signal('SIGINT');
    expect((await seed.program.exited).code).toBe(0);

    // The same once more: nothing is fetched, and nobody has to be there.
    const again = await user.get(file, out, null);
    expect(ended(again), again.program.tail()).toEqual(good);
    expect(again.lines[0]).toMatchObject({ type: 'package', action: 'same', trust: 'trusted' });
  });

  it('fetches again what was removed from its folder', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    const seed = await startSeed([file]);
    const user = new User();
    const out = temporaryFolder('out');
    expect(ended(await user.get(file, out, seed, '--trust', publisher.pub))).toEqual(good);
    rmSync(join(out, 'The Game', game));
    const again = await user.get(file, out, seed);
    expect(ended(again), again.program.tail()).toEqual(good);
    expect(sha256(join(out, 'The Game', game))).toBe(publisher.sha256(game));
    rmSync(join(out, 'The Game'), { recursive: true });
    const whole = await user.get(file, out, seed);
    expect(ended(whole), whole.program.tail()).toEqual(good);
    for (const path of Object.keys(files)) expect(sha256(join(out, 'The Game', path)), path).toBe(publisher.sha256(path));
  });

  it('by an unknown key is refused with the fingerprint to compare, and taken with it', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    const seed = await startSeed([file]);
    const user = new User();
    const out = temporaryFolder('out');
    const refused = await user.get(file, out, seed);
    expect(refused).toMatchObject({ code: 8, last: { type: 'error', code: 'not-trusted', publisher: { name: 'Example Games', fingerprint: publisher.print.hex, words: publisher.print.words } } });
    expect(refused.program.stderr).toContain('The publisher says to be "Example Games"');
    expect(refused.program.stderr).toContain(publisher.print.words.join(' '));
    expect(refused.program.stderr).toContain(`--trust ${publisher.print.hex}`);
    expect(existsSync(join(out, 'The Game'))).toBe(false);

    const stranger = new Publisher(2);
    expect(ended(await user.get(file, out, seed, '--trust', stranger.print.hex))).toEqual(refusal(7, 'wrong-key'));
    expect(ended(await user.get(file, out, seed, '--trust', stranger.pub))).toEqual(refusal(7, 'wrong-key'));
    expect(ended(await user.get(file, out, seed, '--trust', publisher.print.hex.slice(0, 16)))).toEqual(refusal(2, 'usage'));
    expect(ended(await user.get(file, out, seed, '--trust', join(out, 'none.pub')))).toEqual(refusal(3, 'not-found'));
    expect(existsSync(join(out, 'The Game'))).toBe(false);

    const words = await user.get(file, out, seed, '--trust', publisher.print.words.join(' '));
    expect(ended(words), words.program.tail()).toEqual(good);
    const known = await user.get(file, temporaryFolder('out'), seed);
    expect(ended(known), 'what was trusted once holds in every folder').toEqual(good);
  });

  it('runs side by side in two folders, with one list of keys; in one folder one at a time', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    const seed = await startSeed([file]);
    const user = new User();
    const outs = [temporaryFolder('out'), temporaryFolder('out')];
    const both = await Promise.all(outs.map((out) => user.start('get', file, '--out', out, '--peer', seed.address, '--trust', publisher.pub, '--seed')));
    for (const program of both) await until('done', () => jsonLines(program).some(({ type }) => type === 'done'), { describe: () => program.tail() });
    for (const out of outs) expect(sha256(join(out, 'The Game', game))).toBe(publisher.sha256(game));
    const third = await user.get(file, outs[0]!, seed);
    expect(ended(third)).toEqual(refusal(6, 'in-use'));
    expect(third.program.stderr).toContain(outs[0]);
    for (const program of both) {
      program.signal('SIGINT');
      expect((await program.exited).code).toBe(130);
    }
    expect(ended(await user.get(file, temporaryFolder('out'), seed))).toEqual(good);
  });

  it('leaves out the optional layers that were not named, until they are', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    const seed = await startSeed([file]);
    const user = new User();
    const out = temporaryFolder('out');
    expect(ended(await user.get(file, out, seed, '--trust', publisher.pub, '--layers', 'nonsense'))).toEqual(refusal(2, 'bad-request'));
    const core = await user.get(file, out, seed, '--trust', publisher.pub, '--layers', 'core');
    expect(ended(core), core.program.tail()).toEqual(good);
    expect(core.last).toMatchObject({ layers: [{ id: 'core', state: 'ready' }, { id: 'extra', state: 'left-out', chosen: false }] });
    expect((core.last!.files as { layer: string }[]).map(({ layer }) => layer)).toEqual(['core', 'core', 'core']);
    expect(existsSync(join(out, 'The Game/extra'))).toBe(false);
    const all = await user.get(file, out, seed, '--layers', 'core,extra');
    expect(ended(all), all.program.tail()).toEqual(good);
    expect(sha256(join(out, 'The Game/extra/música.ogg'))).toBe(publisher.sha256('extra/música.ogg'));
  });

  it('takes its layers from a client of another make', async () => {
    const publisher = new Publisher();
    const { file, bytes } = await publisher.pack(1);
    const opened = openPackage(bytes, { allowPrivate: true });
    const peers = await Promise.all(opened.layers.map(({ layer, metainfo: { infoHash } }) => (
      startLibtorrent({ role: 'seed', folder: publisher.folder, infoHash, torrent: { file: join(publisher.folder, `v1.evpack.${id}.${layer.id}.torrent`) } })
    )));
    const out = temporaryFolder('out');
    const got = await new User().get(file, out, null, '--trust', publisher.pub, ...peers.flatMap(({ address }) => ['--peer', address]));
    expect(ended(got), got.program.tail()).toEqual(good);
    for (const path of Object.keys(files)) expect(sha256(join(out, 'The Game', path)), path).toBe(publisher.sha256(path));
  });
});

describe('a newer version', () => {
  it('fetches what changed alone and says so; the older one is refused from then on, in every folder', async () => {
    const publisher = new Publisher();
    const first = await publisher.pack(1);
    const seed1 = await startSeed([first.file]);
    const user = new User();
    const out = temporaryFolder('out');
    expect(ended(await user.get(first.file, out, seed1, '--trust', publisher.pub))).toEqual(good);
    seed1.program.signal('SIGINT');
    await seed1.program.exited;

    const changed = readFileSync(join(publisher.root, game));
    randomBytes(100_000).copy(changed, 1_000_000);
    writeFileSync(join(publisher.root, game), changed);
    const second = await publisher.pack(2, { previous: openPackage(first.bytes, { allowPrivate: true }) });
    expect(second.packed.keptLayers).toEqual(['extra']);
    const seed2 = await startSeed([second.file]);
    const got = await user.get(second.file, out, seed2);
    expect(ended(got), got.program.tail()).toEqual(good);
    expect(line(got, 'package')).toMatchObject({ action: 'update', version: 2, haveVersion: 1, trust: 'trusted' });
    const { update } = got.last as Record<string, any>;
    expect(update).toMatchObject({ fromVersion: 1 });
    expect(update.fetchedBytes).toBeLessThanOrEqual(3 * 65_536);
    expect(update.reusedBytes).toBeGreaterThan(4_000_000);
    const given = Math.max(...jsonLines(seed2.program).map((one) => (one.uploadedBytes as number) ?? 0));
    expect(given).toBeLessThan(3 * 65_536 + 32_768);
    for (const path of Object.keys(files)) expect(sha256(join(out, 'The Game', path)), path).toBe(publisher.sha256(path));

    for (const folder of [out, temporaryFolder('out')]) {
      const old = await user.get(first.file, folder, null);
      expect(ended(old)).toEqual(refusal(7, 'rollback'));
      expect(old.program.stderr).toContain('older than the one you have');
    }
    expect(sha256(join(out, 'The Game', game))).toBe(publisher.sha256(game));
  });

  it('is asked for at the publisher\'s address before anything is fetched, with --update', async () => {
    const publisher = new Publisher();
    const web = await httpsServer();
    const updateUrl = web.url('/game.evpack');
    const first = await publisher.pack(1, { updateUrl });
    writeFileSync(join(publisher.root, game), randomBytes(3_000_001));
    const second = await publisher.pack(2, { updateUrl });
    web.serve('/game.evpack', { bytes: second.bytes });
    const seed = await startSeed([second.file]);
    const user = new User({ NODE_EXTRA_CA_CERTS: web.caFile });
    const out = temporaryFolder('out');
    const got = await user.get(first.file, out, seed, '--trust', publisher.pub, '--update');
    expect(ended(got), got.program.tail()).toEqual(good);
    expect(got.last).toMatchObject({ version: 2 });
    expect(sha256(join(out, 'The Game', game))).toBe(publisher.sha256(game));

    // The same command for ever, as a clock would say it.
    const later = await user.get(first.file, out, seed, '--update');
    expect(ended(later), later.program.tail()).toEqual(good);
    expect(later.last).toMatchObject({ version: 2, update: null });

    // By its address, and by a link that names the key.
    for (const source of [updateUrl, `flashswarm:open?url=${encodeURIComponent(updateUrl)}&key=${publisher.print.hex}`]) {
      const other = temporaryFolder('out');
      const linked = await user.get(source, other, seed);
      expect(ended(linked), linked.program.tail()).toEqual(good);
      expect(sha256(join(other, 'The Game', game))).toBe(publisher.sha256(game));
    }
    const wrong = await user.get(`flashswarm:open?url=${encodeURIComponent(updateUrl)}&key=${new Publisher(2).print.hex}`, temporaryFolder('out'), seed);
    expect(ended(wrong)).toEqual(refusal(7, 'wrong-key'));
    web.serve('/gone.evpack', null);
    expect(ended(await user.get(web.url('/gone.evpack'), temporaryFolder('out'), null))).toEqual(refusal(4, 'bad-status'));
    // An address that does not say what it is.
    const plain = await user.get(web.serve('/download', { bytes: second.bytes }), temporaryFolder('out'), seed);
    expect(ended(plain), plain.program.tail()).toEqual(good);
    expect(plain.last).toMatchObject({ type: 'done', id, version: 2 });
  });
});

describe('what is asked of people', () => {
  it('is said before anything is fetched: terms and regions', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1, { terms: 'Be kind.\nShare.', regions: { only: ['DE', 'AT'] } });
    const seed = await startSeed([file]);
    const user = new User();
    const out = temporaryFolder('out');
    const regions = await user.get(file, out, seed, '--trust', publisher.pub, '--accept-terms');
    expect(ended(regions)).toEqual(refusal(9, 'not-accepted'));
    expect(regions.program.stderr).toContain('in DE, AT only');
    const terms = await user.get(file, out, seed, '--trust', publisher.pub, '--accept-region');
    expect(ended(terms)).toEqual(refusal(9, 'not-accepted'));
    expect(line(terms, 'terms')).toMatchObject({ text: 'Be kind.\nShare.', accepted: false });
    expect(terms.program.stderr).toContain('--accept-terms');
    expect(existsSync(join(out, 'The Game'))).toBe(false);
    const both = await user.get(file, out, seed, '--trust', publisher.pub, '--accept-terms', '--accept-region');
    expect(ended(both), both.program.tail()).toEqual(good);
    expect(ended(await user.get(file, out, seed)), 'accepted once is enough').toEqual(good);
  });

  it('is asked once on a terminal', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    const seed = await startSeed([file]);
    const user = new User();
    const onTerminal = async (out: string, answer: string) => {
      const command = [process.execPath, commandLine, 'get', file, '--out', out, '--peer', seed.address, '--no-dht', '--allow-private'].map((part) => `'${part}'`).join(' ');
      const program = await startProgram('script', 'script', ['-qec', command, '/dev/null'], { stdin: true, env: { ...user.env, TERM: 'xterm' } });
      if (answer !== '') {
        await until('the question', () => program.stdout.includes('[y/N]'), { describe: () => program.tail() });
        program.write(answer);
      }
      const { code } = await program.exited;
      return { code, stdout: program.stdout };
    };
    const out = temporaryFolder('out');
    const no = await onTerminal(out, 'n');
    expect([no.code, no.stdout.includes('the key is not trusted')], no.stdout).toEqual([8, true]);
    const yes = await onTerminal(out, 'yes');
    expect(yes.code, yes.stdout).toBe(0);
    expect(yes.stdout).toContain(publisher.print.words.join(' '));
    expect(yes.stdout).toContain('Core ready');
    expect(yes.stdout).toContain('Every file (4) has the SHA-256 that the publisher signed.');
    expect(sha256(join(out, 'The Game', game))).toBe(publisher.sha256(game));
    const again = await onTerminal(temporaryFolder('out'), '');
    expect(again.code, again.stdout).toBe(0);
    expect(again.stdout).not.toContain('[y/N]');
  });
});

describe('a package before its start', () => {
  it('is fetched, says when it opens, and opens its sealed layers with --wait', async () => {
    const publisher = new Publisher();
    const web = await httpsServer();
    const keyUrl = web.url('/extra.key');
    const [core, extra] = layers;
    const { file, packed } = await publisher.pack(1, {
      startsAt: Date.now() - 1_000, layers: [core!, { ...extra!, encrypt: { algorithm: 'xchacha20-poly1305', keyUrl } }],
    });
    const plain = publisher.sha256('extra/música.ogg');
    const seed = await startSeed([file]);
    const user = new User({ NODE_EXTRA_CA_CERTS: web.caFile });
    const out = temporaryFolder('out');
    const got = await user.get(file, out, seed, '--trust', publisher.pub);
    expect(ended(got), got.program.tail()).toMatchObject({ code: 0, error: null });
    expect(got.last).toMatchObject({ type: 'done', sealed: ['extra'], open: true, layers: [{ id: 'core', state: 'ready' }, { id: 'extra', state: 'sealed' }] });
    expect(existsSync(join(out, 'The Game/extra/música.ogg'))).toBe(false);
    expect(existsSync(join(out, 'The Game/extra/música.ogg.sealed'))).toBe(true);

    const waiting = await user.start('get', file, '--out', out, '--wait');
    await until('it asks for the key', () => web.requestsFor('/extra.key').length > 0, { describe: () => waiting.tail() });
    expect(waiting.ended).toBe(false);
    web.serve('/extra.key', { bytes: Buffer.from(publishedKeyText(packed.contentKeys[0]!.key)) });
    const opened = await finished(waiting);
    expect(opened.last, waiting.tail()).toMatchObject({ type: 'done', sealed: [], layers: [{ id: 'core', state: 'ready' }, { id: 'extra', state: 'ready' }] });
    expect(sha256(join(out, 'The Game/extra/música.ogg'))).toBe(plain);

    const later = Date.now() + 3_600_000;
    const { file: next } = await publisher.pack(2, { startsAt: later });
    const seed2 = await startSeed([next]);
    const early = await user.get(next, temporaryFolder('out'), seed2);
    expect(ended(early), early.program.tail()).toEqual(good);
    expect(early.last).toMatchObject({ open: false, startsAt: Math.floor(later) });
  });
});

describe('seed of a package', () => {
  it('shares the layers that are there and says which are not; its own folder may be named', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    rmSync(join(publisher.root, 'extra'), { recursive: true });
    const seed = await startSeed([file, '--data', publisher.root]);
    expect(jsonLines(seed.program).find(({ type }) => type === 'seeding')).toMatchObject({
      layers: [{ id: 'core' }], missing: [{ id: 'extra', required: false, why: expect.stringContaining('música.ogg') }], folder: publisher.folder,
    });
    const out = temporaryFolder('out');
    const user = new User();
    expect(ended(await user.get(file, out, seed, '--trust', publisher.pub, '--layers', 'core'))).toEqual(good);

    // Sharing trusts nothing: the same user's get still asks.
    const own = await user.start('seed', file, '--listen', '0');
    await until('it shares', () => jsonLines(own).some(({ type }) => type === 'seeding'), { describe: () => own.tail() });
    own.signal('SIGINT');
    expect((await own.exited).code).toBe(0);
    const stranger = new User();
    const alone = await stranger.start('seed', file, '--listen', '0');
    await until('it shares', () => jsonLines(alone).some(({ type }) => type === 'seeding'), { describe: () => alone.tail() });
    expect(ended(await stranger.get(file, temporaryFolder('out'), seed, '--layers', 'core'))).toEqual(refusal(8, 'not-trusted'));
  });

  it('refuses files that differ, folders without any layer, and another key than the one named', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(1);
    const user = new User();
    expect(ended(await user.run('seed', file, '--trust', new Publisher(2).pub))).toEqual(refusal(7, 'bad-signature'));
    expect(ended(await user.run('seed', file, '--trust', new Publisher(2).print.hex))).toEqual(refusal(7, 'wrong-key'));
    expect(ended(await user.run('seed', file, '--data', temporaryFolder('empty')))).toEqual(refusal(5, 'incomplete'));
    const bytes = readFileSync(join(publisher.root, game));
    bytes[5_000]! ^= 1;
    writeFileSync(join(publisher.root, game), bytes);
    rmSync(join(publisher.root, 'extra'), { recursive: true });
    expect(ended(await user.run('seed', file))).toEqual(refusal(5, 'incomplete'));
    expect(readFileSync(join(publisher.root, game)).equals(bytes), 'and never writes').toBe(true);
    renameSync(publisher.root, join(publisher.folder, 'build'));
    expect(ended(await user.run('seed', file, '--data', join(publisher.folder, 'build')))).toEqual(refusal(5, 'incomplete'));
  });
});

describe('bad packages', () => {
  it('are refused by get, info and seed alike, each with its exit code', async () => {
    const publisher = new Publisher();
    const { file, bytes, packed } = await publisher.pack(1);
    const at = (name: string, content: Uint8Array | string) => {
      writeFileSync(join(publisher.folder, name), content);
      return join(publisher.folder, name);
    };
    const tampered = Buffer.from(bytes);
    tampered[tampered.indexOf('The Game') + 1]! ^= 0x20;
    const cases: [string, string, number, string][] = [
      ['tampered', at('tampered.evpack', tampered), 7, 'bad-signature'],
      ['not signed', at('bare.evpack', packed.manifestBytes), 7, 'bad-signature'],
      ['a web page', at('page.evpack', '<!doctype html>'), 3, 'not-a-package'],
      ['empty', at('empty.evpack', ''), 3, 'not-a-package'],
      ['cut off', at('cut.evpack', bytes.subarray(0, 100)), 3, 'not-a-package'],
      ['without its end', at('half.evpack', bytes.subarray(0, bytes.length - 10)), 7, 'bad-signature'],
      ['not there', join(publisher.folder, 'none.evpack'), 3, 'not-found'],
    ];
    const user = new User();
    for (const [what, source, code, error] of cases) {
      for (const args of [['get', source, '--out', join(publisher.folder, 'out'), '--trust', publisher.pub], ['info', source], ['seed', source]]) {
        const result = ended(await user.run(...args));
        expect([what, args[0], result.code, result.error], result.stderr).toEqual([what, args[0], code, error]);
      }
    }
    expect(existsSync(join(publisher.folder, 'out'))).toBe(false);
    const expired = await publisher.pack(1, { issuedAt: Date.now() - 10_000_000, expiresAt: Date.now() - 1_000 }, 'expired.evpack');
    expect(ended(await user.get(expired.file, temporaryFolder('out'), null, '--trust', publisher.pub))).toEqual(refusal(7, 'expired'));
    expect(ended(await user.get(file, temporaryFolder('out'), null, '--files', '*.ogg'))).toEqual(refusal(2, 'usage'));
    expect(ended(await user.get(join(publisher.folder, `v1.evpack.${id}.core.torrent`), temporaryFolder('out'), null, '--trust', publisher.pub))).toEqual(refusal(2, 'usage'));
  });

  it('do not stop info from saying what is in a good one, without deciding about trust', async () => {
    const publisher = new Publisher();
    const { file } = await publisher.pack(3, { terms: 'Be kind.', expiresAt: Date.now() + 86_400_000, seeders: ['127.0.0.1:6881'] });
    const { code, last } = await new User().run('info', file);
    expect(code).toBe(0);
    expect(last).toMatchObject({
      kind: 'package', id, version: 3, title: 'The Game', trust: 'not-decided', publisher: { name: 'Example Games', fingerprint: publisher.print.hex, words: publisher.print.words },
      terms: 'Be kind.', expired: false, folderName: 'The Game', sources: { seeders: ['127.0.0.1:6881'] },
    });
    const listed = (last as unknown as { layers: { files: { path: string; sha256: string }[] }[] }).layers.flatMap((layer) => layer.files);
    for (const { path, sha256: hash } of listed) expect(hash, path).toBe(publisher.sha256(path.slice('The Game/'.length)));
    const text = await startFlashswarm(['info', file, '--allow-private']);
    expect((await text.exited).code).toBe(0);
    expect(text.stdout).toContain(publisher.print.words.join(' '));
    expect(text.stdout).toContain('not decided here');
    expect(text.stdout).toContain(`${basename(publisher.root)}/core/game.bin`);
    mkdirSync(join(publisher.folder, 'x'));
    renameSync(file, join(publisher.folder, 'x', 'no name that says anything'));
    expect((await new User().run('info', join(publisher.folder, 'x', 'no name that says anything'))).last).toMatchObject({ kind: 'package' });
  });
});
