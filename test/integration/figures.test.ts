// Figures of a real download from a web server and a person: they add up, are told live, survive a restart and the package.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PackageFigures } from '../../contract/index.ts';
import { PackageFigures as FiguresSchema } from '../../contract/index.ts';
import { createTorrent, encodeTorrentFile } from '../../main/metainfo/metainfo.ts';
import { startNginx } from '../support/nginx.ts';
import { makePayload, mebibyte } from '../support/payload.ts';
import { leaveNothingBehind, temporaryFolder, until } from '../support/processes.ts';
import { TestCore } from '../support/test-core.ts';
import { content, everythingReady, take, TestPublisher } from '../support/test-publisher.ts';

leaveNothingBehind();

async function core(settings: Record<string, unknown> = {}): Promise<TestCore> {
  const started = await TestCore.start({ settings });
  onTestFinished(() => started.stop());
  return started;
}

/** A person who shares with a limit and a web server that is slow, both with everything. */
async function crowd(length: number, upBytesPerSecond: number) {
  const payload = makePayload(temporaryFolder('figures'), 'event.bin', length);
  const nginx = await startNginx(payload.parent);
  const metainfo = await createTorrent(payload.root, { pieceLength: 64 * 1024, webSeeds: [nginx.url('/slow/')], trackers: [['udp://127.0.0.1:9/secret-key/announce']] });
  const base64 = Buffer.from(encodeTorrentFile(metainfo)).toString('base64');
  const seed = await core({ upBytesPerSecond });
  await seed.ask('packages.add', { source: { kind: 'bytes', base64 }, folder: seed.supervisor.grant(payload.parent) });
  await seed.until(metainfo.infoHash, (p) => p.state.kind === 'seeding');
  return { payload, metainfo, base64, seed, id: metainfo.infoHash, peers: [`127.0.0.1:${await seed.port()}`] };
}

const folderOf = (of: TestCore): string => path.join(of.options.dataDir, 'figures');

