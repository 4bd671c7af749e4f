// The form from which a package is made: what is wrong with it, and what it asks of the core.
import { describe, expect, it } from 'vitest';
import { requests } from '../../../contract/index.ts';
import { emptyDraft, inputOf, problemsOf, slugOf, suggestId, type Draft } from '../../../renderer/creation-draft.ts';
import { scan } from '../../support/fake-events.ts';

const good: Draft = {
  ...emptyDraft, folder: { handle: 'h', path: '/media/release' }, scan, title: ' Northwind Nights ', id: 'example.northwind.nights', publisher: 'Northwind Games',
  layers: [{ key: 1, title: 'Films', pattern: 'films/**', required: false }, { key: 0, title: 'Everything', pattern: '**', required: true }],
  keyFile: { source: { kind: 'handle', handle: 'k' }, name: 'publisher.key' },
};
const wrong = (part: Partial<Draft>) => Object.keys(problemsOf({ ...good, ...part })).sort();

describe('the form of a package', () => {
  it('is in order when everything needed is there', () => {
    expect(problemsOf(good)).toEqual({});
    const input = inputOf({ ...good, trackers: 'https://a.example/announce\n\n udp://b.example:80 \n', startsAt: '2027-01-02T18:00', password: 'secret' });
    expect(requests['create.start'].input.parse(input)).toEqual({
      folder: 'h', id: 'example.northwind.nights', title: 'Northwind Nights', version: 1, publisher: 'Northwind Games',
      layers: [{ id: 'films', title: 'Films', pattern: 'films/**', required: false }, { id: 'everything', title: 'Everything', pattern: '{core/**,voices/**,notes.txt}', required: true }],
      trackers: ['https://a.example/announce', 'udp://b.example:80'], startsAt: new Date(2027, 0, 2, 18).getTime(), key: { source: { kind: 'handle', handle: 'k' }, password: 'secret' },
    });
  });
  it('names every field that is wrong when nothing was filled in', () => expect(Object.keys(problemsOf(emptyDraft)).sort()).toEqual(['folder', 'id', 'key', 'publisher', 'title']));
  it.each<[string, Partial<Draft>, string[]]>([
    ['an id without a dot', { id: 'nights' }, ['id']], ['an id in capitals', { id: 'Example.Nights' }, ['id']], ['an id with an empty part', { id: 'a..b' }, ['id']],
    ['a server without https', { webSeeds: 'http://a.example/' }, ['webSeeds']], ['an update address without https', { updateUrl: 'ftp://a.example' }, ['updateUrl']],
    ['a tracker that is none', { trackers: 'https://a.example\nnothing' }, ['trackers']], ['an end before the start', { startsAt: '2027-01-02T18:00', expiresAt: '2027-01-02T17:00' }, ['expiresAt']],
    ['an empty folder', { scan: { ...scan, files: [], fileCount: 0, bytesTotal: 0 } }, ['folder', 'layer-0', 'layer-1']],
    ['no required layer', { layers: [{ key: 5, title: 'All', pattern: '**', required: false }] }, ['layers']], ['no layer', { layers: [] }, ['layers']],
    ['a layer that gets no file', { layers: [...good.layers, { key: 2, title: 'Late', pattern: '*.pak', required: false }] }, ['layer-2']],
    ['a file in two layers', { layers: [...good.layers, { key: 2, title: 'First film', pattern: 'films/film-1.mkv', required: false }] }, ['layers']],
    ['a rest that is not known', { scan: { ...scan, fileCount: 9000 } }, ['layer-0']],
    ['a layer without a name', { layers: [{ key: 3, title: ' ', pattern: '**', required: true }] }, ['layer-3']],
  ])('finds %s', (_, part, fields) => {
    expect(wrong(part)).toEqual(fields);
    expect(inputOf({ ...good, ...part })).toBe(null);
  });
  it('does not call a layer empty when it did not see every file', () => {
    expect(wrong({ scan: { ...scan, fileCount: 9000 }, layers: [{ key: 0, title: 'Core', pattern: 'core', required: true }, { key: 2, title: 'Late', pattern: 'later/**', required: false }] })).toEqual([]);
  });
  it('gives layers of one name ids that differ', () => {
    const layers = ['Films', 'films', '???'].map((title, key) => ({ key, title, pattern: ['films/**', 'core/**', '**'][key] ?? '', required: true }));
    expect(inputOf({ ...good, layers })?.layers.map((layer) => layer.id)).toEqual(['films', 'films-2', 'layer-3']);
  });
  it('suggests an id from homepage or publisher and the title', () => {
    expect(suggestId({ homepage: 'https://www.northwind.example/', publisher: 'x', title: 'Día one: Films!' })).toBe('example.northwind.dia-one-films');
    expect(suggestId({ homepage: '', publisher: 'Northwind Games', title: 'Nights' })).toBe('northwind-games.nights');
    expect(suggestId({ homepage: '', publisher: '', title: 'Nights' })).toBe('');
    expect(slugOf('日本')).toBe('');
  });
});
