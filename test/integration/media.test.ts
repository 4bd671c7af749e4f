// Files of packages given out by a headless host with a real core: byte for byte, by ranges, to those who may, and with nothing left open.
import { mkdirSync, readdirSync, readlinkSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FileEntry, PackageSummary } from '../../contract/index.ts';
import type { Serving } from '../../main/headless/serve.ts';
import { serve } from '../../main/headless/serve.ts';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { makeEvpack } from '../support/make-evpack.ts';
import type { EvpackInput } from '../support/make-evpack.ts';
import { leaveNothingBehind, temporaryFolder, testEnvironment, until } from '../support/processes.ts';
import { makeWav } from '../support/wav.ts';

leaveNothingBehind();
Object.assign(process.env, testEnvironment); // the core of a host in this process is this test's as well

interface Got { status: number; headers: IncomingHttpHeaders; body: Buffer }

class Host {
  readonly downloads: string;
  readonly serving: Serving;
  bearer: Record<string, string>;

  constructor(downloads: string, serving: Serving) {
    this.downloads = downloads;
    this.serving = serving;
    this.bearer = { authorization: `Bearer ${serving.token}` };
  }

  static async start(root = temporaryFolder('media'), port = 0): Promise<Host> {
    const downloads = join(root, 'downloads');
    mkdirSync(downloads, { recursive: true });
    const serving = await serve({
      core: { dataDir: join(root, 'data'), downloadDir: downloads, version: '9.9.9', allowPrivate: true, settings: { dht: false, lsd: false, listenPort: 0 }, peers: [] },
      host: '127.0.0.1', port, anyPortWhenTaken: false, allowDirs: [], named: [], log: () => {},
    });
    return new Host(downloads, serving);
  }

  /** @param stopAfterBytes breaks the connection off after so much of the body */
  send(method: string, path: string, headers: Record<string, string> = this.bearer, body?: string, stopAfterBytes?: number): Promise<Got> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: this.serving.port, method, path, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        let length = 0;
        const done = () => resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) });
        response.on('data', (part: Buffer) => {
          parts.push(part);
          length += part.length;
          if (stopAfterBytes === undefined || length < stopAfterBytes) return;
          outgoing.destroy();
          done();
        });
        response.on('end', done);
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }

  async ask(name: string, input: unknown): Promise<any> {
    const { status, body } = await this.send('POST', `/api/v1/request/${name}`, { ...this.bearer, 'content-type': 'application/json' }, JSON.stringify(input));
    return { status, ...JSON.parse(body.toString()) };
  }

  /** Adds it, paused, and waits until it was compared with what is in the download folder. */
  async add(bytes: Uint8Array, more: Record<string, unknown> = {}, isHere = true): Promise<{ id: string; files: FileEntry[] }> {
    const { id } = await this.ask('packages.add', { source: { kind: 'bytes', base64: Buffer.from(bytes).toString('base64') }, paused: true, ...more });
    expect(id).toBeTypeOf('string');
    const summary = async () => JSON.parse((await this.send('GET', `/api/v1/packages/${id}`)).body.toString());
    let last: unknown;
    await until('it is checked', async () => {
      last = await summary();
      const { state, bytesDone, bytesTotal } = last as PackageSummary;
      return state.kind !== 'checking' && bytesDone === (isHere ? bytesTotal : 0);
    }, { describe: () => JSON.stringify(last) });
    const { files } = await until('the files are checked', async () => {
      const detail = await this.ask('packages.detail', { id });
      return detail.files.every((file: FileEntry) => file.check !== 'waiting' || file.bytesDone < file.length) && detail;
    });
    return { id, files };
  }

  write(files: Record<string, Uint8Array | string>, folder: string): void {
    for (const [path, bytes] of Object.entries(files)) {
      mkdirSync(dirname(join(this.downloads, folder, path)), { recursive: true });
      writeFileSync(join(this.downloads, folder, path), bytes);
    }
  }

  async addFolder(files: Record<string, Uint8Array>, folder = 'Evening') {
    this.write(files, folder);
    return this.add(encodeTorrentFile(await createTorrent(join(this.downloads, folder), { pieceLength: 16 * 1024 })));
  }

  /** How many files of packages this process has open (Linux). */
  openFiles(): string[] {
    return readdirSync('/proc/self/fd').flatMap((fd) => {
      try {
        const path = readlinkSync(`/proc/self/fd/${fd}`);
        return path.startsWith(this.downloads) ? path : [];
      } catch {
        return [];
      }
    });
  }
}

