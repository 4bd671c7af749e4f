// The publisher's commands as built, against stock minisign, signify and OpenSSL, and their torrents against libtorrent.
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTorrentFile } from '../../main/metainfo/metainfo.ts';
import { parseStatements } from '../../main/package/key-statement.ts';
import { parsePublicKey } from '../../main/package/minisign-public-key.ts';
import { openPackage } from '../../main/package/open-package.ts';
import { openSealedFile, parsePublishedKey } from '../../main/package/sealed-file.ts';
import { startLibtorrent } from '../support/foreign-libtorrent.ts';
import { httpsServer } from '../support/https-server.ts';
import { makePayload } from '../support/payload.ts';
import { commandLine, startFlashswarm } from '../support/processes-flashswarm.ts';
import { leaveNothingBehind, startProgram, temporaryFolder } from '../support/processes.ts';
import type { StartOptions } from '../support/processes.ts';

leaveNothingBehind();

async function flashswarm(args: string[], options: StartOptions = {}) {
  const program = await startFlashswarm(args, options);
  const { code } = await program.exited;
  const lines = program.stdout.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, any>);
  return { code, stdout: program.stdout, stderr: program.stderr, lines, last: lines.at(-1)! };
}

/** A command that must work. */
async function done(...args: string[]) {
  const result = await flashswarm(args);
  expect(result, result.stderr).toMatchObject({ code: 0, stderr: '' });
  return result.last;
}

async function refused(code: number, reason: string, ...args: string[]) {
  const result = await flashswarm(args);
  expect(result, result.stdout).toMatchObject({ code, last: { type: 'error', code: reason } });
  return result.stderr;
}

const files = { 'core/game.bin': 3_000_001, 'core/one.byte': 1, 'core/empty': 0, 'core/data/level 1.pak': 700_000, 'extra/música.ogg': 1_234_567 };
const layers = ['--layer', 'core=core/**:required', '--layer', 'extra=extra/*', '--requires', 'extra=core'];
const about = (version: number) => ['--id', 'com.example.game', '--title', 'The Game', '--version', String(version), '--expires', '90d', '--tracker', 'https://tracker.example.com/announce'];

/** A folder to publish, and a key. */
async function publisher() {
  const folder = temporaryFolder('publisher');
  const { root } = makePayload(folder, 'build 17', files);
  await done('keygen', '--out', join(folder, 'key'), '--no-password');
  const at = (name: string) => join(folder, name);
  const pack = (out: string, version: number, ...more: string[]) => done('pack', root, ...about(version), ...layers, '--key', at('key.key'), '--out', at(out), ...more);
  return { folder, root, at, pack };
}

/** Takes a package apart with the tools of every day. */
function split(file: string): { signature: string; manifest: string } {
  const [signature, manifest] = [`${file}.minisig`, `${file}.json`];
  writeFileSync(signature, execFileSync('head', ['-n', '4', file]));
  writeFileSync(manifest, execFileSync('tail', ['-n', '+5', file]));
  return { signature, manifest };
}

