// Where somebody begins who joins an event late, and whom a package may ask for its bytes.
import { describe, expect, it } from 'vitest';
import { openPackage } from '../../../main/package/open-package.ts';
import { segmentToBeginWith, sourcesOf } from '../../../main/services/event-record.ts';
import { makeEvpack } from '../../support/make-evpack.ts';

const issuedAt = Date.UTC(2026, 5, 1);
const live = (segments: number[], segmentSeconds?: number) => openPackage(makeEvpack({
  issued: new Date(issuedAt).toISOString(),
  layers: [{ id: 'core', files: { 'core.txt': 'core' } }, ...segments.map((segment) => ({ id: `s${segment}`, segment, files: { [`${segment}.ts`]: `segment ${segment}` } }))],
  manifest: segmentSeconds === undefined ? {} : { event: { segmentSeconds } },
}).bytes);

describe('who joins late', () => {
  it.each<[string, number[], number | undefined, number, number | null]>([
    ['begins with the newest two segments', [0, 1, 2, 3, 4], 5, 1_000, 3],
    ['goes by the numbers, not by the places', [9, 3, 7, 5], 5, 1_000, 7],
    ['begins at the beginning where there is hardly more', [0, 1], 5, 1_000, null],
    ['begins at the beginning of a package without segments', [], undefined, 1_000, null],
    ['takes a minute of silence for no end', [0, 1, 2], 1, 59_000, 1],
    ['begins at the beginning when it has ended', [0, 1, 2], 5, 61_000, null],
    ['gives long segments more time', [0, 1, 2], 60, 9 * 60_000, 1],
  ])('%s', (_, segments, seconds, sinceMs, expected) => {
    expect(segmentToBeginWith(live(segments, seconds), issuedAt + sinceMs)).toBe(expected);
  });
});

describe('sources', () => {
  it('are those that were signed and those that a person added, each once, and none that stand in the torrents', () => {
    const event = openPackage(makeEvpack({
      layers: [{ id: 'core', files: { 'core.txt': 'core' } }],
      manifest: { sources: { trackers: [['https://a.example/announce', 'https://b.example/announce']], webSeeds: ['https://w.example/'], seeders: ['s.example:1'] } },
    }).bytes);
    expect(sourcesOf(event, { trackers: ['https://b.example/announce', 'udp://c.example:1'], peers: ['s.example:1', 'p.example:2'] }, ['x.example:3'])).toEqual({
      trackers: [['https://a.example/announce', 'https://b.example/announce'], ['udp://c.example:1']],
      webSeeds: ['https://w.example/'], peers: ['s.example:1', 'p.example:2', 'x.example:3'],
    });
  });
});