async function withHost(test: (host: Host) => Promise<void>): Promise<void> {
  const host = await Host.start();
  try {
    await test(host);
  } finally {
    await host.serving.close();
  }
}

const indexOf = (files: FileEntry[], name: string) => files.find((file) => file.path.endsWith(name))!.index;

describe('files of a headless host', () => {
  it('come byte for byte, whole and by ranges, to the player and to programs', () => withHost(async (host) => {
    const film = randomBytes(3_000_017);
    const { id, files } = await host.addFolder({ 'film.mp4': film, 'page.html': Buffer.from('<script>alert(1)</script>'), 'empty.ogg': Buffer.alloc(0) });
    const { url, contentType } = await host.ask('host.mediaUrl', { id, index: indexOf(files, 'film.mp4') });
    expect({ url, contentType }).toEqual({ url: expect.stringMatching(/^\/media\/[\w-]{22}$/), contentType: 'video/mp4' });
    const content = `/api/v1/packages/${id}/files/${indexOf(files, 'film.mp4')}/content`;
    const cookie = { cookie: `flashswarm-${host.serving.port}=${host.serving.token}` };
    for (const [path, who] of [[url, cookie], [url, host.bearer], [content, host.bearer], [content, cookie]] as const) {
      const whole = await host.send('GET', path, who);
      expect(whole).toMatchObject({ status: 200, headers: { 'content-type': 'video/mp4', 'content-length': String(film.length), 'accept-ranges': 'bytes', 'x-content-type-options': 'nosniff' } });
      expect(whole.headers['content-disposition']).toMatch(/^inline; filename="film.mp4"/);
      expect(whole.headers['cache-control']).toContain('no-store');
      expect(whole.body.equals(film)).toBe(true);
      for (let round = 0; round < 30; round += 1) {
        const start = randomInt(film.length);
        const end = start + randomInt(Math.min(200_000, film.length - start));
        const [range, from, to] = ([
          [`bytes=${start}-${end}`, start, end], [`bytes=${start}-`, start, film.length - 1], [`bytes=-${start + 1}`, film.length - start - 1, film.length - 1],
        ] as const)[round % 3]!;
        const part = await host.send('GET', path, { ...who, range });
        expect([range, part.status, part.headers['content-range'], part.headers['content-length']]).toEqual([range, 206, `bytes ${from}-${to}/${film.length}`, String(to - from + 1)]);
        expect(part.body.equals(film.subarray(from, to + 1))).toBe(true);
      }
      const past = await host.send('GET', path, { ...who, range: `bytes=${film.length}-` });
      expect(past).toMatchObject({ status: 416, headers: { 'content-range': `bytes */${film.length}` } });
      expect(past.body).toHaveLength(0);
      expect((await host.send('GET', path, { ...who, range: 'bytes=0-1,5-6' })).body.equals(film)).toBe(true);
      const head = await host.send('HEAD', path, who);
      expect(head).toMatchObject({ status: 200, headers: { 'content-length': String(film.length), 'etag': whole.headers.etag } });
      expect(head.body).toHaveLength(0);
      expect((await host.send('GET', path, { ...who, 'range': 'bytes=5-6', 'if-range': head.headers.etag! })).status).toBe(206);
      expect((await host.send('GET', path, { ...who, 'range': 'bytes=5-6', 'if-range': '"another"' })).body.equals(film)).toBe(true);
    }
    const page = await host.ask('host.mediaUrl', { id, index: indexOf(files, 'page.html') });
    expect(await host.send('GET', page.url)).toMatchObject({ status: 200, headers: { 'content-type': 'application/octet-stream', 'content-disposition': expect.stringMatching(/^attachment; filename="page.html"/) } });
    expect(await host.send('GET', (await host.ask('host.mediaUrl', { id, index: indexOf(files, 'empty.ogg') })).url)).toMatchObject({ status: 200, headers: { 'content-length': '0' } });
    expect((await host.send('GET', '/')).headers['content-security-policy']).toContain("media-src 'self'");
    expect(host.openFiles()).toEqual([]);
  }));

  it('come to nobody without the token, under another name, or by another path', () => withHost(async (host) => {
    const { id, files } = await host.addFolder({ 'song.wav': makeWav(2) });
    const { url } = await host.ask('host.mediaUrl', { id, index: files[0]!.index });
    const content = `/api/v1/packages/${id}/files/0/content`;
    for (const path of [url, content]) {
      for (const headers of [{}, { authorization: 'Bearer wrong' }, { cookie: `flashswarm-${host.serving.port}=wrong` }, { cookie: `flashswarm-1=${host.serving.token}` }] as Record<string, string>[]) {
        const refused = await host.send('GET', path, headers);
        expect([headers, refused.status]).toEqual([headers, 401]);
        expect(refused.body.includes('RIFF')).toBe(false);
      }
      expect((await host.send('GET', path, { ...host.bearer, host: 'evil.example' })).status).toBe(421);
      expect((await host.send('POST', path, host.bearer)).status).toBe(405);
      expect((await host.send('POST', path, { cookie: `flashswarm-${host.serving.port}=${host.serving.token}`, origin: 'http://evil.example' })).status).toBe(403);
      expect((await host.send('DELETE', path)).status).toBe(405);
    }
    for (const path of ['/media/', '/media', '/media/x', `${url}/`, `${url}/../x`, `/media/..%2f..%2fetc%2fpasswd`, `/media/${id}`, `/media/${encodeURIComponent(join(host.downloads, 'Evening/song.wav'))}`, `${content.replace('/0/', '/1/')}`]) {
      expect([path, (await host.send('GET', path)).status]).toEqual([path, 404]);
    }
    for (const path of [content.replace('/0/', '/..%2f/'), content.replace('/0/', '/-1/'), content.replace('/0/', '/0x0/')]) expect([path, (await host.send('GET', path)).status]).toEqual([path, 400]);
  }));

  it('are not given out before they are complete, nor after they are gone', () => withHost(async (host) => {
    const { id, files } = await host.addFolder({ 'song.wav': makeWav(2), 'other.wav': makeWav(3) });
    const song = indexOf(files, 'song.wav');
    const { url } = await host.ask('host.mediaUrl', { id, index: song });
    const content = (index: number) => `/api/v1/packages/${id}/files/${index}/content`;
    const other = makeEvpack({ layers: [{ id: 'core', files: { 'film.mp4': randomBytes(50_000) } }], id: 'com.example.absent', folderName: 'absent' });
    const absent = await host.add(other.bytes, { trust: true }, false);
    expect(await host.ask('host.mediaUrl', { id: absent.id, index: 0 })).toMatchObject({ status: 501, error: { code: 'not-here', message: expect.stringContaining('not complete yet') } });
    const refused = await host.send('GET', `/api/v1/packages/${absent.id}/files/0/content`);
    expect([refused.status, JSON.parse(refused.body.toString())]).toEqual([409, { error: { code: 'not-here', message: expect.stringContaining('not complete yet') } }]);
    // What was complete and is another file by now is not what the publisher made.
    truncateSync(join(host.downloads, 'Evening/song.wav'), 1_000);
    for (const path of [url, content(song)]) expect([path, (await host.send('GET', path)).status]).toEqual([path, 409]);
    rmSync(join(host.downloads, 'Evening/song.wav'));
    for (const path of [url, content(song)]) expect([path, (await host.send('GET', path)).status]).toEqual([path, 404]);
    const second = await host.ask('host.mediaUrl', { id, index: indexOf(files, 'other.wav') });
    expect((await host.send('GET', second.url)).status).toBe(200);
    expect(await host.ask('packages.remove', { ids: [id], data: 'keep' })).toMatchObject({ status: 200 });
    for (const path of [second.url, content(1)]) expect([path, (await host.send('GET', path)).status]).toEqual([path, 404]);
    expect((await host.ask('host.mediaUrl', { id, index: 1 })).error).toMatchObject({ code: 'not-found' });
    expect(host.openFiles()).toEqual([]);
  }));

  it('of an event package come when their signed SHA-256 is right, and not before the start', () => withHost(async (host) => {
    const film = randomBytes(70_000);
    const input: EvpackInput = { layers: [{ id: 'core', files: { 'film.webm': film } }] };
    host.write({ 'film.webm': film }, 'event');
    const now = makeEvpack(input);
    const { id, files } = await host.add(now.bytes, { trust: true });
    expect(files).toMatchObject([{ check: 'right' }]);
    const { url } = await host.ask('host.mediaUrl', { id, index: 0 });
    expect((await host.send('GET', url)).body.equals(film)).toBe(true);

    host.write({ 'film.webm': film }, 'later');
    const later = makeEvpack({ ...input, id: 'com.example.later', folderName: 'later', manifest: { event: { startsAt: new Date(Date.now() + 3_600_000).toISOString().replace(/\.\d+/, '') } } });
    const closed = await host.add(later.bytes, { trust: true });
    expect((await host.ask('host.mediaUrl', { id: closed.id, index: 0 })).error).toMatchObject({ code: 'not-here', message: expect.stringContaining('opens at') });
    expect((await host.send('GET', `/api/v1/packages/${closed.id}/files/0/content`)).status).toBe(409);
  }));

  it('leave nothing open after 200 requests at once, half of which are broken off', () => withHost(async (host) => {
    const film = randomBytes(20 * 1024 * 1024);
    const { id, files } = await host.addFolder({ 'film.mkv': film });
    const { url } = await host.ask('host.mediaUrl', { id, index: files[0]!.index });
    const answers = await Promise.all(Array.from({ length: 200 }, async (_, at) => {
      const start = randomInt(film.length - 300_000);
      if (at % 2) {
        const { status, body } = await host.send('GET', url, { ...host.bearer, range: `bytes=${start}-${start + 299_999}` });
        return status === 206 && body.equals(film.subarray(start, start + 300_000));
      }
      const { status, body } = await host.send('GET', url, { ...host.bearer, range: 'bytes=1000-' }, undefined, 10_000);
      return status === 206 && body.subarray(0, 10_000).equals(film.subarray(1000, 11_000));
    }));
    expect(answers.filter((isRight) => !isRight)).toEqual([]);
    await until('every file is closed', () => host.openFiles().length === 0, { withinMs: 20_000, describe: () => host.openFiles().join('\n') });
    expect((await host.send('GET', url, { ...host.bearer, range: 'bytes=0-9' })).body.equals(film.subarray(0, 10))).toBe(true);
  }));

  it('are closed when the host stops, and their addresses mean nothing to the next one', async () => {
    const root = temporaryFolder('media');
    const first = await Host.start(root);
    const { id, files } = await first.addFolder({ 'film.mkv': randomBytes(20 * 1024 * 1024) }).catch(async (error: unknown) => {
      await first.serving.close();
      throw error;
    });
    const { url } = await first.ask('host.mediaUrl', { id, index: files[0]!.index });
    const outgoing = request({ host: '127.0.0.1', port: first.serving.port, path: url, headers: first.bearer, agent: false });
    await new Promise<void>((resolve, reject) => {
      outgoing.on('response', (response) => {
        response.on('error', () => {});
        response.pause(); // a player that is on pause takes nothing
        resolve();
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
    expect(first.openFiles()).toHaveLength(1);
    await first.serving.close();
    await until('every file is closed', () => first.openFiles().length === 0);
    outgoing.destroy();
    const second = await Host.start(root);
    try {
      expect((await second.send('GET', url)).status).toBe(404);
      const again = await second.ask('host.mediaUrl', { id, index: files[0]!.index });
      expect(again.url).not.toBe(url);
      expect((await second.send('HEAD', again.url)).status).toBe(200);
    } finally {
      await second.serving.close();
    }
  });
});