const minisign = (...args: string[]) => execFileSync('minisign', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

describe('pack', () => {
  it('makes a package that stock minisign, verify and clients agree about, and torrents beside it', async () => {
    const { folder, at, pack, root } = await publisher();
    const result = await pack('game.evpack', 1);
    expect(result).toMatchObject({ id: 'com.example.game', version: 1, signed: true, folderName: 'The Game', totalBytes: 4_934_569 });
    const { signature, manifest } = split(at('game.evpack'));
    expect(minisign('-V', '-p', at('key.pub'), '-x', signature, '-m', manifest)).toContain('Signature and comment signature verified');
    const { key } = parsePublicKey(readFileSync(at('key.pub'), 'utf8'));
    const opened = openPackage(readFileSync(at('game.evpack')), { key });
    expect(opened.keySource).toBe('embedded');
    for (const { id, infoHash, torrentFile, magnet } of result.layers as { id: string; infoHash: string; torrentFile: string; magnet: string }[]) {
      expect(torrentFile).toBe(at(`com.example.game.${id}.torrent`));
      expect(parseTorrentFile(readFileSync(torrentFile)).infoHash).toBe(infoHash);
      expect(magnet).toContain(`urn:btih:${infoHash}&dn=The%20Game&tr=`);
    }
    expect(await done('verify', at('game.evpack'), '--key', at('key.pub'), '--json')).toMatchObject({ trusted: true, id: 'com.example.game', version: 1, expired: false });

    // The next version keeps the torrent of what did not change.
    appendFileSync(join(root, 'core/game.bin'), 'patch');
    const kept = readFileSync(at('com.example.game.extra.torrent'));
    const next = await pack('game.evpack', 2, '--previous', at('game.evpack'));
    expect((next.layers as { id: string; kept: boolean }[]).map(({ id, kept: same }) => [id, same])).toEqual([['core', false], ['extra', true]]);
    expect(readFileSync(at('com.example.game.extra.torrent'))).toEqual(kept);
    await done('keygen', '--out', at('new'), '--no-password');
    const other = await flashswarm(['pack', root, ...about(3), ...layers, '--previous', at('game.evpack'), '--key', at('new.key'), '--out', join(root, 'next.evpack')]);
    expect(other.code).toBe(0);
    expect(other.lines.filter(({ type }) => type === 'lint').map(({ message }) => message)).toEqual([expect.stringContaining('into the folder that it is made from'), expect.stringContaining('another key')]);
    expect(await refused(3, 'bad-package', 'pack', root, ...about(2), ...layers, '--previous', at('game.evpack'), '--key', at('key.key'), '--out', at('again.evpack'))).toContain('must be higher');
    expect(existsSync(join(folder, 'again.evpack'))).toBe(false);
  });

  it('lays its files out so that libtorrent finds the same info hash and every piece right, filling included', async () => {
    const { pack, root } = await publisher();
    const result = await pack('game.evpack', 1);
    const downloads = temporaryFolder('libtorrent');
    cpSync(root, join(downloads, 'The Game'), { recursive: true });
    for (const { torrentFile, infoHash } of result.layers as { torrentFile: string; infoHash: string }[]) {
      const load = 'import sys, libtorrent as lt\nt = lt.torrent_info(sys.argv[1])\nf = t.files()\nprint(t.info_hashes().v1, sum(1 for i in range(f.num_files()) if f.file_flags(i) & lt.file_flags_t.flag_pad_file))';
      const loaded = await startProgram('libtorrent info', '/usr/bin/python3', ['-c', load, torrentFile]);
      expect((await loaded.exited).code, loaded.stderr).toBe(0);
      expect(loaded.stdout.trim()).toBe(`${infoHash} ${torrentFile.includes('core') ? 2 : 0}`);
      const client = await startLibtorrent({ role: 'leech', folder: downloads, torrent: { file: torrentFile }, infoHash });
      await client.complete();
      expect(client.status).toMatchObject({ payloadDownload: 0, failedBytes: 0 });
      await client.stop();
    }
    expect(existsSync(join(downloads, 'The Game', '.pad'))).toBe(false);
  });

  it('says what clients would refuse before it reads, and writes nothing then', async () => {
    const { folder, root, at } = await publisher();
    mkdirSync(join(root, 'extra/sub'));
    writeFileSync(join(root, 'core/AUX'), 'x');
    writeFileSync(join(root, 'extra/sub/left-out.txt'), 'x');
    const result = await flashswarm(['pack', root, '--id', 'com.example.game', '--title', 'Game', '--version', '1', ...layers, '--key', at('key.key'), '--out', at('bad.evpack')]);
    expect(result).toMatchObject({ code: 3, last: { type: 'error', code: 'bad-package' } });
    expect(result.lines.filter(({ type }) => type === 'lint').map(({ level, message }) => `${level} ${message}`)).toEqual([
      expect.stringContaining('warning "extra/sub/left-out.txt" matches no layer'), expect.stringContaining('error "core/AUX"'),
      expect.stringContaining('warning The package never expires'), expect.stringContaining('warning There is no tracker and no web seed'),
    ]);
    expect(existsSync(join(folder, 'bad.evpack'))).toBe(false);
    for (const [reason, ...args] of [
      ['usage', 'pack', root, ...about(1), '--key', at('key.key'), '--out', at('x')], ['usage', 'pack', root, ...about(1), ...layers, '--out', at('x')],
      ['usage', 'pack', root, ...about(1), ...layers, '--key', at('key.key'), '--unsigned', '--out', at('x')], ['usage', 'pack', root, ...about(1), ...layers, '--key', at('key.key')],
    ] as [string, ...string[]][]) await refused(2, reason, ...args);
    // The key that signs, inside the folder, under any name.
    copyFileSync(at('key.key'), join(root, 'extra/signing'));
    rmSync(join(root, 'core/AUX'));
    expect(await refused(3, 'bad-package', 'pack', root, ...about(1), ...layers, '--key', join(root, 'extra/signing'), '--out', at('x'))).toContain('everybody would get it');
    rmSync(join(root, 'extra/signing'));
    writeFileSync(at('precious.txt'), 'precious');
    await refused(5, 'not-writable', 'pack', root, ...about(1), ...layers, '--key', at('key.key'), '--out', at('precious.txt'));
    await refused(3, 'unreadable', 'pack', join(root, 'nothing'), ...about(1), ...layers, '--key', at('key.key'), '--out', at('x'));
  });

  it('seals a layer, and hands out its key in a file of its own', async () => {
    const { at, pack, root } = await publisher();
    const result = await pack('game.evpack', 1, '--encrypt', 'extra=https://example.com/extra.key', '--starts-at', '1d');
    expect(result.contentKeyFiles).toEqual([at('game.extra.contentkey')]);
    expect(statSync(at('game.extra.contentkey')).mode & 0o777).toBe(0o600);
    const { encryption, files: sealed } = openPackage(readFileSync(at('game.evpack'))).manifest.layers[1]!;
    const key = parsePublishedKey(readFileSync(at('game.extra.contentkey')));
    await openSealedFile(join(root, sealed[0]!.path), at('opened'), { ...encryption!, key, expected: encryption!.files[0]! });
    expect(readFileSync(at('opened'))).toEqual(readFileSync(join(root, 'extra/música.ogg')));
  });

  it('publishes a live event segment by segment', async () => {
    const { at, root } = await publisher();
    mkdirSync(join(root, 'live'));
    const put = (number: number) => writeFileSync(join(root, `live/${number}.ts`), Buffer.alloc(40_000, number));
    const pack = (version: number, ...more: string[]) => (
      done('pack', root, ...about(version), ...layers, '--segments', 'live/*.ts', '--segment-seconds', '5', '--key', at('key.key'), '--out', at('live.evpack'), '--quick', ...more)
    );
    put(1);
    await pack(1);
    for (const number of [2, 3]) {
      put(number);
      const result = await pack(number, '--previous', at('live.evpack'));
      expect((result.layers as { kept: boolean }[]).filter(({ kept }) => !kept)).toHaveLength(1);
    }
    const { manifest } = openPackage(readFileSync(at('live.evpack')));
    expect(manifest.layers.map(({ id, segment, files: own }) => [id, segment, own[0]!.path]).slice(2)).toEqual([
      ['segment-0', 0, 'live/1.ts'], ['segment-1', 1, 'live/2.ts'], ['segment-2', 2, 'live/3.ts'],
    ]);
    expect(manifest.event).toEqual({ segmentSeconds: 5 });
  });

  it('warns of web seeds that have nothing, another version, or know no ranges', async () => {
    const { root, at } = await publisher();
    const server = await httpsServer();
    const level = 'The Game/core/data/level 1.pak';
    server.serve(`/good/${level}`, { bytes: readFileSync(join(root, 'core/data/level 1.pak')) });
    server.serve(`/whole/${level}`, { bytes: readFileSync(join(root, 'core/data/level 1.pak')), ranges: false });
    server.serve(`/old/${level}`, { bytes: readFileSync(join(root, 'core/game.bin')) });
    const check = async (seed: string) => (await flashswarm([
      'pack', root, ...about(1), ...layers, '--web-seed', server.url(seed), '--check-web-seeds', '--allow-private', '--key', at('key.key'), '--out', at('seed.evpack'),
    ], { env: { HOME: at('home'), NODE_EXTRA_CA_CERTS: server.caFile } })).lines.filter(({ type }) => type === 'lint').map(({ message }) => message as string);
    expect(await check('/good')).toEqual([expect.stringContaining('m%C3%BAsica.ogg answers with 404')]);
    expect((await check('/whole'))[0]).toMatch(/level%201\.pak answers with the whole file/);
    expect((await check('/old'))[0]).toMatch(/level%201\.pak has 3000001 bytes, and the package says 700000/);
    expect((await check('/none'))[0]).toMatch(/level%201\.pak answers with 404/);
  });

  it('shows a bar on a terminal and stops at Ctrl-C without a package', async () => {
    const { at, root } = await publisher();
    // Long enough to be interrupted; a file of holes takes no room.
    writeFileSync(join(root, 'core/long'), '');
    truncateSync(join(root, 'core/long'), 8 * 1024 ** 3);
    const { code, shown } = await onTerminal(['pack', root, ...about(1), ...layers, '--key', at('key.key'), '--out', at('big.evpack')], [['Reading, 1 %', '\u0003']]);
    expect(code, shown).toBe(130);
    expect(shown).toMatch(/█*░+ {2}Reading, 0 % of 8\.6 GB/);
    expect(existsSync(at('big.evpack'))).toBe(false);
  });
});

describe('sign and verify', () => {
  it('open what stock minisign signed, with the key inside or named', async () => {
    const { root, at } = await publisher();
    const unsigned = await done('pack', root, ...about(1), ...layers, '--unsigned', '--out', at('manifest.json'));
    expect(unsigned).toMatchObject({ signed: false });
    await refused(7, 'bad-signature', 'verify', at('manifest.json'), '--key', at('key.pub'));
    const publicKey = readFileSync(at('key.pub'), 'utf8').split('\n')[1]!;
    const glue = (out: string) => writeFileSync(at(out), Buffer.concat([readFileSync(at('manifest.json.minisig')), readFileSync(at('manifest.json'))]));
    for (const legacy of [[], ['-l']]) {
      minisign('-S', ...legacy, '-s', at('key.key'), '-m', at('manifest.json'), '-t', `timestamp:1 key=${publicKey}`);
      glue('stock.evpack');
      expect(openPackage(readFileSync(at('stock.evpack'))).keySource).toBe('embedded');
      expect(await done('verify', at('stock.evpack'), '--key', at('key.pub'))).toMatchObject({ trusted: true });
    }
    minisign('-S', '-s', at('key.key'), '-m', at('manifest.json'));
    glue('keyless.evpack');
    await refused(8, 'key-needed', 'verify', at('keyless.evpack'));
    expect(await done('verify', at('keyless.evpack'), '--key', at('key.pub'))).toMatchObject({ trusted: true });
    // And the other way round.
    await done('sign', at('manifest.json'), '--key', at('key.key'), '--out', at('signed.evpack'));
    const { signature, manifest } = split(at('signed.evpack'));
    expect(minisign('-V', '-P', publicKey, '-x', signature, '-m', manifest)).toContain('verified');
    // A signed one gets another signature over the same manifest.
    await done('keygen', '--out', at('second'), '--no-password');
    await done('sign', at('signed.evpack'), '--key', at('second.key'), '--out', at('resigned.evpack'));
    expect(split(at('resigned.evpack')).manifest).toBeTruthy();
    expect(readFileSync(split(at('resigned.evpack')).manifest)).toEqual(readFileSync(at('manifest.json')));
    await refused(7, 'bad-signature', 'verify', at('resigned.evpack'), '--key', at('key.pub'));
  });

  it('say what does not hold, each with its exit code', async () => {
    const { at, pack, root } = await publisher();
    await pack('game.evpack', 1);
    await done('keygen', '--out', at('other'), '--no-password');
    await refused(7, 'bad-signature', 'verify', at('game.evpack'), '--key', at('other.pub'));
    const untrusted = await flashswarm(['verify', at('game.evpack')]);
    expect(untrusted).toMatchObject({ code: 8, last: { type: 'verified', trusted: false, fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/) } });
    const good = readFileSync(at('game.evpack'));
    const tampered = (change: (bytes: Buffer) => Buffer) => writeFileSync(at('bad.evpack'), change(Buffer.from(good)));
    for (const change of [
      (bytes: Buffer) => Buffer.from(bytes.toString('utf8').replace('"version": 1', '"version": 9')), (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(' ')]),
      (bytes: Buffer) => bytes.subarray(0, -1), (bytes: Buffer) => Buffer.from(bytes.toString('utf8').replace(/timestamp:1/, 'timestamp:2')),
    ]) {
      tampered(change);
      for (const key of [[], ['--key', at('key.pub')]]) await refused(7, 'bad-signature', 'verify', at('bad.evpack'), ...key);
    }
    await refused(3, 'not-a-package', 'verify', at('com.example.game.core.torrent'));
    await refused(3, 'not-found', 'verify', at('nothing.evpack'));
    await refused(3, 'bad-key', 'verify', at('game.evpack'), '--key', at('game.evpack'));
    await refused(3, 'too-large', 'verify', await bigFile(root));
    await refused(2, 'usage', 'verify');
    await refused(2, 'usage', 'sign', at('game.evpack'), '--out', at('x'));
    // What is signed and wrong all the same is not signed here.
    writeFileSync(at('wrong.json'), '{"format": "evpack/1"}');
    await refused(3, 'bad-package', 'sign', at('wrong.json'), '--key', at('key.key'), '--out', at('wrong.evpack'));
    expect(existsSync(at('wrong.evpack'))).toBe(false);
  });
});

