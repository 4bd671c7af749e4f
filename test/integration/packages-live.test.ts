// What a person gets from a live event, and from a package of very many parts: new segments without a question, the next one always first.
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EvpackInput, MadeEvpack } from '../support/make-evpack.ts';
import { mebibyte } from '../support/payload.ts';
import { content, difference, everythingReady, expected, take, TestPublisher, tree } from '../support/test-publisher.ts';

let publisher: TestPublisher;
beforeAll(async () => {
  publisher = await TestPublisher.start();
});
afterAll(() => publisher.close());
afterEach(async () => {
  expect(await publisher.endCores(), 'cores that fell').toBe(0);
});

const id = 'com.example.live';
const segmentBytes = 768 * 1024;

/** A live package of which so many segments are out. */
function show(segments: readonly Uint8Array[], seeders: string[] = [], more: Partial<EvpackInput> = {}): MadeEvpack {
  return publisher.make({
    id, version: segments.length, folderName: 'show', pieceLength: 64 * 1024,
    layers: segments.map((bytes, segment) => ({ id: `segment-${segment}`, required: false, order: 1000 + segment, segment, files: { [`${segment}.ts`]: bytes } })),
    ...more,
    manifest: { update: { url: publisher.updateUrl }, ...(seeders.length && { sources: { seeders } }), event: { segmentSeconds: 1 }, ...more.manifest },
  });
}

/** Segments that are more than two places from where they belong, or missing. */
const nearly = (found: number[], wanted: number[]): number[] => wanted.filter((segment, place) => !found.includes(segment) || Math.abs(found.indexOf(segment) - place) > 2);

describe('a live event', { timeout: 60_000 }, () => {
  it('begins a late joiner with the newest two segments, takes new ones without a question and in order, and fills in the rest afterwards', async () => {
    const segments = Array.from({ length: 6 }, () => content(segmentBytes));
    const seed = await publisher.seed(show(segments), { upBytesPerSecond: 1_200_000 });
    publisher.offer(show(segments, [seed.address]));
    const core = await publisher.client();
    await take(core, show(segments, [seed.address]));
    const ready: number[] = [];
    const hashes = new Map<number, string>();
    const look = (p: Awaited<ReturnType<typeof core.package>>): number => {
      for (const { segment, state, infoHash } of p.layers) {
        expect(hashes.get(segment!) ?? infoHash).toBe(infoHash); // a published torrent never changes
        hashes.set(segment!, infoHash);
        if (state === 'ready' && !ready.includes(segment!)) ready.push(segment!);
      }
      return p.layers.length;
    };
    let ended = false;
    const watching = core.until(id, (p) => look(p) === segments.length && ended && everythingReady(p));
    for (let more = 0; more < 4; more += 1) {
      segments.push(content(segmentBytes));
      await seed.share(show(segments));
      publisher.offer(show(segments, [seed.address]));
      await core.until(id, (p) => p.layers.length === segments.length);
    }
    ended = true;
    await watching;
    console.info(`packages-live.test: segments were ready in the order ${ready.join(' ')}`);
    // Who may ask first is a policy with strict tests of its own (layer-order). What ends first is the network's doing too: the next segment begins before
    // the last bytes of the one before are here, so a busy machine may end neighbours the other way round.
    expect(nearly(ready.filter((segment) => segment >= 4), [4, 5, 6, 7, 8, 9])).toEqual([]);
    expect(nearly(ready.filter((segment) => segment < 4), [3, 2, 1, 0])).toEqual([]);
    expect(ready.indexOf(4)).toBeLessThan(ready.indexOf(0));
    expect(Math.min(...[4, 5, 6].map((segment) => ready.indexOf(segment)))).toBe(0);
    expect((await core.package(id)).event).toMatchObject({ version: segments.length, live: true });
    expect(difference(tree(core.downloads), expected(show(segments)))).toEqual([]);
    await core.restart();
    await core.until(id, everythingReady);
  });

  it('is fetched from its beginning when it has ended long ago', async () => {
    const segments = Array.from({ length: 5 }, () => content(segmentBytes));
    const seed = await publisher.seed(show(segments), { upBytesPerSecond: mebibyte });
    const core = await publisher.client();
    await take(core, show(segments, [seed.address], { issued: '2026-01-01T00:00:00Z' }));
    const ready: number[] = [];
    await core.until(id, (p) => {
      for (const { segment, state } of p.layers) if (state === 'ready' && !ready.includes(segment!)) ready.push(segment!);
      return everythingReady(p);
    });
    expect(nearly(ready, [0, 1, 2, 3, 4])).toEqual([]);
  });
});

describe('very many parts', { timeout: 90_000 }, () => {
  it('opens and fetches a package of 300 segments in memory that stays small', async () => {
    const segments = Array.from({ length: 300 }, () => content(20_000));
    const seed = await publisher.seed(show(segments));
    const core = await publisher.client();
    const residentMiB = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${core.supervisor.pid}/status`, 'utf8'))![1]) / 1024;
    const before = residentMiB();
    await take(core, show(segments, [seed.address], { issued: '2026-01-01T00:00:00Z' }));
    await core.until(id, everythingReady);
    const after = residentMiB();
    console.info(`packages-live.test: 300 parts took ${Math.round(after - before)} MiB (${Math.round(before)} to ${Math.round(after)})`);
    expect(after - before).toBeLessThan(150);
    await core.restart();
    await core.until(id, everythingReady);
    expect(difference(tree(core.downloads), expected(show(segments)))).toEqual([]);
  });
});
