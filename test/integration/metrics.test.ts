// The metrics of a real headless host during a real transfer: text that a scraper takes, counters that only grow, nobody else who reads it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Metrics } from '../../contract/index.ts';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { makePayload, mebibyte } from '../support/payload.ts';
import { freePort } from '../support/ports.ts';
import { leaveNothingBehind, startProgram, temporaryFolder, until } from '../support/processes.ts';
import { readPrometheusText } from '../support/prometheus-text.ts';
import { TestCore } from '../support/test-core.ts';

leaveNothingBehind();

const headlessMain = fileURLToPath(new URL('../../main/headless/main.ts', import.meta.url));

interface Got { status: number; headers: Record<string, string | string[] | undefined>; text: string }

async function startHost(args: string[] = []) {
  const root = temporaryFolder('metrics');
  const downloads = join(root, 'downloads');
  mkdirSync(downloads);
  const program = await startProgram('headless', process.execPath, [
    headlessMain, '--port', '0', '--data-dir', join(root, 'data'), '--download-dir', downloads, '--listen', String(await freePort()), '--no-dht', '--no-port-mapping', '--allow-private', ...args,
  ], { env: { XDG_DATA_HOME: join(root, 'xdg') }, graceMs: 10_000 });
  const address = new URL(await until('the address', () => /http:\S+token=\S+/.exec(program.stdout)?.[0], { describe: () => program.tail() }));
  const token = address.searchParams.get('token')!;
  const port = Number(address.port);
  /** Unlike `fetch` sends any Host and any header. */
  const get = (path: string, headers: Record<string, string> = {}): Promise<Got> => new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }));
    }).on('error', reject).end();
  });
  const bearer = { authorization: `Bearer ${token}` };
  const scrape = async () => readPrometheusText((await get('/metrics', bearer)).text);
  const add = (torrent: Uint8Array) => fetch(`http://127.0.0.1:${port}/api/v1/packages`, { method: 'POST', headers: { ...bearer, 'content-type': 'application/x-bittorrent' }, body: new Blob([torrent.slice()]) });
  const post = (path: string, body: unknown) => fetch(`http://127.0.0.1:${port}/api/v1${path}`, { method: 'POST', headers: { ...bearer, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  return { root, downloads, port, get, scrape, bearer, add, post };
}

describe('the metrics of a headless host', { timeout: 120_000 }, () => {
  it('tell of a transfer as it goes on, and JSON, CSV and text agree in the end', async () => {
    const payload = makePayload(temporaryFolder('payload'), 'a "quoted" name', 8 * mebibyte + 99);
    const metainfo = await createTorrent(payload.root, { pieceLength: 64 * 1024 });
    const torrent = encodeTorrentFile(metainfo);
    const id = metainfo.infoHash;
    const seed = await TestCore.start({ settings: { upBytesPerSecond: 3_000_000 } });
    onTestFinished(() => seed.stop());
    await seed.ask('packages.add', { source: { kind: 'bytes', base64: Buffer.from(torrent).toString('base64') }, folder: seed.supervisor.grant(payload.parent) });
    const host = await startHost();
    expect((await host.add(torrent)).status).toBe(201);
    await host.post(`/packages/${id}/peers`, { peers: [`127.0.0.1:${await seed.port()}`] });

    const seen: number[] = [];
    const last = await until('every byte', async () => {
      const { series, types } = await host.scrape();
      expect(types.get('flashswarm_package_received_bytes_total')).toBe('counter');
      const value = (name: string, labels: Record<string, string> = {}) => series.find((one) => one.name === name && Object.entries(labels).every(([key, said]) => one.labels[key] === said))?.value;
      seen.push(value('flashswarm_package_received_bytes_total', { package: id, source: 'people' }) ?? 0);
      return value('flashswarm_package_done_ratio', { package: id }) === 1 && seen.at(-1) === payload.length ? { value, series } : undefined;
    });
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(new Set(seen).size).toBeGreaterThan(2);
    expect(last.value('flashswarm_package_received_bytes_total', { package: id, source: 'server' })).toBe(0);
    expect(last.value('flashswarm_package_origin_ratio', { package: id })).toBe(0);
    expect(last.value('flashswarm_package_people_joined_total', { package: id })).toBeGreaterThanOrEqual(1);
    expect(last.value('flashswarm_package_first_piece_seconds', { package: id })).toBeGreaterThanOrEqual(0);
    expect(last.value('flashswarm_core_cpu_seconds_total')).toBeGreaterThan(0);
    expect(last.value('flashswarm_core_resident_memory_bytes')).toBeGreaterThan(mebibyte);
    expect(last.series.find(({ name }) => name === 'flashswarm_package_info')!.labels).toEqual({ package: id, name: 'a "quoted" name' });

    const json = await host.get('/api/v1/metrics', host.bearer);
    expect(Metrics.parse(JSON.parse(json.text)).packages[0]).toMatchObject({ id, bytes: { people: payload.length, server: 0 } });
    const csv = await host.get(`/api/v1/packages/${id}/figures?format=csv`, host.bearer);
    expect(csv).toMatchObject({ status: 200, headers: { 'content-type': 'text/csv; charset=utf-8; header=present', 'content-disposition': `attachment; filename="flashswarm-${id}-figures.csv"` } });
    expect(csv.text.split('\r\n').length).toBeGreaterThan(3);
    const exported = await host.get(`/api/v1/packages/${id}/figures/export`, host.bearer);
    expect(JSON.parse(exported.text)).toMatchObject({ id, bytes: { people: payload.length } });
    const { history } = JSON.parse((await host.get(`/api/v1/packages/${id}/figures`, host.bearer)).text) as { history: { points: { at: number }[] } };
    const since = history.points.at(-2)!.at;
    const news = JSON.parse((await host.get(`/api/v1/packages/${id}/figures?since=${since}`, host.bearer)).text) as typeof exported & { history: { points: { at: number }[] } };
    expect(news.history.points.every(({ at }) => at > since)).toBe(true);

    const text = (await host.get('/metrics', host.bearer)).text;
    for (const secret of [host.root, payload.parent, seed.folder, String(await seed.port())]) expect(text).not.toContain(secret);
    const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    if (promtool.error) console.info('The text was not checked by promtool: it is not installed here (Debian: prometheus).');
    else expect({ status: promtool.status, said: promtool.stdout + promtool.stderr }).toEqual({ status: 0, said: '' });
  });

  it('are for whoever has the token; a page of another site reads nothing, whatever it tries', async () => {
    const host = await startHost();
    expect(await host.get('/metrics')).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringContaining('Bearer') } });
    for (const headers of [{ host: 'evil.example' }, { ...host.bearer, host: 'evil.example' }]) expect((await host.get('/metrics', headers)).status).toBe(421);
    const cors = await host.get('/metrics', { ...host.bearer, origin: 'http://evil.example' });
    expect(cors.headers).not.toHaveProperty('access-control-allow-origin');
    expect(cors.headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(cors.headers['x-content-type-options']).toBe('nosniff');
    const ours = { cookie: `flashswarm-${host.port}=${host.bearer.authorization.slice(7)}` };
    expect((await host.get('/metrics', ours)).status).toBe(200);
  });

  it('are open to programs on this machine when the operator says so, and still to no page and to nothing else', async () => {
    const host = await startHost(['--metrics-open']);
    const said = await host.get('/metrics');
    expect(said).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' } });
    readPrometheusText(said.text);
    for (const [name, value] of [['origin', 'http://evil.example'], ['referer', 'http://evil.example/'], ['sec-fetch-site', 'cross-site'], ['x-forwarded-for', '203.0.113.9']] as const) {
      expect((await host.get('/metrics', { [name]: value })).status).toBe(401);
    }
    expect((await host.get('/metrics', { host: 'evil.example' })).status).toBe(421);
    for (const path of ['/api/v1/metrics', '/api/v1/packages', '/metrics/', '/']) expect((await host.get(path)).status).toBe(401);
    // What curl sends, as scrapers do.
    expect(execFileSync('curl', ['-sf', `http://127.0.0.1:${host.port}/metrics`], { encoding: 'utf8' })).toContain('flashswarm_build_info{version=');
  });
});
