// The headless host over real HTTP and web sockets: who gets in, what it gives out, how it ends. The core here is a small real process.
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Serving } from '../../main/headless/serve.ts';
import { serve } from '../../main/headless/serve.ts';
import { leaveNothingBehind, leftoverProcesses, startProgram, temporaryFolder, testEnvironment, until } from '../support/processes.ts';

leaveNothingBehind();
Object.assign(process.env, testEnvironment); // the core of a host in this process is this test's as well

const coreEntry = fileURLToPath(new URL('../support/core-process-stub.mjs', import.meta.url));
const headlessMain = fileURLToPath(new URL('../../main/headless/main.ts', import.meta.url));
const hash = '0123456789abcdef0123456789abcdef01234567';

async function start(change: Partial<Parameters<typeof serve>[0]> = {}, root = temporaryFolder('headless')) {
  const interfaceFolder = join(root, 'interface');
  mkdirSync(join(interfaceFolder, 'assets'), { recursive: true });
  writeFileSync(join(interfaceFolder, 'index.html'), '<!doctype html><script src="/assets/a-1.js"></script>');
  writeFileSync(join(interfaceFolder, 'assets/a-1.js'), 'export {};');
  writeFileSync(join(root, 'secret.txt'), 'secret');
  const serving = await serve({
    core: { dataDir: join(root, 'data'), downloadDir: join(root, 'downloads'), version: '9.9.9', allowPrivate: false, settings: {}, peers: [] },
    host: '127.0.0.1', port: 0, anyPortWhenTaken: false, allowDirs: [], named: [], log: () => {}, coreEntry, interfaceFolder, ...change,
  });
  return { root, interfaceFolder, serving };
}

interface Got { status: number; headers: IncomingHttpHeaders; text: string }

/** Unlike `fetch` sends any Host, any path, any header. */
function send(port: number, method: string, path: string, headers: Record<string, string> = {}, body?: string | Buffer): Promise<Got> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

