// The REST face against a real host with a real core: every route, the examples of the document, bad input, a transfer, the trash.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Failure, PackageSummary, Settings, TrackerEntry } from '../../contract/index.ts';
import { restRoutes } from '../../main/headless/rest-routes.ts';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { fingerprint as fingerprintOf } from '../../main/package/fingerprint.ts';
import { makeRevocation } from '../../main/package/key-statement.ts';
import { publicKeyFile } from '../../main/package/minisign-public-key.ts';
import { encodeSecretKey } from '../../main/package/minisign-secret-key.ts';
import { httpsServer } from '../support/https-server.ts';
import { makeEvpack, testSecretKey } from '../support/make-evpack.ts';
import { arrived, makePayload } from '../support/payload.ts';
import { freePort } from '../support/ports.ts';
import { leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';

leaveNothingBehind();

const headlessMain = fileURLToPath(new URL('../../main/headless/main.ts', import.meta.url));
const documentPath = new URL('../../docs/control-interface.md', import.meta.url);

interface Answer { status: number; value: any; error?: Failure }

async function startHost(args: string[] = [], env: Record<string, string> = {}) {
  const root = temporaryFolder('rest');
  const downloads = join(root, 'downloads');
  mkdirSync(downloads);
  const peerPort = await freePort();
  const program = await startProgram('headless', process.execPath, [
    headlessMain, '--port', '0', '--data-dir', join(root, 'data'), '--download-dir', downloads, '--listen', String(peerPort), '--no-dht', '--allow-private', ...args,
  ], { env: { XDG_DATA_HOME: join(root, 'xdg'), ...env }, graceMs: 10_000 });
  const address = await until('the address', () => {
    if (program.ended) throw new Error(program.tail());
    return /http:\S+token=\S+/.exec(program.stdout)?.[0];
  }, { describe: () => program.tail() });
  const base = `${new URL(address).origin}/api/v1`;
  const authorization = `Bearer ${new URL(address).searchParams.get('token')}`;
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => {
    const raw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(base + path, {
      method, headers: { authorization, ...(body === undefined || raw ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as string }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    const value = text === '' ? undefined : isJson ? JSON.parse(text) : text;
    return { status: response.status, value, error: response.ok ? undefined : value?.error };
  };
  return { root, downloads, peerPort, program, send };
}

async function makeTorrent(folder: string, name: string, files: Record<string, number>) {
  const payload = makePayload(folder, name, files);
  const metainfo = await createTorrent(payload.root, { pieceLength: 16 * 1024 });
  return { payload, metainfo, bytes: encodeTorrentFile(metainfo) };
}

const torrentType = { 'content-type': 'application/x-bittorrent' };

/** The curl lines of the document, as requests. */
function examples(): { line: string; method: string; path: string; headers: Record<string, string>; body?: string }[] {
  const lines = readFileSync(documentPath, 'utf8').split('\n').filter((line) => line.startsWith('curl '));
  return lines.map((line) => {
    const words = [...line.slice(5).matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare!);
    const headers: Record<string, string> = {};
    let method: string | undefined;
    let body: string | undefined;
    let path = '';
    for (let at = 0; at < words.length; at += 1) {
      const word = words[at]!;
      if (word === '-H') {
        const header = words[++at]!;
        if (header === '$JSON') headers['content-type'] = 'application/json';
        else if (header !== '$AUTH') headers[header.split(': ')[0]!.toLowerCase()] = header.split(': ')[1]!;
      } else if (word === '-X') method = words[++at]!;
      else if (word === '-d' || word === '--data-binary') body = words[++at]!;
      else if (word === '-r') headers['range'] = `bytes=${words[++at]!}`;
      else if (word === '-o') at += 1;
      else if (word.startsWith('$URL')) path = word.slice(4);
      else throw new Error(`The example is not understood: ${line}`);
    }
    return { line, method: method ?? (body === undefined ? 'GET' : 'POST'), path, headers, body };
  });
}

describe('the document of the control interface', () => {
  it('has an example for every route, and each works', async () => {
    const server = await httpsServer();
    const { downloads, send } = await startHost([], { NODE_EXTRA_CA_CERTS: server.caFile });
    const { metainfo, bytes } = await makeTorrent(downloads, 'film', { 'a.bin': 50_000, 'b.bin': 70_000 });
    const opening = (version: number) => makeEvpack({
      id: 'com.example.opening', version, manifest: { update: { url: server.url('/newest.evpack') } },
      layers: [{ id: 'core', files: { 'a.txt': 'hello' } }, { id: 'films', files: { 'film.mp4': 'film' } }],
    }).bytes;
    server.serve('/newest.evpack', { bytes: opening(2) });
    const publisher = testSecretKey(7);
    const fingerprint = fingerprintOf(publisher.publicKey).hex;
    mkdirSync(join(downloads, 'keys'));
    mkdirSync(join(downloads, 'opening'));
    writeFileSync(join(downloads, 'opening/a.txt'), 'hello');
    const create = {
      folder: join(downloads, 'opening'), id: 'com.example.made', title: 'Opening', version: 1, publisher: 'Example', layers: [{ id: 'core', pattern: '**', required: true }],
      key: { file: Buffer.from(await encodeSecretKey(publisher, null)).toString('base64'), password: null },
    };
    const named: Record<string, Uint8Array | string> = {
      '@film.torrent': bytes, '@opening.evpack': opening(1), '@publisher.pub': Buffer.from(publicKeyFile({ keyId: publisher.keyId, key: publisher.publicKey, comment: 'test' })),
      '@publisher.keys': Buffer.from(makeRevocation(testSecretKey(8), { issuedAt: Date.now() })), '@create.json': JSON.stringify(create),
    };
    let creation = '';
    const seen = new Set<string>();
    for (const { line, method, path, headers, body } of examples()) {
      const real = (text: string) => text.replaceAll('$ID', metainfo.infoHash).replaceAll('$EVENT', 'com.example.opening').replaceAll('$KEY', fingerprint).replaceAll('$CREATION', creation)
        .replaceAll('/srv/downloads', downloads).replaceAll('https://events.example/opening.evpack', server.url('/newest.evpack'));
      // The check that an earlier example began may still run; only that is waited for.
      const answer = await until(line, async () => {
        const given = await send(method, real(path), body === undefined ? undefined : named[body] ?? real(body), headers);
        return !(given.error?.code === 'already-moving' || given.error?.code === 'not-here') && given;
      });
      expect([line, answer.status, answer.error]).toEqual([line, expect.toSatisfy((status: number) => status >= 200 && status < 300), undefined]);
      creation = answer.value?.creationId ?? creation;
      const route = restRoutes.find((one) => one.method === method && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0]!));
      if (route) seen.add(route.operationId);
    }
    expect([...seen].sort()).toEqual(restRoutes.map((route) => route.operationId).sort());
  });
});

describe('the REST face', () => {
  it('adds, shows, changes and removes a package, and what it answers is so', async () => {
    const { root, downloads, send, peerPort } = await startHost();
    const { payload, metainfo, bytes } = await makeTorrent(join(root, 'source'), 'set', { 'one.bin': 100_000, 'two.bin': 200_000, 'sub/three.bin': 16 });
    const at = `/packages/${metainfo.infoHash}`;
    const package_ = async (): Promise<PackageSummary> => (await send('GET', at)).value;

    expect(await send('POST', '/packages?paused=true&order=sequential', bytes, torrentType)).toMatchObject({ status: 201, value: { id: metainfo.infoHash, merged: false } });
    expect(await package_()).toMatchObject({ name: 'set', paused: true, order: 'sequential', fileCount: 3, bytesTotal: payload.length, folder: downloads, state: { kind: 'paused' } });
    expect((await send('GET', '/packages')).value).toHaveLength(1);

    // once more, with a tracker: merged
    const again = await send('POST', '/packages', { torrent: Buffer.from(bytes).toString('base64'), trackers: ['udp://127.0.0.1:9/announce'] });
    expect(again).toMatchObject({ status: 200, value: { merged: true } });
    const trackers = async (): Promise<TrackerEntry[]> => (await send('GET', `${at}/trackers`)).value;
    expect((await trackers()).map(({ url }) => url)).toEqual(['udp://127.0.0.1:9/announce']);
    expect((await send('POST', `${at}/trackers`, { trackers: ['http://127.0.0.1:9/announce'] })).status).toBe(204);
    expect((await send('POST', `${at}/trackers`, { trackers: ['gopher://x'] })).error).toMatchObject({ code: 'bad-link' });
    expect((await send('DELETE', `${at}/trackers?url=${encodeURIComponent('udp://127.0.0.1:9/announce')}`)).status).toBe(204);
    expect((await trackers()).map(({ url }) => url)).toEqual(['http://127.0.0.1:9/announce']);
    expect((await send('DELETE', `${at}/trackers?url=nope`)).status).toBe(404);
    expect((await send('POST', `${at}/announce`)).status).toBe(204);

    expect((await send('PATCH', `${at}/files`, [{ index: 0, priority: 'skip' }, { index: 1, priority: 'high' }])).status).toBe(204);
    expect((await send('PUT', `${at}/files/2`, { priority: 'skip' })).status).toBe(204);
    expect((await send('PUT', `${at}/files/99`, { priority: 'skip' })).error).toMatchObject({ code: 'bad-request' });
    const files = (await send('GET', `${at}/files`)).value as { path: string; priority: string }[];
    expect(files.map(({ path, priority }) => `${path} ${priority}`).sort()).toEqual(metainfo.files.map(({ path }, index) => `set/${path.join('/')} ${['skip', 'high', 'skip'][index]}`).sort());

    expect((await send('PATCH', `${at}/limits`, { downBytesPerSecond: 500_000, upBytesPerSecond: null, uploadSlots: 7 })).status).toBe(204);
    expect((await send('PATCH', `${at}/limits`, { downBytesPerSecond: -5 })).error).toMatchObject({ code: 'bad-request' });
    expect((await send('PUT', `${at}/order`, { order: 'rarest' })).status).toBe(204);
    expect((await send('PUT', `${at}/queue-position`, { position: 0 })).status).toBe(204);
    expect((await send('PUT', `${at}/seeding-goal`, { goal: { kind: 'time', minutes: 90 } })).status).toBe(204);
    expect(await package_()).toMatchObject({
      order: 'rarest', queuePosition: 0, seedingGoal: { kind: 'time', minutes: 90 }, limits: { downBytesPerSecond: 500_000, upBytesPerSecond: null, uploadSlots: 7 },
    });

    expect((await send('PATCH', '/settings', { activeDownloads: 9, turtle: 1 })).status).toBe(400);
    const changed = await send('PATCH', '/settings', { activeDownloads: 9, downBytesPerSecond: 3_000_000, downloadFolder: join(downloads, 'new') });
    expect(changed).toMatchObject({ status: 200, value: { activeDownloads: 9, downBytesPerSecond: 3_000_000, downloadFolder: join(downloads, 'new') } satisfies Partial<Settings> });
    expect((await send('GET', '/settings')).value).toMatchObject({ activeDownloads: 9 });
    expect((await send('PATCH', '/settings', { downloadFolder: '/etc' })).error).toMatchObject({ code: 'forbidden' });
    expect((await send('GET', '/stats')).value).toMatchObject({ listenPort: peerPort, downloadBytesPerSecond: 0 });
    expect((await send('GET', '/snapshot')).value).toMatchObject({ packages: [{ id: metainfo.infoHash }], settings: { activeDownloads: 9 } });
    expect((await send('GET', '/host')).value).toMatchObject({ kind: 'headless' });
    expect((await send('POST', '/request/packages.detail', { id: metainfo.infoHash })).value).toMatchObject({ id: metainfo.infoHash, magnet: expect.stringContaining(metainfo.infoHash) });

    expect((await send('DELETE', at)).status).toBe(204);
    expect((await send('GET', at)).error).toMatchObject({ code: 'not-found' });
    expect((await send('DELETE', at)).status).toBe(404);
    expect((await send('GET', '/packages')).value).toEqual([]);
  });

  it('opens, changes and updates event packages, keeps publishers, and makes a package that opens again', async () => {
    const server = await httpsServer();
    const { downloads, send } = await startHost([], { NODE_EXTRA_CA_CERTS: server.caFile });
    const secret = testSecretKey(3);
    const make = (version: number, film: string) => makeEvpack({
      secret, version, manifest: { update: { url: server.url('/newest.evpack') } }, layers: [{ id: 'core', files: { 'a.txt': 'hello' } }, { id: 'films', files: { 'film.mp4': film } }],
    }).bytes;
    const type = { 'content-type': 'application/x-flashswarm-evpack' };
    const at = '/packages/com.example.event';
    expect((await send('POST', '/packages', make(1, 'one'), type))).toMatchObject({ status: 409, error: { code: 'not-trusted' } });
    expect((await send('POST', '/packages?trust=true&paused=true', make(2, 'two'), type))).toMatchObject({ status: 201, value: { id: 'com.example.event', merged: false } });
    expect((await send('POST', '/packages?trust=true', make(1, 'one'), type))).toMatchObject({ status: 409, error: { code: 'rollback' } });
    const broken = Buffer.from(make(3, 'three'));
    broken[broken.length - 10]! ^= 1;
    expect((await send('POST', '/packages?trust=true', broken, type))).toMatchObject({ status: 422, error: { code: 'bad-signature' } });

    expect((await send('PUT', `${at}/layers`, { layers: [] })).status).toBe(204);
    expect((await send('GET', `${at}/layers`)).value).toMatchObject([{ id: 'core', required: true, chosen: true }, { id: 'films', chosen: false, state: 'left-out' }]);
    expect((await send('PUT', `${at}/layers`, { layers: ['other'] }))).toMatchObject({ status: 400, error: { message: expect.stringContaining('no part called "other"') } });
    expect((await send('POST', `${at}/take-update`))).toMatchObject({ status: 404 });
    server.serve('/newest.evpack', { bytes: make(3, 'three') });
    expect((await send('POST', `${at}/check-update`)).status).toBe(204);
    expect((await send('GET', at)).value.event.update).toMatchObject({ state: 'available', version: 3 });
    expect((await send('POST', `${at}/take-update`)).status).toBe(204);

    const [publisher] = (await send('GET', '/publishers')).value;
    expect(publisher).toMatchObject({ state: 'trusted', fingerprint: fingerprintOf(secret.publicKey).hex, packages: [{ id: 'com.example.event', version: 3 }] });
    const pub = Buffer.from(publicKeyFile({ keyId: testSecretKey(4).keyId, key: testSecretKey(4).publicKey, comment: 'x' }));
    expect((await send('POST', '/publishers', { key: pub.toString('base64'), name: 'Second' }))).toMatchObject({ status: 201, value: { name: 'Second', origin: 'file' } });
    expect((await send('POST', '/publishers', { key: Buffer.from('no key').toString('base64') }))).toMatchObject({ status: 422, error: { code: 'bad-key' } });
    expect((await send('POST', '/publishers', pub.toString(), { 'content-type': 'text/plain' }))).toMatchObject({ status: 400 });
    const statements = Buffer.from(makeRevocation(testSecretKey(4), { issuedAt: Date.now() })).toString('base64');
    expect((await send('POST', '/publishers/statements', { statements }))).toMatchObject({ status: 200, value: { applied: 1, ignored: [] } });
    expect((await send('POST', `/publishers/${publisher.fingerprint}/revoke`)).status).toBe(204);
    expect((await send('GET', '/publishers')).value.map(({ state, revokedBy }: any) => [state, revokedBy]).sort()).toEqual([['revoked', 'publisher'], ['revoked', 'user']]);
    expect((await send('POST', '/packages', make(4, 'four'), type))).toMatchObject({ status: 403, error: { code: 'key-revoked' } });
    expect((await send('DELETE', `/publishers/${'0'.repeat(40)}`)).status).toBe(404);
    expect((await send('DELETE', '/publishers/nobody')).status).toBe(400);

    mkdirSync(join(downloads, 'keys'));
    mkdirSync(join(downloads, 'show'));
    writeFileSync(join(downloads, 'show/a.bin'), 'x'.repeat(100_000));
    const key = await send('POST', '/create/key', { folder: join(downloads, 'keys'), name: 'publisher', password: null });
    expect(key).toMatchObject({ status: 201, value: { fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/), publicFile: join(downloads, 'keys/publisher.pub') } });
    expect((await send('POST', '/create/scan', { folder: join(downloads, 'show') })).value).toMatchObject({ bytesTotal: 100_000, fileCount: 1 });
    expect((await send('POST', '/create/scan', { folder: '/etc' })).error).toMatchObject({ code: 'forbidden' });
    const plan = {
      folder: join(downloads, 'show'), id: 'com.example.show', title: 'Show', version: 1, publisher: 'Example', layers: [{ id: 'core', pattern: '**', required: true }],
      key: { file: key.value.secretBase64, password: null },
    };
    expect((await send('POST', '/create', { ...plan, key: { file: pub.toString('base64'), password: null } }))).toMatchObject({ status: 422, error: { code: 'bad-key' } });
    expect((await send('POST', '/create', { ...plan, folder: downloads }))).toMatchObject({ status: 403, error: { code: 'forbidden', message: expect.stringContaining('written beside its folder') } });
    const { status, value: { creationId } } = await send('POST', '/create', plan);
    expect(status).toBe(202);
    const made = await until('it is made', async () => {
      const { value } = await send('GET', `/create/${creationId}`);
      return value.status !== 'reading' && value;
    });
    expect(made).toMatchObject({ status: 'done', error: null, files: expect.arrayContaining([join(downloads, 'com.example.show-1.evpack')]) });
    expect((await send('GET', '/create/unknown')).status).toBe(404);
    expect((await send('POST', '/packages?trust=true', readFileSync(made.files[0]), type))).toMatchObject({ status: 201, value: { id: 'com.example.show' } });
    const whole = await until('it is complete', async () => {
      const { status: answered, value } = await send('GET', '/packages/com.example.show/files/0/content');
      return answered === 200 && value;
    });
    expect(whole).toBe('x'.repeat(100_000));
  });

  it('moves real data from one host to another, checks it, pauses it, and takes it to the trash', async () => {
    const seed = await startHost();
    const { payload, metainfo, bytes } = await makeTorrent(seed.downloads, 'data', { 'big.bin': 3_000_000, 'deep/small.bin': 5_000 });
    const at = `/packages/${metainfo.infoHash}`;
    await seed.send('POST', '/packages?paused=true', bytes, torrentType);
    expect((await seed.send('POST', `${at}/recheck`)).status).toBe(204);
    await until('the check', async () => (await seed.send('GET', at)).value.bytesDone === payload.length);
    expect((await seed.send('POST', `${at}/resume`)).status).toBe(204);

    const other = await startHost();
    const added = await other.send('POST', '/packages', { link: `magnet:?xt=urn:btih:${metainfo.infoHash}&dn=data`, folder: join(other.downloads, 'films') });
    expect(added.status).toBe(201);
    expect((await other.send('POST', `${at}/peers`, { peers: [`127.0.0.1:${seed.peerPort}`] })).status).toBe(204);
    const done = await until('the download', async () => {
      const { value } = await other.send('GET', at);
      return value.state.kind === 'seeding' && (value as PackageSummary);
    });
    expect(done).toMatchObject({ bytesDone: payload.length, fromPeople: payload.length, fromServer: 0, fromLocal: 0 });
    expect(await arrived(payload, join(other.downloads, 'films'))).toEqual(payload.files);
    expect((await other.send('GET', '/stats')).value.fromPeople).toBeGreaterThanOrEqual(payload.length);

    expect((await seed.send('POST', `${at}/pause`)).status).toBe(204);
    await until('nobody connected', async () => (await seed.send('GET', `${at}/peers`)).value.length === 0);
    expect((await seed.send('GET', at)).value).toMatchObject({ state: { kind: 'paused' } });

    expect((await other.send('POST', `${at}/move`, { folder: join(other.downloads, 'shelf') })).status).toBe(204);
    await until('the move', async () => (await other.send('GET', at)).value.folder === join(other.downloads, 'shelf'));
    expect(await arrived(payload, join(other.downloads, 'shelf'))).toEqual(payload.files);
    writeFileSync(join(other.downloads, 'shelf', 'mine.txt'), 'not theirs');

    expect((await other.send('DELETE', `${at}?data=trash`)).status).toBe(204);
    expect(readdirSync(join(other.downloads, 'shelf'))).toEqual(['mine.txt']);
    expect(readdirSync(join(other.root, 'xdg/Trash/files'))).toEqual(['data']);
    expect(await arrived(payload, join(other.root, 'xdg/Trash/files'))).toEqual(payload.files);
    expect(readFileSync(join(other.root, 'xdg/Trash/info/data.trashinfo'), 'utf8')).toContain(`${other.downloads}/shelf/data`);
  });

  it('answers every bad input with a sentence and the right status, and loses nothing', async () => {
    const { root, send } = await startHost();
    const web = createServer((request, response) => {
      if (request.url === '/page') response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Sign in</title>');
      else response.writeHead(404).end('no');
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    try {
      const { metainfo, bytes } = await makeTorrent(join(root, 'source'), 'kept', { 'a.bin': 20_000 });
      await send('POST', '/packages?paused=true', bytes, torrentType);
      const v2 = Buffer.from('d4:infod9:file treed1:ad0:d6:lengthi1e11:pieces root32:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaeee12:meta versioni2e4:name1:a12:piece lengthi16384eee');
      const cases: [string, unknown, Record<string, string>, number, string][] = [
        ['nonsense', Buffer.from('nonsense'), torrentType, 422, 'not-a-torrent'], ['an HTML page', Buffer.from('<html>'), torrentType, 422, 'not-a-torrent'],
        ['an empty file', { torrent: '' }, {}, 422, 'not-a-torrent'], ['v2 only', v2, torrentType, 422, 'v2-only'],
        ['a v2 magnet', { link: `magnet:?xt=urn:btmh:1220${'ab'.repeat(32)}` }, {}, 422, 'v2-only'], ['a magnet of nothing', { link: 'magnet:?dn=x' }, {}, 422, 'bad-link'],
        ['an unknown scheme', { link: 'gopher://example.org/x' }, {}, 422, 'unknown-scheme'], ['a file address', { link: 'file:///etc/passwd' }, {}, 422, 'unknown-scheme'],
        ['no link', { link: 'hello' }, {}, 422, 'bad-link'], ['nothing', {}, {}, 400, 'bad-request'],
        ['an unreachable address', { link: 'http://127.0.0.1:9/x.torrent' }, {}, 502, 'unreachable'], ['a page for a torrent', { link: `${origin}/page` }, {}, 422, 'not-a-torrent'],
        ['a missing torrent', { link: `${origin}/gone` }, {}, 502, 'bad-status'], ['a foreign folder', { link: metainfo.infoHash, folder: '/etc' }, {}, 403, 'forbidden'],
      ];
      for (const [what, body, headers, status, code] of cases) {
        const answer = await send('POST', '/packages', body, headers);
        expect([what, answer.status, answer.error?.code]).toEqual([what, status, code]);
        expect(answer.error!.message).toMatch(/^\S.{10,}[.!?)]$/);
        expect(answer.error!.message).not.toContain('\n');
      }
      expect((await send('GET', '/packages')).value).toMatchObject([{ id: metainfo.infoHash }]);
    } finally {
      await new Promise((resolve) => web.close(resolve));
    }
  });
});