describe('keys', () => {
  it('of OpenSSL and signify are converted and sign; minisign signs with the result', async () => {
    const { at, root } = await publisher();
    await done('pack', root, ...about(1), ...layers, '--unsigned', '--out', at('manifest.json'));
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', at('openssl.pem')]);
    execFileSync('openssl', ['pkey', '-in', at('openssl.pem'), '-pubout', '-out', at('openssl-public.pem')]);
    execFileSync('signify-openbsd', ['-G', '-n', '-p', at('signify.pub'), '-s', at('signify.sec')]);
    for (const [from, theirs] of [['openssl.pem', 'openssl-public.pem'], ['signify.sec', 'signify.pub']] as const) {
      const prefix = at(`from-${from}`);
      await done('keygen', '--from', at(from), '--out', prefix, '--no-password');
      expect(statSync(`${prefix}.key`).mode & 0o777).toBe(0o600);
      await done('sign', at('manifest.json'), '--key', `${prefix}.key`, '--out', at(`${from}.evpack`));
      await done('verify', at(`${from}.evpack`), '--key', `${prefix}.pub`);
      await done('verify', at(`${from}.evpack`), '--key', at(theirs));
      // The original signs as well, without a conversion.
      await done('sign', at('manifest.json'), '--key', at(from), '--out', at(`${from}.direct.evpack`));
      await done('verify', at(`${from}.direct.evpack`), '--key', `${prefix}.pub`);
      minisign('-S', '-s', `${prefix}.key`, '-m', at('manifest.json'), '-x', at(`${from}.minisig`));
      expect(minisign('-V', '-p', `${prefix}.pub`, '-m', at('manifest.json'), '-x', at(`${from}.minisig`))).toContain('verified');
    }
  });

  it('are protected by a password that scripts give in the environment, and are never written over', async () => {
    const { at, root } = await publisher();
    const withPassword = (password: string, ...args: string[]) => flashswarm(args, { env: { HOME: at('home'), FLASHSWARM_KEY_PASSWORD: password } });
    expect(await withPassword('correct horse', 'keygen', '--out', at('locked'))).toMatchObject({ code: 0 });
    const sign = ['pack', root, ...about(1), ...layers, '--key', at('locked.key'), '--out', at('locked.evpack')];
    expect(await withPassword('wrong', ...sign)).toMatchObject({ code: 3, last: { code: 'bad-password' } });
    expect(await refused(3, 'bad-password', ...sign)).toContain('FLASHSWARM_KEY_PASSWORD');
    expect(await withPassword('correct horse', ...sign)).toMatchObject({ code: 0 });
    expect(await refused(3, 'bad-password', 'keygen', '--out', at('asked'))).toContain('--no-password');
    expect(existsSync(at('asked.key'))).toBe(false);
    // Stock minisign asks for the same password.
    expect(await stockSigns(at('locked.key'), at('locked.evpack'), 'correct horse')).toBe(0);
    const before = readFileSync(at('key.key'));
    expect(await refused(5, 'not-writable', 'keygen', '--out', at('key'), '--no-password')).toContain('never written over');
    expect(readFileSync(at('key.key'))).toEqual(before);
  });

  it('are typed on a terminal without being shown', async () => {
    const { at } = await publisher();
    const typed = await onTerminal(['keygen', '--out', at('typed')], [['new key: ', 'a secret\r'], ['again: ', 'a secret\r']]);
    expect(typed.code, typed.shown).toBe(0);
    expect(typed.shown).toContain('Password for the new key: ');
    expect(typed.shown).not.toContain('a secret');
    const slip = await onTerminal(['keygen', '--out', at('slip')], [['new key: ', 'one\r'], ['again: ', 'other\r']]);
    expect(slip.shown).toContain('not the same');
    expect(existsSync(at('slip.key'))).toBe(false);
    const stopped = await onTerminal(['keygen', '--out', at('slip')], [['new key: ', 'half\u0003']]);
    expect(stopped.code).toBe(130);
  });

  it('are succeeded and revoked by statements that go to the end of one file', async () => {
    const { at } = await publisher();
    await done('keygen', '--out', at('new'), '--no-password');
    const out = ['--out', at('game.evpack.keys')];
    expect(await done('rotate', '--key', at('key.key'), '--new-key', at('new.pub'), '--version-mark', 'com.example.game=7', ...out)).toMatchObject({ statements: 1 });
    expect(await done('revoke', '--key', at('key.key'), '--reason', 'The laptop is gone', ...out)).toMatchObject({ statements: 2 });
    const key = parsePublicKey(readFileSync(at('key.pub'), 'utf8')).key;
    const newKey = parsePublicKey(readFileSync(at('new.pub'), 'utf8')).key;
    expect(parseStatements(readFileSync(at('game.evpack.keys'), 'utf8'))).toMatchObject([
      { type: 'succession', key, newKey, versionMarks: { 'com.example.game': 7 } }, { type: 'revocation', key, reason: 'The laptop is gone' },
    ]);
    // Stock minisign agrees about each.
    const lines = readFileSync(at('game.evpack.keys'), 'utf8').split('\n');
    writeFileSync(at('s.minisig'), `${lines.slice(5, 9).join('\n')}\n`);
    writeFileSync(at('s.json'), `${lines[9]}\n`);
    expect(minisign('-V', '-p', at('key.pub'), '-x', at('s.minisig'), '-m', at('s.json'))).toContain('verified');
    await refused(2, 'usage', 'rotate', '--key', at('key.key'), '--new-key', at('key.pub'), ...out);
    await refused(2, 'usage', 'rotate', '--key', at('key.key'), '--new-key', at('new.pub'), '--version-mark', 'Game=1', ...out);
    copyFileSync(at('key.pub'), at('precious'));
    await refused(5, 'not-writable', 'revoke', '--key', at('key.key'), '--out', at('precious'));
    expect(parseStatements(readFileSync(at('game.evpack.keys'), 'utf8'))).toHaveLength(2);
  });
});