describe('the headless host', () => {
  let serving: Serving;
  let root: string;
  let interfaceFolder: string;
  let bearer: Record<string, string>;
  const get = (path: string, headers: Record<string, string> = {}) => send(serving.port, 'GET', path, headers);
  const run = async (test: () => Promise<void>) => {
    ({ root, interfaceFolder, serving } = await start());
    bearer = { authorization: `Bearer ${serving.token}` };
    try {
      await test();
    } finally {
      await serving.close();
    }
  };

  it('logs in by the address it prints, any number of times, and takes the token out of it', () => run(async () => {
    for (let i = 0; i < 2; i += 1) {
      const login = await get(new URL(serving.address).pathname + new URL(serving.address).search);
      expect(login.status).toBe(303);
      expect(login.headers.location).toBe('/');
      const cookie = login.headers['set-cookie']![0]!;
      expect(cookie).toMatch(/; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/);
      const page = await get('/', { cookie: cookie.split(';')[0]! });
      expect(page.status).toBe(200);
      expect(page.text).toContain('/assets/a-1.js');
      expect(page.headers['cache-control']).toBe('no-store');
      expect(page.headers['x-content-type-options']).toBe('nosniff');
      const policy = page.headers['content-security-policy']!;
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("media-src 'self'");
      expect(policy).not.toMatch(/unsafe|\*/);
    }
    expect((await get('/assets/a-1.js', bearer)).headers['cache-control']).toContain('immutable');
    expect((await get('/?token=wrong')).status).toBe(401);
  }));

  it('gives nothing without the token, but that it is there', () => run(async () => {
    for (const path of ['/', '/index.html', '/assets/a-1.js', '/api/v1/packages', '/api/v1/openapi.json', '/nowhere', `/api/v1/packages?token=${serving.token}`]) {
      const refused = await get(path);
      expect([path, refused.status]).toEqual([path, 401]);
      expect(refused.text).not.toContain(serving.token);
    }
    expect(await get('/healthz')).toMatchObject({ status: 200, text: 'ok\n' });
  }));

  it('answers no foreign Host, whatever it carries', () => run(async () => {
    for (const host of ['evil.example', `evil.example:${serving.port}`, '127.0.0.1.evil.example', '192.0.2.9']) {
      for (const path of ['/', '/healthz', '/api/v1/packages', `/?token=${serving.token}`]) {
        expect((await get(path, { ...bearer, host })).status).toBe(421);
      }
    }
    expect((await get('/', { ...bearer, host: `localhost:${serving.port}` })).status).toBe(200);
  }));

  it('lets no other web page change anything, and invites none', () => run(async () => {
    const cookie = `flashswarm-${serving.port}=${serving.token}`;
    const post = (headers: Record<string, string>) => send(serving.port, 'POST', `/api/v1/packages/${hash}/pause`, headers);
    for (const origin of ['http://evil.example', 'http://localhost:1', 'null', `https://127.0.0.1:${serving.port}`]) {
      const refused = await post({ cookie, origin });
      expect(refused.status).toBe(403);
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect((await post({ cookie })).status).toBe(403);
    expect((await post({ cookie, origin: `http://127.0.0.1:${serving.port}` })).status).toBe(204);
    const preflight = await send(serving.port, 'OPTIONS', '/api/v1/packages', { origin: 'http://evil.example', 'access-control-request-method': 'POST' });
    expect(preflight.headers).not.toHaveProperty('access-control-allow-origin');
    expect(preflight.status).toBe(401);
  }));

  it('keeps to its folder', () => run(async () => {
    symlinkSync(join(root, 'secret.txt'), join(interfaceFolder, 'link.txt'));
    for (const path of ['/../secret.txt', '/..%2fsecret.txt', '/assets/../../secret.txt', '/%2e%2e/secret.txt', '/..\\secret.txt', '//secret.txt', '/link.txt', '/assets', `/${root}/secret.txt`, '/%00']) {
      const refused = await get(path, bearer);
      expect([path, refused.status]).toEqual([path, 404]);
      expect(refused.text).not.toBe('secret');
    }
  }));

  it('bounds bodies, and answers errors of REST as JSON', () => run(async () => {
    const big = await send(serving.port, 'POST', '/api/v1/packages', { ...bearer, 'content-type': 'application/json', 'content-length': String(60 * 1024 * 1024) });
    expect(big.status).toBe(413);
    const json = { ...bearer, 'content-type': 'application/json' };
    const cases: [string, string, Record<string, string>, string, number, string][] = [
      ['POST', '/api/v1/packages', json, '{"link":', 400, 'bad-request'], ['POST', '/api/v1/packages', json, '{"surprise":1}', 400, 'bad-request'],
      ['POST', '/api/v1/packages', { ...bearer, 'content-type': 'text/plain' }, '{"link":"x"}', 400, 'bad-request'],
      ['GET', '/api/v1/nowhere', bearer, '', 404, 'not-found'], ['PUT', '/api/v1/packages', bearer, '', 405, 'bad-request'],
      ['GET', '/api/v1/packages/..%2f..', bearer, '', 400, 'bad-request'], ['GET', `/api/v1/packages/${hash.replace('0', '1')}`, bearer, '', 404, 'not-found'],
      ['POST', '/api/v1/request/no.such', bearer, '', 404, 'not-found'], ['POST', '/api/v1/request/packages.watch', json, '{"id":null}', 400, 'bad-request'],
      ['POST', '/api/v1/request/host.pickFolder', bearer, '', 501, 'not-here'],
      ['POST', '/api/v1/request/host.typeFolder', json, '{"path":"/etc"}', 403, 'forbidden'],
      ['PATCH', `/api/v1/packages/${hash}/limits`, json, `{"downBytesPerSecond":${'9'.repeat(2_000_000)}}`, 413, 'too-large'],
    ];
    for (const [method, path, headers, body, status, code] of cases) {
      const refused = await send(serving.port, method, path, headers, body || undefined);
      expect([path, refused.status]).toEqual([path, status]);
      expect(JSON.parse(refused.text)).toMatchObject({ error: { code, message: expect.stringMatching(/\w/) } });
    }
  }));

  it('gives a folder to the core only below the operator\'s, and makes none', () => run(async () => {
    const add = (folder: string) => send(serving.port, 'POST', '/api/v1/packages', { ...bearer, 'content-type': 'application/json' }, JSON.stringify({ link: hash, folder }));
    expect((await add(join(root, 'elsewhere'))).status).toBe(403);
    expect((await add(join(root, 'downloads/../elsewhere'))).status).toBe(403);
    expect((await add(join(root, 'downloads/films'))).status).toBe(201);
    const { asked } = JSON.parse((await get('/api/v1/snapshot', bearer)).text).settings as { asked: { grant?: string; name?: string; input?: any }[] };
    expect(asked.flatMap((entry) => entry.grant ?? [])).toEqual([join(root, 'downloads/films')]);
    expect(asked.find((entry) => entry.name === 'packages.add')?.input).toMatchObject({ source: { kind: 'link', link: hash }, folder: expect.stringMatching(/^[0-9a-f]{32}$/) });
  }));
});

describe('the web socket', () => {
  let serving: Serving;
  const open = (headers: Record<string, string>, path = '/ws') => new WebSocket(`ws://127.0.0.1:${serving.port}${path}`, { headers });
  const outcome = (socket: WebSocket) => new Promise<string>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_request, response) => resolve(String(response.statusCode)));
    socket.once('error', () => resolve('error'));
  });
  const login = () => ({ cookie: `flashswarm-${serving.port}=${serving.token}`, origin: `http://127.0.0.1:${serving.port}` });
  const connect = async () => {
    const socket = open(login());
    const messages: any[] = [];
    socket.on('message', (data) => messages.push(JSON.parse(String(data))));
    expect(await outcome(socket)).toBe('open');
    let nextId = 1;
    return {
      socket, messages,
      ask: async (name: string, input: unknown) => {
        const id = nextId++;
        socket.send(JSON.stringify({ id, name, input }));
        return (await until(name, () => messages.find((message) => message.id === id))).answer;
      },
    };
  };
  const run = async (test: () => Promise<void>, change: Partial<Parameters<typeof serve>[0]> = {}) => {
    ({ serving } = await start(change));
    try {
      await test();
    } finally {
      await serving.close();
    }
  };

  it('opens for our own page with the cookie, or for a program with the token, and for nobody else', () => run(async () => {
    const cookie = login().cookie;
    const tries: [Record<string, string>, string, string?][] = [
      [{}, '401'], [{ origin: login().origin }, '401'], [{ cookie }, '403'], [{ cookie, origin: 'http://evil.example' }, '403'],
      [{ cookie, origin: `http://localhost:${serving.port}` }, '403'], [{ ...login(), host: 'evil.example' }, '421'],
      [{ ...login() }, '404', '/elsewhere'], [{ authorization: `Bearer ${serving.token}` }, 'open'], [login(), 'open'],
    ];
    for (const [headers, expected, path] of tries) {
      const socket = open(headers, path);
      expect([headers, await outcome(socket)]).toEqual([headers, expected]);
      socket.on('error', () => {});
      socket.terminate();
    }
  }));

  it('answers requests of core and host, and passes events on', () => run(async () => {
    const { socket, messages, ask } = await connect();
    expect(messages.find((message) => message.event === 'core.state')).toMatchObject({ payload: { state: 'up' } });
    expect(await ask('host.info', {})).toMatchObject({ ok: true, value: { kind: 'headless', version: '9.9.9', can: { pickFolder: false, typeFolder: true, openFolder: false }, pending: [{ label: `magnet:?xt=urn:btih:${hash}` }] } });
    expect(await ask('host.takePending', {})).toMatchObject({ value: [{ source: { kind: 'link' } }] });
    expect(await ask('host.takePending', {})).toEqual({ ok: true, value: [] });
    expect(await ask('session.snapshot', {})).toMatchObject({ ok: true, value: { packages: [] } });
    expect(await ask('packages.add', { source: { kind: 'link', link: hash } })).toEqual({ ok: true, value: { id: hash, merged: false } });
    await until('the event', () => messages.find((message) => message.event === 'packages.changed'));
    expect(await ask('no.such', {})).toMatchObject({ ok: false, error: { code: 'bad-request' } });
    expect(await ask('__proto__', {})).toMatchObject({ ok: false });
    expect(await ask('host.typeFolder', { path: '/etc' })).toMatchObject({ ok: false, error: { code: 'forbidden' } });
    socket.close();
  }, { named: [`magnet:?xt=urn:btih:${hash}`] }));

  it('offers event packages and flashswarm: links that the command line named', async () => {
    const file = join(temporaryFolder('named'), 'opening.evpack');
    writeFileSync(file, 'untrusted comment: a package');
    const link = 'flashswarm:open?url=https%3A%2F%2Fevents.example%2Fopening.evpack';
    await run(async () => {
      const { socket, ask } = await connect();
      expect(await ask('host.takePending', {})).toEqual({ ok: true, value: [
        { source: { kind: 'handle', handle: expect.stringMatching(/^[0-9a-f]{32}$/) }, label: 'opening.evpack' }, { source: { kind: 'link', link }, label: link },
      ] });
      socket.close();
    }, { named: [file, link] });
  });

  it('sends each window the package that it watches', () => run(async () => {
    const one = await connect();
    const two = await connect();
    expect(await one.ask('packages.watch', { id: hash })).toMatchObject({ ok: true });
    expect(await two.ask('packages.watch', { id: 'other' })).toMatchObject({ ok: false, error: { code: 'not-found' } });
    const details = (messages: any[]) => messages.filter((message) => message.event === 'detail.changed').length;
    const points = (messages: any[]) => messages.filter((message) => message.event === 'figures.changed').flatMap(({ payload }) => payload.history.points.map(({ at }: { at: number }) => at));
    await until('two details', () => details(one.messages) >= 2 && points(one.messages).length >= 4);
    expect(details(two.messages)).toBe(0);
    // The whole course first, then what is new, each point once.
    expect(points(one.messages).slice(0, 4)).toEqual([1000, 2000, 3000, 4000]);
    expect(points(two.messages)).toEqual([]);
    one.socket.close();
    two.socket.close();
  }));

  it('ends with who does not speak the protocol or sends too much', () => run(async () => {
    for (const text of ['not json', '[]', '{"id":{},"name":"x"}', Buffer.from('binary')]) {
      const { socket } = await connect();
      const closed = new Promise<number>((resolve) => socket.once('close', resolve));
      socket.send(text);
      expect(await closed).toBe(1007);
    }
    const { socket } = await connect();
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.send('x'.repeat(50 * 1024 * 1024));
    expect([1009, 1006]).toContain(await closed);
  }));
});

