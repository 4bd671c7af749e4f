// The built command line between two of its own processes: create, info, seed, get, Ctrl-C and on, and every bad input.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { arrived, makePayload } from '../support/payload.ts';
import { freePort } from '../support/ports.ts';
import type { GetLine } from '../support/processes-flashswarm.ts';
import { commandLine, finished, jsonLines, quiet, startFlashswarm, startSeed } from '../support/processes-flashswarm.ts';
import { childrenOf, leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

const root = fileURLToPath(new URL('../../', import.meta.url));
const asRoot = process.getuid?.() === 0;

async function run(...args: string[]) {
  const program = await startFlashswarm(args);
  const { code } = await program.exited;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** A torrent with its payload, made by `create`. */
async function made(files: Record<string, number>, ...options: string[]) {
  const folder = temporaryFolder('cli');
  const payload = makePayload(folder, 'set', files);
  const torrent = join(folder, 'set.torrent');
  const created = await run('create', payload.root, '--out', torrent, '--json', ...options);
  expect(created).toMatchObject({ code: 0, stderr: '' });
  return { folder, payload, torrent, created: JSON.parse(created.stdout) as Record<string, any> };
}

const files = { 'big.bin': 5_000_000, 'sub/small.txt': 3_333, 'sub/empty': 0 };

describe('create and info', () => {
  it('agree about what is in a torrent', async () => {
    const { torrent, payload, created } = await made(files, '--tracker', 'udp://127.0.0.1:9/announce', '--tracker', 'http://127.0.0.1:9/announce', '--web-seed', 'http://127.0.0.1:9/', '--piece-size', '64K', '--comment', 'for a test', '--private');
    const { code, stdout } = await run('info', torrent, '--json');
    expect(code).toBe(0);
    const info = JSON.parse(stdout) as Record<string, unknown>;
    expect(info).toMatchObject({
      name: 'set', infoHash: created.infoHash, length: payload.length, pieceLength: 65_536, pieceCount: Math.ceil(payload.length / 65_536), private: true,
      trackers: ['udp://127.0.0.1:9/announce', 'http://127.0.0.1:9/announce'], webSeeds: ['http://127.0.0.1:9/'], comment: 'for a test',
      createdBy: expect.stringContaining('Flashswarm'), creationDate: expect.any(Number), magnet: created.magnet,
    });
    expect((info.files as { path: string; length: number }[]).map(({ path, length }) => `${path} ${length}`).sort()).toEqual(payload.files.map(({ path, length }) => `set/${path} ${length}`).sort());
    const magnet = await run('info', created.magnet as string, '--json');
    expect(JSON.parse(magnet.stdout)).toMatchObject({ name: 'set', infoHash: created.infoHash, files: [], hasMetadata: false });
    const text = await run('info', torrent);
    expect(text.stdout).toContain(created.infoHash);
    expect(text.stdout).toContain('set/sub/small.txt');
  });

  it('replace an older torrent, never another file', async () => {
    const { torrent, payload, folder } = await made({ a: 10 });
    expect((await run('create', payload.root, '--out', torrent)).code).toBe(0);
    writeFileSync(join(folder, 'film.mkv'), 'precious');
    expect((await run('create', payload.root, '--out', join(folder, 'film.mkv'))).code).toBe(5);
    expect(readFileSync(join(folder, 'film.mkv'), 'utf8')).toBe('precious');
  });

  it('know --help and --version, also through npm from another folder', async () => {
    for (const command of ['get', 'seed', 'create', 'info', 'serve']) {
      const { code, stdout, stderr } = await run(command, '--help');
      expect([command, code, stderr]).toEqual([command, 0, '']);
      expect(stdout).toMatch(new RegExp(`^Usage: flashswarm ${command}`));
      expect(stdout).toMatch(/Exit codes:/);
    }
    expect((await run('--help')).code).toBe(0);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect((await run('--version')).stdout).toBe(`${version}\n`);
    const folder = temporaryFolder('npm');
    writeFileSync(join(folder, 'here.torrent'), '<html>');
    const npm = await startProgram('npm', 'npm', ['--prefix', root, 'run', '-s', 'flashswarm', '--', 'info', 'here.torrent'], { cwd: folder });
    expect((await npm.exited).code).toBe(3);
    expect(npm.stderr).toContain('web page');
  });
});

describe('seed and get', () => {
  it('carry a folder from one process to another by torrent and by magnet', async () => {
    const { folder, payload, torrent, created } = await made(files);
    const seed = await startSeed([torrent, '--data', folder]);
    const said = jsonLines(seed.program).find((line) => line.type === 'seeding')!;
    expect(said).toMatchObject({ infoHash: created.infoHash, magnet: created.magnet, port: seed.port });
    for (const source of [torrent, created.magnet as string, created.infoHash as string]) {
      const out = temporaryFolder('out');
      const got = await finished(await startFlashswarm(['get', source, '--out', out, '--peer', seed.address, ...quiet]));
      expect([got.code, got.program.stderr]).toEqual([0, '']);
      expect(got.lines.every(({ type }) => type === 'progress' || type === 'done')).toBe(true);
      expect(got.last).toMatchObject({ type: 'done', infoHash: created.infoHash, bytes: payload.length, fromPeople: payload.length, fromServer: 0, fromLocal: 0 });
      const listed = got.last!.files as { path: string; length: number; fromPeople: number }[];
      expect(listed.map(({ path, length, fromPeople }) => [path, length, fromPeople]).sort()).toEqual(payload.files.map(({ path, length }) => [`set/${path}`, length, length]).sort());
      expect(await arrived(payload, out)).toEqual(payload.files);
    }
    seed.program.signal('SIGINT');
    expect((await seed.program.exited).code).toBe(0);
  });

  it('share a path that is no torrent, at once', async () => {
    const folder = temporaryFolder('cli');
    const payload = makePayload(folder, 'one file.bin', 700_000);
    const seed = await startSeed([payload.root]);
    const { magnet } = jsonLines(seed.program).find((line) => line.type === 'seeding') as GetLine & { magnet: string };
    const out = temporaryFolder('out');
    expect((await finished(await startFlashswarm(['get', magnet, '--out', out, '--peer', seed.address, ...quiet]))).code).toBe(0);
    expect(await arrived(payload, out)).toEqual(payload.files);
  });

  it('fetch the chosen files alone', async () => {
    const { folder, torrent, created } = await made({ 'a.txt': 40_000, 'b.bin': 900_000, 'deep/c.txt': 50_000 }, '--piece-size', '16K');
    const seed = await startSeed([torrent, '--data', folder]);
    const out = temporaryFolder('out');
    const got = await finished(await startFlashswarm(['get', created.magnet as string, '--out', out, '--files', '*.txt', '--peer', seed.address, ...quiet]));
    expect(got.code).toBe(0);
    expect((got.last!.files as { path: string }[]).map(({ path }) => path).sort()).toEqual(['set/a.txt', 'set/deep/c.txt']);
    expect(existsSync(join(out, 'set/b.bin'))).toBe(false);
    expect(readFileSync(join(out, 'set/deep/c.txt')).equals(readFileSync(join(folder, 'set/deep/c.txt')))).toBe(true);
    const none = await finished(await startFlashswarm(['get', torrent, '--out', out, '--files', '*.nothing', ...quiet]));
    expect(none).toMatchObject({ code: 3, last: { type: 'error', code: 'not-found' } });
  });

  it('go on where Ctrl-C stopped, without fetching anything twice', async () => {
    const { folder, payload, torrent } = await made({ 'big.bin': 12_000_000 }, '--piece-size', '64K');
    const seed = await startSeed([torrent, '--data', folder, '--limit-up', '3M']);
    const out = temporaryFolder('out');
    const home = temporaryFolder('home');
    const get = () => startFlashswarm(['get', torrent, '--out', out, '--peer', seed.address, ...quiet], { env: { HOME: home, XDG_DATA_HOME: home } });
    const first = await get();
    await until('some of it', () => jsonLines(first).some((line) => (line.bytesDone as number) > 1_000_000), { describe: () => first.tail() });
    first.signal('SIGINT');
    const stopped = await finished(first);
    expect(stopped).toMatchObject({ code: 130, last: { type: 'error', code: 'cancelled' } });
    expect(first.stderr).toBe('Stopped. What is verified is kept; the same command goes on from there.\n');
    const before = Math.max(...stopped.lines.map((line) => (line.bytesDone as number) ?? 0));

    const second = await finished(await get());
    expect(second.code).toBe(0);
    expect(second.lines[0]!.bytesDone).toBeGreaterThanOrEqual(before);
    expect(second.last).toMatchObject({ type: 'done', bytes: payload.length, fromPeople: payload.length });
    expect(await arrived(payload, out)).toEqual(payload.files);
    const uploaded = Math.max(...jsonLines(seed.program).map((line) => (line.uploadedBytes as number) ?? 0));
    // Blocks under way when Ctrl-C came are not verified yet; everything else came once.
    expect(uploaded).toBeLessThan(payload.length * 1.25);

    const third = await finished(await get());
    expect(third).toMatchObject({ code: 0, last: { type: 'done', fromPeople: 0, fromLocal: payload.length } });
  });

  it('go on by themselves when the engine is killed', async () => {
    const { folder, payload, torrent } = await made({ 'big.bin': 12_000_000 }, '--piece-size', '64K');
    const seed = await startSeed([torrent, '--data', folder, '--limit-up', '3M']);
    const out = temporaryFolder('out');
    const get = await startFlashswarm(['get', torrent, '--out', out, '--peer', seed.address, ...quiet]);
    for (const bytes of [1_000_000, 5_000_000]) {
      await until('some of it', () => jsonLines(get).some((line) => (line.bytesDone as number) > bytes), { describe: () => get.tail() });
      const [core] = childrenOf(get.pid);
      process.kill(core!, 'SIGKILL');
      await until('another engine', () => {
        const [next] = childrenOf(get.pid);
        return next !== undefined && next !== core;
      });
    }
    const got = await finished(get);
    expect(got).toMatchObject({ code: 0, last: { type: 'done', bytes: payload.length, fromPeople: payload.length } });
    expect(await arrived(payload, out)).toEqual(payload.files);
  });

  it('run side by side in different folders, and share the same one only when it is free', async () => {
    const { folder, torrent, payload } = await made({ 'a.bin': 2_000_000 });
    const seed = await startSeed([torrent, '--data', folder]);
    const home = temporaryFolder('home');
    const env = { env: { HOME: home, XDG_DATA_HOME: home } };
    const outs = [temporaryFolder('out'), temporaryFolder('out')];
    const both = await Promise.all(outs.map((out) => startFlashswarm(['get', torrent, '--out', out, '--peer', seed.address, '--seed', ...quiet], env)));
    for (const [at, program] of both.entries()) {
      await until('done', () => jsonLines(program).some(({ type }) => type === 'done'), { describe: () => program.tail() });
      expect(await arrived(payload, outs[at]!)).toEqual(payload.files);
    }
    const refused = await finished(await startFlashswarm(['get', torrent, '--out', outs[0]!, ...quiet], env));
    expect(refused).toMatchObject({ code: 6, last: { type: 'error', code: 'in-use' } });
    for (const program of both) {
      program.signal('SIGTERM');
      expect((await program.exited).code).toBe(143);
    }
  });

  it('show progress on a terminal, with a bar', async () => {
    const { folder, torrent } = await made({ 'a.bin': 1_000_000 });
    const seed = await startSeed([torrent, '--data', folder]);
    const out = temporaryFolder('out');
    const home = temporaryFolder('home');
    const command = [process.execPath, commandLine, 'get', torrent, '--out', out, '--peer', seed.address, '--no-dht'].join(' ');
    const terminal = await startProgram('script', 'script', ['-qec', command, '/dev/null'], { env: { HOME: home, XDG_DATA_HOME: home, TERM: 'xterm' } });
    expect((await terminal.exited).code).toBe(0);
    expect(terminal.stdout).toMatch(/set is complete and verified: 1\.0 MB in 0:\d\d \(1\.0 MB from people\)\./);
    expect(terminal.stdout).toMatch(/\x1b\[\d+A\r\x1b\[J/);
    expect(terminal.stdout).toMatch(/[█░]{8}/);
    expect(terminal.stdout).not.toContain('{"type"');
  });
});

describe('bad input', () => {
  it('is one sentence and an exit code, the same for get and info', async () => {
    const folder = temporaryFolder('bad');
    const write = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, 'latin1');
      return join(folder, name);
    };
    const v2 = 'd4:infod9:file treed1:ad0:d6:lengthi1e11:pieces root32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeee12:meta versioni2e4:name1:a12:piece lengthi16384eee';
    const sources = {
      'not a torrent': write('a.torrent', 'nonsense'), 'an HTML page': write('b.torrent', '<!doctype html><p>Sign in'), 'an empty file': write('c.torrent', ''),
      'half a torrent': write('d.torrent', 'd4:infod6:lengthi5e'), 'v2 only': write('e.torrent', v2), 'a v2 magnet': `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}`,
      'a magnet of nothing': 'magnet:?dn=x', 'an unknown scheme': 'gopher://example.org/x', 'no such file': join(folder, 'gone.torrent'), 'a folder': folder,
    };
    for (const [what, source] of Object.entries(sources)) {
      const get = await run('get', source, '--out', join(folder, 'out'), ...quiet);
      const info = await run('info', source);
      expect([what, get.code, info.code]).toEqual([what, 3, 3]);
      expect(get.stderr).toBe(info.stderr);
      expect(get.stderr).toMatch(/^\S[^\n]{10,}\n$/);
      expect(JSON.parse(get.stdout)).toMatchObject({ type: 'error', message: get.stderr.trim() });
    }
    expect(existsSync(join(folder, 'out'))).toBe(false);
    for (const args of [['get'], ['get', 'a', 'b'], ['get', 'x', '--limit-up', 'fast'], ['get', 'x', '--peer', 'nobody'], ['get', 'x', '--bogus'], ['nonsense'], [], ['create', folder, '--tracker', 'x'], ['create', folder, '--piece-size', '17K']]) {
      const { code, stderr } = await run(...args);
      expect([args, code]).toEqual([args, 2]);
      expect(stderr).not.toBe('');
    }
  });

  it('is told apart: unreachable, a private address, a page instead of a torrent, a missing one', async () => {
    const web = createServer((request, response) => {
      if (request.url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    try {
      const origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
      const cases: [string, string[], number, string][] = [
        [`http://127.0.0.1:${await freePort()}/x.torrent`, ['--allow-private'], 4, 'unreachable'], [`${origin}/page`, [], 4, 'private-address'],
        [`${origin}/page`, ['--allow-private'], 3, 'not-a-torrent'], [`${origin}/gone`, ['--allow-private'], 4, 'bad-status'],
      ];
      for (const [source, options, exitCode, code] of cases) {
        for (const command of [['get', source, '--out', temporaryFolder('out')], ['info', source]]) {
          const { code: ended, stdout, stderr } = await run(...command, '--no-dht', '--json', ...options);
          expect([command[0], source, ended, JSON.parse(stdout.trim().split('\n').at(-1)!)]).toEqual([command[0], source, exitCode, { type: 'error', code, message: expect.any(String) }]);
          expect(stderr).toMatch(/^\S[^\n]{10,}\n$/);
        }
      }
    } finally {
      await new Promise((resolve) => web.close(resolve));
    }
  });

  it('includes folders that cannot take the files, and seeds whose files are not there', async () => {
    const { folder, torrent } = await made({ 'a.bin': 3_000_000 });
    const plain = join(folder, 'plain file');
    writeFileSync(plain, '');
    const blocked = await run('get', torrent, '--out', join(plain, 'below'), ...quiet);
    expect([blocked.code, JSON.parse(blocked.stdout).code]).toEqual([5, 'not-writable']);
    if (!asRoot) {
      mkdirSync(join(folder, 'closed'));
      chmodSync(join(folder, 'closed'), 0o500);
      expect((await run('get', torrent, '--out', join(folder, 'closed'), ...quiet)).code).toBe(5);
    }
    const empty = temporaryFolder('empty');
    const seed = await run('seed', torrent, '--data', empty, ...quiet);
    expect([seed.code, jsonOf(seed.stdout).code]).toEqual([5, 'incomplete']);
    const bytes = readFileSync(join(folder, 'set/a.bin'));
    bytes[2_000_000]! ^= 1;
    writeFileSync(join(folder, 'set/a.bin'), bytes);
    const changed = await run('seed', torrent, ...quiet);
    expect([changed.code, jsonOf(changed.stdout).code]).toEqual([5, 'incomplete']);
    expect(readFileSync(join(folder, 'set/a.bin')).equals(bytes)).toBe(true);
  });

  it.runIf(asRoot && process.platform === 'linux')('says before the start that the disk is too small', async () => {
    const { torrent } = await made({ 'a.bin': 3_000_000 });
    const small = join(temporaryFolder('small'), 'disk');
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small]);
    try {
      const { code, stdout, stderr } = await run('get', torrent, '--out', small, ...quiet);
      expect([code, JSON.parse(stdout).code]).toEqual([5, 'no-space']);
      expect(stderr).toMatch(/too little space/);
    } finally {
      execFileSync('umount', [small]);
    }
  });
});

const jsonOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