it('every command of a publisher has its help, and is in the list', async () => {
  const { stdout } = await flashswarm(['--help']);
  for (const command of ['keygen', 'pack', 'sign', 'verify', 'rotate', 'revoke']) {
    expect(stdout).toContain(command);
    const help = await flashswarm([command, '--help']);
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(new RegExp(`^Usage: flashswarm ${command}`));
    expect(help.stdout).toMatch(/Exit codes:/);
  }
});

async function bigFile(folder: string): Promise<string> {
  const file = join(folder, 'big.evpack');
  writeFileSync(file, Buffer.alloc(9 * 1024 * 1024, 'x'));
  return file;
}

/** Runs the built command line on a pseudo-terminal and types, each text when what comes before it was shown. */
async function onTerminal(args: string[], typed: [after: string, text: string][]): Promise<{ code: number | null; shown: string }> {
  const script = `
import json, os, pty, sys, time
args, typed = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0: os.execvp(args[0], args)
shown, seen = b'', 0
while True:
    try: data = os.read(fd, 4096)
    except OSError: break
    if not data: break
    shown += data
    if typed and typed[0][0].encode() in shown[seen:]:
        seen = len(shown)
        os.write(fd, typed.pop(0)[1].encode())
print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode('utf8', 'replace')]))
`;
  const program = await startProgram('terminal', '/usr/bin/python3', ['-c', script, JSON.stringify([[process.execPath, commandLine, ...args], typed])]);
  await program.exited;
  const [code, shown] = JSON.parse(program.stdout || '[null, ""]') as [number | null, string];
  return { code, shown };
}

/** @returns the exit code of stock minisign that signs `file` with a key under a password */
function stockSigns(key: string, file: string, password: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn('minisign', ['-S', '-s', key, '-m', file, '-x', `${file}.stock`], { stdio: ['pipe', 'ignore', 'ignore'] });
    child.on('error', reject);
    child.on('exit', resolve);
    child.stdin.end(`${password}\n`);
  });
}