describe('the process', () => {
  const startHost = (args: string[]) => startProgram('headless', process.execPath, [headlessMain, '--no-dht', ...args]);
  const addressOf = async (program: Awaited<ReturnType<typeof startHost>>) => until('the address', () => {
    if (program.ended) throw new Error(program.tail());
    return /^Flashswarm is at (http:\/\/127\.0\.0\.1:\d+\/\?token=\S+)\n/.exec(program.stdout)?.[1];
  }, { describe: () => program.tail() });

  it('says in one sentence that a port is taken', async () => {
    const { serving } = await start();
    const root = temporaryFolder('port');
    const program = await startHost(['--port', String(serving.port), '--data-dir', join(root, 'd'), '--download-dir', root]);
    expect((await program.exited).code).toBe(1);
    expect(program.stderr).toBe(`Port ${serving.port} is in use by another program. Choose another one with --port, or 0 for any free one.\n`);
    expect(program.stdout).toBe('');
    await serving.close();
  });

  it('says in one sentence what it does not understand, and --help', async () => {
    const wrong = await startHost(['--port', 'x']);
    expect((await wrong.exited).code).toBe(2);
    expect(wrong.stderr).toMatch(/^--port wants a port .*\n$/);
    const help = await startHost(['--help']);
    expect((await help.exited).code).toBe(0);
    expect(help.stdout).toContain('--download-dir');
  });

  it('has the same address after a restart, stops when told, and leaves no core behind even when killed', async () => {
    const root = temporaryFolder('restart');
    const args = ['--data-dir', join(root, 'data'), '--download-dir', join(root, 'files'), '--listen', '0'];
    const first = await startHost(['--port', '0', ...args]);
    const address = await addressOf(first);
    const port = new URL(address).port;
    expect(leftoverProcesses().length).toBe(2);
    first.signal('SIGTERM');
    expect((await first.exited).code).toBe(0);
    expect(leftoverProcesses()).toEqual([]);

    const second = await startHost(['--port', port, ...args]);
    expect(await addressOf(second)).toBe(address);
    second.signal('SIGKILL');
    await until('the core is gone', () => leftoverProcesses().length === 0);
  });

  it('refuses a data folder in use, and leaves nothing running', async () => {
    const root = temporaryFolder('in-use');
    const args = ['--port', '0', '--data-dir', join(root, 'data'), '--download-dir', join(root, 'files')];
    const first = await startHost(args);
    await addressOf(first);
    const second = await startHost(args);
    expect((await second.exited).code).toBe(1);
    expect(second.stderr).toContain('Another Flashswarm is using');
    await first.stop();
  });
});