describe('the figures of a download', { timeout: 120_000 }, () => {
  it('add up by source, are told live, survive a restart, and stay when the package was removed', async () => {
    const { payload, base64, seed, id, peers } = await crowd(12 * mebibyte + 777, 2_000_000);
    const client = await core();
    const live: PackageFigures[] = [];
    client.supervisor.onAny((name, told) => {
      if (name === 'figures.changed') live.push(FiguresSchema.parse(told));
    });
    const begun = Date.now();
    await client.ask('packages.add', { source: { kind: 'bytes', base64 }, peers });
    await client.ask('packages.watch', { id });
    await client.until(id, (p) => p.state.kind === 'seeding');
    const took = Date.now() - begun;
    // Both are complete and part; the figures come to rest.
    const rest = await until('the figures to come to rest', async () => {
      const now = await client.ask('packages.figures', { id });
      return now.now.connected === 0 && now.now.people === 0 && now.completedAt !== null ? now : undefined;
    });

    expect(rest.bytes.people + rest.bytes.server).toBe(payload.length);
    expect(rest.bytes).toMatchObject({ local: 0, uploaded: 0, total: payload.length });
    expect(rest.bytes.people).toBeGreaterThan(0);
    expect(rest.bytes.server).toBeGreaterThan(0);
    expect(rest.originShare).toBeCloseTo(rest.bytes.server / payload.length, 6);
    expect(rest.firstPieceMs).toBeGreaterThanOrEqual(0);
    expect(rest.firstPieceMs).toBeLessThanOrEqual(took);
    expect(rest.startedAt).toBeGreaterThanOrEqual(begun);
    expect(rest.now.done).toBe(1);
    // The course holds all that was received, what came in vain included: rates times seconds.
    const { stepMs, points } = rest.history;
    const area = points.reduce((sum, point) => sum + (point.people + point.server) * (stepMs / 1000), 0);
    expect(area).toBeGreaterThan(payload.length * 0.7);
    expect(points.some(({ connected, complete, helping }) => connected === 1 && complete === 1 && helping === 1)).toBe(true);
    expect(points.some(({ rarestCopies, meanCopies }) => rarestCopies === 1 && meanCopies === 1)).toBe(true);
    expect(points.reduce((sum, { joined }) => sum + joined, 0)).toBeGreaterThanOrEqual(1);
    expect(rest.trackers).toEqual([expect.objectContaining({ host: '127.0.0.1', answers: 0 })]);

    expect(live.length).toBeGreaterThanOrEqual(2);
    expect(live.map(({ at }) => at)).toEqual(live.map(({ at }) => at).toSorted((a, b) => a - b));
    const told = live.flatMap(({ history }) => history.points.map(({ at }) => at));
    expect(new Set(told).size).toBe(told.length); // each point once

    // Nothing personal, and nobody's tracker key, in what is handed on and in what is kept.
    const csv = (await client.ask('packages.exportFigures', { id, format: 'csv' })).text;
    const json = (await client.ask('packages.exportFigures', { id, format: 'json' })).text;
    expect(csv.split('\r\n')).toHaveLength(points.length + 2);
    for (const text of [csv, json, readFileSync(path.join(folderOf(client), `${id}.json`), 'utf8')]) {
      for (const secret of ['secret-key', peers[0]!, client.folder, payload.parent]) expect(text).not.toContain(secret);
    }

    await client.restart();
    const again = await client.ask('packages.figures', { id });
    // The two may meet and part once more.
    expect(again).toMatchObject({ bytes: rest.bytes, firstPieceMs: rest.firstPieceMs, startedAt: rest.startedAt, originShare: rest.originShare });
    expect(again.history.points.slice(0, points.length)).toEqual(points);

    await client.ask('packages.remove', { ids: [id], data: 'keep' });
    const report = await client.ask('packages.figures', { id });
    expect(report).toMatchObject({ bytes: rest.bytes, firstPieceMs: rest.firstPieceMs });
    expect(report.history.points.slice(0, points.length)).toEqual(points);
    expect(await client.ask('session.reports', {})).toEqual([expect.objectContaining({ id, name: 'event.bin', here: false })]);
    await client.restart();
    expect((await client.ask('packages.figures', { id })).bytes).toEqual(rest.bytes);
    await expect(client.ask('packages.figures', { id: 'f'.repeat(40) })).rejects.toThrow(/^not-found/);

    // The seed's own: it gave what the client took from people, and took nothing.
    const given = await seed.ask('packages.figures', { id });
    expect(given.bytes.uploaded).toBeGreaterThanOrEqual(rest.bytes.people);
    expect(given.bytes).toMatchObject({ people: 0, server: 0, local: payload.length });
    expect(given.originShare).toBeNull();
  });

  it('of a removed package tell the moment before it was removed, and begin anew when it is added again', async () => {
    const { base64, id, peers } = await crowd(4 * mebibyte, 400_000);
    const client = await core();
    await client.ask('packages.add', { source: { kind: 'bytes', base64 }, peers });
    const p = await client.until(id, (now) => now.fromPeople + now.fromServer > mebibyte);
    await client.ask('packages.remove', { ids: [id], data: 'trash' });
    const report = await client.ask('packages.figures', { id });
    expect(report.bytes.people + report.bytes.server).toBeGreaterThanOrEqual(p.fromPeople + p.fromServer);
    expect(report.completedAt).toBeNull();
    await client.ask('packages.add', { source: { kind: 'bytes', base64 }, paused: true });
    expect((await client.ask('packages.figures', { id })).bytes).toMatchObject({ people: 0, server: 0 });
  });

  it('are not lost when the core is killed: what was written last is gone on with', async () => {
    const { payload, base64, id, peers } = await crowd(6 * mebibyte, 4_000_000);
    const client = await core();
    await client.ask('packages.add', { source: { kind: 'bytes', base64 }, peers });
    await client.until(id, (p) => p.state.kind === 'seeding');
    await until('the file', () => (readdirSync(path.dirname(folderOf(client))).includes('figures') && readdirSync(folderOf(client)).includes(`${id}.json`) ? true : undefined));
    const before = await client.ask('packages.figures', { id });
    await client.kill();
    expect(await client.ask('packages.figures', { id })).toMatchObject({ bytes: before.bytes, firstPieceMs: before.firstPieceMs });
    expect(before.bytes.people + before.bytes.server).toBe(payload.length);
  });

  it('begin anew when their file is damaged, and the core runs', async () => {
    const { base64, id, payload } = await crowd(mebibyte, 4_000_000);
    const client = await core();
    mkdirSync(folderOf(client));
    writeFileSync(path.join(folderOf(client), `${id}.json`), '{"version":1,"id":"../../x","history":');
    await client.ask('packages.add', { source: { kind: 'bytes', base64 } });
    await client.until(id, (p) => p.state.kind === 'seeding');
    expect(await client.ask('packages.figures', { id })).toMatchObject({ bytes: { people: 0, server: payload.length }, originShare: 1, skew: null });
  });

  it('of an event package add up its layers, with one person who has all of them counted once', async () => {
    const publisher = await TestPublisher.start();
    onTestFinished(() => publisher.close());
    const layers = ['core', 'maps', 'music'].map((id, order) => ({ id, title: id, required: id === 'core', order, files: { [`${id}.bin`]: content(mebibyte + order) } }));
    const make = (seeders: string[]) => publisher.make({ id: 'com.example.event', pieceLength: 32 * 1024, layers, title: 'A big game' }, seeders);
    const seed = await publisher.seed(make([]), { upBytesPerSecond: mebibyte });
    const client = await publisher.client();
    const id = await take(client, make([seed.address]));
    const connected: number[] = [];
    await client.until(id, (p) => {
      void client.ask('packages.figures', { id }).then(({ now }) => connected.push(now.connected), () => undefined);
      return everythingReady(p);
    });
    const figures = await client.ask('packages.figures', { id });
    const length = 3 * mebibyte + 3;
    expect(figures).toMatchObject({ id, name: 'A big game', bytes: { people: length, server: 0, local: 0, total: length }, originShare: 0, now: { done: 1 } });
    expect(Math.max(...connected)).toBe(1);
    const done = figures.history.points.map((point) => point.done);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(await publisher.endCores()).toBe(0);
  });
});
